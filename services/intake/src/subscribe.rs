//! What the room hears: the county returned an application, decided on it, or agreed that it is withdrawn; a project of the
//! pool is being built, or is done, was let go, or waits for a later year.
//!
//! Pure: message in, command out. A message that can't be read is parked for a person, never guessed at.

use std::sync::Arc;

use kernel::{PersonId, Post, decision::ReturnStep, refusal::Violations};
use proto::{
    assets::v1::AcceptancePassed,
    common::v1::Signature as SignatureMessage,
    disbursement::v1::{ContractSigned, ProjectPostponed, ProjectReleased},
    review::v1::{CaseConcluded, CaseReturned, CaseWithdrawn, ExpertSeat, ExpertsSeated},
};
use runtime::{Unreadable, subscription::Facts};
use translation::{act, correction, person, time::moment};
use uuid::Uuid;

use crate::{
    convert::words,
    domain::{
        Command, Signature,
        record::{
            correction::numbered,
            county::{CountyDecision, CountyReturn, Resolution},
            pool::Progress,
            readers::Seated,
        },
    },
};

/// The merged list of the county's departments goes back to the village.
pub fn case_returned(message: CaseReturned, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project = project(&message.project_id)?;
    let round = u32::try_from(message.round).ok().filter(|round| *round > 0);
    let round = round.ok_or_else(|| Unreadable::new(format_args!("round {} is none", message.round)))?;
    if message.items.is_empty() {
        return Err(Unreadable::new("a return names nothing to correct"));
    }
    let mut wrong = Violations::default();
    let asked_by: Vec<String> = message.items.iter().map(|item| item.asked_by.clone()).collect();
    let items = numbered(correction::from_messages(message.items, "items", &mut wrong).into_iter().zip(asked_by));
    wrong.finish().map_err(Unreadable::new)?;
    if items.iter().any(|item| item.step == ReturnStep::DepartmentReview) {
        return Err(Unreadable::new("what goes back to the departments never leaves the county"));
    }
    let heard = CountyReturn {
        round,
        items,
        acts: act::from_messages(message.acts)?,
        pack: Arc::clone(facts.pack),
        at: facts.now,
    };
    Ok((project, Command::ReturnFromCounty(heard)))
}

/// Experts took or left seats of the county's panel.
pub fn experts_seated(message: ExpertsSeated, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project = project(&message.project_id)?;
    let number = u32::try_from(message.number).map_err(Unreadable::new)?;
    let seat = |ExpertSeat { post, person_id }| {
        let post: Post = post.parse().map_err(Unreadable::new)?;
        Ok(kernel::reach::seat(&post, Some(&PersonId(person_id))))
    };
    let seats = message.seats.into_iter().map(seat).collect::<Result<_, Unreadable>>()?;
    Ok((project, Command::HearExperts(Seated { number, seats })))
}

/// The county approved, with a resolution, or rejected.
pub fn case_concluded(message: CaseConcluded, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project = project(&message.project_id)?;
    let resolution = Resolution { number: message.resolution_no, meeting_date: message.meeting_date };
    let heard = CountyDecision {
        resolution: message.approved.then_some(resolution),
        opinion: message.opinion,
        acts: act::from_messages(message.acts)?,
    };
    Ok((project, Command::ConcludeAtCounty(heard)))
}

/// The village gave it up while the county had it.
pub fn case_withdrawn(message: CaseWithdrawn, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let signature = signature(message.by)?;
    Ok((project(&message.project_id)?, Command::HearWithdrawal { reason: message.reason, signature }))
}

/// A contract is signed: building begins.
pub fn contract_signed(message: ContractSigned, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?, Command::HearProgress { progress: Progress::InProgress }))
}

/// The county has accepted what was built.
pub fn acceptance_passed(message: AcceptancePassed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?, Command::HearProgress { progress: Progress::Completed }))
}

/// The room of money has let a project leave the pool.
pub fn project_released(message: ProjectReleased, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let reason = words::leave_reason(message.reason())
        .ok_or_else(|| Unreadable::new(format_args!("{} is no reason to leave the pool", message.reason)))?;
    let signature = signature(message.by)?;
    Ok((project(&message.project_id)?, Command::RecordLeft { reason, text: message.text, signature }))
}

/// The room of money has let a project wait for a later year.
pub fn project_postponed(message: ProjectPostponed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let signature = signature(message.by)?;
    Ok((project(&message.project_id)?, Command::RecordRolled { year: message.year, signature }))
}

fn signature(by: Option<SignatureMessage>) -> Result<Signature, Unreadable> {
    let by = by.ok_or_else(|| Unreadable::new("nobody signed it"))?;
    let at = by.sign_time.as_ref().and_then(moment);
    Ok(Signature {
        person: PersonId(by.person_id),
        name: by.display_name,
        post: by.post.parse().map_err(|error| Unreadable::new(format_args!("post: {error}")))?,
        on_behalf_of: person::from_message(by.on_behalf_of_id),
        at: at.ok_or_else(|| Unreadable::new("sign_time is missing or no time"))?,
    })
}

fn project(id: &str) -> Result<Uuid, Unreadable> {
    Uuid::parse_str(id).map_err(|error| Unreadable::new(format_args!("project_id: {error}")))
}

#[cfg(test)]
mod tests {
    use proto::common::v1::{Act, CorrectionItem, Duty as DutyMessage, ReturnStep as ReturnStepMessage};

    use super::*;
    use crate::domain::fixtures::{day, pack};

    fn act(duty: i32) -> Act {
        Act { person_id: "p".into(), duty }
    }

    #[test]
    fn a_return_becomes_a_numbered_list() {
        let (pack, id) = (pack(), Uuid::from_u128(7));
        let facts = Facts { now: day(40), pack: &pack };
        let item = |field: &str| CorrectionItem {
            field: field.into(),
            text: "补充".into(),
            asked_by: "C-SEC@430921000000-ENV".into(),
            ..CorrectionItem::default()
        };
        let to = |step: i32| CorrectionItem { step, ..item("land_note") };
        let message = CaseReturned {
            project_id: id.to_string(),
            round: 1,
            items: vec![item("land_note"), to(ReturnStepMessage::TownshipReview.into())],
            acts: vec![act(DutyMessage::DepartmentReviewer.into())],
        };
        let (stream, command) = case_returned(message.clone(), &facts).expect("readable");
        let Command::ReturnFromCounty(heard) = command else { panic!("{command:?}") };
        assert_eq!((stream, heard.items[1].id.as_str(), heard.acts.0.len()), (id, "2", 1));
        let steps: Vec<ReturnStep> = heard.items.iter().map(|item| item.step).collect();
        assert_eq!(steps, [ReturnStep::Application, ReturnStep::TownshipReview]);
        for unreadable in [
            CaseReturned { project_id: "x".into(), ..message.clone() },
            CaseReturned { round: 0, ..message.clone() },
            CaseReturned { items: Vec::new(), ..message.clone() },
            CaseReturned { items: vec![to(99)], ..message.clone() },
            CaseReturned { items: vec![to(ReturnStepMessage::DepartmentReview.into())], ..message.clone() },
            CaseReturned { acts: vec![act(99)], ..message },
        ] {
            case_returned(unreadable, &facts).expect_err("unreadable");
        }
    }

    #[test]
    fn other_rooms_tell_how_far_the_building_has_come() {
        let (pack, project_id) = (pack(), Uuid::from_u128(7).to_string());
        let facts = Facts { now: day(40), pack: &pack };
        let signed = ContractSigned { project_id: project_id.clone(), ..ContractSigned::default() };
        let (_, heard) = contract_signed(signed, &facts).expect("readable");
        assert!(matches!(heard, Command::HearProgress { progress: Progress::InProgress }));
        let passed = AcceptancePassed { project_id, ..AcceptancePassed::default() };
        let (_, heard) = acceptance_passed(passed, &facts).expect("readable");
        assert!(matches!(heard, Command::HearProgress { progress: Progress::Completed }));
        acceptance_passed(AcceptancePassed::default(), &facts).expect_err("no project");
    }

    #[test]
    fn a_withdrawal_at_the_county_is_heard_with_who_made_it() {
        let pack = pack();
        let facts = Facts { now: day(40), pack: &pack };
        let signed = SignatureMessage {
            person_id: "p".into(),
            post: "V-SEC@430921129201".into(),
            sign_time: Some(translation::time::timestamp(day(39))),
            ..SignatureMessage::default()
        };
        let message = CaseWithdrawn {
            project_id: Uuid::from_u128(7).to_string(),
            reason: "用地条件变化".into(),
            by: Some(signed.clone()),
        };
        let (_, heard) = case_withdrawn(message.clone(), &facts).expect("readable");
        let Command::HearWithdrawal { signature, .. } = heard else { panic!("{heard:?}") };
        assert_eq!((signature.person.0.as_str(), signature.on_behalf_of, signature.at), ("p", None, day(39)));
        for unreadable in [
            CaseWithdrawn { by: Some(SignatureMessage { post: "V-SEC".into(), ..signed.clone() }), ..message.clone() },
            CaseWithdrawn { by: Some(SignatureMessage { sign_time: None, ..signed }), ..message.clone() },
            CaseWithdrawn { by: None, ..message.clone() },
            CaseWithdrawn { project_id: "x".into(), ..message },
        ] {
            case_withdrawn(unreadable, &facts).expect_err("unreadable");
        }
    }

    #[test]
    fn only_an_approval_has_a_resolution() {
        let pack = pack();
        let facts = Facts { now: day(40), pack: &pack };
        let id = Uuid::from_u128(7).to_string();
        let message =
            CaseConcluded { project_id: id, approved: true, resolution_no: "3号".into(), ..CaseConcluded::default() };
        let resolution = |message| match case_concluded(message, &facts).expect("readable") {
            (_, Command::ConcludeAtCounty(heard)) => heard.resolution,
            (_, other) => panic!("{other:?}"),
        };
        assert_eq!(resolution(message.clone()).map(|found| found.number), Some("3号".to_owned()));
        assert_eq!(resolution(CaseConcluded { approved: false, ..message }), None);
    }
}
