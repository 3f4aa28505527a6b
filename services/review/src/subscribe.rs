//! What the room hears: an application forwarded by intake opens a case, or opens it again in a later round; intake says
//! that it was withdrawn, that the project is suspended, that it goes on; it is funded, or has left the pool.
//!
//! Pure: message and pack in, command out. A message that can't be read is parked for a person, never guessed at.

use std::{collections::BTreeMap, mem, sync::Arc};

use kernel::{Division, Fen, Pack, ProjectId, SuspensionStep, id::sha256_hex};
use prost::Message as _;
use proto::{
    common::v1::CorrectionItem,
    disbursement::v1::ProjectFunded,
    intake::v1::{
        ApplicationForwarded, ApplicationWithdrawn, BudgetLine as BudgetLineMessage, BudgetUse, Content,
        PoolProjectRolled, ProjectResumed, ProjectSuspended, ProjectUnpooled,
    },
};
use runtime::{Unreadable, subscription::Facts};
use translation::act;
use uuid::Uuid;

use crate::domain::{
    Command, Forwarded, Referral, Subject, Suspended, Withdrawn,
    record::{BudgetLine, Corrected, GuaranteeEnd, OTHER},
};

/// Round 1 opens the case, a later round opens it again.
pub fn application_forwarded(message: ApplicationForwarded, facts: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let project = project(&message.project_id)?;
    let content = message.content.ok_or_else(|| Unreadable::new("content is missing"))?;
    let round = u32::try_from(message.round).ok().filter(|round| *round > 0);
    let round = round.ok_or_else(|| Unreadable::new(format_args!("round {} is none", message.round)))?;
    let sections = sections(&content);
    let referral = Referral {
        round,
        subject: subject(content, facts.pack)?,
        content_revision: message.content_revision,
        township_opinion: message.township_opinion,
        corrections: message.corrections.into_iter().map(corrected).collect(),
        sections,
    };
    let forwarded = Forwarded {
        project,
        referral,
        acts: act::from_messages(message.acts)?,
        suspensions: count("suspensions", message.suspensions)?,
        pack: Arc::clone(facts.pack),
        at: facts.now,
    };
    let command = if round == 1 { Command::OpenCase(forwarded) } else { Command::ReopenCase(forwarded) };
    Ok((project.0, command))
}

/// The village gave the application up, in an intake that decided alone.
pub fn application_withdrawn(message: ApplicationWithdrawn, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let county_round = count("county_round", message.county_round)?;
    let withdrawn = Withdrawn { county_round, reason: message.reason, acts: act::from_messages(message.acts)? };
    Ok((project(&message.project_id)?.0, Command::HearWithdrawal(withdrawn)))
}

/// The project is funded: its money is charged to the indicators.
pub fn project_funded(message: ProjectFunded, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?.0, Command::EndGuarantee(GuaranteeEnd::Funded)))
}

/// The project has left the pool.
pub fn project_unpooled(message: ProjectUnpooled, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?.0, Command::EndGuarantee(GuaranteeEnd::Unpooled)))
}

/// The project waits for a later plan year.
pub fn pool_project_rolled(message: PoolProjectRolled, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    Ok((project(&message.project_id)?.0, Command::EndGuarantee(GuaranteeEnd::Rolled)))
}

/// The project is suspended.
pub fn project_suspended(message: ProjectSuspended, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let step = SuspensionStep::Begin { reason: message.reason };
    let (number, county_round) = (count("number", message.number)?, count("county_round", message.county_round)?);
    let suspended = Suspended { number, county_round, step, acts: act::from_messages(message.acts)? };
    Ok((project(&message.project_id)?.0, Command::HearSuspension(suspended)))
}

/// The project goes on.
pub fn project_resumed(message: ProjectResumed, _: &Facts<'_>) -> Result<(Uuid, Command), Unreadable> {
    let step = SuspensionStep::End { days: count("days", message.days)?.into() };
    let (number, county_round) = (count("number", message.number)?, count("county_round", message.county_round)?);
    let suspended = Suspended { number, county_round, step, acts: act::from_messages(message.acts)? };
    Ok((project(&message.project_id)?.0, Command::HearSuspension(suspended)))
}

fn project(id: &str) -> Result<ProjectId, Unreadable> {
    id.parse().map_err(|error| Unreadable::new(format_args!("project_id: {error}")))
}

fn count(field: &str, count: i32) -> Result<u32, Unreadable> {
    u32::try_from(count).map_err(|_| Unreadable::new(format_args!("{field}: {count} is no count")))
}

fn subject(content: Content, pack: &Pack) -> Result<Subject, Unreadable> {
    let village: Division =
        content.village.parse().map_err(|error| Unreadable::new(format_args!("content.village: {error}")))?;
    let unknown =
        |field: &str, code: &str| Unreadable::new(format_args!("content.{field}: the county pack has no {code:?}"));
    let entry = pack.division(village).ok_or_else(|| unknown("village", village.as_str()))?;
    let category = pack.category(&content.category).ok_or_else(|| unknown("category", &content.category))?;
    let budget = content.budget.into_iter().map(|line| budget_line(line, pack)).collect::<Result<_, _>>()?;
    Ok(Subject {
        title: content.title,
        village,
        village_name: entry.name.clone(),
        category_name: category.name.clone(),
        category: content.category,
        sub_type: content.sub_type,
        fiscal_year: content.fiscal_year,
        total: Fen::new(content.total_fen),
        budget,
        operator: content.operator,
    })
}

/// The hash of each section of the county pack. What belongs to none of them stands in the last.
fn sections(content: &Content) -> BTreeMap<String, String> {
    let mut rest = content.clone();
    let mut sections = BTreeMap::new();
    let mut take = |code: &str, part: Content| sections.insert(code.to_owned(), sha256_hex(&part.encode_to_vec()));
    let of = Content::default;
    take("title", Content { title: mem::take(&mut rest.title), ..of() });
    let (category, sub_type) = (mem::take(&mut rest.category), mem::take(&mut rest.sub_type));
    take("category", Content { category, sub_type, ..of() });
    take("village", Content { village: mem::take(&mut rest.village), ..of() });
    take("place", Content { place: mem::take(&mut rest.place), coordinates: rest.coordinates.take(), ..of() });
    take("responsible_person", Content { responsible_person: mem::take(&mut rest.responsible_person), ..of() });
    let (operator, operating_mode) = (mem::take(&mut rest.operator), mem::take(&mut rest.operating_mode));
    take("operator", Content { operator, operating_mode, ..of() });
    take("items", Content { items: mem::take(&mut rest.items), ..of() });
    let (budget, total_fen) = (mem::take(&mut rest.budget), mem::take(&mut rest.total_fen));
    take("budget", Content { budget, total_fen, ..of() });
    let (jobs, temporary_jobs) = (mem::take(&mut rest.jobs), mem::take(&mut rest.temporary_jobs));
    take("linkage", Content { linkage: rest.linkage.take(), jobs, temporary_jobs, ..of() });
    take("performance_targets", Content { performance_targets: mem::take(&mut rest.performance_targets), ..of() });
    take("land_note", Content { land_note: mem::take(&mut rest.land_note), ..of() });
    take("environment_note", Content { environment_note: mem::take(&mut rest.environment_note), ..of() });
    let (construction_begin_date, construction_end_date) =
        (mem::take(&mut rest.construction_begin_date), mem::take(&mut rest.construction_end_date));
    let schedule = mem::take(&mut rest.schedule);
    take("schedule", Content { schedule, construction_begin_date, construction_end_date, ..of() });
    take("attachments", Content { attachments: mem::take(&mut rest.attachments), ..of() });
    take(OTHER, rest);
    sections
}

fn budget_line(line: BudgetLineMessage, pack: &Pack) -> Result<BudgetLine, Unreadable> {
    let ancillary = match line.r#use() {
        BudgetUse::Construction => false,
        BudgetUse::Ancillary => true,
        BudgetUse::Unspecified => return Err(Unreadable::new("content.budget: a line has no use")),
    };
    let source_name = pack.source_kind(&line.source).map(|kind| kind.name.clone());
    let source_name = source_name.ok_or_else(|| {
        Unreadable::new(format_args!("content.budget: the county pack has no source {:?}", line.source))
    })?;
    Ok(BudgetLine { source: line.source, source_name, ancillary, amount: Fen::new(line.amount_fen) })
}

fn corrected(item: CorrectionItem) -> Corrected {
    Corrected { field: item.field, text: item.text, asked_by: item.asked_by, answer: item.answer }
}

#[cfg(test)]
mod tests {
    use kernel::Duty;
    use proto::common::v1::{Act, Duty as DutyMessage};
    use time::macros::datetime;

    use super::*;
    use crate::domain::story::{PROJECT, pack};

    fn message(round: i32) -> ApplicationForwarded {
        let line = |source: &str, r#use: BudgetUse, amount_fen| BudgetLineMessage {
            source: source.into(),
            r#use: r#use.into(),
            amount_fen,
        };
        let pack = pack();
        let village =
            pack.divisions.iter().map(|entry| entry.code).find(|code| code.level() == kernel::division::Level::Village);
        ApplicationForwarded {
            project_id: PROJECT.to_string(),
            content: Some(Content {
                fiscal_year: 2022,
                title: "稻虾初加工车间".into(),
                category: "INDUSTRY".into(),
                village: village.expect("a county has villages").to_string(),
                budget: vec![
                    line("LINK", BudgetUse::Construction, 120_000_000),
                    line("ROAD", BudgetUse::Ancillary, 20_000_000),
                ],
                total_fen: 140_000_000,
                ..Content::default()
            }),
            content_revision: 3,
            round,
            township_opinion: "同意上报".into(),
            acts: vec![Act { person_id: "p".into(), duty: DutyMessage::Applicant.into() }],
            corrections: Vec::new(),
            suspensions: 0,
        }
    }

    fn read(message: ApplicationForwarded) -> Result<(Uuid, Command), Unreadable> {
        let pack = pack();
        application_forwarded(message, &Facts { now: datetime!(2022-03-01 09:00 +8), pack: &pack })
    }

    #[test]
    fn the_first_round_opens_and_later_ones_open_again() {
        let (stream, command) = read(message(1)).expect("whole");
        let Command::OpenCase(forwarded) = command else { panic!("{command:?}") };
        assert_eq!((stream, forwarded.project), (PROJECT.0, PROJECT));
        let subject = &forwarded.referral.subject;
        assert_eq!((subject.total, subject.budget[1].ancillary), (Fen::new(140_000_000), true));
        assert!(!subject.village_name.is_empty() && !subject.budget[0].source_name.is_empty());
        assert!(forwarded.acts.0.iter().any(|act| act.duty == Duty::Applicant));
        assert!(matches!(read(message(2)), Ok((_, Command::ReopenCase(_)))));
    }

    #[test]
    fn each_section_has_a_hash_of_its_own() {
        let content = message(1).content.expect("there");
        let before = sections(&content);
        let known: std::collections::BTreeSet<&str> = kernel::pack::SECTIONS.into_iter().collect();
        assert_eq!(before.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>(), known);
        let changed = |change: fn(&mut Content)| {
            let mut other = content.clone();
            change(&mut other);
            let after = sections(&other);
            before
                .iter()
                .filter(|(code, hash)| after[*code] != **hash)
                .map(|(code, _)| code.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(changed(|content| content.land_note = "有批复".into()), ["land_note"]);
        assert_eq!(changed(|content| content.total_fen += 1), ["budget"]);
        assert_eq!(changed(|content| content.sub_type = "X".into()), ["category"]);
        assert_eq!(changed(|content| content.fiscal_year = 2023), ["other"]);
    }

    #[test]
    fn what_makes_no_sense_is_unreadable() {
        let broken: [fn(&mut ApplicationForwarded); 7] = [
            |message| message.project_id = "x".into(),
            |message| message.content = None,
            |message| message.round = 0,
            |message| message.round = -1,
            |message| message.acts[0].duty = 99,
            |message| message.content.as_mut().expect("there").village = "430921999999".into(),
            |message| message.content.as_mut().expect("there").budget[0].source = "GOLD".into(),
        ];
        for (index, break_it) in broken.into_iter().enumerate() {
            let mut message = message(1);
            break_it(&mut message);
            assert!(read(message).is_err(), "{index}");
        }
    }

    #[test]
    fn what_intake_decides_about_a_project_is_heard() {
        let pack = pack();
        let facts = Facts { now: datetime!(2022-03-01 09:00 +8), pack: &pack };
        let project_id = PROJECT.to_string();
        let withdrawn = ApplicationWithdrawn {
            project_id: project_id.clone(),
            county_round: 2,
            acts: message(1).acts,
            ..ApplicationWithdrawn::default()
        };
        let Ok((stream, Command::HearWithdrawal(heard))) = application_withdrawn(withdrawn.clone(), &facts) else {
            panic!("it can be read")
        };
        assert_eq!((stream, heard.county_round, heard.acts.0.len()), (PROJECT.0, 2, 1));
        application_withdrawn(ApplicationWithdrawn { county_round: -1, ..withdrawn }, &facts).expect_err("no round");
        let suspended = ProjectSuspended { project_id: project_id.clone(), number: 3, ..ProjectSuspended::default() };
        let (_, command) = project_suspended(suspended, &facts).expect("it can be read");
        let begins = |heard: &Suspended| heard.number == 3 && matches!(heard.step, SuspensionStep::Begin { .. });
        assert!(matches!(command, Command::HearSuspension(heard) if begins(&heard)));
        let resumed = ProjectResumed { project_id, number: 3, days: 7, ..ProjectResumed::default() };
        let (_, command) = project_resumed(resumed.clone(), &facts).expect("it can be read");
        assert!(matches!(command, Command::HearSuspension(Suspended { step: SuspensionStep::End { days: 7 }, .. })));
        project_resumed(ProjectResumed { days: -1, ..resumed.clone() }, &facts).expect_err("no time goes back");
        project_resumed(ProjectResumed { project_id: "x".into(), ..resumed }, &facts).expect_err("no project");
    }
}
