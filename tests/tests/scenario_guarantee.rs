//! The funding guarantee of the county's finance bureau: it agrees while the year's indicators cover what is asked for.

use kernel::Role;
use proto::common::v1::{CorrectionItem, Decision, Outcome};
use tests::{
    desk::{Desk, FINANCE, approval, code_of},
    money::work_relief,
};
use tonic_types::StatusExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn scenario_09_finance_agrees_to_the_whole_balance_and_not_to_a_fen_more() {
    const KIND: &str = "DEPARTMENT_REVIEW";
    let mut desk = Desk::open().await;
    let content = desk.content();
    let over = desk.forwarded(work_relief(&content, 80_000_001, 1)).await.project_id;
    let whole = desk.forwarded(work_relief(&content, 80_000_000, 2)).await.project_id;

    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let nothing = desk.stage.decide(&finance, &whole, KIND, approval).await.expect_err("nothing was issued");
    assert_eq!(code_of(&nothing), "INDICATOR_BALANCE");

    // What is left of a source is the sum of its indicators, whoever gave them; another year's are none.
    desk.issue("LINK", "南财农指〔2022〕1号", 50_000_000).await;
    desk.issue("LINK", "南财农指〔2022〕2号", 30_000_000).await;
    desk.issue("ROAD", "南财农指〔2022〕3号", 90_000_000).await;
    let refused = desk.stage.decide(&finance, &over, KIND, approval).await.expect_err("a fen is missing");
    let status = refused.downcast_ref::<tonic::Status>().expect("a refusal");
    let info = status.get_details_error_info().expect("it explains itself");
    assert_eq!((info.reason.as_str(), info.metadata["actual"].as_str()), ("INDICATOR_BALANCE", "800000.01"));
    assert_eq!(info.metadata["limit"], "800000.00");
    assert!(status.message().contains("尚差 0.01 元"), "{}", status.message());

    desk.stage.decide(&finance, &whole, KIND, approval).await.expect("all of it is there");
    let back = |task: &proto::inbox::v1::Task| Decision {
        outcome: Outcome::Return.into(),
        opinion: "资金来源不足,请调减投资后重报".into(),
        corrections: vec![CorrectionItem {
            field: "budget".into(),
            text: "调减申请资金".into(),
            ..CorrectionItem::default()
        }],
        ..approval(task)
    };
    desk.stage.decide(&finance, &over, KIND, back).await.expect("a return needs no money");
}
