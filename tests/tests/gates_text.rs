//! What a text may hold, what two texts have in common however they are typed, and what holds on days whose calendar is not
//! published yet, through the public API.

use proto::{
    directory::v1::{
        CalendarYear, LoadYearRequest, SignInRequest, calendar_service_client::CalendarServiceClient,
        session_service_client::SessionServiceClient,
    },
    intake::v1::{
        Application, Content, ListApplicationsRequest, NoticeLevel, Objection, PostNoticeRequest, RaiseObjectionRequest,
    },
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::{
    desk::{Desk, document, key, refused},
    house::leftovers,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use xianjie::demo::PASSWORD;

fn titled(content: &Content, title: &str) -> Content {
    Content { title: title.into(), ..content.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_name_that_hides_something_is_refused_by_field() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    for (title, code) in [
        ("\u{200b}", "BAD_TEXT"),
        ("示范村\u{200b}育苗大棚", "BAD_TEXT"),
        ("示范村\u{202e}育苗大棚", "BAD_TEXT"),
        ("示范村\u{2067}育苗大棚", "BAD_TEXT"),
        ("示范村\u{feff}育苗大棚", "BAD_TEXT"),
        ("示范村\n育苗大棚", "SEVERAL_LINES"),
        ("\u{3000} ", "BLANK_TEXT"),
        ("Cafe\u{301} 育苗大棚", "NOT_COMPOSED"),
    ] {
        let no = desk.create(titled(&content, title)).await.expect_err("hides something");
        assert_eq!(no.code(), tonic::Code::InvalidArgument, "{title:?}");
        let no = refused::<()>(Err(no));
        assert_eq!((no.code.as_str(), no.fields), (code, vec!["content.title".to_owned()]), "{title:?}");
    }
    // Nested and in a list, too.
    let mut nested = content.clone();
    nested.items[1].unit = "座\u{200d}".into();
    assert_eq!(refused(desk.create(nested).await).fields, ["content.items[1].unit"]);
    // A note may have several lines, a name with a blank or a rare letter is a name.
    let note = Content {
        schedule: "一、开工\n二、竣工\r\n".into(), ..titled(&content, "示范村 Café 育苗大棚(二期)")
    };
    desk.create(note).await.expect("shows what it holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_place_of_a_notice_is_one_line() {
    let mut desk = Desk::open().await;
    let proposed = desk.propose(desk.content()).await.expect("proposed");
    let Application { project_id, etag, .. } = desk.vote(&proposed, 26, (25, 1, 0)).await.expect("voted");
    let mut request = PostNoticeRequest {
        request_id: key(),
        project_id,
        etag,
        level: NoticeLevel::Village.into(),
        places: vec!["公示栏".into(), "村口\n桥头".into()],
        photo: Some(document("张贴照片")),
    };
    let mut secretary = desk.secretary().await;
    let no = refused(secretary.intake.post_notice(request.clone()).await);
    assert_eq!((no.code.as_str(), no.fields), ("SEVERAL_LINES", vec!["places[1]".to_owned()]));
    request.places[1] = "村口桥头".into();
    secretary.intake.post_notice(request).await.expect("posted");
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_what_was_kept_composed_is_found_composed() {
    let mut desk = Desk::open().await;
    desk.create(titled(&desk.content(), "示范村 Café 育苗大棚")).await.expect("drafted");
    let mut secretary = desk.secretary().await;
    let mut request = ListApplicationsRequest { title_contains: "Café".into(), ..ListApplicationsRequest::default() };
    let found = secretary.intake.list_applications(request.clone()).await.expect("a list").into_inner();
    assert_eq!(found.applications.len(), 1);
    // The other form would find nothing and say nothing: it is refused instead.
    request.title_contains = "Cafe\u{301}".into();
    let no = refused(secretary.intake.list_applications(request).await);
    assert_eq!((no.code.as_str(), no.fields), ("NOT_COMPOSED", vec!["title_contains".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_the_negative_list_sees_through_a_disguise() {
    let mut desk = Desk::open().await;
    for (title, entry) in [("修建村部办(公)楼", "N3"), ("修建村部办〔公〕 楼", "N3"), ("购置⼿机", "N2")]
    {
        let mut content = desk.content();
        content.items[1].title = title.into();
        let no = refused(desk.propose(content).await);
        assert_eq!((no.code.as_str(), no.fields), ("NEGLIST", vec!["content.items[1].title".to_owned()]), "{title}");
        assert!(no.zh.contains(entry), "{}", no.zh);
    }
}

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

/// The calendar's rpc for somebody who signed in.
struct Calendar {
    client: CalendarServiceClient<Channel>,
    bearer: MetadataValue<Ascii>,
}

impl Calendar {
    async fn of(desk: &Desk, account: &str) -> Self {
        let address = format!("http://{}", desk.house.rooms.address());
        let channel = Endpoint::from_shared(address).expect("an address").connect_lazy();
        let asked = SignInRequest { account: account.into(), password: PASSWORD.into(), ..SignInRequest::default() };
        let session = SessionServiceClient::new(channel.clone()).sign_in(asked).await.expect("signed in").into_inner();
        let bearer = format!("Bearer {}", session.access_token).parse().expect("a header");
        Self { client: CalendarServiceClient::new(channel), bearer }
    }

    async fn load(&mut self, asked: LoadYearRequest) -> Result<CalendarYear, Status> {
        let mut request = Request::new(asked);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        Ok(self.client.load_year(request).await?.into_inner())
    }
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
    assert_eq!(kernel::calendar::civil_date(desk.house.clock.now()), time::macros::date!(2026 - 12 - 28));
    assert_eq!(leftovers(&desk.house.database.url).await, std::collections::BTreeMap::new());
    let case = desk.case(&forwarded.project_id).await;
    assert!(!case.waiting_for.is_empty(), "the departments are asked");
}
