//! The room on a real PostgreSQL: what a step leaves in the read table and the outbox, the list, two writers on one case.

mod lists;
mod meetings;
mod support;

use kernel::{ProjectId, Role, decision::Outcome, division::Level};
use proto::{
    common::v1::{
        Answer as AnswerMessage, CorrectionItem, Decision as DecisionMessage,
        Outcome::{self as OutcomeMessage, Approve, Return},
    },
    inbox::v1::{CompleteRequest, task_source_server::TaskSource},
    review::v1::{CaseState, GetCaseRequest, ListCasesRequest, review_service_server::ReviewService},
};
use review::{
    domain::{Asked, Case, Command, Stage},
    grpc::{Cases, Tasks},
};
use runtime::Context;
use sqlx::Row as _;
use support::{actor, all_say, asking, complete, forwarded, open_tasks, opened, room, said};
use tonic::Code;
use uuid::Uuid;

/// The inbox's request to decide a task so, all of whose questions are answered with yes.
fn request(project: ProjectId, asked: &Asked, outcome: OutcomeMessage) -> CompleteRequest {
    let answers = asked.questions.iter().map(|question| AnswerMessage {
        question_id: question.id.clone(),
        yes: true,
        ..AnswerMessage::default()
    });
    let correction =
        CorrectionItem { field: "budget".into(), text: "调减申请资金".into(), ..CorrectionItem::default() };
    CompleteRequest {
        request_id: Uuid::now_v7().to_string(),
        task_id: asked.task.to_string(),
        project_id: project.to_string(),
        kind: asked.task_kind.code().into(),
        decision: Some(DecisionMessage {
            outcome: outcome.into(),
            opinion: "经审核,意见如下,请按要求办理".into(),
            answers: answers.collect(),
            corrections: if outcome == Return { vec![correction] } else { Vec::new() },
            subject_revision: asked.content_revision,
            ..DecisionMessage::default()
        }),
        validate_only: false,
    }
}

async fn row(context: &Context, project: ProjectId) -> (String, i32, i64, Option<String>, usize) {
    let row = sqlx::query("select state, round, version, resolution_no, returned from cases where project_id = $1")
        .bind(project.0)
        .fetch_one(&context.pool)
        .await
        .expect("a row");
    let returned: serde_json::Value = row.get("returned");
    (
        row.get("state"),
        row.get("round"),
        row.get("version"),
        row.get("resolution_no"),
        returned.as_array().map_or(0, Vec::len),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_leaves_its_row_and_its_messages() {
    let context = room().await;
    let project = opened(&context).await;
    let departments = context.pack.category("INDUSTRY").expect("known").reviews.len();
    assert_eq!(row(&context, project).await, ("DEPARTMENTS".into(), 1, 1, None, 0));
    assert_eq!(said(&context, "xianjie.inbox.v1.TaskRequested").await, i64::try_from(departments).expect("few"));

    all_say(&context, project, Outcome::Return).await;
    let (state, round, _, _, returned) = row(&context, project).await;
    assert_eq!((state.as_str(), round, returned), ("RETURNED", 1, departments));
    assert_eq!(said(&context, "xianjie.review.v1.CaseReturned").await, 1);

    let again = Command::ReopenCase(forwarded(&context, project, 2));
    context.journal.advance::<Case>(project.0, again).await.expect("opened again");
    all_say(&context, project, Outcome::Approve).await;
    assert_eq!(row(&context, project).await.0, "LEADING_GROUP");
    all_say(&context, project, Outcome::Approve).await;
    let (state, round, version, resolution, _) = row(&context, project).await;
    assert_eq!((state.as_str(), round, resolution.as_deref()), ("APPROVED", 2, Some("南振组〔2022〕1号")));
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    assert_eq!(found.version, version);
    assert_eq!(said(&context, "xianjie.review.v1.CaseConcluded").await, 1);
    let tasks = i64::try_from(2 * departments + 1).expect("few");
    assert_eq!(said(&context, "xianjie.inbox.v1.TaskRequested").await, tasks);
    assert_eq!(said(&context, "xianjie.inbox.v1.TaskSettled").await, tasks);
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_that_answer_at_the_same_moment_join_once() {
    let context = room().await;
    let project = opened(&context).await;
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let answers = open_tasks(&found.state).into_iter().map(|asked| {
        let (context, command) = (context.clone(), complete(&context, &asked, Outcome::Approve));
        tokio::spawn(async move { context.journal.advance::<Case>(project.0, command).await.map(drop) })
    });
    for answer in answers.collect::<Vec<_>>() {
        answer.await.expect("no panic").expect("decided");
    }
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let Case::Opened(state) = &found.state else { panic!("not opened") };
    assert_eq!(state.stage, Stage::LeadingGroup);
    assert_eq!(open_tasks(&found.state).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_approved_case_has_a_resolution() {
    let context = room().await;
    let project = opened(&context).await;
    for wrong in [
        "update cases set state = 'APPROVED' where project_id = $1",
        "update cases set resolution_no = '1', meeting_date = '2022-01-04' where project_id = $1",
        "update cases set state = 'ELSEWHERE' where project_id = $1",
    ] {
        let refused = sqlx::query(wrong).bind(project.0).execute(&context.pool).await;
        assert!(refused.is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_what_the_caller_may_see_page_by_page() {
    let context = room().await;
    let (first, second) = (opened(&context).await, opened(&context).await);
    all_say(&context, second, Outcome::Return).await;
    let county = context.pack.county.division;
    let village = context.pack.divisions.iter().find(|entry| entry.code.level() == Level::Village).expect("one").code;
    let township = village.township();
    let stranger = context.pack.divisions.iter().map(|entry| entry.code);
    let stranger = stranger.clone().find(|code| code.level() == Level::Township && *code != township).expect("another");

    let list = async |post: String, request: ListCasesRequest| {
        let request = asking(&actor("reader", &post.parse().expect("a post")), request);
        Cases::new(context.clone()).list_cases(request).await.expect("listed").into_inner()
    };
    let all = ListCasesRequest::default;
    let county_reader = format!("C-RRB@{county}-RRB");
    let ids = |cases: &[proto::review::v1::Case]| cases.iter().map(|case| case.project_id.clone()).collect::<Vec<_>>();
    let found = list(county_reader.clone(), all()).await;
    assert_eq!(ids(&found.cases), [second.to_string(), first.to_string()]);
    assert!(found.next_page_token.is_empty());
    assert_eq!(list(format!("T-GOV@{township}"), all()).await.cases.len(), 2);
    assert_eq!(list(format!("V-SEC@{village}"), all()).await.cases.len(), 2);
    assert!(list(format!("T-GOV@{stranger}"), all()).await.cases.is_empty());
    assert!(list(format!("ADM@{county}"), all()).await.cases.is_empty());

    let returned = ListCasesRequest { states: vec![CaseState::Returned.into()], ..all() };
    let found = list(county_reader.clone(), returned).await;
    assert_eq!(ids(&found.cases), [second.to_string()]);
    assert!(!found.cases[0].corrections.is_empty());

    let page = list(county_reader.clone(), ListCasesRequest { page_size: 1, ..all() }).await;
    assert_eq!(ids(&page.cases), [second.to_string()]);
    let next = ListCasesRequest { page_size: 1, page_token: page.next_page_token, ..all() };
    assert_eq!(ids(&list(county_reader, next).await.cases), [first.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_comes_from_the_inbox_once_and_refusals_are_recorded() {
    let context = room().await;
    let project = opened(&context).await;
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let asked = open_tasks(&found.state).remove(0);
    let yes = request(project, &asked, Approve);
    let tasks = Tasks::new(context.clone());
    let (holder, stranger) =
        (actor("holder", &asked.post), actor("stranger", &"T-GOV@430921105000".parse().expect("a post")));

    let refused = tasks.complete(asking(&stranger, yes.clone())).await.expect_err("holds no such post");
    assert_eq!(refused.code(), Code::PermissionDenied);
    tasks.complete(asking(&holder, yes.clone())).await.expect("decided");
    tasks.complete(asking(&holder, yes.clone())).await.expect("the same attempt, the same answer");
    assert_eq!(said(&context, "xianjie.inbox.v1.TaskSettled").await, 1);
    let second = CompleteRequest { request_id: Uuid::now_v7().to_string(), ..yes.clone() };
    let refused = tasks.complete(asking(&holder, second)).await.expect_err("decided already");
    assert!(refused.message().starts_with("ALREADY_DECIDED"), "{refused}");
    let nonsense = CompleteRequest { task_id: "x".into(), request_id: Uuid::now_v7().to_string(), ..yes };
    let refused = tasks.complete(asking(&holder, nonsense)).await.expect_err("no task");
    assert_eq!(refused.code(), Code::InvalidArgument);

    let cases = Cases::new(context.clone());
    let get = GetCaseRequest { project_id: project.to_string() };
    let read = cases.get_case(asking(&holder, get.clone())).await.expect("a county reader sees it").into_inner();
    assert_eq!(
        (read.state(), read.etag.as_str(), read.opinions.len()),
        (CaseState::Departments, "2", context.pack.category("INDUSTRY").expect("known").reviews.len())
    );
    let elsewhere = actor("elsewhere", &"V-SEC@430921199201".parse().expect("a post"));
    let refused = cases.get_case(asking(&elsewhere, get)).await.expect_err("beyond the scope");
    assert_eq!(refused.code(), Code::PermissionDenied);
    let unknown = GetCaseRequest { project_id: Uuid::now_v7().to_string() };
    let refused = cases.get_case(asking(&holder, unknown)).await.expect_err("no such case");
    assert_eq!(refused.code(), Code::NotFound);

    let codes: Vec<String> =
        sqlx::query_scalar("select code from refusals order by id").fetch_all(&context.pool).await.expect("readable");
    assert_eq!(codes, ["SCOPE", "ALREADY_DECIDED", "BAD_ID", "SCOPE", "NOT_FOUND"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_finance_s_agreement_waits_for_the_room_that_knows_what_is_left() {
    // This room has no neighbours.
    let context = room().await;
    let project = opened(&context).await;
    let tasks = Tasks::new(context.clone());
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    for asked in open_tasks(&found.state) {
        let holder = actor(&format!("holder of {}", asked.post), &asked.post);
        let answer = tasks.complete(asking(&holder, request(project, &asked, Approve))).await;
        if asked.post.role == Role::FinanceBureau {
            assert_eq!(answer.expect_err("nobody says what is left").code(), Code::Unavailable);
            tasks.complete(asking(&holder, request(project, &asked, Return))).await.expect("a return needs no money");
        } else {
            answer.expect("no other department needs to know");
        }
    }
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    assert!(open_tasks(&found.state).is_empty(), "all have answered, finance among them");
}
