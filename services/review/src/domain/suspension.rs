//! A project is suspended (暂停、冻结, X5): no opinion is taken and nothing becomes overdue until it is resumed to the same
//! state; what was due is due later by the days that it lasted. Intake decides that, here it is heard.

use kernel::SuspensionStep;

use super::{command::Suspended, event::Event, refusal::Refusal, state::State};

/// Hears it; what is over, nobody can stop.
///
/// # Errors
/// `TOO_EARLY` for what comes before the step that it follows.
pub fn hear(state: &State, suspended: Suspended) -> Result<Vec<Event>, Refusal> {
    let Suspended { number, county_round: _, step, acts } = suspended;
    if state.stage.is_over() {
        return Ok(Vec::new());
    }
    if !state.suspensions.is_news(number, &step)? {
        return Ok(Vec::new());
    }
    let heard = match step {
        SuspensionStep::Begin { reason } => Event::CaseSuspended { reason },
        SuspensionStep::End { days } => Event::CaseResumed { days },
    };
    let acts = state.duties.news(&acts).map(|acts| Event::ActsHeard { acts });
    Ok([heard].into_iter().chain(acts).collect())
}

#[cfg(test)]
mod tests {
    use kernel::{Duties, decision::Outcome};
    use time::Duration;

    use super::*;
    use crate::domain::{
        Asked, Command, Escalate,
        next_actions::open_tasks,
        overdue::next_due,
        scope::waiting_for,
        story::{Story, answering, departments, forward, pack, resume, stages, suspend},
    };

    fn asked(story: &Story) -> Vec<Asked> {
        story.state().awaited().map(|opinion| opinion.asked.clone()).collect()
    }

    #[test]
    fn it_comes_back_to_the_same_state_with_the_same_tasks_due_later() {
        for (stage, story, _) in stages() {
            let stopped = story.clone().with(suspend(1));
            assert_eq!(stopped.stage(), story.stage(), "{stage}");
            assert_eq!(next_due(&stopped.state()), None, "{stage}: nothing becomes overdue");
            for asked in asked(&stopped) {
                stopped.when(answering(&asked, Outcome::Reject)).then_refused("SUSPENDED");
            }
            let going = stopped.with(resume(1, 7));
            let later = |asked: Asked| Asked { due: asked.due.later(7), ..asked };
            assert_eq!(asked(&going), asked(&story).into_iter().map(later).collect::<Vec<_>>(), "{stage}");
            assert_eq!(going.stage(), story.stage());
            if let Some(asked) = asked(&going).first() {
                going.when(answering(asked, Outcome::Reject)).then_accepted();
            }
        }
    }

    #[test]
    fn nothing_is_overdue_while_it_stands() {
        let story = Story::opened();
        let due = asked(&story)[0].due.at;
        let look = |at| Command::EscalateOverdue(Escalate { pack: pack(), at });
        let stopped = story.with(suspend(1));
        stopped.when(look(due + Duration::days(3))).then([]);
        let going = stopped.with(resume(1, 7));
        going.when(look(due + Duration::days(6))).then([]);
        going.when(look(due + Duration::days(7))).then_accepted();
    }

    #[test]
    fn what_comes_out_of_order_waits_and_what_comes_twice_has_one_effect() {
        Story::default().when(suspend(1)).then_refused("TOO_EARLY");
        Story::default().when(resume(1, 7)).then_refused("TOO_EARLY");
        let never_here = Suspended {
            number: 1,
            county_round: 0,
            step: SuspensionStep::Begin { reason: "立案核查".into() },
            acts: Duties::default(),
        };
        Story::default().when(Command::HearSuspension(never_here)).then([]);
        let story = Story::opened();
        story.when(resume(1, 7)).then_refused("TOO_EARLY");
        story.when(suspend(2)).then_refused("TOO_EARLY");
        let stopped = story.with(suspend(1));
        stopped.when(suspend(1)).then([]);
        stopped.when(suspend(2)).then_refused("TOO_EARLY");
        let going = stopped.with(resume(1, 7));
        going.when(suspend(1)).then([]);
        going.when(resume(1, 7)).then([]);
        going.when(suspend(2)).then_accepted();
    }

    #[test]
    fn a_correction_that_a_suspension_overtook_is_asked_of_all_and_rests() {
        let stopped = Story::opened().all_say(Outcome::Return).with(suspend(1)).with(forward(2));
        assert_eq!(asked(&stopped).len(), departments().len());
        assert!(stopped.state().awaited().all(|opinion| opinion.suspended == 1));
        assert_eq!(
            (open_tasks(&stopped.state()), waiting_for(&stopped.state()), stopped.state().first_due()),
            (vec![], vec![], None)
        );
        let task = asked(&stopped).remove(0);
        stopped.when(answering(&task, Outcome::Approve)).then_refused("SUSPENDED");
        stopped.with(resume(1, 7)).when(answering(&task, Outcome::Approve)).then_accepted();
    }

    #[test]
    fn suspensions_before_the_county_are_counted() {
        let mut forwarded = crate::domain::story::forwarded(1);
        forwarded.suspensions = 2;
        let story = Story::default().with(Command::OpenCase(forwarded));
        story.when(suspend(2)).then([]);
        story.when(resume(2, 7)).then([]);
        story.when(suspend(3)).then_accepted();
    }
}
