-- What is read of county cases (县级审核案卷). The truth is in events; this is brought up to date with each step.

create table cases (
    project_id       uuid        primary key,
    title            text        not null,
    village          text        not null,
    category         text        not null,
    fiscal_year      integer     not null,
    total_fen        bigint      not null,
    state            text        not null
                     check (state in ('DEPARTMENTS', 'OFFICE_DECISION', 'LEADING_GROUP', 'RETURNED', 'APPROVED', 'REJECTED')),
    round            integer     not null check (round > 0),
    content_revision bigint      not null,
    returned         jsonb       not null,
    resolution_no    text,
    meeting_date     text,
    version          bigint      not null,
    changed_at       timestamptz not null,
    check ((state = 'APPROVED') = (resolution_no is not null and meeting_date is not null))
);
comment on table  cases                  is '县级审核案卷: one row a case. Opinions are read from the events.';
comment on column cases.project_id       is 'The project; also the id of the stream.';
comment on column cases.title            is 'Project name.';
comment on column cases.village          is '12-digit division code of the village.';
comment on column cases.category         is 'Main category of the county pack.';
comment on column cases.fiscal_year      is 'Plan year, whose rules judge the project.';
comment on column cases.total_fen        is 'Total investment in fen.';
comment on column cases.state            is 'Where the case is; only an APPROVED one has a resolution.';
comment on column cases.round            is 'Round at the county, from 1.';
comment on column cases.content_revision is 'Revision of the content that is judged in this round.';
comment on column cases.returned         is 'What was returned last: items with field, text and the post that asks.';
comment on column cases.resolution_no    is '决议文号, when approved.';
comment on column cases.meeting_date     is 'Date of the meeting, YYYY-MM-DD, when approved.';
comment on column cases.version          is 'Version of the stream.';
comment on column cases.changed_at       is 'When it changed last, by the clock of the runtime.';

-- Lists, the newest first: of a township, of a village, of a state.
create index cases_by_township on cases (left(village, 9), project_id desc);
create index cases_by_village on cases (village, project_id desc);
create index cases_by_state on cases (state, project_id desc);
