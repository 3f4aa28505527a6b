-- What tells a duplicate: place, items and sources of an application, compared with the village's others.

alter table applications add column place       text   not null default '';
alter table applications add column item_titles text[] not null default '{}';
alter table applications add column sources     text[] not null default '{}';
comment on column applications.place       is 'Place of construction (建设地点).';
comment on column applications.item_titles is 'Names of the items (建设内容).';
comment on column applications.sources     is 'Codes of the sources (资金来源) of the county pack.';
