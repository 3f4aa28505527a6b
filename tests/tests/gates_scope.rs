//! Who reads what, on the house with a moved clock, through the public API: in every room and every list.

use kernel::{Post, Role};
use proto::{
    common::v1::Decision,
    disbursement::v1::{self as money, ListProjectsRequest},
    inbox::v1::Task,
    intake::v1::{
        AnswerObjectionRequest, Content, GetApplicationRequest, GetPoolStatisticsRequest, ListApplicationsRequest,
        ListDuplicatesRequest, RecallApplicationRequest,
    },
    review::v1::{Case, GetCaseRequest, ListCasesRequest},
};
use runtime::testing::TestDatabase;
use sqlx::{Connection as _, PgConnection};
use tests::{
    desk::{BUREAU, Desk, FINANCE, VILLAGE, approval, key, refused},
    money::settlement_of,
    pack_folder,
};
use xianjie::demo::stage::Player;

const AGRICULTURE: &str = "430921000000-AGR";
/// Its field is roads, and the example has one.
const TRANSPORT: &str = "430921000000-TRA";
/// Nothing of the example is its field.
const SETTLEMENT: &str = "430921000000-HSE";
/// Another village of another town.
const ELSEWHERE: &str = "430921127201";
/// 4,500,000 yuan: experts must judge it.
const LARGE: i64 = 450_000_000;

/// What somebody sees of a project, room by room.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    application: bool,
    application_listed: bool,
    in_pool: bool,
    counted: bool,
    compared: bool,
    case: bool,
    case_listed: bool,
    money: bool,
    money_listed: bool,
}

impl Seen {
    fn all(seen: bool) -> Self {
        Self {
            application: seen,
            application_listed: seen,
            in_pool: seen,
            counted: seen,
            compared: seen,
            case: seen,
            case_listed: seen,
            money: seen,
            money_listed: seen,
        }
    }
}

async fn seen(who: &Player, project: &str) -> Seen {
    let project_id = || project.to_owned();
    let list = |pool_year| ListApplicationsRequest { pool_year, ..ListApplicationsRequest::default() };
    let applications = async |request| {
        let page = who.intake.clone().list_applications(request).await.expect("a list").into_inner();
        page.applications.iter().any(|found| found.project_id == project)
    };
    let counted = who.intake.clone().get_pool_statistics(GetPoolStatisticsRequest::default()).await.expect("counted");
    let counted = counted.into_inner();
    let cases = who.review.clone().list_cases(ListCasesRequest::default()).await.expect("a list").into_inner();
    let projects = who.disbursement.clone().list_projects(ListProjectsRequest::default()).await.expect("a list");
    let one = GetApplicationRequest { project_id: project_id() };
    let alike = ListDuplicatesRequest { project_id: project_id() };
    let case = GetCaseRequest { project_id: project_id() };
    let money = money::GetProjectRequest { project_id: project_id() };
    Seen {
        application: who.intake.clone().get_application(one).await.is_ok(),
        application_listed: applications(list(0)).await,
        in_pool: applications(list(2022)).await,
        counted: counted.states.iter().any(|state| state.applications > 0)
            && counted.pool.is_some_and(|pool| pool.entries > 0),
        compared: who.intake.clone().list_duplicates(alike).await.is_ok(),
        case: who.review.clone().get_case(case).await.is_ok(),
        case_listed: cases.cases.iter().any(|found| found.project_id == project),
        money: who.disbursement.clone().get_project(money).await.is_ok(),
        money_listed: projects.into_inner().projects.iter().any(|found| found.project_id == project),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_a_sector_department_reads_only_what_it_is_asked_about_in_every_room_and_list() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.pooled(content).await.project_id;
    for (role, org, reads) in [
        (Role::SectorDepartment, AGRICULTURE, true),
        (Role::SectorDepartment, TRANSPORT, true),
        (Role::SectorDepartment, SETTLEMENT, false),
        (Role::Expert, "430921000000-EXP", false),
        (Role::FinanceBureau, FINANCE, true),
        (Role::PaymentReviewer, FINANCE, true),
        (Role::RevitalizationBureau, BUREAU, true),
        (Role::LeadingGroup, "430921000000", true),
        (Role::Discipline, "430921000000-DISC", true),
        (Role::Audit, "430921000000-AUD", true),
        (Role::VillageSupervision, VILLAGE, true),
        (Role::VillageCommittee, ELSEWHERE, false),
    ] {
        let who = desk.player(role, org).await;
        assert_eq!(seen(&who, &project).await, Seen::all(reads), "{role}@{org}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_nobody_of_the_county_is_asked_about_a_draft() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let draft = desk.create(content).await.expect("drafted").project_id;
    let (asked, bureau) =
        (desk.player(Role::SectorDepartment, AGRICULTURE).await, desk.player(Role::RevitalizationBureau, BUREAU).await);
    let read = |who: &Player| {
        let (mut intake, project_id) = (who.intake.clone(), draft.clone());
        async move { intake.get_application(GetApplicationRequest { project_id }).await }
    };
    assert_eq!(refused(read(&asked).await).code, "SCOPE");
    let list = asked.intake.clone().list_applications(ListApplicationsRequest::default()).await.expect("a list");
    assert!(list.into_inner().applications.is_empty());
    read(&bureau).await.expect("the bureau reads the whole county");
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_what_was_forwarded_before_readers_were_kept_is_read_by_whom_the_pack_names() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.forwarded(content).await.project_id;
    let url = desk.house.database.url.clone();
    desk.house.rooms.stop().await;
    let mut database = PgConnection::connect(&url).await.expect("the database answers");
    for before in [
        "update intake.events set payload = payload - 'asked' where payload ->> 'kind' = 'ApplicationForwarded'",
        "update intake.applications set asked = '{}'",
    ] {
        sqlx::query(before).execute(&mut database).await.expect("as it was stored before");
    }
    let mut desk = Desk::open_at(TestDatabase { url }, &pack_folder()).await;
    for (org, reads) in [(AGRICULTURE, true), (TRANSPORT, true), (SETTLEMENT, false)] {
        let who = desk.player(Role::SectorDepartment, org).await;
        let found = seen(&who, &project).await;
        assert_eq!((found.application, found.application_listed), (reads, reads), "{org}");
    }
}

async fn case_of(who: &Player, project: &str) -> Case {
    let request = GetCaseRequest { project_id: project.to_owned() };
    who.review.clone().get_case(request).await.expect("the case is theirs to read").into_inner()
}

fn seats(case: &Case) -> usize {
    case.opinions.iter().filter(|opinion| !opinion.assignee_id.is_empty()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_an_expert_reads_the_file_of_the_own_panel_and_the_village_learns_who_with_the_report() {
    let mut desk = Desk::open().await;
    let content = settlement_of(&desk.content(), LARGE);
    let project = desk.agreed(content).await;
    desk.house.settle().await;
    let post: Post = desk.case(&project).await.waiting_for[0].parse().expect("a post");
    let office = desk.player(post.role, &post.org.to_string()).await;
    let five = |task: &Task| {
        let mut decision: Decision = approval(task);
        decision.answers.iter_mut().for_each(|answer| answer.number = 5);
        decision
    };
    desk.stage.decide(&office, &project, "PANEL_CONVENING", five).await.expect("convened");
    desk.house.settle().await;

    let panel = desk.case(&project).await.panel.expect("there is one");
    assert_eq!(panel.member_ids.len(), 5);
    let register: Vec<(String, Post)> =
        desk.house.pack.experts().into_iter().map(|(person, post)| (person.id.to_string(), post.clone())).collect();
    let mut seated = Vec::new();
    for (nth, (person, post)) in register.iter().enumerate() {
        let who = desk.stage.nth(post.role, &post.org.to_string(), nth).await.expect("an expert signs in");
        let sits = panel.member_ids.contains(person);
        let found = seen(&who, &project).await;
        let reads = (found.application, found.application_listed, found.compared, found.case, found.case_listed);
        assert_eq!(reads, (sits, sits, sits, sits, sits), "{person}");
        assert!(!found.money && !found.money_listed, "money is not theirs");
        if sits {
            assert_eq!(seats(&case_of(&who, &project).await), 1, "an expert judges before hearing the others");
            seated.push(who);
        }
    }
    let village = desk.secretary().await;
    let before = case_of(&village, &project).await;
    let shown = before.panel.as_ref().expect("a village knows that there is one");
    assert!(shown.member_ids.is_empty() && shown.draws.is_empty() && shown.size == 5, "{shown:?}");
    assert_eq!(seats(&before), 0);
    for expert in &seated {
        desk.stage.decide(expert, &project, "EXPERT_REVIEW", approval).await.expect("judged");
    }
    desk.house.settle().await;
    let after = case_of(&village, &project).await;
    assert_eq!(seats(&after), 5);
    assert_eq!(after.panel.expect("a panel").member_ids, panel.member_ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_a_stranger_hears_of_a_suspended_project_nothing_but_scope() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.submitted(content).await.project_id;
    desk.suspend(&project).await;
    for (role, org) in [
        (Role::TownshipHead, "430921127000"),
        (Role::VillageCommittee, ELSEWHERE),
        (Role::SectorDepartment, SETTLEMENT),
        (Role::Administrator, "430921000000-ADM"),
    ] {
        let who = desk.player(role, org).await;
        let project_id = || project.clone();
        let read = who.intake.clone().get_application(GetApplicationRequest { project_id: project_id() }).await;
        let recall = RecallApplicationRequest { request_id: key(), project_id: project_id(), etag: String::new() };
        let recall = who.intake.clone().recall_application(recall).await;
        let answer = AnswerObjectionRequest {
            request_id: key(),
            project_id: project_id(),
            objection_id: "1".into(),
            ..AnswerObjectionRequest::default()
        };
        let answer = who.intake.clone().answer_objection(answer).await;
        for refusal in [refused(read), refused(recall), refused(answer)] {
            assert_eq!(refusal.code, "SCOPE", "{role}@{org}");
            let said = format!("{refusal:?}");
            assert!(!said.contains("立案核查") && !said.contains(VILLAGE), "it tells of the project: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c12_a_duplicate_of_another_town_is_shown_without_its_content() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let known = desk.posted(content.clone()).await.project_id;
    let joint = Content {
        village: ELSEWHERE.into(),
        joint_villages: vec![VILLAGE.into()],
        sub_type: "JOINT_VILLAGES".into(),
        ..content
    };
    let secretary = desk.player(Role::VillageCommittee, ELSEWHERE).await;
    let create = proto::intake::v1::CreateApplicationRequest { request_id: key(), content: Some(joint) };
    let draft = secretary.intake.clone().create_application(create).await.expect("drafted").into_inner().project_id;
    let bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    for (who, shown) in [(&secretary, false), (&bureau, true)] {
        let request = ListDuplicatesRequest { project_id: draft.clone() };
        let found = who.intake.clone().list_duplicates(request).await.expect("compared").into_inner().duplicates;
        let [alike] = &found[..] else { panic!("one looks alike: {found:?}") };
        assert_eq!((alike.project_id == known, alike.reasons.is_empty(), alike.foreign), (shown, !shown, !shown));
        assert_eq!((alike.title.is_empty(), alike.state == 0, alike.township.is_empty()), (!shown, !shown, false));
    }
}
