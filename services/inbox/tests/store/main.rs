//! Lists and claims on a real PostgreSQL: who sees what, in which order, on which page.

mod completion;
mod support;
mod watch;

use futures::future::join_all;
use kernel::Actor;
use proto::inbox::v1::{
    GetTaskRequest, ListTasksRequest, TaskState, ToldReason, task_service_server::TaskService as _,
};
use support::{Desk, ELSEWHERE, HERE, actor, asked, call, code, numbers, wu, zhou};
use time::Duration;
use tonic::Code;

fn all() -> ListTasksRequest {
    ListTasksRequest::default()
}

fn in_states(states: &[TaskState]) -> ListTasksRequest {
    ListTasksRequest { states: states.iter().map(|state| (*state).into()).collect(), ..all() }
}

#[tokio::test]
async fn a_desk_shows_its_posts_tasks_the_soonest_due_first() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 3).await;
    desk.raise(11, HERE, 1).await;
    desk.raise(12, ELSEWHERE, 2).await;
    assert_eq!(desk.ids(&zhou(), all()).await, [11, 10]);
    assert_eq!(desk.ids(&actor("both", &[HERE, ELSEWHERE]), all()).await, [11, 12, 10]);
    assert_eq!(desk.ids(&actor("nobody", &[]), all()).await, [] as [u128; 0]);
}

#[tokio::test]
async fn c29_a_task_that_a_duty_bars_is_shown_as_barred() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let stand_in = Actor { on_behalf_of: Some(actor("drafter", &[]).person), ..zhou() };
    for reader in [actor("drafter", &[HERE]), stand_in] {
        for project_id in [String::new(), uuid::Uuid::from_u128(1).to_string()] {
            let list = desk.list(&reader, ListTasksRequest { project_id, ..all() }).await.expect("a list");
            let [shown] = &list.tasks[..] else { panic!("it is shown: {list:?}") };
            let barred = shown.barred.as_ref().expect("it says that it is barred");
            assert_eq!((barred.person_id.as_str(), shown.state()), ("drafter", TaskState::Ready));
            assert!(barred.zh.contains("不相容岗位分离") && !barred.en.is_empty());
            assert!(shown.next_actions.is_empty() && shown.subject.is_empty() && shown.questions.is_empty());
            let get = GetTaskRequest { task_id: shown.task_id.clone() };
            let got = desk.tasks.get_task(call(&reader, get)).await.expect("as in the list").into_inner();
            assert_eq!(got, *shown);
        }
        assert_eq!(code(&desk.claim(&reader, task).await.expect_err("barred")), "SOD");
    }
    let free = desk.list(&zhou(), all()).await.expect("a list");
    assert!(free.tasks[0].barred.is_none() && !free.tasks[0].subject.is_empty());
}

#[tokio::test]
async fn c29_a_superior_is_told_of_what_is_overdue_and_of_what_nobody_can_do() {
    const RELEASE: &str = "C-FIN-REL@430921000000-FIN";
    let desk = Desk::open().await;
    let finance = actor("430921-0012", &["C-FIN@430921000000-FIN"]);
    let holders = {
        let post = RELEASE.parse().expect("a post");
        let held = desk.context.pack.persons.iter().filter(|person| person.posts.contains(&post));
        held.map(|person| person.id.clone()).collect::<Vec<_>>()
    };
    let due = desk.start + Duration::hours(1);
    desk.raise_as(asked(10, RELEASE, due)).await;
    desk.raise_as(inbox::domain::Request { excluded: holders, ..asked(11, RELEASE, due + Duration::hours(5)) }).await;
    desk.raise_as(asked(12, "C-FIN-REL@430921000000-AGR", due + Duration::hours(5))).await;
    let seen = |list: Vec<proto::inbox::v1::Task>| {
        let told: Vec<_> = list.iter().map(|task| (numbers(std::slice::from_ref(task))[0], task.told())).collect();
        assert!(list.iter().all(|task| task.next_actions.is_empty()), "told, not assigned");
        told
    };
    for project_id in [String::new(), uuid::Uuid::from_u128(1).to_string()] {
        let list = desk.list(&finance, ListTasksRequest { project_id, ..all() }).await.expect("a list").tasks;
        assert_eq!(seen(list), [(11, ToldReason::NobodyEligible), (12, ToldReason::NobodyEligible)]);
    }
    assert_eq!(
        code(&desk.claim(&finance, kernel::TaskId(uuid::Uuid::from_u128(11))).await.expect_err("not his")),
        "SCOPE"
    );
    desk.context.clock.advance(Duration::hours(2));
    for project_id in [String::new(), uuid::Uuid::from_u128(1).to_string()] {
        let list = desk.list(&finance, ListTasksRequest { project_id, ..all() }).await.expect("a list").tasks;
        assert_eq!(seen(list)[0], (10, ToldReason::Overdue));
    }
    let get = || GetTaskRequest { task_id: uuid::Uuid::from_u128(10).to_string() };
    let got = desk.tasks.get_task(call(&finance, get())).await.expect("who is told reads").into_inner();
    assert_eq!((got.told(), got.subject.is_empty()), (ToldReason::Overdue, false));
    let beside = actor("x", &["C-FIN-REV@430921000000-FIN"]);
    assert_eq!(desk.ids(&beside, all()).await, [] as [u128; 0]);
    assert_eq!(code(&desk.tasks.get_task(call(&beside, get())).await.expect_err("no business of his")), "SCOPE");
    assert_eq!(desk.ids(&finance, ListTasksRequest { mine: true, ..all() }).await, [] as [u128; 0]);
    // Page by page it is the same.
    let first = desk.list(&finance, ListTasksRequest { page_size: 2, ..all() }).await.expect("a page");
    let page_token = first.next_page_token.clone();
    let rest = desk.list(&finance, ListTasksRequest { page_size: 2, page_token, ..all() }).await.expect("a page");
    assert_eq!(numbers(&[first.tasks, rest.tasks].concat()), [10, 11, 12]);
}

#[tokio::test]
async fn what_a_reviewer_has_done_is_in_the_next_read() {
    let desk = Desk::open().await;
    let (first, second) = (desk.raise(10, HERE, 1).await, desk.raise(11, HERE, 2).await);
    let claimed = desk.claim(&zhou(), first).await.expect("it is free");
    assert_eq!((claimed.state(), claimed.holder_id.as_str(), claimed.fencing_token), (TaskState::Reserved, "zhou", 1));
    let mine = ListTasksRequest { mine: true, ..all() };
    assert_eq!(desk.ids(&zhou(), mine.clone()).await, [10]);
    assert_eq!(desk.ids(&wu(), mine.clone()).await, [] as [u128; 0]);
    assert_eq!(desk.ids(&wu(), all()).await, [10, 11], "a colleague sees who holds what");
    assert_eq!(desk.ids(&wu(), in_states(&[TaskState::Ready])).await, [11]);
    desk.settle(second, "wu").await;
    assert_eq!(desk.ids(&zhou(), all()).await, [10]);
    assert_eq!(desk.ids(&zhou(), in_states(&[TaskState::Completed])).await, [11]);
    desk.release(&zhou(), first, 1).await.expect("it is held");
    assert_eq!(desk.ids(&zhou(), mine).await, [] as [u128; 0]);
    assert_eq!(desk.ids(&zhou(), in_states(&[TaskState::Ready])).await, [10]);
}

#[tokio::test]
async fn who_holds_a_task_sees_it_also_without_the_post() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    desk.claim(&zhou(), task).await.expect("it is free");
    let moved = actor("zhou", &[ELSEWHERE]);
    assert_eq!(desk.ids(&moved, all()).await, [10]);
    assert_eq!(desk.ids(&moved, in_states(&[TaskState::Ready])).await, [] as [u128; 0]);
    let of_project = ListTasksRequest { project_id: uuid::Uuid::from_u128(1).to_string(), ..all() };
    assert_eq!(desk.ids(&moved, of_project).await, [10]);
}

#[tokio::test]
async fn a_claim_that_has_ended_reads_as_ready() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    desk.claim(&zhou(), task).await.expect("it is free");
    let refusal = desk.claim(&wu(), task).await.expect_err("zhou holds it");
    assert_eq!((refusal.code(), code(&refusal).as_str()), (Code::FailedPrecondition, "ALREADY_CLAIMED"));
    desk.context.clock.advance(Duration::minutes(30));
    assert_eq!(desk.ids(&wu(), in_states(&[TaskState::Reserved])).await, [] as [u128; 0]);
    let list = desk.list(&wu(), in_states(&[TaskState::Ready])).await.expect("a list");
    assert_eq!((list.tasks[0].state(), list.tasks[0].holder_id.as_str()), (TaskState::Ready, ""));
    assert_eq!(desk.ids(&zhou(), ListTasksRequest { mine: true, ..all() }).await, [] as [u128; 0]);
    assert_eq!(desk.claim(&wu(), task).await.expect("it is free again").fencing_token, 2);
}

#[tokio::test]
async fn overdue_is_told_at_the_time_of_reading() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 1).await;
    assert!(!desk.list(&zhou(), all()).await.expect("a list").tasks[0].overdue);
    desk.context.clock.advance(Duration::hours(2));
    assert!(desk.list(&zhou(), all()).await.expect("a list").tasks[0].overdue);
}

#[tokio::test]
async fn pages_go_through_everything_once_also_where_due_times_are_equal() {
    let desk = Desk::open().await;
    for number in 10..17 {
        desk.raise(number, if number % 2 == 0 { HERE } else { ELSEWHERE }, i64::from(number > 13)).await;
    }
    let reader = actor("both", &[HERE, ELSEWHERE]);
    for project_id in [String::new(), uuid::Uuid::from_u128(1).to_string()] {
        let mut request = ListTasksRequest { page_size: 3, project_id, ..all() };
        let mut seen = Vec::new();
        loop {
            let page = desk.list(&reader, request.clone()).await.expect("a page");
            seen.extend(numbers(&page.tasks));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(seen, (10..17).collect::<Vec<u128>>());
    }
    let first = desk.list(&reader, ListTasksRequest { page_size: 3, ..all() }).await.expect("a page");
    let other = ListTasksRequest { page_token: first.next_page_token, kind: "OTHER".into(), ..all() };
    assert_eq!(code(&desk.list(&reader, other).await.expect_err("another filter")), "PAGE_TOKEN");
}

#[tokio::test]
async fn lists_filter_by_project_and_kind() {
    let desk = Desk::open().await;
    desk.raise(10, HERE, 1).await;
    let mut other = asked(11, HERE, desk.start);
    other.project = kernel::ProjectId(uuid::Uuid::from_u128(2));
    other.kind = "SITE_CHECK".into();
    desk.raise_as(other).await;
    let project = |number| uuid::Uuid::from_u128(number).to_string();
    assert_eq!(desk.ids(&zhou(), ListTasksRequest { project_id: project(2), ..all() }).await, [11]);
    assert_eq!(desk.ids(&zhou(), ListTasksRequest { kind: "TOWNSHIP_REVIEW".into(), ..all() }).await, [10]);
    let none = ListTasksRequest { project_id: project(2), kind: "TOWNSHIP_REVIEW".into(), ..all() };
    assert_eq!(desk.ids(&zhou(), none).await, [] as [u128; 0]);
}

#[tokio::test]
async fn one_task_is_read_within_scope_only_and_the_attempt_is_recorded() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let get = |id: String| GetTaskRequest { task_id: id };
    let found = desk.tasks.get_task(call(&wu(), get(task.to_string()))).await.expect("its post").into_inner();
    assert_eq!((found.title.as_str(), found.etag.as_str()), ("乡镇审核", "1"));
    let stranger = actor("stranger", &[ELSEWHERE]);
    let refusal = desk.tasks.get_task(call(&stranger, get(task.to_string()))).await.expect_err("not its post");
    assert_eq!((refusal.code(), code(&refusal).as_str()), (Code::PermissionDenied, "SCOPE"));
    let unknown = desk.tasks.get_task(call(&wu(), get(uuid::Uuid::from_u128(99).to_string()))).await;
    assert_eq!(unknown.expect_err("there is none").code(), Code::NotFound);
    assert_eq!(desk.refusals().await, ["SCOPE", "NOT_FOUND"]);
}

#[tokio::test]
async fn of_two_who_claim_at_once_one_gets_it() {
    let desk = Desk::open().await;
    let task = desk.raise(10, HERE, 1).await;
    let people: Vec<Actor> = (0..8).map(|number| actor(&format!("reviewer-{number}"), &[HERE])).collect();
    let outcomes = join_all(people.iter().map(|who| desk.claim(who, task))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|refusal| code(refusal) == "ALREADY_CLAIMED")
    );
}
