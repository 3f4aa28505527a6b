-- Who was asked about the project at the county, and so reads what it built (职责范围). Assets of before are read by the whole
-- county's bureaux, and by their township and village.

alter table assets add column asked text[] not null default '{}';
comment on column assets.asked is 'Posts of the departments that were asked about its project at the county.';
create index assets_by_asked on assets using gin (asked);
