//! Personal data on a real PostgreSQL: where what was filed stands, that it is moved out of what was stored before, who reads
//! it on record, and that it is erased by rule.

use intake::domain::{
    Application, Event, NoticeLevel,
    record::original::{Kept, Original, Seal},
};
use kernel::{Decider as _, Role, id::sha256_hex};
use proto::intake::v1::{
    AnswerObjectionRequest, GetObjectionOriginalRequest, NoticeLevel as NoticeLevelMessage, PostNoticeRequest,
    RaiseObjectionRequest, WithdrawApplicationRequest, application_service_server::ApplicationService,
};
use runtime::testing::TestDatabase;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, types::Json};
use time::Duration;
use tonic::Code;
use uuid::Uuid;

use crate::support::{House, VILLAGE, asking, content, document, key};

const NAME: &str = "龙晓玉";
const PHONE: &str = "13807370001";
const WORDS: &str = "受益名单与会议记录不符";

/// The migrations up to the one that moves personal data, and that one.
const BEFORE: [&str; 7] = [
    include_str!("../../../messaging/migrations/0001_messaging.sql"),
    include_str!("../../../runtime/migrations/0100_journal.sql"),
    include_str!("../../migrations/1000_intake.sql"),
    include_str!("../../migrations/1001_taken_back.sql"),
    include_str!("../../migrations/1002_pool_and_objections.sql"),
    include_str!("../../migrations/1003_duplicates.sql"),
    include_str!("../../migrations/1004_joint_villages.sql"),
];
const MOVES: &str = include_str!("../../migrations/1011_personal_data_and_corrections.sql");

async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("the migration runs");
}

/// How much of what the room keeps holds this text, the table of personal data left out.
async fn kept_elsewhere(pool: &PgPool, text: &str) -> i64 {
    sqlx::query_scalar(
        "select count(*) from (
             select convert_to(payload::text, 'UTF8') as kept from events union all select reply from receipts
             union all select payload from outbox union all select convert_to(message, 'UTF8') from refusals
         ) as everything where position(convert_to($1, 'UTF8') in kept) > 0",
    )
    .bind(text)
    .fetch_one(pool)
    .await
    .expect("a count")
}

/// A stream as an earlier version stored it: the objection's words stand in two events.
fn stored_before(golden: &Value) -> Vec<Value> {
    let mut raised = golden["ObjectionRaised"].clone();
    raised["objection"]["id"] = json!("1");
    raised["objection"]["complaint"] = json!({ "name": NAME, "phone": PHONE, "text": WORDS, "about": [] });
    let mut answered = golden["ObjectionAnswered"].clone();
    answered["id"] = json!("1");
    answered["reply"]["upheld"] = json!(true);
    let mut returned = golden["ReturnedOnObjection"].clone();
    returned["items"][0]["text"] = json!(WORDS);
    vec![golden["ApplicationCreated"].clone(), raised, answered, returned]
}

async fn stream(pool: &PgPool, id: Uuid) -> Vec<Event> {
    let rows: Vec<Json<Event>> = sqlx::query_scalar("select payload from events where stream_id = $1 order by version")
        .bind(id)
        .fetch_all(pool)
        .await
        .expect("every stored event is read");
    rows.into_iter().map(|Json(event)| event).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_what_was_stored_before_is_moved_out_of_the_events() {
    let database = TestDatabase::create().await;
    let pool = PgPool::connect(&database.url).await.expect("the database");
    for sql in BEFORE {
        run(&pool, sql).await;
    }
    let golden: Value = serde_json::from_str(include_str!("../golden/events.json")).expect("golden");
    let id = Uuid::from_u128(7);
    for (version, event) in (1_i64..).zip(stored_before(&golden)) {
        // The answer and the return were one step.
        let step = if version >= 3 { 4 } else { version };
        sqlx::query("insert into events (stream_id, version, step, machine, payload, recorded_at) values ($1, $2, $3, 'application', $4, now())")
            .bind(id)
            .bind(version)
            .bind(step)
            .bind(event)
            .execute(&pool)
            .await
            .expect("stored");
    }
    for reply in [format!("an answer with {WORDS}"), "another".to_owned()] {
        sqlx::query("insert into receipts (scope, id, body_hash, reply) values ('p', $1, '', $2)")
            .bind(Uuid::now_v7())
            .bind(reply.as_bytes())
            .execute(&pool)
            .await
            .expect("answered");
    }
    let before = stream(&pool, id).await;
    assert_eq!(kept_elsewhere(&pool, WORDS).await, 3, "two events and an answer hold it");
    run(&pool, MOVES).await;

    for personal in [NAME, PHONE, WORDS] {
        assert_eq!(kept_elsewhere(&pool, personal).await, 0, "{personal} is still there");
    }
    let after = stream(&pool, id).await;
    assert_eq!(after.len(), before.len());
    let Application::Opened(file) = Application::fold(&after) else { panic!("it is open") };
    let [objection] = &file.objections[..] else { panic!("one objection") };
    assert_eq!((objection.level, objection.reply.is_some()), (NoticeLevel::Township, true), "the history stands");
    assert_eq!(file.returns[0].items[0].text, objection.reply.as_ref().expect("answered").text);
    let (name, phone, words, salt, row): (String, String, String, Vec<u8>, Uuid) =
        sqlx::query_as("select name, phone, words, salt, id from objection_originals where project_id = $1")
            .bind(id)
            .fetch_one(&pool)
            .await
            .expect("moved");
    let seal = Seal { id: row, salt: salt.try_into().expect("sixteen bytes") };
    let moved = Kept { original: Original { name, phone, text: words }, seal };
    assert_eq!(moved.original, Original { name: NAME.into(), phone: PHONE.into(), text: WORDS.into() });
    assert_eq!(objection.complaint.original, Some(moved.sealed()), "the hash proves what was filed");
    let receipts: i64 = sqlx::query_scalar("select count(*) from receipts").fetch_one(&pool).await.expect("a count");
    assert_eq!(receipts, 1, "an answer that showed it is gone");
}

fn raise(project_id: &str) -> RaiseObjectionRequest {
    RaiseObjectionRequest {
        request_id: key(),
        project_id: project_id.into(),
        name: NAME.into(),
        phone: PHONE.into(),
        text: WORDS.into(),
        ..RaiseObjectionRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c8_what_is_filed_stands_in_its_own_table_is_read_on_record_and_erased_by_rule() {
    let house = House::open().await;
    let pool = &house.context.pool;
    let draft = house.create(content(30_000_000)).await.expect("drafted");
    let proposed = house.propose(&draft).await.expect("proposed");
    let voted = house.vote(&proposed).await;
    let post = PostNoticeRequest {
        request_id: key(),
        project_id: voted.project_id.clone(),
        level: NoticeLevelMessage::Village.into(),
        places: vec!["公示栏".into()],
        photo: Some(document()),
        ..PostNoticeRequest::default()
    };
    house.applications.post_notice(asking(&house.secretary(), post)).await.expect("posted");
    let filed = raise(&voted.project_id);
    let once = house.applications.raise_objection(asking(&house.clerk(), filed.clone())).await.expect("on paper");
    let twice = house.applications.raise_objection(asking(&house.clerk(), filed)).await.expect("a repeat");
    assert_eq!(once.into_inner(), twice.into_inner());
    for personal in [NAME, PHONE, WORDS] {
        assert_eq!(kept_elsewhere(pool, personal).await, 0, "{personal} is there");
    }
    let sealed: String = sqlx::query_scalar(
        "select payload #>> '{objection,complaint,original,sha256}' from events where payload ->> 'kind' = 'ObjectionRaised'",
    )
    .fetch_one(pool)
    .await
    .expect("a hash");
    let salt: Vec<u8> =
        sqlx::query_scalar("select salt from objection_originals").fetch_one(pool).await.expect("a salt");
    let said = [NAME.as_bytes(), PHONE.as_bytes(), WORDS.as_bytes()].join(&0x1f);
    assert_eq!(sealed, sha256_hex(&[salt, said].concat()));

    let supervisor = house.holder(Role::VillageSupervision, VILLAGE, 0);
    let original = || GetObjectionOriginalRequest { project_id: voted.project_id.clone(), objection_id: "1".into() };
    let no = house.applications.get_objection_original(asking(&house.secretary(), original())).await;
    assert_eq!(no.expect_err("the village's own").code(), Code::PermissionDenied);
    let read = house.applications.get_objection_original(asking(&supervisor, original())).await.expect("who answers");
    let read = read.into_inner();
    assert_eq!((read.name.as_str(), read.phone.as_str(), read.text.as_str()), (NAME, PHONE, WORDS));
    let readers: Vec<(String, String)> =
        sqlx::query_as("select person_id, post from objection_reads").fetch_all(pool).await.expect("the record");
    assert_eq!(
        readers,
        [(supervisor.person.0.clone(), supervisor.posts[0].to_string())],
        "who was refused read nothing"
    );

    let answer = AnswerObjectionRequest {
        request_id: key(),
        project_id: voted.project_id.clone(),
        objection_id: "1".into(),
        summary: "反映受益名单".into(),
        text: "经核查,受益户名单与会议记录一致".into(),
        ..AnswerObjectionRequest::default()
    };
    let answered =
        house.applications.answer_objection(asking(&supervisor, answer)).await.expect("answered").into_inner();
    assert_eq!((answered.objections[0].summary.as_str(), answered.objections[0].answered), ("反映受益名单", true));
    let withdraw = WithdrawApplicationRequest {
        request_id: key(),
        project_id: voted.project_id.clone(),
        reason: "不再需要".into(),
        ..WithdrawApplicationRequest::default()
    };
    house.applications.withdraw_application(asking(&house.secretary(), withdraw)).await.expect("withdrawn");
    let left = || async {
        let sql = "select count(*) filter (where erased_at is null), count(*) from objection_originals";
        sqlx::query_as::<_, (i64, i64)>(sql).fetch_one(pool).await.expect("a count")
    };
    house.context.clock.advance(Duration::days(364));
    intake::erase_personal_data(house.context.clone()).await.expect("looked");
    assert_eq!(left().await, (1, 1), "not before its days are over");
    house.context.clock.advance(Duration::days(2));
    intake::erase_personal_data(house.context.clone()).await.expect("looked");
    assert_eq!(left().await, (0, 1));
    let gone: Option<Vec<u8>> =
        sqlx::query_scalar("select salt from objection_originals").fetch_one(pool).await.expect("a row");
    assert_eq!(gone, None, "without the salt the hash tells nothing");
    let gone = house.applications.get_objection_original(asking(&supervisor, original())).await;
    assert_eq!(gone.expect_err("erased").code(), Code::NotFound);
}
