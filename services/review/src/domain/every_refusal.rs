//! All that speaks against a decision at once (一次性告知), for whoever tries it without making it: what [`super::completion`] asks one
//! by one, each asked for itself.

use kernel::{calendar::civil_date, decision, decision::Outcome, refusal::Common};

use super::{Asked, Case, Command, Complete, Refusal, State, TaskKind, decision::not_offered, guarantee, resolution};

/// What speaks against a command besides what was refused `first`.
#[must_use]
pub fn besides(case: &Case, command: &Command, first: &Refusal) -> Vec<Refusal> {
    let (Case::Opened(state), Command::CompleteTask(complete)) = (case, command) else { return Vec::new() };
    // Where the step is out of place, mending the rest would not help.
    if matches!(first, Refusal::Common(Common::WrongState { .. } | Common::AlreadyDecided)) {
        return Vec::new();
    }
    let asked = state.awaited().map(|opinion| &opinion.asked).find(|asked| asked.task == complete.task);
    asked.map_or_else(Vec::new, |asked| of_decision(state, asked, complete).into_iter().map(Into::into).collect())
}

fn of_decision(state: &State, asked: &Asked, complete: &Complete) -> Vec<Common> {
    let Complete { decision, pack, balances, reserved, at, .. } = complete;
    let rules = match pack.rules_of(state.referral.subject.fiscal_year) {
        Ok(rules) => rules,
        Err(refusal) => return vec![refusal],
    };
    let (kind, outcome) = (asked.task_kind, decision.outcome);
    let mut refusals = Vec::new();
    if !kind.outcomes().contains(&outcome) {
        refusals.push(not_offered(kind, outcome));
    }
    let of_group = (kind == TaskKind::LeadingGroupDecision).then(|| resolution::questions(pack));
    let questions = of_group.as_ref().unwrap_or(&asked.questions);
    let questions: Vec<decision::Question> = questions.iter().map(Into::into).collect();
    refusals.extend(decision.faults("decision", &questions, kind.return_steps(), rules, |_| {}));
    if guarantee::is_needed(asked, decision) {
        refusals.extend(guarantee::require(&state.referral.subject, balances, reserved, pack).err());
    }
    if kind == TaskKind::LeadingGroupDecision {
        match resolution::attendance_of(state, decision, pack, rules) {
            Err(refusal) => refusals.push(refusal),
            Ok(present) if outcome == Outcome::Approve => {
                refusals.extend(resolution::try_from_answers(&decision.answers, present, civil_date(*at)).err());
            }
            Ok(_) => {}
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _};

    use super::*;
    use crate::domain::story::{Story, decision as decided, departments, holder};

    #[test]
    fn a_rejection_hears_of_its_form_and_its_length_at_once() {
        let (story, post) = (Story::opened(), departments().remove(0));
        let mut no = decided(&story.task(&post), Outcome::Reject);
        no.answers.clear();
        no.opinion = "不".into();
        let command = story.completing_with(&post, no, holder(&post));
        let case = Case::Opened(Box::new(story.state()));
        let first = case.decide(command.clone()).expect_err("refused");
        assert_eq!(first.explain().code, "ANSWER_MISSING");
        let more: Vec<&str> = besides(&case, &command, &first).iter().map(|refusal| refusal.explain().code).collect();
        assert_eq!(more, ["ANSWER_MISSING", "OPINION_LENGTH"]);
    }
}
