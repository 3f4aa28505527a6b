//! What each person's command needs: the post, the state, separate duties, the rules; then the fact that follows.

use kernel::{Duties, Duty, Fen, Role, calendar::civil_date, decision::Outcome, refusal::Common};

use super::{
    Event, File, Registration, Stage,
    command::{ApproveFunding, CompleteTask, FixFinalAccount, RequestPayment, SignContract},
};
use crate::domain::{
    Refusal, Signature,
    funding::{Funding, charge, issued},
    gates,
    payment::{Payment, TaskKind},
    refusal::unfielded,
};

impl File {
    pub(super) fn approve_funding(&self, command: ApproveFunding) -> Result<Vec<Event>, Common> {
        let ApproveFunding { plan_id, plan, document_no, charges, indicators, actor, exclusions, at } = command;
        actor.require_over(Role::FinanceBureau, self.pooled.village)?;
        if let Some(funding) = self.stage.funding() {
            let same = funding.says(plan_id, &document_no, &charges);
            return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
        }
        self.suspensions.permit()?;
        self.require_in_pool()?;
        let mut acts = plan.acts();
        let mut duties = self.duties.clone();
        duties.add(&acts);
        duties.permit(&actor, Duty::FundingApprover, &exclusions)?;
        plan.covers(self.pooled.project, self.pooled.fiscal_year)?;
        let charges = charge(&charges, &indicators, self.pooled.fiscal_year, &self.pooled.budget)?;
        duties.record(&actor, Duty::FundingApprover);
        acts.add(&issued(&charges, &indicators, &duties, &exclusions)?);
        let funding = Funding { plan: plan_id, document_no, charges };
        Ok(vec![Event::FundingApproved { funding, acts, by: Signature::of(&actor), at }])
    }

    pub(super) fn sign_contract(&self, command: SignContract) -> Result<Vec<Event>, Common> {
        let SignContract { contract, actor, exclusions, rules, at } = command;
        let village = self.pooled.village;
        if let Err(scope) = actor.require_over(Role::VillageCollective, village) {
            actor.post_over(Role::TownshipHead, village).ok_or(scope)?;
        }
        let duty = Duty::ContractSigner;
        let funding = match &self.stage {
            Stage::Pooled => return Err(self.wrong_state("SignContract")),
            Stage::Funded { funding } => funding,
            Stage::Contracted { contract: signed, .. }
            | Stage::Accepted { contract: signed, .. }
            | Stage::FinalAccount { contract: signed, .. } => {
                return if *signed == contract { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
            }
        };
        self.suspensions.permit()?;
        self.require_in_pool()?;
        self.duties.permit(&actor, duty, &exclusions)?;
        contract.check_date(self.funded_on, civil_date(at))?;
        contract.check(funding.total().saturating_add(self.pooled.own_share()), &rules)?;
        Ok(vec![Event::ContractSigned { contract, by: Signature::of(&actor), duty, at }])
    }

    pub(super) fn request_payment(&self, command: RequestPayment) -> Result<Vec<Event>, Common> {
        let RequestPayment { payment, request, notice_closed, review, actor, exclusions, rules, at } = command;
        actor.require_over(Role::VillageCollective, self.pooled.village)?;
        if self.payments.contains_key(&payment) {
            return Err(Common::Exists { what: "支付 payment" });
        }
        self.suspensions.permit()?;
        gates::check_state(self, request.payment_type)?;
        self.duties.permit(&actor, Duty::Applicant, &exclusions)?;
        gates::check(self, &request, None, notice_closed, &rules)?;
        Ok(vec![Event::PaymentRequested { payment, request, desk: review, by: Signature::of(&actor), at }])
    }

    pub(super) fn complete_task(&self, command: CompleteTask) -> Result<Vec<Event>, Refusal> {
        let task_kind = command.task_kind;
        let payment = self.payment_of(&command).ok_or(Common::NotFound { what: "待办 task" })?;
        command.actor.require_over(task_kind.role(), self.pooled.village.county())?;
        self.suspensions.permit()?;
        let desk = payment.awaits().filter(|(awaited, _)| *awaited == task_kind).map(|(_, desk)| desk);
        let desk = desk.ok_or(Common::AlreadyDecided)?;
        command.actor.require(&desk.post)?;
        self.duties.permit(&command.actor, task_kind.duty(), &command.exclusions)?;
        command.decision.check(command.subject_revision, &command.rules)?;
        match command.decision.outcome {
            Outcome::Approve => self.approve_payment(payment, command),
            Outcome::Return | Outcome::Reject => {
                let (by, at, decision) = (Signature::of(&command.actor), command.at, command.decision);
                Ok(vec![Event::PaymentRefused { payment: payment.id, task_kind, decision, by, at }])
            }
        }
    }

    fn approve_payment(&self, payment: &Payment, command: CompleteTask) -> Result<Vec<Event>, Refusal> {
        let CompleteTask { task_kind, decision, notice_closed, release, actor, rules, at, .. } = command;
        let by = Signature::of(&actor);
        match task_kind {
            TaskKind::PaymentReview => {
                Ok(vec![Event::PaymentReviewed { payment: payment.id, decision, desk: release, by, at }])
            }
            TaskKind::PaymentRelease => {
                // What was true when it was asked for may have changed since: the last gate is the one that counts.
                let asked = &payment.request;
                let state = gates::check_state(self, asked.payment_type);
                state
                    .and_then(|()| gates::check(self, asked, Some(payment.id), notice_closed, &rules))
                    .map_err(unfielded)?;
                Ok(vec![Event::PaymentInstructed { payment: payment.id, decision, by, at }])
            }
        }
    }

    pub(crate) fn payment_of(&self, command: &CompleteTask) -> Option<&Payment> {
        let project = self.pooled.project.0;
        self.payments.values().find(|payment| command.task_kind.task(project, payment.id) == command.task)
    }

    pub(super) fn fix_final_account(&self, command: FixFinalAccount) -> Result<Vec<Event>, Common> {
        let FixFinalAccount { account, actor, elsewhere, exclusions, at } = command;
        actor.require_over(Role::Audit, self.pooled.village)?;
        match &self.stage {
            Stage::Pooled | Stage::Funded { .. } | Stage::Contracted { .. } => Err(self.wrong_state("FixFinalAccount")),
            Stage::Accepted { accepted, .. } => {
                self.suspensions.permit()?;
                self.duties.permit(&actor, Duty::Auditor, &exclusions)?;
                elsewhere.permit(&actor, Duty::Auditor, &exclusions)?;
                account.check(*accepted)?;
                Ok(vec![Event::FinalAccountFixed { account, by: Signature::of(&actor), at }])
            }
            Stage::FinalAccount { account: fixed, .. } if *fixed == account => Ok(Vec::new()),
            Stage::FinalAccount { .. } => Err(Common::AlreadyDecided),
        }
    }

    pub(super) fn record_completion(&self, acts: Duties) -> Result<Vec<Event>, Common> {
        match &self.stage {
            // Assets can only have heard of the contract from here: this is a copy that is behind.
            Stage::Pooled | Stage::Funded { .. } => Err(Common::TooEarly { what: "合同 contract" }),
            Stage::Contracted { .. } if !self.completion_reported => Ok(vec![Event::CompletionReported { acts }]),
            // What was accepted was completed: a message that comes after is no news, and moves nobody's version.
            Stage::Contracted { .. } | Stage::Accepted { .. } | Stage::FinalAccount { .. } => Ok(Vec::new()),
        }
    }

    pub(super) fn record_acceptance(&self, accepted: Fen, acts: Duties) -> Result<Vec<Event>, Common> {
        match &self.stage {
            // Assets can only have heard of the contract from here: this is a copy that is behind.
            Stage::Pooled | Stage::Funded { .. } => Err(Common::TooEarly { what: "合同 contract" }),
            Stage::Contracted { .. } => Ok(vec![Event::AcceptanceRecorded { accepted, acts }]),
            Stage::Accepted { accepted: known, .. } | Stage::FinalAccount { accepted: known, .. }
                if *known == accepted =>
            {
                Ok(Vec::new())
            }
            Stage::Accepted { .. } | Stage::FinalAccount { .. } => Err(Common::AlreadyDecided),
        }
    }

    pub(super) fn record_asset_registration(
        &self,
        registration: Registration,
        acts: Duties,
    ) -> Result<Vec<Event>, Common> {
        match (&self.asset, &self.stage) {
            (Some(known), _) if *known == registration => Ok(Vec::new()),
            (Some(_), _) => Err(Common::AlreadyDecided),
            (None, Stage::Pooled | Stage::Funded { .. } | Stage::Contracted { .. }) => {
                Err(Common::TooEarly { what: "竣工验收 acceptance" })
            }
            (None, Stage::Accepted { .. } | Stage::FinalAccount { .. }) => {
                Ok(vec![Event::AssetRegistrationRecorded { registration, acts }])
            }
        }
    }

    fn wrong_state(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }
}
