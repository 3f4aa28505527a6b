//! The county pack (县级配置包): everything that makes the program one county's own, as data.
//!
//! [`Pack::parse`] reads its files and checks them whole; every fault is named by file and key. What the files look like
//! stands in `pack/files.rs`, how they are checked in `pack/reading.rs` and `pack/rules_file.rs`.

mod files;
mod reading;
mod rules_file;

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use crate::{Calendar, Division, Fen, OrgCode, PersonId, Post, YearRules, rules::Standing};

/// A county pack, sound by construction.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The county.
    pub county: County,
    /// Divisions (行政区划): the county, its townships, their villages.
    pub divisions: Vec<DivisionEntry>,
    /// Organisations (单位).
    pub organisations: Vec<Organisation>,
    /// Persons (人员) with their posts.
    pub persons: Vec<Person>,
    /// Kinds of money (资金来源) that a budget may name.
    pub source_kinds: Vec<SourceKind>,
    /// Indicators (指标) to be issued: money by source, sub-level and document.
    pub sources: Vec<FundSource>,
    /// Project categories (项目类别) with the departments that judge them.
    pub categories: Vec<Category>,
    /// What a township must answer.
    pub township: TownshipReview,
    /// Working days.
    pub calendar: Calendar,
    /// Fiscal years that have rules.
    pub fiscal_years: RangeInclusive<i32>,
    rules: BTreeMap<i32, Arc<YearRules>>,
}

/// The county (县).
#[derive(Debug, Clone)]
pub struct County {
    /// Its code.
    pub division: Division,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// A division and its name.
#[derive(Debug, Clone)]
pub struct DivisionEntry {
    /// 12-digit code.
    pub code: Division,
    /// Name.
    pub name: String,
    /// Whether the code is made up because the real one is not known.
    pub placeholder: bool,
}

/// An organisation.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Code: a division, for a department followed by `-` and its short code.
    pub code: OrgCode,
    /// Name.
    pub name: String,
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Unified id.
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Name to sign in with.
    pub account: String,
    /// Posts held.
    pub posts: Vec<Post>,
}

/// A kind of money.
#[derive(Debug, Clone)]
pub struct SourceKind {
    /// Code, e.g. `LINK`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Whether it is public money, paid from indicators.
    pub public: bool,
}

/// An indicator (指标): so much money of one source and sub-level, under one document, for one year.
#[derive(Debug, Clone)]
pub struct FundSource {
    /// Source code.
    pub code: String,
    /// Sub-level of LINK: `CENTRAL`, `PROVINCE`, `CITY`, `COUNTY`.
    pub sub_level: Option<String>,
    /// Name.
    pub name: String,
    /// Department in charge.
    pub department: OrgCode,
    /// Document number (指标文号).
    pub document_no: String,
    /// Fiscal year.
    pub year: i32,
    /// Amount.
    pub amount: Fen,
}

/// A project category.
#[derive(Debug, Clone)]
pub struct Category {
    /// Code, e.g. `INDUSTRY`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Sub-types.
    pub sub_types: Vec<SubType>,
    /// Who judges it at the county, in parallel.
    pub reviews: Vec<DepartmentReview>,
}

impl Category {
    /// The sub-type of that code.
    #[must_use]
    pub fn sub_type(&self, code: &str) -> Option<&SubType> {
        self.sub_types.iter().find(|sub_type| sub_type.code == code)
    }
}

/// A sub-type of a category.
#[derive(Debug, Clone)]
pub struct SubType {
    /// Code, e.g. `COLLECTIVE_NEW_INDUSTRY`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Whether the village must carry its share of construction (R-2080).
    pub village_share: bool,
}

/// A department that judges, and what it must answer.
#[derive(Debug, Clone)]
pub struct DepartmentReview {
    /// The post that judges.
    pub post: Post,
    /// Its questions.
    pub questions: Vec<Question>,
}

/// What a township must answer.
#[derive(Debug, Clone)]
pub struct TownshipReview {
    /// Its questions.
    pub questions: Vec<Question>,
}

/// A question, answered by yes or no and a text.
#[derive(Debug, Clone)]
pub struct Question {
    /// Id within its department.
    pub id: String,
    /// Text in Chinese.
    pub zh: String,
    /// Text in English.
    pub en: String,
    /// What stands behind it.
    pub standing: Standing,
}

/// One fault of a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {key}: {zh} / {en}")]
pub struct PackError {
    /// The file.
    pub file: String,
    /// Where in it, e.g. `rule[3].value`, or line and column when it is no TOML.
    pub key: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

impl Pack {
    /// Reads a pack from its files (name to text) and checks it whole.
    ///
    /// # Errors
    /// Every fault, not just the first.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, Vec<PackError>> {
        reading::read(files)
    }

    /// How much of what there is.
    #[must_use]
    pub fn summary(&self) -> Vec<(String, usize)> {
        let rules = self.rules.values().map(|rules| rules.iter().count()).sum();
        let counts = [
            ("divisions", self.divisions.len()),
            ("organisations", self.organisations.len()),
            ("persons", self.persons.len()),
            ("source_kinds", self.source_kinds.len()),
            ("indicators", self.sources.len()),
            ("categories", self.categories.len()),
            ("rule_values", rules),
        ];
        counts.map(|(what, count)| (what.to_owned(), count)).to_vec()
    }

    /// The rules of a fiscal year.
    #[must_use]
    pub fn rules(&self, year: i32) -> Option<&Arc<YearRules>> {
        self.rules.get(&year)
    }

    /// The category of that code.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    /// The person of that id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.persons.iter().find(|person| person.id == *id)
    }

    /// The organisation of that code.
    #[must_use]
    pub fn organisation(&self, code: &OrgCode) -> Option<&Organisation> {
        self.organisations.iter().find(|organisation| organisation.code == *code)
    }

    /// The division of that code.
    #[must_use]
    pub fn division(&self, code: Division) -> Option<&DivisionEntry> {
        self.divisions.iter().find(|division| division.code == code)
    }

    /// The kind of money of that code.
    #[must_use]
    pub fn source_kind(&self, code: &str) -> Option<&SourceKind> {
        self.source_kinds.iter().find(|kind| kind.code == code)
    }
}
