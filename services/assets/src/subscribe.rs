//! What the room hears: a contract that was signed, after which works are expected; the audit's amount; suspensions.
//!
//! Pure: message and pack in, command out. A message that can't be read is parked for a person, never guessed at.

use kernel::{Division, Fen, Post, ProjectId, SuspensionStep};
use proto::{
    disbursement::v1::{ContractSigned, FinalAccountFixed},
    intake::v1::{ProjectResumed, ProjectSuspended},
};
use runtime::{Unreadable, subscription::Facts};
use translation::act;
use uuid::Uuid;

use crate::domain::{Command, Site, Suspended};

/// A signed contract opens the project here.
pub fn contract_signed(message: ContractSigned, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project = project(&message.project_id)?;
    let village: Division =
        message.village.parse().map_err(|error| Unreadable::new(format_args!("village: {error}")))?;
    if facts.pack.division(village).is_none() {
        return Err(Unreadable::new(format_args!("village: the county pack has no {village}")));
    }
    let price = positive("price_fen", message.price_fen)?;
    let site = Site {
        project,
        title: message.title,
        village,
        category: message.category,
        fiscal_year: message.fiscal_year,
        price,
        plan: plan(&message.plan_id)?,
        asked: posts(&message.asked_posts)?,
    };
    Ok((project.0, Command::Expect { site, acts: act::from_messages(message.acts)? }))
}

fn posts(texts: &[String]) -> Result<Vec<Post>, Unreadable> {
    let post = |text: &String| text.parse().map_err(|error| Unreadable::new(format_args!("asked_posts: {error}")));
    texts.iter().map(post).collect()
}

/// The audit has fixed the final account.
pub fn final_account_fixed(message: FinalAccountFixed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let audited = positive("audited_fen", message.audited_fen)?;
    Ok((
        project(&message.project_id)?.0,
        Command::HearFinalAccount { audited, acts: act::from_messages(message.acts)? },
    ))
}

/// The project is suspended.
pub fn project_suspended(message: ProjectSuspended, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let step = SuspensionStep::Begin { reason: message.reason };
    let suspended =
        Suspended { number: count("number", message.number)?, step, acts: act::from_messages(message.acts)? };
    Ok((project(&message.project_id)?.0, Command::HearSuspension(suspended)))
}

/// The project goes on.
pub fn project_resumed(message: ProjectResumed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let step = SuspensionStep::End { days: count("days", message.days)?.into() };
    let suspended =
        Suspended { number: count("number", message.number)?, step, acts: act::from_messages(message.acts)? };
    Ok((project(&message.project_id)?.0, Command::HearSuspension(suspended)))
}

fn project(text: &str) -> Result<ProjectId, Unreadable> {
    text.parse().map_err(|error| Unreadable::new(format_args!("project_id: {error}")))
}

fn plan(text: &str) -> Result<Option<Uuid>, Unreadable> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| Unreadable::new(format_args!("plan_id: {error}")))
}

fn positive(field: &str, fen: i64) -> Result<Fen, Unreadable> {
    Fen::try_positive(fen).map_err(|error| Unreadable::new(format_args!("{field}: {error}")))
}

fn count(field: &str, count: i32) -> Result<u32, Unreadable> {
    u32::try_from(count).map_err(|error| Unreadable::new(format_args!("{field}: {error}")))
}

#[cfg(test)]
mod tests {
    use proto::common::v1::{Act, Duty as DutyMessage};
    use time::OffsetDateTime;

    use super::*;
    use crate::domain::story::{pack, site};

    fn message() -> ContractSigned {
        let site = site();
        ContractSigned {
            project_id: site.project.to_string(),
            title: site.title,
            village: site.village.to_string(),
            category: site.category,
            contract_no: "HT-2022-001".into(),
            price_fen: site.price.fen(),
            fiscal_year: site.fiscal_year,
            acts: vec![Act { person_id: "a".into(), duty: DutyMessage::Applicant.into() }],
            plan_id: site.plan.map(|plan| plan.to_string()).unwrap_or_default(),
            asked_posts: site.asked.iter().map(ToString::to_string).collect(),
        }
    }

    fn heard(message: ContractSigned) -> Result<(Uuid, Command), Unreadable> {
        contract_signed(message, &Facts { now: OffsetDateTime::UNIX_EPOCH, pack: &pack() })
    }

    #[test]
    fn a_contract_is_read_whole() {
        let (stream, command) = heard(message()).expect("it can be read");
        assert_eq!(stream, site().project.0);
        let Command::Expect { site: heard, acts } = command else { panic!("works are expected") };
        assert_eq!(heard, site());
        assert_eq!(acts.0.len(), 1);
        let planned = ContractSigned { plan_id: Uuid::from_u128(7).to_string(), ..message() };
        let (_, command) = super::contract_signed(planned, &Facts { now: OffsetDateTime::UNIX_EPOCH, pack: &pack() })
            .expect("it can be read");
        assert!(matches!(command, Command::Expect { site, .. } if site.plan == Some(Uuid::from_u128(7))));
    }

    #[test]
    fn what_makes_no_sense_is_unreadable() {
        for bad in [
            ContractSigned { project_id: "17".into(), ..message() },
            ContractSigned { village: "430921".into(), ..message() },
            ContractSigned { village: "430999999999".into(), ..message() },
            ContractSigned { price_fen: 0, ..message() },
            ContractSigned { plan_id: "17".into(), ..message() },
            ContractSigned { acts: vec![Act { person_id: "a".into(), duty: 99 }], ..message() },
        ] {
            assert!(heard(bad.clone()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_others_decide_about_a_project_is_heard() {
        let pack = pack();
        let facts = Facts { now: OffsetDateTime::UNIX_EPOCH, pack: &pack };
        let (project_id, acts) = (message().project_id, message().acts);
        let fixed = FinalAccountFixed { project_id: project_id.clone(), audited_fen: 7, acts };
        let Ok((stream, Command::HearFinalAccount { audited, acts })) = final_account_fixed(fixed.clone(), &facts)
        else {
            panic!("it can be read")
        };
        assert_eq!((stream, audited, acts.0.len()), (site().project.0, Fen::new(7), 1));
        assert!(final_account_fixed(FinalAccountFixed { audited_fen: 0, ..fixed }, &facts).is_err());
        let resting = ProjectSuspended { project_id: project_id.clone(), number: 2, ..ProjectSuspended::default() };
        let heard = project_suspended(resting.clone(), &facts).expect("it can be read").1;
        assert!(matches!(
            heard,
            Command::HearSuspension(Suspended { number: 2, step: SuspensionStep::Begin { .. }, .. })
        ));
        assert!(project_suspended(ProjectSuspended { number: -1, ..resting }, &facts).is_err());
        let going = ProjectResumed { project_id, number: 2, days: 7, ..ProjectResumed::default() };
        let heard = project_resumed(going, &facts).expect("it can be read").1;
        assert!(matches!(
            heard,
            Command::HearSuspension(Suspended { number: 2, step: SuspensionStep::End { days: 7 }, .. })
        ));
    }
}
