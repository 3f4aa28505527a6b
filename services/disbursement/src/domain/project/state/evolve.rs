//! A project's money after one more fact. It cannot fail: a fact that does not fit its stage changes nothing.

use kernel::{Due, Duty, calendar::civil_date};
use uuid::Uuid;

use super::{Money, Payment, PaymentStage, Stage};
use crate::domain::{project::event::Event, record::Signature};

impl Money {
    /// Takes a fact in.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            // A project is pooled once.
            Event::ProjectPooled { .. } => {}
            Event::FundingApproved { acts, by, at, .. } => {
                self.duties.add(acts);
                by.record(&mut self.duties, Duty::FundingApprover);
                self.funded_on = Some(civil_date(*at));
                self.advance_stage(event);
            }
            Event::ContractSigned { by, duty, .. } => {
                by.record(&mut self.duties, *duty);
                self.advance_stage(event);
            }
            Event::AcceptanceRecorded { acts, .. } => {
                self.duties.add(acts);
                self.advance_stage(event);
            }
            Event::FinalAccountFixed { by, .. } => {
                by.record(&mut self.duties, Duty::Auditor);
                self.advance_stage(event);
            }
            Event::AssetRegistrationRecorded { registration, acts } => {
                self.duties.add(acts);
                self.asset = Some(registration.clone());
            }
            Event::PaymentRequested { payment, request, assignment, by, .. } => {
                by.record(&mut self.duties, Duty::Applicant);
                let requested = Payment {
                    id: *payment,
                    request: request.clone(),
                    requested_by: by.clone(),
                    reviewed_by: None,
                    released_by: None,
                    stage: PaymentStage::Requested { assignment: assignment.clone() },
                    suspended: 0,
                    recounts: 0,
                };
                self.payments.insert(*payment, requested);
            }
            Event::PaymentReviewed { payment, assignment, by, .. } => {
                by.record(&mut self.duties, Duty::PaymentReviewer);
                self.move_payment(*payment, PaymentStage::Reviewed { assignment: assignment.clone() });
                self.sign_payment(*payment, Duty::PaymentReviewer, by);
            }
            Event::PaymentInstructed { payment, by, .. } => {
                by.record(&mut self.duties, Duty::PaymentReleaser);
                self.move_payment(*payment, PaymentStage::Instructed);
                self.sign_payment(*payment, Duty::PaymentReleaser, by);
            }
            Event::PaymentRefused { payment, task_kind, decision, by, .. } => {
                by.record(&mut self.duties, task_kind.duty());
                self.move_payment(*payment, PaymentStage::Refused { reason: decision.opinion.clone() });
                self.sign_payment(*payment, task_kind.duty(), by);
            }
            Event::PaymentSettled { payment, treasury_ref, .. } => {
                self.move_payment(*payment, PaymentStage::Settled { treasury_ref: treasury_ref.clone() });
            }
            Event::PaymentFailed { payment, reason, .. } => {
                self.move_payment(*payment, PaymentStage::Failed { reason: reason.clone() });
            }
            Event::PaymentUnknown { payment, reason, .. } => {
                self.move_payment(*payment, PaymentStage::Unknown { reason: reason.clone() });
            }
            Event::ProjectSuspended { reason } => self.suspend(reason),
            Event::ProjectResumed { days } => self.resume(*days),
            Event::ProjectUnpooled { reason, acts } => {
                self.duties.add(acts);
                self.unpooled = Some(reason.clone());
            }
            Event::ProjectReleased { reason, by, .. } => {
                by.record(&mut self.duties, Duty::CountyOffice);
                self.unpooled = Some(reason.clone());
            }
            Event::ProjectPostponed { year, by, .. } => {
                by.record(&mut self.duties, Duty::CountyOffice);
                self.pooled.fiscal_year = *year;
            }
            Event::ProjectRolled { year, acts } => {
                self.duties.add(acts);
                self.pooled.fiscal_year = *year;
            }
            Event::ActsHeard { acts } => self.duties.add(acts),
            Event::DueRecounted { payment, due } => self.recounted(*payment, *due),
            Event::CompletionReported { acts } => {
                self.duties.add(acts);
                self.completion_reported = true;
            }
        }
    }

    fn advance_stage(&mut self, event: &Event) {
        let before = std::mem::replace(&mut self.stage, Stage::Pooled);
        self.stage = match (before, event) {
            (Stage::Pooled, Event::FundingApproved { funding, .. }) => Stage::Funded { funding: funding.clone() },
            (Stage::Funded { funding }, Event::ContractSigned { contract, .. }) => {
                Stage::Contracted { funding, contract: contract.clone() }
            }
            (Stage::Contracted { funding, contract }, Event::AcceptanceRecorded { accepted, .. }) => {
                Stage::Accepted { funding, contract, accepted: *accepted }
            }
            (Stage::Accepted { funding, contract, accepted }, Event::FinalAccountFixed { account, .. }) => {
                Stage::FinalAccount { funding, contract, accepted, account: account.clone() }
            }
            (unchanged, _) => unchanged,
        };
    }

    fn move_payment(&mut self, payment: Uuid, stage: PaymentStage) {
        if let Some(payment) = self.payments.get_mut(&payment) {
            payment.stage = stage;
            (payment.suspended, payment.recounts) = (0, 0);
        }
    }

    fn sign_payment(&mut self, payment: Uuid, duty: Duty, by: &Signature) {
        if let Some(payment) = self.payments.get_mut(&payment) {
            let signature =
                if duty == Duty::PaymentReviewer { &mut payment.reviewed_by } else { &mut payment.released_by };
            *signature = Some(by.clone());
        }
    }

    fn suspend(&mut self, reason: &str) {
        self.suspensions.begin(reason);
        for payment in self.payments.values_mut().filter(|payment| payment.awaits().is_some()) {
            payment.suspended += 1;
        }
    }

    fn resume(&mut self, days: i64) {
        self.suspensions.end();
        for assignment in self.payments.values_mut().filter_map(Payment::assignment_mut) {
            assignment.due = assignment.due.later(days);
        }
    }

    fn recounted(&mut self, payment: Uuid, due: Due) {
        let Some(payment) = self.payments.get_mut(&payment) else { return };
        if let Some(assignment) = payment.assignment_mut() {
            assignment.due = due;
            payment.recounts += 1;
        }
    }
}
