-- What may stand once only, said so that no two steps at the same moment can break it: a project in one living plan of its
-- own year while it is in the pool; an indicator's document and an invoice, however their numbers are typed.

-- The form in which numbers are compared, for rows that are there: the program says it for all later ones.
create function comparable(typed text) returns text language sql immutable as $$
    select regexp_replace(lower(normalize(typed, NFKC)),
        '[[:space:]()\[\]{}<>〈〉《》「」『』【】〔〕〖〗〘〙〚〛\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]', '', 'g')
$$;

alter table projects add column fiscal_year integer;
update projects set fiscal_year = (file -> 'pooled' ->> 'fiscal_year')::integer;
alter table projects alter column fiscal_year set not null;
alter table projects add constraint projects_place unique (project_id, fiscal_year, unpooled);
comment on column projects.fiscal_year is 'Plan year that it waits for, or is planned in.';

create table planned_projects (
    project_id  uuid    primary key,
    plan_id     uuid    not null,
    fiscal_year integer not null,
    unpooled    boolean not null default false check (not unpooled),
    constraint planned_projects_place foreign key (project_id, fiscal_year, unpooled)
        references projects (project_id, fiscal_year, unpooled)
);
comment on table  planned_projects             is '在计划项目: the living plan that each project is in. The reference keeps a project in the pool, and in that year, while a plan holds it.';
comment on column planned_projects.project_id  is 'The project: in one living plan at most.';
comment on column planned_projects.plan_id     is 'The plan.';
comment on column planned_projects.fiscal_year is 'The plan''s year, which is the project''s.';
comment on column planned_projects.unpooled    is 'Never true: a project of a plan stands in the pool.';
create index planned_projects_by_plan on planned_projects (plan_id);

-- Plans of before: the first plan holds a project. What it held against the rule (of another year, out of the pool) it holds no more.
insert into planned_projects (project_id, plan_id, fiscal_year)
select p.project_id, e.stream_id, p.fiscal_year
  from events e
  cross join lateral jsonb_array_elements_text(e.payload -> 'proposal' -> 'projects') as named (project)
  join projects p on p.project_id = named.project::uuid
 where e.machine = 'plan' and e.payload ->> 'kind' = 'PlanProposed' and not p.unpooled
   and p.fiscal_year = (e.payload -> 'proposal' ->> 'fiscal_year')::integer
 order by e.recorded_at, e.stream_id
on conflict do nothing;

-- An indicator is a balance once a second person has confirmed it; those of before are.
alter table indicators add column state text not null default 'CONFIRMED' check (state in ('ENTERED', 'CONFIRMED'));
alter table indicators alter column state drop default;
alter table indicators alter column account_code drop not null;
alter table indicators add constraint indicators_confirmed_have_money check ((state = 'CONFIRMED') = (account_code is not null));
alter table indicators add column document_key text;
update indicators i set document_key = numbered.key
  from (select indicator_id,
               comparable(document_no) || case row_number() over same when 1 then '' else ':' || indicator_id end as key
          from indicators
        window same as (partition by comparable(document_no), source, sub_level order by indicator_id)) as numbered
 where numbered.indicator_id = i.indicator_id;
alter table indicators alter column document_key set not null;
alter table indicators add constraint indicators_document_key_once unique (document_key, source, sub_level);
comment on column indicators.state        is 'ENTERED by one person, CONFIRMED by another.';
comment on column indicators.document_key is 'The document''s number as it is compared: widths, case, blanks and brackets make no other number.';

alter table invoices add column invoice_key text;
update invoices i set invoice_key = numbered.key
  from (select invoice_no, comparable(invoice_no) || case row_number() over same when 1 then '' else ':' || invoice_no end as key
          from invoices
        window same as (partition by comparable(invoice_no) order by payment_id)) as numbered
 where numbered.invoice_no = i.invoice_no;
alter table invoices alter column invoice_key set not null;
alter table invoices add constraint invoices_key_once unique (invoice_key);
comment on column invoices.invoice_key is 'The number as it is compared: widths, case, blanks and brackets make no other number.';

drop function comparable(text);

-- A suspended project's orders are due again when it goes on.
create index payment_orders_open on payment_orders (project_id) where state in ('INSTRUCTED', 'UNKNOWN');
