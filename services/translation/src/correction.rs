//! What must be corrected (补正事项), and the step that each thing goes back to (退回环节).

use kernel::{
    decision::{Correction, ReturnStep},
    refusal::Violations,
};
use proto::common::v1::{CorrectionItem, ReturnStep as StepMessage};

/// A step, to send.
#[must_use]
pub fn step_message(step: ReturnStep) -> StepMessage {
    match step {
        ReturnStep::Application => StepMessage::Application,
        ReturnStep::VillageVote => StepMessage::VillageVote,
        ReturnStep::VillageNotice => StepMessage::VillageNotice,
        ReturnStep::TownshipReview => StepMessage::TownshipReview,
        ReturnStep::TownshipNotice => StepMessage::TownshipNotice,
        ReturnStep::DepartmentReview => StepMessage::DepartmentReview,
    }
}

/// A step, where one is said.
#[must_use]
pub fn step(message: StepMessage) -> Option<ReturnStep> {
    match message {
        StepMessage::Unspecified => None,
        StepMessage::Application => Some(ReturnStep::Application),
        StepMessage::VillageVote => Some(ReturnStep::VillageVote),
        StepMessage::VillageNotice => Some(ReturnStep::VillageNotice),
        StepMessage::TownshipReview => Some(ReturnStep::TownshipReview),
        StepMessage::TownshipNotice => Some(ReturnStep::TownshipNotice),
        StepMessage::DepartmentReview => Some(ReturnStep::DepartmentReview),
    }
}

/// Steps, to send.
pub fn step_messages<'a>(steps: impl IntoIterator<Item = &'a ReturnStep>) -> Vec<i32> {
    steps.into_iter().map(|step| step_message(*step).into()).collect()
}

/// A list of steps; each that is none stands under `field[index]`.
pub fn steps(messages: &[i32], field: &str, wrong: &mut Violations) -> Vec<ReturnStep> {
    let mut known = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        match StepMessage::try_from(*message).ok().and_then(step) {
            Some(step) => known.push(step),
            None => unknown_step(format!("{field}[{index}]"), wrong),
        }
    }
    known
}

/// What is to be corrected; `list` is where it stands in the request. What only the answer says is not read.
pub fn from_messages(items: Vec<CorrectionItem>, list: &str, wrong: &mut Violations) -> Vec<Correction> {
    let items = items.into_iter().enumerate();
    items.map(|(index, item)| from_message(item, &format!("{list}[{index}]"), wrong)).collect()
}

/// No step named is the village's correction.
fn from_message(item: CorrectionItem, path: &str, wrong: &mut Violations) -> Correction {
    let CorrectionItem { field, text, step: said, item_id: _, asked_by: _, answer: _ } = item;
    let named = StepMessage::try_from(said);
    if named.is_err() {
        unknown_step(format!("{path}.step"), wrong);
    }
    Correction { field, text, step: named.ok().and_then(step).unwrap_or_default() }
}

fn unknown_step(field: String, wrong: &mut Violations) {
    let names = ReturnStep::ALL.map(ReturnStep::zh).join("、");
    wrong.add("RETURN_STEP", field, format!("未知的退回环节,应为:{names}"), "is no step of the approval chain");
}

/// One thing to correct, to send.
#[must_use]
pub fn to_message(correction: &Correction) -> CorrectionItem {
    let Correction { field, text, step } = correction.clone();
    CorrectionItem { field, text, step: step_message(step).into(), ..CorrectionItem::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(step: i32) -> CorrectionItem {
        CorrectionItem { field: "place".into(), text: "请补充".into(), step, ..CorrectionItem::default() }
    }

    fn faults(wrong: Violations) -> Vec<(&'static str, String)> {
        let fields = wrong.finish().map_or_else(|refusal| kernel::Refusal::explain(&refusal).fields, |()| Vec::new());
        fields.into_iter().map(|fault| (fault.code, fault.field)).collect()
    }

    #[test]
    fn what_is_to_be_corrected_comes_back_as_it_went_out() {
        let items: Vec<_> = ReturnStep::ALL.iter().map(|step| item(step_message(*step).into())).collect();
        let mut wrong = Violations::default();
        let read = from_messages(items.clone(), "decision.corrections", &mut wrong);
        assert_eq!(read.iter().map(to_message).collect::<Vec<_>>(), items);
        let listed = step_messages(&ReturnStep::ALL);
        assert_eq!(steps(&listed, "return_steps", &mut wrong), ReturnStep::ALL);
        assert_eq!(faults(wrong), []);
    }

    #[test]
    fn no_step_is_the_village_s_correction_and_what_is_none_is_named() {
        let mut wrong = Violations::default();
        let read = from_messages(vec![item(0), item(99)], "items", &mut wrong);
        assert_eq!(read[0].step, ReturnStep::Application);
        assert_eq!(steps(&[1, 0], "return_steps", &mut wrong), [ReturnStep::Application]);
        let expected = [("RETURN_STEP", "items[1].step"), ("RETURN_STEP", "return_steps[1]")];
        assert_eq!(faults(wrong), expected.map(|(code, field)| (code, field.to_owned())));
    }
}
