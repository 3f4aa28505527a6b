//! What each fact means for the books (复式记账): transfers between two accounts, held or posted.
//!
//! Invariant: the entries of a transfer sum to zero, and a transfer's id follows from its cause, so a replay posts nothing
//! twice. Money accounts are debit-normal: a debit adds, a credit takes, and only the appropriation may go below zero.
//! The database checks both again; see `store/ledger.rs`.

use kernel::{Fen, id::derive};
use uuid::Uuid;

use super::{indicator, project, project::state::Money, record::Issue};

/// Code of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account(String);

impl Account {
    /// Where a year's money comes from; the only account that may be overdrawn.
    #[must_use]
    pub fn appropriation(year: i32) -> Self {
        Self(format!("appropriation:{year}"))
    }

    /// What is left of an indicator.
    #[must_use]
    pub fn available(indicator: Uuid) -> Self {
        Self(format!("indicator:{indicator}:available"))
    }

    /// What is approved for a project from an indicator, and not yet paid.
    #[must_use]
    pub fn approved(project: Uuid, indicator: Uuid) -> Self {
        Self(format!("project:{project}:{indicator}:approved"))
    }

    /// What was paid for a project.
    #[must_use]
    pub fn paid(project: Uuid) -> Self {
        Self(format!("paid:{project}"))
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Whether more may be taken than was put in.
    #[must_use]
    pub fn may_overdraw(&self) -> bool {
        self.0.starts_with("appropriation:")
    }
}

/// Why money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An indicator was issued.
    Issue,
    /// Funding was approved.
    Fund,
    /// A payment.
    Pay,
}

impl Cause {
    /// Stable name, as in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Issue => "ISSUE",
            Self::Fund => "FUND",
            Self::Pay => "PAY",
        }
    }
}

/// Money that moves from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Id, derived from the cause.
    pub id: Uuid,
    /// Why.
    pub cause: Cause,
    /// Project, where there is one.
    pub project: Option<Uuid>,
    /// Account that receives.
    pub debit: Account,
    /// Account that gives.
    pub credit: Account,
    /// How much, more than nothing.
    pub amount: Fen,
}

/// One side of a posted transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Transfer.
    pub transfer: Uuid,
    /// Account.
    pub account: Account,
    /// Positive for a debit, negative for a credit.
    pub amount: Fen,
}

impl Transfer {
    /// Its two sides.
    #[must_use]
    pub fn entries(&self) -> [Entry; 2] {
        let side = |account: &Account, amount| Entry { transfer: self.id, account: account.clone(), amount };
        [side(&self.debit, self.amount), side(&self.credit, Fen::ZERO.saturating_sub(self.amount))]
    }
}

/// What happens to the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posting {
    /// The transfer is posted at once.
    Post(Transfer),
    /// The money is held: nobody else can use it, nothing is posted yet.
    Hold(Transfer),
    /// The hold is posted.
    Settle(Transfer),
    /// The hold is released.
    Void(Transfer),
}

impl Posting {
    /// The transfer.
    #[must_use]
    pub fn transfer(&self) -> &Transfer {
        match self {
            Self::Post(transfer) | Self::Hold(transfer) | Self::Settle(transfer) | Self::Void(transfer) => transfer,
        }
    }

    /// The entries that it writes: none for a hold or its release.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        match self {
            Self::Post(transfer) | Self::Settle(transfer) => transfer.entries().into(),
            Self::Hold(_) | Self::Void(_) => Vec::new(),
        }
    }
}

/// Whether entries sum to zero, transfer by transfer and so in all.
#[must_use]
pub fn sum_to_zero(entries: &[Entry]) -> bool {
    entries.iter().all(|entry| {
        let of_transfer = entries.iter().filter(|other| other.transfer == entry.transfer);
        of_transfer.map(|other| i128::from(other.amount.fen())).sum::<i128>() == 0
    })
}

/// What an indicator's fact means: its money is there once it is confirmed.
#[must_use]
pub fn of_indicator(stream: Uuid, issue: &Issue, event: &indicator::event::Event) -> Option<Posting> {
    use indicator::event::Event;
    match event {
        Event::IndicatorIssued { .. } | Event::IndicatorConfirmed { .. } => Some(Posting::Post(Transfer {
            id: derive(stream, "issue"),
            cause: Cause::Issue,
            project: None,
            debit: Account::available(stream),
            credit: Account::appropriation(issue.fiscal_year),
            amount: issue.amount,
        })),
        Event::IndicatorEntered { .. } | Event::IndicatorDiscarded { .. } => None,
    }
}

/// What a project's fact means, in the state after it.
#[must_use]
pub fn of_project(stream: Uuid, money: &Money, event: &project::event::Event) -> Vec<Posting> {
    use project::event::Event;
    match event {
        Event::FundingApproved { funding, .. } => funding
            .charges
            .iter()
            .map(|charge| {
                Posting::Post(Transfer {
                    id: derive(stream, &format!("fund:{}", charge.indicator)),
                    cause: Cause::Fund,
                    project: Some(stream),
                    debit: Account::approved(stream, charge.indicator),
                    credit: Account::available(charge.indicator),
                    amount: charge.amount,
                })
            })
            .collect(),
        Event::PaymentInstructed { payment, .. } => {
            payment_transfer(stream, money, *payment).map(Posting::Hold).into_iter().collect()
        }
        Event::PaymentSettled { payment, .. } => {
            payment_transfer(stream, money, *payment).map(Posting::Settle).into_iter().collect()
        }
        Event::PaymentFailed { payment, .. } => {
            payment_transfer(stream, money, *payment).map(Posting::Void).into_iter().collect()
        }
        Event::ProjectPooled { .. }
        | Event::ContractSigned { .. }
        | Event::PaymentRequested { .. }
        | Event::PaymentReviewed { .. }
        | Event::PaymentRefused { .. }
        | Event::PaymentUnknown { .. }
        | Event::AcceptanceRecorded { .. }
        | Event::FinalAccountFixed { .. }
        | Event::AssetRegistrationRecorded { .. }
        | Event::ProjectSuspended { .. }
        | Event::ProjectResumed { .. }
        | Event::ProjectUnpooled { .. }
        | Event::ProjectReleased { .. }
        | Event::ProjectPostponed { .. }
        | Event::ProjectRolled { .. }
        | Event::ActsHeard { .. }
        | Event::DueRecounted { .. }
        | Event::CompletionReported { .. } => Vec::new(),
    }
}

fn payment_transfer(stream: Uuid, money: &Money, payment: Uuid) -> Option<Transfer> {
    let request = &money.payments.get(&payment)?.request;
    Some(Transfer {
        id: derive(payment, "pay"),
        cause: Cause::Pay,
        project: Some(stream),
        debit: Account::paid(stream),
        credit: Account::approved(stream, request.indicator),
        amount: request.amount,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn postings_sum_to_zero(amounts in prop::collection::vec((1i64..=1_000_000_000_000_000, any::<bool>()), 0..20)) {
            let mut entries = Vec::new();
            for (index, (amount, held)) in amounts.into_iter().enumerate() {
                let transfer = Transfer {
                    id: Uuid::from_u128(index as u128 + 1),
                    cause: Cause::Pay,
                    project: None,
                    debit: Account::paid(Uuid::nil()),
                    credit: Account::appropriation(2022),
                    amount: Fen::new(amount),
                };
                let posting = if held { Posting::Hold(transfer) } else { Posting::Post(transfer) };
                entries.extend(posting.entries());
            }
            prop_assert!(sum_to_zero(&entries));
            if let Some(last) = entries.pop() {
                prop_assert!(!sum_to_zero(&entries), "{last:?} was needed");
            }
        }
    }

    #[test]
    fn only_the_appropriation_may_be_overdrawn() {
        let id = Uuid::from_u128(7);
        assert!(Account::appropriation(2022).may_overdraw());
        for account in [Account::available(id), Account::approved(id, id), Account::paid(id)] {
            assert!(!account.may_overdraw(), "{}", account.code());
        }
    }
}
