-- Which plans there are, by year and state, and the category that lists of projects are narrowed by.

create table plans (
    plan_id     uuid    primary key,
    fiscal_year integer not null,
    state       text    not null check (state in ('PROPOSED', 'APPROVED', 'NOTICE', 'EFFECTIVE', 'WITHDRAWN')),
    public      boolean not null,
    version     bigint  not null
);
comment on table  plans             is '年度实施计划: one row a plan; what it says is read from its events.';
comment on column plans.plan_id     is 'The plan; time-ordered.';
comment on column plans.fiscal_year is 'Plan year.';
comment on column plans.state       is 'How far it has come; WITHDRAWN when it was taken back before its approval.';
comment on column plans.public      is '公示: whether its notice was posted, from when on whoever works in the county reads it.';
comment on column plans.version     is 'Number of its events.';

insert into plans (plan_id, fiscal_year, state, public, version)
select proposed.stream_id, (proposed.payload -> 'proposal' ->> 'fiscal_year')::integer,
       case latest.kind when 'PlanProposed'     then 'PROPOSED'
                        when 'PlanApproved'     then 'APPROVED'
                        when 'PlanNoticePosted' then 'NOTICE'
                        when 'PlanNoticeClosed' then 'EFFECTIVE'
                        when 'PlanWithdrawn'    then 'WITHDRAWN' end,
       latest.kind in ('PlanNoticePosted', 'PlanNoticeClosed'), latest.version
  from events proposed
  join (select distinct on (stream_id) stream_id, version, payload ->> 'kind' as kind
          from events where machine = 'plan' order by stream_id, version desc) as latest using (stream_id)
 where proposed.machine = 'plan' and proposed.payload ->> 'kind' = 'PlanProposed';

alter table projects add column category text;
update projects set category = file -> 'pooled' ->> 'category';
alter table projects alter column category set not null;
comment on column projects.category is '项目类别: category of the county pack, for lists.';
