//! County packs made at run time from the one in the tree, so that what the county changes is what is tested and measured.
//!
//! [`write()`] makes that of bench and drill: notices of no days, so that the system's clock carries a chain, indicators that
//! suffice for all chains, and no check of completeness by the township, so that a chain has the decisions of the workload.
//! Nothing in the code of the rooms knows of it.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use kernel::{Pack, RuleCode};
use runtime::options::load_pack;
use time::OffsetDateTime;

use crate::pack_folder;

/// The fiscal year of all applications and indicators.
pub const FISCAL_YEAR: i32 = 2022;

/// The last fiscal year of the bench's pack: with the first, fifty appropriations.
pub const LAST_YEAR: i32 = FISCAL_YEAR + 49;

/// A category that three departments judge, without a village share.
pub const CATEGORY: (&str, &str) = ("EMPLOYMENT", "WORK_RELIEF");

/// The rule by which a township's clerk is asked before its head.
const CHECKS: &str = "COMPLETENESS_CHECKS";

/// Writes the pack of the tree to `folder`, each file with the text that `change` makes of it.
///
/// # Errors
/// When a file can't be copied or changed.
pub fn copy(folder: &Path, change: impl Fn(&str, String) -> anyhow::Result<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(pack_folder())? {
        let entry = entry?;
        let file = entry.file_name();
        if let Some(name) = file.to_str().filter(|name| name.ends_with(".toml")) {
            let text = change(name, fs::read_to_string(entry.path())?).with_context(|| name.to_owned())?;
            fs::write(folder.join(name), text)?;
        }
    }
    Ok(())
}

/// Writes the pack of bench and drill to `folder` and reads it back.
///
/// # Errors
/// When the county's pack is no longer as the bench needs it; the message says in what.
pub fn write(folder: &Path) -> anyhow::Result<Arc<Pack>> {
    fs::create_dir_all(folder)?;
    copy(folder, |name, text| match name {
        "rules.toml" => {
            let text = with_number(&with_number(&text, "NOTICE_DAYS", "days", 0)?, CHECKS, "count", 0)?;
            // Chains of days are charged to four indicators.
            with_value(&text, "INDICATOR_CEILING", "yuan", "\"90000000000.00\"")
        }
        "county.toml" => with_years_to_come(&text),
        "calendar.toml" => Ok(format!("{text}{}", coming_years(&text))),
        _ => Ok(text),
    })?;
    let pack = load_pack(folder)?;
    let rules = pack.rules(FISCAL_YEAR).with_context(|| format!("the pack has no rules for {FISCAL_YEAR}"))?;
    ensure!(rules.number(RuleCode::CompletenessChecks) == 0, "the bench's pack still has a check of completeness");
    ensure!(rules.number(RuleCode::NoticeDays) == 0, "the bench's pack still has days of notice");
    let departments = pack.category(CATEGORY.0).map_or(0, |category| category.reviews.len());
    ensure!(departments == 3, "category {} is judged by {departments} departments, the workload has three", CATEGORY.0);
    Ok(pack)
}

/// The rules with another number in one of them.
fn with_number(rules: &str, code: &str, unit: &str, number: u32) -> anyhow::Result<String> {
    with_value(rules, code, unit, &number.to_string())
}

/// The rules with another value in one of them.
fn with_value(rules: &str, code: &str, unit: &str, written: &str) -> anyhow::Result<String> {
    let (head, value) = (format!("code = \"{code}\""), format!("value = {{ {unit} = "));
    let (before, rule) = rules.split_once(&head).with_context(|| format!("rules.toml has no {code}"))?;
    let (between, rest) = rule.split_once(&value).with_context(|| format!("{code} has no {unit}"))?;
    let (_, rest) = rest.split_once(' ').with_context(|| format!("{code} has no end"))?;
    Ok(format!("{before}{head}{between}{value}{written} {rest}"))
}

/// Fiscal years until [`LAST_YEAR`].
fn with_years_to_come(county: &str) -> anyhow::Result<String> {
    const LAST: &str = ", to = ";
    let (before, last) = county.split_once(LAST).context("county.toml has no last fiscal year")?;
    let (_, rest) = last.split_once(' ').context("county.toml's last fiscal year has no end")?;
    Ok(format!("{before}{LAST}{LAST_YEAR} {rest}"))
}

/// Years that the county's calendar does not have yet: due dates are worked out by the system's clock.
fn coming_years(calendar: &str) -> String {
    let this_year = OffsetDateTime::now_utc().year();
    let missing = (this_year..=this_year + 1).filter(|year| !calendar.contains(&format!("year = {year}\n")));
    missing.map(|year| format!("\n[[years]]\nyear = {year}\nnotice = \"bench\"\nholidays = []\n")).collect()
}
