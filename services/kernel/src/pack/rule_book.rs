//! `rules.toml`: each rule's value by span of fiscal years, with its basis and standing.
//!
//! Every rule that the program asks for has exactly one value in every fiscal year of the pack.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use serde::Deserialize;

use super::fault::{Faults, Sheet};
use crate::{
    Fen, RuleCode, YearRules,
    money::Share,
    rules::{Rule, Standing, Value},
};

pub(super) const RULES: &str = "rules.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSheet {
    rules: Vec<RuleRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    code: String,
    name: String,
    value: ValueRow,
    from: i32,
    to: Option<i32>,
    basis: String,
    standing: Standing,
}

/// A value as a clerk writes it: `{ percent = "20" }`, `{ ratio = "2/3" }`, `{ days = 10 }`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ValueRow {
    Percent(String),
    Ratio(String),
    Yuan(String),
    Days(u32),
    WorkingDays(u32),
    Count(u32),
}

/// A rule with the fiscal years for which it stands (适用年度).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSpan {
    /// The rule.
    pub rule: Rule,
    /// The first year.
    pub from: i32,
    /// The last year; none while no other value is known.
    pub to: Option<i32>,
}

impl RuleSpan {
    /// Whether it stands in that fiscal year.
    #[must_use]
    pub fn stands_in(&self, year: i32) -> bool {
        self.from <= year && self.to.is_none_or(|to| year <= to)
    }
}

/// A rule with its place in the file.
struct Entry {
    key: String,
    span: RuleSpan,
}

impl RuleSheet {
    pub(super) fn check(
        &self,
        years: Option<&RangeInclusive<i32>>,
        faults: &mut Faults,
    ) -> (BTreeMap<i32, Arc<YearRules>>, Vec<RuleSpan>) {
        let mut sheet = faults.of(RULES);
        let rows = self.rules.iter().enumerate();
        let entries: Vec<Entry> = rows.filter_map(|(at, row)| row.check(&format!("rules[{at}]"), &mut sheet)).collect();
        let Some(years) = years else { return (BTreeMap::new(), Vec::new()) };
        for &code in RuleCode::ALL {
            check_span(code, years, &entries, &mut sheet);
        }
        let of_year = |year: i32| {
            let standing = entries.iter().filter(|entry| entry.span.stands_in(year));
            // What is missing or of the wrong sort has been said above, with its key.
            YearRules::try_new(year, standing.map(|entry| entry.span.rule.clone())).ok()
        };
        let by_year = years.clone().filter_map(|year| Some((year, Arc::new(of_year(year)?)))).collect();
        let mut book: Vec<RuleSpan> = entries.into_iter().map(|entry| entry.span).collect();
        book.sort_by_key(|span| (span.rule.code, span.from));
        (by_year, book)
    }
}

/// Says the years in which a rule has no value, or more than one.
fn check_span(code: RuleCode, years: &RangeInclusive<i32>, entries: &[Entry], sheet: &mut Sheet<'_>) {
    for year in years.clone() {
        let mut standing = entries.iter().filter(|entry| entry.span.rule.code == code && entry.span.stands_in(year));
        match (standing.next(), standing.next()) {
            (None, _) => {
                let en = format!("rule {code} has no value for fiscal year {year}");
                sheet.add(format!("rules.{code}"), format!("规则 {code} 缺少{year}年度的取值"), en);
            }
            (Some(first), Some(second)) => {
                let en = format!("rule {code} has a second value for fiscal year {year}, the first is {}", first.key);
                sheet.add(&second.key, format!("规则 {code} 在{year}年度有两个取值"), en);
            }
            (Some(_), None) => {}
        }
    }
}

impl RuleRow {
    fn check(&self, key: &str, sheet: &mut Sheet<'_>) -> Option<Entry> {
        sheet.named(format!("{key}.name"), &self.name);
        sheet.named(format!("{key}.basis"), &self.basis);
        if let Some(to) = self.to.filter(|to| *to < self.from) {
            let en = format!("ends in {to} before it begins in {}", self.from);
            sheet.add(format!("{key}.to"), "止于年度早于起始年度", en);
        }
        let code = sheet.take(format!("{key}.code"), "程序没有此规则", self.code.parse::<RuleCode>());
        let value = sheet.take(format!("{key}.value"), "取值不正确", self.value.read());
        let (code, value) = (code?, value?);
        if value.kind() != code.value_kind() {
            let en = format!("rule {code} must be a {:?}, not a {:?}", code.value_kind(), value.kind());
            sheet.add(format!("{key}.value"), format!("规则 {code} 的取值种类不正确"), en);
        }
        let (name, basis, standing) = (self.name.clone(), self.basis.clone(), self.standing);
        let rule = Rule { code, name, value, basis, standing };
        Some(Entry { key: key.to_owned(), span: RuleSpan { rule, from: self.from, to: self.to } })
    }
}

impl ValueRow {
    fn read(&self) -> Result<Value, String> {
        match self {
            Self::Percent(text) => whole_at_most(text, Share::parse_percent(text)),
            Self::Ratio(text) => whole_at_most(text, ratio(text)),
            Self::Yuan(text) => Fen::parse_yuan(text).map(Value::Amount).map_err(|bad| bad.to_string()),
            Self::Days(days) => Ok(Value::Days(*days)),
            Self::WorkingDays(days) => Ok(Value::WorkingDays(*days)),
            Self::Count(count) => Ok(Value::Count(*count)),
        }
    }
}

/// A share of more than the whole can't be reached: a slip of the pen.
fn whole_at_most(text: &str, share: Option<Share>) -> Result<Value, String> {
    let whole = Share::new(1, 1).expect("the denominator is not zero");
    match share {
        Some(share) if !share.is_more_than(whole) => Ok(Value::Share(share)),
        _ => Err(format!("{text:?} is no share up to the whole (percent = \"20\" or ratio = \"2/3\")")),
    }
}

fn ratio(text: &str) -> Option<Share> {
    let (part, whole) = text.split_once('/')?;
    Share::new(part.parse().ok()?, whole.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use crate::{RuleCode, pack::example, pack::example::refused};

    const FILE: &str = "rules.toml";

    #[test]
    fn a_gap_or_an_overlap_of_years_names_rule_and_year() {
        refused(FILE, "from = 2023", "from = 2024", "rules.R-ADV", "no value for fiscal year 2023");
        refused(
            FILE,
            "to = 2022",
            "to = 2023",
            "rules[1]",
            "a second value for fiscal year 2023, the first is rules[0]",
        );
        refused(FILE, "to = 2022", "to = 2020", "rules[0].to", "before it begins");
        refused(FILE, "code = \"R-2080\"", "code = \"R-ADV\"", "rules.R-2080", "2022");
    }

    #[test]
    fn a_value_parses_and_is_of_the_rule_s_sort() {
        refused(FILE, "percent = \"20\"", "percent = \"20%\"", ".value", "no share");
        refused(FILE, "percent = \"20\"", "percent = \"120\"", ".value", "no share");
        refused(FILE, "percent = \"20\"", "ratio = \"1/0\"", ".value", "no share");
        refused(FILE, "percent = \"20\"", "count = 20", ".value", "must be a Share, not a Count");
        refused(FILE, "percent = \"20\"", "yuan = \"1.234\"", ".value", "finer than one fen");
        refused(FILE, "percent = \"20\"", "procent = \"20\"", "line", "procent");
        refused(FILE, "code = \"R-2080\"", "code = \"R-1090\"", ".code", "R-1090");
    }

    #[test]
    fn a_year_is_judged_by_its_own_value() {
        let pack = crate::Pack::parse(&example::files()).expect("the example is sound");
        let advance = |year| pack.rules(year).map(|rules| rules.share(RuleCode::AdvanceMax).to_string());
        assert_eq!(advance(2022).as_deref(), Some("10%"));
        assert_eq!(advance(2023).as_deref(), Some("30%"));
        assert_eq!(advance(2024), None);
    }

    #[test]
    fn the_book_has_each_rule_with_its_years_once() {
        let pack = crate::Pack::parse(&example::files()).expect("the example is sound");
        let advance = pack.rule_book.iter().filter(|span| span.rule.code == RuleCode::AdvanceMax);
        assert_eq!(advance.map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(2021, Some(2022)), (2023, None)]);
        for (year, rules) in &pack.rules {
            let standing = pack.rule_book.iter().filter(|span| span.stands_in(*year)).map(|span| &span.rule);
            assert!(standing.eq(rules.iter()), "{year}");
        }
    }
}
