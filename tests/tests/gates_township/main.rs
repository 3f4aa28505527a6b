//! What the township's own gates promise, tried through the public API: who checks a site, which returns count, what a
//! suspension tells and to whom, and what a refusal names.

mod site;

use kernel::Role;
use proto::{
    common::v1::{CorrectionItem, Decision, Outcome, RejectReason, ReturnStep},
    inbox::v1::Task,
    intake::v1::{
        AnswerObjectionRequest, Application, ApplicationState, CorrectionAnswer, FileObjectionRequest,
        GetApplicationRequest, GetObjectionOriginalRequest, ListApplicationsRequest, NoticeLevel, ObjectionLevel,
        RaiseObjectionRequest, RecordSiteCheckRequest, ResubmitApplicationRequest, ResumeApplicationRequest,
        ReturnApplicationRequest, SiteCheck, SuspendApplicationRequest,
        objection_form_service_client::ObjectionFormServiceClient,
    },
};
use sqlx::{Connection as _, PgConnection};
use tests::desk::{BUREAU, Desk, TOWNSHIP, VILLAGE, approval, code_of, key, refused};
use tonic::{Status, transport::Endpoint};
use xianjie::demo::stage::Player;

const OTHER_TOWNSHIP: &str = "430921127000";
const DISCIPLINE: &str = "430921000000-DISC";

/// A return of so many things by the township's head.
fn returning(items: usize) -> impl Fn(&Task) -> Decision {
    let item =
        CorrectionItem { field: "land_note".into(), text: "请补充说明".into(), ..CorrectionItem::default() };
    move |task| Decision {
        outcome: Outcome::Return.into(),
        opinion: "请按清单补正后重新上报".into(),
        corrections: vec![item.clone(); items],
        ..approval(task)
    }
}

/// An application that the township's head has returned.
async fn returned(desk: &mut Desk, items: usize) -> Application {
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    desk.stage.decide(&head, &submitted.project_id, "TOWNSHIP_REVIEW", returning(items)).await.expect("returned");
    desk.reaches(&submitted.project_id, ApplicationState::Returned).await
}

/// The return of the township's clerk.
async fn clerk_returns(desk: &mut Desk, known: &Application) -> Result<Application, Status> {
    let item =
        CorrectionItem { field: "land_note".into(), text: "请补充说明".into(), ..CorrectionItem::default() };
    let request = ReturnApplicationRequest {
        request_id: key(),
        project_id: known.project_id.clone(),
        opinion: "请按清单补正后重新上报".into(),
        items: vec![item],
        ..ReturnApplicationRequest::default()
    };
    let mut clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    Ok(clerk.intake.return_application(request).await?.into_inner())
}

async fn resubmit(desk: &mut Desk, project_id: &str, answers: &[(&str, &str)]) -> Result<Application, Status> {
    let answer = |(item, text): &(&str, &str)| CorrectionAnswer { item_id: (*item).into(), text: (*text).into() };
    let request = ResubmitApplicationRequest {
        request_id: key(),
        project_id: project_id.into(),
        etag: String::new(),
        answers: answers.iter().map(answer).collect(),
    };
    Ok(desk.secretary().await.intake.resubmit_application(request).await?.into_inner())
}

async fn suspend(who: &mut Player, known: &Application) -> Application {
    let request = SuspendApplicationRequest {
        request_id: key(),
        project_id: known.project_id.clone(),
        reason: "群众举报,立案核查".into(),
        ..SuspendApplicationRequest::default()
    };
    who.intake.suspend_application(request).await.expect("stopped").into_inner()
}

async fn resume(who: &mut Player, known: &Application) -> Result<Application, Status> {
    let project_id = known.project_id.clone();
    let request = ResumeApplicationRequest { request_id: key(), project_id, etag: String::new() };
    Ok(who.intake.resume_application(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn c5_an_upheld_objection_is_no_return_of_the_township() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let project_id = submitted.project_id.clone();
    clerk_returns(&mut desk, &submitted).await.expect("the first of two");
    resubmit(&mut desk, &project_id, &[("1", "已补充")]).await.expect("submitted again");
    desk.complete_papers(&project_id).await;
    let submitted = desk.read(&project_id).await;
    desk.check_by_two(submitted).await;
    let mut head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    desk.stage.decide(&head, &project_id, "TOWNSHIP_REVIEW", approval).await.expect("approved");
    let approved = desk.reaches(&project_id, ApplicationState::TownshipNotice).await;
    let clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    desk.post(&clerk, &approved, NoticeLevel::Township).await.expect("posted");
    let objection = RaiseObjectionRequest {
        request_id: key(),
        project_id: project_id.clone(),
        text: "受益名单与会议记录不符".into(),
        ..RaiseObjectionRequest::default()
    };
    let mut supervisor = desk.player(Role::VillageSupervision, VILLAGE).await;
    supervisor.intake.raise_objection(objection).await.expect("anonymous");
    let answer = AnswerObjectionRequest {
        request_id: key(),
        project_id: project_id.clone(),
        objection_id: "1".into(),
        upheld: true,
        text: "经核查属实,退回村里重新核对名单".into(),
        summary: "反映受益名单".into(),
        ..AnswerObjectionRequest::default()
    };
    let back = head.intake.answer_objection(answer).await.expect("upheld").into_inner();
    assert_eq!((back.state(), back.returns.len()), (ApplicationState::Returned, 2));
    let again = resubmit(&mut desk, &project_id, &[("1", "名单已核对")]).await.expect("submitted again");
    assert_eq!(again.state(), ApplicationState::TownshipReview);
    let second = clerk_returns(&mut desk, &again).await.expect("the township has returned it once");
    assert_eq!(second.state(), ApplicationState::Returned);
    resubmit(&mut desk, &project_id, &[("1", "已补充")]).await.expect("submitted again");
    let third = refused(clerk_returns(&mut desk, &second).await);
    assert_eq!((third.code.as_str(), third.actual.as_str(), third.limit.as_str()), ("THIRD_RETURN", "2", "2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn x5_only_who_may_read_a_project_learns_that_it_is_frozen() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let mut discipline = desk.player(Role::Discipline, DISCIPLINE).await;
    suspend(&mut discipline, &submitted).await;
    let first = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 0).await.expect("a clerk");
    let stopped = desk.read(&submitted.project_id).await;
    let checked = desk.check_site(&stopped, &[&first], true).await;
    assert_eq!(refused(checked).code, "SUSPENDED", "the township's own clerk hears it");
    let mut stranger = desk.player(Role::TownshipClerk, OTHER_TOWNSHIP).await;
    let request = RecordSiteCheckRequest {
        request_id: key(),
        project_id: submitted.project_id.clone(),
        site_check: Some(desk.site_check(&[&first], true)),
        ..RecordSiteCheckRequest::default()
    };
    let no = refused(stranger.intake.record_site_check(request).await);
    assert_eq!(no.code, "SCOPE", "another township's doesn't: {}", no.zh);
    assert!(!no.zh.contains("立案"), "{}", no.zh);
}

#[tokio::test(flavor = "multi_thread")]
async fn x5_only_who_froze_it_lets_it_go_on() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let draft = desk.create(content).await.expect("drafted");
    let mut discipline = desk.player(Role::Discipline, DISCIPLINE).await;
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    suspend(&mut discipline, &draft).await;
    let no = refused(resume(&mut bureau, &draft).await);
    assert_eq!((no.code.as_str(), no.limit.as_str()), ("SCOPE", "C-DISC@430921000000-DISC"));
    let seen = desk.read(&draft.project_id).await;
    assert!(!seen.next_actions.contains(&"ResumeApplication".to_owned()), "{:?}", seen.next_actions);
    resume(&mut discipline, &draft).await.expect("its own");
    suspend(&mut bureau, &draft).await;
    resume(&mut discipline, &draft).await.expect("discipline stands above the bureau");
    suspend(&mut bureau, &draft).await;
    resume(&mut bureau, &draft).await.expect("its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_a_scope_refusal_names_a_post_that_there_is() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let clerk = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 0).await.expect("a clerk");
    let mut secretary = desk.secretary().await;
    let request = RecordSiteCheckRequest {
        request_id: key(),
        project_id: submitted.project_id.clone(),
        site_check: Some(desk.site_check(&[&clerk], true)),
        ..RecordSiteCheckRequest::default()
    };
    let no = refused(secretary.intake.record_site_check(request).await);
    assert_eq!((no.code.as_str(), no.limit.as_str()), ("SCOPE", "T-OPR@430921129000"));
    let known = Application { etag: String::new(), ..submitted };
    let posting = desk.post(&clerk, &known, NoticeLevel::County).await;
    assert_eq!(refused(posting).limit, "C-RRB@430921000000-RRB");
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_a_notice_that_is_closed_is_not_closable() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content.clone()).await;
    assert!(posted.notices[0].closable_time.is_some());
    let submitted = desk.submitted(content).await;
    let [notice] = &submitted.notices[..] else { panic!("one notice: {:?}", submitted.notices) };
    assert!(notice.close_time.is_some() && notice.closable_time.is_none(), "{notice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_a_poor_answer_is_named_by_its_place_in_the_request() {
    let mut desk = Desk::open().await;
    let project_id = returned(&mut desk, 3).await.project_id;
    let blank = refused(resubmit(&mut desk, &project_id, &[("1", "已补充"), ("3", " "), ("2", "已补充")]).await);
    assert_eq!(blank.fields, ["answers[1].text"]);
    let missing = refused(resubmit(&mut desk, &project_id, &[("1", "已补充"), ("3", "已补充")]).await);
    assert_eq!((missing.code.as_str(), missing.fields), ("CORRECTION_INCOMPLETE", vec!["answers".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_who_objected_and_in_what_words_is_not_shown() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content).await;
    let objection = RaiseObjectionRequest {
        request_id: key(),
        project_id: posted.project_id.clone(),
        name: "龙晓玉".into(),
        phone: "13807370001".into(),
        text: "受益名单与会议记录不符".into(),
        ..RaiseObjectionRequest::default()
    };
    let mut supervisor = desk.player(Role::VillageSupervision, VILLAGE).await;
    let answered = supervisor.intake.raise_objection(objection).await.expect("raised").into_inner();
    let request = GetApplicationRequest { project_id: posted.project_id.clone() };
    let mut secretary = desk.secretary().await;
    let seen = secretary.intake.get_application(request).await.expect("its own").into_inner();
    for shown in [format!("{answered:?}"), format!("{seen:?}")] {
        for personal in ["龙晓玉", "13807370001", "0001\"", "受益名单与会议记录不符"] {
            assert!(!shown.contains(personal), "{personal} is shown: {shown}");
        }
    }
    let original = || GetObjectionOriginalRequest { project_id: posted.project_id.clone(), objection_id: "1".into() };
    let no = refused(secretary.intake.get_objection_original(original()).await);
    assert_eq!((no.code.as_str(), no.limit.contains("V-SUP@430921129201")), ("SCOPE", true), "{}", no.limit);
    let read = supervisor.intake.get_objection_original(original()).await.expect("the desk").into_inner();
    assert_eq!((read.name.as_str(), read.phone.as_str()), ("龙晓玉", "13807370001"));
    let mut discipline = desk.player(Role::Discipline, DISCIPLINE).await;
    discipline.intake.get_objection_original(original()).await.expect("discipline inspection");
    let mut database = PgConnection::connect(&desk.house.database.url).await.expect("the database");
    let readers: Vec<String> = sqlx::query_scalar("select person_id from intake.objection_reads order by read_at, id")
        .fetch_all(&mut database)
        .await
        .expect("the record");
    assert_eq!(readers, [supervisor.person.id.to_string(), discipline.person.id.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_a_villager_objects_without_anybodys_account_and_not_without_end() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content.clone()).await;
    let draft = desk.create(content).await.expect("drafted");
    let address = format!("http://{}", desk.house.rooms.address());
    let channel = Endpoint::from_shared(address).expect("an address").connect_lazy();
    let mut form = ObjectionFormServiceClient::new(channel);
    let says = |project_id: &str| FileObjectionRequest {
        request_id: key(),
        project_id: project_id.into(),
        text: "受益名单与会议记录不符".into(),
        ..FileObjectionRequest::default()
    };
    let filed = form.file_objection(says(&posted.project_id)).await.expect("anonymous").into_inner();
    assert_eq!((filed.objection_id.as_str(), filed.due_time.is_some()), ("1", true));
    assert_eq!(refused(form.file_objection(says(&draft.project_id)).await).code, "NO_NOTICE");
    assert_eq!(refused(form.file_objection(says(&key())).await).code, "NO_NOTICE", "nor what there is");
    let silent = FileObjectionRequest { text: String::new(), ..says(&posted.project_id) };
    assert_eq!(refused(form.file_objection(silent).await).fields, ["text"]);
    let read = desk.read(&posted.project_id).await;
    assert_eq!((read.objections.len(), read.objections[0].answer_level()), (1, ObjectionLevel::Village));
    let mut many = 4;
    let no = loop {
        match form.file_objection(says(&posted.project_id)).await {
            Ok(_) => many += 1,
            Err(status) => break refused::<()>(Err(status)),
        }
        assert!(many < 20, "somebody must stop it");
    };
    assert_eq!((no.code.as_str(), many), ("RATE_LIMITED", 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_correction_that_never_comes_ends_the_application() {
    let mut desk = Desk::open().await;
    let returned = returned(&mut desk, 1).await;
    let project_id = returned.project_id.clone();
    desk.wait(time::Duration::days(16));
    desk.house.settle().await;
    let late = desk.read(&project_id).await;
    assert_eq!(late.state(), ApplicationState::Returned, "it may still come");
    assert!(late.returns[0].lapse_time.is_some(), "and is shown as overdue");
    for mut who in [desk.secretary().await, desk.player(Role::TownshipHead, TOWNSHIP).await] {
        let list = who.intake.list_applications(ListApplicationsRequest::default()).await.expect("a list").into_inner();
        assert!(list.applications.iter().any(|row| row.project_id == project_id && row.correction_overdue));
    }
    desk.wait(time::Duration::days(50));
    desk.house.settle().await;
    let ended = desk.read(&project_id).await;
    assert_eq!((ended.state(), ended.reject_reason()), (ApplicationState::Rejected, RejectReason::Lapsed));
    let again = resubmit(&mut desk, &project_id, &[("1", "已补充")]).await;
    assert_eq!(refused(again).code, "WRONG_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_a_late_correction_is_taken_until_it_lapses() {
    let mut desk = Desk::open().await;
    let returned = returned(&mut desk, 1).await;
    desk.wait(time::Duration::days(30));
    desk.house.settle().await;
    let again = resubmit(&mut desk, &returned.project_id, &[("1", "已补充")]).await.expect("late, and still");
    assert_eq!(again.state(), ApplicationState::TownshipReview);
    desk.wait(time::Duration::days(60));
    desk.house.settle().await;
    assert_eq!(
        desk.read(&returned.project_id).await.state(),
        ApplicationState::TownshipReview,
        "nothing is due any more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn c34_a_return_to_the_notice_asks_the_head_only_that() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    desk.guarantee(&content).await;
    let posts = desk.departments(&content);
    let project = desk.forwarded(content).await.project_id;
    let returning = posts.iter().find(|post| post.role == Role::SectorDepartment).expect("one").clone();
    for post in posts {
        let reviewer = desk.player(post.role, &post.org.to_string()).await;
        let says = |task: &Task| if post == returning { back_to_the_notice(task) } else { approval(task) };
        desk.stage.decide(&reviewer, &project, "DEPARTMENT_REVIEW", says).await.expect("said");
    }
    desk.house.settle().await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let tasks = desk.tasks(&head, &project, &[]).await;
    let asked: Vec<_> = tasks.iter().flat_map(|task| &task.questions).map(|asked| asked.question_id.as_str()).collect();
    assert_eq!(asked, ["return-1"]);
    desk.stage.decide(&head, &project, "TOWNSHIP_REVIEW", approval).await.expect("answered");
    desk.reaches(&project, ApplicationState::TownshipNotice).await;
}

fn back_to_the_notice(task: &Task) -> Decision {
    let mut decision = returning(1)(task);
    let always = |id: &str| task.questions.iter().any(|asked| asked.question_id == id && asked.required_for.is_empty());
    decision.answers.retain(|answer| always(&answer.question_id));
    decision.corrections[0].set_step(ReturnStep::TownshipNotice);
    decision
}
