//! Who judges which projects, and what each is asked: categories, sources of money, questions.

use kernel::{
    Pack, Post,
    decision::Question as Asked,
    pack::{Category, ContentReview, DepartmentReview, Question, SourceKind, SubType},
    refusal::{Common, Violations},
};
use proto::directory::v1::{self as message, AskedQuestion, Judge, ListQuestionsRequest, ReviewStep, Source};
use translation::question;

use super::{Listing, judge, standing};

/// The categories, in the order of the pack.
pub fn categories(pack: &Pack) -> Listing<message::Category> {
    let category = |category: &Category| message::Category {
        code: category.code.clone(),
        display_name: category.name.clone(),
        sub_types: category.sub_types.iter().map(|sub_type| self::sub_type(pack, sub_type)).collect(),
        judges: category.reviews.iter().map(|review| judge(pack, review)).collect(),
        acceptance_post: category.acceptance.to_string(),
    };
    Listing::whole(pack.categories.iter().map(category))
}

fn sub_type(pack: &Pack, sub_type: &SubType) -> message::SubType {
    message::SubType {
        code: sub_type.code.clone(),
        display_name: sub_type.name.clone(),
        village_share: sub_type.village_share,
        due_diligence: sub_type.due_diligence,
        judges: called(pack, |review| review.sub_types.contains(&sub_type.code)),
    }
}

/// The sources of money, in the order of the pack.
pub fn sources(pack: &Pack) -> Listing<Source> {
    let source = |kind: &SourceKind| Source {
        code: kind.code.clone(),
        display_name: kind.name.clone(),
        public: kind.public,
        integrated: kind.integrated,
        sub_levels: kind.sub_levels.clone(),
        pays_ancillary: kind.pays_ancillary(),
        judges: called(pack, |review| review.sources.contains(&kind.code)),
    };
    Listing::whole(pack.source_kinds.iter().map(source))
}

fn called(pack: &Pack, by: impl Fn(&ContentReview) -> bool) -> Vec<Judge> {
    pack.content_reviews.iter().filter(|review| by(review)).map(|review| judge(pack, &review.review)).collect()
}

/// The questions that are asked for: the township's, then each department's, then the experts'.
///
/// # Errors
/// `POST` and `CATEGORY`, each at its field.
pub fn questions(pack: &Pack, asked: &ListQuestionsRequest) -> Result<Listing<AskedQuestion>, Common> {
    let ListQuestionsRequest { post, category, .. } = asked;
    let departments = departments(pack);
    let mut wrong = Violations::default();
    if !(post.is_empty() || departments.iter().any(|department| department.post.to_string() == *post)) {
        wrong.add("POST", "post", "不是审核单位的岗位", "is the post of no department that judges");
    }
    if !(category.is_empty() || pack.category(category).is_some()) {
        wrong.add("CATEGORY", "category", "没有此项目类别", "is no category of the county pack");
    }
    wrong.finish()?;
    let at = |step, questions: &[Question]| questions.iter().map(|one| question_at(step, one)).collect::<Vec<_>>();
    let of_departments = departments.iter().filter(|one| category.is_empty() || one.may_judge(pack, category));
    let step = asked.step();
    let items = at(ReviewStep::Township, &pack.township.questions)
        .into_iter()
        .chain(of_departments.flat_map(Department::questions))
        .chain(at(ReviewStep::Expert, &pack.expert_questions))
        .filter(|one| step == ReviewStep::Unspecified || one.step() == step)
        .filter(|one| post.is_empty() || one.post == *post)
        .collect();
    Ok(Listing { items, filter: format!("{};{post};{category}", step.as_str_name()) })
}

/// A department with all that calls it.
struct Department<'a> {
    post: &'a Post,
    questions: &'a [Question],
    categories: Vec<String>,
    sub_types: &'a [String],
    sources: &'a [String],
}

/// Each department once, in the order in which the pack's categories name them, then those that content alone calls.
fn departments(pack: &Pack) -> Vec<Department<'_>> {
    let mut departments: Vec<Department<'_>> = Vec::new();
    for category in &pack.categories {
        for review in &category.reviews {
            entry(&mut departments, review).categories.push(category.code.clone());
        }
    }
    for ContentReview { review, sources, sub_types } in &pack.content_reviews {
        let department = entry(&mut departments, review);
        (department.sources, department.sub_types) = (sources, sub_types);
    }
    departments
}

fn entry<'a, 'b>(departments: &'b mut Vec<Department<'a>>, review: &'a DepartmentReview) -> &'b mut Department<'a> {
    let DepartmentReview { post, questions, .. } = review;
    let at = departments.iter().position(|department| department.post == post).unwrap_or_else(|| {
        departments.push(Department { post, questions, categories: Vec::new(), sub_types: &[], sources: &[] });
        departments.len() - 1
    });
    &mut departments[at]
}

impl Department<'_> {
    /// Whether it may be asked about a project of that category: always, for a sub-type of it, or for a source of money.
    fn may_judge(&self, pack: &Pack, category: &str) -> bool {
        let of_its_sub_types = || {
            pack.category(category).is_some_and(|one| self.sub_types.iter().any(|code| one.sub_type(code).is_some()))
        };
        self.categories.iter().any(|code| code == category) || !self.sources.is_empty() || of_its_sub_types()
    }

    fn questions(&self) -> impl Iterator<Item = AskedQuestion> {
        self.questions.iter().map(|question| AskedQuestion {
            post: self.post.to_string(),
            categories: self.categories.clone(),
            sub_types: self.sub_types.to_vec(),
            sources: self.sources.to_vec(),
            ..question_at(ReviewStep::Department, question)
        })
    }
}

fn question_at(step: ReviewStep, question: &Question) -> AskedQuestion {
    AskedQuestion {
        step: step.into(),
        question: Some(question::to_message(&Asked::from(question))),
        expert: question.no.calls_experts(),
        standing: standing(question.standing).into(),
        ..AskedQuestion::default()
    }
}

#[cfg(test)]
mod tests {
    use proto::common::v1::NoMeans;
    use std::collections::BTreeSet;

    use kernel::Refusal as _;
    use runtime::testing::pack;

    use super::*;

    fn asked(step: ReviewStep, post: &str, category: &str) -> ListQuestionsRequest {
        let (post, category) = (post.to_owned(), category.to_owned());
        ListQuestionsRequest { step: step.into(), post, category, ..ListQuestionsRequest::default() }
    }

    fn of(request: &ListQuestionsRequest) -> Vec<AskedQuestion> {
        questions(&pack(), request).expect("sound").items
    }

    fn posts(questions: &[AskedQuestion]) -> BTreeSet<&str> {
        questions.iter().map(|question| question.post.as_str()).filter(|post| !post.is_empty()).collect()
    }

    #[test]
    fn what_a_department_is_asked_about_a_project_is_in_the_list_of_its_category() {
        let pack = pack();
        for category in &pack.categories {
            let listed = of(&asked(ReviewStep::Department, "", &category.code));
            let listed = posts(&listed);
            for sub_type in &category.sub_types {
                let sources: Vec<&str> = pack.source_kinds.iter().map(|kind| kind.code.as_str()).collect();
                for review in pack.reviews(&category.code, &sub_type.code, &sources) {
                    assert!(listed.contains(review.post.to_string().as_str()), "{} in {}", review.post, category.code);
                }
            }
        }
        // The law office judges what is entrusted, which only industry has.
        let law = "C-SEC@430921000000-LAW";
        assert!(posts(&of(&asked(ReviewStep::Unspecified, "", "INDUSTRY"))).contains(law));
        assert!(!posts(&of(&asked(ReviewStep::Unspecified, "", "GOVERNANCE"))).contains(law));
    }

    #[test]
    fn a_question_says_what_its_no_means_and_who_is_asked() {
        let of_law = of(&asked(ReviewStep::Unspecified, "C-SEC@430921000000-LAW", ""));
        let [_, contract] = &of_law[..] else { panic!("two questions: {of_law:#?}") };
        assert_eq!((contract.step(), contract.expert), (ReviewStep::Department, true));
        assert_eq!((&contract.sub_types[..], contract.categories.len()), (&["ENTRUSTED".to_owned()][..], 0));
        let question = contract.question.as_ref().expect("a question");
        assert_eq!((question.question_id.as_str(), question.no()), ("law.contract", NoMeans::ExpertLegal));
        assert!(!question.zh.is_empty() && !question.en.is_empty());
        let experts = of(&asked(ReviewStep::Expert, "", ""));
        assert_eq!(experts.len(), pack().expert_questions.len());
        assert!(experts.iter().all(|question| question.post.is_empty() && !question.expert));
    }

    #[test]
    fn content_calls_departments_beside_the_category_s() {
        let pack = pack();
        let judges = |judges: &[Judge]| judges.iter().map(|judge| judge.post.clone()).collect::<Vec<_>>();
        let sources = sources(&pack).items;
        let farm = sources.iter().find(|source| source.code == "FARM").expect("a source");
        assert_eq!(judges(&farm.judges), ["C-SEC@430921000000-AGR"]);
        assert_eq!((farm.judges[0].display_name.as_str(), farm.pays_ancillary), ("南县农业农村局", true));
        let ancillary: Vec<&str> =
            sources.iter().filter(|source| !source.pays_ancillary).map(|source| source.code.as_str()).collect();
        assert_eq!(ancillary, ["LINK", "VILLAGE", "SOCIAL", "LOAN"]);
        let industry = categories(&pack).items.swap_remove(0);
        let entrusted = industry.sub_types.iter().find(|sub_type| sub_type.due_diligence).expect("a sub-type");
        assert_eq!(judges(&entrusted.judges), ["C-SEC@430921000000-LAW"]);
    }

    #[test]
    fn an_unknown_post_or_category_is_refused_by_field() {
        let strange = asked(ReviewStep::Unspecified, "T-GOV@430921129000", "SPACE");
        let refused = questions(&pack(), &strange).expect_err("neither is known").explain();
        let fields: Vec<_> = refused.fields.iter().map(|field| (field.code, field.field.as_str())).collect();
        assert_eq!(fields, [("POST", "post"), ("CATEGORY", "category")]);
    }
}
