//! The machine of one project's money: `POOLED → FUNDED → CONTRACTED → ACCEPTED → FINAL_ACCOUNT` (S9, S11, S12, S14, S15).
//!
//! All payments of a project are facts of its one stream, so a cap is exact and no payment is made twice. Here stands which
//! rule answers which command: [`suspension`] what intake decides, [`pool`] what leaves the pool or waits, [`heard`] what
//! other rooms say, [`treasury`] and [`recount`] beside it; funding, contract, payment and final account one folder up.

pub mod command;
pub mod event;
pub mod heard;
pub mod pool;
pub mod recount;
pub mod state;
pub mod suspension;
pub mod treasury;

use kernel::{Decider, Duties, refusal::Common};

use self::state::Money;
pub use self::{command::Command, event::Event};
use super::{Refusal, contract, funding, payment, settlement};

/// A project's money; nothing before it stands in the pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Project {
    /// Not pooled yet, as far as this room knows.
    #[default]
    NotPooled,
    /// In the pool, or further.
    Known(Box<Money>),
}

impl Project {
    /// All that is known; none before the project is pooled.
    #[must_use]
    pub fn money(&self) -> Option<&Money> {
        match self {
            Self::NotPooled => None,
            Self::Known(money) => Some(money),
        }
    }

    /// Who has had which duty, as far as it is known here.
    #[must_use]
    pub fn duties(&self) -> Option<&Duties> {
        self.money().map(|money| &money.duties)
    }
}

impl Decider for Project {
    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::NotPooled, Command::RecordPooled { pooled, acts }) => {
                Ok(vec![Event::ProjectPooled { pooled, acts }])
            }
            (
                Self::NotPooled,
                Command::RecordAcceptance { .. }
                | Command::RecordAssetRegistration { .. }
                | Command::RecordCompletion { .. }
                | Command::RecordUnpooled { .. }
                | Command::RecordRolled { .. }
                | Command::HearActs { .. }
                | Command::ReleaseProject(_)
                | Command::PostponeProject(_),
            ) => Err(Common::TooEarly { what: "项目入库 pooling" }.into()),
            (Self::NotPooled, Command::HearSuspension(suspended)) => Ok(suspension::before_pooling(&suspended)?),
            (
                Self::NotPooled,
                Command::ApproveFunding(_)
                | Command::SignContract(_)
                | Command::RequestPayment(_)
                | Command::CompleteTask(_)
                | Command::FixFinalAccount(_)
                | Command::RecountDues { .. }
                | Command::RecordAnswer { .. },
            ) => Err(Common::NotFound { what: "项目 project" }.into()),
            // A project enters the pool once; the message may come again.
            (Self::Known(_), Command::RecordPooled { .. }) => Ok(Vec::new()),
            (Self::Known(money), Command::HearSuspension(suspended)) => Ok(suspension::hear(money, suspended)?),
            (Self::Known(money), Command::RecordUnpooled { reason, acts }) => {
                Ok(suspension::unpooled(money, reason, acts))
            }
            (Self::Known(money), Command::RecordRolled { year, acts }) => Ok(pool::rolled(money, year, acts)),
            (Self::Known(money), Command::RecountDues { pack }) => recount::recount(money, &pack.calendar),
            (Self::Known(money), Command::HearActs { acts }) => Ok(heard::acts(money, &acts).into_iter().collect()),
            (Self::Known(money), Command::ReleaseProject(command)) => Ok(pool::release(money, command)?),
            (Self::Known(money), Command::PostponeProject(command)) => Ok(pool::postpone(money, command)?),
            (Self::Known(money), Command::RecordCompletion { acts }) => Ok(heard::completion(money, acts)?),
            (Self::Known(money), Command::ApproveFunding(command)) => Ok(funding::approve(money, command)?),
            (Self::Known(money), Command::SignContract(command)) => Ok(contract::sign(money, command)?),
            (Self::Known(money), Command::RequestPayment(command)) => Ok(payment::request(money, command)?),
            (Self::Known(money), Command::CompleteTask(command)) => payment::complete(money, command),
            (Self::Known(money), Command::FixFinalAccount(command)) => Ok(settlement::fix(money, command)?),
            (Self::Known(money), Command::RecordAcceptance { accepted, acts }) => {
                Ok(heard::acceptance(money, accepted, acts)?)
            }
            (Self::Known(money), Command::RecordAssetRegistration { registration, acts }) => {
                Ok(heard::asset_registration(money, registration, acts)?)
            }
            (Self::Known(money), Command::RecordAnswer { payment, answer, at }) => {
                Ok(treasury::answered(money, payment, answer, at)?)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::NotPooled, Event::ProjectPooled { pooled, acts }) => {
                Self::Known(Box::new(Money::pooled(pooled, acts)))
            }
            (Self::Known(mut money), event) => {
                money.evolve(event);
                Self::Known(money)
            }
            // A stream begins with the pooling; nothing else can stand there.
            (Self::NotPooled, _) => Self::NotPooled,
        }
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tests;
