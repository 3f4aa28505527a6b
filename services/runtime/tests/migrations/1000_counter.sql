create table counters (
    id    uuid   primary key,
    total bigint not null constraint counters_total_check check (total <= 100)
);
comment on table  counters       is 'Read table of the machine that the journal is tested with.';
comment on column counters.id    is 'The stream.';
comment on column counters.total is 'Sum of all that was added.';
