//! A project application as a clerk fills it in: TOML with amounts in yuan, read into the contract's `Content`.

use std::path::Path;

use anyhow::{Context as _, bail};
use kernel::Fen;
use proto::{
    common::v1::Attachment,
    intake::v1::{
        BenefitLinkage, BudgetLine, BudgetUse, Content, Item, OperatingMode, PerformanceTarget, ProjectNature,
    },
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    fiscal_year: i32,
    title: String,
    category: String,
    sub_type: String,
    village: String,
    place: String,
    responsible_person: String,
    responsible_unit: String,
    nature: String,
    operator: String,
    operating_mode: String,
    total: String,
    schedule: String,
    #[serde(default)]
    construction_begin_date: String,
    #[serde(default)]
    construction_end_date: String,
    land_note: String,
    environment_note: String,
    items: Vec<FormItem>,
    budget: Vec<FormLine>,
    jobs: FormJobs,
    linkage: FormLinkage,
    performance_targets: Vec<FormTarget>,
    #[serde(default)]
    attachments: Vec<FormAttachment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormItem {
    title: String,
    quantity: u32,
    unit: String,
    unit_price: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormJobs {
    all: i32,
    temporary: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormLine {
    source: String,
    r#use: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormLinkage {
    households: i32,
    persons: i32,
    lifted_out_persons: i32,
    monitored_persons: i32,
    ways: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormTarget {
    indicator: String,
    target: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormAttachment {
    sha256: String,
    title: String,
}

/// Reads an application from a file.
///
/// # Errors
/// When the file can't be read, is no such form, or an amount is no amount; the message names file and field.
pub fn read(path: &Path) -> anyhow::Result<Content> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let form: Form = toml::from_str(&text).with_context(|| path.display().to_string())?;
    content(form).with_context(|| path.display().to_string())
}

fn content(form: Form) -> anyhow::Result<Content> {
    let nature = ProjectNature::from_str_name(&format!("PROJECT_NATURE_{}", form.nature)).context("nature")?;
    let operating_mode = OperatingMode::from_str_name(&format!("OPERATING_MODE_{}", form.operating_mode));
    let operating_mode = operating_mode.context("operating_mode")?;
    Ok(Content {
        fiscal_year: form.fiscal_year,
        title: form.title,
        category: form.category,
        sub_type: form.sub_type,
        village: form.village,
        place: form.place,
        responsible_person: form.responsible_person,
        operator: form.operator,
        items: form.items.into_iter().map(item).collect::<anyhow::Result<_>>()?,
        budget: form.budget.into_iter().map(line).collect::<anyhow::Result<_>>()?,
        total_fen: fen("total", &form.total)?,
        linkage: Some(BenefitLinkage {
            households: form.linkage.households,
            persons: form.linkage.persons,
            lifted_out_persons: form.linkage.lifted_out_persons,
            monitored_persons: form.linkage.monitored_persons,
            ways: form.linkage.ways,
            ..BenefitLinkage::default()
        }),
        performance_targets: form
            .performance_targets
            .into_iter()
            .map(|FormTarget { indicator, target }| PerformanceTarget { indicator, target })
            .collect(),
        land_note: form.land_note,
        environment_note: form.environment_note,
        schedule: form.schedule,
        construction_begin_date: form.construction_begin_date,
        construction_end_date: form.construction_end_date,
        attachments: form
            .attachments
            .into_iter()
            .map(|FormAttachment { sha256, title }| Attachment { sha256, title })
            .collect(),
        nature: nature.into(),
        responsible_unit: form.responsible_unit,
        operating_mode: operating_mode.into(),
        jobs: form.jobs.all,
        temporary_jobs: form.jobs.temporary,
        ..Content::default()
    })
}

fn item(item: FormItem) -> anyhow::Result<Item> {
    let (amount_fen, unit_price_fen) = (fen(&item.title, &item.amount)?, fen(&item.title, &item.unit_price)?);
    let quantity_milli = i64::from(item.quantity) * 1_000;
    Ok(Item { title: item.title, quantity_milli, unit: item.unit, amount_fen, unit_price_fen })
}

fn line(line: FormLine) -> anyhow::Result<BudgetLine> {
    let r#use = match line.r#use.as_str() {
        "construction" => BudgetUse::Construction,
        "ancillary" => BudgetUse::Ancillary,
        other => bail!("budget use {other:?} must be construction or ancillary"),
    };
    Ok(BudgetLine { amount_fen: fen(&line.source, &line.amount)?, source: line.source, r#use: r#use.into() })
}

fn fen(field: &str, yuan: &str) -> anyhow::Result<i64> {
    Ok(Fen::parse_yuan(yuan).with_context(|| format!("amount of {field}"))?.fen())
}
