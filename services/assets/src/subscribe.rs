//! What the room hears: a contract that was signed, after which works are expected.
//!
//! Pure: message and pack in, command out. A message that can't be read is parked for a person, never guessed at.

use kernel::{Division, Duties, Fen, ProjectId};
use proto::{common::v1::Act, disbursement::v1::ContractSigned};
use runtime::{Unreadable, subscription::Facts};
use uuid::Uuid;

use crate::domain::{Command, Site};

/// A signed contract opens the project here.
pub fn contract_signed(message: ContractSigned, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project: ProjectId =
        message.project_id.parse().map_err(|error| Unreadable::new(format_args!("project_id: {error}")))?;
    let village: Division =
        message.village.parse().map_err(|error| Unreadable::new(format_args!("village: {error}")))?;
    if facts.pack.division(village).is_none() {
        return Err(Unreadable::new(format_args!("village: the county pack has no {village}")));
    }
    let price =
        Fen::try_positive(message.price_fen).map_err(|error| Unreadable::new(format_args!("price_fen: {error}")))?;
    let site = Site {
        project,
        title: message.title,
        village,
        category: message.category,
        fiscal_year: message.fiscal_year,
        price,
    };
    Ok((project.0, Command::Expect { site, acts: acts(message.acts)? }))
}

fn acts(messages: Vec<Act>) -> Result<Duties, Unreadable> {
    let named = messages.into_iter().map(|act| (act.person_id, act.duty));
    Duties::try_from_named(named).map_err(|error| Unreadable::new(format_args!("acts: {error}")))
}

#[cfg(test)]
mod tests {
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
            acts: vec![Act { person_id: "a".into(), duty: "APPLICANT".into() }],
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
    }

    #[test]
    fn what_makes_no_sense_is_unreadable() {
        for bad in [
            ContractSigned { project_id: "17".into(), ..message() },
            ContractSigned { village: "430921".into(), ..message() },
            ContractSigned { village: "430999999999".into(), ..message() },
            ContractSigned { price_fen: 0, ..message() },
            ContractSigned { acts: vec![Act { person_id: "a".into(), duty: "BYSTANDER".into() }], ..message() },
        ] {
            assert!(heard(bad.clone()).is_err(), "{bad:?}");
        }
    }
}
