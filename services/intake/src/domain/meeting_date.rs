//! When a village's meetings may have been held (会议日期): not in the future, not too long before the first draft, and none before
//! the one that was recorded last. Villages meet first and type later, but each meeting has a record of its own.

use kernel::{
    Explanation, RuleCode, YearRules,
    calendar::civil_date,
    refusal::{Common, breach},
};
use time::Duration;

use super::{Occasion, State, record::vote::Ballot};

const DATE: &str = "vote.meeting_date";

/// Refuses a meeting whose date or record can't be its own.
///
/// # Errors
/// `BAD_DATE` with the date and its limit, or `MINUTES_USED`.
pub fn check(state: &State, ballot: &Ballot, rules: &YearRules, by: &Occasion) -> Result<(), Common> {
    let (date, today, drafted) = (ballot.meeting_date, civil_date(by.at), civil_date(state.drafted_at));
    if date > today {
        let zh = format!("会议日期 {date} 晚于今天 {today}");
        let explanation = Explanation::new("BAD_DATE", zh, "the meeting lies in the future");
        return Err(Common::invalid(explanation.figures(date, today).at(DATE)));
    }
    let days = rules.number(RuleCode::VoteAge);
    let earliest = drafted - Duration::days(i64::from(days));
    if date < earliest {
        let zh = format!("会议日期 {date} 早于起草申报书({drafted})超过 {days} 天,不得作为本项目的议事依据");
        let en = format!("the meeting of {date} was held more than {days} days before the draft of {drafted}");
        let explanation = breach("BAD_DATE", rules.rule(RuleCode::VoteAge), zh, en);
        return Err(Common::rule(explanation.figures(date, earliest).at(DATE)));
    }
    let held =
        || state.votes.iter().map(|vote| &vote.ballot).chain(state.deliberations.iter().map(|held| &held.ballot));
    if let Some(last) = held().map(|known| known.meeting_date).max().filter(|last| date < *last) {
        let zh = format!("会议日期 {date} 早于已记录的上一次会议 {last},会议日期不得倒置");
        let en = format!("the meeting of {date} was held before the last one that is on record, of {last}");
        return Err(Common::invalid(Explanation::new("BAD_DATE", zh, en).figures(date, last).at(DATE)));
    }
    if held().any(|known| known.minutes.sha256 == ballot.minutes.sha256) {
        let zh = "该会议记录已用于本项目此前的会议,请上传本次会议的记录";
        let en = "these minutes are of an earlier meeting about this project: each meeting has its own record";
        return Err(Common::invalid(Explanation::new("MINUTES_USED", zh, en).at("vote.minutes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{and, at, ballot_of, proposed, secretary},
        record::vote::Meeting,
    };

    fn vote(held: i64, recorded: i64) -> Command {
        Command::RecordVote { ballot: ballot_of(held), by: at(recorded, &secretary()) }
    }

    #[test]
    fn c33_a_vote_precedes_the_draft_by_so_many_days_and_no_more() {
        // Drafted on day 1.
        given::<Application>(proposed()).when(vote(1 - 90, 3)).then_accepted();
        let refusal = given::<Application>(proposed()).when(vote(1 - 91, 3)).then_refused("BAD_DATE").explain();
        assert_eq!((refusal.actual.as_deref(), refusal.limit.as_deref()), (Some("2021-10-06"), Some("2021-10-07")));
        assert_eq!((refusal.rule, refusal.fields[0].field.as_str()), (Some("VOTE_AGE"), DATE));
        given::<Application>(proposed()).when(vote(4, 3)).then_refused("BAD_DATE");
    }

    #[test]
    fn c33_meetings_follow_each_other_each_with_its_own_record() {
        let branch = |held| Command::RecordDeliberation {
            meeting: Meeting::Branch,
            ballot: ballot_of(held),
            by: at(3, &secretary()),
        };
        given::<Application>(proposed()).when(branch(-100)).then_refused("BAD_DATE");
        let met = and(proposed(), branch(2));
        given::<Application>(met.clone()).when(vote(1, 3)).then_refused("BAD_DATE");
        given::<Application>(met.clone()).when(vote(2, 3)).then_refused("MINUTES_USED");
        given::<Application>(met).when(vote(3, 3)).then_accepted();
    }
}
