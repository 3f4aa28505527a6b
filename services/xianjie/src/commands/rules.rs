//! `xianjie rules list`: the rulebook of a plan year, each number with the document that it rests on.

use std::{path::Path, process::ExitCode};

use anyhow::Context as _;
use kernel::{Pack, YearRules, rules::Value};
use runtime::options::load_pack;

use crate::output::line;

pub(super) fn list(pack: &Path, year: i32, json: bool) -> anyhow::Result<ExitCode> {
    let pack = load_pack(pack)?;
    let rules = pack.rules(year).with_context(|| unknown_year(&pack, year))?;
    if json {
        line(as_json(rules));
    } else {
        line(as_table(&pack, rules));
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown_year(pack: &Pack, year: i32) -> String {
    let county = &pack.county.name;
    format!("{county}的配置包没有 {year} 年的规则 / the county pack has no rules for {year} (setting --year)")
}

fn as_table(pack: &Pack, rules: &YearRules) -> String {
    let mut text = format!("{} {} 年规则 / rules of {0} for {1}", pack.county.name, rules.year());
    for rule in rules.iter() {
        text += &format!("\n{:<22} {}", rule.code.as_str(), rule.name);
        text += &format!("\n{:<22} {}  {}", "", as_clerks_write(&rule.value), rule.basis_with_standing());
    }
    text
}

fn as_json(rules: &YearRules) -> serde_json::Value {
    let rule = |rule: &kernel::rules::Rule| {
        serde_json::json!({
            "code": rule.code.as_str(),
            "name": rule.name,
            "value": as_clerks_write(&rule.value),
            "basis": rule.basis,
            "standing": rule.standing.tag().trim_matches(['[', ']']),
        })
    };
    serde_json::json!({ "year": rules.year(), "rules": rules.iter().map(rule).collect::<Vec<_>>() })
}

fn as_clerks_write(value: &Value) -> String {
    match value {
        Value::Share(share) => share.to_string(),
        Value::Amount(amount) => format!("{} 元", amount.grouped()),
        Value::Days(days) => format!("{days} 天"),
        Value::WorkingDays(days) => format!("{days} 个工作日"),
        Value::Count(count) => count.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::RuleCode;
    use runtime::testing::pack;

    use super::*;

    #[test]
    fn every_rule_of_the_year_stands_with_its_basis() {
        let pack = pack();
        let rules = pack.rules(2022).expect("2022 has rules");
        let table = as_table(&pack, rules);
        for code in RuleCode::ALL {
            let line = rules.rule(*code);
            assert!(table.contains(code.as_str()) && table.contains(&line.basis_with_standing()), "{code}");
        }
        assert!(table.contains("10 天"), "a notice's days: {table}");
        let json = as_json(rules);
        assert_eq!(json["rules"].as_array().map(Vec::len), Some(RuleCode::ALL.len()));
        assert!(json["rules"].as_array().into_iter().flatten().all(|rule| rule["basis"] != ""));
    }

    #[test]
    fn a_year_without_rules_names_the_setting() {
        let message = unknown_year(&pack(), 1999);
        assert!(message.contains("1999") && message.contains("--year"), "{message}");
    }
}
