-- The calendars of years that were loaded while the rooms run (节假日安排); those of the county pack are not here.

create table calendar_years (
    year        integer     primary key,
    revision    integer     not null check (revision > 0),
    document_no text        not null,
    document    text        not null,
    days_off    date[]      not null,
    workdays    date[]      not null,
    loaded_at   timestamptz not null
);
comment on table  calendar_years             is 'Published calendars of years that were loaded, as this room has heard of them. Due dates are counted by them.';
comment on column calendar_years.year        is 'The year.';
comment on column calendar_years.revision    is 'How often the year was loaded: a later notice may change it.';
comment on column calendar_years.document_no is 'Number of the notice.';
comment on column calendar_years.document    is 'SHA-256 of the notice.';
comment on column calendar_years.days_off    is 'Days off, also in the December before.';
comment on column calendar_years.workdays    is 'Weekend days that are worked.';
comment on column calendar_years.loaded_at   is 'When this room took it over.';
