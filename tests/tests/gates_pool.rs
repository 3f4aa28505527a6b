//! What the law promises about years, plans and what leaves the pool, asked through the public API of the house.

use futures::{StreamExt as _, stream};
use kernel::{
    Role,
    calendar::{civil_date, start_of_day},
};
use proto::{
    common::v1::LeaveReason,
    disbursement::v1::{ApproveFundingRequest, ApprovePlanRequest, Charge, Plan, ProposePlanRequest},
    intake::v1::{Application, ApplicationState, LeavePoolRequest},
};
use tests::{
    county::COUNTY,
    desk::{BUREAU, Desk, FINANCE, code, key, refused},
    money::{TOTAL, pack_with},
    year,
};
use time::Duration;
use tonic::{Response, Status};
use xianjie::demo::stage::Player;

#[tokio::test(flavor = "multi_thread")]
async fn c09_a_rolled_project_is_judged_by_the_year_it_rolled_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let own_year = "value = { percent = \"30\" }\nfrom = 2021\nbasis = \"财建〔2004〕369号(预付款10%至30%)\"\nstanding = \"known\"";
    let later = "value = { percent = \"30\" }\nfrom = 2021\nto = 2022\nbasis = \"甲\"\nstanding = \"known\"\n\n[[rules]]\n\
                 code = \"R-ADV\"\nname = \"预付款\"\nvalue = { percent = \"20\" }\nfrom = 2023\nbasis = \"乙\"\nstanding = \"known\"";
    pack_with(folder.path(), "rules.toml", &[(own_year, later)]);
    let mut desk = Desk::open_in(folder.path()).await;
    let project = desk.pooled_settlement().await.project_id;
    desk.roll(&project, 2023).await.expect("rolled");
    desk.house.settle().await;
    assert_eq!(code(desk.propose_plan(2022, &[&project]).await), "PLAN_YEAR");
    let proposed = desk.propose_plan(2023, &[&project]).await.expect("the year it waits for");
    let approved = desk.approve_plan(&proposed).await.expect("approved");
    let posted = desk.post_plan(&approved).await.expect("posted");
    desk.wait(Duration::days(11));
    let plan = desk.close_plan(&posted).await.expect("closed").plan_id;
    let before = desk.indicator(2022).await;
    assert_eq!(code(desk.fund(&project, &plan, &before).await), "INDICATOR_YEAR");
    let indicator = desk.indicator(2023).await;
    desk.fund(&project, &plan, &indicator).await.expect("funded");
    desk.sign(&project, |_| ()).await.expect("signed");
    let no = refused(desk.ask_for_advance(&project, &indicator, |_| ()).await);
    assert_eq!((no.code.as_str(), no.limit.as_str()), ("ADVANCE_CAP", "120000.00"), "a fifth, as in 2023");
    desk.house.settle().await;
    // The room of assets judges it by that year, too.
    let pool = &desk.house.rooms.room("assets").expect("it is one of them").pool;
    let expected =
        "select (payload -> 'site' ->> 'fiscal_year')::integer from events where stream_id = $1::uuid and version = 1";
    let year: i32 = sqlx::query_scalar(expected).bind(&project).fetch_one(pool).await.expect("it expects works");
    assert_eq!(year, 2023);
}

#[tokio::test(flavor = "multi_thread")]
async fn c15_a_project_is_planned_in_its_own_year_and_in_one_plan() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let no = refused(desk.propose_plan(2024, &[&project]).await);
    assert_eq!((no.code.as_str(), no.actual.as_str(), no.limit.as_str()), ("PLAN_YEAR", "2022", "2024"));
    assert_eq!(no.fields, ["project_ids[0]"]);
    desk.propose_plan(2022, &[&project]).await.expect("its own year");
    let no = refused(desk.propose_plan(2022, &[&project]).await);
    assert_eq!((no.code.as_str(), no.fields[0].as_str()), ("IN_OTHER_PLAN", "project_ids[0]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c13_who_judged_a_project_does_not_propose_its_plan_and_who_approved_it_does_not_fund() {
    let folder = tempfile::tempdir().expect("a folder");
    // One of the leading group works in the finance bureau, too.
    let both = ("account = \"leading.7\", posts = [", "account = \"leading.7\", posts = [\"C-FIN@430921000000-FIN\", ");
    pack_with(folder.path(), "persons.toml", &[both]);
    let mut desk = Desk::open_in(folder.path()).await;
    let project = desk.pooled_settlement().await.project_id;
    let judge = desk.stage.nth(Role::RevitalizationBureau, BUREAU, 1).await.expect("who judged");
    assert_eq!(judge.person.account, "rrb.2");
    let no = refused(propose(&judge, &project).await);
    assert_eq!(
        (no.code.as_str(), no.actual.as_str(), no.limit.as_str()),
        ("SOD", "DEPARTMENT_REVIEWER", "COUNTY_OFFICE")
    );
    let plan = desk.propose_plan(2022, &[&project]).await.expect("another of the bureau");
    let both = desk.stage.nth(Role::FinanceBureau, FINANCE, 4).await.expect("who sits in both");
    assert_eq!(both.person.account, "leading.7");
    approve(&both, &plan).await.expect("another of the group");
    let indicator = desk.indicator(2022).await;
    let charges = vec![Charge { indicator_id: indicator, amount_fen: TOTAL, ..Charge::default() }];
    let request = ApproveFundingRequest {
        request_id: key(),
        project_id: project.clone(),
        plan_id: plan.plan_id,
        document_no: "南财农〔2022〕30号".into(),
        charges,
        ..ApproveFundingRequest::default()
    };
    let no = refused(both.disbursement.clone().approve_funding(request).await);
    assert_eq!((no.code.as_str(), no.actual.as_str(), no.limit.as_str()), ("SOD", "DECIDER", "FUNDING_APPROVER"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c15_of_plans_proposed_at_the_same_moment_one_stands() {
    const PLANS: usize = 20;
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let answers = futures::future::join_all((0..PLANS).map(|_| propose(&bureau, &project))).await;
    let (stand, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(stand.len(), 1, "one plan stands");
    assert!(others.into_iter().all(|other| code(other) == "IN_OTHER_PLAN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn c15_money_of_another_year_pays_nothing() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let plan = desk.planned(&project).await;
    let earlier = desk.indicator(2021).await;
    let no = refused(desk.fund(&project, &plan, &earlier).await);
    assert_eq!((no.code.as_str(), no.actual.as_str(), no.limit.as_str()), ("INDICATOR_YEAR", "2021", "2022"));
    assert_eq!(no.fields, ["charges[0].indicator_id"]);
    let own = desk.indicator(2022).await;
    desk.fund(&project, &plan, &own).await.expect("money of its year");
}

#[tokio::test(flavor = "multi_thread")]
async fn c16_a_plan_s_notice_hangs_over_a_weekend_where_the_county_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let extension = "code = \"NOTICE_EXTENSION\"";
    let rules = std::fs::read_to_string(tests::pack_folder().join("rules.toml")).expect("the rules");
    let at = rules.find(extension).expect("the rule");
    let line = rules[at..].lines().find(|line| line.starts_with("value")).expect("its value");
    let said = format!("{extension}{}{line}", &rules[at + extension.len()..at + rules[at..].find(line).expect("it")]);
    pack_with(folder.path(), "rules.toml", &[(&said, &said.replace(line, "value = { count = 1 }"))]);
    let mut desk = Desk::open_in(folder.path()).await;
    let project = desk.pooled_settlement().await.project_id;
    let proposed = desk.propose_plan(2022, &[&project]).await.expect("proposed");
    let approved = desk.approve_plan(&proposed).await.expect("approved");
    // Its last day is the next Saturday that lies ten days ahead and is not worked.
    let last = |desk: &Desk| civil_date(desk.house.clock.now()) + Duration::days(10);
    while last(&desk).weekday() != time::Weekday::Saturday
        || desk.house.pack.calendar.is_working_day(last(&desk)).expect("known")
    {
        desk.wait(Duration::days(1));
    }
    let saturday = last(&desk);
    let Plan { closable_time, .. } = desk.post_plan(&approved).await.expect("posted");
    let mut worked = saturday;
    while !desk.house.pack.calendar.is_working_day(worked).expect("known") {
        worked = worked.next_day().expect("a day");
    }
    let until = start_of_day(worked.next_day().expect("a day"));
    assert_eq!(closable_time.expect("it ends some time").seconds, until.unix_timestamp(), "last day {saturday}");
}

#[tokio::test(flavor = "multi_thread")]
async fn c28_what_a_living_plan_or_funding_holds_does_not_leave_the_pool() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    let proposed = desk.propose_plan(2022, &[&project]).await.expect("proposed");
    assert_eq!(code(desk.leave_pool(&project, "政策调整").await), "PLANNED");
    assert_eq!(code(desk.roll(&project, 2023).await), "PLANNED");
    let approved = desk.approve_plan(&proposed).await.expect("it is still in the pool");
    let indicator = desk.indicator(2022).await;
    desk.fund(&project, &approved.plan_id, &indicator).await.expect("funded");
    assert_eq!(code(desk.leave_pool(&project, "政策调整").await), "FUNDED");
    desk.house.settle().await;
    assert_eq!(desk.read(&project).await.state(), ApplicationState::InPool);
    assert_eq!(desk.money(&project).await.leave_reason(), LeaveReason::Unspecified);
}

/// A plan's proposal and its approval against the project's leaving, a hundred times: whoever wins, wins in both rooms, and the
/// other hears why.
#[tokio::test(flavor = "multi_thread")]
async fn c27_of_leaving_the_pool_and_a_plan_one_wins_in_all_rooms_a_hundred_times() {
    const TRIES: usize = 100;
    let pack = tempfile::tempdir().expect("a folder");
    year::pack(pack.path()).expect("a pack whose villages share an account");
    let mut desk = Desk::open_in(pack.path()).await;
    let projects = year::pooled(&mut desk, TRIES, 5).await.expect("they stand in the pool");
    let bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    let races = stream::iter(projects.iter().enumerate()).map(|(nth, project)| {
        let (bureau, group, project) = (&bureau, &group, &project.project_id);
        async move {
            // Neither is always the first.
            let left = async {
                tokio::time::sleep(std::time::Duration::from_millis(nth as u64 % 4 * 2)).await;
                leave(bureau, project).await
            };
            let (proposed, left) = tokio::join!(propose(bureau, project), left);
            match (proposed, left) {
                (Ok(plan), Err(lost)) => {
                    assert_eq!(refused(Err::<(), _>(lost)).code, "PLANNED");
                    let (approved, left) = tokio::join!(approve(group, &plan), leave(bureau, project));
                    approved.expect("the plan holds it");
                    assert_eq!(code(left), "PLANNED");
                    (project, true)
                }
                (Err(lost), Ok(_)) => {
                    assert_eq!(refused(Err::<(), _>(lost)).code, "NOT_IN_POOL");
                    (project, false)
                }
                both => panic!("exactly one wins: {both:?}"),
            }
        }
    });
    let ends = races.buffer_unordered(8).collect::<Vec<_>>().await;
    desk.house.settle().await;
    assert_eq!(ends.len(), TRIES);
    for (project, planned) in &ends {
        let (application, money) = (desk.read(project).await.state(), desk.money(project).await.leave_reason());
        let stands = if *planned {
            (ApplicationState::InPool, LeaveReason::Unspecified)
        } else {
            (ApplicationState::OutOfPool, LeaveReason::Policy)
        };
        assert_eq!((application, money), stands);
    }
    let planned = ends.iter().filter(|(_, planned)| *planned).count();
    assert!(0 < planned && planned < TRIES, "{planned} of {TRIES} were planned: it was no race");
}

#[tokio::test(flavor = "multi_thread")]
async fn c32_another_word_for_leaving_the_pool_hears_what_stands() {
    let mut desk = Desk::open().await;
    let project = desk.pooled_settlement().await.project_id;
    desk.leave_pool(&project, "政策调整").await.expect("it leaves");
    desk.leave_pool(&project, "政策调整").await.expect("the same in every field");
    assert_eq!(code(desk.leave_pool(&project, "另有原因").await), "ALREADY_DECIDED");
}

async fn propose(bureau: &Player, project: &str) -> Result<Plan, Status> {
    let request = ProposePlanRequest {
        request_id: key(),
        fiscal_year: 2022,
        title: "2022年度项目实施计划".into(),
        project_ids: vec![project.to_owned()],
    };
    bureau.disbursement.clone().propose_plan(request).await.map(Response::into_inner)
}

async fn approve(group: &Player, plan: &Plan) -> Result<Plan, Status> {
    let request = ApprovePlanRequest {
        request_id: key(),
        plan_id: plan.plan_id.clone(),
        etag: String::new(),
        resolution_no: "南乡振领纪〔2022〕9号".into(),
    };
    group.disbursement.clone().approve_plan(request).await.map(Response::into_inner)
}

async fn leave(bureau: &Player, project: &str) -> Result<Application, Status> {
    let request = LeavePoolRequest {
        request_id: key(),
        project_id: project.to_owned(),
        etag: String::new(),
        reason: LeaveReason::Policy.into(),
        text: "政策调整".into(),
    };
    bureau.intake.clone().leave_pool(request).await.map(Response::into_inner)
}
