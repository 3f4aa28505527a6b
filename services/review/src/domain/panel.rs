//! The expert panel (专家论证组, S6): when a project needs one, how large it is, and who sits on it.
//!
//! A panel that was called stays needed until it has passed what is judged now. Its draw is [`super::draw`]'s, its
//! report [`super::report`]'s, what its members do [`super::argumentation`]'s.

use kernel::{
    Pack, PersonId, RuleCode, TaskId, YearRules,
    decision::{Answer, NoMeans, Outcome, QuestionKind},
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};

use super::{
    File, Referral,
    draw::Draw,
    opinion::{Opinion, Question, TaskKind},
    report::{Report, Verdict},
};

/// Question to the office: how many experts.
pub const PANEL_SIZE: &str = "panel_size";
/// Question to an expert: whether there is no interest in the project. A "no" recuses.
pub const NO_INTEREST: &str = "no_interest";
/// Question to the office: whether experts who are late give up their seats.
pub const REPLACE_LATE: &str = "replace_late";

/// Why a panel is needed (论证事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trigger {
    /// The total reaches rule `EXPERT_AMOUNT`.
    Amount,
    /// A market entity operates it and the total reaches rule R-DD.
    DueDiligence,
    /// A department answered "no" to a question that calls for experts: what was said before the pack named the matter.
    Flagged,
    /// In one round a department agreed and another rejected.
    Disagreement,
    /// A department answered "no" to a legal question.
    Legal,
    /// A department answered "no" to a technical question.
    Technical,
    /// A department answered "no" to a question of policy.
    Policy,
}

impl Trigger {
    /// Stable name, as in the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Amount => "AMOUNT",
            Self::DueDiligence => "DUE_DILIGENCE",
            Self::Flagged => "FLAGGED",
            Self::Disagreement => "DISAGREEMENT",
            Self::Legal => "LEGAL",
            Self::Technical => "TECHNICAL",
            Self::Policy => "POLICY",
        }
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Amount => "总投资达到论证标准",
            Self::DueDiligence => "市场主体经营,须尽职调查",
            Self::Flagged => "部门提出须论证",
            Self::Disagreement => "部门意见不一致",
            Self::Legal => "部门提出涉及法律问题",
            Self::Technical => "部门提出技术复杂",
            Self::Policy => "部门提出政策性强",
        }
    }
}

/// The panel of a case, over all rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Panel {
    /// Why it was called.
    pub triggers: Vec<Trigger>,
    /// How many seats it has; 0 until it is convened.
    pub size: usize,
    /// Who sits on it.
    pub members: Vec<PersonId>,
    /// Who left it: recused, or late and replaced.
    pub left: Vec<PersonId>,
    /// How its members were drawn.
    pub draws: Vec<Draw>,
    /// Its reports, the latest last.
    pub reports: Vec<Report>,
}

impl Panel {
    /// Whether every seat is taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.size > 0 && self.members.len() == self.size
    }

    /// Whether the panel has passed just what is judged now.
    #[must_use]
    pub fn has_passed(&self, referral: &Referral) -> bool {
        let passed = |report: &Report| report.verdict == Verdict::Passed && report.content_sha256 == referral.whole();
        self.reports.last().is_some_and(passed)
    }

    pub(super) fn seat(&mut self, draw: &Draw) {
        self.members.extend(draw.drawn.iter().cloned());
        self.draws.push(draw.clone());
    }

    pub(super) fn leave(&mut self, person: &PersonId) {
        self.members.retain(|member| member != person);
        self.left.push(person.clone());
    }
}

/// Why this case needs a panel, as its opinions stand; nothing when it needs none.
#[must_use]
pub fn triggers(file: &File, pack: &Pack, rules: &YearRules) -> Vec<Trigger> {
    let subject = &file.referral.subject;
    let sub_type = pack.category(&subject.category).and_then(|category| category.sub_type(&subject.sub_type));
    let entrusted = sub_type.is_some_and(|sub_type| sub_type.due_diligence);
    [
        (Trigger::Amount, is_large(file, rules)),
        (Trigger::DueDiligence, entrusted && subject.total >= rules.amount(RuleCode::DueDiligence)),
        (Trigger::Flagged, noes(file).any(|question| question.expert)),
        (Trigger::Disagreement, disagreed(&file.opinions)),
        (Trigger::Legal, says_no(file, NoMeans::ExpertLegal)),
        (Trigger::Technical, says_no(file, NoMeans::ExpertTechnical)),
        (Trigger::Policy, says_no(file, NoMeans::ExpertPolicy)),
    ]
    .into_iter()
    .filter_map(|(trigger, applies)| applies.then_some(trigger))
    .collect()
}

fn is_large(file: &File, rules: &YearRules) -> bool {
    file.referral.subject.total >= rules.amount(RuleCode::ExpertAmount)
}

/// The questions to which a department's standing opinion says no.
fn noes(file: &File) -> impl Iterator<Item = &Question> {
    file.standing().flat_map(|opinion| {
        let noes = opinion.given.iter().flat_map(|given| &given.answers).filter(|answer| !answer.yes);
        noes.filter_map(|answer| opinion.asked.questions.iter().find(|question| question.id == answer.question))
    })
}

fn says_no(file: &File, meaning: NoMeans) -> bool {
    noes(file).any(|question| question.no == meaning)
}

fn disagreed(opinions: &[Opinion]) -> bool {
    let said = |outcome: Outcome| {
        let departments = opinions.iter().filter(|opinion| opinion.asked.task_kind == TaskKind::DepartmentReview);
        let so =
            departments.filter(move |opinion| opinion.given.as_ref().is_some_and(|given| given.outcome == outcome));
        so.map(|opinion| opinion.asked.round)
    };
    said(Outcome::Reject).any(|round| said(Outcome::Approve).any(|other| other == round))
}

/// What the office is asked when it convenes a panel.
#[must_use]
pub fn convening_questions() -> Vec<Question> {
    vec![Question::of(PANEL_SIZE, "专家组人数(单数)", "Number of experts (odd)", QuestionKind::Number)]
}

/// What an expert is asked besides the questions of the pack: the declaration of interests (利害关系申报).
#[must_use]
pub fn declaration() -> Question {
    let zh = "本人与项目单位、经营主体等有关各方是否无利害关系?(答“否”即回避)";
    let en = "Have you no interest in the project, its owner or its operator? (A \"no\" recuses you.)";
    Question::of(NO_INTEREST, zh, en, QuestionKind::YesNo)
}

/// What the office is asked when experts are late.
#[must_use]
pub fn replacing() -> Question {
    let zh = "逾期未出具意见的专家是否另行抽取替换?(答“否”须说明)";
    let en = "Are the experts who are late to be replaced by a new draw? (A \"no\" needs words.)";
    Question::of(REPLACE_LATE, zh, en, QuestionKind::YesNo)
}

/// The size that the office asks for: odd, and at least what the rules ask.
///
/// # Errors
/// `PANEL_INVALID`.
pub fn size_from(answers: &[Answer], file: &File, rules: &YearRules) -> Result<usize, Common> {
    let asked = answers.iter().find(|answer| answer.question == PANEL_SIZE).and_then(|answer| answer.number);
    let asked = asked.and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
    let code = if is_large(file, rules) { RuleCode::PanelSizeLarge } else { RuleCode::PanelSize };
    let least = rules.number(code);
    if asked % 2 == 1 && u32::try_from(asked).is_ok_and(|asked| asked >= least) {
        return Ok(asked);
    }
    let zh = format!("专家组须为单数且不少于 {least} 人,现为 {asked} 人");
    let en = format!("a panel has an odd number of experts, at least {least}, not {asked}");
    Err(invalid(code, rules, zh, en, asked, least))
}

/// The refusal of a panel that can't be filled from the register.
#[must_use]
pub fn too_few(candidates: usize, wanted: usize, file: &File, rules: &YearRules) -> Common {
    let code = if is_large(file, rules) { RuleCode::PanelSizeLarge } else { RuleCode::PanelSize };
    let zh = format!("专家库中可抽取的专家只有 {candidates} 人,尚需 {wanted} 人");
    let en = format!("only {candidates} experts of the register can be drawn, but {wanted} are needed");
    invalid(code, rules, zh, en, candidates, wanted)
}

fn invalid(
    code: RuleCode,
    rules: &YearRules,
    zh: String,
    en: String,
    actual: usize,
    limit: impl std::fmt::Display,
) -> Common {
    let explanation = breach("PANEL_INVALID", rules.rule(code), zh, en).figures(actual, limit);
    Common::rule(explanation.at(format!("decision.answers[{PANEL_SIZE}]")))
}

impl File {
    /// The panel's opinions that count: one a member, of this round or agreed before on the same content.
    pub fn seats(&self) -> impl Iterator<Item = &Opinion> {
        let members = self.panel.as_ref().map_or(&[][..], |panel| panel.members.as_slice());
        self.opinions.iter().filter(move |opinion| {
            let seated = opinion.asked.assignee.as_ref().is_some_and(|person| members.contains(person));
            seated && opinion.asked.task_kind == TaskKind::ExpertReview && !opinion.lapsed
        })
    }

    /// Experts whose opinion is overdue.
    pub(super) fn late_experts(&self) -> Vec<TaskId> {
        let late = self.seats().filter(|opinion| opinion.overdue && opinion.is_awaited());
        late.map(|opinion| opinion.asked.task).collect()
    }
}
