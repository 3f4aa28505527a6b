-- The audited amount, suspensions, provisional registrations (暂估登记), and which project a photograph serves.

alter table projects drop constraint projects_state_check;
alter table projects add constraint projects_state_check
    check (state in ('CONSTRUCTION', 'COMPLETION_REPORTED', 'TOWNSHIP_CHECKED', 'ACCEPTED', 'PROVISIONALLY_REGISTERED',
                     'ASSET_REGISTERED'));
alter table projects drop constraint projects_check1;
alter table projects add constraint projects_accepted_once
    check ((state in ('ACCEPTED', 'PROVISIONALLY_REGISTERED', 'ASSET_REGISTERED')) = (accepted_fen is not null));
alter table projects add column audited_fen bigint check (audited_fen > 0);
alter table projects add column suspended boolean not null default false;
alter table projects alter column suspended drop default;
comment on column projects.audited_fen is '审定金额: audited amount in fen, once the final account is fixed.';
comment on column projects.suspended   is '暂停: whether nothing may be checked, accepted or registered now.';

alter table assets add column provisional boolean not null default false;
alter table assets alter column provisional drop default;
comment on column assets.provisional is '暂估: stands at the accepted amount until the audit; opens no final payment.';

create table photographs (
    sha256     text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    project_id uuid not null references projects (project_id)
);
comment on table  photographs            is '竣工照片: a photograph serves one project.';
comment on column photographs.sha256     is 'SHA-256 of its content.';
comment on column photographs.project_id is 'The project whose completion it shows.';

-- Reports of before may share a photograph: the first keeps it.
insert into photographs (sha256, project_id)
select photograph ->> 'sha256', stream_id
  from (select stream_id, recorded_at, payload from events
         where machine = 'project' and payload ->> 'kind' = 'CompletionReported') as report,
       jsonb_array_elements((payload -> 'before') || (payload -> 'after')) as photograph
 order by recorded_at, stream_id
    on conflict do nothing;
