//! What the lists of plans and projects show whom, narrowed and page by page, by the room's rpcs.

use disbursement::domain::Pooled;
use kernel::{Actor, Role};
use proto::disbursement::v1::{
    self as own, GetPlanRequest, GetProjectRequest, ListPlansRequest, ListProjectsRequest, Plan, PlanState,
    ProjectState, disbursement_service_server::DisbursementService as _,
};
use tonic::Code;
use uuid::Uuid;

use crate::support::{
    Behaviour, actor, bureau, by, collective,
    house::{House, reason},
    key, pool, pool_project, pooled,
};

async fn propose(house: &House, projects: &[Uuid]) -> Plan {
    let propose = own::ProposePlanRequest {
        request_id: key(),
        fiscal_year: 2022,
        title: "2022年度第二批实施计划".into(),
        project_ids: projects.iter().map(ToString::to_string).collect(),
    };
    house.money.propose_plan(by(bureau(), propose)).await.expect("proposed").into_inner()
}

async fn withdraw(house: &House, plan: &Plan) {
    let withdraw = own::WithdrawPlanRequest { request_id: key(), plan_id: plan.plan_id.clone(), etag: String::new() };
    house.money.withdraw_plan(by(bureau(), withdraw)).await.expect("taken back");
}

async fn plans(house: &House, reader: Actor, asked: ListPlansRequest) -> (Vec<Plan>, String) {
    let page = house.money.list_plans(by(reader, asked)).await.expect("listed").into_inner();
    (page.plans, page.next_page_token)
}

async fn plan_of(house: &House, project: &str) -> String {
    let asked = GetProjectRequest { project_id: project.to_owned() };
    house.money.get_project(by(bureau(), asked)).await.expect("read").into_inner().plan_id
}

#[tokio::test]
async fn plans_are_listed_by_year_and_state_to_those_who_may_read_each() {
    let house = House::open(Behaviour::Pay).await;
    let proposed = propose(&house, &[pool_project(&house.context, 100).await]).await;
    let all = ListPlansRequest::default;
    let (listed, _) = plans(&house, bureau(), all()).await;
    let states: Vec<PlanState> = listed.iter().map(Plan::state).collect();
    assert_eq!(states, [PlanState::Proposed, PlanState::Effective], "the newest first");
    for plan in &listed {
        let asked = GetPlanRequest { plan_id: plan.plan_id.clone() };
        assert_eq!(*plan, house.money.get_plan(by(bureau(), asked)).await.expect("read").into_inner());
    }
    let public = vec![listed[1].clone()];
    assert_eq!(plans(&house, collective(), all()).await.0, public, "what is only proposed is the county's");

    let of = |states: &[PlanState], fiscal_year| ListPlansRequest {
        states: states.iter().map(|state| i32::from(*state)).collect(),
        fiscal_year,
        ..all()
    };
    for (reader, asked, found) in [
        (bureau(), of(&[PlanState::Proposed], 0), 1),
        (collective(), of(&[PlanState::Proposed], 0), 0),
        (bureau(), of(&[PlanState::Effective, PlanState::Notice], 2022), 1),
        (bureau(), of(&[], 2022), 2),
        (bureau(), of(&[], 2021), 0),
        (bureau(), of(&[PlanState::Withdrawn], 0), 0),
    ] {
        assert_eq!(plans(&house, reader, asked.clone()).await.0.len(), found, "{asked:?}");
    }
    withdraw(&house, &proposed).await;
    assert_eq!(plans(&house, bureau(), of(&[PlanState::Withdrawn], 0)).await.0.len(), 1);
    assert_eq!(plans(&house, collective(), all()).await.0, public);
}

#[tokio::test]
async fn a_list_of_plans_is_read_page_by_page_and_refused_to_who_works_nowhere_here() {
    let house = House::open(Behaviour::Pay).await;
    for _ in 0..2 {
        propose(&house, &[pool_project(&house.context, 100).await]).await;
    }
    let (everything, token) = plans(&house, bureau(), ListPlansRequest::default()).await;
    assert_eq!((everything.len(), token.as_str()), (3, ""));
    let page = |token: &str| ListPlansRequest { page_size: 2, page_token: token.into(), ..Default::default() };
    let (first, token) = plans(&house, bureau(), page("")).await;
    let (second, _) = plans(&house, bureau(), page(&token)).await;
    assert_eq!([first, second].concat(), everything);

    let refused = async |reader: Actor, asked| house.money.list_plans(by(reader, asked)).await.expect_err("refused");
    let foreign = refused(bureau(), ListPlansRequest { fiscal_year: 2022, ..page(&token) }).await;
    assert_eq!((foreign.code(), reason(&foreign).as_str()), (Code::InvalidArgument, "PAGE_TOKEN"));
    let unsaid = refused(bureau(), ListPlansRequest { states: vec![0], ..Default::default() }).await;
    assert_eq!((unsaid.code(), reason(&unsaid).as_str()), (Code::InvalidArgument, "STATE"));
    let administrator = actor("adm", Role::Administrator, "430921000000");
    assert_eq!(reason(&refused(administrator, ListPlansRequest::default()).await), "SCOPE");
}

#[tokio::test]
async fn a_project_names_the_plan_that_it_stands_in() {
    let house = House::open(Behaviour::Pay).await;
    let (public, _) = plans(&house, bureau(), ListPlansRequest::default()).await;
    assert_eq!(plan_of(&house, &house.project).await, public[0].plan_id, "it is funded");
    let waiting = pool_project(&house.context, 100).await;
    assert_eq!(plan_of(&house, &waiting.to_string()).await, "");
    let plan = propose(&house, &[waiting]).await;
    assert_eq!(plan_of(&house, &waiting.to_string()).await, plan.plan_id);
    let listed = house.money.list_projects(by(bureau(), ListProjectsRequest::default())).await.expect("listed");
    let listed: Vec<String> = listed.into_inner().projects.into_iter().map(|project| project.plan_id).collect();
    assert_eq!(listed, [plan.plan_id.clone(), public[0].plan_id.clone()]);
    withdraw(&house, &plan).await;
    assert_eq!(plan_of(&house, &waiting.to_string()).await, "");
    // What answers a step says it, too.
    let asked = house.money.request_payment(by(collective(), house.advance(100, "F1"))).await.expect("asked");
    assert_eq!(asked.into_inner().plan_id, public[0].plan_id);
}

const NEIGHBOUR: &str = "430921129202";
const TOWNSHIP: &str = "430921129000";
const AGRICULTURE: &str = "430921000000-AGR";

async fn listed(house: &House, reader: Actor, asked: ListProjectsRequest) -> Vec<String> {
    let page = house.money.list_projects(by(reader, asked)).await.expect("listed").into_inner();
    page.projects.into_iter().map(|project| project.project_id).collect()
}

#[tokio::test]
async fn projects_are_listed_by_division_year_plan_and_category_together() {
    let house = House::open(Behaviour::Pay).await;
    let sector = actor("agr", Role::SectorDepartment, AGRICULTURE);
    let road = Pooled {
        village: NEIGHBOUR.parse().expect("a village"),
        category: "RURAL_CONSTRUCTION".into(),
        asked: sector.posts.clone(),
        ..pooled(100)
    };
    let road = pool(&house.context, road).await;
    let later = pool(&house.context, Pooled { fiscal_year: 2023, ..pooled(100) }).await.to_string();
    let waiting = pool_project(&house.context, 100).await;
    let plan = propose(&house, &[waiting, road]).await.plan_id;
    let (waiting, road, first) = (waiting.to_string(), road.to_string(), house.project.clone());

    let all = ListProjectsRequest::default;
    let within = |division: &str| ListProjectsRequest { division: division.into(), ..all() };
    let planned = || ListProjectsRequest { plan_id: plan.clone(), ..all() };
    let roads = || ListProjectsRequest { category: "RURAL_CONSTRUCTION".into(), ..all() };
    for (reader, asked, found) in [
        (bureau(), within(""), vec![&waiting, &later, &road, &first]),
        (bureau(), within(TOWNSHIP), vec![&waiting, &later, &road, &first]),
        (bureau(), within("430921105000"), vec![]),
        (bureau(), within(NEIGHBOUR), vec![&road]),
        (collective(), within(NEIGHBOUR), vec![]),
        (collective(), within(TOWNSHIP), vec![&waiting, &later, &first]),
        (sector.clone(), within(""), vec![&road]),
        (sector.clone(), within("430921129201"), vec![]),
        (bureau(), ListProjectsRequest { fiscal_year: 2023, ..all() }, vec![&later]),
        (bureau(), roads(), vec![&road]),
        (bureau(), ListProjectsRequest { fiscal_year: 2023, ..roads() }, vec![]),
        (bureau(), planned(), vec![&waiting, &road]),
        (collective(), planned(), vec![&waiting]),
        (sector, planned(), vec![&road]),
        (bureau(), ListProjectsRequest { division: NEIGHBOUR.into(), ..planned() }, vec![&road]),
        (bureau(), ListProjectsRequest { category: "INDUSTRY".into(), ..planned() }, vec![&waiting]),
        (bureau(), ListProjectsRequest { states: vec![ProjectState::Funded.into()], ..planned() }, vec![]),
        (bureau(), ListProjectsRequest { plan_id: Uuid::nil().to_string(), ..all() }, vec![]),
    ] {
        let found: Vec<String> = found.into_iter().cloned().collect();
        assert_eq!(listed(&house, reader.clone(), asked.clone()).await, found, "{} {asked:?}", reader.person);
    }
    // A plan's projects come page by page, too.
    let page = |token: String| ListProjectsRequest { page_size: 1, page_token: token, ..planned() };
    let first = house.money.list_projects(by(bureau(), page(String::new()))).await.expect("listed").into_inner();
    let second = page(first.next_page_token.clone());
    assert_eq!(listed(&house, bureau(), second.clone()).await, [road]);
    let foreign = ListProjectsRequest { fiscal_year: 2022, ..second };
    let wrong = ListProjectsRequest { division: "南县".into(), ..all() };
    for (asked, code) in [(foreign, "PAGE_TOKEN"), (wrong, "DIVISION")] {
        let refused = house.money.list_projects(by(bureau(), asked)).await.expect_err("refused");
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, code));
    }
}
