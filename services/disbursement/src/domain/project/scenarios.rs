//! The county official's acceptance scenarios that money answers for.

use kernel::{Fen, Refusal as _, decision::Outcome, testing::given};

use super::{Event, Project, command::Answer, story::*};
use crate::domain::{
    PaymentType, Plan, Proposal, Refusal, TaskKind,
    fixtures::{collective, finance, releaser, reviewer},
};

fn figures(refusal: &Refusal) -> (Option<String>, Option<String>) {
    let said = refusal.explain();
    (said.actual, said.limit)
}

fn some(actual: &str, limit: &str) -> (Option<String>, Option<String>) {
    (Some(actual.to_owned()), Some(limit.to_owned()))
}

#[test]
fn scenario_13_a_project_outside_the_plan_gets_no_money() {
    let Plan::Approved(proposal, approval) = approved_plan() else { unreachable!("it is approved") };
    let without = Proposal { projects: Vec::new(), ..proposal.clone() };
    let outside = approve_funding(finance(), Plan::Approved(without, approval), 120_000_000, 120_000_000);
    given::<Project>([pooled()]).when(outside).then_refused("NOT_IN_PLAN");
    let proposed = approve_funding(finance(), Plan::Proposed(proposal), 120_000_000, 120_000_000);
    given::<Project>([pooled()]).when(proposed).then_refused("WRONG_STATE");
    let unknown = approve_funding(finance(), approved_plan(), 120_000_000, 120_000_000);
    given::<Project>([]).when(unknown).then_refused("NOT_FOUND");
}

#[test]
fn scenario_14_an_advance_reaches_thirty_percent_and_not_a_fen_more() {
    let advance = |amount| ask(FIRST, request(PaymentType::Advance, amount, "F1"), collective(), true);
    given::<Project>(contracted()).when(advance(36_000_000)).then_accepted();
    let refusal = given::<Project>(contracted()).when(advance(36_000_001)).then_refused("ADVANCE_CAP");
    assert_eq!(figures(&refusal), some("360000.01", "360000.00"));
    given::<Project>(funded()).when(advance(36_000_000)).then_refused("WRONG_STATE");

    let again = ask(SECOND, request(PaymentType::Advance, 1, "F2"), collective(), true);
    let first = paid(FIRST, request(PaymentType::Advance, 36_000_000, "F1"));
    given::<Project>([contracted(), first].concat()).when(again).then_refused("ADVANCE_CAP");
}

#[test]
fn scenario_15_what_was_paid_and_what_is_under_way_count_together() {
    let advance = paid(FIRST, request(PaymentType::Advance, 36_000_000, "F1"));
    let under_way = requested(SECOND, request(PaymentType::Settlement, 78_460_000, "F2"));
    let history = [audited(118_000_000), vec![registered()], advance, vec![under_way]].concat();
    let third = ask(uuid::Uuid::from_u128(0x33), request(PaymentType::Settlement, 1, "F3"), collective(), true);
    let refusal = given::<Project>(history).when(third).then_refused("TOTAL_CAP");
    assert_eq!(figures(&refusal), some("1144600.01", "1144600.00"));
}

#[test]
fn scenario_16_the_same_answer_three_times_is_one_payment() {
    let under_way = paid(FIRST, request(PaymentType::Advance, 36_000_000, "F1"));
    let before = [contracted(), under_way[..3].to_vec()].concat();
    given::<Project>(before.clone()).when(answer(FIRST, paid_answer())).then([settled(FIRST)]);
    let after = [before, vec![settled(FIRST)]].concat();
    for _ in 0..2 {
        given::<Project>(after.clone()).when(answer(FIRST, paid_answer())).then([]);
    }
    let failed = answer(FIRST, Answer::Failed { reason: "账户已销户".to_owned() });
    given::<Project>(after).when(failed).then_refused("ALREADY_DECIDED");
}

#[test]
fn scenario_17_another_account_or_a_used_invoice_is_refused() {
    let mut other = request(PaymentType::Advance, 100, "F1");
    other.payee.number = "6222000000009999".to_owned();
    let refusal = given::<Project>(contracted()).when(ask(FIRST, other, collective(), true)).then_refused("PAYEE");
    assert_eq!(figures(&refusal), some("南县建设公司 南县农商行 ****9999", "南县建设公司 南县农商行 ****1234"));

    let first = requested(FIRST, request(PaymentType::Advance, 100, "F1"));
    let again = ask(SECOND, request(PaymentType::Advance, 100, "F1"), collective(), true);
    let refusal =
        given::<Project>([contracted(), vec![first.clone()]].concat()).when(again.clone()).then_refused("DUP_INVOICE");
    assert!(refusal.explain().zh.contains("重复报账"));

    // An invoice of a request that was given back may be used again.
    let back = given::<Project>([contracted(), vec![first.clone()]].concat())
        .when(complete(FIRST, TaskKind::PaymentReview, Outcome::Return, reviewer()))
        .then_accepted()
        .0;
    given::<Project>([contracted(), vec![first], back].concat()).when(again).then_accepted();
}

#[test]
fn scenario_18_the_final_payment_waits_for_the_register_and_keeps_the_retention_back() {
    let settlement = |amount| ask(SECOND, request(PaymentType::Settlement, amount, "F2"), collective(), true);
    let advance = paid(FIRST, request(PaymentType::Advance, 36_000_000, "F1"));
    let history = [audited(118_000_000), advance].concat();
    given::<Project>(history.clone()).when(settlement(78_460_000)).then_refused("ASSET_NOT_REGISTERED");

    let history = [history, vec![registered()]].concat();
    let refusal = given::<Project>(history.clone()).when(settlement(78_460_001)).then_refused("TOTAL_CAP");
    assert_eq!(figures(&refusal), some("1144600.01", "1144600.00"));
    let (events, state) = given::<Project>(history).when(settlement(78_460_000)).then_accepted();
    assert!(matches!(events.as_slice(), [Event::PaymentRequested { .. }]));
    let counted: Fen = state
        .money()
        .map(|money| {
            money.payments.values().filter(|payment| payment.counts()).map(|payment| payment.request.amount).sum()
        })
        .unwrap_or_default();
    assert_eq!(counted, Fen::new(114_460_000));
}

#[test]
fn the_final_payment_needs_acceptance_and_audit() {
    let settlement = || ask(FIRST, request(PaymentType::Settlement, 100, "F1"), collective(), true);
    given::<Project>(contracted()).when(settlement()).then_refused("WRONG_STATE");
    given::<Project>(accepted()).when(settlement()).then_refused("WRONG_STATE");
}

#[test]
fn a_payment_waits_for_the_plans_notice_also_at_its_release() {
    let advance = request(PaymentType::Advance, 100, "F1");
    given::<Project>(contracted()).when(ask(FIRST, advance.clone(), collective(), false)).then_refused("NOTICE_SHORT");
    let history = [contracted(), vec![requested(FIRST, advance), reviewed(FIRST)]].concat();
    let super::Command::CompleteTask(mut release) =
        complete(FIRST, TaskKind::PaymentRelease, Outcome::Approve, releaser())
    else {
        unreachable!("a completion")
    };
    release.notice_closed = false;
    given::<Project>(history).when(super::Command::CompleteTask(release)).then_refused("NOTICE_SHORT");
}

#[test]
fn the_indicators_line_is_the_last_money_cap() {
    // Two indicators pay; the first one's line is used up though the project as a whole is not.
    let mut history = contracted();
    for event in &mut history {
        if let Event::FundingApproved { funding, .. } = event {
            let mut second = funding.charges[0].clone();
            second.indicator = uuid::Uuid::from_u128(0x12);
            second.amount = Fen::new(100_000_000);
            funding.charges[0].amount = Fen::new(20_000_000);
            funding.charges.push(second);
        }
    }
    let advance = ask(FIRST, request(PaymentType::Advance, 20_000_001, "F1"), collective(), true);
    let refusal = given::<Project>(history).when(advance).then_refused("INDICATOR_BALANCE");
    assert_eq!(figures(&refusal), some("200000.01", "200000.00"));
}
