-- Who issued an indicator acts on every project that is charged to it, and no other duty of theirs may exclude that.

alter table indicators add column issuers text[] not null default '{}';
update indicators i set issuers = issued.persons
  from (select e.stream_id, array_agg(distinct person) as persons
          from events e
          cross join lateral unnest(array[e.payload -> 'by' ->> 'person', e.payload -> 'by' ->> 'on_behalf_of']) as named (person)
         where e.machine = 'indicator' and person is not null
         group by e.stream_id) as issued
 where issued.stream_id = i.indicator_id;
alter table indicators alter column issuers drop default;
comment on column indicators.issuers is '指标下达人: who entered it and who confirmed it, and for whom they acted.';
