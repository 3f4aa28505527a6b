//! Domain values as the contract's messages; requests come in through [`request`] and [`listing`]. Pure.
//!
//! An account number leaves this room whole only for those who pay.

pub mod listing;
pub mod request;

use kernel::{Actor, Post, Role};
use proto::{
    common::v1::{LeaveReason, Signature as SignatureMessage},
    disbursement::v1 as own,
};
use time::OffsetDateTime;
use translation::{attachment, person, signature, sub_level, time::timestamp};
use uuid::Uuid;

use crate::domain::{
    self, Contract, Indicator, Issue, Money, Payee, Payment, PaymentStage, PaymentType, Plan, Signature, Stage,
    listing::{BookedAccount, ListedIndicator, ListedProject},
};

/// An indicator of the machine, before anything of it is charged.
#[must_use]
pub fn new_indicator(id: Uuid, known: &Indicator) -> own::Indicator {
    let (state, available_fen) = match known {
        Indicator::Unissued => (own::IndicatorState::Unspecified, 0),
        Indicator::Entered(..) => (own::IndicatorState::Entered, 0),
        Indicator::Issued(issue, _) => (own::IndicatorState::Confirmed, issue.amount.fen()),
        Indicator::Discarded(_) => (own::IndicatorState::Discarded, 0),
    };
    known.issue().map(|issue| indicator(id, issue, state, available_fen)).unwrap_or_default()
}

/// An indicator of a list.
#[must_use]
pub fn listed_indicator(row: &ListedIndicator) -> own::Indicator {
    let state = if row.confirmed { own::IndicatorState::Confirmed } else { own::IndicatorState::Entered };
    indicator(row.id, &row.issue, state, row.available_fen)
}

fn indicator(id: Uuid, issue: &Issue, state: own::IndicatorState, available_fen: i64) -> own::Indicator {
    own::Indicator {
        indicator_id: id.to_string(),
        document_no: issue.document_no.clone(),
        fiscal_year: issue.fiscal_year,
        source: issue.source.clone(),
        sub_level: sub_level::to_message(issue.sub_level.as_deref()).into(),
        amount_fen: issue.amount.fen(),
        available_fen,
        state: state.into(),
    }
}

/// A plan.
#[must_use]
pub fn plan(id: Uuid, version: i64, plan: &Plan) -> own::Plan {
    let state = match plan {
        Plan::Unproposed => own::PlanState::Unspecified,
        Plan::Proposed(_) => own::PlanState::Proposed,
        Plan::Approved(..) => own::PlanState::Approved,
        Plan::Notice(..) => own::PlanState::Notice,
        Plan::Effective(..) => own::PlanState::Effective,
        Plan::Withdrawn(_) => own::PlanState::Withdrawn,
    };
    let mut message =
        own::Plan { plan_id: id.to_string(), state: state.into(), etag: version.to_string(), ..Default::default() };
    if let Some(proposal) = plan.proposal() {
        message.fiscal_year = proposal.fiscal_year;
        message.title.clone_from(&proposal.title);
        message.project_ids = proposal.projects.iter().map(ToString::to_string).collect();
        message.proposed_by = Some(signature(&proposal.by, None, None));
    }
    if let Some(approval) = plan.approval() {
        message.resolution_no.clone_from(&approval.resolution_no);
    }
    let approved = match plan {
        Plan::Unproposed | Plan::Proposed(_) | Plan::Withdrawn(_) => None,
        Plan::Approved(_, approved) | Plan::Notice(_, approved, _) | Plan::Effective(_, approved, ..) => Some(approved),
    };
    message.approved_by = approved.map(|approved| signature(&approved.by, None, None));
    if let Some(notice) = plan.notice() {
        message.post_time = Some(timestamp(notice.posted_at));
        message.closable_time = Some(timestamp(notice.closable_at));
    }
    if let Plan::Effective(.., closed_at) = plan {
        message.close_time = Some(timestamp(*closed_at));
    }
    message
}

/// A project's money, as this reader may see it; `planned` is the living plan that it is in.
#[must_use]
pub fn project(
    money: &Money,
    version: i64,
    changed_at: OffsetDateTime,
    planned: Option<Uuid>,
    reader: &Actor,
) -> own::Project {
    let whole = pays(reader);
    // What was funded stays in its plan.
    let plan = money.stage.funding().map(|funding| funding.plan).or(planned);
    own::Project {
        project_id: money.pooled.project.to_string(),
        title: money.pooled.title.clone(),
        village: money.pooled.village.to_string(),
        state: project_state(&money.stage).into(),
        village_share_fen: money.pooled.village_share().fen(),
        charges: charges(money),
        funding_document_no: money.stage.funding().map(|funding| funding.document_no.clone()).unwrap_or_default(),
        contract: money.stage.contract().map(|signed| contract(signed, whole)),
        payments: money.payments.values().map(payment).collect(),
        accepted_fen: money.stage.accepted().unwrap_or_default().fen(),
        audited_fen: money.stage.audit().map(|account| account.audited).unwrap_or_default().fen(),
        asset_registered: money.asset.is_some(),
        etag: version.to_string(),
        update_time: Some(timestamp(changed_at)),
        suspension_reason: money.suspensions.standing().unwrap_or_default().to_owned(),
        leave_reason: money.unpooled.as_deref().map_or(LeaveReason::Unspecified, leave_reason).into(),
        fiscal_year: money.pooled.fiscal_year,
        plan_id: plan.map(|plan| plan.to_string()).unwrap_or_default(),
    }
}

/// A project of a list, as this reader may see it.
#[must_use]
pub fn listed_project(row: &ListedProject, reader: &Actor) -> own::Project {
    project(&row.money, row.version, row.updated_at, row.plan, reader)
}

/// A reason to leave the pool, of the code that facts keep.
#[must_use]
pub fn leave_reason(code: &str) -> LeaveReason {
    match code {
        "POLICY" => LeaveReason::Policy,
        "NOT_NEEDED" => LeaveReason::NotNeeded,
        "NOT_FEASIBLE" => LeaveReason::NotFeasible,
        "DUPLICATE" => LeaveReason::Duplicate,
        "EXPIRED" => LeaveReason::Expired,
        _ => LeaveReason::Unspecified,
    }
}

/// The code of a reason to leave the pool; none where none is said.
#[must_use]
pub fn leave_code(reason: LeaveReason) -> Option<&'static str> {
    match reason {
        LeaveReason::Unspecified => None,
        LeaveReason::Policy => Some("POLICY"),
        LeaveReason::NotNeeded => Some("NOT_NEEDED"),
        LeaveReason::NotFeasible => Some("NOT_FEASIBLE"),
        LeaveReason::Duplicate => Some("DUPLICATE"),
        LeaveReason::Expired => Some("EXPIRED"),
    }
}

/// Who took a step; the post and the time where they are kept beside.
#[must_use]
pub fn signature(by: &Signature, post: Option<&Post>, at: Option<OffsetDateTime>) -> SignatureMessage {
    signature::to_message((&by.person, &by.name), by.on_behalf_of.as_ref(), post, at)
}

/// Whether this reader pays, and so may see whole account numbers.
fn pays(reader: &Actor) -> bool {
    let roles = [Role::FinanceBureau, Role::PaymentReviewer, Role::PaymentReleaser, Role::TownshipFinance];
    reader.posts.iter().any(|post| roles.contains(&post.role))
}

fn project_state(stage: &Stage) -> own::ProjectState {
    match stage {
        Stage::Pooled => own::ProjectState::Pooled,
        Stage::Funded { .. } => own::ProjectState::Funded,
        Stage::Contracted { .. } => own::ProjectState::Contracted,
        Stage::Accepted { .. } => own::ProjectState::Accepted,
        Stage::FinalAccount { .. } => own::ProjectState::FinalAccount,
    }
}

/// The code of a state in the read table; none for a state that is not said.
#[must_use]
pub fn state_code(state: own::ProjectState) -> Option<&'static str> {
    match state {
        own::ProjectState::Unspecified => None,
        own::ProjectState::Pooled => Some("POOLED"),
        own::ProjectState::Funded => Some("FUNDED"),
        own::ProjectState::Contracted => Some("CONTRACTED"),
        own::ProjectState::Accepted => Some("ACCEPTED"),
        own::ProjectState::FinalAccount => Some("FINAL_ACCOUNT"),
    }
}

fn charges(money: &Money) -> Vec<own::Charge> {
    let Some(funding) = money.stage.funding() else { return Vec::new() };
    let sum = |indicator: Uuid, wanted: fn(&Payment) -> bool| -> i64 {
        let payments =
            money.payments.values().filter(|payment| payment.request.indicator == indicator && wanted(payment));
        payments.map(|payment| payment.request.amount).sum::<kernel::Fen>().fen()
    };
    let charge = |charge: &domain::Charge| own::Charge {
        indicator_id: charge.indicator.to_string(),
        source: charge.source.clone(),
        amount_fen: charge.amount.fen(),
        paid_fen: sum(charge.indicator, Payment::is_settled),
        held_fen: sum(charge.indicator, Payment::is_held),
    };
    funding.charges.iter().map(charge).collect()
}

fn contract(contract: &Contract, whole: bool) -> own::Contract {
    own::Contract {
        contract_no: contract.contract_no.clone(),
        contractor: contract.contractor.clone(),
        payee: Some(account(&contract.payee, whole)),
        price_fen: contract.price.fen(),
        retention_basis_points: i32::try_from(contract.retention_basis_points).unwrap_or(i32::MAX),
        sign_date: contract.signed_on.to_string(),
        scan: contract.scan.as_ref().map(attachment::to_message),
    }
}

fn account(payee: &Payee, whole: bool) -> own::Account {
    own::Account {
        holder: payee.holder.clone(),
        bank: payee.bank.clone(),
        number: if whole { payee.number.clone() } else { payee.masked_number() },
    }
}

fn payment(payment: &Payment) -> own::Payment {
    let (state, treasury_ref, reason) = match &payment.stage {
        PaymentStage::Requested { .. } => (own::PaymentState::Requested, "", ""),
        PaymentStage::Reviewed { .. } => (own::PaymentState::Reviewed, "", ""),
        PaymentStage::Instructed => (own::PaymentState::Instructed, "", ""),
        PaymentStage::Unknown { reason } => (own::PaymentState::Unknown, "", reason.as_str()),
        PaymentStage::Settled { treasury_ref } => (own::PaymentState::Settled, treasury_ref.as_str(), ""),
        PaymentStage::Failed { reason } => (own::PaymentState::Failed, "", reason.as_str()),
        PaymentStage::Refused { reason } => (own::PaymentState::Refused, "", reason.as_str()),
    };
    let requested = Some(&payment.requested_by);
    let (reviewed, released) = (payment.reviewed_by.as_ref(), payment.released_by.as_ref());
    own::Payment {
        payment_id: payment.id.to_string(),
        r#type: payment_type(payment.request.payment_type).into(),
        amount_fen: payment.request.amount.fen(),
        indicator_id: payment.request.indicator.to_string(),
        state: state.into(),
        invoice_nos: payment.request.invoices.clone(),
        requested_by: acted(requested),
        reviewed_by: acted(reviewed),
        released_by: acted(released),
        treasury_ref: treasury_ref.to_owned(),
        reason: reason.to_owned(),
        requested_on_behalf_of: stood_in_for(requested),
        reviewed_on_behalf_of: stood_in_for(reviewed),
        released_on_behalf_of: stood_in_for(released),
    }
}

fn acted(signature: Option<&Signature>) -> String {
    person::to_message(signature.map(|signature| &signature.person))
}

fn stood_in_for(signature: Option<&Signature>) -> String {
    person::to_message(signature.and_then(|signature| signature.on_behalf_of.as_ref()))
}

fn payment_type(payment_type: PaymentType) -> own::PaymentType {
    match payment_type {
        PaymentType::Advance => own::PaymentType::Advance,
        PaymentType::Settlement => own::PaymentType::Settlement,
    }
}

/// All accounts; the books balance when debits equal credits and every account agrees with its entries.
#[must_use]
pub fn trial_balance(accounts: Vec<BookedAccount>) -> own::TrialBalance {
    let debits_fen = accounts.iter().map(|account| account.debits_fen).sum();
    let credits_fen = accounts.iter().map(|account| account.credits_fen).sum();
    let balanced = debits_fen == credits_fen && accounts.iter().all(|account| account.agrees);
    let account = |account: BookedAccount| own::AccountBalance {
        code: account.code,
        debits_fen: account.debits_fen,
        credits_fen: account.credits_fen,
        held_fen: account.held_fen,
    };
    own::TrialBalance { accounts: accounts.into_iter().map(account).collect(), debits_fen, credits_fen, balanced }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    #[test]
    fn every_reason_to_leave_comes_back_as_it_went_out() {
        use LeaveReason::{Duplicate, Expired, NotFeasible, NotNeeded, Policy};
        for reason in [Policy, NotNeeded, NotFeasible, Duplicate, Expired] {
            assert_eq!(leave_code(reason).map(leave_reason), Some(reason));
        }
        assert_eq!(leave_code(LeaveReason::Unspecified), None);
    }

    #[test]
    fn a_contract_round_trips() {
        let signed = fixtures::contract(120_000_000);
        assert_eq!(request::contract(Some(contract(&signed, true))).expect("it was sound before"), signed);
    }

    #[test]
    fn only_those_who_pay_see_the_account() {
        assert!(pays(&fixtures::finance()) && pays(&fixtures::reviewer()) && pays(&fixtures::releaser()));
        assert!(!pays(&fixtures::collective()) && !pays(&fixtures::auditor()));
        assert_eq!(
            contract(&fixtures::contract(1), false).payee.map(|payee| payee.number).as_deref(),
            Some("****1234")
        );
    }
}
