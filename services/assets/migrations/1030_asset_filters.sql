-- What the list of assets is narrowed by beside class and village: the plan year and the plan of the project that built it.

alter table assets add column fiscal_year integer;
update assets set fiscal_year = built.fiscal_year from projects built where built.project_id = assets.project_id;
alter table assets alter column fiscal_year set not null;
comment on column assets.fiscal_year is 'Plan year of its project.';

alter table assets add column plan_id uuid;
comment on column assets.plan_id is '年度实施计划: the plan that paid for it; null where the contract came without it, as all did before.';
create index assets_by_plan on assets (plan_id, entry) where plan_id is not null;
