//! What a demanding county official tries first (domain scenarios), on the house with a moved clock, through the public
//! API: the village's vote, the 20:80 rule, duties, scope, site check, returns, the pool, bad input.

use std::path::Path;

use kernel::Role;
use prost_types::FieldMask;
use proto::{
    common::v1::{CorrectionItem, Decision, Duty, Outcome},
    inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, ListTasksRequest},
    intake::v1::{
        Application, ApplicationState, BudgetLine, BudgetUse, Content, CorrectionAnswer, CreateApplicationRequest,
        GetApplicationRequest, Item, ListApplicationsRequest, NoticeLevel, ObjectionLevel, RaiseObjectionRequest,
        ResubmitApplicationRequest, UpdateApplicationRequest,
    },
};
use sqlx::{Connection as _, PgConnection};
use tests::{
    desk::{Desk, TOWNSHIP, VILLAGE, approval, code_of, key, refused},
    money::pack_with,
};
use time::Duration;

/// A project of 茅草街镇.
const OTHER_VILLAGE: &str = "430921127201";
const OTHER_TOWNSHIP: &str = "430921127000";

/// Construction of so many fen, of which the village bears so many.
fn shared(content: &Content, construction: i64, village: i64) -> Content {
    let line = |source: &str, amount_fen| BudgetLine {
        source: source.into(),
        r#use: BudgetUse::Construction.into(),
        amount_fen,
    };
    let item = Item {
        title: "加工车间".into(),
        quantity_milli: 1_000,
        unit: "座".into(),
        amount_fen: construction,
        unit_price_fen: construction,
    };
    Content {
        items: vec![item],
        budget: vec![line("VILLAGE", village), line("LINK", construction - village)],
        total_fen: construction,
        ..content.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_01_the_representatives_meeting_needs_two_thirds_and_more_than_half() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let proposed = desk.propose(content.clone()).await.expect("proposed");
    let too_few = refused(desk.vote(&proposed, 19, (19, 0, 0)).await);
    assert_eq!(too_few.code, "QUORUM");
    let too_many_votes = refused(desk.vote(&proposed, 20, (11, 9, 1)).await);
    assert_eq!(too_many_votes.code, "VOTE");
    let failed = desk.vote(&proposed, 20, (10, 10, 0)).await.expect("a vote that fails is a vote");
    assert_eq!(failed.state(), ApplicationState::Draft);
    assert_eq!(failed.votes.iter().map(|vote| vote.passed).collect::<Vec<_>>(), [false], "it stays in the record");

    let proposed = desk.propose(content).await.expect("proposed");
    let passed = desk.vote(&proposed, 20, (11, 9, 0)).await.expect("counted");
    assert_eq!(passed.state(), ApplicationState::VillageNotice);
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_02_the_village_bears_a_fifth_to_the_fen() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let short = refused(desk.propose(shared(&content, 150_000_000, 29_850_000)).await);
    assert_eq!(
        (short.code.as_str(), short.actual.as_str(), short.limit.as_str()),
        ("RATIO_VILLAGE", "298500.00", "300000.00")
    );
    assert!(short.zh.contains("1,500.00") || short.zh.contains("1500.00"), "what is missing is said: {}", short.zh);
    assert_eq!(refused(desk.propose(shared(&content, 150_000_000, 29_999_999)).await).code, "RATIO_VILLAGE");
    desk.propose(shared(&content, 150_000_000, 30_000_000)).await.expect("a fifth");
    let odd = refused(desk.propose(shared(&content, 33_333_300, 6_666_659)).await);
    assert_eq!((odd.code.as_str(), odd.limit.as_str()), ("RATIO_VILLAGE", "66666.60"));
    desk.propose(shared(&content, 33_333_300, 6_666_660)).await.expect("a fifth of an odd sum");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_03_the_access_road_is_paid_from_other_money() {
    let mut desk = Desk::open().await;
    let right = desk.content();
    let mut inside = right.clone();
    for line in inside.budget.iter_mut().filter(|line| line.source == "ROAD") {
        line.source = "LINK".into();
    }
    assert_eq!(refused(desk.propose(inside).await).code, "ANCILLARY_IN_BASE");
    // The road's 200,000 yuan stand outside the base: a fifth of 1,500,000 is enough of 1,700,000.
    desk.propose(right).await.expect("the road is ancillary");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_04_what_the_negative_list_names_is_refused_by_its_entry() {
    let mut desk = Desk::open().await;
    for (title, entry) in [("修建村部办公楼", "N3"), ("偿还旧债", "N5"), ("购置巡逻车", "N2")] {
        let mut content = shared(&desk.content(), 150_000_000, 30_000_000);
        content.items[0].title = title.into();
        let no = refused(desk.propose(content).await);
        assert_eq!(no.code, "NEGLIST", "{title}");
        assert!(no.zh.contains(entry) && no.zh.contains(title), "{}", no.zh);
    }
}

/// The county's pack, in which the township's head also sits in the village's committee.
fn pack_with_two_posts(folder: &Path) {
    let posts = r#"account = "mahekou.gov", posts = ["T-GOV@430921129000"]"#;
    let more = r#"account = "mahekou.gov", posts = ["T-GOV@430921129000", "V-SEC@430921129201"]"#;
    pack_with(folder, "persons.toml", &[(posts, more)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_05_who_applied_does_not_review() {
    let folder = tempfile::tempdir().expect("a folder");
    pack_with_two_posts(folder.path());
    let mut desk = Desk::open_in(folder.path()).await;
    let mut head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    // The head drafts for the village in which he holds the other post; the rest goes its way.
    let content = desk.content();
    let request = CreateApplicationRequest { request_id: key(), content: Some(content) };
    let draft = head.intake.create_application(request).await.expect("drafted").into_inner();
    let checked = desk.from_draft_to_checked(draft).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let mut inbox = head.inbox.clone();
    let list = ListTasksRequest { project_id: checked.project_id.clone(), ..ListTasksRequest::default() };
    let tasks = inbox.list_tasks(list).await.expect("a list").into_inner().tasks;
    let [task] = &tasks[..] else { panic!("the head's task is shown: {tasks:?}") };
    let barred = task.barred.as_ref().expect("it says why it is not for him");
    assert_eq!((barred.person_id.as_str(), barred.duty()), (head.person.id.0.as_str(), Duty::Applicant));
    assert!(task.next_actions.is_empty(), "nothing is offered: {:?}", task.next_actions);
    let claim = ClaimTaskRequest { request_id: key(), task_id: task.task_id.clone() };
    assert_eq!(refused(inbox.claim_task(claim).await).code, "SOD");
    let decide = CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token: task.fencing_token,
        decision: Some(approval(task)),
        validate_only: false,
    };
    assert_eq!(refused(inbox.complete_task(decide).await).code, "SOD");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_06_another_town_s_project_is_invisible_and_403_when_forced() {
    let mut desk = Desk::open().await;
    let mut other = desk.player(Role::VillageCommittee, OTHER_VILLAGE).await;
    let content = Content { village: OTHER_VILLAGE.into(), ..desk.content() };
    let request = CreateApplicationRequest { request_id: key(), content: Some(content) };
    let project = other.intake.create_application(request).await.expect("drafted").into_inner().project_id;

    let mut clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    let list = clerk.intake.list_applications(ListApplicationsRequest::default()).await.expect("a list").into_inner();
    assert!(list.applications.iter().all(|listed| listed.project_id != project));
    let status = clerk.intake.get_application(GetApplicationRequest { project_id: project.clone() }).await;
    assert_eq!(status.as_ref().expect_err("forced").code(), tonic::Code::PermissionDenied);
    assert_eq!(refused(status).code, "SCOPE");
    let mut own = desk.player(Role::TownshipClerk, OTHER_TOWNSHIP).await;
    own.intake.get_application(GetApplicationRequest { project_id: project }).await.expect("its own town reads it");

    let mut database = PgConnection::connect(&desk.house.database.url).await.expect("the database");
    let recorded: Vec<(String, String)> =
        sqlx::query_as("select actor_id, code from intake.refusals where code = 'SCOPE'")
            .fetch_all(&mut database)
            .await
            .expect("the record");
    assert_eq!(recorded, [(clerk.person.id.to_string(), "SCOPE".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_07_no_approval_without_a_site_check_of_two_with_a_photograph() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let early = desk.stage.decide(&head, &submitted.project_id, "TOWNSHIP_REVIEW", approval).await;
    assert_eq!(code_of(&early.expect_err("nobody was there")), "SITE_CHECK");
    let first = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    let second = desk.player(Role::TownshipFinance, TOWNSHIP).await;
    assert_eq!(refused(desk.check_site(&submitted, &[&first], true).await).code, "SITE_CHECK");
    assert_eq!(refused(desk.check_site(&submitted, &[&first, &first], true).await).code, "SITE_CHECK");
    assert_eq!(refused(desk.check_site(&submitted, &[&first, &second], false).await).code, "SITE_CHECK");
    desk.check_site(&submitted, &[&first, &second], true).await.expect("two, with a photograph");
    desk.stage.decide(&head, &submitted.project_id, "TOWNSHIP_REVIEW", approval).await.expect("now he may");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_08_a_return_is_answered_item_by_item_and_its_rounds_are_kept() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let checked = desk.checked(content).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let fields = ["land_note", "environment_note", "schedule"];
    let back = |task: &proto::inbox::v1::Task| Decision {
        outcome: Outcome::Return.into(),
        opinion: "请按清单补正后重新上报".into(),
        corrections: fields
            .map(|field| CorrectionItem {
                field: field.into(), text: "请补充说明".into(), ..CorrectionItem::default()
            })
            .to_vec(),
        ..approval(task)
    };
    desk.stage.decide(&head, &checked.project_id, "TOWNSHIP_REVIEW", back).await.expect("returned");
    let returned = desk.reaches(&checked.project_id, ApplicationState::Returned).await;
    let mut secretary = desk.secretary().await;
    let update = UpdateApplicationRequest {
        request_id: key(),
        project_id: returned.project_id.clone(),
        etag: returned.etag.clone(),
        content: Some(Content { land_note: "已取得用地批复".into(), ..Content::default() }),
        update_mask: Some(FieldMask { paths: vec!["land_note".into()] }),
        validate_only: false,
    };
    let returned = secretary.intake.update_application(update).await.expect("corrected").into_inner();
    let answer = |item_id: &str| CorrectionAnswer { item_id: item_id.into(), text: "已补充".into() };
    let resubmit = |answers: Vec<CorrectionAnswer>| ResubmitApplicationRequest {
        request_id: key(),
        project_id: returned.project_id.clone(),
        etag: returned.etag.clone(),
        answers,
    };
    let two = secretary.intake.resubmit_application(resubmit(vec![answer("1"), answer("2")])).await;
    assert_eq!(refused(two).code, "CORRECTION_INCOMPLETE");
    let three = resubmit(vec![answer("1"), answer("2"), answer("3")]);
    let again = secretary.intake.resubmit_application(three).await.expect("all are answered").into_inner();
    assert_eq!(again.state(), ApplicationState::TownshipReview);
    desk.complete_papers(&checked.project_id).await;
    desk.stage.decide(&head, &checked.project_id, "TOWNSHIP_REVIEW", approval).await.expect("the second round");
    let approved = desk.reaches(&checked.project_id, ApplicationState::TownshipNotice).await;
    let [round] = &approved.returns[..] else { panic!("one return: {:?}", approved.returns) };
    assert_eq!((round.round, round.items.len()), (1, 3));
    assert!(round.items.iter().all(|item| item.answer == "已补充"));
    let [change] = &round.changes[..] else { panic!("one section changed: {:?}", round.changes) };
    assert_eq!((change.section.as_str(), change.after_json.as_str()), ("land_note", "\"已取得用地批复\""));
    assert!(change.before_json.contains("不占耕地"), "{change:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_that_nobody_answers_goes_up_and_holds_the_notice() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content).await;
    let mut supervisor = desk.player(Role::VillageSupervision, VILLAGE).await;
    let objection = RaiseObjectionRequest {
        request_id: key(),
        project_id: posted.project_id.clone(),
        etag: posted.etag.clone(),
        phone: "13807370001".into(),
        text: "受益名单与会议记录不符".into(),
        ..RaiseObjectionRequest::default()
    };
    let raised = supervisor.intake.raise_objection(objection).await.expect("by phone alone").into_inner();
    assert_eq!(raised.objections[0].answer_level(), ObjectionLevel::Village);
    desk.wait(Duration::days(12));
    desk.house.settle().await;
    let up = desk.read(&posted.project_id).await;
    assert_eq!(up.objections[0].answer_level(), ObjectionLevel::Township, "five working days are over");
    let secretary = desk.secretary().await;
    let closing = desk.close(&secretary, &up, NoticeLevel::Village).await;
    assert_eq!(refused(closing).code, "OBJECTION_OPEN");
}

type Change = fn(&mut Content);

#[tokio::test(flavor = "multi_thread")]
async fn scenario_29_each_wrong_field_is_named_in_chinese() {
    let mut desk = Desk::open().await;
    let sound = desk.content();
    let cases: [(&str, Change); 5] = [
        ("content.items[0].amount_fen", |content| content.items[0].amount_fen = -5),
        ("content.items[0].amount_fen", |content| content.items[0].amount_fen = 100_000_000_000_000_000),
        ("content.village", |content| content.village.clear()),
        ("content.total_fen", |content| content.total_fen = -1),
        ("content.linkage.persons", |content| content.linkage.as_mut().expect("linkage").persons = -1),
    ];
    for (field, change) in cases {
        let mut content = sound.clone();
        change(&mut content);
        let no = refused(desk.create(content).await);
        assert!(no.fields.contains(&field.to_owned()), "{field}: {no:?}");
        assert!(!no.zh.is_ascii(), "{}", no.zh);
    }
    let mut off_by_a_fen = sound.clone();
    off_by_a_fen.total_fen += 1;
    assert_eq!(refused(desk.propose(off_by_a_fen).await).code, "SUM_MISMATCH");
    let proposed = desk.propose(sound).await.expect("sound");
    let Application { project_id, etag, .. } = proposed;
    let vote = proto::intake::v1::Vote { meeting_date: "2022-02-30".into(), ..Default::default() };
    let request = proto::intake::v1::RecordVoteRequest { request_id: key(), project_id, etag, vote: Some(vote) };
    let no = refused(desk.secretary().await.intake.record_vote(request).await);
    assert!(no.fields.contains(&"vote.meeting_date".to_owned()) && no.zh.contains("2022-02-30"), "{no:?}");
}
