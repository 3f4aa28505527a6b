//! `xianjie rules simulate`: which stored applications a draft pack would judge otherwise, and that nothing is written.

use std::{collections::BTreeMap, path::Path};

use kernel::Role;
use proto::intake::v1::{Content, CreateApplicationRequest};
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::{
    desk::{Desk, key},
    money::pack_with,
    pack_folder,
};
use xianjie::commands::simulate::{Simulate, Told, tell};

const OTHER_VILLAGE: &str = "430921127201";

/// The county's pack, in which a village bears a quarter of its own new industry.
fn draft_pack(folder: &Path) {
    pack_with(folder, "rules.toml", &[(r#"value = { percent = "20" }"#, r#"value = { percent = "25" }"#)]);
}

async fn simulate(pack: &Path, database_url: &str, year: Option<i32>, json: bool) -> Told {
    let settings = Simulate {
        pack: pack.to_owned(),
        current: pack_folder(),
        year,
        json,
        database_url: Some(SecretString::from(database_url)),
        data_dir: "unused".into(),
    };
    tell(&settings).await.expect("it can be told")
}

/// Content, write count and write times of all tables of the room.
async fn tables(url: &str) -> BTreeMap<String, String> {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let names: Vec<String> =
        sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'intake' order by 1")
            .fetch_all(&mut connection)
            .await
            .expect("tables");
    let mut found = BTreeMap::new();
    for name in names {
        // A table's name is one of ours: an identifier can't be bound.
        let rows = format!(
            "select coalesce(string_agg(t.xmin::text || t::text, ';' order by t::text), '') from intake.{name} t"
        );
        let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_one(&mut connection).await.expect("rows");
        found.insert(name, rows);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_rule_names_those_that_it_would_meet_and_writes_nothing() {
    let mut desk = Desk::open().await;
    let own = desk.content();
    // A fifth is the village's: enough today, too little by the draft.
    let affected = desk.propose(own.clone()).await.expect("proposed").project_id;
    // A quarter and more, in the same village.
    let mut generous = own.clone();
    for line in &mut generous.budget {
        match line.source.as_str() {
            "VILLAGE" => line.amount_fen += 10_000_000,
            "LINK" => line.amount_fen -= 10_000_000,
            _ => {}
        }
    }
    desk.propose(generous).await.expect("proposed");
    // Incomplete, by whatever pack.
    desk.create(Content { place: String::new(), ..own.clone() }).await.expect("drafted");
    let mut other = desk.player(Role::VillageCommittee, OTHER_VILLAGE).await;
    let content = Content { village: OTHER_VILLAGE.into(), ..own };
    let request = CreateApplicationRequest { request_id: key(), content: Some(content) };
    let elsewhere = other.intake.create_application(request).await.expect("drafted").into_inner().project_id;
    desk.house.settle().await;

    let folder = tempfile::tempdir().expect("a folder");
    draft_pack(folder.path());
    let url = desk.house.database.url.clone();
    let before = tables(&url).await;
    let told = simulate(folder.path(), &url, Some(2022), true).await;
    assert!(told.changes);
    let told: serde_json::Value = serde_json::from_str(&told.report).expect("JSON");
    assert_eq!((&told["judged"], &told["refused"], &told["admitted"]), (&4.into(), &2.into(), &0.into()));
    let villages = told["villages"].as_array().expect("villages");
    let list: Vec<(&str, &str)> = villages
        .iter()
        .flat_map(|village| {
            let code = village["village"].as_str().expect("a code");
            let ids = village["applications"].as_array().into_iter().flatten();
            ids.map(move |application| (code, application["project_id"].as_str().expect("an id")))
        })
        .collect();
    let expected = [(OTHER_VILLAGE, elsewhere.as_str()), (tests::desk::VILLAGE, affected.as_str())];
    assert_eq!(list, expected, "{told}");
    let why = &villages[1]["applications"][0];
    assert_eq!((&why["code"], &why["rule"]), (&"RATIO_VILLAGE".into(), &"R-2080".into()));
    assert_eq!((&why["actual"], &why["limit"]), (&"300000.00".into(), &"375000.00".into()));
    assert_eq!(why["total_fen"], villages[1]["total_fen"], "the village's sum is that of its one application");

    let text = simulate(folder.path(), &url, None, false).await.report;
    assert!(text.contains("限额 limit 375000.00") && text.contains("4 judged, 2 would change"), "{text}");
    assert!(!simulate(folder.path(), &url, Some(2023), false).await.changes, "nothing is planned for that year");
    assert!(!simulate(&pack_folder(), &url, None, false).await.changes, "the same pack changes nothing");
    assert_eq!(tables(&url).await, before, "nothing was written");
}
