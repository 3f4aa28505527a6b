-- What intake decides about a pooled project: suspended (暂停), resumed, out of the pool (出库).

alter table projects add column suspended boolean not null default false;
alter table projects add column unpooled  boolean not null default false;
comment on column projects.suspended is 'Whether it is suspended: no plan, money, contract or payment until it is resumed.';
comment on column projects.unpooled  is 'Whether it has left the pool: no plan, money or contract any more.';
