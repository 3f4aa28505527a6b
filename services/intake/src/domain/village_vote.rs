//! The villagers' representatives vote (村民代表会议表决, 村民委员会组织法 26): present at least two thirds of those entitled,
//! yes more than half of those present. Too few present is no vote; a vote that fails is a fact, and stays in the record.

use kernel::{
    Attachment, Explanation, RuleCode, YearRules,
    refusal::{Common, Violations, breach},
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Event, File, Occasion, Stage, authority::VILLAGE, deliberation, meeting_date};

time::serde::format_description!(pub(super) civil, Date, "[year]-[month]-[day]");

/// What was counted at the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Date of the meeting.
    #[serde(with = "civil")]
    pub meeting_date: Date,
    /// Representatives entitled to vote (应到).
    pub entitled: u32,
    /// Present (实到).
    pub present: u32,
    /// Yes (赞成).
    pub yes: u32,
    /// No (反对).
    pub no: u32,
    /// Abstained (弃权).
    pub abstain: u32,
    /// Scan of the record (会议记录).
    pub minutes: Attachment,
}

/// A vote that was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// What was counted.
    pub ballot: Ballot,
    /// Whether it passed.
    pub passed: bool,
}

/// Records the vote: on to the village notice, or back to draft.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `VOTE` when the counts don't add up, `BAD_DATE`, `MINUTES_USED`, or `QUORUM`.
pub fn record(file: &File, ballot: Ballot, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(file.content.village, &file.duties, by)?;
    match &file.stage {
        Stage::Deliberation => {
            check_counts(&ballot)?;
            let rules = by.pack.rules_of(file.content.fiscal_year)?;
            meeting_date::check(file, &ballot, rules, by)?;
            deliberation::require(file, by)?;
            check_quorum(&ballot, rules)?;
            let passed = rules.share(RuleCode::VoteYes).exceeded_by(ballot.yes, ballot.present);
            Ok(vec![Event::VoteRecorded { vote: Vote { ballot, passed }, signature }])
        }
        Stage::Draft | Stage::VillageNotice if stands(file, &ballot) => Ok(Vec::new()),
        Stage::Draft
        | Stage::VillageNotice
        | Stage::TownshipReview
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::CountyNotice { .. }
        | Stage::InPool { .. }
        | Stage::Returned
        | Stage::Rejected(_)
        | Stage::Withdrawn { .. }
        | Stage::OutOfPool { .. } => Err(file.wrong_state("RecordVote")),
    }
}

/// Whether this very vote is what brought the application where it is, and is about the content that it has.
fn stands(file: &File, ballot: &Ballot) -> bool {
    let Some(last) = file.votes.last().filter(|last| last.ballot == *ballot) else { return false };
    let about_this = file.voted_on.as_deref() == Some(&file.content);
    match last.passed {
        true => file.stage == Stage::VillageNotice && about_this && file.returns.is_empty(),
        false => file.stage == Stage::Draft,
    }
}

pub(super) fn check_counts(ballot: &Ballot) -> Result<(), Common> {
    let Ballot { entitled, present, yes, no, abstain, .. } = ballot;
    let mut wrong = Violations::default();
    if *entitled == 0 {
        wrong.add("VOTE", "vote.entitled", "应到人数必须大于零", "someone must be entitled to vote");
    }
    if present > entitled {
        let zh = format!("实到 {present} 人多于应到 {entitled} 人");
        wrong.add("VOTE", "vote.present", zh, "more are present than are entitled");
    }
    wrong.finish()?;
    let counted = u64::from(*yes) + u64::from(*no) + u64::from(*abstain);
    if counted != u64::from(*present) {
        let zh = format!("赞成 {yes}、反对 {no}、弃权 {abstain} 合计 {counted} 票,与实到 {present} 人不符");
        let en = format!("yes, no and abstained make {counted}, but {present} were present");
        let explanation = Explanation::new("VOTE", zh, en).figures(counted, present);
        return Err(Common::invalid(explanation.at("vote.yes").at("vote.no").at("vote.abstain").at("vote.present")));
    }
    Ok(())
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
        let Application::Opened(file) = failed else { panic!("it is open") };
        assert_eq!(file.votes.len(), 1);
        assert!(!file.votes[0].passed);
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
            let Application::Opened(file) = kernel::Decider::fold(&proposed()) else { panic!("it is open") };
            if let Ok(events) = record(&file, ballot, &by) {
                prop_assert!(present <= entitled && present * 3 >= entitled * 2);
                let passed = matches!(&events[..], [Event::VoteRecorded { vote, .. }] if vote.passed);
                prop_assert_eq!(passed, yes * 2 > present);
            }
        }
    }
}
