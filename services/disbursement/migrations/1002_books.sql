-- The accounts of a posting are opened, locked and moved by one upsert. PostgreSQL tests a CHECK on the row that an upsert
-- proposes, which of an account that is there holds only what is added; a trigger sees the row as it will stand.
alter table accounts drop constraint accounts_not_overdrawn;

create function refuse_overdraft() returns trigger language plpgsql as $$
begin
    raise exception 'account % would be overdrawn', new.code
        using errcode = 'check_violation', constraint = 'accounts_not_overdrawn';
end $$;
create trigger accounts_not_overdrawn after insert or update on accounts for each row
    when (not new.may_overdraw and new.debits_posted - new.credits_posted - new.credits_pending < 0)
    execute function refuse_overdraft();

-- The same rule by two statements of one table each: PostgreSQL keeps their plans, where it planned their join anew for
-- each row, which took a quarter of a posting's time.
create or replace function check_entries() returns trigger language plpgsql as $$
declare
    changed  uuid;
    transfer transfers;
    wanted   bigint;
    sides    bigint;
    fitting  bigint;
begin
    if tg_table_name = 'entries' then
        changed := new.transfer_id;
    else
        changed := new.id;
    end if;
    select * into transfer from transfers where id = changed;
    wanted := case transfer.state when 'POSTED' then 2 else 0 end;
    select count(*),
           count(*) filter (where (account = transfer.debit_account and amount_fen = transfer.amount_fen)
                               or (account = transfer.credit_account and amount_fen = -transfer.amount_fen))
      into sides, fitting
      from entries where transfer_id = changed;
    if sides <> wanted or fitting <> wanted then
        raise exception 'entries of transfer % do not sum to zero', changed
            using errcode = 'check_violation', constraint = 'entries_sum_to_zero';
    end if;
    return null;
end $$;
