//! What the files of a pack look like. An unknown key is an error: a misspelt one would otherwise be a silent default.

use serde::Deserialize;
use time::Date;

use crate::{Division, OrgCode, rules::Standing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountyFile {
    pub division: Division,
    pub name: String,
    pub name_en: String,
    pub first_fiscal_year: i32,
    pub last_fiscal_year: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DivisionsFile {
    pub division: Vec<DivisionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DivisionRow {
    pub code: Division,
    pub name: String,
    #[serde(default)]
    pub placeholder: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationsFile {
    pub organisation: Vec<OrganisationRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganisationRow {
    pub code: OrgCode,
    pub name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonsFile {
    pub person: Vec<PersonRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonRow {
    pub id: String,
    pub name: String,
    pub account: String,
    pub posts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcesFile {
    pub kind: Vec<KindRow>,
    pub indicator: Vec<IndicatorRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindRow {
    pub code: String,
    pub name: String,
    pub public: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndicatorRow {
    pub source: String,
    pub sub_level: Option<String>,
    pub name: String,
    pub department: OrgCode,
    pub document_no: String,
    pub year: i32,
    /// In yuan, as text.
    pub amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepartmentsFile {
    pub township: QuestionsRow,
    pub department: Vec<DepartmentRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionsRow {
    pub question: Vec<QuestionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepartmentRow {
    pub post: String,
    pub question: Vec<QuestionRow>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionRow {
    pub id: String,
    pub zh: String,
    pub en: String,
    pub standing: Standing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoriesFile {
    pub category: Vec<CategoryRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryRow {
    pub code: String,
    pub name: String,
    pub departments: Vec<String>,
    pub sub_type: Vec<SubTypeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubTypeRow {
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub village_share: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesFile {
    pub rule: Vec<RuleRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRow {
    pub code: String,
    pub name: String,
    pub value: ValueRow,
    pub from: i32,
    pub to: Option<i32>,
    pub basis: String,
    pub standing: Standing,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ValueRow {
    Percent(String),
    Ratio(String),
    Yuan(String),
    Days(u32),
    WorkingDays(u32),
    Count(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarFile {
    pub year: Vec<YearRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct YearRow {
    pub year: i32,
    /// The State Council's notice; shown to people, not computed with.
    pub notice: String,
    #[serde(with = "dates")]
    pub off: Vec<Date>,
    #[serde(with = "dates")]
    pub worked: Vec<Date>,
}

/// Dates as text, `2022-01-31`.
mod dates {
    use serde::{Deserialize, Deserializer, de::Error};
    use time::{Date, macros::format_description};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Date>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let date = |text: String| {
            Date::parse(&text, format_description!("[year]-[month]-[day]"))
                .map_err(|_| D::Error::custom(format!("{text:?} is no date like 2022-01-31")))
        };
        texts.into_iter().map(date).collect()
    }
}
