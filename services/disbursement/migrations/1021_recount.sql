-- What is due on a provisional calendar (暂定): the worker that counts it again once the year is loaded looks for it here.

alter table projects add column recount_due_at timestamptz;

comment on column projects.recount_due_at is 'When the first of the awaited decisions is due that hangs on a year whose calendar (节假日安排) is not published; null while none does.';

create index projects_by_recount on projects (recount_due_at) where recount_due_at is not null;
