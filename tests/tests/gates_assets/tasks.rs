//! Tasks that nobody can do or that are late, who stands in for whom, and what lists tell of others' projects.

use super::*;

type Tasks = TaskServiceClient<Signed>;

/// The inbox of somebody who stands in for another.
async fn standing_in(desk: &Desk, who: &Player, absent: &Player) -> Tasks {
    let own = desk.sign_in(absent, "").await.expect("signed in");
    let mut directory = DirectoryServiceClient::with_interceptor(desk.channel(), own);
    directory.start_delegation(delegation_to(who, desk.days_from_now(3))).await.expect("delegated");
    let acting = desk.sign_in(who, absent.person.id.0.as_str()).await.expect("the delegation stands");
    TaskServiceClient::with_interceptor(desk.channel(), acting)
}

async fn decide(inbox: &mut Tasks, task: &Task) -> Result<Task, Status> {
    let decision = Some(approval(task));
    let task_id = task.task_id.clone();
    let request = CompleteTaskRequest { request_id: key(), task_id, fencing_token: 0, decision, validate_only: false };
    Ok(inbox.complete_task(request).await?.into_inner().task.expect("the task"))
}

async fn shown(desk: &Desk, who: &Player, project: &str) -> Task {
    let [task] = &desk.tasks(who, project, &[]).await[..] else { panic!("one task is shown") };
    task.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn c29_a_release_that_every_releaser_is_barred_from_is_told_to_finance_at_once() {
    let mut desk = Desk::open().await;
    let (project, indicator) = desk.contracted().await;
    desk.ask_for_advance(&project, &indicator, |_| ()).await.expect("asked for");
    desk.house.settle().await;
    let reviewer = desk.player(Role::PaymentReviewer, FINANCE).await;
    let task = shown(&desk, &reviewer, &project).await;
    // Every releaser stands in for the reviewer in turn; one of them reviews.
    let releaser = desk.player(Role::PaymentReleaser, FINANCE).await;
    let mut acting = standing_in(&desk, &releaser, &reviewer).await;
    let done = decide(&mut acting, &task).await.expect("reviewed for the reviewer");
    assert_eq!(
        (done.completed_by, done.completed_on_behalf_of),
        (releaser.person.id.to_string(), reviewer.person.id.to_string()),
        "both are shown"
    );
    desk.house.settle().await;

    let barred = shown(&desk, &releaser, &project).await;
    assert_eq!(barred.kind, "PAYMENT_RELEASE");
    let why = barred.barred.clone().expect("it says why");
    assert_eq!(why.person_id, releaser.person.id.to_string());
    assert!(why.zh.contains("不相容"), "{}", why.zh);
    assert!(barred.next_actions.is_empty() && barred.subject.is_empty(), "{barred:?}");
    let claim = ClaimTaskRequest { request_id: key(), task_id: barred.task_id.clone() };
    assert_eq!(refused(releaser.inbox.clone().claim_task(claim).await).code, "SOD");
    let get = GetTaskRequest { task_id: barred.task_id.clone() };
    let got = releaser.inbox.clone().get_task(get.clone()).await.expect("as in the list").into_inner();
    assert_eq!(got, barred);

    let left = |desk: &Desk| {
        let pack = &desk.house.pack;
        let post = barred.candidate.parse().expect("a post");
        pack.persons.iter().filter(|person| person.posts.contains(&post) && person.id != releaser.person.id).count()
    };
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    if left(&desk) == 0 {
        let told = shown(&desk, &finance, &project).await;
        assert_eq!((told.task_id.as_str(), told.told()), (barred.task_id.as_str(), ToldReason::NobodyEligible));
        assert!(told.next_actions.is_empty() && told.barred.is_none(), "told, not assigned");
        let got = finance.inbox.clone().get_task(get.clone()).await.expect("and may read it").into_inner();
        assert_eq!(got, told);
    } else {
        assert!(desk.tasks(&finance, &project, &[]).await.is_empty(), "another releaser may");
    }
    let stranger = desk.player(Role::TownshipHead, TOWNSHIP).await;
    assert_eq!(refused(stranger.inbox.clone().get_task(get).await).code, "SCOPE");
}

#[tokio::test(flavor = "multi_thread")]
async fn c29_what_is_overdue_is_shown_to_the_superior_whatever_its_kind() {
    let mut desk = Desk::open().await;
    let (project, indicator) = desk.contracted().await;
    desk.ask_for_advance(&project, &indicator, |_| ()).await.expect("asked for");
    let content = desk.content();
    let village = desk.submitted(content).await.project_id;
    desk.house.settle().await;
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    assert!(desk.tasks(&bureau, &village, &[]).await.is_empty(), "nothing is late yet");

    desk.wait(Duration::days(60));
    let told = |task: Task| (task.kind.clone(), task.told(), task.overdue, task.next_actions.is_empty());
    let late = |kind: &str| (kind.to_owned(), ToldReason::Overdue, true, true);
    let finance = desk.player(Role::FinanceBureau, &finance.post.org.to_string()).await;
    assert_eq!(told(shown(&desk, &finance, &project).await), late("PAYMENT_REVIEW"));
    let bureau = desk.player(Role::RevitalizationBureau, &bureau.post.org.to_string()).await;
    assert_eq!(told(shown(&desk, &bureau, &village).await), late("TOWNSHIP_REVIEW"));
    let mine = ListTasksRequest { mine: true, ..ListTasksRequest::default() };
    assert!(bureau.inbox.clone().list_tasks(mine).await.expect("a list").into_inner().tasks.is_empty());
    let reviewer = desk.player(Role::PaymentReviewer, FINANCE).await;
    let own = shown(&desk, &reviewer, &project).await;
    assert_eq!((own.told(), own.state()), (ToldReason::Unspecified, TaskState::Ready), "who must do it is not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_a_decision_without_a_claim_hears_who_holds_the_task() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    desk.guarantee(&content).await;
    let project = desk.forwarded(content).await.project_id;
    let one = desk.stage.nth(Role::SectorDepartment, "430921000000-AGR", 0).await.expect("a reviewer");
    let two = desk.stage.nth(Role::SectorDepartment, "430921000000-AGR", 1).await.expect("another");
    let task = shown(&desk, &one, &project).await;
    let claim = ClaimTaskRequest { request_id: key(), task_id: task.task_id.clone() };
    one.inbox.clone().claim_task(claim).await.expect("claimed");
    let complete = |fencing_token| CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token,
        decision: Some(approval(&task)),
        validate_only: false,
    };
    let no = refused(two.inbox.clone().complete_task(complete(0)).await);
    assert_eq!((no.code.as_str(), no.actual), ("ALREADY_CLAIMED", one.person.id.to_string()));
    let no = refused(two.inbox.clone().complete_task(complete(7)).await);
    assert_eq!((no.code.as_str(), no.fields), ("LEASE_LOST", vec!["fencing_token".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn s14_a_number_that_is_a_novel_is_refused_by_field() {
    let mut desk = Desk::open().await;
    // Not compressible, as a row of an index must not be.
    let novel: String = (0..3_000).map(|_| key().pop().expect("a letter")).collect();
    let request = IssueIndicatorRequest {
        request_id: key(),
        document_no: novel.clone(),
        fiscal_year: 2022,
        source: "LINK".into(),
        sub_level: SubLevel::Central.into(),
        amount_fen: 100,
    };
    let mut finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let no = refused(finance.disbursement.issue_indicator(request).await);
    assert_eq!((no.code.as_str(), no.fields), ("TEXT_TOO_LONG", vec!["document_no".to_owned()]));
    let (project, indicator) = desk.contracted().await;
    let asked = desk.ask_for_advance(&project, &indicator, |request| request.invoice_nos = vec!["1".into(), novel]);
    let no = refused(asked.await);
    assert_eq!((no.code.as_str(), no.fields), ("TEXT_TOO_LONG", vec!["invoice_nos[1]".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn s14_of_another_township_s_project_only_the_township_is_said() {
    const THERE: &str = "430921127201";
    let mut desk = Desk::open().await;
    let own = desk.content();
    let mut secretary = desk.player(Role::VillageCommittee, THERE).await;
    let mut theirs = own.clone();
    theirs.village = THERE.into();
    let create = CreateApplicationRequest { request_id: key(), content: Some(theirs) };
    let Application { project_id: foreign, etag, .. } =
        secretary.intake.create_application(create).await.expect("created").into_inner();
    let propose =
        ProposeApplicationRequest { request_id: key(), project_id: foreign.clone(), etag, validate_only: false };
    secretary.intake.propose_application(propose).await.expect("proposed");

    let mut joint = own;
    joint.sub_type = "JOINT_VILLAGES".into();
    joint.joint_villages = vec![THERE.into()];
    let project_id = desk.create(joint).await.expect("created").project_id;
    let list = ListDuplicatesRequest { project_id };
    let found = desk.secretary().await.intake.list_duplicates(list.clone()).await.expect("listed").into_inner();
    let [only] = &found.duplicates[..] else { panic!("one: {found:?}") };
    assert!(only.foreign);
    assert_eq!((only.project_id.as_str(), only.title.as_str(), only.township.as_str()), ("", "", "430921127000"));
    assert!(only.reasons.is_empty() && only.overlap_percent == 0, "{only:?}");
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let found = bureau.intake.list_duplicates(list).await.expect("listed").into_inner();
    assert_eq!((found.duplicates[0].project_id.as_str(), found.duplicates[0].foreign), (foreign.as_str(), false));
}
