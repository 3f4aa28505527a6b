-- Lists of refusals for audit and discipline inspection, the newest first: all, a person's, of a code, about a stream.

create index refusals_by_time on refusals (recorded_at, id);
create index refusals_by_actor on refusals (actor_id, recorded_at, id);
create index refusals_by_code on refusals (code, recorded_at, id);
drop index refusals_by_stream;
create index refusals_by_stream on refusals (stream_id, recorded_at, id);
