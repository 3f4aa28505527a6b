//! What was refused stays on record (domain scenario 28): in each room, whoever tried, whether it would have changed something
//! or only have been read, with the figures that the caller heard.

use kernel::Role;
use proto::{
    assets::v1::GetProjectRequest,
    directory::v1::LoadYearRequest,
    disbursement::v1::ListIndicatorsRequest,
    inbox::v1::{ClaimTaskRequest, CompleteTaskRequest, GetTaskRequest},
    intake::v1::{Application, BudgetLine, Content, NoticeLevel, SubmitApplicationRequest},
    review::v1::GetCaseRequest,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tests::{
    calendar::Calendar,
    desk::{Desk, FINANCE, Refused, TOWNSHIP, approval, key, refused},
    money::COLLECTIVE,
};
use time::{Duration, OffsetDateTime};
use tonic::Status;
use xianjie::demo::stage::Player;

/// Somebody heard no.
#[derive(Debug)]
struct Heard {
    room: &'static str,
    method: &'static str,
    actor: String,
    code: String,
    actual: String,
    limit: String,
    zh: String,
    at: OffsetDateTime,
}

/// Who heard what, in order.
#[derive(Default)]
struct Log {
    heard: Vec<Heard>,
}

impl Log {
    fn no<T: std::fmt::Debug>(
        &mut self,
        desk: &Desk,
        (room, method): (&'static str, &'static str),
        who: &Player,
        answer: Result<T, Status>,
    ) -> Refused {
        let no = refused(answer);
        let (code, actual, limit) = (no.code.clone(), no.actual.clone(), no.limit.clone());
        let (actor, at, zh) = (who.person.id.to_string(), desk.house.clock.now(), no.zh.clone());
        self.heard.push(Heard { room, method, actor, code, actual, limit, zh, at });
        no
    }
}

/// A refusal as it is kept.
#[derive(Debug)]
struct Row {
    method: String,
    actor_id: Option<String>,
    code: String,
    rule: Option<String>,
    actual: Option<String>,
    limit_value: Option<String>,
    basis: Option<String>,
    message: String,
    at: OffsetDateTime,
}

runtime::from_row!(Row { method, actor_id, code, rule, actual, limit_value, basis, message, at });

async fn kept(desk: &Desk) -> Vec<(&'static str, Row)> {
    let mut database = PgConnection::connect(&desk.house.database.url).await.expect("the database");
    let mut kept = Vec::new();
    for room in xianjie::house::ROOMS {
        let rows = format!(
            "select method, actor_id, code, rule, actual, limit_value, basis, message, recorded_at as at
               from {room}.refusals order by id"
        );
        let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(rows)).fetch_all(&mut database).await.expect("the record");
        kept.extend(rows.into_iter().map(|row| (room, row)));
    }
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_28_every_refusal_is_recorded_with_who_what_value_and_limit() {
    let mut desk = Desk::open().await;
    let mut log = Log::default();
    let sound = desk.content();
    let secretary = desk.secretary().await;
    // A rule, with its figures.
    let short = short_of_a_fifth(&sound);
    let no = desk.propose(short).await;
    let no = log.no(&desk, ("intake", "ProposeApplication"), &secretary, no);
    assert_eq!((no.code.as_str(), no.actual.as_str(), no.limit.as_str()), ("RATIO_VILLAGE", "298500.00", "300000.00"));
    // A scope, a state, a version, wrong fields.
    let proposed = desk.propose(sound.clone()).await.expect("proposed");
    desk.wait(Duration::hours(1));
    let secretary = desk.secretary().await;
    let clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    let posting = desk.post(&clerk, &proposed, NoticeLevel::Village).await;
    log.no(&desk, ("intake", "PostNotice"), &clerk, posting);
    let Application { project_id, etag, .. } = proposed.clone();
    let submit = SubmitApplicationRequest { request_id: key(), project_id: project_id.clone(), etag };
    let early = secretary.intake.clone().submit_application(submit.clone()).await;
    log.no(&desk, ("intake", "SubmitApplication"), &secretary, early);
    let stale = SubmitApplicationRequest { request_id: key(), etag: "1".into(), ..submit };
    let stale = secretary.intake.clone().submit_application(stale).await;
    log.no(&desk, ("intake", "SubmitApplication"), &secretary, stale);
    let wrong = desk.create(Content { village: String::new(), ..sound.clone() }).await;
    log.no(&desk, ("intake", "CreateApplication"), &secretary, wrong);

    // The inbox: not his post, somebody else's claim.
    let submitted = desk.submitted(sound).await.project_id;
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let task = desk.tasks(&head, &submitted, &[]).await[0].clone();
    let claim = || ClaimTaskRequest { request_id: key(), task_id: task.task_id.clone() };
    let secretary = desk.secretary().await;
    let not_his = secretary.inbox.clone().claim_task(claim()).await;
    log.no(&desk, ("inbox", "ClaimTask"), &secretary, not_his);
    let unread = secretary.inbox.clone().get_task(GetTaskRequest { task_id: task.task_id.clone() }).await;
    log.no(&desk, ("inbox", "GetTask"), &secretary, unread);
    let held = head.inbox.clone().claim_task(claim()).await.expect("claimed").into_inner();
    let complete = |fencing_token, decision| CompleteTaskRequest {
        request_id: key(),
        task_id: task.task_id.clone(),
        fencing_token,
        decision: Some(decision),
        validate_only: false,
    };
    let unclaimed = head.inbox.clone().complete_task(complete(0, approval(&held))).await;
    log.no(&desk, ("inbox", "CompleteTask"), &head, unclaimed);
    // The asking room judges what is decided: a decision that lacks its answers, and no site check yet.
    let bare = proto::common::v1::Decision { answers: Vec::new(), ..approval(&held) };
    let bare = head.inbox.clone().complete_task(complete(held.fencing_token, bare)).await;
    log.no(&desk, ("intake", "Complete"), &head, bare);
    let unchecked = head.inbox.clone().complete_task(complete(held.fencing_token, approval(&held))).await;
    log.no(&desk, ("intake", "Complete"), &head, unchecked);

    // Reading, where nothing is changed.
    let case = GetCaseRequest { project_id: submitted.clone() };
    let unopened = head.review.clone().get_case(case).await;
    log.no(&desk, ("review", "GetCase"), &head, unopened);
    let collective = desk.player(Role::VillageCollective, COLLECTIVE).await;
    let indicators = collective.disbursement.clone().list_indicators(ListIndicatorsRequest::default()).await;
    log.no(&desk, ("disbursement", "ListIndicators"), &collective, indicators);
    let works = GetProjectRequest { project_id: submitted.clone() };
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let unbuilt = finance.assets.clone().get_project(works).await;
    log.no(&desk, ("assets", "GetProject"), &finance, unbuilt);

    let mut calendar = Calendar::of(&desk, &collective.person.account).await;
    let year = calendar.load(LoadYearRequest { request_id: key(), year: 2027, ..LoadYearRequest::default() }).await;
    log.no(&desk, ("directory", "LoadYear"), &collective, year);

    // Each stands there once and nothing beside, in the order in which they were heard, with what was heard.
    let mut recorded = kept(&desk).await;
    recorded.sort_by_key(|(_, row)| row.at);
    assert_eq!(recorded.len(), log.heard.len(), "{recorded:#?}");
    for ((room, row), heard) in recorded.iter().zip(&log.heard) {
        let figure = |kept: &Option<String>| kept.clone().unwrap_or_default();
        let method = row.method.rsplit('/').next().unwrap_or_default();
        assert_eq!((*room, method), (heard.room, heard.method));
        assert_eq!((row.actor_id.as_deref(), &row.code), (Some(heard.actor.as_str()), &heard.code), "{heard:?}");
        assert_eq!((figure(&row.actual), figure(&row.limit_value)), (heard.actual.clone(), heard.limit.clone()));
        assert!(row.at <= heard.at && heard.at - row.at < Duration::minutes(1), "{heard:?}: {row:?}");
        assert!(!row.message.is_ascii() && heard.zh.contains(&row.message), "{heard:?}: {row:?}");
    }
    // Where a rule refused, it is named with its legal basis.
    let by_rule =
        recorded.iter().filter_map(|(_, row)| Some((row.code.as_str(), row.rule.as_deref()?, row.basis.as_deref()?)));
    let by_rule: Vec<(&str, &str)> =
        by_rule.filter(|(_, _, basis)| !basis.is_empty()).map(|(code, rule, _)| (code, rule)).collect();
    assert_eq!(by_rule, [("RATIO_VILLAGE", "R-2080"), ("SITE_CHECK", "SITE_CHECKERS")]);
}

/// Construction of 1,492,500 and 298,500 of it the village's.
fn short_of_a_fifth(content: &Content) -> Content {
    let mut short = content.clone();
    let village: Vec<&mut BudgetLine> = short.budget.iter_mut().filter(|line| line.source == "VILLAGE").collect();
    for line in village {
        line.amount_fen -= 150_000;
    }
    let link = short.budget.iter_mut().find(|line| line.source == "LINK").expect("a public source");
    link.amount_fen += 150_000;
    short
}
