//! The reviewers: each open task of a project is claimed, argued over and decided, as `inbox::grpc::completion` does it.
//!
//! They also do what reviewers do wrong: claim what another holds, complete under an old claim, leave answers out, judge an
//! old revision, or judge what they applied for.

use std::{collections::BTreeSet, rc::Rc};

use inbox::domain::{Command, Stage, State, Task, completion::may_complete};
use intake::domain::{
    Application,
    record::{decision::RejectReason, township::Step},
};
use kernel::{
    Actor, ProjectId, Role,
    calendar::civil_date,
    decision::{Answer, Correction, Decision, Outcome, QuestionKind, ReturnStep},
};
use review::domain::{members, resolution::PRESENT};
use time::Duration;
use uuid::Uuid;

use crate::{
    caller::{self, Ask, Op, ask, must_not},
    cast, desks,
    rooms::Room,
    shell::{self, Call, Failed, Refused},
    store::{Reply, Store},
    world::{Local, Owner, World},
};

/// After so many returns or rejections of a project the reviewers are content.
const DISPUTES: usize = 4;
/// The fencing token of who decides without a claim.
const UNCLAIMED: i64 = 0;

fn raised(store: &Store, task: Uuid) -> Option<&State> {
    match store.tasks.state(task)? {
        Task::Raised(raised) => Some(raised),
        Task::Unraised => None,
    }
}

/// Decides every task of the project, for ever.
pub async fn review(world: World, project: ProjectId) {
    let mut seen = BTreeSet::new();
    loop {
        let known = seen.clone();
        world.when(move |store| !new_tasks(store, project, &known).is_empty()).await;
        let fresh = new_tasks(&world.store(), project, &seen);
        for task in fresh {
            seen.insert(task);
            world.spawn(Owner::Outside, decide(world.clone(), task));
        }
    }
}

fn new_tasks(store: &Store, project: ProjectId, seen: &BTreeSet<Uuid>) -> Vec<Uuid> {
    let of_project = |id: &&Uuid| raised(store, **id).is_some_and(|task| task.request.project == project);
    store.tasks.0.keys().filter(of_project).filter(|id| !seen.contains(id)).copied().collect()
}

async fn decide(world: World, task: Uuid) {
    let request = raised(&world.store(), task).expect("it was just seen").request.clone();
    let mut able: Vec<Actor> = cast::on_post(world.pack(), &request.candidate)
        .into_iter()
        .filter(|person| !request.excluded.contains(&person.person))
        .collect();
    if able.len() > 1 && world.pack().categories.iter().any(|category| category.acceptance == request.candidate) {
        // The department that will accept the works keeps one of its people out of judging the project.
        able.pop();
    }
    match request.candidate.role {
        // The others issue indicators, and one may pay for this project.
        Role::FinanceBureau => able.truncate(2),
        // The other goes to the site.
        Role::TownshipClerk => able.truncate(1),
        _ => {}
    }
    if able.is_empty() {
        return world.violated(format_args!("nobody may work on {}", request.title));
    }
    if request.kind == Step::Decision.task_kind() {
        let checked = move |store: &Store| match store.applications.state(request.project.0) {
            Some(Application::Opened(file)) => file.site_check_confirmed.len() > 1,
            _ => false,
        };
        world.when(checked).await;
    }
    excluded_try(&world, task).await;
    let reviewer = world.pick(&able).clone();
    let (reviewer, token) = if world.one_in(3) {
        (reviewer, UNCLAIMED)
    } else {
        let Some(token) = claim(&world, task, &reviewer).await else { return afterwards(&world, task, &able).await };
        quarrel(&world, task, &able, reviewer, token).await
    };
    let outcome = outcome(&world, task);
    let wrong = world.one_in(5);
    if wrong {
        let mut poor = decision(&world, task, outcome);
        poor.answers.clear();
        poor.opinion = "不行".into();
        poor.subject_revision -= 1;
        if let Ok(done) = complete(&world, task, &reviewer, token, poor).await {
            world.violated(format_args!("a poor decision was taken: {done:?}"));
        }
    }
    let decision = decision(&world, task, outcome);
    // A colleague may have decided in the meantime, the village given it up, and the clerk's third return is the head's:
    // that is no fault.
    if let Err(refused) = complete(&world, task, &reviewer, token, decision).await
        && !["ALREADY_CLAIMED", "ALREADY_DECIDED", "LEASE_LOST", "SOD", "THIRD_RETURN"].contains(&refused.code)
        && !(refused.code == "WRONG_STATE" && is_given_up(&world.store(), request.project))
    {
        world.violated(format_args!("a sound decision was refused: {refused}"));
    }
    afterwards(&world, task, &able).await;
}

/// A decision made under an old claim, or refused because a colleague speaks for two departments, is made again.
async fn afterwards(world: &World, task: Uuid, able: &[Actor]) {
    for reviewer in able {
        let open = |task: &State| matches!(task.stage, Stage::Ready { .. } | Stage::Reserved(_));
        if !raised(&world.store(), task).is_some_and(open) {
            return;
        }
        // Whoever held it lets go in time.
        world.sleep(Duration::hours(1)).await;
        let Some(token) = claim(world, task, reviewer).await else { continue };
        let decision = decision(world, task, Outcome::Approve);
        let decision = if offers(world, task, Outcome::Approve) { decision } else { rejecting(world, task) };
        drop(complete(world, task, reviewer, token, decision).await);
    }
}

fn rejecting(world: &World, task: Uuid) -> Decision {
    decision(world, task, Outcome::Reject)
}

fn offers(world: &World, task: Uuid, outcome: Outcome) -> bool {
    raised(&world.store(), task).is_some_and(|task| task.request.outcomes.contains(&outcome))
}

/// One whose other duty forbids it tries to claim, though no list offers it.
async fn excluded_try(world: &World, task: Uuid) {
    let request = raised(&world.store(), task).expect("it is raised").request.clone();
    let Some(person) = request.excluded.first().filter(|_| world.one_in(4)) else { return };
    // Under another login with the right post: the person is still the same.
    let actor = Actor {
        person: person.clone(),
        name: "另一账号".into(),
        posts: vec![request.candidate.clone()],
        on_behalf_of: None,
    };
    let (who, actor) =
        (Ask { what: "claim though excluded", actor: &actor, stream: Some(task), steady: false }, actor.clone());
    must_not::<Task>(world, who, &["SOD", "ALREADY_DECIDED"], move |moment| Command::ClaimTask {
        actor: actor.clone(),
        at: moment.now,
    })
    .await;
}

/// The token of the claim; none when it was decided meanwhile, or given up. While it is suspended the reviewer waits.
async fn claim(world: &World, task: Uuid, reviewer: &Actor) -> Option<i64> {
    loop {
        let who = Ask { what: "claim", actor: reviewer, stream: Some(task), steady: false };
        let actor = reviewer.clone();
        let claimed =
            ask::<Task>(world, who, move |moment| Command::ClaimTask { actor: actor.clone(), at: moment.now }).await;
        match claimed {
            Ok(_) => return token_of(world, task, reviewer),
            Err(refused) if refused.code == "SUSPENDED" => world.sleep(Duration::DAY).await,
            Err(refused) if ["ALREADY_CLAIMED", "ALREADY_DECIDED", "SOD"].contains(&refused.code) => return None,
            Err(refused) if refused.code == "WRONG_STATE" && is_obsolete(world, task) => return None,
            Err(refused) => {
                world.violated(format_args!("a claim was refused: {refused}"));
                return None;
            }
        }
    }
}

/// Whether nobody need decide it any more, because the village gave the project up.
fn is_obsolete(world: &World, task: Uuid) -> bool {
    let store = world.store();
    raised(&store, task).is_some_and(|task| is_given_up(&store, task.request.project))
}

fn is_given_up(store: &Store, project: ProjectId) -> bool {
    let stage = store.applications.state(project.0).and_then(Application::stage);
    // The county may know it before the village's own room.
    let at_county = match store.cases.state(project.0) {
        Some(review::domain::Case::Opened(state)) => Some(&state.stage),
        Some(review::domain::Case::Unopened) | None => None,
    };
    matches!(stage, Some(intake::domain::Stage::Withdrawn { .. }))
        || matches!(at_county, Some(review::domain::Stage::Withdrawn { .. }))
}

fn token_of(world: &World, task: Uuid, reviewer: &Actor) -> Option<i64> {
    let store = world.store();
    let task = raised(&store, task)?;
    match &task.stage {
        Stage::Reserved(lease) if lease.holder == reviewer.person => Some(lease.token),
        Stage::Ready { .. } | Stage::Reserved(_) | Stage::Completed { .. } | Stage::Obsolete => None,
    }
}

/// What colleagues do to each other's claims. Who holds the task in the end, under which token.
async fn quarrel(world: &World, task: Uuid, able: &[Actor], holder: Actor, token: i64) -> (Actor, i64) {
    let other = able.iter().find(|person| person.person != holder.person);
    let Some(other) = other.filter(|_| world.one_in(3)) else { return (holder, token) };
    let claiming = other.clone();
    let command = move |moment: &caller::Moment<'_>| Command::ClaimTask { actor: claiming.clone(), at: moment.now };
    let asks = |what| Ask { what, actor: other, stream: Some(task), steady: false };
    match world.below(3) {
        // Too soon: the lease stands, or it has just ended by a long wait.
        0 => {
            let began = world.now();
            let tried = ask::<Task>(world, asks("claim what another holds"), command).await;
            if tried.is_ok() && world.now() - began < Duration::minutes(1) && !lapsed(world, task, other) {
                world.violated("two hold one task");
            }
        }
        1 => {
            let giving = holder.clone();
            let who = Ask { what: "release", actor: &holder, stream: Some(task), steady: false };
            let released =
                ask::<Task>(world, who, move |_| Command::ReleaseTask { actor: giving.clone(), token }).await;
            if let Err(refused) = released
                && refused.code != "SUSPENDED"
                && !is_obsolete(world, task)
            {
                world.violated(format_args!("a release was refused: {refused}"));
            }
        }
        _ => world.sleep(Duration::minutes(31)).await,
    }
    let Some(next) = claim(world, task, other).await else { return (holder, token) };
    let poor = decision(world, task, Outcome::Approve);
    match complete(world, task, &holder, token, poor).await {
        Err(refused)
            if ["ALREADY_CLAIMED", "LEASE_LOST", "ALREADY_DECIDED", "ANSWER_MISSING", "SOD"]
                .contains(&refused.code) => {}
        Err(_) if is_obsolete(world, task) => {}
        other => world.violated(format_args!("a decision under an old claim was answered {other:?}")),
    }
    (other.clone(), next)
}

fn lapsed(world: &World, task: Uuid, holder: &Actor) -> bool {
    token_of(world, task, holder).is_some_and(|token| token > 1)
}

/// What the reviewers make of it: mostly yes.
fn outcome(world: &World, task: Uuid) -> Outcome {
    let store = world.store();
    let request = &raised(&store, task).expect("it is raised").request;
    let disputed = |state: &&Task| match state {
        Task::Raised(other) => {
            let no = matches!(other.stage, Stage::Completed { outcome, .. } if outcome != Outcome::Approve);
            other.request.project == request.project && no
        }
        Task::Unraised => false,
    };
    let disputes = store.tasks.0.values().map(|stream| &stream.now.state).filter(disputed).count();
    let wanted = match world.below(if disputes < DISPUTES { 12 } else { 1 }) {
        10 => Outcome::Reject,
        8 | 9 => Outcome::Return,
        _ => Outcome::Approve,
    };
    if request.outcomes.contains(&wanted) { wanted } else { *world.pick(&request.outcomes) }
}

/// A sound decision with that outcome.
fn decision(world: &World, task: Uuid, outcome: Outcome) -> Decision {
    let store = world.store();
    let request = &raised(&store, task).expect("it is raised").request;
    let today = civil_date(world.now()).to_string();
    let answers = request.questions.iter().filter(|question| question.is_required_for(outcome)).map(|question| {
        let (text, number) = match question.kind {
            _ if question.id == PRESENT => (members::line(members::of(world.pack())), None),
            QuestionKind::Date => (today.clone(), None),
            QuestionKind::Amount | QuestionKind::Number => (String::new(), Some(9)),
            QuestionKind::YesNo | QuestionKind::Text => (format!("属实 {}", request.round), None),
        };
        Answer { question: question.id.clone(), yes: true, text, number }
    });
    let correction =
        Correction { field: "environment_note".into(), text: "补充污水去向".into(), step: ReturnStep::default() };
    Decision {
        outcome,
        opinion: "经审核,项目情况已逐项核对,意见如上".into(),
        answers: answers.collect(),
        corrections: if outcome == Outcome::Return { vec![correction] } else { Vec::new() },
        attachments: Vec::new(),
        subject_revision: request.subject_revision,
    }
}

/// Completes a task through the inbox: it judges the claim, the room that asked judges the rest, then it is recorded. While the
/// project is suspended the reviewer waits.
async fn complete(world: &World, task: Uuid, actor: &Actor, token: i64, decision: Decision) -> Result<Reply, Refused> {
    world.tell(format_args!("{} completes task {task}: {:?}", actor.person, decision.outcome));
    let decision = Rc::new(decision);
    let op: Op = Rc::new(move |world: World, call: Call| -> Local<Result<Reply, Failed>> {
        Box::pin(complete_once(world, call, task, token, decision.clone()))
    });
    loop {
        let (request, body) = caller::key(world);
        let call = Call { actor: actor.clone(), request, body, expected: None };
        match caller::call(world, Room::Inbox, call, op.clone()).await {
            Err(refused) if refused.code == "SUSPENDED" => world.sleep(Duration::DAY).await,
            answer => return answer,
        }
    }
}

async fn complete_once(
    world: World,
    call: Call,
    task: Uuid,
    token: i64,
    decision: Rc<Decision>,
) -> Result<Reply, Failed> {
    world.boundary("complete").await;
    let known = world.store().receipt(Room::Inbox, &call.key()).is_some();
    if !known {
        let found = raised(&world.store(), task).cloned().expect("it is raised");
        if let Err(refusal) = may_complete(&found, &call.actor, token, decision.outcome, world.now()) {
            return Err(shell::refused(&refusal));
        }
        let room = Room::named(&found.request.room).expect("a room of ours asked");
        let (request, decision) = (found.request, decision.clone());
        let op: Op = Rc::new(move |world: World, call: Call| -> Local<Result<Reply, Failed>> {
            Box::pin(desks::complete(world, call, request.clone(), decision.clone(), reason(decision.outcome)))
        });
        caller::send(&world, room, call.clone(), &op).await?;
    }
    let Actor { person, on_behalf_of, .. } = call.actor.clone();
    let command = Command::CompleteTask { outcome: decision.outcome, person, on_behalf_of };
    shell::answer::<Task>(&world, &call, task, command).await
}

fn reason(outcome: Outcome) -> Option<RejectReason> {
    (outcome == Outcome::Reject).then_some(RejectReason::NoLand)
}
