//! What the treasury's answer means: settled once, or failed once, or not known yet.
//!
//! A late or repeated answer decides to nothing; one that contradicts what is recorded is refused, since money either
//! moved or did not.

use kernel::refusal::Common;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    command::Answer,
    event::Event,
    state::{Money, PaymentStage},
};

/// The treasury answered about this payment, or did not.
pub(super) fn answered(money: &Money, id: Uuid, answer: Answer, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    let payment = money.payments.get(&id).ok_or(Common::NotFound { what: "支付 payment" })?;
    match (&payment.stage, answer) {
        (PaymentStage::Requested { .. } | PaymentStage::Reviewed { .. } | PaymentStage::Refused { .. }, _) => {
            Err(Common::WrongState { state: payment.stage.code(), command: "RecordAnswer" })
        }
        (PaymentStage::Instructed | PaymentStage::Unknown { .. }, Answer::Paid { treasury_ref }) => {
            Ok(vec![Event::PaymentSettled { payment: id, treasury_ref, at }])
        }
        (PaymentStage::Instructed | PaymentStage::Unknown { .. }, Answer::Failed { reason }) => {
            Ok(vec![Event::PaymentFailed { payment: id, reason, at }])
        }
        (PaymentStage::Instructed, Answer::Unknown { reason }) => {
            Ok(vec![Event::PaymentUnknown { payment: id, reason, at }])
        }
        // Still not known: nothing new. After the end a missing answer changes nothing either.
        (
            PaymentStage::Unknown { .. } | PaymentStage::Settled { .. } | PaymentStage::Failed { .. },
            Answer::Unknown { .. },
        ) => Ok(Vec::new()),
        (PaymentStage::Settled { treasury_ref: known }, Answer::Paid { treasury_ref }) if *known == treasury_ref => {
            Ok(Vec::new())
        }
        (PaymentStage::Failed { .. }, Answer::Failed { .. }) => Ok(Vec::new()),
        (PaymentStage::Settled { .. }, Answer::Paid { .. } | Answer::Failed { .. })
        | (PaymentStage::Failed { .. }, Answer::Paid { .. }) => Err(Common::AlreadyDecided),
    }
}
