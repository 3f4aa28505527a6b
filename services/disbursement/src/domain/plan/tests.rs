//! The plan machine: every state against every command, its refusals, its stored events.

use kernel::testing::given;
use time::macros::datetime;

use super::*;
use crate::domain::fixtures::{self, COUNTY, PROJECT, bureau, division, leading_group, project, rules};

const POSTED: OffsetDateTime = datetime!(2022-03-01 15:30 +8);
const CLOSED: OffsetDateTime = datetime!(2022-03-12 00:00 +8);

fn proposal() -> Proposal {
    Proposal {
        county: division(COUNTY),
        fiscal_year: 2022,
        title: "2022年度实施计划".to_owned(),
        projects: vec![project()],
        by: Signature::of(&bureau()),
    }
}

fn approval() -> Approval {
    Approval { resolution_no: "南乡振领纪〔2022〕3号".to_owned() }
}

fn posting() -> Posting {
    Posting { posted_at: POSTED, closable_at: CLOSED }
}

/// The first `n` facts of a plan's life.
fn life(n: usize) -> Vec<Event> {
    let all = [
        Event::PlanProposed { proposal: proposal() },
        Event::PlanApproved { approval: approval(), by: Signature::of(&leading_group()) },
        Event::PlanNoticePosted { posting: posting(), by: Signature::of(&bureau()) },
        Event::PlanNoticeClosed { by: Signature::of(&bureau()), at: CLOSED },
    ];
    all.into_iter().take(n).collect()
}

fn command(step: Step, actor: Actor, at: OffsetDateTime) -> Command {
    Command { step, actor, rules: rules(), at }
}

fn propose(pooled: &[ProjectId]) -> Step {
    Step::ProposePlan {
        county: division(COUNTY),
        title: proposal().title,
        projects: vec![project()],
        pooled: pooled.iter().map(|project| (*project, false)).collect(),
    }
}

fn approve_by(resolution_no: &str) -> Step {
    Step::ApprovePlan { resolution_no: resolution_no.to_owned() }
}

#[test]
fn a_plan_becomes_effective() {
    given::<Plan>([]).when(command(propose(&[project()]), bureau(), POSTED)).then(life(1));
    given::<Plan>(life(1))
        .when(command(approve_by(&approval().resolution_no), leading_group(), POSTED))
        .then([life(2)[1].clone()]);
    given::<Plan>(life(2)).when(command(Step::PostPlanNotice, bureau(), POSTED)).then([life(3)[2].clone()]);
    let plan = given::<Plan>(life(3)).when(command(Step::ClosePlanNotice, bureau(), CLOSED)).then([life(4)[3].clone()]);
    assert!(plan.is_effective());
    assert_eq!(plan.covers(project()), Ok(()));
}

#[test]
fn scenario_13_a_project_that_is_not_in_the_pool_or_suspended_is_refused() {
    given::<Plan>([]).when(command(propose(&[]), bureau(), POSTED)).then_refused("NOT_IN_POOL");
    let Step::ProposePlan { county, title, projects, .. } = propose(&[]) else { panic!("a proposal") };
    let suspended = Step::ProposePlan { county, title, projects, pooled: [(project(), true)].into() };
    given::<Plan>([]).when(command(suspended, bureau(), POSTED)).then_refused("SUSPENDED");
    let other = ProjectId(uuid::Uuid::from_u128(99));
    let refusal = Plan::fold(&life(2)).covers(other).expect_err("not in the plan");
    assert_eq!(kernel::Refusal::explain(&refusal).code, "NOT_IN_POOL");
}

#[test]
fn an_approval_needs_a_resolution_and_another_person() {
    given::<Plan>(life(1)).when(command(approve_by(" "), leading_group(), POSTED)).then_refused("NO_RESOLUTION");
    let both = fixtures::actor("rrb", Role::LeadingGroup, COUNTY);
    given::<Plan>(life(1)).when(command(approve_by("1号"), both, POSTED)).then_refused("SOD");
}

#[test]
fn a_notice_hangs_ten_days() {
    let early = CLOSED - time::Duration::SECOND;
    let refusal =
        given::<Plan>(life(3)).when(command(Step::ClosePlanNotice, bureau(), early)).then_refused("NOTICE_SHORT");
    let explanation = kernel::Refusal::explain(&refusal);
    assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("2022-03-11"), Some("2022-03-12")));
    assert_eq!(explanation.rule, Some("NOTICE_DAYS"));
}

#[test]
fn every_state_against_every_command() {
    // `ok` brings facts, `[]` is a repeat, anything else is the code of the refusal.
    let table = [
        (0, ["ok", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]),
        (1, ["EXISTS", "ok", "WRONG_STATE", "WRONG_STATE"]),
        (2, ["EXISTS", "[]", "ok", "WRONG_STATE"]),
        (3, ["EXISTS", "[]", "[]", "ok"]),
        (4, ["EXISTS", "[]", "[]", "[]"]),
    ];
    for (facts, expected) in table {
        let commands = [
            command(propose(&[project()]), bureau(), CLOSED),
            command(approve_by(&approval().resolution_no), leading_group(), CLOSED),
            command(Step::PostPlanNotice, bureau(), CLOSED),
            command(Step::ClosePlanNotice, bureau(), CLOSED),
        ];
        for (command, expected) in commands.into_iter().zip(expected) {
            let said = match Plan::fold(&life(facts)).decide(command.clone()) {
                Ok(events) if events.is_empty() => "[]",
                Ok(_) => "ok",
                Err(refusal) => kernel::Refusal::explain(&refusal).code,
            };
            assert_eq!(said, expected, "{facts} facts, {command:?}");
        }
    }
    given::<Plan>(life(2)).when(command(approve_by("4号"), leading_group(), CLOSED)).then_refused("ALREADY_DECIDED");
}

#[test]
fn only_the_right_post_may() {
    given::<Plan>([]).when(command(propose(&[project()]), leading_group(), POSTED)).then_refused("SCOPE");
    given::<Plan>(life(1)).when(command(approve_by("1号"), fixtures::finance(), POSTED)).then_refused("SCOPE");
    given::<Plan>(life(2)).when(command(Step::PostPlanNotice, leading_group(), POSTED)).then_refused("SCOPE");
    given::<Plan>(life(3)).when(command(Step::ClosePlanNotice, leading_group(), CLOSED)).then_refused("SCOPE");
}

#[test]
fn golden() {
    let by = r#"{"person":"rrb","name":"rrb"}"#;
    let expected = [
        format!(
            r#"{{"kind":"PlanProposed","proposal":{{"county":"430921000000","fiscal_year":2022,"title":"2022年度实施计划",
                "projects":["{PROJECT}"],"by":{by}}}}}"#
        ),
        r#"{"kind":"PlanApproved","approval":{"resolution_no":"南乡振领纪〔2022〕3号"},"by":{"person":"lg","name":"lg"}}"#.to_owned(),
        format!(
            r#"{{"kind":"PlanNoticePosted","posting":{{"posted_at":"2022-03-01T15:30:00+08:00",
                "closable_at":"2022-03-12T00:00:00+08:00"}},"by":{by}}}"#
        ),
        format!(r#"{{"kind":"PlanNoticeClosed","by":{by},"at":"2022-03-12T00:00:00+08:00"}}"#),
    ];
    for (event, expected) in life(4).iter().zip(expected) {
        fixtures::golden(event, &expected);
    }
}
