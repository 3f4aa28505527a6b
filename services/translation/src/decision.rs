//! A reviewer's decision (办理意见), as the inbox passes it on.

use kernel::{
    decision::{Answer, Decision, Outcome},
    refusal::Violations,
};
use proto::common::v1::{Answer as AnswerMessage, Decision as DecisionMessage, Outcome as OutcomeMessage};

use crate::{attachment, correction};

/// An outcome, to send.
#[must_use]
pub fn outcome_message(outcome: Outcome) -> OutcomeMessage {
    match outcome {
        Outcome::Approve => OutcomeMessage::Approve,
        Outcome::Return => OutcomeMessage::Return,
        Outcome::Reject => OutcomeMessage::Reject,
    }
}

/// An outcome, where one is said.
#[must_use]
pub fn outcome(message: OutcomeMessage) -> Option<Outcome> {
    match message {
        OutcomeMessage::Unspecified => None,
        OutcomeMessage::Approve => Some(Outcome::Approve),
        OutcomeMessage::Return => Some(Outcome::Return),
        OutcomeMessage::Reject => Some(Outcome::Reject),
    }
}

/// The outcome of a decision, which must say one.
pub fn required_outcome(message: &DecisionMessage, wrong: &mut Violations) -> Option<Outcome> {
    let outcome = outcome(message.outcome());
    if outcome.is_none() {
        let zh = "请选择同意、退回补正或不予通过";
        wrong.add("OUTCOME", "decision.outcome", zh, "must say approve, return or reject");
    }
    outcome
}

/// A whole decision, under the field `decision`; its reason is the asking room's own.
pub fn from_message(message: DecisionMessage, wrong: &mut Violations) -> Option<Decision> {
    let outcome = required_outcome(&message, wrong);
    let attachments = attachment::from_messages(message.attachments, "decision.attachments", wrong);
    let corrections = correction::from_messages(message.corrections, "decision.corrections", wrong);
    Some(Decision {
        outcome: outcome?,
        opinion: message.opinion,
        answers: message.answers.into_iter().map(answer).collect(),
        corrections,
        attachments,
        subject_revision: message.subject_revision,
    })
}

fn answer(message: AnswerMessage) -> Answer {
    let number = (message.number != 0).then_some(message.number);
    Answer { question: message.question_id, yes: message.yes, text: message.text, number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_comes_back_as_it_went_out_and_none_is_refused() {
        for said in Outcome::ALL {
            assert_eq!(outcome(outcome_message(said)), Some(said));
        }
        let mut wrong = Violations::default();
        assert!(from_message(DecisionMessage::default(), &mut wrong).is_none());
        let refused = wrong.finish().expect_err("it says no outcome");
        assert_eq!(kernel::Refusal::explain(&refused).fields[0].field, "decision.outcome");
    }
}
