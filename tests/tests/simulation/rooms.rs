//! The rooms: which machines each keeps, what each hears, and which processes serve it.
//!
//! Machines, `publish.rs` and `subscribe.rs` are the rooms' own. The table repeats the `.on(…)` lines of their `lib.rs`.

use std::rc::Rc;

use intake::domain::Application;
use messaging::{Message, consumer::HandleError};
use proto::{
    assets::v1::{AcceptancePassed, AssetRegistered, CompletionReported},
    disbursement::v1::{ContractSigned, FinalAccountFixed, ProjectFunded, ProjectPostponed, ProjectReleased},
    inbox::v1::{TaskRequested, TaskRescheduled, TaskResumed, TaskSettled, TaskSuspended},
    intake::v1::{
        ApplicationForwarded, ApplicationWithdrawn, PoolProjectRolled, ProjectPooled, ProjectResumed, ProjectSuspended,
        ProjectUnpooled,
    },
    review::v1::{CaseConcluded, CaseReturned, CaseWithdrawn, ExpertsSeated},
};
use review::domain::Case;
use runtime::{
    Change, Machine,
    subscription::{Facts, Understand},
};

use crate::{
    planned, post, shell,
    store::{Store, Streams},
    treasury,
    world::{Local, Owner, World},
};

/// Processes of each room.
pub const REPLICAS: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    Intake,
    Review,
    Inbox,
    Disbursement,
    Assets,
}

impl Room {
    pub const ALL: [Self; 5] = [Self::Intake, Self::Review, Self::Inbox, Self::Disbursement, Self::Assets];

    pub fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Review => "review",
            Self::Inbox => "inbox",
            Self::Disbursement => "disbursement",
            Self::Assets => "assets",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|room| room.name() == name)
    }
}

/// A machine with the room that keeps it.
pub trait Kept: Machine {
    const ROOM: Room;

    fn streams(store: &mut Store) -> &mut Streams<Self>;

    /// What the room's tables say of a step beside its events: the constraint that forbids it, if one does.
    fn write(_: &mut Store, _: &Change<'_, Self>) -> Result<(), &'static str> {
        Ok(())
    }
}

impl Kept for Application {
    const ROOM: Room = Room::Intake;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.applications
    }
}

impl Kept for Case {
    const ROOM: Room = Room::Review;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.cases
    }
}

impl Kept for inbox::domain::Task {
    const ROOM: Room = Room::Inbox;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.tasks
    }
}

impl Kept for disbursement::domain::Indicator {
    const ROOM: Room = Room::Disbursement;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.indicators
    }
    fn write(store: &mut Store, change: &Change<'_, Self>) -> Result<(), &'static str> {
        let mut books = store.books.clone();
        books.of_indicator(change)?;
        store.books = books;
        Ok(())
    }
}

impl Kept for disbursement::domain::Plan {
    const ROOM: Room = Room::Disbursement;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.plans
    }
    fn write(store: &mut Store, change: &Change<'_, Self>) -> Result<(), &'static str> {
        planned::of_plan(store, change)
    }
}

impl Kept for disbursement::domain::Project {
    const ROOM: Room = Room::Disbursement;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.money
    }
    fn write(store: &mut Store, change: &Change<'_, Self>) -> Result<(), &'static str> {
        planned::of_project(store, change)?;
        let mut books = store.books.clone();
        books.of_project(change)?;
        store.books = books;
        Ok(())
    }
}

impl Kept for assets::domain::Project {
    const ROOM: Room = Room::Assets;
    fn streams(store: &mut Store) -> &mut Streams<Self> {
        &mut store.works
    }
}

type Hear = Rc<dyn Fn(World, Message) -> Local<Result<(), HandleError>>>;

/// One line of a room's subscription table.
pub struct Subscription {
    pub room: Room,
    pub kind: String,
    pub hear: Hear,
}

/// Who hears what, and how.
pub fn subscriptions() -> Vec<Subscription> {
    vec![
        on::<Application, CaseReturned>(intake::subscribe::case_returned),
        on::<Application, CaseConcluded>(intake::subscribe::case_concluded),
        on::<Application, ExpertsSeated>(intake::subscribe::experts_seated),
        on::<Application, CaseWithdrawn>(intake::subscribe::case_withdrawn),
        on::<Application, ContractSigned>(intake::subscribe::contract_signed),
        on::<Application, AcceptancePassed>(intake::subscribe::acceptance_passed),
        on::<Application, ProjectReleased>(intake::subscribe::project_released),
        on::<Application, ProjectPostponed>(intake::subscribe::project_postponed),
        on::<Case, ApplicationForwarded>(review::subscribe::application_forwarded),
        on::<Case, ApplicationWithdrawn>(review::subscribe::application_withdrawn),
        on::<Case, ProjectSuspended>(review::subscribe::project_suspended),
        on::<Case, ProjectResumed>(review::subscribe::project_resumed),
        on::<Case, ProjectFunded>(review::subscribe::project_funded),
        on::<Case, ProjectUnpooled>(review::subscribe::project_unpooled),
        on::<Case, PoolProjectRolled>(review::subscribe::pool_project_rolled),
        on::<inbox::domain::Task, TaskRequested>(inbox::subscribe::task_requested),
        on::<inbox::domain::Task, TaskSettled>(inbox::subscribe::task_settled),
        on::<inbox::domain::Task, TaskSuspended>(inbox::subscribe::task_suspended),
        on::<inbox::domain::Task, TaskResumed>(inbox::subscribe::task_resumed),
        on::<inbox::domain::Task, TaskRescheduled>(inbox::subscribe::task_rescheduled),
        on::<disbursement::domain::Project, ProjectPooled>(disbursement::subscribe::project_pooled),
        on::<disbursement::domain::Project, ProjectSuspended>(disbursement::subscribe::project_suspended),
        on::<disbursement::domain::Project, ProjectResumed>(disbursement::subscribe::project_resumed),
        on::<disbursement::domain::Project, ProjectUnpooled>(disbursement::subscribe::project_unpooled),
        on::<disbursement::domain::Project, PoolProjectRolled>(disbursement::subscribe::project_rolled),
        on::<disbursement::domain::Project, CompletionReported>(disbursement::subscribe::completion_reported),
        on::<disbursement::domain::Project, AcceptancePassed>(disbursement::subscribe::acceptance_passed),
        on::<disbursement::domain::Project, AssetRegistered>(disbursement::subscribe::asset_registered),
        on::<assets::domain::Project, ContractSigned>(assets::subscribe::contract_signed),
        on::<assets::domain::Project, FinalAccountFixed>(assets::subscribe::final_account_fixed),
        on::<assets::domain::Project, ProjectSuspended>(assets::subscribe::project_suspended),
        on::<assets::domain::Project, ProjectResumed>(assets::subscribe::project_resumed),
    ]
}

fn on<M, P>(understand: Understand<P, M::Command>) -> Subscription
where
    M: Kept,
    P: prost::Message + prost::Name + Default + 'static,
{
    let hear = move |world: World, message: Message| -> Local<Result<(), HandleError>> {
        Box::pin(async move {
            let payload =
                P::decode(message.payload.clone()).map_err(|error| HandleError::Unreadable(error.to_string()))?;
            let facts = Facts { now: world.now(), pack: world.pack() };
            let understood = understand(payload, &facts).map_err(|error| HandleError::Unreadable(error.to_string()))?;
            shell::absorb::<M>(&world, &message, understood.0, understood.1).await
        })
    };
    Subscription { room: M::ROOM, kind: P::full_name(), hear: Rc::new(hear) }
}

/// Starts a process of a room: its relay, its consumers, its parked messages, and the worker of the one that pays.
pub fn start(world: &World, room: Room, replica: u8) {
    let owner = Owner::Process(room, replica);
    world.spawn(owner, post::relay(world.clone(), room));
    for _ in 0..2 {
        world.spawn(owner, post::consume(world.clone(), room));
    }
    world.spawn(owner, post::redrive(world.clone(), room));
    if room == Room::Disbursement {
        world.spawn(owner, treasury::cashier(world.clone()));
    }
}
