//! Resolution numbers, each of one meeting: the last word on what spans cases and meetings.

use runtime::Statement;
use uuid::Uuid;

/// The constraint by which a number belongs to one meeting.
pub const ONE_MEETING: &str = "resolution_of_one_meeting";

/// A number, as it is compared, was used by a meeting of this day; none for what was decided before numbers were compared.
pub fn belongs(key: &str, meeting_date: &str, meeting: Option<Uuid>) -> Option<Statement> {
    let insert = "insert into resolutions as known (key, meeting_date, meeting_id) values ($1, $2, $3)
                  on conflict (key) do update
                     set meeting_date = case when known.meeting_date = excluded.meeting_date
                                              and coalesce(known.meeting_id = excluded.meeting_id, true)
                                             then known.meeting_date end,
                         meeting_id = coalesce(known.meeting_id, excluded.meeting_id)";
    let of = |key: &str| sqlx::query(insert).bind(key.to_owned()).bind(meeting_date.to_owned()).bind(meeting);
    Some(key).filter(|key| !key.is_empty()).map(of)
}
