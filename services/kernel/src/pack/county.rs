//! `county.toml`, `divisions.toml`, `organisations.toml`: the place, its parts and who governs them.
//!
//! Every division but the county has its parent in the pack, and every organisation a division.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::{
    County, DivisionEntry, Organisation,
    fault::{Faults, set_of},
};
use crate::{Division, OrgCode, division::Level};

pub(super) const COUNTY: &str = "county.toml";
pub(super) const DIVISIONS: &str = "divisions.toml";
pub(super) const ORGANISATIONS: &str = "organisations.toml";

/// Years outside this are slips of the pen; it also bounds the work of a check.
const PLAUSIBLE_YEARS: RangeInclusive<i32> = 2000..=2100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountySheet {
    division: String,
    name: String,
    name_en: String,
    fiscal_years: Years,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Years {
    from: i32,
    to: i32,
}

impl CountySheet {
    pub(super) fn check(&self, faults: &mut Faults) -> Option<County> {
        let mut sheet = faults.of(COUNTY);
        sheet.named("name", &self.name);
        sheet.named("name_en", &self.name_en);
        let division: Division = sheet.take("division", "区划代码不正确", self.division.parse())?;
        if division.level() != Level::County {
            sheet.add("division", "不是县级区划代码", format!("{division} is not a county's code"));
            return None;
        }
        Some(County { division, name: self.name.clone(), name_en: self.name_en.clone() })
    }

    pub(super) fn years(&self, faults: &mut Faults) -> Option<RangeInclusive<i32>> {
        let Years { from, to } = self.fiscal_years;
        if from <= to && PLAUSIBLE_YEARS.contains(&from) && PLAUSIBLE_YEARS.contains(&to) {
            return Some(from..=to);
        }
        let en = format!("{from} to {to} is no span of fiscal years between 2000 and 2100");
        faults.of(COUNTY).add("fiscal_years", format!("预算年度{from}—{to}不正确"), en);
        None
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DivisionSheet {
    divisions: Vec<DivisionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DivisionRow {
    code: String,
    name: String,
    #[serde(default)]
    placeholder: bool,
}

impl DivisionSheet {
    pub(super) fn check(&self, county: Option<&County>, faults: &mut Faults) -> Vec<DivisionEntry> {
        let mut sheet = faults.of(DIVISIONS);
        let mut read = Vec::new();
        for (at, row) in self.divisions.iter().enumerate() {
            sheet.named(format!("divisions[{at}].name"), &row.name);
            let key = format!("divisions[{at}].code");
            if let Some(code) = sheet.take(&key, "区划代码应为12位数字", row.code.parse::<Division>()) {
                read.push((key, DivisionEntry { code, name: row.name.clone(), placeholder: row.placeholder }));
            }
        }
        sheet.no_repeats(read.iter().map(|(key, division)| (key.clone(), division.code)));
        let known = set_of(read.iter().map(|(_, division)| division.code));
        for (key, DivisionEntry { code, .. }) in &read {
            let parent = code.parent();
            if !known.contains(&parent) {
                sheet.add(
                    key,
                    format!("上级区划 {parent} 未登记"),
                    format!("its parent {parent} is not in {DIVISIONS}"),
                );
            }
            if county.is_some_and(|county| !county.division.contains(*code)) {
                sheet.add(key, format!("{code} 不属于本县"), format!("{code} does not lie in this county"));
            }
        }
        if let Some(county) = county.filter(|county| !known.contains(&county.division)) {
            sheet.dangling("divisions", county.division, DIVISIONS);
        }
        read.into_iter().map(|(_, division)| division).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationSheet {
    organisations: Vec<OrganisationRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationRow {
    code: String,
    name: String,
}

impl OrganisationSheet {
    pub(super) fn check(&self, divisions: &[DivisionEntry], faults: &mut Faults) -> Vec<Organisation> {
        let mut sheet = faults.of(ORGANISATIONS);
        let known = set_of(divisions.iter().map(|division| division.code));
        let mut read = Vec::new();
        for (at, row) in self.organisations.iter().enumerate() {
            sheet.named(format!("organisations[{at}].name"), &row.name);
            let key = format!("organisations[{at}].code");
            let Some(code) = sheet.take(&key, "单位代码不正确", row.code.parse::<OrgCode>()) else { continue };
            if !known.contains(&code.division()) {
                sheet.dangling(&key, code.division(), DIVISIONS);
            }
            read.push((key, Organisation { code, name: row.name.clone() }));
        }
        sheet.no_repeats(read.iter().map(|(key, organisation)| (key.clone(), &organisation.code)));
        read.into_iter().map(|(_, organisation)| organisation).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::example;

    #[test]
    fn a_county_has_a_county_s_code_and_a_span_of_years() {
        example::refused("county.toml", "\"110101000000\"", "\"110101001000\"", "division", "not a county");
        example::refused("county.toml", "from = 2022", "from = 2032", "fiscal_years", "no span");
        example::refused("county.toml", "to = 2023", "to = 2147483647", "fiscal_years", "no span");
        example::refused("county.toml", "\"County A\"", "\" \"", "name_en", "empty");
    }

    #[test]
    fn a_division_has_its_parent_and_lies_in_the_county() {
        example::refused(
            "divisions.toml",
            "\"110101001201\"",
            "\"110101002201\"",
            "divisions[2].code",
            "parent 110101002000",
        );
        example::refused("divisions.toml", "\"110101001201\"", "\"110102001201\"", "divisions[2].code", "this county");
        example::refused(
            "divisions.toml",
            "\"110101001201\"",
            "\"110101001000\"",
            "divisions[2].code",
            "divisions[1].code",
        );
        example::refused("divisions.toml", "\"110101000000\"", "\"110101001201\"", "divisions", "110101000000");
    }

    #[test]
    fn an_organisation_has_a_code_and_a_known_division() {
        example::refused(
            "organisations.toml",
            "\"110101000000-RRB\"",
            "\"RRB\"",
            "organisations[1].code",
            "organisation code",
        );
        example::refused(
            "organisations.toml",
            "\"110101000000-RRB\"",
            "\"110101009000\"",
            "organisations[1].code",
            "divisions.toml",
        );
        let (rrb, fin) = ("\"110101000000-RRB\"", "\"110101000000-FIN\"");
        example::refused("organisations.toml", rrb, fin, "organisations[2].code", "organisations[1].code");
    }
}
