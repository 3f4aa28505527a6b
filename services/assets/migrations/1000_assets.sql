-- What is read of works and assets (竣工验收, 资产登记). The truth is in events; this is brought up to date with each step.

create table projects (
    project_id   uuid        primary key,
    title        text        not null,
    village      text        not null check (village ~ '^[0-9]{12}$'),
    category     text        not null,
    fiscal_year  integer     not null,
    price_fen    bigint      not null check (price_fen > 0),
    state        text        not null
                 check (state in ('CONSTRUCTION', 'COMPLETION_REPORTED', 'TOWNSHIP_CHECKED', 'ACCEPTED', 'ASSET_REGISTERED')),
    accepted_fen bigint      check (accepted_fen > 0 and accepted_fen <= price_fen),
    version      bigint      not null,
    changed_at   timestamptz not null,
    check ((state in ('ACCEPTED', 'ASSET_REGISTERED')) = (accepted_fen is not null))
);
comment on table  projects              is '项目: one row a project whose contract was signed.';
comment on column projects.project_id   is 'The project; also the id of the stream.';
comment on column projects.title        is 'Project name.';
comment on column projects.village      is '12-digit division code of the village.';
comment on column projects.category     is 'Main category of the county pack.';
comment on column projects.fiscal_year  is 'Plan year, whose rules judge the project.';
comment on column projects.price_fen    is '合同价: contract price in fen.';
comment on column projects.state        is 'How far the works are.';
comment on column projects.accepted_fen is '验收金额: accepted amount in fen, once accepted; never more than the price.';
comment on column projects.version      is 'Version of the stream.';
comment on column projects.changed_at   is 'When it changed last, by the clock of the runtime.';

create table assets (
    asset_id      uuid        primary key,
    asset_no      text        not null unique,
    entry         bigint      generated always as identity unique,
    project_id    uuid        not null references projects (project_id),
    village       text        not null,
    title         text        not null,
    asset_class   text        not null check (asset_class in ('OPERATING', 'PUBLIC', 'HOUSEHOLD')),
    place         text        not null check (place <> ''),
    value_fen     bigint      not null check (value_fen > 0),
    owner         text        not null check (owner = village || '-COL'),
    care_person   text        not null check (care_person <> ''),
    operator      text        not null,
    registered_at timestamptz not null
);
comment on table  assets               is '资产登记簿: one row an asset that a project built.';
comment on column assets.asset_id      is 'Id, derived from the project and the place in its list.';
comment on column assets.asset_no      is '资产编号, readable and unique.';
comment on column assets.entry         is 'Position in the register: pages of the list follow it.';
comment on column assets.project_id    is 'The project that it came from.';
comment on column assets.village       is '12-digit division code of the village: who may read it.';
comment on column assets.title         is 'Name.';
comment on column assets.asset_class   is '经营性 OPERATING, 公益性 PUBLIC, 到户类 HOUSEHOLD.';
comment on column assets.place         is '坐落位置.';
comment on column assets.value_fen     is '原值: original value in fen.';
comment on column assets.owner         is '所有权人: organisation code of the village collective.';
comment on column assets.care_person   is '管护责任人.';
comment on column assets.operator      is '经营者; empty when there is none.';
comment on column assets.registered_at is 'When it was registered, by the clock of the runtime.';
create index assets_by_project on assets (project_id, entry);

-- Lists, the newest first: of a township, of a village.
create index assets_by_township on assets (left(village, 9), entry desc);
create index assets_by_village on assets (village, entry desc);
