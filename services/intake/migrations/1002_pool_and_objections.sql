-- What the pool's board counts, what lists are narrowed and sorted by, and when an unanswered objection goes one level up.

alter table applications add column sub_type            text not null default '';
alter table applications add column pool_year           integer;
alter table applications add column pool_priority       integer check (pool_priority > 0);
alter table applications add column pool_progress       text
    check (pool_progress in ('NOT_STARTED', 'IN_PROGRESS', 'COMPLETED'));
alter table applications add column objection_due_at    timestamptz;
comment on column applications.sub_type         is 'Sub-type of the category; empty while a draft has none.';
comment on column applications.pool_year        is 'Plan year that a project in the pool waits for.';
comment on column applications.pool_priority    is 'Rank in the pool, from 1; null while it is not ranked.';
comment on column applications.pool_progress    is 'How far the building of a project in the pool has come.';
comment on column applications.objection_due_at is 'When the first unanswered objection (异议) that still can go one level up does so.';
-- The worker that escalates walks only what waits.
create index applications_by_objection on applications (objection_due_at) where objection_due_at is not null;
-- The pool of a plan year, which is ranked and counted whole: a county has some thousand projects in it.
create index applications_in_pool on applications (pool_year, project_id) where state = 'IN_POOL';
