//! What was stored before a migration stands after it as the program says today: comparable numbers, plans that hold their
//! projects and are listed, issuers of indicators.

use kernel::text::comparable;
use runtime::testing::TestDatabase;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

const BEFORE: [&str; 5] = [
    include_str!("../../messaging/migrations/0001_messaging.sql"),
    include_str!("../../runtime/migrations/0100_journal.sql"),
    include_str!("../migrations/1000_disbursement.sql"),
    include_str!("../migrations/1001_suspended.sql"),
    include_str!("../migrations/1002_books.sql"),
];
const GATES: &str = include_str!("../migrations/1003_gates.sql");
const ISSUERS: &str = include_str!("../migrations/1004_issuers.sql");
const PLANS: &str = include_str!("../migrations/1030_plans.sql");

async fn run(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(pool).await.expect("the migration runs");
}

/// A room's database as it was before the gates.
async fn before() -> (TestDatabase, PgPool) {
    let database = TestDatabase::create().await;
    let pool = PgPool::connect(&database.url).await.expect("the database");
    for sql in BEFORE {
        run(&pool, sql).await;
    }
    (database, pool)
}

async fn insert(pool: &PgPool, sql: &'static str, id: Uuid, text: &str, at: i64) {
    sqlx::query(sql).bind(id).bind(text).bind(at).execute(pool).await.expect("stored");
}

async fn indicator(pool: &PgPool, number: u128, document_no: &str) {
    let opened = "insert into accounts (code, may_overdraw) values ($1::text || $2, $3 >= 0)";
    insert(pool, opened, Uuid::from_u128(number), "", 0).await;
    let stored = "insert into indicators (indicator_id, document_no, fiscal_year, source, amount_fen, account_code)
                  values ($1, $2, 2022 + $3, 'LINK', 100, $1::text)";
    insert(pool, stored, Uuid::from_u128(number), document_no, 0).await;
}

async fn event(pool: &PgPool, stream: u128, version: i64, machine: &str, payload: Value) {
    sqlx::query(
        "insert into events (stream_id, version, step, machine, payload, recorded_at)
         values ($1, $2, $2, $3, $4, timestamptz '2022-01-01' + $2 * interval '1 hour')",
    )
    .bind(Uuid::from_u128(stream))
    .bind(version)
    .bind(machine)
    .bind(payload)
    .execute(pool)
    .await
    .expect("stored");
}

/// Numbers as clerks typed them; the first two are one, and so are the next two.
const TYPED: [&str; 8] = [
    "南财农指〔2022〕18号",
    "南财农指[2022] 18号 ",
    "ＮＣ－2022（7）",
    "nc-2022(7)",
    "湘财预【2022】〖5〗号",
    "南财农指\u{200b}〔2022〕\u{3000}19号\u{feff}",
    "Ⅶ-〈2022〉-{3}",
    "ﬁscal《9》「1」",
];

#[tokio::test(flavor = "multi_thread")]
async fn c23_numbers_of_before_compare_as_the_program_compares_them() {
    let (_database, pool) = before().await;
    for (number, typed) in (1_u128..).zip(TYPED) {
        indicator(&pool, number, typed).await;
        let stored =
            "insert into invoices (payment_id, invoice_no, project_id) values ($1, $2, $1) returning $3::bigint";
        insert(&pool, stored, Uuid::from_u128(number), typed, 0).await;
    }
    run(&pool, GATES).await;
    let keys: [&'static str; 2] = [
        "select document_no, document_key from indicators order by indicator_id",
        "select invoice_no, invoice_key from invoices order by payment_id",
    ];
    for keys in keys {
        let keys: Vec<(String, String)> = sqlx::query_as(keys).fetch_all(&pool).await.expect("keys");
        assert_eq!(keys.len(), TYPED.len());
        for (nth, (typed, key)) in keys.iter().enumerate() {
            // Of two that are one, both stay, and the first has the number.
            let second = nth == 1 || nth == 3;
            let number = key.split(':').next().unwrap_or_default();
            assert_eq!((number, key.contains(':')), (comparable(typed).as_str(), second), "{typed}");
        }
    }
    // From now on the number is taken.
    let again = "insert into invoices (payment_id, invoice_no, project_id, invoice_key) values ($1, 'x', $1, $2)";
    let taken = sqlx::query(again).bind(Uuid::from_u128(99)).bind(comparable(TYPED[0])).execute(&pool).await;
    let taken = taken.expect_err("one number").into_database_error().expect("the database says so");
    assert_eq!(taken.constraint(), Some("invoices_key_once"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c15_plans_of_before_hold_their_projects_the_first_plan_first() {
    let (_database, pool) = before().await;
    let project = |number: u128| Uuid::from_u128(number);
    for (number, year, unpooled) in [(1, 2022, false), (2, 2022, true), (3, 2023, false)] {
        sqlx::query(
            "insert into projects (project_id, village, state, file, version, updated_at, unpooled)
             values ($1, '430921129201', 'POOLED', $2, 1, now(), $3)",
        )
        .bind(project(number))
        .bind(json!({ "pooled": { "fiscal_year": year } }))
        .bind(unpooled)
        .execute(&pool)
        .await
        .expect("stored");
    }
    let proposed = |projects: &[u128]| {
        let projects: Vec<String> = projects.iter().map(|number| project(*number).to_string()).collect();
        json!({ "kind": "PlanProposed", "proposal": { "fiscal_year": 2022, "projects": projects } })
    };
    event(&pool, 11, 1, "plan", proposed(&[1, 2, 3])).await;
    event(&pool, 12, 2, "plan", proposed(&[1])).await;
    run(&pool, GATES).await;
    let held: Vec<(Uuid, Uuid, i32)> = sqlx::query_as("select project_id, plan_id, fiscal_year from planned_projects")
        .fetch_all(&pool)
        .await
        .expect("held");
    assert_eq!(held, [(project(1), Uuid::from_u128(11), 2022)], "not what is out of the pool or of another year");
    // The key keeps it there.
    let leaves = sqlx::query("update projects set unpooled = true where project_id = $1").bind(project(1));
    let held = leaves.execute(&pool).await.expect_err("a plan holds it").into_database_error().expect("it says so");
    assert_eq!(held.constraint(), Some("planned_projects_place"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c13_indicators_of_before_know_who_issued_them() {
    let (_database, pool) = before().await;
    indicator(&pool, 1, "甲1号").await;
    indicator(&pool, 2, "甲2号").await;
    let by = |person: &str, absent: Option<&str>| json!({ "person": person, "name": person, "on_behalf_of": absent });
    event(&pool, 1, 1, "indicator", json!({ "kind": "IndicatorEntered", "by": by("fin.1", None) })).await;
    event(&pool, 1, 2, "indicator", json!({ "kind": "IndicatorConfirmed", "by": by("fin.3", Some("fin.2")) })).await;
    event(
        &pool,
        2,
        1,
        "plan",
        json!({ "kind": "PlanProposed", "by": by("rrb.1", None), "proposal": { "projects": [] } }),
    )
    .await;
    run(&pool, GATES).await;
    run(&pool, ISSUERS).await;
    let issuers: Vec<Vec<String>> =
        sqlx::query_scalar("select array(select unnest(issuers) order by 1) from indicators order by indicator_id")
            .fetch_all(&pool)
            .await
            .expect("issuers");
    assert_eq!(issuers, [vec!["fin.1".to_owned(), "fin.2".into(), "fin.3".into()], Vec::new()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_and_categories_of_before_are_listed() {
    let (_database, pool) = before().await;
    let file = json!({ "pooled": { "fiscal_year": 2022, "category": "INDUSTRY" } });
    let project = "insert into projects (project_id, village, state, file, version, updated_at)
                   values ($1, '430921129201', 'POOLED', $2::jsonb, $3, now())";
    insert(&pool, project, Uuid::from_u128(1), &file.to_string(), 1).await;
    let proposed = |year: i32| json!({ "kind": "PlanProposed", "proposal": { "fiscal_year": year, "projects": [] } });
    let then = |kind: &str| json!({ "kind": kind });
    for (plan, facts) in [
        (11, vec![proposed(2022)]),
        (12, vec![proposed(2022), then("PlanApproved"), then("PlanNoticePosted"), then("PlanNoticeClosed")]),
        (13, vec![proposed(2023), then("PlanWithdrawn")]),
    ] {
        for (version, fact) in (1..).zip(facts) {
            event(&pool, plan, version, "plan", fact).await;
        }
    }
    run(&pool, GATES).await;
    run(&pool, PLANS).await;
    let listed: Vec<(Uuid, i32, String, bool, i64)> =
        sqlx::query_as("select plan_id, fiscal_year, state, public, version from plans order by plan_id")
            .fetch_all(&pool)
            .await
            .expect("listed");
    let plan =
        |number, year, state: &str, public, version| (Uuid::from_u128(number), year, state.to_owned(), public, version);
    let expected = [
        plan(11, 2022, "PROPOSED", false, 1),
        plan(12, 2022, "EFFECTIVE", true, 4),
        plan(13, 2023, "WITHDRAWN", false, 2),
    ];
    assert_eq!(listed, expected);
    let category: String = sqlx::query_scalar("select category from projects").fetch_one(&pool).await.expect("filled");
    assert_eq!(category, "INDUSTRY");
}
