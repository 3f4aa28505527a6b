//! Who is asked, about what, and by when: the county pack decides by the project's category; days are working days.
//!
//! Every ask has an id that follows from the project, the post and the round, so that a replay names the same task.

use kernel::{
    Pack, PersonId, Post, ProjectId, RuleCode, TaskId, decision,
    pack::{self as county_pack, DepartmentReview},
    refusal::Common,
};
use time::OffsetDateTime;

use super::{
    members::leading_group,
    panel::questions,
    record::{Asked, Opinion, Question, Referral, ReturnedItem, Subject, TaskKind},
    refusal::Refusal,
    resolution,
    state::State,
    way_back,
};

/// The room's name in the ids of its tasks.
pub const ROOM: &str = "review";

/// Asks every department that judges the project by its category or content and that `still_needed` picks, or to which
/// something was `returned`.
///
/// # Errors
/// When the pack names no departments, or has no rules or holidays for the year.
pub fn ask_departments(
    project: ProjectId,
    referral: &Referral,
    pack: &Pack,
    at: OffsetDateTime,
    returned: &[ReturnedItem],
    still_needed: impl Fn(&DepartmentReview) -> bool,
) -> Result<Vec<Asked>, Refusal> {
    let Subject { category, sub_type, budget, .. } = &referral.subject;
    let sources: Vec<&str> = budget.iter().map(|line| line.source.as_str()).collect();
    let departments = pack.reviews(category, sub_type, &sources);
    if departments.is_empty() {
        return Err(Refusal::NoDepartments(category.clone()));
    }
    let with_questions =
        departments.iter().map(|department| (*department, way_back::questions(returned, department, &departments)));
    with_questions
        .filter(|(department, about_return)| still_needed(department) || !about_return.is_empty())
        .map(|(department, about_return)| {
            let questions = department.questions.iter().map(yes_or_no).chain(about_return).collect();
            let task =
                Ask { kind: TaskKind::DepartmentReview, post: &department.post, days: RuleCode::CountyReviewDays };
            let asked = task.of(project, referral, pack, at, questions)?;
            Ok(Asked { judged: referral.hash_of_sections(&department.sections), ..asked })
        })
        .collect()
}

/// Asks the office to see to a task that is overdue (催办).
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask_supervision(
    project: ProjectId,
    referral: &Referral,
    pack: &Pack,
    at: OffsetDateTime,
    questions: Vec<Question>,
) -> Result<Asked, Refusal> {
    let post = leading_group(pack);
    let task = Ask { kind: TaskKind::OverdueSupervision, post: &post, days: RuleCode::EscalationDays };
    task.of(project, referral, pack, at, questions)
}

/// Asks the leading group whether to go on without those who stay silent (免予征求意见), each with a question by name.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask_dispensation(
    project: ProjectId,
    referral: &Referral,
    pack: &Pack,
    at: OffsetDateTime,
    silent: Vec<Question>,
) -> Result<Asked, Refusal> {
    let post = leading_group(pack);
    let task = Ask { kind: TaskKind::OpinionDispensation, post: &post, days: RuleCode::LeadingGroupDays };
    let questions = resolution::questions(pack).into_iter().chain(silent).collect();
    task.of(project, referral, pack, at, questions)
}

/// Asks the office to convene an expert panel (组建专家组).
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask_convening(
    project: ProjectId,
    referral: &Referral,
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Asked, Refusal> {
    let post = leading_group(pack);
    let task = Ask { kind: TaskKind::PanelConvening, post: &post, days: RuleCode::PanelConveningDays };
    task.of(project, referral, pack, at, questions::convening())
}

/// Asks one expert for an opinion on the whole application.
///
/// # Errors
/// When the person no longer stands in the register, or the pack has no rules or holidays for the year.
pub fn ask_expert(
    project: ProjectId,
    referral: &Referral,
    pack: &Pack,
    at: OffsetDateTime,
    person: &PersonId,
) -> Result<Asked, Refusal> {
    let register = pack.experts();
    let entry = register.iter().find(|(expert, _)| expert.id == *person);
    let (_, post) = entry.ok_or(Common::NotFound { what: "论证专家 expert" })?;
    let mut questions: Vec<Question> = pack.expert_questions.iter().map(yes_or_no).collect();
    questions.push(questions::declaration());
    let task = Ask { kind: TaskKind::ExpertReview, post, days: RuleCode::ExpertReviewDays };
    let asked = task.of(project, referral, pack, at, questions)?;
    let task = TaskId::derive(ROOM, asked.task.0, &person.0);
    Ok(Asked { task, judged: referral.whole(), assignee: Some(person.clone()), ..asked })
}

/// Asks the leading group's office what becomes of a project that a department rejected.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask_office(project: ProjectId, referral: &Referral, pack: &Pack, at: OffsetDateTime) -> Result<Asked, Refusal> {
    let post = leading_group(pack);
    let task = Ask { kind: TaskKind::CountyOfficeDecision, post: &post, days: RuleCode::OfficeDecisionDays };
    task.of(project, referral, pack, at, Vec::new())
}

/// Asks the leading group for its decision.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask_leading_group(
    project: ProjectId,
    referral: &Referral,
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Asked, Refusal> {
    let post = leading_group(pack);
    let task = Ask { kind: TaskKind::LeadingGroupDecision, post: &post, days: RuleCode::LeadingGroupDays };
    task.of(project, referral, pack, at, resolution::questions(pack))
}

/// The same ask under an id of its own, where it was asked in this round before.
pub fn unlike_before(state: &State, asked: Asked) -> Asked {
    let same = |known: &&Opinion| {
        let known = &known.asked;
        (known.task_kind, known.round) == (asked.task_kind, asked.round)
            && (&known.post, &known.assignee) == (&asked.post, &asked.assignee)
    };
    match state.opinions.iter().filter(same).count() {
        0 => asked,
        times => Asked { task: TaskId::derive(ROOM, asked.task.0, &format!("again-{times}")), ..asked },
    }
}

struct Ask<'a> {
    kind: TaskKind,
    post: &'a Post,
    days: RuleCode,
}

impl Ask<'_> {
    fn of(
        &self,
        project: ProjectId,
        referral: &Referral,
        pack: &Pack,
        at: OffsetDateTime,
        questions: Vec<Question>,
    ) -> Result<Asked, Refusal> {
        let rules = pack.rules_of(referral.subject.fiscal_year)?;
        let due = rules.due(self.days, at, &pack.calendar).map_err(Common::from)?;
        let reason = format!("{}:{}:round-{}", self.kind.code(), self.post, referral.round);
        Ok(Asked {
            task: TaskId::derive(ROOM, project.0, &reason),
            task_kind: self.kind,
            post: self.post.clone(),
            asked_name: pack.organisation(&self.post.org).map_or_else(String::new, |found| found.name.clone()),
            round: referral.round,
            content_revision: referral.content_revision,
            questions,
            due,
            judged: String::new(),
            assignee: None,
        })
    }
}

fn yes_or_no(question: &county_pack::Question) -> Question {
    decision::Question::from(question).into()
}
