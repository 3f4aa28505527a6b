//! The county pack (县级配置包): all that makes this county this county, as data. Another county writes another pack.
//!
//! A [`Pack`] is sound by construction: [`Pack::parse`] gives everything that is wrong with the files, or a pack in
//! which every reference resolves and every rule has one value a fiscal year. The files stand in
//! `deploy/county/nanxian`; each module here reads and checks the files that it names.

mod categories;
mod county;
mod duties;
mod fault;
mod holidays;
mod judges;
mod persons;
mod playable;
mod rule_book;
mod sources;
mod summary;
mod superior;

#[cfg(test)]
mod example;

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use self::fault::Faults;
pub use self::{fault::PackError, playable::Vacancy, rule_book::RuleSpan};
use crate::{
    Calendar, Division, Fen, OrgCode, PersonId, Post, YearRules, decision::NoMeans, duty::Exclusions, id::sha256_hex,
    refusal::Common, rules::Standing,
};

/// A county's configuration, checked whole.
#[derive(Debug, Clone)]
pub struct Pack {
    /// Names this content of the files: the same files, the same version (配置包版本).
    pub version: String,
    /// The county (县).
    pub county: County,
    /// County, townships and villages (行政区划).
    pub divisions: Vec<DivisionEntry>,
    /// Governments, departments, village committees and collectives (单位).
    pub organisations: Vec<Organisation>,
    /// Persons with their accounts and posts (人员、账号、岗位).
    pub persons: Vec<Person>,
    /// Kinds of money that a budget may name (资金来源).
    pub source_kinds: Vec<SourceKind>,
    /// Money given for a year, by document (指标).
    pub sources: Vec<FundSource>,
    /// Main categories of projects (项目类别), with who judges them.
    pub categories: Vec<Category>,
    /// Departments that judge by what a project contains, whatever its category (按内容增加的审核单位).
    pub content_reviews: Vec<ContentReview>,
    /// What a township judges (乡镇审核).
    pub township: TownshipReview,
    /// What an expert of a panel must answer (专家论证要点).
    pub expert_questions: Vec<Question>,
    /// Public holidays and shifted workdays (节假日安排).
    pub calendar: Calendar,
    /// The notice of each year that the pack has the calendar of (放假通知文号).
    pub notices: BTreeMap<i32, String>,
    /// Which duties one person may not both have in a project (不相容岗位).
    pub exclusions: Arc<Exclusions>,
    /// The fiscal years that the pack serves (预算年度).
    pub fiscal_years: RangeInclusive<i32>,
    /// The rules of each of those years.
    pub rules: BTreeMap<i32, Arc<YearRules>>,
    /// The same with the years for which each stands, in order of code and year (规则库).
    pub rule_book: Vec<RuleSpan>,
}

/// The county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct County {
    /// Its division code.
    pub division: Division,
    /// Chinese name.
    pub name: String,
    /// English name.
    pub name_en: String,
}

/// A division with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DivisionEntry {
    /// Its 12-digit code.
    pub code: Division,
    /// Chinese name.
    pub name: String,
    /// Whether the code or the name is invented until the county gives the true one.
    pub placeholder: bool,
}

/// An organisation with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its code.
    pub code: OrgCode,
    /// Chinese name.
    pub name: String,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Unified id (统一身份标识).
    pub id: PersonId,
    /// Name.
    pub name: String,
    /// Name to sign in with.
    pub account: String,
    /// Posts held.
    pub posts: Vec<Post>,
    /// Interests declared (利害关系申报): codes of organisations, or names of operators.
    pub interests: Vec<String>,
}

/// A kind of money that a project's budget may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceKind {
    /// Stable code: `LINK`, `ROAD`, `VILLAGE`.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// Whether it is public money (财政资金). Only public money comes by indicators.
    pub public: bool,
    /// Whether it is part of the integrated agriculture-related funds (涉农资金整合).
    pub integrated: bool,
    /// The levels that it is kept apart by (资金级次), such as `CENTRAL`; empty where it has none.
    pub sub_levels: Vec<String>,
}

/// Public money given for a year by one document (指标).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundSource {
    /// Code of its [`SourceKind`].
    pub code: String,
    /// Who gave it, where the kind is divided: `CENTRAL`, `PROVINCE`, `CITY` or `COUNTY` for `LINK`.
    pub sub_level: Option<String>,
    /// Chinese name.
    pub name: String,
    /// The department in charge.
    pub department: OrgCode,
    /// Document number (指标文号).
    pub document_no: String,
    /// Fiscal year.
    pub year: i32,
    /// How much.
    pub amount: Fen,
    /// Whether it is part of the integrated agriculture-related funds (涉农资金整合).
    pub integrated: bool,
}

/// A main category of projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Stable code, e.g. `INDUSTRY`.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// Its sub-types.
    pub sub_types: Vec<SubType>,
    /// The departments that judge it, in parallel.
    pub reviews: Vec<DepartmentReview>,
    /// Who accepts what was built (验收岗位): one of the departments that judge it.
    pub acceptance: Post,
}

impl Category {
    /// The sub-type of that code.
    #[must_use]
    pub fn sub_type(&self, code: &str) -> Option<&SubType> {
        self.sub_types.iter().find(|sub_type| sub_type.code == code)
    }
}

/// A sub-type of projects (项目子类型).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubType {
    /// Stable code, unique in its category.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// Whether the village must bear its share of construction (R-2080, 自主经营新产业).
    pub village_share: bool,
    /// Whether a market entity operates it, so that due diligence is needed from an amount on (R-DD, 尽职调查).
    pub due_diligence: bool,
}

/// A department's part in judging a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepartmentReview {
    /// The post that judges.
    pub post: Post,
    /// What it must answer.
    pub questions: Vec<Question>,
    /// The sections of the application that it judges, of [`SECTIONS`]; all when empty.
    pub sections: Vec<String>,
}

/// Sections of an application (申报书章节) by which a department's part is described. `other` is what no other section
/// has; everyone judges it.
pub const SECTIONS: [&str; 15] = [
    "title",
    "category",
    "village",
    "place",
    "responsible_person",
    "operator",
    "items",
    "budget",
    "linkage",
    "performance_targets",
    "land_note",
    "environment_note",
    "schedule",
    "attachments",
    "other",
];

/// A department that judges every project with this content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentReview {
    /// Its part.
    pub review: DepartmentReview,
    /// Judges projects with money from one of these sources.
    pub sources: Vec<String>,
    /// Judges projects of these sub-types.
    pub sub_types: Vec<String>,
}

/// The township's part in judging an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TownshipReview {
    /// What it must answer.
    pub questions: Vec<Question>,
}

/// A question that a reviewer answers with yes or no, and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Unique in the pack, e.g. `rrb.linkage`.
    pub id: String,
    /// The question in Chinese.
    pub zh: String,
    /// The question in English.
    pub en: String,
    /// What stands behind asking it.
    pub standing: Standing,
    /// What a "no" means.
    pub no: NoMeans,
}

impl Pack {
    /// Reads and checks a pack from its files: name to text.
    ///
    /// # Errors
    /// Everything that is wrong, each with file and key. A file that can't be read as TOML of its form hides what
    /// else is wrong, for then the references between files mean nothing.
    pub fn parse(files: &BTreeMap<String, String>) -> Result<Self, Vec<PackError>> {
        let mut faults = Faults::default();
        let sheets = Sheets::read(files, &mut faults);
        let Some(sheets) = sheets.filter(|_| faults.is_empty()) else { return Err(faults.into_list()) };
        match sheets.check(version(files), &mut faults) {
            Some(pack) if faults.is_empty() => Ok(pack),
            _ => Err(faults.into_list()),
        }
    }

    /// The rules of a fiscal year, if the pack serves it.
    #[must_use]
    pub fn rules(&self, year: i32) -> Option<&Arc<YearRules>> {
        self.rules.get(&year)
    }

    /// The rules of a fiscal year that something is judged by.
    ///
    /// # Errors
    /// [`Common::NoRules`] when the pack doesn't serve the year.
    pub fn rules_of(&self, year: i32) -> Result<&Arc<YearRules>, Common> {
        self.rules(year).ok_or(Common::NoRules(year))
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

/// The files of a pack as they stand, each of its form, not yet checked.
struct Sheets {
    county: county::CountySheet,
    divisions: county::DivisionSheet,
    organisations: county::OrganisationSheet,
    persons: persons::PersonSheet,
    sources: sources::SourceSheet,
    questions: categories::QuestionSheet,
    departments: categories::DepartmentSheet,
    categories: categories::CategorySheet,
    rules: rule_book::RuleSheet,
    calendar: holidays::CalendarSheet,
    duties: duties::DutySheet,
}

impl Sheets {
    fn read(files: &BTreeMap<String, String>, faults: &mut Faults) -> Option<Self> {
        faults.refuse_unknown_files(files);
        // Every file is read before any is given up, so that all their faults are said at once.
        let county = faults.read(files, county::COUNTY);
        let divisions = faults.read(files, county::DIVISIONS);
        let organisations = faults.read(files, county::ORGANISATIONS);
        let persons = faults.read(files, persons::PERSONS);
        let sources = faults.read(files, sources::SOURCES);
        let questions = faults.read(files, categories::QUESTIONS);
        let departments = faults.read(files, categories::DEPARTMENTS);
        let categories = faults.read(files, categories::CATEGORIES);
        let rules = faults.read(files, rule_book::RULES);
        let calendar = faults.read(files, holidays::CALENDAR);
        let duties = faults.read(files, duties::DUTIES);
        Some(Self {
            county: county?,
            divisions: divisions?,
            organisations: organisations?,
            persons: persons?,
            sources: sources?,
            questions: questions?,
            departments: departments?,
            categories: categories?,
            rules: rules?,
            calendar: calendar?,
            duties: duties?,
        })
    }

    fn check(self, version: String, faults: &mut Faults) -> Option<Pack> {
        let county = self.county.check(faults);
        let fiscal_years = self.county.years(faults);
        let divisions = self.divisions.check(county.as_ref(), faults);
        let organisations = self.organisations.check(&divisions, faults);
        let persons = self.persons.check(&organisations, faults);
        let (source_kinds, sources) = self.sources.check(&organisations, fiscal_years.as_ref(), faults);
        let questions = self.questions.check(faults);
        let judges = self.departments.check(&questions, &persons, &source_kinds, faults);
        let categories = self.categories.check(&judges, faults);
        let (rules, rule_book) = self.rules.check(fiscal_years.as_ref(), faults);
        let calendar = self.calendar.check(faults);
        let exclusions = Arc::new(self.duties.check(faults));
        Some(Pack {
            version,
            county: county?,
            divisions,
            organisations,
            persons,
            source_kinds,
            sources,
            categories,
            content_reviews: judges.by_content,
            township: judges.township,
            expert_questions: judges.expert_questions,
            calendar: calendar?,
            notices: self.calendar.notices(),
            exclusions,
            fiscal_years: fiscal_years?,
            rules,
            rule_book,
        })
    }
}

/// Follows from the files' names and texts alone.
fn version(files: &BTreeMap<String, String>) -> String {
    // Length before text: no two sets of files read alike.
    let whole: String = files.iter().map(|(name, text)| format!("{name} {}\n{text}", text.len())).collect();
    sha256_hex(whole.as_bytes())
}
