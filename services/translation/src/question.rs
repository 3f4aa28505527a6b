//! A question that goes with a task (必答事项).

use kernel::{
    decision::{NoMeans, Outcome, Question, QuestionKind},
    refusal::Violations,
};
use proto::common::v1::{NoMeans as NoMessage, Outcome as OutcomeMessage, Question as Message, QuestionKind as Kind};

use crate::decision::{outcome, outcome_message};

/// To send.
#[must_use]
pub fn to_message(question: &Question) -> Message {
    let kind = match question.kind {
        QuestionKind::YesNo => Kind::YesNo,
        QuestionKind::Text => Kind::Text,
        QuestionKind::Amount => Kind::Amount,
        QuestionKind::Date => Kind::Date,
        QuestionKind::Number => Kind::Number,
    };
    Message {
        question_id: question.id.clone(),
        zh: question.zh.clone(),
        en: question.en.clone(),
        kind: kind.into(),
        required_for: question.required_for.iter().map(|required| outcome_message(*required).into()).collect(),
        no: no_message(question.no).into(),
    }
}

/// As the kernel has it; what is wrong with it stands under `path`.
pub fn from_message(message: Message, path: &str, wrong: &mut Violations) -> Option<Question> {
    let kind = match message.kind() {
        Kind::YesNo => Some(QuestionKind::YesNo),
        Kind::Text => Some(QuestionKind::Text),
        Kind::Amount => Some(QuestionKind::Amount),
        Kind::Date => Some(QuestionKind::Date),
        Kind::Number => Some(QuestionKind::Number),
        Kind::Unspecified => {
            wrong.add("QUESTION", format!("{path}.kind"), "问题类型无效", "doesn't say how it is answered");
            None
        }
    };
    let required_for = outcomes(&message.required_for, &format!("{path}.required_for"), wrong);
    let no = NoMessage::try_from(message.no).ok().map(no);
    if no.is_none() {
        wrong.add("QUESTION", format!("{path}.no"), "否定答复的后果无效", "doesn't say what a no means");
    }
    Some(Question { id: message.question_id, zh: message.zh, en: message.en, kind: kind?, required_for, no: no? })
}

fn no_message(no: NoMeans) -> NoMessage {
    match no {
        NoMeans::Note => NoMessage::Note,
        NoMeans::Blocks => NoMessage::Blocks,
        NoMeans::ExpertLegal => NoMessage::ExpertLegal,
        NoMeans::ExpertTechnical => NoMessage::ExpertTechnical,
        NoMeans::ExpertPolicy => NoMessage::ExpertPolicy,
    }
}

/// Noted, where nothing is said.
fn no(message: NoMessage) -> NoMeans {
    match message {
        NoMessage::Unspecified | NoMessage::Note => NoMeans::Note,
        NoMessage::Blocks => NoMeans::Blocks,
        NoMessage::ExpertLegal => NoMeans::ExpertLegal,
        NoMessage::ExpertTechnical => NoMeans::ExpertTechnical,
        NoMessage::ExpertPolicy => NoMeans::ExpertPolicy,
    }
}

/// A list of outcomes; each that is none stands under `field[index]`.
pub fn outcomes(messages: &[i32], field: &str, wrong: &mut Violations) -> Vec<Outcome> {
    let mut known = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match OutcomeMessage::try_from(*message).ok().and_then(outcome) {
            Some(outcome) => known.push(outcome),
            None => wrong.add("OUTCOME", format!("{field}[{index}]"), "未知的办理结果", "is no outcome"),
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_of_every_kind_comes_back_as_it_went_out() {
        let kinds =
            [QuestionKind::YesNo, QuestionKind::Text, QuestionKind::Amount, QuestionKind::Date, QuestionKind::Number];
        for (kind, no) in kinds.into_iter().zip(NoMeans::ALL) {
            let asked = Question {
                id: "site".into(),
                zh: "是否已实地核查".into(),
                en: "checked on site".into(),
                kind,
                required_for: vec![Outcome::Approve],
                no,
            };
            let mut wrong = Violations::default();
            assert_eq!(from_message(to_message(&asked), "questions[0]", &mut wrong), Some(asked));
            wrong.finish().expect("sound");
        }
        let mut wrong = Violations::default();
        let strange = Message { required_for: vec![99], no: 99, ..Message::default() };
        assert_eq!(from_message(strange, "questions[2]", &mut wrong), None);
        let refused = kernel::Refusal::explain(&wrong.finish().expect_err("nothing is right"));
        let fields: Vec<String> = refused.fields.into_iter().map(|field| field.field).collect();
        assert_eq!(fields, ["questions[2].kind", "questions[2].required_for[0]", "questions[2].no"]);
    }
}
