-- What waits is counted now and then, for whoever watches the rooms; and a due time is counted again when a year is loaded.

create index tasks_open_by_due on tasks (due_at) where state in ('READY', 'RESERVED');

comment on column tasks.due_at is 'When it is due (办理期限): later than was asked once its project was suspended and resumed, or once it was counted again on a calendar that was loaded (节假日安排).';
