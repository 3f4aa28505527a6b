//! All that speaks against a step at once (一次性告知), for whoever tries it without taking it: the rules that the machine asks one
//! by one, each asked for itself.
//!
//! Invariant: what [`super::Application`] refuses is among them or comes before them; nothing is refused here that is not
//! refused there once the rest is mended.

use kernel::{
    Pack,
    decision::{Outcome, Question, ReturnStep},
    refusal::{Common, Violations},
};

use super::{
    Application, Command, Content, Decision, DecisionRecord, Occasion, State, admissible, ancillary,
    authority::{VILLAGE, sign_as},
    completeness, decision, negative_list, particulars,
    record::township::{Round, Step},
    revote, site_check, village_share,
};

/// What speaks against a command besides what was refused `first`.
#[must_use]
pub fn besides(application: &Application, command: &Command, first: &Common) -> Vec<Common> {
    let Application::Opened(state) = application else { return Vec::new() };
    // Where the step is out of place, mending the rest would not help.
    if matches!(first, Common::WrongState { .. } | Common::AlreadyDecided) {
        return Vec::new();
    }
    match command {
        Command::UpdateApplication { content, by } => of_draft(state, content, by),
        Command::ProposeApplication { by } => of_content(&state.content, &by.pack),
        Command::CompleteTask { task, decision, by } => {
            let round = state.township.iter().find(|round| round.asked.task == *task);
            round.map_or_else(Vec::new, |round| of_decision(state, round, decision, by))
        }
        _ => Vec::new(),
    }
}

/// What even a draft must have, and whose village it may be.
fn of_draft(state: &State, content: &Content, by: &Occasion) -> Vec<Common> {
    let mut wrong = Violations::default();
    particulars::check_draft(content, &by.pack, &mut wrong);
    let moved = VILLAGE.sign(content.village, &state.duties, by);
    wrong.finish().err().into_iter().chain(moved.err()).collect()
}

/// All rules of the content ([`admissible`]), each for itself.
fn of_content(content: &Content, pack: &Pack) -> Vec<Common> {
    let rules = match pack.rules_of(content.fiscal_year) {
        Ok(rules) => rules,
        Err(refusal) => return vec![refusal],
    };
    let rules = [
        admissible::check(content, rules, pack),
        admissible::sums_agree(content),
        ancillary::check(content, pack),
        village_share::check(content, rules, pack),
        negative_list::check(content),
    ];
    rules.into_iter().filter_map(Result::err).collect()
}

/// What the decision lacks, and for an approval what the application does.
fn of_decision(state: &State, round: &Round, decision: &Decision, by: &Occasion) -> Vec<Common> {
    let Round { asked, .. } = round;
    let rules = match by.pack.rules_of(state.content.fiscal_year) {
        Ok(rules) => rules,
        Err(refusal) => return vec![refusal],
    };
    let questions: &[Question] = &asked.questions;
    let also = |wrong: &mut Violations| decision::check_reason(decision, wrong);
    let mut refusals = decision.said.faults("decision", questions, ReturnStep::OF_VILLAGE, rules, also);
    match (asked.step, decision.said.outcome) {
        (Step::Decision, Outcome::Approve) => {
            refusals.extend(of_content(&state.content, &by.pack));
            refusals.extend(revote::require(state, rules).err());
            refusals.extend(site_check::require(state, rules).err());
        }
        (Step::Decision, Outcome::Return | Outcome::Reject) => {}
        (Step::Completeness, _) => {
            let duty = kernel::Duty::TownshipReviewer;
            let checked = sign_as(&asked.post, duty, &state.duties, by).and_then(|signature| {
                completeness::checked(state, asked, DecisionRecord { decision: decision.clone(), signature }, by)
            });
            refusals.extend(checked.err());
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _};

    use super::*;
    use crate::domain::{
        Event,
        fixtures::{and, approval, at, checked, drafted, head, rejection, secretary, submitted, task, yuan},
    };

    /// The codes that a command is refused with, the machine's own first.
    fn codes(history: &[Event], command: Command) -> Vec<&'static str> {
        let application = Application::fold(history);
        let first = application.decide(command.clone()).expect_err("refused");
        let more = besides(&application, &command, &first);
        let mut codes = vec![first.explain().code];
        codes.extend(more.into_iter().filter(|refusal| *refusal != first).map(|refusal| refusal.explain().code));
        codes
    }

    /// A draft that breaks a rule of each kind.
    fn broken() -> Vec<Event> {
        let mut content = crate::domain::fixtures::content();
        content.land_note.clear();
        content.items[0].title = "购置公务用车".into();
        content.budget[0].amount = yuan("1");
        content.budget[2].source = "LINK".into();
        and(drafted(), Command::UpdateApplication { content, by: at(2, &secretary()) })
    }

    #[test]
    fn a_proposal_hears_of_every_rule_at_once() {
        let all = codes(&broken(), Command::ProposeApplication { by: at(3, &secretary()) });
        assert_eq!(all[0], "REQUIRED");
        for code in ["SUM_MISMATCH", "ANCILLARY_IN_BASE", "RATIO_VILLAGE", "NEGLIST"] {
            assert!(all.contains(&code), "{code} is missing: {all:?}");
        }
    }

    #[test]
    fn a_step_out_of_place_hears_that_alone() {
        let propose = Command::ProposeApplication { by: at(18, &secretary()) };
        assert_eq!(codes(&submitted(), propose), ["WRONG_STATE"]);
    }

    #[test]
    fn an_approval_hears_of_its_own_faults_and_of_the_application_s() {
        let mut decision = approval();
        decision.said.answers.clear();
        decision.said.opinion.clear();
        let complete = |decision| Command::CompleteTask { task: task(1), decision, by: at(18, &head()) };
        let all = codes(&submitted(), complete(decision));
        assert_eq!((all[0], all.last()), ("ANSWER_MISSING", Some(&"SITE_CHECK")));
        let mut silent = rejection();
        silent.said.answers.clear();
        silent.said.opinion = "不".into();
        let all = codes(&checked(), complete(silent));
        assert_eq!((all[0], all.last()), ("ANSWER_MISSING", Some(&"OPINION_LENGTH")));
    }
}
