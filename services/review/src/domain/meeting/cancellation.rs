//! The meeting is not held (取消会议): its office says why, and its cases go on waiting for the leading group. What was
//! decided can't be cancelled.

use kernel::{Explanation, refusal::Common};

use super::{
    command::Occasion,
    event::Event,
    signing::sign,
    state::{Stage, State},
};

/// Cancels it; the same cancellation again changes nothing.
///
/// # Errors
/// `SCOPE`, `REASON`, `ALREADY_DECIDED`, `WRONG_STATE` once it has decided.
pub fn cancel(state: &State, reason: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signed = sign(by)?;
    match &state.stage {
        Stage::Convened if reason.trim().is_empty() => {
            let explanation = Explanation::new("REASON", "请填写取消会议的原因", "must say why");
            Err(Common::invalid(explanation.at("reason")))
        }
        Stage::Convened => Ok(vec![Event::MeetingCancelled { reason, by: signed }]),
        Stage::Cancelled { reason: known } if *known == reason => Ok(Vec::new()),
        Stage::Cancelled { .. } => Err(Common::AlreadyDecided),
        Stage::Concluded { .. } => Err(state.wrong_state("CancelMeeting")),
    }
}
