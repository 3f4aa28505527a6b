//! What was due on a provisional calendar (暂定) is counted again once the year's calendar is loaded (C31). Of what was found
//! overdue it was said: that stands.

use kernel::{Calendar, Due, TaskId, calendar::recounted, refusal::Common};
use time::OffsetDateTime;

use super::{event::Event, refusal::Refusal, state::State};

/// Counts all that is open and provisional by what the calendar knows now. Called by the room's own worker.
///
/// # Errors
/// When the calendar has lost the year that it was counted from.
pub fn recount(state: &State, calendar: &Calendar) -> Result<Vec<Event>, Refusal> {
    let again = recounted(provisional(state), calendar).map_err(Common::from)?.into_iter();
    Ok(again.map(|(task, due)| Event::DueRecounted { task, due }).collect())
}

/// The first moment that is due and still hangs on a year that is not published.
#[must_use]
pub fn first_provisional(state: &State) -> Option<OffsetDateTime> {
    provisional(state).map(|(_, due)| due.at).min()
}

fn provisional(state: &State) -> impl Iterator<Item = (Option<TaskId>, Due)> {
    let open = state.awaited().filter(|opinion| !opinion.overdue);
    let open = open.map(|opinion| (Some(opinion.asked.task), opinion.asked.due));
    let silence = state.goes_on_at.filter(|_| !state.stage.is_over()).map(|due| (None, due));
    open.chain(silence).filter(|(_, due)| due.is_provisional())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Pack, decision::Outcome};
    use runtime::testing::unpublished;
    use time::{Duration, macros::date};

    use super::*;
    use crate::domain::{
        Command, Escalate,
        story::{NOW, Story, departments, forwarded, pack, resume, suspend, the_leading_group},
    };

    /// The pack with another day off in those days.
    fn after() -> Arc<Pack> {
        let calendar = pack().calendar.with_year(2022, [date!(2022 - 03 - 08), date!(2022 - 03 - 09)], []);
        Arc::new(Pack { calendar: calendar.expect("sound"), ..Pack::clone(&pack()) })
    }

    fn opened(pack: Arc<Pack>) -> Story {
        let mut forwarded = forwarded(1);
        forwarded.pack = pack;
        Story::default().with(Command::OpenCase(forwarded))
    }

    fn recount(pack: &Arc<Pack>) -> Command {
        Command::RecountDues { pack: pack.clone() }
    }

    fn dues(story: &Story) -> Vec<Due> {
        story.state().awaited().map(|opinion| opinion.asked.due).collect()
    }

    #[test]
    fn c31_each_provisional_due_date_is_counted_once_more_as_if_the_year_had_been_known() {
        let (before, after) = (unpublished(&pack()), after());
        let story = opened(before.clone());
        assert_eq!(first_provisional(&story.state()), dues(&story).iter().map(|due| due.at).min());
        story.when(recount(&before)).then([]);
        let given = story.clone().decided(&departments()[0], Outcome::Approve);
        let known = opened(after.clone()).decided(&departments()[0], Outcome::Approve);
        let counted = given.clone().with(recount(&after));
        assert_eq!(dues(&counted), dues(&known));
        assert_ne!(dues(&counted), dues(&given));
        assert_eq!(first_provisional(&counted.state()), None);
        counted.when(recount(&after)).then([]);
        assert_eq!(counted.state().opinions[0].recounts, 0, "what was given is due no more");
        // Suspended meanwhile, it is due as much later.
        let stopped = story.with(suspend(1)).with(recount(&after)).with(resume(1, 7));
        assert_eq!(dues(&stopped), dues(&opened(after.clone()).with(suspend(1)).with(resume(1, 7))));
    }

    #[test]
    fn c31_what_was_found_overdue_stays_so_and_the_silence_is_counted_again() {
        let (before, after) = (unpublished(&pack()), after());
        let posts = departments();
        let waiting =
            posts[1..].iter().fold(opened(before.clone()), |story, post| story.decided(post, Outcome::Approve));
        let late = NOW + Duration::days(20);
        let escalate = |pack: &Arc<Pack>| Command::EscalateOverdue(Escalate { pack: pack.clone(), at: late });
        let told = waiting.with(escalate(&before));
        let supervised = told.task(&the_leading_group()).due;
        assert_eq!(first_provisional(&told.state()), Some(supervised.at), "the late department's due date stands");
        let seeing = told.completing(&the_leading_group(), Outcome::Approve);
        let Command::CompleteTask(complete) = seeing else { panic!("a decision") };
        let seen = told.with(Command::CompleteTask(crate::domain::Complete { pack: before, ..complete }));
        let goes_on = seen.state().goes_on_at.expect("silence goes on some day");
        assert!(goes_on.is_provisional());
        let counted = seen.with(recount(&after));
        let by_hand = after.calendar.due_after(NOW, 3).expect("known");
        assert_eq!(counted.state().goes_on_at, Some(by_hand));
        assert_eq!(first_provisional(&counted.state()), None);
    }
}
