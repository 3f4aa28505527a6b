-- Personal data of objectors (异议人) in a table of their own, who read them, when they are erased; and a correction's due date.

create table objection_originals (
    id           uuid        primary key,
    project_id   uuid        not null,
    objection_id text        not null,
    name         text,
    phone        text,
    words        text,
    salt         bytea,
    filed_at     timestamptz not null,
    erased_at    timestamptz,
    unique (project_id, objection_id),
    check ((erased_at is null) = (salt is not null)),
    check ((erased_at is null) = (name is not null and phone is not null and words is not null))
);
comment on table  objection_originals              is '异议原件: who objected, how to reach that person, in what words. Personal data: follows from no event, is in no replay, and is erased by rule.';
comment on column objection_originals.id           is 'Id, as the event names it.';
comment on column objection_originals.project_id   is 'The project.';
comment on column objection_originals.objection_id is 'Number of the objection within the application.';
comment on column objection_originals.name         is 'Name; empty when not given, null once erased.';
comment on column objection_originals.phone        is 'Phone number; empty when not given, null once erased.';
comment on column objection_originals.words        is 'What was said; null once erased.';
comment on column objection_originals.salt         is 'Salt of the hash that the event holds; null once erased, so that the hash tells nothing.';
comment on column objection_originals.filed_at     is 'When it was filed, by the clock of the runtime.';
comment on column objection_originals.erased_at    is 'When it was erased by rule PERSONAL_DATA_DAYS; null while it is there.';

create table objection_reads (
    id           uuid        primary key,
    project_id   uuid        not null,
    objection_id text        not null,
    person_id    text        not null,
    person_name  text        not null,
    post         text        not null,
    on_behalf_of text,
    read_at      timestamptz not null
);
comment on table  objection_reads              is 'Who read the original of an objection, each time: appended only.';
comment on column objection_reads.id           is 'Id, time-ordered.';
comment on column objection_reads.project_id   is 'The project.';
comment on column objection_reads.objection_id is 'Number of the objection within the application.';
comment on column objection_reads.person_id    is 'Who read it.';
comment on column objection_reads.person_name  is 'Name of who read it.';
comment on column objection_reads.post         is 'The post that allowed it, role@organisation.';
comment on column objection_reads.on_behalf_of is 'Who was acted for; null for nobody.';
comment on column objection_reads.read_at      is 'When, by the clock of the runtime.';
create index objection_reads_by_project on objection_reads (project_id, id);

alter table applications add column ended_at           timestamptz;
alter table applications add column correction_due_at  timestamptz;
alter table applications add column correction_overdue boolean not null default false;
comment on column applications.ended_at           is 'Since when it is decided about for good (pooled, rejected, withdrawn) and not suspended: from then on personal data are kept PERSONAL_DATA_DAYS.';
comment on column applications.correction_due_at  is 'When time next changes something about a correction: it is overdue, or lapses; null while nothing is due or the clock stands.';
comment on column applications.correction_overdue is 'Whether a correction is overdue.';
create index applications_by_correction on applications (correction_due_at) where correction_due_at is not null;
update applications set ended_at = changed_at where state in ('IN_POOL', 'REJECTED', 'WITHDRAWN', 'OUT_OF_POOL');
-- The first look of the worker finds what is overdue; what moves meanwhile brings its own due date.
update applications a
   set correction_due_at = returned.due
  from (select distinct on (stream_id) stream_id, (payload ->> 'due')::timestamptz as due
          from events
         where payload ->> 'kind' in ('TownshipReturned', 'CountyReturned', 'ReturnedOnObjection')
         order by stream_id, version desc) returned
 where returned.stream_id = a.project_id and a.state = 'RETURNED';

-- What was filed before: out of the events, which keep the hash. 0x1f stands between the parts, as in domain/original.rs.
insert into objection_originals (id, project_id, objection_id, name, phone, words, salt, filed_at)
select gen_random_uuid(), stream_id, payload #>> '{objection,id}',
       coalesce(payload #>> '{objection,complaint,name}', ''), coalesce(payload #>> '{objection,complaint,phone}', ''),
       payload #>> '{objection,complaint,text}', uuid_send(gen_random_uuid()), recorded_at
  from events
 where payload ->> 'kind' = 'ObjectionRaised' and payload #> '{objection,complaint}' ? 'text';

update events e
   set payload = jsonb_set(
           e.payload #- '{objection,complaint,name}' #- '{objection,complaint,phone}' #- '{objection,complaint,text}',
           '{objection,complaint,original}',
           jsonb_build_object(
               'id', o.id,
               'sha256', encode(sha256(o.salt || convert_to(concat_ws(E'\x1f', o.name, o.phone, o.words), 'UTF8')), 'hex')))
  from objection_originals o
 where o.project_id = e.stream_id and e.payload ->> 'kind' = 'ObjectionRaised'
   and o.objection_id = e.payload #>> '{objection,id}';

-- An objection that was right was returned in its own words: the desk's answer, of the same step, stands there instead.
update events returned
   set payload = jsonb_set(returned.payload, '{items,0,text}', answered.payload #> '{reply,text}')
  from events answered
 where returned.payload ->> 'kind' = 'ReturnedOnObjection' and answered.payload ->> 'kind' = 'ObjectionAnswered'
   and answered.stream_id = returned.stream_id and answered.step = returned.step;

-- Answers that were given showed it, too. A repeat of a request that old meets the state instead.
delete from receipts r
 using objection_originals o
 where (o.name <> '' and position(convert_to(o.name, 'UTF8') in r.reply) > 0)
    or (o.words <> '' and position(convert_to(o.words, 'UTF8') in r.reply) > 0);
