//! The plan machine: every state against every command, its refusals, its stored events.

use kernel::{Actor, Calendar, Duties, Duty, ProjectId, Role, RuleCode, testing::given};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

use super::{command::PooledProject, coverage::covers, *};
use crate::domain::{
    Approval, Notice, Proposal,
    fixtures::{self, COUNTY, PROJECT, bureau, division, exclusions, leading_group, project, rules},
};

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

fn notice() -> Notice {
    Notice { posted_at: POSTED, closable_at: CLOSED }
}

/// The first `n` facts of a plan's life.
fn life(n: usize) -> Vec<Event> {
    let all = [
        Event::PlanProposed { proposal: proposal() },
        Event::PlanApproved { approval: approval(), by: Signature::of(&leading_group()) },
        Event::PlanNoticePosted { notice: notice(), by: Signature::of(&bureau()) },
        Event::PlanNoticeClosed { by: Signature::of(&bureau()), at: CLOSED },
    ];
    all.into_iter().take(n).collect()
}

fn command(step: Step, actor: Actor, at: OffsetDateTime) -> Command {
    Command { step, actor, exclusions: exclusions(), rules: rules(), at }
}

const SOUND: PooledProject =
    PooledProject { fiscal_year: 2022, suspended: false, plan: None, duties: Duties(Vec::new()) };

fn propose(known: Option<PooledProject>) -> Step {
    Step::ProposePlan {
        county: division(COUNTY),
        title: proposal().title,
        projects: vec![project()],
        pooled: known.map(|known| (project(), known)).into_iter().collect(),
    }
}

fn approve_by(resolution_no: &str) -> Step {
    approve_as(resolution_no, Some(SOUND))
}

fn approve_as(resolution_no: &str, known: Option<PooledProject>) -> Step {
    let pooled = known.map(|known| (project(), PooledProject { plan: Some(fixtures::PLAN), ..known }));
    Step::ApprovePlan {
        resolution_no: resolution_no.to_owned(),
        plan: fixtures::PLAN,
        pooled: pooled.into_iter().collect(),
    }
}

fn post() -> Step {
    Step::PostPlanNotice { calendar: calendar() }
}

/// 2022 with Qingming, Tuesday the 5th of April, off.
fn calendar() -> Calendar {
    Calendar::try_new([2022], [date!(2022 - 04 - 05)], []).expect("sound")
}

fn withdrawn() -> Vec<Event> {
    vec![life(1)[0].clone(), Event::PlanWithdrawn { by: Signature::of(&bureau()), at: POSTED }]
}

#[test]
fn a_plan_becomes_effective() {
    given::<Plan>([]).when(command(propose(Some(SOUND)), bureau(), POSTED)).then(life(1));
    given::<Plan>(life(1))
        .when(command(approve_by(&approval().resolution_no), leading_group(), POSTED))
        .then([life(2)[1].clone()]);
    given::<Plan>(life(2)).when(command(post(), bureau(), POSTED)).then([life(3)[2].clone()]);
    let plan = given::<Plan>(life(3)).when(command(Step::ClosePlanNotice, bureau(), CLOSED)).then([life(4)[3].clone()]);
    assert!(plan.is_effective());
    assert_eq!(covers(&plan, project(), 2022), Ok(()));
}

#[test]
fn scenario_13_a_project_that_is_not_in_the_pool_or_suspended_is_refused() {
    given::<Plan>([]).when(command(propose(None), bureau(), POSTED)).then_refused("NOT_IN_POOL");
    let suspended = propose(Some(PooledProject { suspended: true, ..SOUND }));
    given::<Plan>([]).when(command(suspended, bureau(), POSTED)).then_refused("SUSPENDED");
    let code =
        |project, year| kernel::Refusal::explain(&covers(&Plan::fold(&life(2)), project, year).expect_err("no")).code;
    assert_eq!(code(ProjectId(uuid::Uuid::from_u128(99)), 2022), "NOT_IN_PLAN");
    assert_eq!(code(project(), 2023), "PLAN_YEAR");
}

#[test]
fn c28_an_approval_asks_again_what_the_proposal_was_asked() {
    let table = [
        (None, "NOT_IN_POOL"),
        (Some(PooledProject { suspended: true, ..SOUND }), "SUSPENDED"),
        (Some(PooledProject { fiscal_year: 2023, ..SOUND }), "PLAN_YEAR"),
    ];
    for (known, code) in table {
        let refusal =
            given::<Plan>(life(1)).when(command(approve_as("3号", known), leading_group(), POSTED)).then_refused(code);
        assert!(kernel::Refusal::explain(&refusal).fields.is_empty(), "an approval lists no projects");
    }
}

#[test]
fn c28_a_plan_is_taken_back_only_before_its_approval() {
    given::<Plan>(life(1)).when(command(Step::WithdrawPlan, bureau(), POSTED)).then([withdrawn()[1].clone()]);
    given::<Plan>(life(1)).when(command(Step::WithdrawPlan, leading_group(), POSTED)).then_refused("SCOPE");
}

#[test]
fn c16_a_notice_whose_last_day_is_no_working_day_hangs_on_where_the_county_says_so() {
    let posted = datetime!(2022-03-26 10:00 +8);
    for (extension, closable) in [(0, datetime!(2022-04-06 00:00 +8)), (1, datetime!(2022-04-07 00:00 +8))] {
        let rules = fixtures::rules_with(RuleCode::NoticeExtension, kernel::rules::Value::Count(extension));
        let command = Command { step: post(), actor: bureau(), exclusions: exclusions(), rules, at: posted };
        let (_, plan) = given::<Plan>(life(2)).when(command).then_accepted();
        assert_eq!(plan.notice().map(|notice| notice.closable_at), Some(closable), "extension {extension}");
    }
}

#[test]
fn an_approval_needs_a_resolution_and_another_person() {
    given::<Plan>(life(1)).when(command(approve_by(" "), leading_group(), POSTED)).then_refused("NO_RESOLUTION");
    let both = fixtures::actor("rrb", Role::LeadingGroup, COUNTY);
    given::<Plan>(life(1)).when(command(approve_by("1号"), both, POSTED)).then_refused("SOD");
}

#[test]
fn c13_who_judged_a_project_neither_proposes_nor_approves_its_plan() {
    let judged = |person: &Actor| {
        let mut duties = Duties::default();
        duties.record(person, Duty::DepartmentReviewer);
        Some(PooledProject { duties, ..SOUND })
    };
    let colleague = fixtures::actor("rrb2", Role::RevitalizationBureau, COUNTY);
    given::<Plan>([]).when(command(propose(judged(&bureau())), bureau(), POSTED)).then_refused("SOD");
    given::<Plan>([]).when(command(propose(judged(&bureau())), colleague, POSTED)).then_accepted();
    let approve = |known| command(approve_as("3号", known), leading_group(), POSTED);
    given::<Plan>(life(1)).when(approve(judged(&leading_group()))).then_refused("SOD");
    given::<Plan>(life(1)).when(approve(judged(&bureau()))).then_accepted();
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
        (vec![], ["ok", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]),
        (life(1), ["EXISTS", "ok", "ok", "WRONG_STATE", "WRONG_STATE"]),
        (life(2), ["EXISTS", "[]", "WRONG_STATE", "ok", "WRONG_STATE"]),
        (life(3), ["EXISTS", "[]", "WRONG_STATE", "[]", "ok"]),
        (life(4), ["EXISTS", "[]", "WRONG_STATE", "[]", "[]"]),
        (withdrawn(), ["EXISTS", "WRONG_STATE", "[]", "WRONG_STATE", "WRONG_STATE"]),
    ];
    for (facts, expected) in table {
        let commands = [
            command(propose(Some(SOUND)), bureau(), CLOSED),
            command(approve_by(&approval().resolution_no), leading_group(), CLOSED),
            command(Step::WithdrawPlan, bureau(), CLOSED),
            command(post(), bureau(), CLOSED),
            command(Step::ClosePlanNotice, bureau(), CLOSED),
        ];
        for (command, expected) in commands.into_iter().zip(expected) {
            let said = match Plan::fold(&facts).decide(command.clone()) {
                Ok(events) if events.is_empty() => "[]",
                Ok(_) => "ok",
                Err(refusal) => kernel::Refusal::explain(&refusal).code,
            };
            assert_eq!(said, expected, "{facts:?}, {command:?}");
        }
    }
    given::<Plan>(life(2)).when(command(approve_by("4号"), leading_group(), CLOSED)).then_refused("ALREADY_DECIDED");
}

#[test]
fn only_the_right_post_may() {
    given::<Plan>([]).when(command(propose(Some(SOUND)), leading_group(), POSTED)).then_refused("SCOPE");
    given::<Plan>(life(1)).when(command(approve_by("1号"), fixtures::finance(), POSTED)).then_refused("SCOPE");
    given::<Plan>(life(2)).when(command(post(), leading_group(), POSTED)).then_refused("SCOPE");
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
    let expected = format!(r#"{{"kind":"PlanWithdrawn","by":{by},"at":"2022-03-01T15:30:00+08:00"}}"#);
    fixtures::golden(&withdrawn()[1], &expected);
}
