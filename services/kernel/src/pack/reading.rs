//! Reads the files of a pack and checks that they fit each other. Collects every fault before it gives up.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::{
    Category, County, DepartmentReview, DivisionEntry, FundSource, Organisation, Pack, PackError, Person, Question,
    SourceKind, SubType, TownshipReview, files, rules_file,
};
use crate::{Calendar, Division, Fen, OrgCode, PersonId, Post, calendar::BadCalendar};

/// The files of a pack; every one is needed, and there are no others.
const FILES: [&str; 9] = [
    "calendar.toml",
    "categories.toml",
    "county.toml",
    "departments.toml",
    "divisions.toml",
    "organisations.toml",
    "persons.toml",
    "rules.toml",
    "sources.toml",
];

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<PackError>);

impl Faults {
    pub(super) fn add(&mut self, file: &str, key: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(PackError { file: file.to_owned(), key: key.into(), zh: zh.into(), en: en.into() });
    }

    fn parse<T>(&mut self, file: &str, key: &str, text: &str) -> Option<T>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        text.parse().map_err(|error| self.add(file, key, format!("“{text}”格式不正确"), format!("{error}"))).ok()
    }

    /// Each key once: names the second place where one stands.
    fn unique<'a>(&mut self, file: &str, table: &str, key: &str, values: impl IntoIterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (row, value) in values.into_iter().enumerate() {
            if !seen.insert(value) {
                self.add(
                    file,
                    format!("{table}[{row}].{key}"),
                    format!("“{value}”重复"),
                    format!("{value:?} stands there twice"),
                );
            }
        }
    }
}

/// See [`Pack::parse`].
pub(super) fn read(texts: &BTreeMap<String, String>) -> Result<Pack, Vec<PackError>> {
    let mut faults = Faults::default();
    for name in texts.keys().filter(|name| !FILES.contains(&name.as_str())) {
        faults.add(name, "-", "不是县级配置包的文件", "is no file of a county pack");
    }
    let county = file::<files::CountyFile>(texts, "county.toml", &mut faults);
    let divisions = file::<files::DivisionsFile>(texts, "divisions.toml", &mut faults);
    let organisations = file::<files::OrganisationsFile>(texts, "organisations.toml", &mut faults);
    let persons = file::<files::PersonsFile>(texts, "persons.toml", &mut faults);
    let sources = file::<files::SourcesFile>(texts, "sources.toml", &mut faults);
    let departments = file::<files::DepartmentsFile>(texts, "departments.toml", &mut faults);
    let categories = file::<files::CategoriesFile>(texts, "categories.toml", &mut faults);
    let rules = file::<files::RulesFile>(texts, "rules.toml", &mut faults);
    let calendar = file::<files::CalendarFile>(texts, "calendar.toml", &mut faults);
    let (
        Some(county),
        Some(divisions),
        Some(organisations),
        Some(persons),
        Some(sources),
        Some(departments),
        Some(categories),
        Some(rules),
        Some(calendar),
    ) = (county, divisions, organisations, persons, sources, departments, categories, rules, calendar)
    else {
        return Err(faults.0);
    };

    let fiscal_years = county.first_fiscal_year..=county.last_fiscal_year;
    if fiscal_years.is_empty() {
        faults.add("county.toml", "last_fiscal_year", "早于 first_fiscal_year", "lies before first_fiscal_year");
    }
    let divisions = read_divisions(divisions, county.division, &mut faults);
    let organisations = read_organisations(organisations, &divisions, &mut faults);
    let persons = read_persons(persons, &organisations, &mut faults);
    let (source_kinds, sources) = read_sources(sources, &organisations, &mut faults);
    let (township, departments) = read_departments(departments, &organisations, &mut faults);
    let categories = read_categories(categories, &departments, &mut faults);
    let rules = rules_file::read(rules, fiscal_years.clone(), &mut faults);
    let calendar = read_calendar(calendar, &mut faults);
    if !faults.0.is_empty() {
        return Err(faults.0);
    }
    let county = County { division: county.division, name: county.name, name_en: county.name_en };
    Ok(Pack {
        county,
        divisions,
        organisations,
        persons,
        source_kinds,
        sources,
        categories,
        township,
        calendar,
        fiscal_years,
        rules,
    })
}

fn file<T: DeserializeOwned>(texts: &BTreeMap<String, String>, name: &str, faults: &mut Faults) -> Option<T> {
    let Some(text) = texts.get(name) else {
        faults.add(name, "-", "缺少该文件", "the file is missing");
        return None;
    };
    toml::from_str(text)
        .map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            faults.add(name, format!("line {line}"), "格式不正确", error.message());
        })
        .ok()
}

fn read_divisions(file: files::DivisionsFile, county: Division, faults: &mut Faults) -> Vec<DivisionEntry> {
    const FILE: &str = "divisions.toml";
    faults.unique(FILE, "division", "code", file.division.iter().map(|row| row.code.as_str()));
    let codes: BTreeSet<Division> = file.division.iter().map(|row| row.code).collect();
    if !codes.contains(&county) {
        faults.add(
            "county.toml",
            "division",
            format!("{county} 不在 divisions.toml 中"),
            format!("{county} is not in divisions.toml"),
        );
    }
    for (row, entry) in file.division.iter().enumerate() {
        let key = format!("division[{row}].code");
        if !county.contains(entry.code) {
            faults.add(
                FILE,
                key,
                format!("{} 不属于本县", entry.code),
                format!("{} lies outside the county", entry.code),
            );
        } else if !codes.contains(&entry.code.township()) {
            faults.add(
                FILE,
                key,
                format!("{} 缺少所属乡镇", entry.code),
                format!("the township of {} is missing", entry.code),
            );
        }
    }
    let entry =
        |row: files::DivisionRow| DivisionEntry { code: row.code, name: row.name, placeholder: row.placeholder };
    file.division.into_iter().map(entry).collect()
}

fn read_organisations(
    file: files::OrganisationsFile,
    divisions: &[DivisionEntry],
    faults: &mut Faults,
) -> Vec<Organisation> {
    const FILE: &str = "organisations.toml";
    let codes: Vec<String> = file.organisation.iter().map(|row| row.code.to_string()).collect();
    faults.unique(FILE, "organisation", "code", codes.iter().map(String::as_str));
    for (row, organisation) in file.organisation.iter().enumerate() {
        if !divisions.iter().any(|entry| entry.code == organisation.code.division()) {
            let code = &organisation.code;
            faults.add(
                FILE,
                format!("organisation[{row}].code"),
                format!("{code} 的区划不在 divisions.toml 中"),
                format!("the division of {code} is not in divisions.toml"),
            );
        }
    }
    file.organisation.into_iter().map(|row| Organisation { code: row.code, name: row.name }).collect()
}

fn read_persons(file: files::PersonsFile, organisations: &[Organisation], faults: &mut Faults) -> Vec<Person> {
    const FILE: &str = "persons.toml";
    faults.unique(FILE, "person", "id", file.person.iter().map(|row| row.id.as_str()));
    faults.unique(FILE, "person", "account", file.person.iter().map(|row| row.account.as_str()));
    let mut persons = Vec::new();
    for (row, person) in file.person.into_iter().enumerate() {
        let mut posts = Vec::new();
        for (nth, text) in person.posts.iter().enumerate() {
            posts.extend(post(FILE, &format!("person[{row}].posts[{nth}]"), text, organisations, faults));
        }
        persons.push(Person { id: PersonId(person.id), name: person.name, account: person.account, posts });
    }
    persons
}

fn post(file: &str, key: &str, text: &str, organisations: &[Organisation], faults: &mut Faults) -> Option<Post> {
    let post: Post = faults.parse(file, key, text)?;
    if !known(organisations, &post.org) {
        faults.add(
            file,
            key,
            format!("单位 {} 不在 organisations.toml 中", post.org),
            format!("{} is not in organisations.toml", post.org),
        );
        return None;
    }
    Some(post)
}

fn known(organisations: &[Organisation], code: &OrgCode) -> bool {
    organisations.iter().any(|organisation| organisation.code == *code)
}

fn read_sources(
    file: files::SourcesFile,
    organisations: &[Organisation],
    faults: &mut Faults,
) -> (Vec<SourceKind>, Vec<FundSource>) {
    const FILE: &str = "sources.toml";
    faults.unique(FILE, "kind", "code", file.kind.iter().map(|row| row.code.as_str()));
    let mut sources = Vec::new();
    for (row, indicator) in file.indicator.into_iter().enumerate() {
        let key = |field: &str| format!("indicator[{row}].{field}");
        if !file.kind.iter().any(|kind| kind.public && kind.code == indicator.source) {
            faults.add(
                FILE,
                key("source"),
                format!("{} 不是财政资金来源", indicator.source),
                format!("{} is no public kind", indicator.source),
            );
        }
        if !known(organisations, &indicator.department) {
            let code = &indicator.department;
            faults.add(
                FILE,
                key("department"),
                format!("单位 {code} 不在 organisations.toml 中"),
                format!("{code} is not in organisations.toml"),
            );
        }
        let amount = Fen::parse_yuan(&indicator.amount)
            .map_err(|error| faults.add(FILE, key("amount"), error.zh(), error.to_string()));
        sources.push(FundSource {
            code: indicator.source,
            sub_level: indicator.sub_level,
            name: indicator.name,
            department: indicator.department,
            document_no: indicator.document_no,
            year: indicator.year,
            amount: amount.unwrap_or_default(),
        });
    }
    let kinds = file.kind.into_iter().map(|row| SourceKind { code: row.code, name: row.name, public: row.public });
    (kinds.collect(), sources)
}

fn read_departments(
    file: files::DepartmentsFile,
    organisations: &[Organisation],
    faults: &mut Faults,
) -> (TownshipReview, Vec<DepartmentReview>) {
    const FILE: &str = "departments.toml";
    faults.unique(FILE, "township.question", "id", file.township.question.iter().map(|row| row.id.as_str()));
    faults.unique(FILE, "department", "post", file.department.iter().map(|row| row.post.as_str()));
    let mut departments = Vec::new();
    for (row, department) in file.department.into_iter().enumerate() {
        faults.unique(
            FILE,
            &format!("department[{row}].question"),
            "id",
            department.question.iter().map(|row| row.id.as_str()),
        );
        if let Some(post) = post(FILE, &format!("department[{row}].post"), &department.post, organisations, faults) {
            departments
                .push(DepartmentReview { post, questions: department.question.into_iter().map(question).collect() });
        }
    }
    (TownshipReview { questions: file.township.question.into_iter().map(question).collect() }, departments)
}

fn question(row: files::QuestionRow) -> Question {
    Question { id: row.id, zh: row.zh, en: row.en, standing: row.standing }
}

fn read_categories(
    file: files::CategoriesFile,
    departments: &[DepartmentReview],
    faults: &mut Faults,
) -> Vec<Category> {
    const FILE: &str = "categories.toml";
    faults.unique(FILE, "category", "code", file.category.iter().map(|row| row.code.as_str()));
    let mut categories = Vec::new();
    for (row, category) in file.category.into_iter().enumerate() {
        faults.unique(
            FILE,
            &format!("category[{row}].sub_type"),
            "code",
            category.sub_type.iter().map(|row| row.code.as_str()),
        );
        let mut reviews = Vec::new();
        for (nth, text) in category.departments.iter().enumerate() {
            let key = format!("category[{row}].departments[{nth}]");
            match departments.iter().find(|department| department.post.to_string() == *text) {
                Some(department) => reviews.push(department.clone()),
                None => faults.add(
                    FILE,
                    key,
                    format!("{text} 不在 departments.toml 中"),
                    format!("{text} is not in departments.toml"),
                ),
            }
        }
        if reviews.is_empty() {
            faults.add(FILE, format!("category[{row}].departments"), "至少需要一个审核部门", "somebody must judge it");
        }
        let sub_types = category.sub_type.into_iter();
        let sub_types =
            sub_types.map(|row| SubType { code: row.code, name: row.name, village_share: row.village_share });
        categories.push(Category { code: category.code, name: category.name, sub_types: sub_types.collect(), reviews });
    }
    categories
}

fn read_calendar(file: files::CalendarFile, faults: &mut Faults) -> Calendar {
    const FILE: &str = "calendar.toml";
    for (row, year) in file.year.iter().enumerate() {
        if year.notice.is_empty() {
            faults.add(FILE, format!("year[{row}].notice"), "缺少通知文号", "the State Council's notice is missing");
        }
        if let Some(stray) = year.off.iter().chain(&year.worked).find(|day| day.year() != year.year) {
            faults.add(
                FILE,
                format!("year[{row}]"),
                format!("{stray} 不在 {} 年内", year.year),
                format!("{stray} is not in {}", year.year),
            );
        }
    }
    let years: Vec<i32> = file.year.iter().map(|year| year.year).collect();
    let off = file.year.iter().flat_map(|year| year.off.iter().copied());
    let worked = file.year.iter().flat_map(|year| year.worked.iter().copied());
    Calendar::try_new(years, off, worked).unwrap_or_else(|error| {
        if let BadCalendar::Contradiction(day) = error {
            faults.add(FILE, "year", format!("{day} 既放假又上班"), error.to_string());
        }
        Calendar::default()
    })
}
