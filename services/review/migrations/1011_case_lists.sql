-- Lists of cases: who was asked and is waited for, what is due, whether experts were called.

alter table cases
    add column due_at      timestamptz,
    add column asked       text[]  not null default '{}',
    add column waiting_for text[]  not null default '{}',
    add column has_panel   boolean not null default false,
    add column desks       jsonb   not null default '[]';
comment on column cases.due_at      is 'When the first of the awaited tasks is due; null when nobody is waited for.';
comment on column cases.asked       is 'Posts that are or were asked, an expert with the person: post/person. Departments read by it.';
comment on column cases.waiting_for is 'Posts whose opinion is awaited.';
comment on column cases.has_panel   is 'Whether experts were called (专家论证).';
comment on column cases.desks       is 'For each awaited task its post, the one person who is asked, and who may not decide it.';

create index cases_by_asked on cases using gin (asked);
create index cases_by_waiting on cases using gin (waiting_for);
-- Lists by the time of the last change, the latest first, and by what is due first.
create index cases_by_change on cases (changed_at desc, project_id desc);
create index cases_by_due on cases (due_at, project_id) where due_at is not null;
