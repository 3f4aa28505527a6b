//! What comes in between: a project is suspended for some days and goes on, or the village gives it up.
//!
//! Reviewers carry on meanwhile, and the rooms hear of it late and in any order.

use std::rc::Rc;

use assets::domain as works;
use intake::domain::{Application, Command, Event, Occasion, Stage};
use kernel::{Actor, Decider as _, Fen, Role, Suspensions};
use review::domain::{Case, Withdrawal};
use time::Duration;
use uuid::Uuid;

use crate::{
    caller::{self, Ask, Op, ask, must, must_not},
    cast,
    money::file as money_of,
    rooms::Room,
    shell::{self, Call, Failed},
    store::{Reply, Store},
    village::{Player, file},
    world::{Local, World},
};

/// Why the village gives it up.
const REASON: &str = "用地条件变化";

impl Player {
    /// Now and then the project is suspended, wherever it stands, and goes on some days later.
    pub async fn interlude(&self) {
        if !self.world.one_in(6) {
            return;
        }
        let inspector = cast::holders(self.world.pack(), Role::Discipline, self.village).remove(0);
        let suspend = |by| Command::SuspendApplication { reason: "立案核查".into(), by };
        if !self.tries(&inspector, "suspend", suspend).await {
            return;
        }
        let secretary = self.secretary();
        let tried = self.anytime(&secretary, "give it up while suspended");
        must_not::<Application>(&self.world, tried, &["SUSPENDED"], self.by(&secretary, give_up)).await;
        let project = self.project;
        if money_of(&self.world.store(), project).is_some() {
            self.world.when(move |store| money_of(store, project).is_some_and(is_stopped)).await;
            let asking = self.asking(disbursement::domain::PaymentType::Advance, Fen::new(1), Uuid::nil());
            self.no_money(&self.collective(), "ask for a payment while suspended", &["SUSPENDED"], asking).await;
        }
        let days = i64::try_from(self.world.below(5)).expect("few days");
        self.world.sleep(Duration::days(1 + days)).await;
        let resume = self.by(&inspector, |by| Command::ResumeApplication { by });
        must::<Application>(&self.world, self.anytime(&inspector, "resume"), resume).await;
        self.world.when(move |store| has_heard_all(store, project)).await;
    }

    /// Now and then the village gives it up while reviewers have it; whether it is gone.
    pub async fn gives_up(&self) -> bool {
        let stage = file(&self.world.store(), self.project).map(|file| file.stage.clone());
        let reviewed = matches!(stage, Some(Stage::TownshipReview | Stage::CountyReview { .. } | Stage::Returned));
        if !reviewed || !self.world.one_in(16) {
            return false;
        }
        let hours = i64::try_from(self.world.below(72)).expect("few hours");
        self.world.sleep(Duration::hours(hours)).await;
        self.tells_both_rooms().await
    }

    /// Whether it could be given up: somebody may have decided meanwhile, the leading group may be asked, the case not open.
    async fn tells_both_rooms(&self) -> bool {
        let project = self.project;
        let op: Op = Rc::new(move |world: World, call: Call| -> Local<Result<Reply, Failed>> {
            Box::pin(withdraw(world, call, project))
        });
        let (request, body) = caller::key(&self.world);
        let call = Call { actor: self.secretary(), request, body, expected: None };
        match caller::call(&self.world, Room::Intake, call, op).await {
            Ok(_) => true,
            Err(refused) => {
                // The county may not have heard yet that the project goes on again.
                let late = ["WRONG_STATE", "TOO_EARLY", "LEADING_GROUP_ASKED", "ALREADY_DECIDED", "SUSPENDED"];
                if !late.contains(&refused.code) {
                    self.world.violated(format_args!("giving it up was refused: {refused}"));
                }
                false
            }
        }
    }

    /// Whether it could be done: somebody may have decided meanwhile.
    async fn tries(
        &self,
        actor: &Actor,
        what: &'static str,
        command: impl Fn(Occasion) -> Command + Clone + 'static,
    ) -> bool {
        let command = self.by(actor, command);
        match ask::<Application>(&self.world, self.anytime(actor, what), command).await {
            Ok(_) => true,
            Err(refused) if refused.code == "WRONG_STATE" => false,
            Err(refused) => {
                self.world.violated(format_args!("{what} was refused: {refused}"));
                false
            }
        }
    }

    fn anytime<'a>(&self, actor: &'a Actor, what: &'static str) -> Ask<'a> {
        Ask { what, actor, stream: Some(self.project), steady: false }
    }
}

fn give_up(by: Occasion) -> Command {
    Command::WithdrawApplication { reason: REASON.into(), agreed: false, by }
}

/// As intake's rpc does it: once the county has had it, the room `review` is asked first.
async fn withdraw(world: World, call: Call, project: Uuid) -> Result<Reply, Failed> {
    world.boundary("the village gives it up").await;
    let by = Occasion {
        actor: call.actor.clone(),
        elsewhere: kernel::Duties::default(),
        pack: world.pack().clone(),
        at: world.now(),
    };
    let command = |agreed| Command::WithdrawApplication { reason: REASON.into(), agreed, by: by.clone() };
    let before = shell::load::<Application>(&world, project);
    let forwarded = matches!(&before.state, Application::Opened(file) if file.county_rounds > 0);
    let decided = before.state.decide(command(true));
    let command = match decided.as_deref() {
        Ok([Event::ApplicationWithdrawn { reason, signature }]) if forwarded => {
            world.boundary("the county is asked").await;
            let withdrawal = Withdrawal {
                reason: reason.clone(),
                actor: call.actor.clone(),
                exclusions: world.pack().exclusions.clone(),
                at: world.now(),
            };
            shell::answer::<Case>(&world, &call, project, review::domain::Command::WithdrawCase(withdrawal)).await?;
            Command::HearWithdrawal { reason: reason.clone(), signature: signature.clone() }
        }
        Ok(_) | Err(_) => command(forwarded),
    };
    shell::answer::<Application>(&world, &call, project, command).await
}

fn is_stopped(file: &disbursement::domain::Money) -> bool {
    file.suspensions.standing().is_some()
}

/// Whether the room of money, once it knows the project, and that of works know that it goes on.
fn has_heard_all(store: &Store, project: Uuid) -> bool {
    let heard = Suspensions::after(file(store, project).map_or(0, |file| file.suspensions));
    let works = match store.works.state(project) {
        None | Some(works::Project::Uncontracted) => heard == Suspensions::default(),
        Some(works::Project::Awaited(suspensions)) => *suspensions == heard,
        Some(works::Project::Known(works)) => works.suspensions == heard,
    };
    works && money_of(store, project).is_none_or(|money| money.suspensions == heard)
}
