//! `questions.toml`, `departments.toml`, `categories.toml`: who judges which projects, and what they must answer.
//!
//! Each category is judged by the revitalization bureau, the finance bureau and at least one sector department, and
//! every department asked has someone in its post. Each question says what a "no" means; departments ask at least one whose
//! no calls for experts on law, one on technique and one on policy.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Category, ContentReview, DepartmentReview, Person, Question, SECTIONS, SourceKind, SubType, TownshipReview,
    fault::{Faults, Sheet, set_of},
    persons::PERSONS,
    sources::SOURCES,
};
use crate::{Post, Role, decision::NoMeans, rules::Standing};

pub(super) const QUESTIONS: &str = "questions.toml";
pub(super) const DEPARTMENTS: &str = "departments.toml";
pub(super) const CATEGORIES: &str = "categories.toml";

/// Questions by their id.
type Catalogue = BTreeMap<String, Question>;
/// Departments by their short code.
type Departments = BTreeMap<String, DepartmentReview>;

/// All who judge, before categories pick among the departments.
pub(super) struct Judges {
    departments: Departments,
    pub(super) by_content: Vec<ContentReview>,
    pub(super) township: TownshipReview,
    pub(super) expert_questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionSheet {
    questions: Vec<QuestionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionRow {
    id: String,
    zh: String,
    en: String,
    standing: Standing,
    no: NoMeans,
}

impl QuestionSheet {
    pub(super) fn check(self, faults: &mut Faults) -> Catalogue {
        let mut sheet = faults.of(QUESTIONS);
        for (at, row) in self.questions.iter().enumerate() {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '_';
            if !(1..=64).contains(&row.id.len()) || !row.id.chars().all(allowed) {
                let en = format!("{:?} is no question id (1-64 of a-z, 0-9, '.', _)", row.id);
                sheet.add(format!("questions[{at}].id"), "问题标识不正确", en);
            }
            sheet.named(format!("questions[{at}].zh"), &row.zh);
            sheet.named(format!("questions[{at}].en"), &row.en);
        }
        sheet.no_repeats(self.questions.iter().enumerate().map(|(at, row)| (format!("questions[{at}].id"), &row.id)));
        let question = |QuestionRow { id, zh, en, standing, no }| (id.clone(), Question { id, zh, en, standing, no });
        self.questions.into_iter().map(question).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepartmentSheet {
    township: AskedRow,
    experts: Option<AskedRow>,
    departments: Vec<DepartmentRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedRow {
    questions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentRow {
    code: String,
    post: String,
    questions: Vec<String>,
    #[serde(default)]
    sections: Vec<String>,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    sub_types: Vec<String>,
}

impl DepartmentSheet {
    pub(super) fn check(
        &self,
        catalogue: &Catalogue,
        persons: &[Person],
        source_kinds: &[SourceKind],
        faults: &mut Faults,
    ) -> Judges {
        let mut sheet = faults.of(DEPARTMENTS);
        let questions = pick("township.questions", &self.township.questions, catalogue, &mut sheet);
        let experts =
            self.experts.iter().flat_map(|row| pick("experts.questions", &row.questions, catalogue, &mut sheet));
        let expert_questions: Vec<Question> = experts.collect();
        // Nobody above the panel would hear that call, and the township's answers stay below the county.
        for (key, asked) in [("township.questions", &questions), ("experts.questions", &expert_questions)] {
            for question in asked.iter().filter(|question| question.no.calls_experts()) {
                let zh = format!("“{}”的否定答复须组织论证({}),只能由县级部门作答", question.id, question.no.code());
                let en = format!("a no to {:?} calls for experts, which only a county department can do", question.id);
                sheet.add(key, zh, en);
            }
        }
        let mut by_content = Vec::new();
        let held = set_of(persons.iter().flat_map(|person| &person.posts));
        let mut departments = Departments::new();
        for (at, row) in self.departments.iter().enumerate() {
            let key = format!("departments[{at}]");
            sheet.code(format!("{key}.code"), &row.code);
            let questions = pick(&format!("{key}.questions"), &row.questions, catalogue, &mut sheet);
            let post = sheet.take(format!("{key}.post"), "岗位格式不正确,应为 角色@单位", row.post.parse::<Post>());
            let Some(post) = post else { continue };
            if !held.contains(&post) {
                let zh = format!("{PERSONS} 中无人担任 {post}");
                sheet.add(format!("{key}.post"), zh, format!("nobody in {PERSONS} holds {post}"));
            }
            row.check_content(&key, source_kinds, &mut sheet);
            let review = DepartmentReview { post, questions, sections: row.sections.clone() };
            departments.insert(row.code.clone(), review.clone());
            if !(row.sources.is_empty() && row.sub_types.is_empty()) {
                let (sources, sub_types) = (row.sources.clone(), row.sub_types.clone());
                by_content.push(ContentReview { review, sources, sub_types });
            }
        }
        let codes = self.departments.iter().enumerate().map(|(at, row)| (format!("departments[{at}].code"), &row.code));
        sheet.no_repeats(codes);
        let posts = self.departments.iter().enumerate().map(|(at, row)| (format!("departments[{at}].post"), &row.post));
        sheet.no_repeats(posts);
        let asked = || departments.values().flat_map(|department| &department.questions);
        for meaning in NoMeans::EXPERT.into_iter().filter(|meaning| !asked().any(|question| question.no == *meaning)) {
            let zh = format!("没有部门问题的否定答复为 {}({})", meaning.code(), meaning.zh());
            let en = format!("no department asks a question of which a no means {}", meaning.code());
            sheet.add("departments", zh, en);
        }
        Judges { departments, by_content, township: TownshipReview { questions }, expert_questions }
    }
}

impl DepartmentRow {
    /// Its sections and sources exist. Its sub-types are checked with the categories, which have them.
    fn check_content(&self, key: &str, source_kinds: &[SourceKind], sheet: &mut Sheet<'_>) {
        for (nth, section) in self.sections.iter().enumerate() {
            if !SECTIONS.contains(&section.as_str()) {
                let en = format!("{section:?} is no section of an application: {}", SECTIONS.join(", "));
                sheet.add(format!("{key}.sections[{nth}]"), format!("申报书没有章节“{section}”"), en);
            }
        }
        for (nth, source) in self.sources.iter().enumerate() {
            if !source_kinds.iter().any(|kind| kind.code == *source) {
                sheet.dangling(format!("{key}.sources[{nth}]"), source, SOURCES);
            }
        }
    }
}

fn pick(key: &str, ids: &[String], catalogue: &Catalogue, sheet: &mut Sheet<'_>) -> Vec<Question> {
    sheet.not_empty(key, ids);
    sheet.no_repeats(ids.iter().enumerate().map(|(nth, id)| (format!("{key}[{nth}]"), id)));
    let mut questions = Vec::new();
    for (nth, id) in ids.iter().enumerate() {
        match catalogue.get(id) {
            Some(question) => questions.push(question.clone()),
            None => sheet.dangling(format!("{key}[{nth}]"), id, QUESTIONS),
        }
    }
    questions
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategorySheet {
    categories: Vec<CategoryRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryRow {
    code: String,
    name: String,
    reviews: Vec<String>,
    acceptance: String,
    sub_types: Vec<SubTypeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubTypeRow {
    code: String,
    name: String,
    #[serde(default)]
    village_share: bool,
    #[serde(default)]
    due_diligence: bool,
}

impl CategorySheet {
    pub(super) fn check(self, judges: &Judges, faults: &mut Faults) -> Vec<Category> {
        let mut sheet = faults.of(DEPARTMENTS);
        let known = set_of(self.categories.iter().flat_map(|row| &row.sub_types).map(|sub_type| &sub_type.code));
        for by_content in &judges.by_content {
            for code in by_content.sub_types.iter().filter(|code| !known.contains(code)) {
                sheet.dangling(format!("{}.sub_types", by_content.review.post), code, CATEGORIES);
            }
        }
        let mut sheet = faults.of(CATEGORIES);
        sheet.not_empty("categories", &self.categories);
        let codes = self.categories.iter().enumerate().map(|(at, row)| (format!("categories[{at}].code"), &row.code));
        sheet.no_repeats(codes);
        let rows = self.categories.into_iter().enumerate();
        rows.filter_map(|(at, row)| row.check(&format!("categories[{at}]"), &judges.departments, &mut sheet)).collect()
    }
}

impl CategoryRow {
    fn check(self, key: &str, departments: &Departments, sheet: &mut Sheet<'_>) -> Option<Category> {
        sheet.code(format!("{key}.code"), &self.code);
        sheet.named(format!("{key}.name"), &self.name);
        sheet.not_empty(format!("{key}.sub_types"), &self.sub_types);
        for (nth, sub_type) in self.sub_types.iter().enumerate() {
            sheet.code(format!("{key}.sub_types[{nth}].code"), &sub_type.code);
            sheet.named(format!("{key}.sub_types[{nth}].name"), &sub_type.name);
        }
        let codes = self.sub_types.iter().enumerate();
        sheet.no_repeats(codes.map(|(nth, sub_type)| (format!("{key}.sub_types[{nth}].code"), &sub_type.code)));

        let reviews_key = format!("{key}.reviews");
        sheet.no_repeats(self.reviews.iter().enumerate().map(|(nth, code)| (format!("{reviews_key}[{nth}]"), code)));
        let mut reviews = Vec::new();
        for (nth, code) in self.reviews.iter().enumerate() {
            match departments.get(code) {
                Some(review) => reviews.push(review.clone()),
                None => sheet.dangling(format!("{reviews_key}[{nth}]"), code, DEPARTMENTS),
            }
        }
        for role in [Role::RevitalizationBureau, Role::FinanceBureau, Role::SectorDepartment] {
            if !reviews.iter().any(|review| review.post.role == role) {
                sheet.add(&reviews_key, format!("缺少{}({role})", role.zh()), format!("no {role} judges it"));
            }
        }
        let sub_type = |SubTypeRow { code, name, village_share, due_diligence }| SubType {
            code,
            name,
            village_share,
            due_diligence,
        };
        let acceptance = accepts(&format!("{key}.acceptance"), &self.acceptance, &self.reviews, departments, sheet);
        Some(Category {
            code: self.code,
            name: self.name,
            sub_types: self.sub_types.into_iter().map(sub_type).collect(),
            reviews,
            acceptance: acceptance?,
        })
    }
}

/// The post that accepts what a category builds: of a department that judges it, and not of the one that pays.
fn accepts(
    key: &str,
    code: &str,
    reviews: &[String],
    departments: &Departments,
    sheet: &mut Sheet<'_>,
) -> Option<Post> {
    let Some(department) = departments.get(code) else {
        sheet.dangling(key, code, DEPARTMENTS);
        return None;
    };
    if !reviews.iter().any(|review| review == code) {
        let en = format!("{code:?} does not judge this category, so it can't accept what it builds");
        sheet.add(key, format!("验收单位“{code}”不在该类别的审核单位之列"), en);
    }
    if department.post.role == Role::FinanceBureau {
        sheet.add(key, "财政部门负责支付,不得作为验收单位", "the finance bureau pays, so it does not accept");
    }
    Some(department.post.clone())
}

#[cfg(test)]
mod tests {
    use crate::{
        Pack,
        pack::example::{files, refused},
    };

    #[test]
    fn questions_have_ids_of_their_own_and_both_languages() {
        refused("questions.toml", "\"rrb.fit\"", "\"t.true\"", "questions[1].id", "questions[0].id");
        refused("questions.toml", "\"Fit?\"", "\"\"", "questions[1].en", "empty");
        refused("questions.toml", "\"rrb.fit\"", "\"rrb fit\"", "questions[1].id", "no question id");
        refused("questions.toml", "standing = \"known\"", "standing = \"sure\"", "line 3, column", "sure");
    }

    #[test]
    fn c30_each_question_says_what_a_no_means_and_experts_can_be_called_for_each_matter() {
        refused("questions.toml", ", no = \"BLOCKS\"", "", "line 2, column", "no");
        refused("questions.toml", "\"BLOCKS\"", "\"STOPS\"", "line 2, column", "STOPS");
        for (line, meaning) in ["EXPERT_POLICY", "EXPERT_LEGAL", "EXPERT_TECHNICAL"].into_iter().enumerate() {
            let known = format!("no = \"{meaning}\"");
            let errors = crate::pack::example::broken("questions.toml", &known, "no = \"NOTE\"");
            let [error] = &errors[..] else { panic!("{line}: {errors:#?}") };
            assert_eq!((error.file.as_str(), error.key.as_str()), ("departments.toml", "departments"));
            assert!(error.en.contains(meaning), "{}", error.en);
        }
        let errors = crate::pack::example::broken("questions.toml", "no = \"BLOCKS\"", "no = \"EXPERT_LEGAL\"");
        assert_eq!(errors.first().map(|error| error.key.as_str()), Some("township.questions"));
    }

    #[test]
    fn departments_ask_known_questions_and_have_someone_in_the_post() {
        refused("departments.toml", "[\"rrb.fit\"]", "[\"rrb.fat\"]", "departments[0].questions[0]", "questions.toml");
        refused("departments.toml", "[\"t.true\"]", "[]", "township.questions", "at least one");
        refused("departments.toml", "code = \"FIN\"", "code = \"RRB\"", "departments[1].code", "departments[0].code");
        let post = "\"C-SEC@110101000000-AGR\"";
        refused("departments.toml", post, "\"C-SEC@110101000000-RRB\"", "departments[2].post", "nobody");
        refused("departments.toml", post, "\"AGR\"", "departments[2].post", "role@organisation");
    }

    #[test]
    fn what_a_department_judges_is_known() {
        let row = "questions = [\"rrb.fit\"]";
        let with = |more: &str| format!("{row}, {more}");
        refused("departments.toml", row, &with("sections = [\"titel\"]"), "departments[0].sections[0]", "titel");
        refused("departments.toml", row, &with("sources = [\"GOLD\"]"), "departments[0].sources[0]", "sources.toml");
        refused("departments.toml", row, &with("sub_types = [\"NONE\"]"), "sub_types", "categories.toml");
        let township = "township = { questions = [\"t.true\"] }";
        let experts = format!("{township}\nexperts = {{ questions = [\"none\"] }}");
        refused("departments.toml", township, &experts, "experts.questions[0]", "questions.toml");
    }

    #[test]
    fn content_calls_more_departments_and_each_once() {
        let mut files = files();
        let text = files.get_mut("departments.toml").expect("the example has it");
        let law = "{ code = \"LAW\", post = \"C-LG@110101000000\", questions = [\"sec.science\"], sources = [\"ROAD\"], \
                   sub_types = [\"OLD\"] },\n]";
        *text = text.trim_end().strip_suffix(']').expect("a list").to_owned() + law;
        let pack = Pack::parse(&files).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let count = |category: &str, sub_type: &str, sources: &[&str]| pack.reviews(category, sub_type, sources).len();
        assert_eq!(count("INDUSTRY", "NEW", &["LINK"]), 3);
        assert_eq!(count("INDUSTRY", "NEW", &["LINK", "ROAD"]), 4);
        assert_eq!(count("INDUSTRY", "OLD", &["LINK", "ROAD"]), 4, "once");
        assert_eq!(count("NONE", "OLD", &["ROAD"]), 0, "an unknown category is judged by nobody");
    }

    #[test]
    fn a_category_is_judged_by_both_bureaus_and_a_sector_department() {
        let all = "[\"RRB\", \"FIN\", \"AGR\"]";
        refused("categories.toml", all, "[\"RRB\", \"FIN\"]", "categories[0].reviews", "no C-SEC");
        refused("categories.toml", all, "[\"FIN\", \"AGR\"]", "categories[0].reviews", "no C-RRB");
        refused("categories.toml", all, "[\"RRB\", \"FIN\", \"AGR\", \"LAW\"]", "categories[0].reviews[3]", "LAW");
        let named = "acceptance = \"AGR\"";
        refused("categories.toml", named, "acceptance = \"NON\"", "categories[0].acceptance", "departments.toml");
        refused("categories.toml", named, "acceptance = \"FIN\"", "categories[0].acceptance", "pays");
        refused(
            "categories.toml",
            &format!("\"AGR\"]\n{named}"),
            &format!("]\n{named}"),
            "categories[0].acceptance",
            "judge",
        );
        refused("categories.toml", "\"OLD\"", "\"NEW\"", "categories[0].sub_types[1].code", "sub_types[0].code");
    }
}
