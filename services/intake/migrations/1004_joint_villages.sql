-- The other villages of a joint project (联村): a duplicate is looked for in each village that takes part.

alter table applications add column joint_villages text[] not null default '{}';
comment on column applications.joint_villages is 'Division codes of the other villages that take part; empty but for joint projects.';
-- What is there already, as its latest form says.
update applications a
   set joint_villages = form.villages
  from (select distinct on (stream_id) stream_id,
               array(select jsonb_array_elements_text(payload -> 'content' -> 'joint_villages')) as villages
          from events
         where payload ? 'content'
         order by stream_id, version desc) form
 where form.stream_id = a.project_id and form.villages <> '{}';
-- Few projects are joint: the others cost this index nothing.
create index applications_by_joint_village on applications using gin (joint_villages) where joint_villages <> '{}';
