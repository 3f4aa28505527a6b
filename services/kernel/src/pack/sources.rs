//! `sources.toml`: kinds of money that a budget may name, and the year's indicators (指标) of public money.
//!
//! Only public money has indicators; a kind that is divided by level says so, and each of its indicators names a level.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::Deserialize;

use super::{
    FundSource, Organisation, SourceKind,
    county::ORGANISATIONS,
    fault::{Faults, Sheet, set_of},
};
use crate::{Fen, OrgCode};

pub(super) const SOURCES: &str = "sources.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceSheet {
    kinds: Vec<KindRow>,
    indicators: Vec<IndicatorRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindRow {
    code: String,
    name: String,
    public: bool,
    #[serde(default)]
    integrated: bool,
    #[serde(default)]
    sub_levels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndicatorRow {
    source: String,
    sub_level: Option<String>,
    name: String,
    department: String,
    document_no: String,
    year: i32,
    yuan: String,
}

impl SourceSheet {
    pub(super) fn check(
        &self,
        organisations: &[Organisation],
        years: Option<&RangeInclusive<i32>>,
        faults: &mut Faults,
    ) -> (Vec<SourceKind>, Vec<FundSource>) {
        let mut sheet = faults.of(SOURCES);
        let kinds: Vec<SourceKind> =
            self.kinds.iter().enumerate().map(|(at, row)| row.check(&format!("kinds[{at}]"), &mut sheet)).collect();
        sheet.no_repeats(kinds.iter().enumerate().map(|(at, kind)| (format!("kinds[{at}].code"), &kind.code)));

        let by_code: BTreeMap<&str, &KindRow> = self.kinds.iter().map(|row| (row.code.as_str(), row)).collect();
        let known = set_of(organisations.iter().map(|organisation| &organisation.code));
        let mut sources = Vec::new();
        for (at, row) in self.indicators.iter().enumerate() {
            let key = format!("indicators[{at}]");
            sheet.served(format!("{key}.year"), row.year, years);
            let read = row.check(&key, by_code.get(row.source.as_str()).copied(), &mut sheet);
            let Some(source) = read else { continue };
            if !known.contains(&source.department) {
                sheet.dangling(format!("{key}.department"), &source.department, ORGANISATIONS);
            }
            sources.push(source);
        }
        let documents = self.indicators.iter().enumerate().map(|(at, row)| {
            let sub_level = row.sub_level.as_deref().unwrap_or_default();
            (format!("indicators[{at}].document_no"), format!("{} {} {sub_level}", row.document_no, row.source))
        });
        sheet.no_repeats(documents);
        (kinds, sources)
    }
}

/// The main line: the linking funds themselves (衔接资金).
const LINK: &str = "LINK";

impl SourceKind {
    /// R-ANCIL: whether it may pay for the road, water and power that a project needs (配套基础设施): public money, but not the
    /// linking funds that share the investment with the village.
    #[must_use]
    pub fn pays_ancillary(&self) -> bool {
        self.public && self.code != LINK
    }
}

/// The levels of government that money comes from (资金级次): all that the contracts can say.
const SUB_LEVELS: [&str; 4] = ["CENTRAL", "PROVINCE", "CITY", "COUNTY"];

impl KindRow {
    fn check(&self, key: &str, sheet: &mut Sheet<'_>) -> SourceKind {
        sheet.code(format!("{key}.code"), &self.code);
        sheet.named(format!("{key}.name"), &self.name);
        for (nth, level) in self.sub_levels.iter().enumerate() {
            if !SUB_LEVELS.contains(&level.as_str()) {
                let known = SUB_LEVELS.join(", ");
                let (zh, en) = (format!("{level} 不是资金级次({known})"), format!("{level} is none of {known}"));
                sheet.add(format!("{key}.sub_levels[{nth}]"), zh, en);
            }
        }
        let levels = self.sub_levels.iter().enumerate().map(|(nth, level)| (format!("{key}.sub_levels[{nth}]"), level));
        sheet.no_repeats(levels);
        if self.integrated && !self.public {
            sheet.add(format!("{key}.integrated"), "非财政资金不得列入整合", "only public money is integrated");
        }
        SourceKind {
            code: self.code.clone(),
            name: self.name.clone(),
            public: self.public,
            integrated: self.integrated,
            sub_levels: self.sub_levels.clone(),
        }
    }
}

impl IndicatorRow {
    fn check(&self, key: &str, kind: Option<&KindRow>, sheet: &mut Sheet<'_>) -> Option<FundSource> {
        sheet.named(format!("{key}.name"), &self.name);
        sheet.named(format!("{key}.document_no"), &self.document_no);
        match kind {
            None => sheet.dangling(format!("{key}.source"), &self.source, "kinds"),
            Some(kind) if !kind.public => {
                let en = format!("{} is not public money, so it has no indicators", self.source);
                sheet.add(format!("{key}.source"), format!("{} 不是财政资金,不下达指标", self.source), en);
            }
            Some(kind) => self.check_level(&format!("{key}.sub_level"), kind, sheet),
        }
        let department = sheet.take(format!("{key}.department"), "单位代码不正确", self.department.parse::<OrgCode>());
        let amount = Fen::parse_yuan(&self.yuan);
        if let Err(bad) = &amount {
            sheet.add(format!("{key}.yuan"), bad.zh(), bad.to_string());
        }
        Some(FundSource {
            code: self.source.clone(),
            sub_level: self.sub_level.clone(),
            name: self.name.clone(),
            department: department?,
            document_no: self.document_no.clone(),
            year: self.year,
            amount: amount.ok()?,
            integrated: kind?.integrated,
        })
    }

    fn check_level(&self, key: &str, kind: &KindRow, sheet: &mut Sheet<'_>) {
        let levels = kind.sub_levels.join(", ");
        match &self.sub_level {
            Some(level) if !kind.sub_levels.contains(level) => {
                let en = format!("{level:?} is no sub-level of {}: [{levels}]", kind.code);
                sheet.add(key, format!("{} 没有级次“{level}”", kind.code), en);
            }
            None if !kind.sub_levels.is_empty() => {
                sheet.add(
                    key,
                    format!("{} 须注明级次", kind.code),
                    format!("{} needs a sub-level: [{levels}]", kind.code),
                );
            }
            Some(_) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::example::refused;

    const FILE: &str = "sources.toml";

    #[test]
    fn a_kind_has_a_code_of_its_own() {
        refused(FILE, "code = \"ROAD\"", "code = \"LINK\"", "kinds[1].code", "kinds[0].code");
        refused(FILE, "code = \"ROAD\"", "code = \"Road\"", "kinds[1].code", "no code");
        refused(
            FILE,
            "[\"CENTRAL\", \"PROVINCE\"]",
            "[\"CENTRAL\", \"NATION\"]",
            "kinds[0].sub_levels[1]",
            "none of CENTRAL",
        );
        refused(FILE, "public = false", "public = false, integrated = true", "kinds[2].integrated", "only public");
    }

    #[test]
    fn an_indicator_names_a_public_kind_and_its_level() {
        refused(FILE, "source = \"ROAD\"", "source = \"RIVER\"", "indicators[2].source", "RIVER");
        refused(FILE, "source = \"ROAD\"", "source = \"VILLAGE\"", "indicators[2].source", "not public");
        refused(FILE, "source = \"ROAD\"", "source = \"LINK\"", "indicators[2].sub_level", "needs a sub-level");
        refused(
            FILE,
            "source = \"ROAD\"",
            "source = \"ROAD\", sub_level = \"CITY\"",
            "indicators[2].sub_level",
            "CITY",
        );
    }

    #[test]
    fn an_indicator_has_an_amount_a_year_a_department_and_a_document() {
        refused(FILE, "\"500000.00\"", "\"500000.001\"", "indicators[2].yuan", "finer than one fen");
        refused(FILE, "\"500000.00\"", "\"0\"", "indicators[2].yuan", "more than zero");
        refused(FILE, "year = 2023", "year = 2031", "indicators[2].year", "2022 to 2023");
        refused(FILE, "\"110101000000-AGR\"", "\"110101000000-TRA\"", "indicators[2].department", "organisations.toml");
        refused(FILE, "\"110101000000-AGR\"", "\"AGR\"", "indicators[2].department", "organisation code");
        refused(FILE, "sub_level = \"PROVINCE\"", "sub_level = \"CENTRAL\"", "indicators[1].document_no", "already");
    }
}
