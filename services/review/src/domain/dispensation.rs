//! What the county goes on without (免予征求意见): a department stays silent though the office has seen to it, and all others
//! agree. The leading group is asked; its resolution names the posts whose opinion is dispensed with.
//!
//! Silence itself never agrees, and somebody must have: a project that no department has judged is not dispensed with.

use kernel::{
    Due, Explanation, Pack, Post, RuleCode, YearRules, calendar::civil_date, decision::QuestionKind, refusal::Common,
};
use time::OffsetDateTime;

use super::{
    asking::{ask_dispensation, unlike_before},
    command::Complete,
    decision::check,
    event::Event,
    joining::joined,
    quorum::Tally,
    record::{Asked, DecisionRecord, Opinion, Question, TaskKind},
    refusal::Refusal,
    resolution,
    state::{Stage, State},
};

/// The moment at which silence goes on to the leading group: the office's own time has run out, or that which it was given
/// when it saw to it. None while anything else is left to wait for.
#[must_use]
pub fn silence_due(state: &State) -> Option<OffsetDateTime> {
    let asked_already = || state.awaited().any(|opinion| opinion.asked.task_kind == TaskKind::OpinionDispensation);
    let silent = state.stage == Stage::Departments && Tally::of(state.standing()).only_silence_is_left();
    if !silent || asked_already() || state.suspensions.standing().is_some() {
        return None;
    }
    let supervises = |opinion: &&Opinion| opinion.asked.task_kind == TaskKind::OverdueSupervision;
    state.awaited().find(supervises).map(|opinion| opinion.asked.due).or(state.goes_on_at).map(|due| due.at)
}

/// When silence goes on to the leading group after somebody has seen to it; never elsewhere than among departments.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn silence_goes_on_at(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Option<Due>, Common> {
    if state.stage != Stage::Departments {
        return Ok(None);
    }
    let rules = pack.rules_of(state.referral.subject.fiscal_year)?;
    Ok(Some(rules.due(RuleCode::EscalationDays, at, &pack.calendar)?))
}

/// What the leading group is asked about those who stay silent.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn dispensation_asked(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Asked, Refusal> {
    let questions = silent(state).map(|opinion| asking(&opinion.asked)).collect();
    Ok(unlike_before(state, ask_dispensation(state.project, &state.referral, pack, at, questions)?))
}

/// The departments that are late and have not answered yet.
fn silent(state: &State) -> impl Iterator<Item = &Opinion> {
    state.standing().filter(|opinion| opinion.overdue && opinion.is_awaited())
}

/// The leading group names whose opinion it goes on without.
///
/// # Errors
/// `ATTENDANCE`, `QUORUM`, `NO_RESOLUTION`, `BAD_DATE`, `NO_OPINION`, and what else the decision lacks.
pub fn dispense(state: &State, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
    let Complete { task, decision, actor, pack, at, .. } = complete;
    let present = resolution::attendance_of(state, &decision, &pack, rules)?;
    let resolution = resolution::try_from_answers(&decision.answers, present, civil_date(at))?;
    check(&decision, asked, rules)?;
    let named = |post: &Post| decision.answers.iter().any(|answer| answer.yes && answer.question == post.to_string());
    let posts: Vec<Post> = silent(state).map(|opinion| opinion.asked.post.clone()).filter(|post| named(post)).collect();
    let goes_on_at = silence_goes_on_at(state, &pack, at)?;
    let decision = DecisionRecord::of(decision, &actor, at);
    let dispensed = Event::OpinionsDispensed { task, decision, resolution, posts, goes_on_at };
    let left = Tally::of(state.after(&dispensed).standing());
    if (left.awaited, left.late, left.approved) == (0, 0, 0) {
        return Err(nobody_left().into());
    }
    joined(state, dispensed, &pack, at)
}

fn asking(asked: &Asked) -> Question {
    let (post, name) = (asked.post.to_string(), &asked.asked_name);
    let zh = format!("是否免予征求{name}({post})的意见?");
    let en = format!("Does the county go on without the opinion of {post}?");
    Question::of(&post, &zh, &en, QuestionKind::YesNo)
}

fn nobody_left() -> Common {
    let zh = "至少须有一个部门出具意见,不能免予征求全部部门的意见";
    let en = "at least one department must have given an opinion: not all of them can be dispensed with";
    Common::rule(Explanation::new("NO_OPINION", zh, en).figures(0, 1).at("decision.answers"))
}

#[cfg(test)]
mod tests {
    use kernel::decision::{Decision, Outcome};
    use time::Duration;

    use super::*;
    use crate::domain::{
        Command, Escalate,
        overdue::next_due,
        story::{NOW, Story, answering, decision, departments, pack, resume, saying, suspend, the_leading_group},
    };

    fn look(at: OffsetDateTime) -> Command {
        Command::EscalateOverdue(Escalate { pack: pack(), at })
    }

    /// So many departments are late, the others agree; and when they were found late.
    fn silent(count: usize) -> (Story, OffsetDateTime) {
        let posts = departments();
        let waiting = posts[count..].iter().fold(Story::opened(), |story, post| story.decided(post, Outcome::Approve));
        let late = waiting.task(&posts[0]).due.at + Duration::days(1);
        (waiting.with(look(late)), late)
    }

    /// The leading group is asked about so many.
    fn asked(count: usize) -> Story {
        let (told, _) = silent(count);
        let due = next_due(&told.state()).expect("silence goes on some day");
        told.with(look(due))
    }

    fn dispensing(story: &Story, named: &[Post]) -> Command {
        let task = story.task(&the_leading_group());
        let mut decision: Decision = decision(&task, Outcome::Approve);
        for answer in decision.answers.iter_mut().filter(|answer| answer.question.contains('@')) {
            (answer.yes, answer.text) =
                (named.iter().any(|post| post.to_string() == answer.question), "继续等待".into());
        }
        saying(&task, decision)
    }

    #[test]
    fn c10_silence_goes_on_to_the_leading_group_once_the_office_has_seen_to_it_for_nothing() {
        let group = the_leading_group();
        let (told, _) = silent(1);
        let seen = told.clone().decided(&group, Outcome::Approve);
        let goes_on = pack().calendar.due_after(NOW, 3).expect("2022 is known").at;
        assert_eq!(next_due(&seen.state()), Some(goes_on));
        seen.when(look(goes_on - Duration::seconds(1))).then([]);
        let asked = seen.with(look(goes_on));
        let task = asked.task(&group);
        assert_eq!((asked.stage(), task.task_kind), (Stage::Departments, TaskKind::OpinionDispensation));
        assert_eq!(task.questions.last().map(|last| last.id.clone()), Some(departments()[0].to_string()), "by name");
        asked.when(look(goes_on + Duration::days(1))).then([]);
        // An office that does not see to it holds nothing up.
        assert_eq!(self::asked(1).task(&group).task_kind, TaskKind::OpinionDispensation);
        // The late department may still answer.
        let answered = asked.decided(&departments()[0], Outcome::Approve);
        assert_eq!(answered.stage(), Stage::LeadingGroup);
        assert_eq!(answered.state().awaited().count(), 1, "nobody need dispense with anything any more");
    }

    #[test]
    fn c10_what_is_dispensed_with_by_name_is_not_waited_for_and_no_agreement() {
        let posts = departments();
        let story = asked(2);
        let one = story.clone().with(dispensing(&story, &posts[..1]));
        assert_eq!(one.stage(), Stage::Departments, "the other is waited for");
        assert!(next_due(&one.state()).is_some(), "and asked about again");
        let none = story.clone().with(dispensing(&story, &[]));
        assert_eq!((none.stage(), super::silent(&none.state()).count()), (Stage::Departments, 2));
        let both = story.clone().with(dispensing(&story, &posts[..2]));
        assert_eq!(both.stage(), Stage::LeadingGroup);
        let state = both.state();
        let of = |post: &Post| state.opinions.iter().find(|opinion| opinion.asked.post == *post).expect("asked");
        assert!(of(&posts[0]).dispensed && of(&posts[0]).decision.is_none());
        both.when(answering(&of(&posts[0]).asked, Outcome::Approve)).then_refused("ALREADY_DECIDED");
    }

    #[test]
    fn c10_not_all_opinions_are_dispensed_with_and_none_without_a_resolution() {
        let posts = departments();
        let all = asked(posts.len());
        all.when(dispensing(&all, &posts)).then_refused("NO_OPINION");
        all.when(dispensing(&all, &posts[1..])).then_accepted();
        let mut bare = decision(&all.task(&the_leading_group()), Outcome::Approve);
        bare.answers.retain(|answer| answer.question.contains('@'));
        all.when(saying(&all.task(&the_leading_group()), bare)).then_refused("NO_RESOLUTION");
    }

    #[test]
    fn a_suspension_moves_the_moment_on() {
        let seen = silent(1).0.decided(&the_leading_group(), Outcome::Approve);
        let goes_on = next_due(&seen.state()).expect("some day");
        let stopped = seen.with(suspend(1));
        assert_eq!(next_due(&stopped.state()), None);
        assert_eq!(next_due(&stopped.with(resume(1, 7)).state()), Some(goes_on + Duration::days(7)));
    }
}
