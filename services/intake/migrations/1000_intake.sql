-- What is read of applications (项目申报). The truth is in events; this is brought up to date with each step.

create table applications (
    project_id       uuid        primary key,
    title            text        not null,
    village          text        not null check (village ~ '^[0-9]{12}$'),
    fiscal_year      integer     not null,
    category         text        not null,
    total_fen        bigint      not null check (total_fen >= 0),
    state            text        not null
                     check (state in ('DRAFT', 'DELIBERATION', 'VILLAGE_NOTICE', 'TOWNSHIP_REVIEW', 'TOWNSHIP_NOTICE',
                                      'COUNTY_REVIEW', 'COUNTY_NOTICE', 'IN_POOL', 'RETURNED', 'REJECTED')),
    content_revision bigint      not null check (content_revision > 0),
    pool_no          text        unique,
    version          bigint      not null,
    changed_at       timestamptz not null,
    check ((state = 'IN_POOL') = (pool_no is not null))
);
comment on table  applications                  is '项目申报: one row an application, as lists show it. The whole of it is read from the events.';
comment on column applications.project_id       is 'The project; also the id of the stream. Time-ordered: the newest application has the largest.';
comment on column applications.title            is 'Project name.';
comment on column applications.village          is '12-digit division code of the village; who may read is decided by its first digits.';
comment on column applications.fiscal_year      is 'Plan year (计划年度), whose rules judge the project.';
comment on column applications.category         is 'Main category of the county pack; empty while a draft has none.';
comment on column applications.total_fen        is 'Total investment in fen; 0 while a draft has none.';
comment on column applications.state            is 'Where it stands.';
comment on column applications.content_revision is 'Grows with each change of content.';
comment on column applications.pool_no          is '入库编号, when in the pool. Unique: the last judge of a number made without a counter.';
comment on column applications.version          is 'Version of the stream.';
comment on column applications.changed_at       is 'When it changed last, by the clock of the runtime.';
-- Lists, the newest first: of a township, of a village, of a state.
create index applications_by_township on applications (left(village, 9), project_id desc);
create index applications_by_village on applications (village, project_id desc);
create index applications_by_state on applications (state, project_id desc);
