//! A step that is tried and not taken (`validate_only`): every refusal at once, the first as the true call gives it, and nothing
//! stored.

use kernel::Role;
use proto::{
    common::v1::{Decision, Outcome, RejectReason},
    inbox::v1::{CompleteTaskRequest, Task},
    intake::v1::{Application, ApplicationState, Content, ProposeApplicationRequest, UpdateApplicationRequest},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::desk::{Desk, TOWNSHIP, approval, key};
use tonic::Status;
use tonic_types::StatusExt as _;
use xianjie::{demo::stage::Player, house::ROOMS};

/// How many events, receipts and refusals each room keeps.
async fn kept(desk: &Desk) -> Vec<(&'static str, i64)> {
    let mut database = PgConnection::connect(&desk.house.database.url).await.expect("the database answers");
    let mut kept = Vec::new();
    for room in ROOMS {
        for table in ["events", "receipts", "refusals", "outbox"] {
            let count = format!("select count(*) from {room}.{table}");
            let count = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut database).await.expect("counted");
            kept.push((table, count));
        }
    }
    kept
}

/// The code of a refusal and its gRPC code.
fn first(refusal: &Status) -> (tonic::Code, String) {
    let details = refusal.get_error_details();
    (refusal.code(), details.error_info().expect("a code").reason.clone())
}

/// Every field that a refusal names, with its code.
fn every(refusal: &Status) -> Vec<(String, String)> {
    let details = refusal.get_error_details();
    let fields = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    fields.into_iter().map(|field| (field.field, field.reason)).collect()
}

fn codes(refusal: &Status) -> Vec<String> {
    let mut codes: Vec<String> = every(refusal).into_iter().map(|(_, code)| code).collect();
    codes.dedup();
    codes
}

/// That what was tried hears first what the true call hears, and all of it.
fn alike(tried: &Status, truly: &Status) {
    assert_eq!((first(tried), tried.message()), (first(truly), truly.message()));
    let all = every(tried);
    assert!(every(truly).iter().all(|field| all.contains(field)), "{all:?} lacks some of {:?}", every(truly));
}

async fn propose(who: &Player, draft: &Application, validate_only: bool) -> Result<Application, Status> {
    let Application { project_id, etag, .. } = draft.clone();
    let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only };
    Ok(who.intake.clone().propose_application(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_tried_with_all_its_faults_then_without() {
    let mut desk = Desk::open().await;
    let mut broken = desk.content();
    broken.land_note.clear();
    broken.items[0].title = "购置公务用车".into();
    for line in &mut broken.budget {
        match line.source.as_str() {
            "VILLAGE" => line.amount_fen -= 100,
            "LINK" => {}
            // The road, whose money is not the linking funds'.
            _ => line.source = "LINK".into(),
        }
    }
    let draft = desk.create(broken).await.expect("a draft may be anything");
    let secretary = desk.secretary().await;
    let before = kept(&desk).await;
    let tried = propose(&secretary, &draft, true).await.expect_err("refused");
    assert_eq!(kept(&desk).await, before, "nothing is stored");
    for code in ["REQUIRED", "SUM_MISMATCH", "ANCILLARY_IN_BASE", "RATIO_VILLAGE", "NEGLIST"] {
        assert!(codes(&tried).contains(&code.to_owned()), "{code} is missing: {:?}", codes(&tried));
    }
    let figures = tried.get_error_details().error_info().expect("a code").metadata.clone();
    for name in ["RATIO_VILLAGE.rule", "RATIO_VILLAGE.actual", "RATIO_VILLAGE.limit", "RATIO_VILLAGE.basis"] {
        assert!(figures.contains_key(name), "{name} is missing: {figures:?}");
    }
    alike(&tried, &propose(&secretary, &draft, false).await.expect_err("refused"));

    let mended = desk.update(&draft, desk.content()).await.expect("mended");
    let before = kept(&desk).await;
    let seen = propose(&secretary, &mended, true).await.expect("it could be proposed");
    assert_eq!((seen.state(), kept(&desk).await), (ApplicationState::Deliberation, before));
    assert_eq!(desk.read(&mended.project_id).await.state(), ApplicationState::Draft, "it was not");
    propose(&secretary, &mended, false).await.expect("and so it is");
    let stale = propose(&secretary, &mended, true).await.expect_err("an old etag");
    assert_eq!(first(&stale).1, "STALE_VERSION");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_tried_by_who_may_make_it_and_by_who_may_not() {
    let mut desk = Desk::open().await;
    let draft = desk.posted(desk.content()).await;
    let secretary = desk.secretary().await;
    let stranger = desk.player(Role::VillageCommittee, "430921127201").await;
    let update = |who: &Player, content: Content, validate_only| {
        let Application { project_id, etag, .. } = draft.clone();
        let content = Some(content);
        let request =
            UpdateApplicationRequest { request_id: key(), project_id, etag, content, validate_only, update_mask: None };
        let mut intake = who.intake.clone();
        async move { intake.update_application(request).await.map(tonic::Response::into_inner) }
    };
    // Fixed since the vote, and no name at all.
    let wrong = Content { category: "OTHER".into(), title: String::new(), ..desk.content() };
    let before = kept(&desk).await;
    let tried = update(&secretary, wrong.clone(), true).await.expect_err("refused");
    let told = every(&tried);
    for (field, code) in [("content.category", "CHANGE_REVIEW"), ("content.title", "REQUIRED")] {
        assert!(told.contains(&(field.to_owned(), code.to_owned())), "{field} is missing: {told:?}");
    }
    let scope = update(&stranger, wrong.clone(), true).await.expect_err("another village's");
    assert_eq!((first(&scope).1.as_str(), codes(&scope)), ("SCOPE", vec!["SCOPE".to_owned()]), "that and nothing else");
    let sound = Content { environment_note: "补充污水去向".into(), ..desk.content() };
    let seen = update(&secretary, sound, true).await.expect("it could be changed");
    assert_eq!(seen.content.expect("a content").environment_note, "补充污水去向");
    assert_eq!(kept(&desk).await, before, "nothing is stored");
    alike(&tried, &update(&secretary, wrong, false).await.expect_err("refused"));
}

async fn complete(who: &Player, task: &Task, decision: Decision, validate_only: bool) -> Result<Task, Status> {
    let request = CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token: 0,
        decision: Some(decision),
        validate_only,
    };
    let done = who.inbox.clone().complete_task(request).await?.into_inner();
    Ok(done.task.expect("a task"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_township_s_decision_is_tried_in_the_inbox_and_in_the_room_that_asked() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.submitted(content).await.project_id;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let task = desk.stage.await_task(&head, &project, "TOWNSHIP_REVIEW").await.expect("it waits");
    let mut empty = approval(&task);
    empty.answers.clear();
    empty.opinion.clear();
    desk.house.settle().await;
    let before = kept(&desk).await;
    let tried = complete(&head, &task, empty.clone(), true).await.expect_err("refused");
    let told = codes(&tried);
    for code in ["ANSWER_MISSING", "OPINION", "SITE_CHECK"] {
        assert!(told.contains(&code.to_owned()), "{code} is missing: {told:?}");
    }
    let nobody = complete(&desk.secretary().await, &task, approval(&task), true).await.expect_err("not the village's");
    assert_eq!(first(&nobody).1, "SCOPE");
    assert!(codes(&nobody).iter().all(|code| code == "SCOPE"), "that and nothing else: {nobody:?}");
    let reject = Decision {
        outcome: Outcome::Reject.into(),
        opinion: "用地尚未落实,经研究不予通过".into(),
        reject_reason: RejectReason::NoLand.into(),
        ..approval(&task)
    };
    let seen = complete(&head, &task, reject.clone(), true).await.expect("it could be decided");
    assert_eq!(seen.outcome(), Outcome::Reject);
    assert_eq!(kept(&desk).await, before, "nothing is stored");
    assert_eq!(desk.read(&project).await.state(), ApplicationState::TownshipReview);
    alike(&tried, &complete(&head, &task, empty, false).await.expect_err("refused"));
    complete(&head, &task, reject, false).await.expect("and so it is decided");
    let again = complete(&head, &task, approval(&task), true).await.expect_err("decided");
    assert_eq!(first(&again).1, "ALREADY_DECIDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_s_decision_is_tried_too() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let post = desk.departments(&content).into_iter().next().expect("a department judges it");
    let project = desk.forwarded(content).await.project_id;
    let judge = desk.stage.judge(&post).await.expect("the pack has one who can sign in");
    let task = desk.stage.await_task(&judge, &project, "DEPARTMENT_REVIEW").await.expect("it waits");
    desk.house.settle().await;
    let before = kept(&desk).await;
    let short = Decision { outcome: Outcome::Return.into(), opinion: "不".into(), ..approval(&task) };
    let tried = complete(&judge, &task, short.clone(), true).await.expect_err("refused");
    assert!(["CORRECTIONS", "OPINION_LENGTH"].iter().all(|code| codes(&tried).contains(&(*code).to_owned())));
    complete(&judge, &task, approval(&task), true).await.expect("it could be approved");
    assert_eq!(kept(&desk).await, before, "nothing is stored");
    alike(&tried, &complete(&judge, &task, short, false).await.expect_err("refused"));
}
