-- What spans projects: a resolution number belongs to the meeting of one day, and money of a year is vouched for once.

create table resolutions (
    key          text primary key,
    meeting_date text,
    constraint resolution_of_one_meeting check (meeting_date is not null)
);
comment on table  resolutions              is '决议文号: each belongs to one meeting. Kept by the steps that decide by it.';
comment on column resolutions.key          is 'The number as it is compared: without widths, case, blanks and brackets.';
comment on column resolutions.meeting_date is 'Day of that meeting, YYYY-MM-DD; a step that says another day would make it null, which the constraint refuses.';

create table guarantees (
    fiscal_year  integer not null,
    source       text    not null,
    reserved_fen bigint  not null,
    short        boolean not null default false,
    primary key (fiscal_year, source),
    constraint guarantee_covered check (not short)
);
comment on table  guarantees              is '资金保障: what the finance bureau has vouched for and what is not funded, rejected, withdrawn or asked again.';
comment on column guarantees.fiscal_year  is 'Plan year.';
comment on column guarantees.source       is 'Source of the money, by its code.';
comment on column guarantees.reserved_fen is 'Sum of the amounts in fen.';
comment on column guarantees.short        is 'Whether a step would vouch for more than is left of the indicators, which the constraint refuses: never true.';
