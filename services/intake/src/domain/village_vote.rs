//! The villagers' representatives vote (村民代表会议表决, 村民委员会组织法 26): present at least two thirds of those entitled,
//! yes more than half of those present. Too few present is no vote; a vote that fails is a fact, and stays in the record.

use kernel::{
    RuleCode, YearRules,
    refusal::{Common, breach},
};

use super::{
    Event, Occasion, Stage, State,
    authority::VILLAGE,
    ballot::check_counts,
    deliberation, meeting_date,
    record::vote::{Ballot, Vote},
};

/// Records the vote: on to the village notice, or back to draft.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `VOTE` when the counts don't add up, `BAD_DATE`, `MINUTES_USED`, or `QUORUM`.
pub fn record(state: &State, ballot: Ballot, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    if matches!(state.stage, Stage::Draft | Stage::VillageNotice) && stands(state, &ballot) {
        return Ok(Vec::new());
    }
    if state.stage != Stage::Deliberation {
        return Err(state.wrong_state("RecordVote"));
    }
    check_counts(&ballot)?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    meeting_date::check(state, &ballot, rules, by)?;
    deliberation::require(state, by)?;
    check_quorum(&ballot, rules)?;
    let passed = rules.share(RuleCode::VoteYes).exceeded_by(ballot.yes, ballot.present);
    Ok(vec![Event::VoteRecorded { vote: Vote { ballot, passed }, signature }])
}

/// Whether this very vote is what brought the application where it is, and is about the content that it has.
fn stands(state: &State, ballot: &Ballot) -> bool {
    let Some(last) = state.votes.last().filter(|last| last.ballot == *ballot) else { return false };
    let about_this = state.voted_on.as_deref() == Some(&state.content);
    match last.passed {
        true => state.stage == Stage::VillageNotice && about_this && state.returns.is_empty(),
        false => state.stage == Stage::Draft,
    }
}

fn check_quorum(ballot: &Ballot, rules: &YearRules) -> Result<(), Common> {
    let Ballot { entitled, present, .. } = ballot;
    let share = rules.share(RuleCode::QuorumPresent);
    if share.reached_by(*present, *entitled) {
        return Ok(());
    }
    let zh = format!("应到 {entitled} 人、实到 {present} 人,到会人数不足 {share},表决无效,请重新召开会议");
    let en = format!("{present} of {entitled} were present, fewer than {share}: hold the meeting again");
    let explanation = breach("QUORUM", rules.rule(RuleCode::QuorumPresent), zh, en);
    Err(Common::rule(explanation.figures(format_args!("{present}/{entitled}"), share).at("vote.present")))
}

/// Whether a vote that passed would pass by other rules.
///
/// # Errors
/// `QUORUM`, or `VOTE` with the votes that were counted and those that are needed.
pub(super) fn rejudge(ballot: &Ballot, rules: &YearRules) -> Result<(), Common> {
    check_quorum(ballot, rules)?;
    let (share, Ballot { present, yes, .. }) = (rules.share(RuleCode::VoteYes), ballot);
    if share.exceeded_by(*yes, *present) {
        return Ok(());
    }
    let zh = format!("实到 {present} 人、赞成 {yes} 票,未超过 {share},表决未通过");
    let en = format!("{yes} of {present} voted yes, no more than {share}");
    let explanation = breach("VOTE", rules.rule(RuleCode::VoteYes), zh, en);
    Err(Common::rule(explanation.figures(format_args!("{yes}/{present}"), format_args!(">{share}"))))
}

#[cfg(test)]
mod tests {
    use kernel::{Kind, Refusal as _, calendar::civil_date, testing::given};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{at, ballot, clerk, day, pack, proposed, secretary, voted},
    };

    fn vote(present: u32, yes: u32, no: u32, abstain: u32) -> Command {
        let ballot = Ballot { entitled: 30, present, yes, no, abstain, ..ballot() };
        Command::RecordVote { ballot, by: at(3, &secretary()) }
    }

    #[test]
    fn scenario_01_thirty_representatives() {
        let meeting = || given::<Application>(proposed());
        let refusal = meeting().when(vote(19, 19, 0, 0)).then_refused("QUORUM");
        let explanation = refusal.explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("19/30"), Some("2/3")));
        assert_eq!((refusal.kind(), explanation.rule), (Kind::Conflict, Some("QUORUM_PRESENT")));

        let (_, passed) = meeting().when(vote(20, 11, 9, 0)).then_accepted();
        assert_eq!(passed.stage().map(Stage::code), Some("VILLAGE_NOTICE"));
        let (_, failed) = meeting().when(vote(20, 10, 10, 0)).then_accepted();
        assert_eq!(failed.stage().map(Stage::code), Some("DRAFT"));
        assert_eq!(meeting().when(vote(20, 11, 9, 1)).then_refused("VOTE").kind(), Kind::Invalid);
        assert_eq!(meeting().when(vote(31, 31, 0, 0)).then_refused("VOTE").kind(), Kind::Invalid);
    }

    #[test]
    fn a_failed_vote_stays_in_the_record() {
        let (_, failed) = given::<Application>(proposed()).when(vote(20, 10, 10, 0)).then_accepted();
        let Application::Opened(state) = failed else { panic!("it is open") };
        assert_eq!(state.votes.len(), 1);
        assert!(!state.votes[0].passed);
    }

    #[test]
    fn a_meeting_in_the_future_is_none() {
        let ballot = Ballot { meeting_date: civil_date(day(4)), ..ballot() };
        let command = Command::RecordVote { ballot, by: at(3, &secretary()) };
        given::<Application>(proposed()).when(command).then_refused("BAD_DATE");
    }

    #[test]
    fn a_repeat_changes_nothing_and_the_township_does_not_vote() {
        let repeat = |who| Command::RecordVote { ballot: ballot(), by: at(3, &who) };
        given::<Application>(voted()).when(repeat(secretary())).then([]);
        given::<Application>(voted()).when(repeat(clerk())).then_refused("SCOPE");
        given::<Application>(voted()).when(vote(20, 20, 0, 0)).then_refused("WRONG_STATE");
    }

    proptest! {
        #[test]
        fn no_vote_passes_without_quorum_and_majority(entitled in 1..200_u32, present in 0..200_u32, yes in 0..200_u32) {
            let ballot = Ballot { entitled, present, yes, no: present.saturating_sub(yes), abstain: 0, ..ballot() };
            let by = Occasion { pack: pack(), ..at(3, &secretary()) };
            let Application::Opened(state) = kernel::Decider::fold(&proposed()) else { panic!("it is open") };
            if let Ok(events) = record(&state, ballot, &by) {
                prop_assert!(present <= entitled && present * 3 >= entitled * 2);
                let passed = matches!(&events[..], [Event::VoteRecorded { vote, .. }] if vote.passed);
                prop_assert_eq!(passed, yes * 2 > present);
            }
        }
    }
}
