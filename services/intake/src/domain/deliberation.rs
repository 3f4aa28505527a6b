//! The meetings before the representatives' vote (四议两公开): the branch proposes, the two committees discuss, the Party members
//! examine. In this order, each with its quorum and majority; one that fails sends the draft back and stays in the record.
//!
//! How many of the four a county demands is rule `DELIBERATIONS`; the fourth is [`super::village_vote`].

use kernel::{
    RuleCode,
    refusal::{Common, breach},
};

use super::{
    Event, Occasion, Stage, State,
    authority::VILLAGE,
    ballot::check_counts,
    meeting_date,
    record::vote::{Ballot, Deliberation, Meeting},
    refusal::unpriced,
};

/// Records a meeting.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `DELIBERATION_ORDER`, `VOTE` when the counts don't add up, `BAD_DATE`, or `QUORUM`.
pub fn record(state: &State, meeting: Meeting, ballot: Ballot, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    let known =
        state.deliberations.iter().rev().find(|known| known.meeting == meeting && known.attempt == state.attempt);
    // One that agreed is followed by others, one that did not by the draft: only there it is what was done last.
    let stands = |known: &Deliberation| state.stage == if known.passed { Stage::Deliberation } else { Stage::Draft };
    if known.is_some_and(|known| known.ballot == ballot && stands(known)) {
        return Ok(Vec::new());
    }
    if state.stage != Stage::Deliberation {
        return Err(state.wrong_state("RecordDeliberation"));
    }
    let last = state.deliberated().last();
    if last.is_some_and(|last| last.meeting >= meeting || last.ballot.meeting_date > ballot.meeting_date) {
        return Err(out_of_order(meeting, last.map(|last| last.meeting)));
    }
    check_counts(&ballot)?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    meeting_date::check(state, &ballot, rules, by)?;
    let (present, entitled, yes) = (ballot.present, ballot.entitled, ballot.yes);
    let (quorum, passed) = match meeting {
        Meeting::Branch | Meeting::Committees => {
            (RuleCode::CommitteePresent, rules.share(RuleCode::CommitteeYes).exceeded_by(yes, present))
        }
        Meeting::PartyMembers => (RuleCode::PartyPresent, rules.share(RuleCode::PartyYes).reached_by(yes, entitled)),
    };
    if !rules.share(quorum).reached_by(present, entitled) {
        let share = rules.share(quorum);
        let zh = format!("{}应到 {entitled} 人、实到 {present} 人,到会人数不足 {share}", meeting.zh());
        let en = format!("{present} of {entitled} were present, fewer than {share}: hold the meeting again");
        let explanation = breach("QUORUM", rules.rule(quorum), zh, en).at("ballot.present");
        return Err(Common::rule(explanation.figures(format_args!("{present}/{entitled}"), share)));
    }
    let deliberation = Deliberation { meeting, ballot, passed, attempt: state.attempt };
    Ok(vec![Event::DeliberationRecorded { deliberation, signature }])
}

/// Refuses the representatives' vote before the meetings that the county demands.
///
/// # Errors
/// `DELIBERATION_ORDER`.
pub fn require(state: &State, by: &Occasion) -> Result<(), Common> {
    let rule = by.pack.rules_of(state.content.fiscal_year)?;
    let needed = rule.number(RuleCode::Deliberations);
    let held = u32::try_from(state.deliberated().count()).unwrap_or(u32::MAX).saturating_add(1);
    if held >= needed {
        return Ok(());
    }
    let zh = format!("四议两公开须通过 {needed} 个会议,连同村民代表会议只有 {held} 个");
    let en = format!("{needed} meetings must have agreed; with the representatives' there are {held}");
    Err(Common::rule(breach("DELIBERATION_ORDER", rule.rule(RuleCode::Deliberations), zh, en).figures(held, needed)))
}

fn out_of_order(meeting: Meeting, last: Option<Meeting>) -> Common {
    let after = last.map_or("", Meeting::zh);
    let zh = format!("{}须在{after}之前召开,会议日期不得倒置", meeting.zh());
    let en = "the meetings follow each other: branch, committees, Party members, representatives";
    let basis = "四议两公开工作法 [found]";
    Common::rule(unpriced("DELIBERATION_ORDER", "四议两公开", basis, zh, en).figures(meeting.zh(), after))
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{and, at, ballot, drafted, photo_of, proposed, secretary},
    };

    fn hold(meeting: Meeting, present: u32, yes: u32) -> Command {
        let ballot =
            Ballot { entitled: 30, present, yes, no: present - yes, minutes: photo_of(meeting.zh()), ..ballot() };
        Command::RecordDeliberation { meeting, ballot, by: at(3, &secretary()) }
    }

    #[test]
    fn party_members_need_two_thirds_present_and_half_of_all() {
        let refused = given::<Application>(proposed()).when(hold(Meeting::PartyMembers, 19, 19)).then_refused("QUORUM");
        assert_eq!(refused.explain().actual.as_deref(), Some("19/30"));
        for (yes, stage) in [(15, Stage::Deliberation), (14, Stage::Draft)] {
            let held = and(proposed(), hold(Meeting::PartyMembers, 20, yes));
            assert_eq!(Application::fold(&held).stage(), Some(&stage), "{yes} of 30");
        }
    }

    #[test]
    fn each_comes_in_its_turn_and_a_new_attempt_begins_anew() {
        let branch = and(proposed(), hold(Meeting::Branch, 20, 20));
        given::<Application>(branch.clone()).when(hold(Meeting::Branch, 20, 20)).then([]);
        given::<Application>(branch.clone()).when(hold(Meeting::Branch, 20, 19)).then_refused("DELIBERATION_ORDER");
        let failed = and(branch, hold(Meeting::Committees, 20, 10));
        let again = and(failed, Command::ProposeApplication { by: at(4, &secretary()) });
        let Application::Opened(state) = Application::fold(&again) else { panic!("open") };
        assert_eq!((state.attempt, state.deliberated().count(), state.deliberations.len()), (2, 0, 2));
        given::<Application>(drafted()).when(hold(Meeting::Branch, 20, 20)).then_refused("WRONG_STATE");
    }
}
