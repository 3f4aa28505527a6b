//! What was tried and refused, as audit and discipline inspection list it through the API; nobody else does.

use kernel::Role;
use proto::{
    common::v1::{ListRefusalsRequest, ListRefusalsResponse, Refusal, refusal_service_client::RefusalServiceClient},
    intake::v1::{Application, Content, GetApplicationRequest, ProposeApplicationRequest},
};
use tests::desk::{BUREAU, Desk, FINANCE, TOWNSHIP, VILLAGE, code, key, refused};
use time::Duration;
use tonic::Status;
use xianjie::demo::stage::Signed;

const AUDIT: &str = "430921000000-AUD";
const DISCIPLINE: &str = "430921000000-DISC";
/// Another village of another town.
const ELSEWHERE: &str = "430921127201";

fn of_intake() -> ListRefusalsRequest {
    ListRefusalsRequest { room: "intake".into(), ..ListRefusalsRequest::default() }
}

async fn list(who: &Signed, request: ListRefusalsRequest) -> Result<ListRefusalsResponse, Status> {
    Ok(RefusalServiceClient::new(who.clone()).list_refusals(request).await?.into_inner())
}

async fn listed(who: &Signed, request: ListRefusalsRequest) -> Vec<Refusal> {
    list(who, request).await.expect("listed").refusals
}

fn codes(refusals: &[Refusal]) -> Vec<&str> {
    refusals.iter().map(|refusal| refusal.code.as_str()).collect()
}

/// A village that pays too little proposes twice, a day apart; then a stranger looks.
async fn tried(desk: &mut Desk) -> Application {
    let mut content = Content { title: "龙晓玉家的加工车间".into(), ..desk.content() };
    for line in &mut content.budget {
        line.amount_fen += match line.source.as_str() {
            "VILLAGE" => -100,
            "LINK" => 100,
            _ => 0,
        };
    }
    let draft = desk.create(content).await.expect("drafted");
    for _ in 0..2 {
        let Application { project_id, etag, .. } = draft.clone();
        let propose = ProposeApplicationRequest { request_id: key(), project_id, etag, ..Default::default() };
        let answer = desk.secretary().await.intake.propose_application(propose).await;
        assert_eq!(refused(answer).code, "RATIO_VILLAGE");
        desk.wait(Duration::days(1));
    }
    let mut stranger = desk.player(Role::VillageCommittee, ELSEWHERE).await;
    let look = GetApplicationRequest { project_id: draft.project_id.clone() };
    assert_eq!(code(stranger.intake.get_application(look).await), "SCOPE");
    draft
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_and_discipline_see_who_tried_what_and_why_not() {
    let mut desk = Desk::open().await;
    let draft = tried(&mut desk).await;
    for (role, org) in [(Role::Audit, AUDIT), (Role::Discipline, DISCIPLINE)] {
        let who = desk.signed(role, org).await;
        let all = listed(&who, of_intake()).await;
        assert_eq!(codes(&all), ["SCOPE", "RATIO_VILLAGE", "RATIO_VILLAGE"], "the newest first");
        let secretary = desk.secretary().await.person.id.to_string();
        let ratio = &all[1];
        assert_eq!((&ratio.person_id, &ratio.project_id), (&secretary, &draft.project_id));
        assert!(ratio.method.ends_with("/ProposeApplication"), "{}", ratio.method);
        assert_eq!((ratio.rule.as_str(), ratio.limit.is_empty(), ratio.actual.is_empty()), ("R-2080", false, false));
        assert!(!ratio.basis.is_empty() && ratio.refuse_time.is_some());
        assert!(!format!("{all:?}").contains("龙晓玉"), "what somebody wrote is not told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_and_comes_in_pages() {
    let mut desk = Desk::open().await;
    let draft = tried(&mut desk).await;
    let audit = desk.signed(Role::Audit, AUDIT).await;
    let all = listed(&audit, of_intake()).await;
    let stranger = all[0].person_id.clone();
    let by = |request: ListRefusalsRequest| listed(&audit, request);
    let of_person = by(ListRefusalsRequest { person_id: stranger, ..of_intake() }).await;
    assert_eq!(codes(&of_person), ["SCOPE"]);
    let of_code = by(ListRefusalsRequest { code: "RATIO_VILLAGE".into(), ..of_intake() }).await;
    assert_eq!(codes(&of_code), ["RATIO_VILLAGE", "RATIO_VILLAGE"]);
    assert_eq!(by(ListRefusalsRequest { project_id: draft.project_id, ..of_intake() }).await.len(), 3);
    assert_eq!(by(ListRefusalsRequest { project_id: key(), ..of_intake() }).await, []);
    let between = ListRefusalsRequest { start_time: all[2].refuse_time, end_time: all[1].refuse_time, ..of_intake() };
    assert_eq!(by(between).await, [all[2].clone()], "from the first on, before the second");
    assert_eq!(by(ListRefusalsRequest { room: "review".into(), ..of_intake() }).await, []);

    let (mut paged, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = list(&audit, ListRefusalsRequest { page_size: 1, page_token, ..of_intake() }).await.expect("a page");
        paged.extend(page.refusals);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let other = ListRefusalsRequest { page_token: page_token.clone(), code: "SCOPE".into(), ..of_intake() };
        assert_eq!(code(list(&audit, other).await), "PAGE_TOKEN", "it belongs to another list");
    }
    assert_eq!(paged, all);
    let nonsense = ListRefusalsRequest { project_id: "x".into(), ..of_intake() };
    assert_eq!(code(list(&audit, nonsense).await), "BAD_ID");
    let nowhere = ListRefusalsRequest { room: "nowhere".into(), ..of_intake() };
    assert_eq!(code(list(&audit, nowhere).await), "ROOM");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_reads_what_was_refused() {
    let mut desk = Desk::open().await;
    tried(&mut desk).await;
    for (role, org) in [
        (Role::VillageCommittee, VILLAGE),
        (Role::TownshipHead, TOWNSHIP),
        (Role::RevitalizationBureau, BUREAU),
        (Role::FinanceBureau, FINANCE),
        (Role::LeadingGroup, "430921000000"),
        (Role::Administrator, "430921000000-ADM"),
    ] {
        let who = desk.signed(role, org).await;
        assert_eq!(code(list(&who, of_intake()).await), "SCOPE", "{role}@{org}");
    }
    let audit = desk.signed(Role::Audit, AUDIT).await;
    let of_reading = ListRefusalsRequest { code: "SCOPE".into(), ..of_intake() };
    let tried = listed(&audit, of_reading).await;
    assert_eq!(tried.iter().filter(|refusal| refusal.method.ends_with("/ListRefusals")).count(), 6, "it is kept, too");
}
