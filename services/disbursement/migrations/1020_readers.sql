-- Who was asked about a project at the county, and so reads it (职责范围). Projects of before are read by the whole county's
-- bureaux, and by their township and village.

alter table projects add column asked text[] not null default '{}';
comment on column projects.asked is 'Posts of the departments that were asked about it at the county.';
create index projects_by_asked on projects using gin (asked);
