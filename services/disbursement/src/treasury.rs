//! The treasury's port (国库集中支付), as this room calls it: a deadline on every call, and no answer taken for another.
//!
//! Whatever is not a clear answer about this very order is "not known". What to do then is [`crate::pay`]'s.

use std::time::Duration;

use anyhow::Context as _;
use proto::treasury::v1::{
    GetOrderRequest, Order, OrderState, PayRequest, treasury_service_client::TreasuryServiceClient,
};
use tonic::{
    Code, Request, Response, Status,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(5);

/// What the treasury says of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Paid.
    Paid {
        /// 支付凭证号.
        treasury_ref: String,
    },
    /// Refused; no money moved.
    Failed {
        /// Why.
        reason: String,
    },
    /// Taken, not paid yet.
    Pending,
    /// It never arrived there.
    NeverArrived,
    /// No answer, or none that makes sense.
    Unclear {
        /// What went wrong.
        reason: String,
    },
}

/// The treasury. Connects when first called, and again when the connection is lost.
#[derive(Debug, Clone)]
pub struct Treasury {
    client: TreasuryServiceClient<Channel>,
}

impl Treasury {
    /// The treasury at an address such as `http://treasury:50061`.
    ///
    /// # Errors
    /// When it is no address.
    pub fn at(address: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .with_context(|| format!("{address:?} is no address (setting --treasury or XIANJIE_TREASURY)"))?;
        let endpoint = endpoint.connect_timeout(DEADLINE).timeout(DEADLINE).tcp_nodelay(true);
        Ok(Self { client: TreasuryServiceClient::new(endpoint.connect_lazy()) })
    }

    /// Sends an order. The same payment id is one order there, however often it is sent.
    pub async fn pay(&self, order: PayRequest) -> Reply {
        let (id, amount_fen) = (order.payment_id.clone(), order.amount_fen);
        let answer = in_time(self.client.clone().pay(with_deadline(order))).await;
        match answer {
            Ok(order) => understand(&order.into_inner(), &id, amount_fen),
            Err(status) => Reply::Unclear { reason: said(&status) },
        }
    }

    /// Asks what became of an order.
    pub async fn ask(&self, payment: Uuid, amount_fen: i64) -> Reply {
        let id = payment.to_string();
        let request = GetOrderRequest { payment_id: id.clone() };
        match in_time(self.client.clone().get_order(with_deadline(request))).await {
            Ok(order) => understand(&order.into_inner(), &id, amount_fen),
            Err(status) if status.code() == Code::NotFound => Reply::NeverArrived,
            Err(status) => Reply::Unclear { reason: said(&status) },
        }
    }
}

fn with_deadline<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(DEADLINE);
    request
}

/// The deadline holds here too, should the other side not keep it.
async fn in_time<T>(call: impl Future<Output = Result<Response<T>, Status>>) -> Result<Response<T>, Status> {
    match tokio::time::timeout(DEADLINE, call).await {
        Ok(answer) => answer,
        Err(_) => Err(Status::deadline_exceeded("no answer in time")),
    }
}

fn understand(order: &Order, id: &str, amount_fen: i64) -> Reply {
    if order.payment_id != id || order.amount_fen != amount_fen {
        return Reply::Unclear {
            reason: format!("the treasury speaks of order {} over {} fen", order.payment_id, order.amount_fen),
        };
    }
    match order.state() {
        OrderState::Paid => Reply::Paid { treasury_ref: order.treasury_ref.clone() },
        OrderState::Failed => Reply::Failed { reason: order.reason.clone() },
        OrderState::Pending => Reply::Pending,
        OrderState::Unspecified => Reply::Unclear { reason: "the treasury's answer says no state".to_owned() },
    }
}

fn said(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(state: OrderState, amount_fen: i64) -> Order {
        let (payment_id, treasury_ref, reason) = ("p".to_owned(), "ZF-1".to_owned(), "账户已销户".to_owned());
        Order { payment_id, state: state.into(), treasury_ref, reason, amount_fen }
    }

    #[test]
    fn only_a_clear_answer_about_this_order_counts() {
        assert_eq!(understand(&order(OrderState::Paid, 5), "p", 5), Reply::Paid { treasury_ref: "ZF-1".to_owned() });
        assert_eq!(
            understand(&order(OrderState::Failed, 5), "p", 5),
            Reply::Failed { reason: "账户已销户".to_owned() }
        );
        assert_eq!(understand(&order(OrderState::Pending, 5), "p", 5), Reply::Pending);
        for (state, id, amount) in
            [(OrderState::Paid, "q", 5), (OrderState::Paid, "p", 6), (OrderState::Unspecified, "p", 5)]
        {
            assert!(matches!(understand(&order(state, 5), id, amount), Reply::Unclear { .. }));
        }
    }
}
