//! What the office and the experts are asked about a panel, besides the questions of the county pack. The answers are read
//! by [`super::convening`], [`super::sitting`] and [`crate::domain::overdue`].

use kernel::decision::QuestionKind;

use crate::domain::record::Question;

/// Question to the office: how many experts.
pub const PANEL_SIZE: &str = "panel_size";
/// Question to an expert: whether there is no interest in the project. A "no" recuses.
pub const NO_INTEREST: &str = "no_interest";
/// Question to the office: whether experts who are late give up their seats.
pub const REPLACE_LATE: &str = "replace_late";

/// What the office is asked when it convenes a panel.
#[must_use]
pub fn convening() -> Vec<Question> {
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
