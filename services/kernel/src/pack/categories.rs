//! `questions.toml`, `departments.toml`, `categories.toml`: who judges which projects, and what they must answer.
//!
//! Each category is judged by the revitalization bureau, the finance bureau and at least one sector department, and
//! every department asked has someone in its post.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Category, DepartmentReview, Person, Question, SubType, TownshipReview,
    fault::{Faults, Sheet, set_of},
    persons::PERSONS,
};
use crate::{Post, Role, rules::Standing};

pub(super) const QUESTIONS: &str = "questions.toml";
pub(super) const DEPARTMENTS: &str = "departments.toml";
pub(super) const CATEGORIES: &str = "categories.toml";

/// Questions by their id.
type Catalogue = BTreeMap<String, Question>;
/// Departments by their short code.
type Departments = BTreeMap<String, DepartmentReview>;

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
        let question = |QuestionRow { id, zh, en, standing }| (id.clone(), Question { id, zh, en, standing });
        self.questions.into_iter().map(question).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepartmentSheet {
    township: TownshipRow,
    departments: Vec<DepartmentRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TownshipRow {
    questions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentRow {
    code: String,
    post: String,
    questions: Vec<String>,
}

impl DepartmentSheet {
    pub(super) fn check(
        &self,
        catalogue: &Catalogue,
        persons: &[Person],
        faults: &mut Faults,
    ) -> (Departments, TownshipReview) {
        let mut sheet = faults.of(DEPARTMENTS);
        let questions = pick("township.questions", &self.township.questions, catalogue, &mut sheet);
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
            departments.insert(row.code.clone(), DepartmentReview { post, questions });
        }
        let codes = self.departments.iter().enumerate().map(|(at, row)| (format!("departments[{at}].code"), &row.code));
        sheet.no_repeats(codes);
        let posts = self.departments.iter().enumerate().map(|(at, row)| (format!("departments[{at}].post"), &row.post));
        sheet.no_repeats(posts);
        (departments, TownshipReview { questions })
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
    sub_types: Vec<SubTypeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubTypeRow {
    code: String,
    name: String,
    #[serde(default)]
    village_share: bool,
}

impl CategorySheet {
    pub(super) fn check(self, departments: &Departments, faults: &mut Faults) -> Vec<Category> {
        let mut sheet = faults.of(CATEGORIES);
        sheet.not_empty("categories", &self.categories);
        let codes = self.categories.iter().enumerate().map(|(at, row)| (format!("categories[{at}].code"), &row.code));
        sheet.no_repeats(codes);
        let rows = self.categories.into_iter().enumerate();
        rows.map(|(at, row)| row.check(&format!("categories[{at}]"), departments, &mut sheet)).collect()
    }
}

impl CategoryRow {
    fn check(self, key: &str, departments: &Departments, sheet: &mut Sheet<'_>) -> Category {
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
        let sub_type = |SubTypeRow { code, name, village_share }| SubType { code, name, village_share };
        Category {
            code: self.code,
            name: self.name,
            sub_types: self.sub_types.into_iter().map(sub_type).collect(),
            reviews,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pack::example::refused;

    #[test]
    fn questions_have_ids_of_their_own_and_both_languages() {
        refused("questions.toml", "\"rrb.fit\"", "\"t.true\"", "questions[1].id", "questions[0].id");
        refused("questions.toml", "\"Fit?\"", "\"\"", "questions[1].en", "empty");
        refused("questions.toml", "\"rrb.fit\"", "\"rrb fit\"", "questions[1].id", "no question id");
        refused("questions.toml", "standing = \"known\"", "standing = \"sure\"", "line 3, column", "sure");
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
    fn a_category_is_judged_by_both_bureaus_and_a_sector_department() {
        let all = "[\"RRB\", \"FIN\", \"AGR\"]";
        refused("categories.toml", all, "[\"RRB\", \"FIN\"]", "categories[0].reviews", "no C-SEC");
        refused("categories.toml", all, "[\"FIN\", \"AGR\"]", "categories[0].reviews", "no C-RRB");
        refused("categories.toml", all, "[\"RRB\", \"FIN\", \"AGR\", \"LAW\"]", "categories[0].reviews[3]", "LAW");
        refused("categories.toml", "\"OLD\"", "\"NEW\"", "categories[0].sub_types[1].code", "sub_types[0].code");
    }
}
