//! Resolution numbers, each of the meeting of one day: the last word on what spans cases and meetings.

use runtime::Statement;

/// The constraint by which a number belongs to one meeting.
pub const ONE_MEETING: &str = "resolution_of_one_meeting";

/// A number, as it is compared, was used by the meeting of this day; none for what was decided before numbers were compared.
pub fn belongs(key: &str, meeting_date: &str) -> Option<Statement> {
    let insert = "insert into resolutions as known (key, meeting_date) values ($1, $2)
                  on conflict (key) do update
                     set meeting_date = case when known.meeting_date = excluded.meeting_date then known.meeting_date end";
    let of = |key: &str| sqlx::query(insert).bind(key.to_owned()).bind(meeting_date.to_owned());
    Some(key).filter(|key| !key.is_empty()).map(of)
}
