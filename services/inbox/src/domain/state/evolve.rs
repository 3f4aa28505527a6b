//! What each fact changes in a task: the one place where its state moves. Nothing is decided here and nothing can fail; a
//! fact that was stored is true.

use kernel::Suspensions;
use time::OffsetDateTime;

use super::{Stage, State};
use crate::domain::{
    event::Event,
    record::{Lease, Request},
};

impl State {
    /// The state of a task that has just been asked for.
    #[must_use]
    pub fn raised(request: &Request, at: OffsetDateTime) -> Self {
        Self {
            request: request.clone(),
            raised_at: at,
            latest_token: 0,
            stage: Stage::Ready { released_by: None },
            suspensions: Suspensions::default(),
            postponed_to: None,
            due_provisional: request.due_provisional,
            recounts: 0,
            overtaken: false,
        }
    }

    /// The state after one more fact.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        self.stage = match (self.stage, event) {
            // Answered before this is called.
            (stage, Event::TaskRaised { .. }) => stage,
            (_, Event::TaskClaimed { lease }) => {
                self.latest_token = lease.token;
                Stage::Reserved(lease.clone())
            }
            (Stage::Reserved(lease), Event::LeaseRenewed { until }) => {
                Stage::Reserved(Lease { until: *until, ..lease })
            }
            (stage, Event::LeaseRenewed { .. }) => stage,
            (_, Event::TaskReleased { person }) => Stage::Ready { released_by: Some(person.clone()) },
            (_, Event::TaskCompleted { outcome, person, on_behalf_of }) => {
                let (person, on_behalf_of) = (person.clone(), on_behalf_of.clone());
                Stage::Completed { outcome: *outcome, person, on_behalf_of }
            }
            (_, Event::TaskObsoleted) => Stage::Obsolete,
            (_, Event::TaskOvertaken) => {
                self.overtaken = true;
                Stage::Obsolete
            }
            (stage, Event::TaskSuspended { reason }) => {
                self.suspensions.begin(reason);
                stage
            }
            (stage, Event::TaskResumed { due_at, provisional }) => {
                self.suspensions.end();
                (self.postponed_to, self.due_provisional) = (Some(*due_at), *provisional);
                stage
            }
            (stage, Event::TaskRescheduled { number, due_at, provisional }) => {
                self.recounts = *number;
                (self.postponed_to, self.due_provisional) = (Some(*due_at), *provisional);
                stage
            }
        };
        self
    }
}
