-- The post office's tables. One set stands in each room's schema; names are unqualified on purpose,
-- since the pool's search_path names the room.

CREATE TABLE outbox (
    position        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              uuid        NOT NULL UNIQUE,
    kind            text        NOT NULL CHECK (kind <> ''),
    stream          uuid        NOT NULL,
    version         bigint      NOT NULL CHECK (version >= 0),
    payload         bytea       NOT NULL,
    occurred_at     timestamptz NOT NULL,
    traceparent     text,
    enqueued_at     timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error      text
)
-- Rows live for milliseconds, so the table is nearly all dead rows; vacuum by count, not by share of the table.
WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

COMMENT ON TABLE  outbox                 IS 'Messages that this room has said and that the transport has not yet confirmed (发件箱). A confirmed row is deleted.';
COMMENT ON COLUMN outbox.position        IS 'Order of writing, for fairness only: rows may commit out of this order, so nobody keeps a cursor over it.';
COMMENT ON COLUMN outbox.id              IS 'Message id; every copy on the wire carries it, and receivers keep it as their receipt.';
COMMENT ON COLUMN outbox.kind            IS 'Full proto name of the payload, and the routing key.';
COMMENT ON COLUMN outbox.stream          IS 'The stream (one application, case, project ...) that the message tells of.';
COMMENT ON COLUMN outbox.version         IS 'Version of that stream at which it was said; order within the stream.';
COMMENT ON COLUMN outbox.payload         IS 'The encoded proto message.';
COMMENT ON COLUMN outbox.occurred_at     IS 'When the fact happened, by the room''s clock.';
COMMENT ON COLUMN outbox.traceparent     IS 'W3C trace context of the work that said it; null without a trace.';
COMMENT ON COLUMN outbox.enqueued_at     IS 'When the row was written, by the database''s clock; the age of the oldest is watched.';
COMMENT ON COLUMN outbox.attempts        IS 'Failed attempts to publish it.';
COMMENT ON COLUMN outbox.next_attempt_at IS 'Not tried before this time, so that a row that always fails does not block the others.';
COMMENT ON COLUMN outbox.last_error      IS 'Why the last attempt failed, for operators.';

CREATE TABLE receipts (
    scope       text        NOT NULL CHECK (scope <> ''),
    id          uuid        NOT NULL,
    body_hash   bytea       NOT NULL,
    reply       bytea       NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, id)
);

COMMENT ON TABLE  receipts             IS 'What has taken effect already (回执), written in the transaction of the effect. Kept for ever: a replay may come years later.';
COMMENT ON COLUMN receipts.scope       IS 'message, or the id of the person who called: two persons may use the same request id.';
COMMENT ON COLUMN receipts.id          IS 'Message id, or the request_id of a call.';
COMMENT ON COLUMN receipts.body_hash   IS 'Hash of the request: the same id with another body is refused.';
COMMENT ON COLUMN receipts.reply       IS 'The answer that was given; a repeat gets the same. Empty for messages.';
COMMENT ON COLUMN receipts.recorded_at IS 'When the effect was committed, by the database''s clock.';

CREATE TABLE parked (
    id                  uuid        PRIMARY KEY,
    kind                text        NOT NULL,
    stream              uuid        NOT NULL,
    version             bigint      NOT NULL,
    payload             bytea       NOT NULL,
    occurred_at         timestamptz NOT NULL,
    traceparent         text,
    reason              text        NOT NULL,
    attempts            integer     NOT NULL DEFAULT 1 CHECK (attempts >= 1),
    unfinished_attempts integer     NOT NULL DEFAULT 0 CHECK (unfinished_attempts >= 0),
    parked_at           timestamptz NOT NULL DEFAULT now(),
    retry_at            timestamptz
);
CREATE INDEX parked_by_retry_at ON parked (retry_at) WHERE retry_at IS NOT NULL;

COMMENT ON TABLE  parked                     IS 'Messages received that could not be handled (搁置): nothing is dropped and nothing is returned to the queue in a loop.';
COMMENT ON COLUMN parked.id                  IS 'Message id.';
COMMENT ON COLUMN parked.kind                IS 'Full proto name of the payload.';
COMMENT ON COLUMN parked.stream              IS 'The stream that the message tells of.';
COMMENT ON COLUMN parked.version             IS 'Version of that stream at which it was said.';
COMMENT ON COLUMN parked.payload             IS 'The encoded proto message, byte for byte as received.';
COMMENT ON COLUMN parked.occurred_at         IS 'When the fact happened, by the clock of the room that said it.';
COMMENT ON COLUMN parked.traceparent         IS 'W3C trace context of the work that said it; null without a trace.';
COMMENT ON COLUMN parked.reason              IS 'Why it could not be handled, for operators.';
COMMENT ON COLUMN parked.attempts            IS 'How often it has been tried.';
COMMENT ON COLUMN parked.unfinished_attempts IS 'Attempts begun in a row whose end was never recorded: the process died in them.';
COMMENT ON COLUMN parked.parked_at           IS 'When it was first parked, by the database''s clock.';
COMMENT ON COLUMN parked.retry_at            IS 'When it is tried again; null: it waits for a person.';
