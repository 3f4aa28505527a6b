-- The journal of a room: what happened (events), and what was refused (refusals).

create table events (
    stream_id   uuid        not null,
    version     bigint      not null check (version > 0),
    step        bigint      not null check (step >= version),
    machine     text        not null,
    payload     jsonb       not null,
    actor_id    text,
    recorded_at timestamptz not null,
    traceparent text,
    primary key (stream_id, version)
);
comment on table  events             is 'Facts, appended only: the truth of the room.';
comment on column events.stream_id   is 'The thing that it happened to, e.g. a project.';
comment on column events.version     is 'Position in the stream, from 1, without gaps. The primary key is the optimistic lock.';
comment on column events.step        is 'Version after the step that the event belongs to: what one step did is told together.';
comment on column events.machine     is 'The state machine that the stream belongs to.';
comment on column events.payload     is 'The event, as JSON with its kind.';
comment on column events.actor_id    is 'Person who caused it; null when a message or a worker did.';
comment on column events.recorded_at is 'When, by the clock of the runtime.';
comment on column events.traceparent is 'W3C trace context of the step.';

create table refusals (
    id          uuid        primary key,
    stream_id   uuid,
    method      text        not null,
    actor_id    text,
    request_id  uuid,
    code        text        not null,
    rule        text,
    actual      text,
    limit_value text,
    basis       text,
    message     text        not null,
    recorded_at timestamptz not null,
    traceparent text
);
comment on table  refusals             is 'Attempts that were refused: who tried what, when, and why not.';
comment on column refusals.id          is 'Id, time-ordered.';
comment on column refusals.stream_id   is 'The thing that was to be changed or read, where it is known.';
comment on column refusals.method      is 'The gRPC method, or the kind of the message.';
comment on column refusals.actor_id    is 'Person who tried; null for a message.';
comment on column refusals.request_id  is 'The caller''s key of the attempt.';
comment on column refusals.code        is 'Stable refusal code.';
comment on column refusals.rule        is 'Code of the rule that refused, where one did.';
comment on column refusals.actual      is 'The value found.';
comment on column refusals.limit_value is 'The value allowed.';
comment on column refusals.basis       is 'Legal basis of the rule, with its standing.';
comment on column refusals.message     is 'The refusal in Chinese.';
comment on column refusals.recorded_at is 'When, by the clock of the runtime.';
comment on column refusals.traceparent is 'W3C trace context of the attempt.';
create index refusals_by_stream on refusals (stream_id, id);
