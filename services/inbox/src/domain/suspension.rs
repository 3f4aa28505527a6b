//! A task rests while its project is suspended (暂停): it is kept, nobody claims or decides it, and it comes back as it was.
//!
//! What the asking room says of a decision or of the end of the task is so, suspended or not.

use time::OffsetDateTime;

use super::{event::Event, refusal::Refusal, state::State};

/// The asking room says that it rests; what has ended rests already.
///
/// # Errors
/// `TOO_EARLY` for what comes before the step that it follows.
pub fn suspend(state: &State, number: u32, reason: String) -> Result<Vec<Event>, Refusal> {
    if !state.awaits_a_decision() || !state.suspensions.begins(number)? {
        return Ok(Vec::new());
    }
    Ok(vec![Event::TaskSuspended { reason }])
}

/// The asking room says that it goes on, and until when.
///
/// # Errors
/// `TOO_EARLY` for what comes before the step that it follows.
pub fn resume(state: &State, number: u32, due_at: OffsetDateTime, provisional: bool) -> Result<Vec<Event>, Refusal> {
    if !state.awaits_a_decision() || !state.suspensions.ends(number)? {
        return Ok(Vec::new());
    }
    Ok(vec![Event::TaskResumed { due_at, provisional }])
}

#[cfg(test)]
mod tests {
    use kernel::{
        Actor, Decider as _,
        decision::Outcome,
        testing::{Given, given},
    };
    use time::Duration;

    use super::*;
    use crate::domain::{
        Command, Lease, Task,
        claim::LENGTH,
        fixtures::{START, raised, request, stranger, wu, zhou},
    };

    fn suspended() -> Event {
        Event::TaskSuspended { reason: "立案核查".into() }
    }

    fn resumed() -> Event {
        Event::TaskResumed { due_at: request().due_at + Duration::days(7), provisional: false }
    }

    fn claimed() -> Event {
        Event::TaskClaimed {
            lease: Lease { holder: zhou().person, on_behalf_of: None, token: 1, until: START + LENGTH },
        }
    }

    fn suspend(number: u32) -> Command {
        Command::SuspendTask { number, reason: "立案核查".into() }
    }

    fn resume(number: u32) -> Command {
        Command::ResumeTask { number, due_at: request().due_at + Duration::days(7), provisional: false }
    }

    fn claim(actor: Actor) -> Command {
        Command::ClaimTask { actor, at: START }
    }

    fn task(events: impl IntoIterator<Item = Event>) -> Given<Task> {
        given(std::iter::once(raised()).chain(events))
    }

    fn after(events: impl IntoIterator<Item = Event>) -> State {
        let events: Vec<Event> = std::iter::once(raised()).chain(events).collect();
        let Task::Raised(task) = Task::fold(&events) else { panic!("it is raised") };
        *task
    }

    #[test]
    fn nobody_claims_or_gives_back_a_task_that_rests() {
        task([suspended()]).when(claim(zhou())).then_refused("SUSPENDED");
        task([suspended()]).when(claim(stranger())).then_refused("SCOPE");
        let give_back = || Command::ReleaseTask { actor: zhou(), token: 1 };
        task([claimed(), suspended()]).when(give_back()).then_refused("SUSPENDED");
        task([claimed(), suspended(), resumed()]).when(give_back()).then_accepted();
    }

    #[test]
    fn it_comes_back_as_it_was_and_is_due_later() {
        let resting = after([claimed(), suspended()]);
        assert_eq!((resting.code(), resting.is_open(), resting.due_at()), ("SUSPENDED", false, request().due_at));
        assert!(!resting.is_overdue(request().due_at + Duration::days(1)), "nothing is overdue while it rests");
        let back = after([claimed(), suspended(), resumed()]);
        assert_eq!((back.code(), &back.stage), ("RESERVED", &after([claimed()]).stage));
        assert_eq!(back.due_at(), request().due_at + Duration::days(7));
        assert!(!back.is_overdue(request().due_at + Duration::days(7)));
        assert!(back.is_overdue(request().due_at + Duration::days(8)));
        // The request comes again as it was first made.
        task([suspended(), resumed()]).when(Command::RaiseTask { request: Box::new(request()), at: START }).then([]);
    }

    #[test]
    fn what_comes_out_of_order_waits_and_what_comes_twice_has_one_effect() {
        given::<Task>([]).when(suspend(1)).then_refused("TOO_EARLY");
        given::<Task>([]).when(resume(1)).then_refused("TOO_EARLY");
        task([]).when(resume(1)).then_refused("TOO_EARLY");
        task([]).when(suspend(2)).then_refused("TOO_EARLY");
        task([suspended()]).when(suspend(1)).then([]);
        task([suspended()]).when(suspend(2)).then_refused("TOO_EARLY");
        task([suspended()]).when(resume(1)).then([resumed()]);
        task([suspended(), resumed()]).when(suspend(1)).then([]);
        task([suspended(), resumed()]).when(resume(1)).then([]);
        task([suspended(), resumed()]).when(suspend(2)).then([suspended()]);
    }

    #[test]
    fn what_the_asking_room_says_of_its_end_is_so_also_while_it_rests() {
        let approve = || Command::CompleteTask { outcome: Outcome::Approve, person: wu().person, on_behalf_of: None };
        let (approved, _) = task([suspended()]).when(approve()).then_accepted();
        task([suspended()]).when(Command::CancelTask).then([Event::TaskObsoleted]);
        for end in [approved, vec![Event::TaskObsoleted]] {
            let ended = || std::iter::once(suspended()).chain(end.clone());
            assert_ne!(after(ended()).code(), "SUSPENDED");
            task(ended()).when(resume(1)).then([]);
            task(end.clone()).when(suspend(1)).then([]);
        }
    }
}
