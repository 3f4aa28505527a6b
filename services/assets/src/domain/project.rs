//! The machine: a project from its signed contract to its registered assets (S13, S14, S16).
//!
//! `CONSTRUCTION → COMPLETION_REPORTED → TOWNSHIP_CHECKED → ACCEPTED → ASSET_REGISTERED`, and before the last perhaps
//! `PROVISIONALLY_REGISTERED`. Here stands which rule answers which command in which state; what a fact makes of the works
//! stands in [`super::state`].

use kernel::{Decider, Duties, Suspensions, refusal::Common};

use super::{
    acceptance,
    command::Command,
    completion,
    event::Event,
    heard, registration,
    state::{Works, suspensions_after},
    township_check,
};

/// A project here; nothing before its contract is signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Project {
    /// No contract was signed yet.
    #[default]
    Uncontracted,
    /// Nor here, but the project was suspended before.
    Awaited(Suspensions),
    /// Being built, or built.
    Known(Box<Works>),
}

impl Project {
    /// Who has had which duty, as far as it is known here.
    #[must_use]
    pub fn duties(&self) -> Option<&Duties> {
        match self {
            Self::Uncontracted | Self::Awaited(_) => None,
            Self::Known(works) => Some(&works.duties),
        }
    }
}

impl Decider for Project {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        match (self, command) {
            (Self::Uncontracted | Self::Awaited(_), Command::Expect { site, acts }) => {
                Ok(vec![Event::ProjectExpected { site, acts }])
            }
            (Self::Uncontracted, Command::HearSuspension(suspended)) => {
                heard::suspension(&Suspensions::default(), None, suspended)
            }
            (Self::Awaited(suspensions), Command::HearSuspension(suspended)) => {
                heard::suspension(suspensions, None, suspended)
            }
            (Self::Uncontracted | Self::Awaited(_), Command::HearFinalAccount { .. }) => {
                Err(Common::TooEarly { what: "合同 contract" })
            }
            (
                Self::Uncontracted | Self::Awaited(_),
                Command::ReportCompletion(_)
                | Command::RecordTownshipCheck(_)
                | Command::RecordAcceptance(_)
                | Command::RegisterAssets(_),
            ) => Err(Common::NotFound { what: "项目 project" }),
            (Self::Known(works), Command::Expect { site, .. }) if works.site == site => Ok(Vec::new()),
            (Self::Known(_), Command::Expect { .. }) => Err(Common::Exists { what: "项目 project" }),
            (Self::Known(works), Command::HearSuspension(suspended)) => {
                heard::suspension(&works.suspensions, Some(&works.duties), suspended)
            }
            (Self::Known(works), Command::HearFinalAccount { audited, acts }) => {
                heard::final_account(works, audited, acts)
            }
            (Self::Known(works), Command::ReportCompletion(command)) => completion::report(works, command),
            (Self::Known(works), Command::RecordTownshipCheck(command)) => township_check::record(works, command),
            (Self::Known(works), Command::RecordAcceptance(command)) => acceptance::record(works, command),
            (Self::Known(works), Command::RegisterAssets(command)) => registration::register(works, command),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Uncontracted, Event::ProjectExpected { site, acts }) => {
                Self::Known(Box::new(Works::expected(site, acts, Suspensions::default())))
            }
            (Self::Awaited(suspensions), Event::ProjectExpected { site, acts }) => {
                Self::Known(Box::new(Works::expected(site, acts, suspensions)))
            }
            (Self::Uncontracted, event @ (Event::ProjectSuspended { .. } | Event::ProjectResumed)) => {
                Self::Awaited(suspensions_after(Suspensions::default(), event))
            }
            (Self::Awaited(suspensions), event) => Self::Awaited(suspensions_after(suspensions, event)),
            (Self::Known(mut works), event) => {
                works.evolve(event);
                Self::Known(works)
            }
            // A stream begins with its contract or a suspension: nothing else can stand there.
            (
                Self::Uncontracted,
                Event::CompletionReported(_)
                | Event::TownshipCheckPassed(_)
                | Event::AcceptancePassed(_)
                | Event::AssetsRegistered(_)
                | Event::AssetsProvisionallyRegistered(_)
                | Event::ActsHeard { .. }
                | Event::FinalAccountHeard { .. },
            ) => Self::Uncontracted,
        }
    }
}

#[cfg(test)]
mod tests;
