//! What the law promises about indicators, contracts, advances, invoices and payment orders, asked through the public API of the
//! house.

use kernel::{Role, calendar::civil_date};
use proto::{
    assets::v1::{GetProjectRequest, ReportCompletionRequest},
    disbursement::v1::{
        ConfirmIndicatorRequest, DiscardIndicatorRequest, GetIndicatorBalancesRequest, IndicatorState, PaymentState,
        Project, RequestPaymentRequest, SubLevel,
    },
    inbox::v1::CompleteTaskRequest,
};
use tests::{
    desk::{Desk, FINANCE, VILLAGE, approval, code, document, key, refused},
    money::{TOTAL, pack_with},
};
use time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn c17_the_levels_of_a_source_are_those_of_its_definition() {
    let folder = tempfile::tempdir().expect("a folder");
    let row = "[[indicators]]\nsource = \"LINK\"\nsub_level = \"CITY\"\nname = \"2022年市级财政衔接资金\"\n\
               department = \"430921000000-RRB\"\ndocument_no = \"南财农指〔2022〕3号\"\nyear = 2022\nyuan = \"3000000.00\"\n";
    pack_with(folder.path(), "sources.toml", &[(row, "")]);
    let mut desk = Desk::open_in(folder.path()).await;
    desk.enter_indicator(("LINK", SubLevel::City), 2022, "南财农指〔2022〕18号", 100)
        .await
        .expect("LINK has that level");
    assert_eq!(
        code(desk.enter_indicator(("LINK", SubLevel::Unspecified), 2022, "南财农指〔2022〕19号", 100).await),
        "SUB_LEVEL"
    );
    assert_eq!(
        code(desk.enter_indicator(("ROAD", SubLevel::City), 2022, "南财农指〔2022〕20号", 100).await),
        "SUB_LEVEL"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn c18_a_contract_is_dated_between_its_funding_and_today() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let (plan, indicator) = (desk.planned(&project).await, desk.indicator(2022).await);
    desk.fund(&project, &plan, &indicator).await.expect("funded");
    let funded = civil_date(desk.house.clock.now());
    desk.wait(Duration::days(3));
    let today = civil_date(desk.house.clock.now());
    for (date, limit) in [(funded - Duration::DAY, funded), (today + Duration::DAY, today)] {
        let no = refused(desk.sign(&project, |contract| contract.sign_date = date.to_string()).await);
        assert_eq!((no.code.as_str(), no.limit.as_str()), ("BAD_DATE", limit.to_string().as_str()), "{date}");
        assert_eq!(no.fields, ["contract.sign_date"]);
    }
    let no = refused(desk.sign(&project, |contract| contract.price_fen = TOTAL + 1).await);
    assert_eq!((no.code.as_str(), no.fields[0].as_str()), ("PRICE_OVER_APPROVAL", "contract.price_fen"));
    desk.sign(&project, |contract| contract.sign_date = funded.to_string()).await.expect("the day of the funding");
}

#[tokio::test(flavor = "multi_thread")]
async fn c20_no_advance_once_completion_is_reported() {
    let mut desk = Desk::open().await;
    let (project, indicator) = desk.contracted().await;
    desk.house.settle().await;
    let mut secretary = desk.player(Role::VillageCommittee, VILLAGE).await;
    let known = GetProjectRequest { project_id: project.clone() };
    let etag = secretary.assets.get_project(known).await.expect("it is being built").into_inner().etag;
    let report = ReportCompletionRequest {
        request_id: key(),
        project_id: project.clone(),
        etag,
        photos_before: vec![document("建设前")],
        photos_after: vec![document("建设后")],
    };
    secretary.assets.report_completion(report).await.expect("reported");
    desk.house.settle().await;
    let no = code(desk.ask_for_advance(&project, &indicator, |_| ()).await);
    assert_eq!(no, "ADVANCE_AFTER_COMPLETION");
}

#[tokio::test(flavor = "multi_thread")]
async fn c23_a_document_number_is_one_however_it_is_typed_and_an_indicator_has_a_ceiling() {
    let mut desk = Desk::open().await;
    let link = ("LINK", SubLevel::Central);
    desk.enter_indicator(link, 2022, "南财农指〔2022〕18号", 100).await.expect("entered");
    for again in ["南财农指〔2022〕18号 ", "南财农指[2022]18号", "南财农指(2022)18号", "南财农指〔２０２２〕１８号"]
    {
        assert_eq!(code(desk.enter_indicator(link, 2022, again, 100).await), "EXISTS", "{again}");
    }
    // Ten trillion yuan.
    let no = refused(desk.enter_indicator(link, 2022, "南财农指〔2022〕19号", 1_000_000_000_000_000).await);
    assert_eq!((no.code.as_str(), no.actual.as_str()), ("INDICATOR_CEILING", "10000000000000.00"));
    assert_eq!(no.fields, ["amount_fen"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_an_invoice_is_one_however_it_is_typed() {
    let mut desk = Desk::open().await;
    let (project, indicator) = desk.contracted().await;
    let mut with = async |number: &str| {
        desk.ask_for_advance(&project, &indicator, |request| {
            request.amount_fen = 100;
            request.invoice_nos = vec![number.to_owned()];
        })
        .await
    };
    with("043002200111FP00000001").await.expect("asked for");
    for again in ["043002200111fp00000001", "043002200111 FP00000001", "０４３００２２００１１１ＦＰ００００００01"]
    {
        let no = refused(with(again).await);
        assert_eq!((no.code.as_str(), no.fields[0].as_str()), ("DUP_INVOICE", "invoice_nos[0]"), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c23_an_indicator_is_no_balance_until_another_person_confirms_it() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let plan = desk.planned(&project).await;
    let left = async |desk: &mut Desk| {
        let mut finance = desk.player(Role::FinanceBureau, FINANCE).await;
        let request = GetIndicatorBalancesRequest { fiscal_year: 2022 };
        let sources = finance.disbursement.get_indicator_balances(request).await.expect("read").into_inner().sources;
        sources.into_iter().filter(|left| left.source == "LINK").map(|left| left.available_fen).sum::<i64>()
    };
    let before = left(&mut desk).await;
    let link = ("LINK", SubLevel::Province);
    let entered = desk.enter_indicator(link, 2022, "南财农指〔2022〕66号", TOTAL).await.expect("entered");
    assert_eq!((entered.state(), entered.available_fen), (IndicatorState::Entered, 0));
    let indicator = entered.indicator_id;
    assert_eq!(left(&mut desk).await, before, "one person alone makes no balance");
    assert_eq!(code(desk.fund(&project, &plan, &indicator).await), "INDICATOR_UNCONFIRMED");

    let mut same = desk.player(Role::FinanceBureau, FINANCE).await;
    let confirm = ConfirmIndicatorRequest { request_id: key(), indicator_id: indicator.clone() };
    assert_eq!(code(same.disbursement.confirm_indicator(confirm).await), "SAME_PERSON");
    let confirmed = desk.confirm_indicator(&indicator).await.expect("another person");
    assert_eq!((confirmed.state(), confirmed.available_fen), (IndicatorState::Confirmed, TOTAL));
    assert_eq!(left(&mut desk).await, before + TOTAL);
    desk.fund(&project, &plan, &indicator).await.expect("funded");

    // What was entered wrongly is discarded, and its number is free; what is a balance is not.
    let wrong = desk.enter_indicator(link, 2022, "南财农指〔2022〕67号", 10).await.expect("entered").indicator_id;
    let mut finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let discard = |indicator_id: &str| DiscardIndicatorRequest { request_id: key(), indicator_id: indicator_id.into() };
    finance.disbursement.discard_indicator(discard(&wrong)).await.expect("discarded");
    desk.enter_indicator(link, 2022, "南财农指〔2022〕67号", 100).await.expect("entered again");
    assert_eq!(code(finance.disbursement.discard_indicator(discard(&indicator)).await), "ALREADY_DECIDED");
}

/// A suspension and the releaser's word at the same moment, a hundred times: an order goes out once, and none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn c22_c27_a_suspension_against_the_release_holds_the_order_or_lets_it_end_a_hundred_times() {
    const TRIES: usize = 100;
    let mut desk = Desk::open().await;
    let (project, indicator) = desk.contracted().await;
    let inspector = desk.inspector().await;
    let mut held = 0;
    for nth in 0..TRIES {
        let one = |asked: &mut RequestPaymentRequest| {
            asked.amount_fen = 1_000;
            asked.invoice_nos = vec![format!("0430022000000001{nth:04}")];
        };
        desk.ask_for_advance(&project, &indicator, one).await.expect("asked for");
        let reviewer = desk.player(Role::PaymentReviewer, FINANCE).await;
        desk.stage.decide(&reviewer, &project, "PAYMENT_REVIEW", approval).await.expect("reviewed");
        let releaser = desk.player(Role::PaymentReleaser, FINANCE).await;
        let task = desk.stage.await_task(&releaser, &project, "PAYMENT_RELEASE").await.expect("the release is asked");
        let (task_id, decision) = (task.task_id.clone(), Some(approval(&task)));
        let release =
            CompleteTaskRequest { request_id: key(), task_id, fencing_token: 0, decision, validate_only: false };
        let mut inbox = releaser.inbox.clone();
        // The suspension reads first: so that neither always wins, the release begins later or sooner.
        let released = async {
            tokio::time::sleep(std::time::Duration::from_millis(nth as u64 % 10 * 3)).await;
            inbox.complete_task(release).await
        };
        let (released, suspended) = tokio::join!(released, desk.suspend_by(&inspector, &project));
        suspended.expect("suspended");
        let state = |money: Project| money.payments.last().expect("it was asked for").state();
        let (now, sent) = (state(desk.money(&project).await), desk.house.treasury.orders().len());
        match released {
            Ok(_) => {
                // The order is on its way, or held until the project goes on.
                let under_way = now == PaymentState::Instructed && (nth..=nth + 1).contains(&sent);
                assert!(under_way || (now, sent) == (PaymentState::Settled, nth + 1), "{now:?} {sent}");
            }
            Err(lost) => {
                let code = refused(Err::<(), _>(lost)).code;
                assert_eq!((code.as_str(), now, sent), ("SUSPENDED", PaymentState::Reviewed, nth));
                held += 1;
            }
        }
        desk.resume_by(&inspector, &project).await.expect("it goes on");
        if now == PaymentState::Reviewed {
            desk.house.settle().await;
            let releaser = desk.player(Role::PaymentReleaser, FINANCE).await;
            desk.stage.decide(&releaser, &project, "PAYMENT_RELEASE", approval).await.expect("released");
        }
        desk.house.settle().await;
        assert_eq!(state(desk.money(&project).await), PaymentState::Settled);
        assert_eq!(desk.house.treasury.orders().len(), nth + 1, "one order each");
    }
    assert!(0 < held && held < TRIES, "{held} of {TRIES} were suspended before their release: it was no race");
}
