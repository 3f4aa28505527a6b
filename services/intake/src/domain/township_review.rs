//! The township's review (乡镇审核): submitted by the village, judged by the township's head, in as many rounds as it takes.
//!
//! Each round asks the head, once the clerk has found the file complete where the county wants that
//! ([`super::completeness`]). A task's decision is given once and never changed. An approval needs a site check.

use kernel::{Duty, RuleCode, TaskId, decision::Outcome, refusal::Common};

use super::{
    Decision, DecisionRecord, Event, NoticeLevel, Occasion, Stage, State,
    authority::{VILLAGE, sign_as},
    completeness, decision, gate, notice_period,
    record::township::{Round, Step},
    site_check, way_back,
};

/// Submits to the township, once the village notice is closed.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `NOTICE_SHORT` while the village notice hangs, or whatever [`gate`] refuses.
pub fn submit(state: &State, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    // What came by a return was not submitted.
    if state.stage == Stage::TownshipReview && state.returns.is_empty() {
        return Ok(Vec::new());
    }
    if state.stage != Stage::VillageNotice {
        return Err(state.wrong_state("SubmitApplication"));
    }
    notice_period::require_closed(state, NoticeLevel::Village, by)?;
    gate::require(state, by)?;
    Ok(match way_back::after_village(state, by)? {
        Some(asked) => vec![Event::ApplicationSubmitted { asked: Some(asked), signature }],
        None => vec![Event::ApplicationSubmitted { asked: None, signature }, way_back::forwarded(state, &by.pack)],
    })
}

/// The township decides.
///
/// # Errors
/// `NOT_FOUND` for a task that was never asked, `SCOPE`, `ALREADY_DECIDED`, `SOD`, `STALE_VERSION`, whatever the decision
/// lacks, and for an approval whatever [`gate`] refuses, or `SITE_CHECK` without one.
pub fn complete(state: &State, task: TaskId, decision: Decision, by: &Occasion) -> Result<Vec<Event>, Common> {
    let round = state.township.iter().find(|round| round.asked.task == task);
    let Round { asked, record, retracted, .. } = round.ok_or(Common::NotFound { what: "待办 task" })?;
    by.actor.require(&asked.post)?;
    if let Some(record) = record {
        let same = record.decision == decision && record.signature.person == by.actor.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    if *retracted {
        return Err(state.wrong_state("CompleteTask"));
    }
    let signature = sign_as(&asked.post, Duty::TownshipReviewer, &state.duties, by)?;
    completeness::permit(state, asked.step, by)?;
    decision.said.check_revision(asked.content_revision)?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    decision::check(&decision, "decision", &asked.questions, rules)?;
    let outcome = decision.said.outcome;
    let record = DecisionRecord { decision, signature };
    if asked.step == Step::Completeness {
        return completeness::checked(state, asked, record, by);
    }
    Ok(match outcome {
        Outcome::Approve => {
            gate::require(state, by)?;
            site_check::require(state, rules)?;
            let onward = way_back::goes_straight_to_county(state).then(|| way_back::forwarded(state, &by.pack));
            std::iter::once(Event::TownshipApproved { task, record }).chain(onward).collect()
        }
        Outcome::Return => {
            let due = by.pack.calendar.due_after(by.at, rules.number(RuleCode::CorrectionDays))?;
            vec![Event::TownshipReturned { task, record, due }]
        }
        Outcome::Reject => vec![Event::TownshipRejected { task, record }],
    })
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Kind, PersonId, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            OTHER_VILLAGE, approval, at, checked, head, head_of, rejection, secretary, submitted, task,
            township_approved, township_return, village_closed, village_posted,
        },
    };

    fn complete(decision: Decision, who: &Actor) -> Command {
        Command::CompleteTask { task: task(1), decision, by: at(18, who) }
    }

    #[test]
    fn submission_waits_for_the_village_notice() {
        let submit = || Command::SubmitApplication { by: at(15, &secretary()) };
        let refusal = given::<Application>(village_posted()).when(submit()).then_refused("NOTICE_SHORT");
        assert_eq!(refusal.explain().limit.as_deref(), Some("10"));
        let (events, _) = given::<Application>(village_closed()).when(submit()).then_accepted();
        let [Event::ApplicationSubmitted { asked: Some(asked), .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((asked.round, asked.post.to_string().as_str()), (1, "T-OPR@430921129000"));
        let Some(Event::CompletenessChecked { asked, .. }) = submitted().pop() else { panic!("the file is complete") };
        assert_eq!(asked.post.to_string(), "T-GOV@430921129000");
        assert_eq!((asked.round, asked.task), (1, task(1)));
        given::<Application>(submitted()).when(submit()).then([]);
    }

    #[test]
    fn scenario_05_the_applicant_does_not_review_under_any_name() {
        let second_account = Actor { posts: head().posts, ..secretary() };
        given::<Application>(checked()).when(complete(approval(), &second_account)).then_refused("SOD");
        let delegate = Actor { on_behalf_of: Some(secretary().person), ..head() };
        given::<Application>(checked()).when(complete(approval(), &delegate)).then_refused("SOD");
        let from_applicant = Actor { on_behalf_of: Some(head().person), posts: head().posts, ..secretary() };
        let refusal = given::<Application>(checked()).when(complete(approval(), &from_applicant)).then_refused("SOD");
        assert_eq!(refusal.kind(), Kind::Forbidden);
    }

    #[test]
    fn scenario_07_no_approval_without_a_site_check() {
        let refusal = given::<Application>(submitted()).when(complete(approval(), &head())).then_refused("SITE_CHECK");
        let explanation = refusal.explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("0"), Some("2")));
        let (_, state) = given::<Application>(checked()).when(complete(approval(), &head())).then_accepted();
        assert_eq!(state.stage().map(Stage::code), Some("TOWNSHIP_NOTICE"));
        // A rejection needs nobody on the spot.
        let (_, state) = given::<Application>(submitted()).when(complete(rejection(), &head())).then_accepted();
        assert_eq!(state.stage().map(Stage::code), Some("REJECTED"));
    }

    #[test]
    fn only_the_head_of_the_village_s_own_township_decides() {
        for who in [secretary(), head_of(OTHER_VILLAGE)] {
            given::<Application>(checked()).when(complete(approval(), &who)).then_refused("SCOPE");
        }
    }

    #[test]
    fn a_decision_is_given_once_on_what_was_read() {
        let mut stale = approval();
        stale.said.subject_revision = 0;
        let refusal = given::<Application>(checked()).when(complete(stale, &head())).then_refused("STALE_VERSION");
        assert_eq!(refusal.kind(), Kind::Stale);
        given::<Application>(township_approved()).when(complete(approval(), &head())).then([]);
        given::<Application>(township_approved()).when(complete(rejection(), &head())).then_refused("ALREADY_DECIDED");
        let colleague = Actor { person: PersonId("430921-0999".into()), ..head() };
        given::<Application>(township_approved())
            .when(complete(approval(), &colleague))
            .then_refused("ALREADY_DECIDED");
        let unknown = Command::CompleteTask { task: task(7), decision: approval(), by: at(18, &head()) };
        given::<Application>(checked()).when(unknown).then_refused("NOT_FOUND");
    }

    #[test]
    fn a_return_lists_numbered_items_and_a_due_date() {
        let (_, state) = given::<Application>(submitted()).when(complete(township_return(3), &head())).then_accepted();
        let Application::Opened(state) = state else { panic!("it is open") };
        let last = state.returns.last().expect("it was returned");
        let ids: Vec<&str> = last.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "3"]);
        assert!(last.due.at > at(18, &head()).at);
    }
}
