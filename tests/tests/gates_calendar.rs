//! What holds on days whose calendar is not published yet (暂定), and once it is, through the public API.

use kernel::Role;
use proto::{
    directory::v1::LoadYearRequest,
    inbox::v1::Task,
    intake::v1::{ApplicationState, Content, Objection, RaiseObjectionRequest},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::{
    calendar::Calendar,
    desk::{Desk, FINANCE, TOWNSHIP, document, key, refused},
    house::leftovers,
    pack_folder,
    village::returned,
};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use xianjie::demo::stage::Player;

/// A desk on that day, and a content of the last fiscal year that the pack serves; its calendar ends with 2026.
async fn on(day: OffsetDateTime) -> (Desk, Content) {
    let mut desk = Desk::open().await;
    let now = desk.house.clock.now();
    desk.wait(day - now);
    let content = Content { fiscal_year: 2027, ..desk.content() };
    (desk, content)
}

async fn object(desk: &mut Desk, project_id: &str) -> Objection {
    let request = RaiseObjectionRequest {
        request_id: key(),
        project_id: project_id.to_owned(),
        text: "受益户名单不实".into(),
        ..RaiseObjectionRequest::default()
    };
    let mut secretary = desk.secretary().await;
    let application = secretary.intake.raise_objection(request).await.expect("raised").into_inner();
    application.objections.last().expect("it stands there").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn c31_an_objection_of_28_december_2026_is_raised_with_a_due_date() {
    let (mut desk, content) = on(datetime!(2026-12-28 09:00 +8)).await;
    let posted = desk.posted(content).await;
    let objection = object(&mut desk, &posted.project_id).await;
    // Five working days: 29 to 31 December, 4 and 5 January, for New Year's Day is off by law.
    let due = datetime!(2027-01-06 00:00 +8).unix_timestamp();
    assert_eq!(objection.due_time.expect("due").seconds, due);
    assert!(objection.due_provisional, "and it says so");
}

fn year_2027() -> LoadYearRequest {
    LoadYearRequest {
        request_id: key(),
        year: 2027,
        document_no: "国办发明电〔2026〕9号".into(),
        document: Some(document("节假日安排通知")),
        days_off: ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"].map(str::to_owned).to_vec(),
        workdays: vec!["2027-01-09".into()],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c31_a_year_is_loaded_with_its_document_and_counted_by_in_every_room() {
    let (mut desk, content) = on(datetime!(2026-12-06 09:00 +8)).await;
    let mut stranger = Calendar::of(&desk, "mahekou.gov").await;
    assert_eq!(refused(stranger.load(year_2027()).await).code, "SCOPE");
    let mut admin = Calendar::of(&desk, "admin").await;
    let bare = LoadYearRequest { document: None, ..year_2027() };
    assert_eq!(refused(admin.load(bare).await).fields, ["document.sha256"]);
    let far = LoadYearRequest { year: 2028, days_off: vec!["2028-01-01".into()], workdays: Vec::new(), ..year_2027() };
    assert_eq!(refused(admin.load(far).await).code, "YEAR");
    let loaded = admin.load(year_2027()).await.expect("loaded");
    assert_eq!((loaded.year, loaded.revision), (2027, 1));
    assert_eq!(admin.load(year_2027()).await.expect("the same"), loaded);
    let other =
        LoadYearRequest { document_no: "国办发明电[2026] 9号".into(), workdays: Vec::new(), ..year_2027() };
    assert_eq!(refused(admin.load(other).await).code, "EXISTS");

    let posted = desk.posted(Content { title: "另一个项目".into(), ..content.clone() }).await;
    let forwarded = desk.forwarded(content).await;
    let objection = object(&mut desk, &posted.project_id).await;
    // 29 to 31 December, 5 and 6 January.
    assert_eq!(objection.due_time.expect("due").seconds, datetime!(2027-01-07 00:00 +8).unix_timestamp());
    assert!(!objection.due_provisional);
    // Another room has heard it: ten working days with a Saturday that is worked, 9 January.
    let post = desk.case(&forwarded.project_id).await.waiting_for[0].clone();
    let (role, org) = post.split_once('@').expect("a post");
    let reviewer = desk.player(role.parse().expect("a role"), org).await;
    let task = desk.tasks(&reviewer, &forwarded.project_id, &[]).await[0].clone();
    assert_eq!(task.due_time.expect("due").seconds, datetime!(2027-01-13 00:00 +8).unix_timestamp());
    // Every room keeps it in a table of its own, and counts on by it after a restart.
    let mut database = PgConnection::connect(&desk.house.database.url).await.expect("the database");
    for room in xianjie::house::ROOMS {
        let count = format!("select count(*) from {room}.calendar_years where year = 2027 and revision = 1");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut database).await.expect("a table");
        assert_eq!(count, 1, "{room}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c31_a_notice_closed_on_28_december_2026_leads_to_a_case() {
    // Two notices of eleven days.
    let (mut desk, content) = on(datetime!(2026-12-06 09:00 +8)).await;
    let forwarded = desk.forwarded(content).await;
    assert_eq!(kernel::calendar::civil_date(desk.house.clock.now()), date!(2026 - 12 - 28));
    assert_eq!(leftovers(&desk.house.database.url).await, std::collections::BTreeMap::new());
    let case = desk.case(&forwarded.project_id).await;
    assert!(!case.waiting_for.is_empty(), "the departments are asked");
}

/// Until when, and whether that is provisional.
type Due = (OffsetDateTime, bool);

fn due(time: Option<prost_types::Timestamp>, provisional: bool) -> Due {
    let moment = OffsetDateTime::from_unix_timestamp(time.expect("it is due").seconds).expect("a time");
    (moment.to_offset(kernel::calendar::CHINA), provisional)
}

/// The one task of a project that this person is asked to do.
async fn task(desk: &Desk, who: &Player, project_id: &str) -> Task {
    let tasks = desk.tasks(who, project_id, &[]).await;
    let [task] = &tasks[..] else { panic!("one task: {tasks:?}") };
    task.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn c31_whatever_is_due_is_counted_again_once_the_year_is_known_and_by_it_after_a_restart() {
    let mut desk = Desk::open().await;
    let (paid, indicator) = desk.contracted().await;
    let now = desk.house.clock.now();
    desk.wait(datetime!(2026-12-06 09:00 +8) - now);
    let content = |title: &str| Content { fiscal_year: 2027, title: title.into(), ..desk.content() };
    let contents = ["待审", "待补正", "有异议", "送县"].map(|title| content(&format!("{title}育苗大棚")));
    let [waiting, corrected, objected, forwarded] = contents;
    let waiting = desk.posted(waiting).await;
    let corrected = desk.posted(corrected).await;
    let objected = desk.posted(objected).await.project_id;
    // Two notices of eleven days.
    let judged = desk.forwarded(forwarded).await.project_id;
    let sent_back = desk.submit(corrected).await.project_id;
    desk.complete_papers(&sent_back).await;
    returned(&mut desk, &sent_back).await;
    let waiting = desk.submit(waiting).await.project_id;
    desk.complete_papers(&waiting).await;
    object(&mut desk, &objected).await;
    let today = kernel::calendar::civil_date(desk.house.clock.now());
    assert_eq!(today, date!(2026 - 12 - 28));
    desk.wait(time::Duration::days(1));
    desk.ask_for_advance(&paid, &indicator, |_| ()).await.expect("asked for");
    desk.house.settle().await;

    let post = desk.case(&judged).await.waiting_for[0].clone();
    let (role, org) = post.split_once('@').expect("a post");
    let department = desk.player(role.parse().expect("a role"), org).await;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let reviewer = desk.player(Role::PaymentReviewer, FINANCE).await;
    // What each of them is told, by the room that asks and by the inbox.
    async fn told(desk: &mut Desk, projects: [&str; 4], players: [&Player; 3], paid: &str) -> Vec<(&'static str, Due)> {
        let [judged, waiting, returned, objected] = projects;
        let [department, head, reviewer] = players;
        let opinions = desk.case(judged).await.opinions;
        let opinion = opinions.iter().find(|opinion| opinion.person_id.is_empty()).expect("it is awaited");
        let known = desk.read(returned).await;
        assert_eq!(known.state(), ApplicationState::Returned);
        let correction = known.returns.last().expect("it was returned").clone();
        let objection = desk.read(objected).await.objections.last().expect("it stands there").clone();
        let mut told = vec![
            ("opinion", due(opinion.due_time, opinion.due_provisional)),
            ("correction", due(correction.due_time, correction.due_provisional)),
            ("objection", due(objection.due_time, objection.due_provisional)),
        ];
        for (kind, who, project) in
            [("department", department, judged), ("township", head, waiting), ("payment", reviewer, paid)]
        {
            let task = task(desk, who, project).await;
            told.push((kind, due(task.due_time, task.due_provisional)));
        }
        told
    }
    let projects = [&*judged, &*waiting, &*sent_back, &*objected];
    let players = [&department, &head, &reviewer];
    let before = told(&mut desk, projects, players, &paid).await;
    let provisional = |day: time::Date| (kernel::calendar::start_of_day(day), true);
    let known = |day: time::Date| (kernel::calendar::start_of_day(day), false);
    // New Year's Day alone is off by law: ten, five and three working days.
    assert_eq!(
        before,
        [
            ("opinion", provisional(date!(2027 - 01 - 13))),
            ("correction", provisional(date!(2027 - 01 - 13))),
            ("objection", provisional(date!(2027 - 01 - 06))),
            ("department", provisional(date!(2027 - 01 - 13))),
            ("township", provisional(date!(2027 - 01 - 13))),
            ("payment", provisional(date!(2027 - 01 - 05))),
        ]
    );
    let mut admin = Calendar::of(&desk, "admin").await;
    let days_off = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04", "2027-01-11"].map(str::to_owned).to_vec();
    admin.load(LoadYearRequest { days_off, workdays: Vec::new(), ..year_2027() }).await.expect("loaded");
    desk.house.settle().await;
    let after = told(&mut desk, projects, players, &paid).await;
    assert_eq!(
        after,
        [
            ("opinion", known(date!(2027 - 01 - 15))),
            ("correction", known(date!(2027 - 01 - 15))),
            ("objection", known(date!(2027 - 01 - 07))),
            ("department", known(date!(2027 - 01 - 15))),
            ("township", known(date!(2027 - 01 - 15))),
            ("payment", known(date!(2027 - 01 - 06))),
        ]
    );
    assert_eq!(leftovers(&desk.house.database.url).await, std::collections::BTreeMap::new());

    // A process that starts now reads what the rooms have kept.
    let Desk { house, .. } = desk;
    house.rooms.stop().await;
    let mut desk = Desk::open_at(house.database, &pack_folder()).await;
    let now = desk.house.clock.now();
    desk.wait(datetime!(2027-01-20 09:00 +8) - now);
    let objection = object(&mut desk, &objected).await;
    assert_eq!(due(objection.due_time, objection.due_provisional), known(date!(2027 - 01 - 28)));
}
