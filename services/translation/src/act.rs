//! Who has had which duty in a project (不相容岗位), as rooms tell each other.

use kernel::{Duties, Duty, PersonId, duty};
use proto::common::v1::{Act, Duty as Message};

/// A duty, to send.
#[must_use]
pub fn duty_message(duty: Duty) -> Message {
    match duty {
        Duty::Applicant => Message::Applicant,
        Duty::SiteChecker => Message::SiteChecker,
        Duty::TownshipReviewer => Message::TownshipReviewer,
        Duty::DepartmentReviewer => Message::DepartmentReviewer,
        Duty::Expert => Message::Expert,
        Duty::CountyOffice => Message::CountyOffice,
        Duty::Decider => Message::Decider,
        Duty::IndicatorIssuer => Message::IndicatorIssuer,
        Duty::FundingApprover => Message::FundingApprover,
        Duty::ContractSigner => Message::ContractSigner,
        Duty::PaymentReviewer => Message::PaymentReviewer,
        Duty::PaymentReleaser => Message::PaymentReleaser,
        Duty::TownshipInspector => Message::TownshipInspector,
        Duty::Acceptor => Message::Acceptor,
        Duty::Auditor => Message::Auditor,
        Duty::Inspector => Message::Inspector,
        Duty::Discipline => Message::Discipline,
    }
}

/// A duty, where one is said.
#[must_use]
pub fn duty(message: Message) -> Option<Duty> {
    match message {
        Message::Unspecified => None,
        Message::Applicant => Some(Duty::Applicant),
        Message::SiteChecker => Some(Duty::SiteChecker),
        Message::TownshipReviewer => Some(Duty::TownshipReviewer),
        Message::DepartmentReviewer => Some(Duty::DepartmentReviewer),
        Message::Expert => Some(Duty::Expert),
        Message::CountyOffice => Some(Duty::CountyOffice),
        Message::Decider => Some(Duty::Decider),
        Message::IndicatorIssuer => Some(Duty::IndicatorIssuer),
        Message::FundingApprover => Some(Duty::FundingApprover),
        Message::ContractSigner => Some(Duty::ContractSigner),
        Message::PaymentReviewer => Some(Duty::PaymentReviewer),
        Message::PaymentReleaser => Some(Duty::PaymentReleaser),
        Message::TownshipInspector => Some(Duty::TownshipInspector),
        Message::Acceptor => Some(Duty::Acceptor),
        Message::Auditor => Some(Duty::Auditor),
        Message::Inspector => Some(Duty::Inspector),
        Message::Discipline => Some(Duty::Discipline),
    }
}

/// One act, to send.
#[must_use]
pub fn to_message(act: &duty::Act) -> Act {
    Act { person_id: act.person.0.clone(), duty: duty_message(act.duty).into() }
}

/// All of them, to send.
#[must_use]
pub fn to_messages(duties: &Duties) -> Vec<Act> {
    duties.0.iter().map(to_message).collect()
}

/// What another room tells.
///
/// # Errors
/// A text that names the field and what is no duty in it.
pub fn from_messages(acts: Vec<Act>) -> Result<Duties, String> {
    let mut duties = Duties::default();
    for Act { person_id, duty: said } in acts {
        let known = Message::try_from(said).ok().and_then(duty);
        let known = known.ok_or_else(|| format!("acts: {said} is no duty"))?;
        duties.record_person(&PersonId(person_id), known);
    }
    Ok(duties)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_comes_back_as_it_went_out_once_whatever_its_duty() {
        let mut duties = Duties::default();
        for duty in Duty::ALL {
            duties.record_person(&PersonId("p".into()), duty);
        }
        let twice = [to_messages(&duties), to_messages(&duties)].concat();
        assert_eq!(from_messages(twice), Ok(duties));
    }

    #[test]
    fn what_is_no_duty_is_named() {
        for unknown in [0, 99] {
            let acts = vec![Act { person_id: "p".into(), duty: unknown }];
            assert_eq!(from_messages(acts), Err(format!("acts: {unknown} is no duty")));
        }
    }
}
