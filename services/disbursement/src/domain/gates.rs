//! What a payment must pass, in the order that the county checks: the first failure is the answer.
//!
//! State → separation of duties (the machine's) → contract and payee → R-ADV → what may be paid in all → the indicator's
//! line → G1 notice closed and G4 asset registered → invoices. The request and the release pass the same gates; what is
//! refused names the request's field, which a release does not have.

use std::collections::BTreeSet;

use kernel::{Fen, YearRules, refusal::Common, text::comparable};
use uuid::Uuid;

use super::{
    advance,
    project::state::{Money, Payment, Stage},
    record::{PaymentRequest, PaymentType},
    refusal::{fielded, refuse, refuse_figures},
    settlement,
};

/// Refuses a payment that the project's state does not allow (G3: a settlement needs acceptance and audit).
///
/// # Errors
/// `WRONG_STATE`, saying what must come first; `ADVANCE_AFTER_COMPLETION`.
pub fn check_state(money: &Money, payment_type: PaymentType) -> Result<(), Common> {
    let needed = match (payment_type, &money.stage) {
        (PaymentType::Advance, Stage::Pooled | Stage::Funded { .. }) => "须先签订合同 a contract must be signed first",
        (
            PaymentType::Settlement,
            Stage::Pooled | Stage::Funded { .. } | Stage::Contracted { .. } | Stage::Accepted { .. },
        ) => "须先竣工验收合格并审定决算 acceptance and the audited final account must come first",
        (PaymentType::Advance, Stage::Contracted { .. }) if money.completion_reported => {
            return Err(after_completion("竣工已报告 completion reported"));
        }
        (PaymentType::Advance, stage @ (Stage::Accepted { .. } | Stage::FinalAccount { .. })) => {
            return Err(after_completion(stage.code()));
        }
        (PaymentType::Advance, Stage::Contracted { .. }) | (PaymentType::Settlement, Stage::FinalAccount { .. }) => {
            return Ok(());
        }
    };
    let state = money.stage.code();
    let zh = format!("当前状态 {state} 不能支付{}:{needed}", payment_type.zh());
    let en = format!("no such payment in state {state}: {needed}");
    Err(fielded(refuse_figures("WRONG_STATE", state, payment_type.zh(), zh, en), ["type".to_owned()]))
}

/// An advance is for starting: what is finished is settled (R-ADV).
fn after_completion(found: &str) -> Common {
    let zh = "工程已报告竣工,不得再支付预付款,请办理结算";
    let en = "completion was reported: no advance any more, what is due is settled";
    let refusal = refuse_figures("ADVANCE_AFTER_COMPLETION", found, "竣工报告前 before completion", zh, en);
    fielded(refusal, ["type".to_owned()])
}

/// Refuses a payment that breaks any rule after the state's. `itself` is the payment when it is judged again.
///
/// # Errors
/// The first broken rule, with its figures.
pub fn check(
    money: &Money,
    request: &PaymentRequest,
    itself: Option<Uuid>,
    notice_closed: bool,
    rules: &YearRules,
) -> Result<(), Common> {
    let (Some(funding), Some(contract)) = (money.stage.funding(), money.stage.contract()) else {
        return check_state(money, request.payment_type);
    };
    if request.payee != contract.payee {
        let (asked, agreed) = (request.payee.masked(), contract.payee.masked());
        let zh = format!("收款账户须与合同一致:合同账户 {agreed},申请账户 {asked}");
        let en = format!("the account must be the contract's {agreed}");
        return Err(fielded(refuse_figures("PAYEE", &asked, &agreed, zh, en), ["payee".to_owned()]));
    }
    let others = || money.payments.values().filter(|payment| payment.counts() && Some(payment.id) != itself);
    let sum = |wanted: &dyn Fn(&Payment) -> bool| -> Fen {
        others().filter(|payment| wanted(payment)).map(|payment| payment.request.amount).sum()
    };
    if request.payment_type == PaymentType::Advance {
        let advances = sum(&|payment| payment.request.payment_type == PaymentType::Advance);
        advance::check(advances.saturating_add(request.amount), contract.price, rules)?;
    }
    let payable = settlement::payable(funding, contract, money.pooled.village_share(), money.stage.audit());
    settlement::check(sum(&|_| true).saturating_add(request.amount), payable)?;
    let approved = funding.charge(request.indicator).map_or(Fen::ZERO, |charge| charge.amount);
    let left = approved.saturating_sub(sum(&|payment| payment.request.indicator == request.indicator));
    check_line(request.amount, left)?;
    check_gates(money, request.payment_type, notice_closed)?;
    check_invoices(&request.invoices, others())
}

fn check_line(amount: Fen, left: Fen) -> Result<(), Common> {
    if amount <= left {
        return Ok(());
    }
    let short = amount.saturating_sub(left);
    let zh = format!("该指标批复给本项目的余额为 {left} 元,申请 {amount} 元,尚差 {short} 元");
    let en = format!("{left} is left of what was approved from this indicator, {amount} was asked");
    Err(fielded(refuse_figures("INDICATOR_BALANCE", amount, left, zh, en), ["amount_fen".to_owned()]))
}

fn check_gates(money: &Money, payment_type: PaymentType, notice_closed: bool) -> Result<(), Common> {
    if !notice_closed {
        let zh = "年度实施计划公示尚未期满结束,不得支付";
        return Err(refuse("NOTICE_SHORT", zh, "the plan's public notice has not been closed: no payment yet"));
    }
    match (payment_type, &money.asset, money.stage.audit()) {
        (PaymentType::Settlement, None, _) => {
            let zh = "资产尚未按审定金额确权登记,不得支付结算款,请先办理资产登记";
            let en = "the assets are not registered at the audited amount yet: no final payment";
            Err(refuse("ASSET_NOT_REGISTERED", zh, en))
        }
        (PaymentType::Settlement, Some(asset), Some(account)) if !asset.accounts_for(account.audited) => {
            let registered = asset.value.saturating_add(asset.non_capital);
            let zh = format!("资产登记合计 {registered} 元,审定金额 {} 元,不一致,不得支付结算款", account.audited);
            let en = format!("{registered} is registered, {} is audited: no final payment", account.audited);
            Err(refuse_figures("ASSET_SUM", registered, account.audited, zh, en))
        }
        (PaymentType::Settlement, Some(_), _) | (PaymentType::Advance, _, _) => Ok(()),
    }
}

fn check_invoices<'a>(invoices: &[String], others: impl Iterator<Item = &'a Payment>) -> Result<(), Common> {
    let used: BTreeSet<String> =
        others.flat_map(|payment| &payment.request.invoices).map(|no| comparable(no)).collect();
    let again = invoices.iter().position(|invoice| used.contains(&comparable(invoice)));
    again.map_or(Ok(()), |place| Err(duplicate_invoice(&invoices[place..=place], place)))
}

/// The refusal of invoices that were used before, here or in another project (重复报账); the first of them stands at `place`.
#[must_use]
pub fn duplicate_invoice(invoices: &[String], place: usize) -> Common {
    let listed = invoices.join("、");
    let zh = format!("发票已用于其他支付申请,属重复报账:{listed}");
    let refusal = refuse("DUP_INVOICE", zh, format!("an invoice was used before: {}", invoices.join(", ")));
    fielded(refusal, (place..place + invoices.len()).map(|place| format!("invoice_nos[{place}]")))
}
