-- Who is asked about an application at the county, and so reads it (职责范围). What was forwarded before is filled in by the room
-- when it starts, from the county pack.

alter table applications add column asked text[] not null default '{}';
comment on column applications.asked is 'Posts that were asked about it at the county, an expert with the person: post/person. Departments and experts read by it.';
create index applications_by_asked on applications using gin (asked);
