//! The ledger, the invoices and the orders of `disbursement`, kept in memory as its tables keep them.
//!
//! What moves is the real `posting.rs`; here is only what the tables' constraints say of it.

use std::collections::{BTreeMap, BTreeSet};

use disbursement::domain::{
    Indicator, Project,
    posting::{Account, Entry, Posting, Transfer, of_indicator, of_project, sum_to_zero},
    project::Event,
};
use kernel::text::comparable;
use runtime::Change;
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Posted,
    Voided,
}

/// An order to the treasury that waits for a worker.
#[derive(Debug, Clone)]
pub struct Order {
    pub project: Uuid,
    pub attempts: u32,
    pub due: OffsetDateTime,
}

#[derive(Debug, Clone, Default)]
pub struct Books {
    pub transfers: BTreeMap<Uuid, (Transfer, State)>,
    pub entries: Vec<Entry>,
    pub orders: BTreeMap<Uuid, Order>,
    invoices: BTreeMap<String, Uuid>,
    documents: BTreeSet<(String, String)>,
}

impl Books {
    pub fn of_indicator(&mut self, change: &Change<'_, Indicator>) -> Result<(), &'static str> {
        use disbursement::domain::indicator::Event;
        let Some(issue) = change.state.issue() else { return Ok(()) };
        for event in change.events {
            let document = (issue.document_key(), issue.source.clone());
            match event {
                Event::IndicatorIssued { .. } | Event::IndicatorEntered { .. } => {
                    if !self.documents.insert(document) {
                        return Err("indicators_document_key_once");
                    }
                }
                Event::IndicatorDiscarded { .. } => drop(self.documents.remove(&document)),
                Event::IndicatorConfirmed { .. } => {}
            }
            self.post(of_indicator(change.stream, issue, event).as_slice())?;
        }
        Ok(())
    }

    pub fn of_project(&mut self, change: &Change<'_, Project>) -> Result<(), &'static str> {
        let Some(file) = change.state.money() else { return Ok(()) };
        for event in change.events {
            self.post(&of_project(change.stream, file, event))?;
            match event {
                Event::PaymentRequested { payment, request, .. } => {
                    for invoice in &request.invoices {
                        if self.invoices.insert(comparable(invoice), *payment).is_some() {
                            return Err("invoices_key_once");
                        }
                    }
                }
                Event::PaymentInstructed { payment, .. } => {
                    let order = Order { project: change.stream, attempts: 0, due: change.at };
                    self.orders.insert(*payment, order);
                }
                Event::PaymentRefused { payment, .. } => self.give_back(*payment),
                Event::PaymentFailed { payment, .. } => {
                    self.give_back(*payment);
                    self.orders.remove(payment);
                }
                Event::PaymentSettled { payment, .. } => drop(self.orders.remove(payment)),
                Event::ProjectResumed { .. } => {
                    let held = self.orders.values_mut().filter(|order| order.project == change.stream);
                    held.for_each(|order| order.due = order.due.min(change.at));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What is left on an account: what was put in, less what was taken or is held.
    pub fn balance(&self, account: &Account) -> i64 {
        let posted: i64 =
            self.entries.iter().filter(|entry| entry.account == *account).map(|entry| entry.amount.fen()).sum();
        let held = self.transfers.values().filter(|(_, state)| *state == State::Pending);
        let held: i64 = held.filter(|(held, _)| held.credit == *account).map(|(held, _)| held.amount.fen()).sum();
        posted - held
    }

    fn give_back(&mut self, payment: Uuid) {
        self.invoices.retain(|_, user| *user != payment);
    }

    fn post(&mut self, postings: &[Posting]) -> Result<(), &'static str> {
        let entries: Vec<Entry> = postings.iter().flat_map(Posting::entries).collect();
        if !sum_to_zero(&entries) {
            return Err("entries_sum_to_zero");
        }
        for posting in postings {
            let transfer = posting.transfer();
            let known = self.transfers.get(&transfer.id).map(|(_, state)| *state);
            let state = match (posting, known) {
                (Posting::Post(_) | Posting::Hold(_), Some(_)) => return Err("transfers_pkey"),
                (Posting::Post(_), None) | (Posting::Settle(_), Some(State::Pending)) => State::Posted,
                (Posting::Hold(_), None) => State::Pending,
                (Posting::Void(_), Some(State::Pending)) => State::Voided,
                (Posting::Settle(_) | Posting::Void(_), _) => return Err("holds_are_pending"),
            };
            self.transfers.insert(transfer.id, (transfer.clone(), state));
            self.entries.extend(posting.entries());
            for account in [&transfer.debit, &transfer.credit] {
                if !account.may_overdraw() && self.balance(account) < 0 {
                    return Err("accounts_not_overdrawn");
                }
            }
        }
        Ok(())
    }
}
