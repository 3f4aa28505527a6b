-- Who acts for whom while somebody is away.

create table delegations (
    delegation_id uuid        primary key,
    request_id    uuid        not null,
    delegator_id  text        not null,
    delegate_id   text        not null,
    start_at      timestamptz not null,
    end_at        timestamptz not null,
    reason        text        not null,
    ended_at      timestamptz,
    unique (delegator_id, request_id),
    check (start_at < end_at),
    check (delegator_id <> delegate_id)
);
comment on table  delegations               is '外出委托. Rows are never deleted: they say who could act for whom, and when.';
comment on column delegations.delegation_id is 'Its id, time-ordered.';
comment on column delegations.request_id    is 'The attempt that made it: a repeat finds it.';
comment on column delegations.delegator_id  is 'Person who is away.';
comment on column delegations.delegate_id   is 'Person who acts.';
comment on column delegations.start_at      is 'From when.';
comment on column delegations.end_at        is 'Until when, exclusive.';
comment on column delegations.reason        is 'Why.';
comment on column delegations.ended_at      is 'When it was ended before its time.';
create index delegations_by_delegator on delegations (delegator_id, delegation_id desc);
create index delegations_by_delegate on delegations (delegate_id, delegation_id desc);
