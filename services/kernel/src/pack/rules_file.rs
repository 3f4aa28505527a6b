//! The rules of a pack: one value a rule for every fiscal year, no gap and no overlap.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use super::{
    files::{RuleRow, RulesFile, ValueRow},
    reading::Faults,
};
use crate::{
    Fen, RuleCode, YearRules,
    money::Share,
    rules::{BadRules, Rule, Value},
};

const FILE: &str = "rules.toml";

pub(super) fn read(file: RulesFile, years: RangeInclusive<i32>, faults: &mut Faults) -> BTreeMap<i32, Arc<YearRules>> {
    let mut by_year: BTreeMap<i32, BTreeMap<RuleCode, Rule>> =
        years.clone().map(|year| (year, BTreeMap::new())).collect();
    let before = faults.0.len();
    for (nth, row) in file.rule.into_iter().enumerate() {
        let key = |field: &str| format!("rule[{nth}].{field}");
        let code: RuleCode = match row.code.parse() {
            Ok(code) => code,
            Err(error) => {
                faults.add(FILE, key("code"), format!("未知规则“{}”", row.code), format!("{error}"));
                continue;
            }
        };
        let Some(value) = value(&row.value) else {
            faults.add(FILE, key("value"), "数值格式不正确", "the value is malformed");
            continue;
        };
        if row.basis.is_empty() {
            faults.add(FILE, key("basis"), "缺少依据", "the legal basis is missing");
        }
        let last = row.to.unwrap_or(*years.end());
        for year in years.clone().filter(|year| (row.from..=last).contains(year)) {
            let taken = by_year.entry(year).or_default().insert(code, rule(code, &row, value)).is_some();
            if taken {
                faults.add(
                    FILE,
                    key("from"),
                    format!("{code} 在 {year} 年有两个数值"),
                    format!("{code} has two values for {year}"),
                );
            }
        }
    }
    let mut complete = BTreeMap::new();
    for (year, rules) in by_year {
        match YearRules::try_new(year, rules.into_values()) {
            Ok(rules) => drop(complete.insert(year, Arc::new(rules))),
            // A faulty row would also look like a missing rule: say only the fault.
            Err(_) if faults.0.len() > before => {}
            Err(error) => {
                let (BadRules::Missing { code, .. } | BadRules::WrongKind { code, .. }) = error;
                faults.add(FILE, code.as_str(), format!("规则 {code} 在 {year} 年缺失或类型不符"), error.to_string());
            }
        }
    }
    complete
}

fn rule(code: RuleCode, row: &RuleRow, value: Value) -> Rule {
    Rule { code, name: row.name.clone(), value, basis: row.basis.clone(), standing: row.standing }
}

fn value(row: &ValueRow) -> Option<Value> {
    Some(match row {
        ValueRow::Percent(text) => Value::Share(Share::parse_percent(text)?),
        ValueRow::Ratio(text) => {
            let (numerator, denominator) = text.split_once('/')?;
            Value::Share(Share::new(numerator.parse().ok()?, denominator.parse().ok()?)?)
        }
        ValueRow::Yuan(text) => Value::Amount(Fen::parse_yuan(text).ok()?),
        ValueRow::Days(days) => Value::Days(*days),
        ValueRow::WorkingDays(days) => Value::WorkingDays(*days),
        ValueRow::Count(count) => Value::Count(*count),
    })
}
