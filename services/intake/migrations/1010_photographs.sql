-- Photographs of notices and site checks (公示照片、核查照片): one serves one project.

create table photographs (
    sha256      text not null,
    project_id  uuid not null,
    primary key (sha256, project_id),
    constraint photographs_sha256_key unique (sha256)
);
comment on table  photographs            is 'Photographs that have served. The rule of the one project is in the domain; this keeps those of two apart.';
comment on column photographs.sha256     is 'Hash of the photograph. Unique: the last judge of whom it serves.';
comment on column photographs.project_id is 'The project that it serves; also the id of the stream.';
-- What has been used already; of a photograph that serves several projects, the first that used it keeps it.
insert into photographs (sha256, project_id)
select distinct on (photo.sha256) photo.sha256, photo.stream_id
  from (select stream_id, version,
               coalesce(payload #>> '{notice,photo,sha256}', payload #>> '{closing,photo,sha256}',
                        payload #>> '{site_check,photo,sha256}') as sha256
          from events) photo
 where photo.sha256 is not null
 order by photo.sha256, photo.stream_id, photo.version;
