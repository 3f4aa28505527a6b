-- Money: the double-entry ledger, and what reads need of indicators, projects, invoices and payment orders.

create table accounts (
    code            text    primary key,
    may_overdraw    boolean not null,
    debits_posted   bigint  not null default 0 check (debits_posted >= 0),
    credits_posted  bigint  not null default 0 check (credits_posted >= 0),
    debits_pending  bigint  not null default 0 check (debits_pending >= 0),
    credits_pending bigint  not null default 0 check (credits_pending >= 0),
    constraint accounts_not_overdrawn check (may_overdraw or debits_posted - credits_posted - credits_pending >= 0)
);
comment on table  accounts                 is '账户: money accounts are debit-normal, a debit adds and a credit takes.';
comment on column accounts.code            is 'appropriation:<year>, indicator:<id>:available, project:<id>:<indicator>:approved, paid:<project>.';
comment on column accounts.may_overdraw    is 'Whether more may be taken than was put in: only an appropriation may.';
comment on column accounts.debits_posted   is 'Sum of posted debits in fen.';
comment on column accounts.credits_posted  is 'Sum of posted credits in fen.';
comment on column accounts.debits_pending  is 'Debits of holds in fen.';
comment on column accounts.credits_pending is 'Credits of holds in fen: already out of reach for anyone else.';

create table transfers (
    id             uuid        primary key,
    cause          text        not null check (cause in ('ISSUE', 'FUND', 'PAY')),
    project_id     uuid,
    debit_account  text        not null references accounts,
    credit_account text        not null references accounts,
    amount_fen     bigint      not null check (amount_fen > 0),
    state          text        not null check (state in ('PENDING', 'POSTED', 'VOIDED')),
    caused_at      timestamptz not null,
    resolved_at    timestamptz,
    constraint transfers_two_accounts check (debit_account <> credit_account)
);
comment on table  transfers                is '转账: money from one account to another, held (PENDING) or POSTED; a hold ends POSTED or VOIDED.';
comment on column transfers.id             is 'Derived from its cause: a replay posts nothing twice.';
comment on column transfers.cause          is 'ISSUE 指标下达, FUND 资金批复, PAY 支付.';
comment on column transfers.project_id     is 'Project, where there is one.';
comment on column transfers.debit_account  is 'Account that receives.';
comment on column transfers.credit_account is 'Account that gives.';
comment on column transfers.amount_fen     is 'Amount in fen.';
comment on column transfers.state          is 'PENDING, POSTED or VOIDED.';
comment on column transfers.caused_at      is 'When it was caused, by the clock of the runtime.';
comment on column transfers.resolved_at    is 'When a hold ended.';
create index transfers_by_project on transfers (project_id);

create table entries (
    transfer_id uuid        not null references transfers,
    account     text        not null references accounts,
    amount_fen  bigint      not null check (amount_fen <> 0),
    posted_at   timestamptz not null,
    primary key (transfer_id, account)
);
comment on table  entries             is '分录: the two sides of each posted transfer, appended only.';
comment on column entries.transfer_id is 'The transfer.';
comment on column entries.account     is 'The account.';
comment on column entries.amount_fen  is 'Fen: positive for a debit, negative for a credit.';
comment on column entries.posted_at   is 'When, by the clock of the runtime.';
create index entries_by_account on entries (account);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'check_violation', constraint = 'ledger_append_only';
end $$;

create trigger entries_append_only before update or delete on entries
    for each row execute function refuse_change();
create trigger entries_never_truncated before truncate on entries
    for each statement execute function refuse_change();
create trigger transfers_never_deleted before delete on transfers
    for each row execute function refuse_change();
create trigger transfers_never_truncated before truncate on transfers
    for each statement execute function refuse_change();

-- A transfer changes once, from PENDING to its end; nothing else of it changes ever.
create function resolve_once() returns trigger language plpgsql as $$
begin
    if old.state <> 'PENDING' or new.state = 'PENDING'
       or (old.id, old.cause, old.debit_account, old.credit_account, old.amount_fen, old.caused_at)
          is distinct from (new.id, new.cause, new.debit_account, new.credit_account, new.amount_fen, new.caused_at)
       or old.project_id is distinct from new.project_id then
        raise exception 'transfer % can only be resolved, once', old.id
            using errcode = 'check_violation', constraint = 'ledger_append_only';
    end if;
    return new;
end $$;
create trigger transfers_resolve_once before update on transfers
    for each row execute function resolve_once();

-- A condition that a statement's work must meet, or nothing of its transaction is kept.
create function refuse_unless(holds boolean, condition text) returns void language plpgsql as $$
begin
    if not holds then
        raise exception 'refused: %', condition using errcode = 'check_violation', constraint = condition;
    end if;
end $$;

-- At commit a POSTED transfer has exactly its debit and its credit, which sum to zero; any other has no entries.
create function check_entries() returns trigger language plpgsql as $$
declare
    changed uuid;
    sides   bigint;
    fitting bigint;
    wanted  bigint;
begin
    if tg_table_name = 'entries' then
        changed := new.transfer_id;
    else
        changed := new.id;
    end if;
    select count(e.account),
           count(*) filter (where (e.account = t.debit_account and e.amount_fen = t.amount_fen)
                               or (e.account = t.credit_account and e.amount_fen = -t.amount_fen)),
           case t.state when 'POSTED' then 2 else 0 end
      into sides, fitting, wanted
      from transfers t left join entries e on e.transfer_id = t.id
     where t.id = changed
     group by t.state;
    if sides <> wanted or fitting <> wanted then
        raise exception 'entries of transfer % do not sum to zero', changed
            using errcode = 'check_violation', constraint = 'entries_sum_to_zero';
    end if;
    return null;
end $$;
create constraint trigger entries_sum_to_zero after insert on entries
    deferrable initially deferred for each row execute function check_entries();
create constraint trigger transfers_sum_to_zero after insert or update on transfers
    deferrable initially deferred for each row execute function check_entries();

create table indicators (
    indicator_id uuid    primary key,
    document_no  text    not null,
    fiscal_year  integer not null,
    source       text    not null,
    sub_level    text    not null default '',
    amount_fen   bigint  not null check (amount_fen > 0),
    account_code text    not null references accounts,
    constraint indicators_document_once unique (document_no, source, sub_level)
);
comment on table  indicators              is '指标: money of one source, sub-level and document number.';
comment on column indicators.indicator_id is 'Id.';
comment on column indicators.document_no  is '指标文号.';
comment on column indicators.fiscal_year  is 'Fiscal year.';
comment on column indicators.source       is 'Source code of the county pack.';
comment on column indicators.sub_level    is 'Sub-level, empty where the source has none.';
comment on column indicators.amount_fen   is 'Amount issued, in fen.';
comment on column indicators.account_code is 'Account that says what is left of it.';

create table projects (
    project_id uuid        primary key,
    village    text        not null,
    state      text        not null,
    file       jsonb       not null,
    version    bigint      not null,
    updated_at timestamptz not null
);
comment on table  projects            is '项目资金: each project as it stands, for reads.';
comment on column projects.project_id is 'The project; time-ordered.';
comment on column projects.village    is 'Village: 12-digit division code, for the scope of lists.';
comment on column projects.state      is 'POOLED, FUNDED, CONTRACTED, ACCEPTED, FINAL_ACCOUNT.';
comment on column projects.file       is 'Everything known of its money, folded from its events.';
comment on column projects.version    is 'Number of its events.';
comment on column projects.updated_at is 'When it changed last.';

-- Lists, the newest first: of a township, of a village, of a state.
create index projects_by_township on projects (left(village, 9), project_id desc);
create index projects_by_village on projects (village, project_id desc);
create index projects_by_state on projects (state, project_id desc);

create table invoices (
    invoice_no text primary key,
    payment_id uuid not null,
    project_id uuid not null
);
comment on table  invoices            is '发票: numbers in use in the whole county, each once; a refused or failed payment gives them back.';
comment on column invoices.invoice_no is '发票号码.';
comment on column invoices.payment_id is 'The payment that uses it.';
comment on column invoices.project_id is 'Its project.';
create index invoices_by_payment on invoices (payment_id);

create table payment_orders (
    payment_id      uuid        primary key,
    project_id      uuid        not null,
    state           text        not null check (state in ('INSTRUCTED', 'UNKNOWN', 'SETTLED', 'FAILED')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null,
    leased_until    timestamptz
);
comment on table  payment_orders                 is '支付指令: orders that the worker takes to the treasury. The project''s events are the truth of what became of them.';
comment on column payment_orders.payment_id      is 'The payment, and the key that the treasury sees.';
comment on column payment_orders.project_id      is 'Its project.';
comment on column payment_orders.state           is 'INSTRUCTED, UNKNOWN (to be asked about), SETTLED, FAILED.';
comment on column payment_orders.attempts        is 'How often a worker took it; after the first the treasury is asked before anything is sent.';
comment on column payment_orders.next_attempt_at is 'Not before.';
comment on column payment_orders.leased_until    is 'Until when a worker has it; a worker that died gives it back by this.';
create index payment_orders_due on payment_orders (next_attempt_at) where state in ('INSTRUCTED', 'UNKNOWN');
