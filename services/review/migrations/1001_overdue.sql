-- What will be overdue next: the worker that tells the office looks for it here.

alter table cases add column next_due_at timestamptz;
comment on column cases.next_due_at is 'When the next awaited task will be overdue that nobody was told of (逾期催办).';

create index cases_by_next_due on cases (next_due_at) where next_due_at is not null;
