//! Who is asked about an application at the county, and so reads it beside those in whose division it lies: the departments
//! that its content called for whenever it was forwarded, and the experts who sit on its panel (C12, SOD-4).
//!
//! Nobody of the county is asked about a draft. Whoever may not read an application hears that and nothing else of it,
//! whatever is asked: its state, a suspension and its reason are content, too.

use kernel::{Pack, Post, refusal::Common};

use super::{Command, Content, Event, State, record::readers::Seated, site_check};

/// The departments that judge this content.
#[must_use]
pub fn asked(content: &Content, pack: &Pack) -> Vec<Post> {
    let sources: Vec<&str> = content.budget.iter().map(|line| line.source.as_str()).collect();
    let reviews = pack.reviews(&content.category, &content.sub_type, &sources);
    reviews.into_iter().map(|review| review.post.clone()).collect()
}

/// Who is asked about it. What was forwarded before this was kept is asked of whom the pack names.
#[must_use]
pub fn seats(state: &State, pack: &Pack) -> Vec<String> {
    let mut readers = state.readers.clone();
    if state.county_rounds > 0 && readers.departments().is_empty() {
        readers.ask(&asked(&state.content, pack));
    }
    readers.seats()
}

/// Refuses a person who may not read the application, before anything else is looked at. Who is named in a site check answers
/// for having been there, also when his department is asked later or never: his word needs no reading.
///
/// # Errors
/// `SCOPE`.
pub fn admit(state: &State, command: &Command) -> Result<(), Common> {
    if let Command::ConfirmSiteCheck { by } = command
        && site_check::names(state, &by.actor.person)
    {
        return Ok(());
    }
    command.by().map_or(Ok(()), |by| by.actor.require_reach(state.content.village, &seats(state, &by.pack)))
}

/// Hears who sits on the panel; what was said before what is known says nothing new.
#[must_use]
pub fn hear(state: &State, seated: Seated) -> Vec<Event> {
    let Seated { number, seats } = seated;
    if number <= state.readers.changes() { Vec::new() } else { vec![Event::ExpertsSeated { number, seats }] }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Decider as _, Role, reach::seat, testing::given};

    use super::*;
    use crate::domain::{
        Application,
        fixtures::{VILLAGE, and, at, bureau, drafted, forwarded, holder, pack, submitted},
        record::objection::Answering,
    };

    fn state(history: &[Event]) -> Box<State> {
        let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
        state
    }

    fn reads(who: &Actor, history: &[Event]) -> bool {
        let state = state(history);
        who.reach().reads(state.content.village, &seats(&state, &pack()))
    }

    fn department(short: &str) -> Actor {
        let mut actor = holder(Role::SectorDepartment, VILLAGE, 0);
        actor.posts = vec![format!("C-SEC@430921000000-{short}").parse().expect("a post")];
        actor
    }

    #[test]
    fn c12_a_department_reads_what_it_is_asked_about_from_its_forwarding_on() {
        for history in [drafted(), submitted()] {
            assert!(!reads(&department("AGR"), &history));
            assert!(reads(&bureau(), &history));
        }
        assert!(reads(&department("AGR"), &forwarded()));
        assert!(!reads(&department("HSE"), &forwarded()), "it judges settlements");
        let mut before: Vec<Event> = forwarded();
        before.iter_mut().for_each(|event| {
            if let Event::ApplicationForwarded { asked, .. } = event {
                assert!(!std::mem::take(asked).is_empty());
            }
        });
        assert!(reads(&department("AGR"), &before), "the pack says who was asked before that was kept");
        assert!(!reads(&department("HSE"), &before));
    }

    #[test]
    fn c12_an_expert_reads_while_on_the_panel() {
        let expert = holder(Role::Expert, VILLAGE, 0);
        let own = seat(&expert.posts[0], Some(&expert.person));
        let heard = |number, seats: &[&String]| {
            Command::HearExperts(Seated { number, seats: seats.iter().map(|seat| (*seat).clone()).collect() })
        };
        assert!(!reads(&expert, &forwarded()));
        let seated = and(forwarded(), heard(1, &[&own]));
        assert!(reads(&expert, &seated));
        given::<Application>(seated.clone()).when(heard(1, &[])).then([]);
        let left = and(seated, heard(2, &[]));
        assert!(!reads(&expert, &left));
        given::<Application>(left).when(heard(1, &[&own])).then([]);
    }

    #[test]
    fn s11_a_stranger_hears_of_a_suspension_or_a_state_nothing() {
        let suspend = Command::SuspendApplication { reason: "立案核查".into(), by: at(17, &bureau()) };
        let strange = holder(Role::TownshipHead, "430921127201", 0);
        for history in [submitted(), and(submitted(), suspend)] {
            let recall = Command::RecallApplication { by: at(18, &strange) };
            given::<Application>(history.clone()).when(recall).then_refused("SCOPE");
            let by = at(18, &strange);
            let said = Answering { upheld: true, summary: String::new(), text: String::new() };
            let answer = Command::AnswerObjection { id: "9".into(), said, by };
            given::<Application>(history).when(answer).then_refused("SCOPE");
        }
    }
}
