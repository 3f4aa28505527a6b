//! What the treasury's answer means: settled once, or failed once, or not known yet.
//!
//! A late or repeated answer decides to nothing; one that contradicts what is recorded is refused, since money either
//! moved or did not.

use kernel::refusal::Common;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Event, File, command::Answer};
use crate::domain::payment::Stage;

impl File {
    pub(super) fn record_answer(&self, id: Uuid, answer: Answer, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
        let payment = self.payments.get(&id).ok_or(Common::NotFound { what: "支付 payment" })?;
        match (&payment.stage, answer) {
            (Stage::Requested { .. } | Stage::Reviewed { .. } | Stage::Refused { .. }, _) => {
                Err(Common::WrongState { state: payment.stage.code(), command: "RecordAnswer" })
            }
            (Stage::Instructed | Stage::Unknown { .. }, Answer::Paid { treasury_ref }) => {
                Ok(vec![Event::PaymentSettled { payment: id, treasury_ref, at }])
            }
            (Stage::Instructed | Stage::Unknown { .. }, Answer::Failed { reason }) => {
                Ok(vec![Event::PaymentFailed { payment: id, reason, at }])
            }
            (Stage::Instructed, Answer::Uncertain { reason }) => {
                Ok(vec![Event::PaymentUncertain { payment: id, reason, at }])
            }
            // Still not known: nothing new. After the end a missing answer changes nothing either.
            (Stage::Unknown { .. } | Stage::Settled { .. } | Stage::Failed { .. }, Answer::Uncertain { .. }) => {
                Ok(Vec::new())
            }
            (Stage::Settled { treasury_ref: known }, Answer::Paid { treasury_ref }) if *known == treasury_ref => {
                Ok(Vec::new())
            }
            (Stage::Failed { .. }, Answer::Failed { .. }) => Ok(Vec::new()),
            (Stage::Settled { .. }, Answer::Paid { .. } | Answer::Failed { .. })
            | (Stage::Failed { .. }, Answer::Paid { .. }) => Err(Common::AlreadyDecided),
        }
    }
}
