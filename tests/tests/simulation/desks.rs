//! The rooms that asked for a decision: each takes it through its own machine, as its `TaskSource/Complete` does.

use std::rc::Rc;

use disbursement::domain as money;
use intake::domain::{Application, Command, Occasion, record::decision::RejectReason};
use kernel::{Fen, RuleCode, decision::Decision, refusal::Common};
use review::domain::{Balances, Case, Complete, TaskKind};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    shell::{self, Call, Failed},
    store::{Reply, Store},
    world::World,
};

/// The decision comes to the room that asked.
pub async fn complete(
    world: World,
    call: Call,
    request: inbox::domain::Request,
    decision: Rc<Decision>,
    reason: Option<RejectReason>,
) -> Result<Reply, Failed> {
    world.boundary("the room that asked is asked").await;
    let (project, task, actor, at) = (request.project.0, request.task, call.actor.clone(), world.now());
    let (pack, said) = (world.pack().clone(), Decision::clone(&decision));
    match request.room.as_str() {
        "intake" => {
            let said = intake::domain::Decision { said, reason };
            let command = Command::CompleteTask {
                task,
                decision: said,
                by: Occasion { actor, elsewhere: kernel::Duties::default(), pack, at },
            };
            shell::answer::<Application>(&world, &call, project, command).await
        }
        "review" => {
            let task_kind = TaskKind::parse(&request.kind).expect("review's own kind");
            let seed = world.id();
            let balances = balances(&world.store());
            let reserved = Balances::new();
            let complete = Complete { task, task_kind, decision: said, actor, pack, seed, balances, reserved, at };
            let command = review::domain::Command::CompleteTask(complete);
            shell::answer::<Case>(&world, &call, project, command).await
        }
        _ => {
            let task_kind = money::TaskKind::parse(&request.kind).expect("disbursement's own kind");
            let (rules, notice_closed) = {
                let store = world.store();
                (pack.rules_of(2022).expect("2022 has rules").clone(), notice_closed(&store, project))
            };
            let command = money::project::command::CompleteTask {
                task,
                task_kind,
                decision: money::Decision { outcome: said.outcome, opinion: said.opinion, attachments: Vec::new() },
                subject_revision: said.subject_revision,
                notice_closed,
                release: desk(&world, money::TaskKind::PaymentRelease, at).map_err(|no| shell::refused(&no))?,
                actor,
                exclusions: pack.exclusions.clone(),
                rules,
                at,
            };
            shell::answer::<money::Project>(&world, &call, project, money::project::Command::CompleteTask(command))
                .await
        }
    }
}

/// What is left of the indicators, by source, as `disbursement` tells it.
fn balances(store: &Store) -> Balances {
    let mut balances = Balances::new();
    for indicator in store.indicators.0.keys() {
        let Some(money::Indicator::Issued(issue, _)) = store.indicators.state(*indicator) else { continue };
        let available = store.books.balance(&money::posting::Account::available(*indicator));
        let left = balances.entry(issue.source.clone()).or_insert(Fen::ZERO);
        *left = left.saturating_add(Fen::new(available));
    }
    balances
}

/// Whether the notice of the plan that a project is funded by was closed (G1).
pub fn notice_closed(store: &Store, project: Uuid) -> bool {
    let file = store.money.state(project).and_then(money::Project::money);
    let plan = file.and_then(|file| file.stage.funding()).map(|funding| funding.plan);
    plan.and_then(|plan| store.plans.state(plan)).is_some_and(money::Plan::is_effective)
}

/// Whose task a step is, and by when.
pub fn desk(world: &World, kind: money::TaskKind, at: OffsetDateTime) -> Result<money::Assignment, Common> {
    let pack = world.pack();
    let posts = pack.persons.iter().flat_map(|person| &person.posts);
    let post = posts.into_iter().find(|post| post.role == kind.role()).cloned().expect("the pack has that post");
    let rules = pack.rules_of(2022)?;
    let due = rules.due(RuleCode::PaymentReviewDays, at, &pack.calendar).map_err(Common::from)?;
    Ok(money::Assignment { post, due })
}
