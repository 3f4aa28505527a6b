//! What this room hears: a project was pooled, suspended, resumed, rolled, taken out of the pool; completed, accepted, its
//! assets registered. Pure.
//!
//! A message that makes no sense is parked for a person; one that comes too early waits (the machine says so).

use std::fmt::Display;

use kernel::{Division, Fen, Post, ProjectId, SuspensionStep};
use proto::{
    assets::v1::{AcceptancePassed, AssetRegistered, CompletionReported},
    intake::v1::{
        BudgetLine, PoolProjectPrioritised, PoolProjectRolled, ProjectPooled, ProjectResumed, ProjectSuspended,
        ProjectUnpooled,
    },
};
use runtime::{Unreadable, subscription::Facts};
use translation::act;
use uuid::Uuid;

use crate::{
    convert::leave_code,
    domain::{
        Pooled, Registration,
        project::{Command, command::Suspended},
        record,
    },
};

/// A project stands in the pool.
pub fn project_pooled(message: ProjectPooled, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project = project(&message.project_id)?;
    let content = message.content.ok_or_else(|| Unreadable::new("content is missing"))?;
    let village: Division = content.village.parse().map_err(Unreadable::new)?;
    let budget = content.budget.iter().map(|line| budget_line(line, facts)).collect::<Result<_, _>>()?;
    let pooled = Pooled {
        project: ProjectId(project),
        pool_no: message.pool_no,
        title: content.title,
        village,
        category: content.category,
        fiscal_year: content.fiscal_year,
        budget,
        total: positive("total_fen", content.total_fen)?,
        suspensions: count("suspensions", message.suspensions)?,
        asked: posts(&message.asked_posts)?,
    };
    Ok((project, Command::RecordPooled { pooled, acts: act::from_messages(message.acts)? }))
}

/// The project is suspended.
pub fn project_suspended(message: ProjectSuspended, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let (number, pooled, step) = (message.number, message.pooled, SuspensionStep::Begin { reason: message.reason });
    let suspended =
        Suspended { number: count("number", number)?, pooled, step, acts: act::from_messages(message.acts)? };
    Ok((project(&message.project_id)?, Command::HearSuspension(suspended)))
}

/// The project goes on.
pub fn project_resumed(message: ProjectResumed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let step = SuspensionStep::End { days: count("days", message.days)?.into() };
    let (number, pooled, acts) = (count("number", message.number)?, message.pooled, act::from_messages(message.acts)?);
    let suspended = Suspended { number, pooled, step, acts };
    Ok((project(&message.project_id)?, Command::HearSuspension(suspended)))
}

/// The project was given another place in the order of funding.
pub fn project_prioritised(message: PoolProjectPrioritised, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?, Command::HearActs { acts: act::from_messages(message.acts)? }))
}

/// The project has left the pool.
pub fn project_unpooled(message: ProjectUnpooled, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let reason = leave_code(message.reason());
    let reason = reason.ok_or_else(|| unreadable("reason", &format_args!("{} is none", message.reason)))?.to_owned();
    let acts = act::from_messages(message.acts)?;
    Ok((project(&message.project_id)?, Command::RecordUnpooled { reason, acts }))
}

/// The project waits for a later plan year.
pub fn project_rolled(message: PoolProjectRolled, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let acts = act::from_messages(message.acts)?;
    Ok((project(&message.project_id)?, Command::RecordRolled { year: message.year, acts }))
}

/// The village reported completion.
pub fn completion_reported(message: CompletionReported, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?, Command::RecordCompletion { acts: act::from_messages(message.acts)? }))
}

/// The county accepted what was built.
pub fn acceptance_passed(message: AcceptancePassed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let accepted = positive("accepted_fen", message.accepted_fen)?;
    Ok((project(&message.project_id)?, Command::RecordAcceptance { accepted, acts: act::from_messages(message.acts)? }))
}

/// The assets stand in the register.
pub fn asset_registered(message: AssetRegistered, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let audited = match message.audited_fen {
        0 => None,
        fen => Some(positive("audited_fen", fen)?),
    };
    let non_capital = match message.non_capital_fen {
        0 => Fen::ZERO,
        fen => positive("non_capital_fen", fen)?,
    };
    let (value, owner) = (positive("value_fen", message.value_fen)?, message.owner.clone());
    let registration = Registration { value, owner, non_capital, audited };
    Ok((
        project(&message.project_id)?,
        Command::RecordAssetRegistration { registration, acts: act::from_messages(message.acts)? },
    ))
}

fn project(text: &str) -> Result<Uuid, Unreadable> {
    Uuid::parse_str(text).map_err(|error| unreadable("project_id", &error))
}

fn count(field: &str, count: i32) -> Result<u32, Unreadable> {
    u32::try_from(count).map_err(|error| unreadable(field, &error))
}

fn positive(field: &str, fen: i64) -> Result<Fen, Unreadable> {
    Fen::try_positive(fen).map_err(|error| unreadable(field, &error))
}

fn budget_line(line: &BudgetLine, facts: &Facts<'_>) -> Result<record::BudgetLine, Unreadable> {
    let kind = facts.pack.source_kind(&line.source);
    let kind =
        kind.ok_or_else(|| unreadable("budget.source", &format_args!("{:?} is not in the county pack", line.source)))?;
    Ok(record::BudgetLine {
        source: line.source.clone(),
        public: kind.public,
        amount: positive("budget.amount_fen", line.amount_fen)?,
    })
}

fn posts(texts: &[String]) -> Result<Vec<Post>, Unreadable> {
    texts.iter().map(|text| text.parse().map_err(|error| unreadable("asked_posts", &error))).collect()
}

fn unreadable(field: &str, error: &dyn Display) -> Unreadable {
    Unreadable::new(format_args!("{field}: {error}"))
}

#[cfg(test)]
mod tests {
    use proto::common::v1::{Act, Duty as DutyMessage, LeaveReason};
    use time::macros::datetime;

    use super::*;

    fn message() -> ProjectPooled {
        let line =
            |source: &str, amount_fen| BudgetLine { source: source.to_owned(), amount_fen, ..BudgetLine::default() };
        ProjectPooled {
            project_id: Uuid::from_u128(1).to_string(),
            pool_no: "2022-001".to_owned(),
            content: Some(proto::intake::v1::Content {
                village: "430921105201".to_owned(),
                fiscal_year: 2022,
                total_fen: 120,
                budget: vec![line("LINK", 100), line("VILLAGE", 20)],
                ..Default::default()
            }),
            acts: vec![Act { person_id: "sec".to_owned(), duty: DutyMessage::Applicant.into() }],
            ..Default::default()
        }
    }

    fn heard(message: ProjectPooled) -> Result<(Uuid, Command), Unreadable> {
        let pack = runtime::testing::pack();
        project_pooled(message, &Facts { now: datetime!(2022-03-01 09:00 +8), pack: &pack })
    }

    #[test]
    fn the_pack_says_what_is_public_money() {
        let Ok((stream, Command::RecordPooled { pooled, acts })) = heard(message()) else { panic!("it can be read") };
        assert_eq!(stream, Uuid::from_u128(1));
        assert_eq!(pooled.budget.iter().map(|line| line.public).collect::<Vec<_>>(), [true, false]);
        assert_eq!((pooled.village_share(), acts.0.len()), (Fen::new(20), 1));
    }

    #[test]
    fn what_makes_no_sense_is_parked() {
        let mut strange = message();
        strange.acts[0].duty = 99;
        assert!(heard(strange).is_err());
        let mut strange = message();
        strange.content.as_mut().expect("content").budget[0].source = "GOLD".to_owned();
        assert!(heard(strange).is_err());
        assert!(heard(ProjectPooled { content: None, ..message() }).is_err());
        assert!(heard(ProjectPooled { project_id: "1".to_owned(), ..message() }).is_err());
    }

    #[test]
    fn what_intake_decides_about_a_pooled_project_is_heard() {
        let pack = runtime::testing::pack();
        let facts = Facts { now: datetime!(2022-03-01 09:00 +8), pack: &pack };
        let project_id = Uuid::from_u128(1).to_string();
        let suspended = ProjectSuspended {
            project_id: project_id.clone(),
            number: 1,
            pooled: true,
            reason: "立案核查".to_owned(),
            ..ProjectSuspended::default()
        };
        let heard = project_suspended(suspended.clone(), &facts).expect("it can be read").1;
        assert!(matches!(
            heard,
            Command::HearSuspension(Suspended { number: 1, pooled: true, step: SuspensionStep::Begin { .. }, .. })
        ));
        project_suspended(ProjectSuspended { number: -1, ..suspended }, &facts).expect_err("no number");
        let resumed =
            ProjectResumed { project_id: project_id.clone(), number: 1, days: 7, ..ProjectResumed::default() };
        let heard = project_resumed(resumed, &facts).expect("it can be read").1;
        assert!(matches!(heard, Command::HearSuspension(Suspended { step: SuspensionStep::End { days: 7 }, .. })));
        let acts = message().acts;
        let unpooled =
            ProjectUnpooled { project_id, reason: LeaveReason::Policy.into(), acts, ..ProjectUnpooled::default() };
        let Command::RecordUnpooled { reason, acts } = project_unpooled(unpooled, &facts).expect("it can be read").1
        else {
            panic!("it has left the pool")
        };
        assert_eq!((reason.as_str(), acts.0.len()), ("POLICY", 1));
    }
}
