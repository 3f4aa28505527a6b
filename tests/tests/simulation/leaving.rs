//! The bureau wants a project out of the pool while others plan and fund it: one wins in both rooms, and the other hears why.
//!
//! It follows `intake::grpc::leaving` line by line: judged in intake, decided by the room of money, then written in intake.

use std::rc::Rc;

use disbursement::domain as money;
use intake::domain::{Application, Command, Event, Occasion, record::pool::LeaveReason};
use kernel::{Actor, Decider as _};
use time::Duration;
use uuid::Uuid;

use crate::{
    caller::{self, Op},
    rooms::Room,
    shell::{self, Call, Failed},
    store::Reply,
    village::Player,
    world::{Local, Owner, World},
};

/// What stands in the way of leaving, or is already so.
const HEARD: [&str; 5] = ["PLANNED", "FUNDED", "SUSPENDED", "WRONG_STATE", "TOO_EARLY"];

impl Player {
    /// Now and then, some time soon, the bureau takes the project out of the pool.
    pub fn may_leave(&self) {
        if !self.world.one_in(4) {
            return;
        }
        let (world, project) = (self.world.clone(), self.project);
        let bureau = self.bureau();
        world.store_mut().calling += 1;
        world.clone().spawn(Owner::Outside, async move {
            // At once, before a plan can hold it, or while the others are on their way.
            let patience = if world.one_in(2) { 1 } else { 90 };
            let soon = i64::try_from(world.below(patience)).expect("few minutes");
            world.sleep(Duration::seconds(soon)).await;
            let (request, body) = caller::key(&world);
            let call = Call { actor: bureau.clone(), request, body, expected: None };
            world.tell(format_args!("{} asks: leave the pool", bureau.person));
            let op: Op = Rc::new(move |world, call| leave(world, call, project, bureau.clone()));
            match caller::call(&world, Room::Intake, call, op).await {
                Ok(_) => {}
                Err(refused) if HEARD.contains(&refused.code) => {}
                Err(refused) => world.violated(format_args!("leaving the pool was refused: {refused}")),
            }
            world.store_mut().calling -= 1;
        });
    }
}

fn leave(world: World, call: Call, project: Uuid, actor: Actor) -> Local<Result<Reply, Failed>> {
    Box::pin(async move {
        world.boundary("leave the pool").await;
        let by = Occasion {
            actor: actor.clone(),
            elsewhere: kernel::Duties::default(),
            pack: world.pack().clone(),
            at: world.now(),
        };
        let asked = Command::LeavePool { reason: LeaveReason::Policy, text: "政策调整".into(), by };
        let facts = shell::load::<Application>(&world, project).state.decide(asked.clone());
        let command = match facts.ok().and_then(|facts| facts.into_iter().next()) {
            Some(Event::ProjectUnpooled { reason, text, signature }) => {
                let plan = world.store().planned.get(&project).copied();
                let release = money::project::command::ReleaseProject {
                    reason: reason.code().to_owned(),
                    text: text.clone(),
                    plan,
                    actor,
                    exclusions: world.pack().exclusions.clone(),
                    at: world.now(),
                };
                let release = money::project::Command::ReleaseProject(release);
                shell::answer::<money::Project>(&world, &call, project, release).await?;
                world.boundary("money has let it go").await;
                Command::RecordLeft { reason, text, signature }
            }
            _ => asked,
        };
        shell::answer::<Application>(&world, &call, project, command).await
    })
}
