-- What is read of tasks (待办). The truth is in events; this is brought up to date with each step.

create table tasks (
    task_id          uuid        primary key,
    project_id       uuid        not null,
    kind             text        not null,
    candidate        text        not null,
    excluded         text[]      not null,
    state            text        not null check (state in ('READY', 'RESERVED', 'COMPLETED', 'OBSOLETE')),
    holder_id        text,
    lease_expires_at timestamptz,
    due_at           timestamptz not null,
    task             jsonb       not null,
    version          bigint      not null,
    changed_at       timestamptz not null,
    check ((state = 'RESERVED') = (holder_id is not null and lease_expires_at is not null))
);
comment on table  tasks                  is '待办: one row a task, whoever raised it.';
comment on column tasks.task_id          is 'The task; also the id of the stream.';
comment on column tasks.project_id       is 'The project that it is about.';
comment on column tasks.kind             is 'Kind, in the words of the room that raised it.';
comment on column tasks.candidate        is 'The post that may work on it, role@organisation.';
comment on column tasks.excluded         is 'Persons whose other duty in the project forbids it (不相容岗位).';
comment on column tasks.state            is 'WS-HumanTask state. A RESERVED task whose lease has ended is read as READY.';
comment on column tasks.holder_id        is 'Who holds it, while RESERVED.';
comment on column tasks.lease_expires_at is 'Until when, while RESERVED.';
comment on column tasks.due_at           is 'When it is due (办理期限).';
comment on column tasks.task             is 'The whole task as the machine keeps it.';
comment on column tasks.version          is 'Version of the stream.';
comment on column tasks.changed_at       is 'When it changed last, by the clock of the runtime.';

-- A desk's list: one ordered walk a post and state, cut off at the page's end.
create index tasks_by_candidate on tasks (candidate, state, due_at, task_id);
create index tasks_by_holder on tasks (holder_id, due_at, task_id) where holder_id is not null;
create index tasks_by_project on tasks (project_id, due_at, task_id);
