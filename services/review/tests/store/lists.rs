//! Lists of cases on a real PostgreSQL: each filter and order, page by page, and what a department sees of them.

use kernel::{PersonId, ProjectId, decision::Outcome};
use proto::review::v1::{
    Case as CaseReply, CaseState, GetCaseRequest, ListCasesRequest, ListCasesResponse,
    review_service_server::ReviewService,
};
use review::{
    domain::{Case, Command},
    grpc::Cases,
};
use runtime::Context;
use time::Duration;
use tonic::Code;
use uuid::Uuid;

use crate::support::{actor, all_say, asking, complete, forwarded, open_tasks, opened, room};

const BUREAU: &str = "C-RRB@430921000000-RRB";
const AGRICULTURE: &str = "C-SEC@430921000000-AGR";
const ROADS: &str = "C-SEC@430921000000-TRA";

async fn list(context: &Context, post: &str, request: ListCasesRequest) -> ListCasesResponse {
    let request = asking(&actor("reader", &post.parse().expect("a post")), request);
    Cases::new(context.clone()).list_cases(request).await.expect("listed").into_inner()
}

/// All pages of one row each.
async fn paged(context: &Context, post: &str, request: ListCasesRequest) -> Vec<String> {
    let (mut found, mut request) = (Vec::new(), ListCasesRequest { page_size: 1, ..request });
    loop {
        let page = list(context, post, request.clone()).await;
        found.extend(ids(&page.cases));
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

fn ids(cases: &[CaseReply]) -> Vec<String> {
    cases.iter().map(|case| case.project_id.clone()).collect()
}

fn named(projects: &[ProjectId]) -> Vec<String> {
    projects.iter().map(ToString::to_string).collect()
}

/// The post's open task is decided so.
async fn decide(context: &Context, project: ProjectId, post: &str, outcome: Outcome) {
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let asked = open_tasks(&found.state).into_iter().find(|asked| asked.post.to_string() == post).expect("is asked");
    let command = complete(context, &asked, outcome);
    context.journal.advance::<Case>(project.0, command).await.expect("decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_come_in_the_order_that_is_asked_for() {
    let context = room().await;
    let first = opened(&context).await;
    context.clock.advance(Duration::days(1));
    let second = opened(&context).await;
    context.clock.advance(Duration::days(1));
    let third = opened(&context).await;
    context.clock.advance(Duration::days(1));
    decide(&context, first, BUREAU, Outcome::Approve).await;
    all_say(&context, second, Outcome::Return).await;

    let by = |order: &str| ListCasesRequest { order_by: order.into(), ..ListCasesRequest::default() };
    assert_eq!(paged(&context, BUREAU, by("")).await, named(&[third, second, first]));
    assert_eq!(paged(&context, BUREAU, by("update_time desc")).await, named(&[second, first, third]));
    assert_eq!(paged(&context, BUREAU, by("due_time")).await, named(&[first, third]), "one waits for nobody");
    let listed = list(&context, BUREAU, by("due_time")).await.cases;
    assert!(listed[0].due_time.as_ref().map(|due| due.seconds) < listed[1].due_time.as_ref().map(|due| due.seconds));
    let token = list(&context, BUREAU, ListCasesRequest { page_size: 1, ..by("due_time") }).await.next_page_token;
    let other = ListCasesRequest { page_token: token, ..by("update_time desc") };
    let reader = actor("reader", &BUREAU.parse().expect("a post"));
    let refused =
        Cases::new(context.clone()).list_cases(asking(&reader, other)).await.expect_err("another list's page");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_filtered_in_the_database() {
    let context = room().await;
    let (early, late) = (opened(&context).await, opened(&context).await);
    let costly = ProjectId(Uuid::now_v7());
    let mut great = forwarded(&context, costly, 1);
    great.referral.subject.total = kernel::Fen::new(400_000_000);
    great.referral.subject.category = "RURAL_CONSTRUCTION".into();
    great.referral.subject.fiscal_year = 2023;
    context.journal.advance::<Case>(costly.0, Command::OpenCase(great)).await.expect("opened");
    all_say(&context, costly, Outcome::Approve).await;
    decide(&context, early, BUREAU, Outcome::Approve).await;

    let all = ListCasesRequest::default;
    let found = async |request: ListCasesRequest| paged(&context, BUREAU, request).await;
    assert_eq!(found(ListCasesRequest { fiscal_year: 2022, ..all() }).await, named(&[late, early]));
    assert_eq!(found(ListCasesRequest { category: "RURAL_CONSTRUCTION".into(), ..all() }).await, named(&[costly]));
    assert_eq!(found(ListCasesRequest { with_experts: true, ..all() }).await, named(&[costly]));
    let experts = ListCasesRequest { states: vec![CaseState::ExpertReview.into()], ..all() };
    assert_eq!(found(experts).await, named(&[costly]));
    let waiting = |post: &str| ListCasesRequest { waiting_for: post.into(), ..all() };
    assert_eq!(found(waiting(BUREAU)).await, named(&[late]));
    assert_eq!(found(waiting(AGRICULTURE)).await, named(&[late, early]));
    for order in ["update_time desc", "due_time"] {
        let ordered = ListCasesRequest { order_by: order.into(), ..waiting(BUREAU) };
        assert_eq!(found(ordered).await, named(&[late]), "{order}");
    }
    let village = list(&context, BUREAU, all()).await.cases[0].village.clone();
    assert_eq!(found(ListCasesRequest { division: village, ..all() }).await.len(), 3);
    let elsewhere = ListCasesRequest { division: "430921201201".into(), ..all() };
    assert!(found(elsewhere).await.is_empty());

    let overdue = || ListCasesRequest { overdue_only: true, ..all() };
    assert!(found(overdue()).await.is_empty());
    context.clock.advance(Duration::days(30));
    assert_eq!(found(overdue()).await, named(&[costly, late, early]));
    all_say(&context, late, Outcome::Return).await;
    assert_eq!(found(overdue()).await, named(&[costly, early]), "what waits for nobody is not overdue");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_sees_what_it_is_or_was_asked_and_what_it_may_do() {
    let context = room().await;
    let (asked, other) = (opened(&context).await, ProjectId(Uuid::now_v7()));
    let mut roads = forwarded(&context, other, 1);
    roads.referral.subject.category = "RURAL_CONSTRUCTION".into();
    context.journal.advance::<Case>(other.0, Command::OpenCase(roads)).await.expect("opened");
    let posts = |project: ProjectId| {
        let context = &context;
        async move {
            let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
            open_tasks(&found.state).into_iter().map(|asked| asked.post.to_string()).collect::<Vec<_>>()
        }
    };
    assert!(posts(asked).await.contains(&AGRICULTURE.to_owned()) && !posts(asked).await.contains(&ROADS.to_owned()));
    assert!(!posts(other).await.contains(&AGRICULTURE.to_owned()));

    let all = ListCasesRequest::default;
    for order in ["", "update_time desc", "due_time"] {
        let ordered = || ListCasesRequest { order_by: order.into(), ..all() };
        assert_eq!(paged(&context, AGRICULTURE, ordered()).await, named(&[asked]), "{order}");
        assert!(!paged(&context, ROADS, ordered()).await.contains(&asked.to_string()), "{order}");
    }
    let listed = list(&context, AGRICULTURE, all()).await.cases;
    assert_eq!(listed[0].next_actions, ["CompleteTask"]);
    let get = |post: &str| {
        let request = GetCaseRequest { project_id: asked.to_string() };
        let (cases, reader) = (Cases::new(context.clone()), actor("reader", &post.parse().expect("a post")));
        async move { cases.get_case(asking(&reader, request)).await.map(tonic::Response::into_inner) }
    };
    assert_eq!(get(AGRICULTURE).await.expect("it is asked").next_actions, ["CompleteTask"]);
    assert_eq!(get(ROADS).await.expect_err("it was never asked").code(), Code::PermissionDenied);
    assert!(get("V-SEC@430921127201").await.is_err(), "another village's");

    decide(&context, asked, AGRICULTURE, Outcome::Approve).await;
    let listed = list(&context, AGRICULTURE, all()).await.cases;
    assert_eq!((ids(&listed), listed[0].next_actions.len()), (named(&[asked]), 0), "it was asked, and has answered");
    let returned = ListCasesRequest { states: vec![CaseState::Returned.into()], ..all() };
    assert!(list(&context, AGRICULTURE, returned).await.cases.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_an_opinion_names_whom_its_giver_stood_in_for() {
    let context = room().await;
    let project = opened(&context).await;
    let found = context.journal.load::<Case>(project.0).await.expect("readable").expect("there");
    let asked = open_tasks(&found.state).into_iter().find(|asked| asked.post.to_string() == AGRICULTURE);
    let Command::CompleteTask(mut complete) = complete(&context, &asked.expect("is asked"), Outcome::Approve) else {
        panic!("a completion")
    };
    complete.actor.on_behalf_of = Some(PersonId("absent".into()));
    let giver = complete.actor.person.to_string();
    context.journal.advance::<Case>(project.0, Command::CompleteTask(complete)).await.expect("decided");
    let asks =
        asking(&actor("reader", &BUREAU.parse().expect("a post")), GetCaseRequest { project_id: project.to_string() });
    let case = Cases::new(context.clone()).get_case(asks).await.expect("read").into_inner();
    let opinion = case.opinions.iter().find(|opinion| opinion.post == AGRICULTURE).expect("its opinion");
    assert_eq!((opinion.person_id.as_str(), opinion.on_behalf_of_id.as_str()), (giver.as_str(), "absent"));
    assert!(
        case.opinions.iter().filter(|other| other.post != AGRICULTURE).all(|other| other.on_behalf_of_id.is_empty())
    );
}
