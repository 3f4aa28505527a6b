-- Suspended tasks (暂停): kept, and out of every list but one that asks for them.

alter table tasks drop constraint tasks_state_check;
alter table tasks add constraint tasks_state_check
    check (state in ('READY', 'RESERVED', 'SUSPENDED', 'COMPLETED', 'OBSOLETE'));
comment on column tasks.due_at is 'When it is due (办理期限): later than was asked once its project was suspended and resumed.';
