//! What must be true: along the way, and once everything has come to rest.
//!
//! The checks look at the stores alone, as an auditor would; what a caller was told is in [`crate::caller::promises`].

use std::collections::BTreeSet;

use ::intake::domain::{self as intake, Application};
use ::review::domain::{self as review, Case};
use disbursement::domain::{self as money, PaymentStage, posting::sum_to_zero};
use inbox::domain::{Stage as TaskStage, Task};
use kernel::{decision::Outcome, duty::Exclusions};
use uuid::Uuid;

use crate::{
    books::State,
    caller::Promise,
    rooms::Kept,
    store::{Store, Streams},
    treasury::Fate,
};

/// A fault, if there is one, at any moment of a run.
pub fn at_any_time(store: &Store) -> Result<(), String> {
    for (key, effects) in &store.effects {
        ensure(*effects <= 1, || format!("{key:?} had {effects} effects"))?;
    }
    ensure(sum_to_zero(&store.books.entries), || "the ledger does not sum to zero".to_owned())?;
    for id in store.cases.0.keys() {
        reviewed_after_forwarding(store, *id)?;
    }
    for (id, stream) in &store.money.0 {
        let stage = application(store, *id).map(|file| &file.stage);
        let pooled = matches!(stage, Some(intake::Stage::InPool { .. } | intake::Stage::OutOfPool { .. }));
        ensure(pooled || stream.events.is_empty(), || format!("project {id} has money and stands in no pool"))?;
        let Some(file) = stream.now.state.money() else { continue };
        let held = store.planned.contains_key(id) || file.stage.funding().is_some();
        let left = file.unpooled.is_some() || matches!(stage, Some(intake::Stage::OutOfPool { .. }));
        ensure(!(held && left), || format!("project {id} has left the pool, and a plan or money holds it"))?;
        for payment in file.payments.values() {
            let hold = store.books.transfers.get(&kernel::id::derive(payment.id, "pay"));
            let is = hold.map(|(_, state)| *state);
            let should = match payment.stage {
                PaymentStage::Requested { .. } | PaymentStage::Reviewed { .. } | PaymentStage::Refused { .. } => None,
                PaymentStage::Instructed | PaymentStage::Unknown { .. } => Some(State::Pending),
                PaymentStage::Settled { .. } => Some(State::Posted),
                PaymentStage::Failed { .. } => Some(State::Voided),
            };
            ensure(is == should, || format!("payment {} is {}, its hold {is:?}", payment.id, payment.stage.code()))?;
        }
    }
    Ok(())
}

/// What else must be true when nothing is on its way any more.
pub fn at_rest(
    store: &Store,
    promises: &[Promise],
    projects: &BTreeSet<Uuid>,
    exclusions: &Exclusions,
) -> Result<(), String> {
    at_any_time(store)?;
    folds_to_its_state(&store.applications)?;
    folds_to_its_state(&store.cases)?;
    folds_to_its_state(&store.tasks)?;
    folds_to_its_state(&store.money)?;
    folds_to_its_state(&store.works)?;
    promises.iter().try_for_each(|promise| kept(store, promise))?;
    let known: BTreeSet<Uuid> = store.applications.0.keys().copied().collect();
    ensure(known == *projects, || format!("{} projects were opened, {} are there", projects.len(), known.len()))?;
    ensure(store.indicators.0.len() == 1, || format!("{} indicators were issued, not 1", store.indicators.0.len()))?;
    let files = store.money.0.values().filter_map(|stream| stream.now.state.money());
    let pooled = files.filter(|file| file.unpooled.is_none()).count();
    ensure(store.plans.0.len() == pooled, || "there are not as many plans as pooled projects".to_owned())?;
    projects.iter().try_for_each(|id| ended(store, *id, exclusions))?;
    tasks_are_closed(store)?;
    treasury_agrees(store)
}

fn ensure(is: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if is { Ok(()) } else { Err(otherwise()) }
}

fn application(store: &Store, id: Uuid) -> Option<&intake::State> {
    match store.applications.state(id)? {
        Application::Opened(file) => Some(file),
        Application::Unopened => None,
    }
}

fn case(store: &Store, id: Uuid) -> Option<&review::State> {
    match store.cases.state(id)? {
        Case::Opened(state) => Some(state),
        Case::Unopened => None,
    }
}

/// A case is open only for what was forwarded, and never in a round that was not.
fn reviewed_after_forwarding(store: &Store, id: Uuid) -> Result<(), String> {
    let Some(file) = case(store, id) else { return Ok(()) };
    let events = store.applications.0.get(&id).map(|stream| stream.events.as_slice()).unwrap_or_default();
    let forwarded = |event: &intake::Event| match event {
        intake::Event::ApplicationForwarded { round, .. } => Some(*round),
        _ => None,
    };
    let last = events.iter().filter_map(forwarded).max();
    ensure(last >= Some(file.referral.round), || {
        format!("project {id} is judged in round {}, forwarded in {last:?}", file.referral.round)
    })
}

fn folds_to_its_state<M: Kept + PartialEq>(streams: &Streams<M>) -> Result<(), String> {
    for (id, stream) in &streams.0 {
        // A step written to another state than it was decided on leaves facts that don't fold to it.
        let folded = M::fold(&stream.events);
        ensure(folded == stream.now.state, || format!("{} {id} is not what its events say", M::NAME))?;
    }
    Ok(())
}

fn kept(store: &Store, promise: &Promise) -> Result<(), String> {
    let Promise { room, call, reply } = promise;
    let receipt = store.receipt(*room, &call.key());
    let same = receipt.is_some_and(|receipt| receipt.reply == *reply && receipt.body == call.body);
    ensure(same, || format!("{} promised {reply:?} to {} and has {receipt:?}", room.name(), call.actor.person))
}

/// A project ended well, with all that must be there once, or was rejected, with nothing after it.
fn ended(store: &Store, id: Uuid, exclusions: &Exclusions) -> Result<(), String> {
    let file = application(store, id).ok_or_else(|| format!("project {id} was acknowledged and is gone"))?;
    match &file.stage {
        intake::Stage::InPool { .. } => paid(store, id, exclusions),
        intake::Stage::Rejected(_) => {
            use intake::Event;
            // The county may have decided while it was suspended.
            let mut events = store.applications.0[&id].events.iter();
            let last = events.rfind(|event| !matches!(event, Event::ApplicationResumed { .. }));
            let is_last = matches!(last, Some(Event::TownshipRejected { .. } | Event::CountyRejected { .. }));
            ensure(is_last, || format!("project {id} was rejected, then came {last:?}"))?;
            ensure(!store.money.0.contains_key(&id), || format!("project {id} was rejected and has money"))
        }
        intake::Stage::OutOfPool { .. } => left(store, id),
        intake::Stage::Withdrawn { .. } => return given_up(store, id),
        other => Err(format!("project {id} came to rest as {}", other.code())),
    }?;
    let withdrawn = matches!(case(store, id).map(|case| &case.stage), Some(review::Stage::Withdrawn { .. }));
    ensure(!withdrawn, || format!("project {id} was given up at the county and is {} here", file.stage.code()))?;
    let judged = file.duties.0.iter().any(|act| act.duty == kernel::Duty::DepartmentReviewer);
    let approved = matches!(case(store, id).map(|case| &case.stage), Some(review::Stage::Approved(_)));
    let pooled = matches!(file.stage, intake::Stage::InPool { .. } | intake::Stage::OutOfPool { .. });
    ensure(pooled == approved, || format!("project {id}: pooled {pooled}, approved {approved}"))?;
    ensure(!pooled || judged, || format!("project {id} stands in the pool and the county never judged it"))?;
    one_duty_each(&file.duties, exclusions)
}

/// What has left the pool has left it in the room of money, too.
fn left(store: &Store, id: Uuid) -> Result<(), String> {
    let file = store.money.state(id).and_then(money::Project::money);
    ensure(file.is_some_and(|file| file.unpooled.is_some()), || format!("project {id} has left intake's pool alone"))
}

/// What the village gave up is given up at the county, too, where it ever was, and has no money: one of withdrawal and decision
/// wins in both rooms.
fn given_up(store: &Store, id: Uuid) -> Result<(), String> {
    let other = case(store, id).map(|case| case.stage.code()).filter(|stage| *stage != "WITHDRAWN");
    ensure(other.is_none(), || format!("project {id} was given up, and its case is {other:?}"))?;
    ensure(!store.money.0.contains_key(&id), || format!("project {id} was given up and has money"))
}

/// Two duties in one project that exclude each other are two persons.
fn one_duty_each(duties: &kernel::Duties, exclusions: &Exclusions) -> Result<(), String> {
    for act in &duties.0 {
        let other =
            duties.0.iter().find(|other| other.person == act.person && exclusions.excludes(other.duty, act.duty));
        ensure(other.is_none(), || format!("{} is {} and {other:?}", act.person, act.duty))?;
    }
    Ok(())
}

fn paid(store: &Store, id: Uuid, exclusions: &Exclusions) -> Result<(), String> {
    let file =
        store.money.state(id).and_then(money::Project::money).ok_or_else(|| format!("project {id} has no money"))?;
    for kind in [money::PaymentType::Advance, money::PaymentType::Settlement] {
        let of_kind = |payment: &&money::Payment| payment.request.payment_type == kind && payment.is_settled();
        let settled = file.payments.values().filter(of_kind).count();
        ensure(settled == 1, || format!("project {id} was paid {} {settled} times", kind.zh()))?;
    }
    let registered = store.works.0.get(&id).map(|stream| &stream.now.state);
    let registered =
        matches!(registered, Some(assets::domain::Project::Known(works)) if works.stage.registration().is_some());
    ensure(registered && file.asset.is_some(), || format!("project {id} has no registered asset"))?;
    one_duty_each(&file.duties, exclusions)
}

/// Each task that a room asked for stands in the inbox once, and is closed as the room says: decided by someone, or obsolete.
fn tasks_are_closed(store: &Store) -> Result<(), String> {
    let mut asked = BTreeSet::new();
    for id in store.applications.0.keys() {
        for round in application(store, *id).into_iter().flat_map(|file| &file.township) {
            let decided =
                round.record.as_ref().map(|record| (record.decision.said.outcome, record.signature.person.clone()));
            asked.insert((round.asked.task.0, Some(decided).filter(|_| !round.is_open())));
        }
        for opinion in case(store, *id).into_iter().flat_map(|state| &state.opinions) {
            let decision = opinion.decision.as_ref().map(|decision| (decision.outcome, decision.person.clone()));
            asked.insert((opinion.asked.task.0, Some(decision).filter(|_| !opinion.is_awaited())));
        }
    }
    for (id, stream) in &store.money.0 {
        for event in &stream.events {
            use money::project::Event;
            let (payment, kind, outcome, by) = match event {
                Event::PaymentReviewed { payment, by, .. } => {
                    (payment, money::TaskKind::PaymentReview, Outcome::Approve, by)
                }
                Event::PaymentInstructed { payment, by, .. } => {
                    (payment, money::TaskKind::PaymentRelease, Outcome::Approve, by)
                }
                Event::PaymentRefused { payment, task_kind, decision, by, .. } => {
                    (payment, *task_kind, decision.outcome, by)
                }
                _ => continue,
            };
            asked.insert((kind.task(*id, *payment).0, Some(Some((outcome, by.person.clone())))));
        }
    }
    for (task, stream) in &store.tasks.0 {
        let Task::Raised(raised) = &stream.now.state else { continue };
        let closed = match &raised.stage {
            TaskStage::Completed { outcome, person, .. } => Some(Some((*outcome, person.clone()))),
            TaskStage::Obsolete => Some(None),
            TaskStage::Ready { .. } | TaskStage::Reserved(_) => None,
        };
        let known = asked.contains(&(*task, closed.clone()));
        ensure(known && closed.is_some(), || {
            format!("task {task} ({}) is {closed:?} in the inbox, not so in its room", raised.request.kind)
        })?;
    }
    let (asked, there) = (asked.len(), store.tasks.0.len());
    ensure(asked == there, || format!("{asked} tasks were asked for, {there} are in the inbox"))
}

/// Money moved at the treasury as often as the books say, and for the same payments.
fn treasury_agrees(store: &Store) -> Result<(), String> {
    let paid: Vec<Uuid> =
        store.treasury.orders.values().filter(|(_, fate)| *fate != Fate::Failed).map(|(payment, _)| *payment).collect();
    let files = store.money.0.values().filter_map(|stream| stream.now.state.money());
    let settled: BTreeSet<Uuid> = files
        .flat_map(|file| file.payments.values())
        .filter(|payment| payment.is_settled())
        .map(|payment| payment.id)
        .collect();
    let distinct: BTreeSet<Uuid> = paid.iter().copied().collect();
    ensure(distinct.len() == paid.len(), || "the treasury paid an order twice".to_owned())?;
    ensure(distinct == settled, || format!("the treasury paid {}, the books say {}", distinct.len(), settled.len()))
}
