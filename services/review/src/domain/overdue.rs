//! What is overdue (逾期): said once, brought to the office, and never taken for agreement.
//!
//! The late task stays open. A return or rejection that others gave waits no longer for those who are late. Where nothing is
//! left but silence, and the office has seen to it for nothing, the leading group is asked ([`super::dispensation`]).

use kernel::{Pack, YearRules};
use time::OffsetDateTime;

use super::{
    asking::{ask_office, ask_supervision, unlike_before},
    command::{Complete, Escalate},
    decision::check,
    dispensation::{dispensation_asked, silence_due, silence_goes_on_at},
    event::Event,
    members::leading_group,
    panel::{
        questions::{self, REPLACE_LATE},
        sitting,
    },
    quorum::{Join, Tally},
    record::{Asked, DecisionRecord, Opinion, TaskKind},
    refusal::Refusal,
    returns::merged,
    state::{Stage, State},
};

/// What is overdue is said once and brought to the office. Its task stays open: overdue never approves. A return or
/// rejection that was given waits no longer for those who are late; silence alone goes on to the leading group.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn escalate(state: &State, escalate: &Escalate) -> Result<Vec<Event>, Refusal> {
    let Escalate { pack, at } = escalate;
    if state.suspensions.standing().is_some() {
        return Ok(Vec::new());
    }
    let found = |opinion: &&Opinion| is_watched(opinion) && opinion.asked.due.at <= *at;
    let late: Vec<&Asked> = state.awaited().filter(found).map(|opinion| &opinion.asked).collect();
    let mut events: Vec<Event> = late.iter().map(|asked| Event::OpinionOverdue { task: asked.task, at: *at }).collect();
    let after = events.iter().fold(state.clone(), |state, event| state.after(event));
    match joined_departments(&after) {
        Join::Return => events.push(Event::CaseReturned { items: merged(after.standing()) }),
        Join::OfficeDecision => {
            events.push(Event::OfficeAsked { asked: ask_office(state.project, &state.referral, pack, *at)? });
        }
        Join::Wait | Join::LeadingGroup if silence_due(&after).is_some_and(|due| due <= *at) => {
            events.push(Event::DispensationAsked { asked: dispensation_asked(&after, pack, *at)? });
        }
        Join::Wait | Join::LeadingGroup => events.extend(supervision_asked(&after, &late, pack, *at)?),
    }
    Ok(events)
}

/// Where the departments' opinions lead while they are asked.
fn joined_departments(state: &State) -> Join {
    if state.stage == Stage::Departments { Tally::of(state.standing()).join() } else { Join::Wait }
}

/// The office is told of these, unless it is told already or is late itself.
fn supervision_asked(
    state: &State,
    late: &[&Asked],
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Option<Event>, Refusal> {
    let supervised = state.awaited().any(|opinion| opinion.asked.task_kind == TaskKind::OverdueSupervision);
    let office = leading_group(pack);
    if supervised || late.iter().all(|asked| asked.post == office) {
        return Ok(None);
    }
    let experts = late.iter().any(|asked| asked.task_kind == TaskKind::ExpertReview);
    let questions = if experts { vec![questions::replacing()] } else { Vec::new() };
    let asked = ask_supervision(state.project, &state.referral, pack, at, questions)?;
    Ok(Some(Event::SupervisionAsked { asked: unlike_before(state, asked) }))
}

/// The office has seen to what is overdue; experts who are late give up their seats when it says so.
///
/// # Errors
/// What the decision lacks, or when the pack has no rules or holidays for the year.
pub fn supervise(state: &State, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, pack, seed, at, .. } = complete;
    check(&decision, asked, rules)?;
    let replaces = decision.answers.iter().any(|answer| answer.question == REPLACE_LATE && answer.yes);
    let goes_on_at = silence_goes_on_at(state, &pack, at)?;
    let seen = Event::SupervisionGiven { task, decision: DecisionRecord::of(decision, &actor, at), goes_on_at };
    let late = sitting::late_experts(state);
    if !replaces || late.is_empty() {
        return Ok(vec![seen]);
    }
    let released = sitting::filled(&state.after(&seen), Event::ExpertsReleased { tasks: late }, seed, &pack, at)?;
    Ok(std::iter::once(seen).chain(released).collect())
}

/// The moment at which the next awaited task will be overdue, or silence goes on to the leading group; none while the
/// project is suspended.
#[must_use]
pub fn next_due(state: &State) -> Option<OffsetDateTime> {
    let watched = state.waits_for().filter(|opinion| is_watched(opinion)).map(|opinion| opinion.asked.due.at);
    watched.chain(silence_due(state)).min()
}

/// Whether nobody was told yet that it is late; who sees to what is late is not watched in turn.
fn is_watched(opinion: &Opinion) -> bool {
    !opinion.overdue && opinion.asked.task_kind != TaskKind::OverdueSupervision
}

#[cfg(test)]
mod tests {
    use kernel::decision::Outcome;
    use time::Duration;

    use super::*;
    use crate::domain::{
        Command,
        story::{NOW, Story, departments, forward, pack, the_leading_group},
    };

    /// A day after everything that is open was due.
    fn late(story: &Story) -> Command {
        let due = story.state().awaited().map(|opinion| opinion.asked.due.at).max().unwrap_or(NOW);
        Command::EscalateOverdue(Escalate { pack: pack(), at: due + Duration::days(1) })
    }

    fn kinds(story: &Story) -> Vec<TaskKind> {
        story.state().awaited().map(|opinion| opinion.asked.task_kind).collect()
    }

    #[test]
    fn nothing_is_overdue_before_its_time_and_nothing_twice() {
        let story = Story::opened();
        story.when(Command::EscalateOverdue(Escalate { pack: pack(), at: NOW })).then([]);
        let told = story.clone().with(late(&story));
        told.when(late(&story)).then([]);
    }

    #[test]
    fn silence_never_approves_and_the_office_is_told_once() {
        let posts = departments();
        let waiting = posts[1..].iter().fold(Story::opened(), |story, post| story.decided(post, Outcome::Approve));
        let told = waiting.clone().with(late(&waiting));
        assert_eq!(told.stage(), Stage::Departments);
        assert_eq!(kinds(&told), [TaskKind::DepartmentReview, TaskKind::OverdueSupervision]);
        let supervision = told.task(&the_leading_group());
        assert_eq!(next_due(&told.state()), Some(supervision.due.at), "what has been said is not said again");
        // The late department answers: its supervision ends in the same step.
        let done = told.decided(&posts[0], Outcome::Approve);
        assert_eq!((done.stage(), kinds(&done)), (Stage::LeadingGroup, vec![TaskKind::LeadingGroupDecision]));
    }

    #[test]
    fn the_office_sees_to_it_and_the_task_still_waits() {
        let story = Story::opened();
        let told = story.clone().with(late(&story));
        let seen = told.decided(&the_leading_group(), Outcome::Approve);
        assert_eq!((seen.stage(), seen.state().awaited().count()), (Stage::Departments, departments().len()));
        // For that department's silence the leading group is asked in the end.
        let asked = seen.clone().with(late(&story));
        assert!(kinds(&asked).contains(&TaskKind::OpinionDispensation));
        asked.when(late(&story)).then([]);
    }

    #[test]
    fn a_return_waits_for_the_late_no_longer() {
        let posts = departments();
        for (outcome, stage) in [(Outcome::Return, Stage::Returned), (Outcome::Reject, Stage::OfficeDecision)] {
            let waiting = Story::opened().decided(&posts[0], outcome);
            let ended = waiting.clone().with(late(&waiting));
            assert_eq!(ended.stage(), stage);
            // The late have nothing to answer any more.
            ended.when(waiting.completing(&posts[1], Outcome::Approve)).then_refused("ALREADY_DECIDED");
        }
        let waiting = Story::opened().decided(&posts[0], Outcome::Return);
        let again = waiting.clone().with(late(&waiting)).with(forward(2));
        let asked: Vec<_> = again.state().awaited().map(|opinion| opinion.asked.post.clone()).collect();
        assert_eq!(asked, posts, "who returned and who was late are asked again");
    }

    #[test]
    fn c10_a_return_or_rejection_after_the_others_were_late_is_joined_at_once() {
        let posts = departments();
        let (last, others) = posts.split_last().expect("departments");
        let told = Story::opened();
        let told = told.clone().with(late(&told));
        for (outcome, stage) in [(Outcome::Return, Stage::Returned), (Outcome::Reject, Stage::OfficeDecision)] {
            let ended = told.clone().decided(last, outcome);
            assert_eq!(ended.stage(), stage);
            ended.when(told.completing(&others[0], Outcome::Approve)).then_refused("ALREADY_DECIDED");
        }
        // Until then the late may answer, and an agreement waits for the others.
        let agreed = told.decided(last, Outcome::Approve);
        assert_eq!(agreed.stage(), Stage::Departments);
        assert_eq!(agreed.decided(&others[0], Outcome::Return).stage(), Stage::Returned);
    }

    #[test]
    fn the_leading_group_that_is_late_is_told_by_nobody() {
        let story = Story::opened().all_say(Outcome::Approve);
        let told = story.clone().with(late(&story));
        assert_eq!((told.stage(), kinds(&told)), (Stage::LeadingGroup, vec![TaskKind::LeadingGroupDecision]));
        assert!(told.state().opinions.iter().any(|opinion| opinion.overdue));
    }
}
