-- Which transaction wrote a fact: by that order watchers read the journal and leave out none that commits late.

-- Events of before all get this migration's transaction: their order is by stream and version.
alter table events add column transaction_id xid8 not null default pg_current_xact_id();
comment on column events.transaction_id is 'The transaction that wrote it (事务号), on this server: what came from another is given a new one when the room starts.';
create index events_by_transaction on events (transaction_id, stream_id, version);
