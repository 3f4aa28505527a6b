//! What was ordered and what became of it. Pure: the moment comes from outside.
//!
//! A payment id names one order: the first one that arrived. A repeat is told what became of it; other content under the
//! same id is refused. How new orders are treated can be set, for good or for the next few.

use std::{collections::HashMap, time::Duration};

use proto::treasury::v1::{Behaviour, Order, OrderState, PayRequest};
use tokio::time::Instant;
use uuid::Uuid;

/// All orders, in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Book {
    lines: Vec<Line>,
    by_id: HashMap<Uuid, usize>,
    treatment: Treatment,
}

/// How new orders are treated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Treatment {
    /// What happens to them.
    pub(crate) behaviour: Behaviour,
    /// For how many; for all when none.
    pub(crate) orders_left: Option<u32>,
    /// How long a slow one takes.
    pub(crate) delay: Duration,
}

impl Default for Treatment {
    fn default() -> Self {
        Self { behaviour: Behaviour::Prompt, orders_left: None, delay: Duration::ZERO }
    }
}

/// What the sender hears.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// What became of the order.
    Said(Order),
    /// Nothing, ever.
    Silence,
}

/// The id is known with other content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherContent;

#[derive(Debug)]
struct Line {
    request: PayRequest,
    number: usize,
    fate: Fate,
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    PaidFrom(Instant),
    Failed,
}

impl Book {
    /// Takes an order, or says what became of it when it was taken before. Repeats are not counted as new orders.
    pub(crate) fn take(&mut self, id: Uuid, request: PayRequest, now: Instant) -> Result<Answer, OtherContent> {
        if let Some(line) = self.line(id) {
            return if line.request == request { Ok(Answer::Said(line.order(now))) } else { Err(OtherContent) };
        }
        let Treatment { behaviour, delay, .. } = self.next_treatment();
        let fate = match behaviour {
            Behaviour::Lost => return Ok(Answer::Silence),
            Behaviour::Unspecified | Behaviour::Prompt | Behaviour::NoAnswer => Fate::PaidFrom(now),
            Behaviour::Slow => Fate::PaidFrom(now + delay),
            Behaviour::Fail => Fate::Failed,
        };
        let line = Line { request, number: self.lines.len() + 1, fate };
        let order = line.order(now);
        self.by_id.insert(id, self.lines.len());
        self.lines.push(line);
        Ok(if behaviour == Behaviour::NoAnswer { Answer::Silence } else { Answer::Said(order) })
    }

    /// What became of an order; none when it never arrived.
    pub(crate) fn find(&self, id: Uuid, now: Instant) -> Option<Order> {
        self.line(id).map(|line| line.order(now))
    }

    /// All orders, in order of arrival.
    pub(crate) fn orders(&self, now: Instant) -> Vec<Order> {
        self.lines.iter().map(|line| line.order(now)).collect()
    }

    /// Treats new orders so from now on.
    pub(crate) fn treat(&mut self, treatment: Treatment) {
        self.treatment = treatment;
    }

    fn line(&self, id: Uuid) -> Option<&Line> {
        self.by_id.get(&id).and_then(|place| self.lines.get(*place))
    }

    fn next_treatment(&mut self) -> Treatment {
        let treatment = self.treatment;
        match treatment.orders_left {
            None => {}
            Some(0 | 1) => self.treatment = Treatment::default(),
            Some(left) => self.treatment.orders_left = Some(left - 1),
        }
        treatment
    }
}

impl Line {
    fn order(&self, now: Instant) -> Order {
        let reference = format!("SIM-{:06}", self.number);
        let (state, treasury_ref, reason) = match self.fate {
            Fate::PaidFrom(from) if from <= now => (OrderState::Paid, reference, String::new()),
            Fate::PaidFrom(_) => (OrderState::Pending, String::new(), String::new()),
            Fate::Failed => (OrderState::Failed, String::new(), "模拟国库按设定拒付 refused as told".to_owned()),
        };
        Order {
            payment_id: self.request.payment_id.clone(),
            state: state.into(),
            treasury_ref,
            reason,
            amount_fen: self.request.amount_fen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: Uuid) -> PayRequest {
        PayRequest { payment_id: id.to_string(), amount_fen: 36_000_000, ..PayRequest::default() }
    }

    fn said(answer: Result<Answer, OtherContent>) -> OrderState {
        match answer.expect("the same content") {
            Answer::Said(order) => order.state(),
            Answer::Silence => panic!("silence"),
        }
    }

    #[test]
    fn a_slow_order_is_pending_until_its_delay_has_passed() {
        let (mut book, now, id) = (Book::default(), Instant::now(), Uuid::from_u128(1));
        let delay = Duration::from_secs(60);
        book.treat(Treatment { behaviour: Behaviour::Slow, orders_left: None, delay });
        assert_eq!(said(book.take(id, request(id), now)), OrderState::Pending);
        assert_eq!(said(book.take(id, request(id), now + delay - Duration::from_millis(1))), OrderState::Pending);
        assert_eq!(said(book.take(id, request(id), now + delay)), OrderState::Paid);
        assert_eq!(book.orders(now + delay).len(), 1);
    }

    #[test]
    fn a_treatment_for_two_orders_ends_after_two_and_repeats_do_not_count() {
        let (mut book, now) = (Book::default(), Instant::now());
        book.treat(Treatment { behaviour: Behaviour::Fail, orders_left: Some(2), delay: Duration::ZERO });
        let states: Vec<OrderState> =
            [1, 1, 1, 2, 3, 1].map(Uuid::from_u128).map(|id| said(book.take(id, request(id), now))).to_vec();
        let (failed, paid) = (OrderState::Failed, OrderState::Paid);
        assert_eq!(states, [failed, failed, failed, failed, paid, failed]);
    }

    #[test]
    fn other_content_under_a_known_id_is_refused() {
        let (mut book, now, id) = (Book::default(), Instant::now(), Uuid::from_u128(1));
        assert_eq!(said(book.take(id, request(id), now)), OrderState::Paid);
        let other = PayRequest { amount_fen: 1, ..request(id) };
        assert_eq!(book.take(id, other, now), Err(OtherContent));
    }
}
