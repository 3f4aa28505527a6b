-- Meetings of the leading group (领导小组会议) and their agendas. The truth is in events.

create table meetings (
    meeting_id    uuid        primary key,
    state         text        not null check (state in ('CONVENED', 'CONCLUDED', 'CANCELLED')),
    meeting_date  text        not null,
    resolution_no text,
    item_count    integer     not null check (item_count >= 0),
    version       bigint      not null,
    changed_at    timestamptz not null,
    check ((state = 'CONCLUDED') = (resolution_no is not null))
);
comment on table  meetings               is '领导小组会议: one row a meeting. What it decided is read from the events.';
comment on column meetings.meeting_id    is 'The meeting; also the id of the stream.';
comment on column meetings.state         is 'Where it is; only a CONCLUDED one has a resolution.';
comment on column meetings.meeting_date  is 'The day it was held, or is planned for, YYYY-MM-DD.';
comment on column meetings.resolution_no is '决议文号, when concluded.';
comment on column meetings.item_count    is 'Projects on its agenda.';
comment on column meetings.version       is 'Version of the stream.';
comment on column meetings.changed_at    is 'When it changed last, by the clock of the runtime.';

-- Lists, the latest day first.
create index meetings_by_date on meetings (meeting_date desc, meeting_id desc);
create index meetings_by_state on meetings (state, meeting_date desc, meeting_id desc);

create table agenda_items (
    meeting_id uuid not null references meetings,
    project_id uuid not null,
    state      text not null check (state in ('ON_AGENDA', 'PENDING', 'DECIDED', 'REFUSED', 'DROPPED')),
    primary key (meeting_id, project_id)
);
comment on table  agenda_items            is '会议议程: one row a project on an agenda.';
comment on column agenda_items.meeting_id is 'The meeting.';
comment on column agenda_items.project_id is 'The project.';
comment on column agenda_items.state      is 'Where it is; PENDING: decided, but its case has not answered yet.';

-- A project stands on one open agenda: the last word on what spans two meetings.
create unique index agenda_items_one_open on agenda_items (project_id) where state in ('ON_AGENDA', 'PENDING');
-- Outcomes that must still be brought to their cases: the worker looks for them here.
create index agenda_items_pending on agenda_items (meeting_id) where state = 'PENDING';
