//! What the room says: that completion was reported, which ends advances; that the county accepted, and that the assets stand
//! in the register, which open gates of payment.
//!
//! Pure. The other facts concern nobody outside.

use kernel::{Duty, Fen, PersonId};
use proto::{
    assets::v1::{AcceptancePassed, AssetRegistered, CompletionReported},
    common::v1::Act,
};
use runtime::{Change, Outgoing};
use translation::act;

use crate::domain::{Event, Project, Registration, Works, registration::collective_of};

/// What other rooms are told of a step.
pub fn publish(change: &Change<'_, Project>) -> Vec<Outgoing> {
    let Project::Known(works) = change.state else { return Vec::new() };
    let said = change.events.iter().filter_map(|event| match event {
        Event::AcceptancePassed(acceptance) => Some(Outgoing::of(&accepted(works, acceptance.accepted))),
        Event::AssetsRegistered(registration) => Some(Outgoing::of(&registered(works, registration))),
        Event::CompletionReported(_) => Some(Outgoing::of(&completed(works))),
        // A provisional registration opens no payment.
        Event::ProjectExpected { .. }
        | Event::TownshipCheckPassed(_)
        | Event::AssetsProvisionallyRegistered(_)
        | Event::ProjectSuspended { .. }
        | Event::ProjectResumed
        | Event::ActsHeard { .. }
        | Event::FinalAccountHeard { .. } => None,
    });
    said.collect()
}

fn completed(works: &Works) -> CompletionReported {
    CompletionReported { project_id: works.site.project.to_string(), acts: acts_here(works) }
}

fn accepted(works: &Works, accepted: Fen) -> AcceptancePassed {
    AcceptancePassed {
        project_id: works.site.project.to_string(),
        accepted_fen: accepted.fen(),
        acts: acts_here(works),
    }
}

fn registered(works: &Works, registration: &Registration) -> AssetRegistered {
    AssetRegistered {
        project_id: works.site.project.to_string(),
        value_fen: registration.value().fen(),
        owner: collective_of(works.site.village).to_string(),
        non_capital_fen: registration.non_capital().fen(),
        audited_fen: registration.audited.map_or(0, Fen::fen),
        acts: acts_here(works),
    }
}

/// The duties that were had here: what came before is known to those who told us.
fn acts_here(works: &Works) -> Vec<Act> {
    let said =
        |person: &PersonId, duty: Duty| Act { person_id: person.0.clone(), duty: act::duty_message(duty).into() };
    let signatures = works.signatures();
    signatures.iter().flat_map(|(signature, duty)| signature.persons().map(|person| said(person, *duty))).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use proto::common::v1::Duty as DutyMessage;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::story::*;

    /// What each step of the story says.
    fn said(story: &[Event]) -> Vec<Vec<String>> {
        let mut before = Project::default();
        let mut said = Vec::new();
        for (version, event) in (1..).zip(story.to_vec()) {
            let state = before.clone().evolve(&event);
            let change = Change {
                stream: Uuid::from_u128(1),
                version,
                before: &before,
                state: &state,
                events: std::slice::from_ref(&event),
                at: datetime!(2022-09-01 09:00 +8),
            };
            said.push(publish(&change).into_iter().map(|outgoing| outgoing.kind).collect());
            before = state;
        }
        said
    }

    #[test]
    fn three_of_six_steps_are_said() {
        let kinds = said(&story());
        assert_eq!(kinds[0], Vec::<String>::new());
        assert_eq!(kinds[1], ["xianjie.assets.v1.CompletionReported"]);
        assert_eq!(kinds[2], Vec::<String>::new());
        assert_eq!(kinds[3], ["xianjie.assets.v1.AcceptancePassed"]);
        assert_eq!(kinds[4], Vec::<String>::new());
        assert_eq!(kinds[5], ["xianjie.assets.v1.AssetRegistered"]);
    }

    #[test]
    fn c25_a_provisional_registration_is_told_to_nobody_and_a_final_one_with_its_amounts() {
        let made = provisional(head(), vec![draft(ACCEPTED)]);
        let told = said(&facts(steps().into_iter().take(4).chain([made])));
        assert_eq!(told[4], Vec::<String>::new());
        let Project::Known(works) = Project::fold(&story()) else { panic!("known") };
        let message = registered(&works, works.registration().expect("registered"));
        assert_eq!(
            (message.value_fen, message.non_capital_fen, message.audited_fen),
            (AUDITED.fen(), 0, AUDITED.fen())
        );
    }

    #[test]
    fn an_acceptance_passes_on_the_acts_of_this_room() {
        let Project::Known(works) = Project::fold(&story()[..4]) else { panic!("known") };
        let message = accepted(&works, Fen::new(1));
        let duties: Vec<DutyMessage> = message.acts.iter().map(proto::common::v1::Act::duty).collect();
        assert_eq!(duties, [DutyMessage::Applicant, DutyMessage::TownshipInspector, DutyMessage::Acceptor]);
    }
}
