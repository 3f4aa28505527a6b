//! The application form (项目申报书) of the contract as that of the domain and back.
//!
//! A draft's empty fields pass; what is there must be well-formed: codes, amounts in fen, counts, hashes.

use kernel::{Division, Fen, refusal::Violations};
use proto::intake::v1::{
    BenefitLinkage, BudgetLine as BudgetLineMessage, BudgetUse as BudgetUseMessage, Content as ContentMessage,
    Coordinates as CoordinatesMessage, Item as ItemMessage, OperatingMode as OperatingModeMessage,
    PerformanceTarget as PerformanceTargetMessage, ProjectNature as NatureMessage,
};
use time::Date;
use translation::{attachment, field::number};

use super::{count, date};
use crate::domain::{
    Content,
    admissible::bad_money,
    record::content::{
        BudgetLine, BudgetUse, Coordinates, Item, Jobs, Linkage, Nature, OperatingMode, PerformanceTarget,
    },
};

/// The form that a request brings.
pub fn content(message: Option<ContentMessage>, wrong: &mut Violations) -> Option<Content> {
    let Some(message) = message else {
        wrong.add("REQUIRED", "content", "请填写项目申报书", "an application needs its content");
        return None;
    };
    let village_code = village(&message.village, "content.village", wrong);
    let items = message.items.into_iter().enumerate().map(|(index, message)| item(message, index, wrong));
    let items: Vec<Item> = items.collect();
    let budget: Vec<Option<BudgetLine>> =
        message.budget.into_iter().enumerate().map(|(index, message)| line(message, index, wrong)).collect();
    let total = unsaid(message.total_fen, "content.total_fen", wrong);
    let linkage = linkage(message.linkage.unwrap_or_default(), wrong);
    let jobs = count(message.jobs, "content.jobs", wrong);
    let temporary = count(message.temporary_jobs, "content.temporary_jobs", wrong);
    let joint = message.joint_villages.iter().enumerate();
    let joint_villages =
        joint.filter_map(|(index, code)| village(code, &format!("content.joint_villages[{index}]"), wrong)).collect();
    let coordinates = message.coordinates.map(coordinates);
    let begin = day(&message.construction_begin_date, "content.construction_begin_date", wrong);
    let end = day(&message.construction_end_date, "content.construction_end_date", wrong);
    let attachments = attachment::from_messages(message.attachments, "content.attachments", wrong);
    let target =
        |target: PerformanceTargetMessage| PerformanceTarget { indicator: target.indicator, target: target.target };
    Some(Content {
        fiscal_year: message.fiscal_year,
        title: message.title,
        category: message.category,
        sub_type: message.sub_type,
        village: village_code?,
        place: message.place,
        responsible_person: message.responsible_person,
        operator: message.operator,
        items,
        budget: budget.into_iter().collect::<Option<_>>()?,
        total,
        linkage: linkage?,
        performance_targets: message.performance_targets.into_iter().map(target).collect(),
        land_note: message.land_note,
        environment_note: message.environment_note,
        schedule: message.schedule,
        construction_begin_date: begin,
        construction_end_date: end,
        attachments,
        nature: nature(message.nature),
        responsible_unit: message.responsible_unit,
        operating_mode: operating_mode(message.operating_mode),
        coordinates,
        joint_villages,
        jobs: Jobs { all: jobs?, temporary: temporary? },
    })
}

/// A day that need not be said yet.
fn day(text: &str, field: &str, wrong: &mut Violations) -> Option<Date> {
    if text.is_empty() { None } else { date(text, field, wrong) }
}

fn nature(number: i32) -> Option<Nature> {
    match NatureMessage::try_from(number) {
        Ok(NatureMessage::New) => Some(Nature::New),
        Ok(NatureMessage::Extension) => Some(Nature::Extension),
        Ok(NatureMessage::Renovation) => Some(Nature::Renovation),
        Ok(NatureMessage::Continuation) => Some(Nature::Continuation),
        // What is no choice at all was refused before.
        Ok(NatureMessage::Unspecified) | Err(_) => None,
    }
}

fn operating_mode(number: i32) -> Option<OperatingMode> {
    match OperatingModeMessage::try_from(number) {
        Ok(OperatingModeMessage::Own) => Some(OperatingMode::Own),
        Ok(OperatingModeMessage::Lease) => Some(OperatingMode::Lease),
        Ok(OperatingModeMessage::Equity) => Some(OperatingMode::Equity),
        Ok(OperatingModeMessage::Entrusted) => Some(OperatingMode::Entrusted),
        Ok(OperatingModeMessage::Unspecified) | Err(_) => None,
    }
}

fn village(code: &str, field: &str, wrong: &mut Violations) -> Option<Division> {
    let village = code.parse().ok();
    if village.is_none() {
        let zh = match code {
            "" => "请填写村级区划代码".to_owned(),
            code => format!("“{}”不是12位区划代码", code.chars().take(40).collect::<String>()),
        };
        wrong.add("VILLAGE", field, zh, "must be a 12-digit division code");
    }
    village
}

/// A thousand million units, in thousandths.
const LARGEST_QUANTITY_MILLI: i64 = 1_000_000_000_000;

fn item(message: ItemMessage, index: usize, wrong: &mut Violations) -> Item {
    if !(0..=LARGEST_QUANTITY_MILLI).contains(&message.quantity_milli) {
        let field = format!("content.items[{index}].quantity_milli");
        wrong.add("QUANTITY", field, "数量须在0至10亿之间", "must be 0 to a thousand million units");
    }
    let amount = amount(message.amount_fen, &format!("content.items[{index}].amount_fen"), wrong);
    let unit_price = unsaid(message.unit_price_fen, &format!("content.items[{index}].unit_price_fen"), wrong);
    Item { title: message.title, quantity_milli: message.quantity_milli, unit: message.unit, amount, unit_price }
}

fn line(message: BudgetLineMessage, index: usize, wrong: &mut Violations) -> Option<BudgetLine> {
    let amount = amount(message.amount_fen, &format!("content.budget[{index}].amount_fen"), wrong);
    let usage = match message.r#use() {
        BudgetUseMessage::Construction => BudgetUse::Construction,
        BudgetUseMessage::Ancillary => BudgetUse::Ancillary,
        BudgetUseMessage::Unspecified => {
            let zh = "请选择资金用途:项目建设投资或配套基础设施";
            wrong.add("BUDGET_USE", format!("content.budget[{index}].use"), zh, "must say construction or ancillary");
            return None;
        }
    };
    Some(BudgetLine { source: message.source, usage, amount })
}

fn amount(fen: i64, field: &str, wrong: &mut Violations) -> Fen {
    if let Err(bad) = Fen::try_positive(fen) {
        bad_money(&bad, field.to_owned(), wrong);
    }
    Fen::new(fen)
}

/// An amount that need not be said yet: zero then.
fn unsaid(fen: i64, field: &str, wrong: &mut Violations) -> Fen {
    if fen == 0 { Fen::ZERO } else { amount(fen, field, wrong) }
}

fn linkage(message: BenefitLinkage, wrong: &mut Violations) -> Option<Linkage> {
    let households = count(message.households, "content.linkage.households", wrong);
    let persons = count(message.persons, "content.linkage.persons", wrong);
    let lifted_out_persons = count(message.lifted_out_persons, "content.linkage.lifted_out_persons", wrong);
    let monitored_persons = count(message.monitored_persons, "content.linkage.monitored_persons", wrong);
    let unstable_persons = count(message.unstable_persons, "content.linkage.unstable_persons", wrong);
    let marginal_persons = count(message.marginal_persons, "content.linkage.marginal_persons", wrong);
    let hardship_persons = count(message.hardship_persons, "content.linkage.hardship_persons", wrong);
    Some(Linkage {
        collective_income: unsaid(message.collective_income_fen, "content.linkage.collective_income_fen", wrong),
        household_income: unsaid(message.household_income_fen, "content.linkage.household_income_fen", wrong),
        unstable_persons: unstable_persons?,
        marginal_persons: marginal_persons?,
        hardship_persons: hardship_persons?,
        households: households?,
        persons: persons?,
        lifted_out_persons: lifted_out_persons?,
        monitored_persons: monitored_persons?,
        ways: message.ways,
    })
}

/// The form, as the contract has it.
pub fn content_message(content: &Content) -> ContentMessage {
    let item = |item: &Item| ItemMessage {
        title: item.title.clone(),
        quantity_milli: item.quantity_milli,
        unit: item.unit.clone(),
        amount_fen: item.amount.fen(),
        unit_price_fen: item.unit_price.fen(),
    };
    let target = |target: &PerformanceTarget| PerformanceTargetMessage {
        indicator: target.indicator.clone(),
        target: target.target.clone(),
    };
    ContentMessage {
        fiscal_year: content.fiscal_year,
        title: content.title.clone(),
        category: content.category.clone(),
        sub_type: content.sub_type.clone(),
        village: content.village.to_string(),
        place: content.place.clone(),
        responsible_person: content.responsible_person.clone(),
        operator: content.operator.clone(),
        items: content.items.iter().map(item).collect(),
        budget: content.budget.iter().map(line_message).collect(),
        total_fen: content.total.fen(),
        linkage: Some(linkage_message(&content.linkage)),
        performance_targets: content.performance_targets.iter().map(target).collect(),
        land_note: content.land_note.clone(),
        environment_note: content.environment_note.clone(),
        schedule: content.schedule.clone(),
        construction_begin_date: content.construction_begin_date.map(|day| day.to_string()).unwrap_or_default(),
        construction_end_date: content.construction_end_date.map(|day| day.to_string()).unwrap_or_default(),
        attachments: content.attachments.iter().map(attachment::to_message).collect(),
        nature: content.nature.map_or(NatureMessage::Unspecified, nature_message).into(),
        responsible_unit: content.responsible_unit.clone(),
        operating_mode: content.operating_mode.map_or(OperatingModeMessage::Unspecified, mode_message).into(),
        coordinates: content.coordinates.map(coordinates_message),
        joint_villages: content.joint_villages.iter().map(ToString::to_string).collect(),
        jobs: number(content.jobs.all),
        temporary_jobs: number(content.jobs.temporary),
    }
}

fn nature_message(nature: Nature) -> NatureMessage {
    match nature {
        Nature::New => NatureMessage::New,
        Nature::Extension => NatureMessage::Extension,
        Nature::Renovation => NatureMessage::Renovation,
        Nature::Continuation => NatureMessage::Continuation,
    }
}

fn mode_message(mode: OperatingMode) -> OperatingModeMessage {
    match mode {
        OperatingMode::Own => OperatingModeMessage::Own,
        OperatingMode::Lease => OperatingModeMessage::Lease,
        OperatingMode::Equity => OperatingModeMessage::Equity,
        OperatingMode::Entrusted => OperatingModeMessage::Entrusted,
    }
}

fn line_message(line: &BudgetLine) -> BudgetLineMessage {
    let usage = match line.usage {
        BudgetUse::Construction => BudgetUseMessage::Construction,
        BudgetUse::Ancillary => BudgetUseMessage::Ancillary,
    };
    BudgetLineMessage { source: line.source.clone(), r#use: usage.into(), amount_fen: line.amount.fen() }
}

fn linkage_message(linkage: &Linkage) -> BenefitLinkage {
    BenefitLinkage {
        households: number(linkage.households),
        persons: number(linkage.persons),
        lifted_out_persons: number(linkage.lifted_out_persons),
        monitored_persons: number(linkage.monitored_persons),
        ways: linkage.ways.clone(),
        collective_income_fen: linkage.collective_income.fen(),
        household_income_fen: linkage.household_income.fen(),
        unstable_persons: number(linkage.unstable_persons),
        marginal_persons: number(linkage.marginal_persons),
        hardship_persons: number(linkage.hardship_persons),
    }
}

/// A place on the map.
pub fn coordinates(place: CoordinatesMessage) -> Coordinates {
    Coordinates { latitude_micro: place.latitude_micro, longitude_micro: place.longitude_micro }
}

/// A place on the map, as the contract has it.
pub fn coordinates_message(place: Coordinates) -> CoordinatesMessage {
    CoordinatesMessage { latitude_micro: place.latitude_micro, longitude_micro: place.longitude_micro }
}

#[cfg(test)]
mod tests {
    use kernel::{Explanation, Refusal as _};

    use super::*;
    use crate::{convert::gathered, domain::fixtures};

    fn refused(message: ContentMessage) -> Explanation {
        gathered(|wrong| content(Some(message), wrong)).expect_err("refused").explain()
    }

    #[test]
    fn the_form_is_read_as_it_was_written() {
        let written = content_message(&fixtures::content());
        let read = gathered(|wrong| content(Some(written), wrong)).expect("well-formed");
        assert_eq!(read, fixtures::content());
    }

    #[test]
    fn a_bare_draft_passes() {
        let bare = ContentMessage {
            fiscal_year: 2022,
            title: "某".into(),
            village: fixtures::VILLAGE.into(),
            ..ContentMessage::default()
        };
        assert_eq!(gathered(|wrong| content(Some(bare), wrong)).expect("a draft").total, Fen::ZERO);
        assert!(gathered(|wrong| content(None, wrong)).is_err());
    }

    #[test]
    fn scenario_29_each_wrong_field_is_named() {
        let mut message = content_message(&fixtures::content());
        message.village.clear();
        message.total_fen = -5;
        message.items[0].amount_fen = 0;
        message.items[1].amount_fen = 100_000_000_000_000_000;
        message.budget[0].amount_fen = -1;
        message.budget[1].r#use = 0;
        message.linkage = Some(BenefitLinkage { persons: -1, ..BenefitLinkage::default() });
        message.attachments[0].sha256 = "XYZ".into();
        let explanation = refused(message);
        let found: Vec<(&str, &str)> =
            explanation.fields.iter().map(|wrong| (wrong.code, wrong.field.as_str())).collect();
        let wanted = [
            ("VILLAGE", "content.village"),
            ("BAD_MONEY", "content.items[0].amount_fen"),
            ("BAD_MONEY", "content.items[1].amount_fen"),
            ("BAD_MONEY", "content.budget[0].amount_fen"),
            ("BUDGET_USE", "content.budget[1].use"),
            ("BAD_MONEY", "content.total_fen"),
            ("COUNT", "content.linkage.persons"),
            ("BAD_HASH", "content.attachments[0].sha256"),
        ];
        assert_eq!(found, wanted);
        assert!(explanation.fields.iter().all(|wrong| !wrong.zh.is_ascii()), "in Chinese");
    }
}
