//! A task that a room asked for: what each of its states allows.
//!
//! One person at a time holds it. A decision counts under the latest claim, or while nobody holds the task, without one:
//! whoever reads long claims first, whoever knows decides at once. [`Raised::may_complete`] is asked before
//! the asking room is, [`super::Command::CompleteTask`] is recorded after that room has said yes.

use kernel::{Actor, PersonId, Suspensions, decision::Outcome, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Decision, Event, Lease, Refusal, Request, lease};

/// The fencing token of a decision that was not preceded by a claim.
pub(super) const UNCLAIMED: i64 = 0;

/// A task that a room asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What is asked.
    pub request: Request,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub raised_at: OffsetDateTime,
    /// Token of the latest claim; 0 before the first.
    pub latest_token: i64,
    /// Where it stands.
    pub stage: Stage,
    /// How often it rested, and whether it does.
    #[serde(default)]
    pub suspensions: Suspensions,
    /// When it is due since it was resumed, or counted again.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub postponed_to: Option<OffsetDateTime>,
    /// Whether it hangs on a year that is not published yet (暂定).
    #[serde(default)]
    pub due_provisional: bool,
    /// How often its due time was counted again.
    #[serde(default)]
    pub recounts: u32,
    /// Whether the matter was decided without it: whoever comes then hears that, and not only that it is closed.
    #[serde(default)]
    pub overtaken: bool,
}

/// Where a task stands, in the words of WS-HumanTask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// 待领取: free to be claimed.
    Ready {
        /// Who held it last and gave it back: that person's second release is a repeat.
        released_by: Option<PersonId>,
    },
    /// 已领取: claimed, as long as the lease stands.
    Reserved(Lease),
    /// 已办结: decided.
    Completed {
        /// How.
        outcome: Outcome,
        /// By whom.
        person: PersonId,
        /// Whom that person stood in for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<PersonId>,
    },
    /// 已终止: no longer needed.
    Obsolete,
}

impl Stage {
    /// Stable name, as stored.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "READY",
            Self::Reserved(_) => "RESERVED",
            Self::Completed { .. } => "COMPLETED",
            Self::Obsolete => "OBSOLETE",
        }
    }

    /// The claim that stands now.
    #[must_use]
    pub fn lease(&self, at: OffsetDateTime) -> Option<&Lease> {
        match self {
            Self::Reserved(lease) => Some(lease).filter(|lease| lease.stands(at)),
            Self::Ready { .. } | Self::Completed { .. } | Self::Obsolete => None,
        }
    }
}

impl Raised {
    /// Whether the asking room may be asked to take this decision: scope, duty, claim, then completeness.
    ///
    /// A task that this person has already decided so may be asked about again: the room knows a repeat by its receipt.
    ///
    /// # Errors
    /// `SCOPE`, `SOD`, `SUSPENDED`, `ALREADY_CLAIMED`, `LEASE_LOST`, `ALREADY_DECIDED`, or every field that is missing.
    pub fn may_complete(
        &self,
        actor: &Actor,
        token: i64,
        decision: &Decision,
        at: OffsetDateTime,
    ) -> Result<(), Refusal> {
        if let Stage::Completed { outcome, person, .. } = &self.stage
            && (*outcome, person) == (decision.outcome, &actor.person)
        {
            return Ok(());
        }
        self.may_decide(actor, token, at)?;
        Ok(decision.check(&self.request)?)
    }

    /// Whether this actor may decide it at all, under this token.
    pub(super) fn may_decide(&self, actor: &Actor, token: i64, at: OffsetDateTime) -> Result<(), Refusal> {
        self.admit(actor)?;
        self.permit()?;
        match &self.stage {
            Stage::Reserved(lease) if lease.is_held(&actor.person, token, at) => Ok(()),
            // Without a claim a free task is decided at once: of several, the asking room takes the first.
            Stage::Ready { .. } if token == UNCLAIMED => Ok(()),
            Stage::Reserved(lease) if token == UNCLAIMED && !lease.stands(at) => Ok(()),
            // Somebody holds it, whoever that is: without the claim's token it is not for others to decide.
            Stage::Reserved(lease) if token == UNCLAIMED => Err(already_claimed(lease)),
            Stage::Reserved(_) | Stage::Ready { .. } => Err(self.lease_lost(token)),
            Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
            Stage::Obsolete => Err(self.closed("CompleteTask")),
        }
    }

    /// Whether this actor may read the task: holds its post, or holds or decided the task itself.
    ///
    /// # Errors
    /// `SCOPE`.
    pub fn may_read(&self, actor: &Actor) -> Result<(), Common> {
        match &self.stage {
            Stage::Reserved(Lease { holder: person, .. }) | Stage::Completed { person, .. }
                if *person == actor.person =>
            {
                Ok(())
            }
            Stage::Ready { .. } | Stage::Reserved(_) | Stage::Completed { .. } | Stage::Obsolete => {
                actor.require(&self.request.candidate)
            }
        }
    }

    pub(super) fn raise_again(&self, request: &Request) -> Result<Vec<Event>, Refusal> {
        if self.request == *request { Ok(Vec::new()) } else { Err(Common::Exists { what: "任务 task" }.into()) }
    }

    pub(super) fn claim(&self, actor: &Actor, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
        self.admit(actor)?;
        self.permit()?;
        let until = at + lease::LENGTH;
        let (holder, on_behalf_of) = (actor.person.clone(), actor.on_behalf_of.clone());
        let lease = Lease { holder, on_behalf_of, token: self.latest_token + 1, until };
        match &self.stage {
            Stage::Ready { .. } => Ok(vec![Event::TaskClaimed { lease }]),
            // Nobody has held it in between, so the token is still the latest, also when the lease had ended.
            Stage::Reserved(held) if held.holder == actor.person && held.until < until => {
                Ok(vec![Event::LeaseRenewed { until }])
            }
            Stage::Reserved(held) if held.holder == actor.person => Ok(Vec::new()),
            Stage::Reserved(held) if held.stands(at) => Err(already_claimed(held)),
            Stage::Reserved(_) => Ok(vec![Event::TaskClaimed { lease }]),
            Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
            Stage::Obsolete => Err(self.closed("ClaimTask")),
        }
    }

    pub(super) fn release(&self, actor: &Actor, token: i64) -> Result<Vec<Event>, Refusal> {
        if self.is_suspended() {
            self.admit(actor)?;
            self.permit()?;
        }
        let latest = token == self.latest_token;
        match &self.stage {
            // A lease that has ended but that nobody took over may still be given back.
            Stage::Reserved(held) if latest && held.holder == actor.person => {
                Ok(vec![Event::TaskReleased { person: actor.person.clone() }])
            }
            Stage::Ready { released_by: Some(person) } if latest && *person == actor.person => Ok(Vec::new()),
            Stage::Ready { .. } | Stage::Reserved(_) => {
                self.admit(actor)?;
                Err(self.lease_lost(token))
            }
            Stage::Completed { .. } => {
                self.may_read(actor)?;
                Err(Common::AlreadyDecided.into())
            }
            Stage::Obsolete => {
                self.may_read(actor)?;
                Err(self.closed("ReleaseTask"))
            }
        }
    }

    /// The asking room has taken the decision, whoever holds the task by now: what it says is so.
    pub(super) fn complete(
        &self,
        outcome: Outcome,
        person: PersonId,
        on_behalf_of: Option<PersonId>,
    ) -> Result<Vec<Event>, Refusal> {
        match &self.stage {
            Stage::Ready { .. } | Stage::Reserved(_) => {
                Ok(vec![Event::TaskCompleted { outcome, person, on_behalf_of }])
            }
            Stage::Completed { outcome: decided, person: by, .. } if (*decided, by) == (outcome, &person) => {
                Ok(Vec::new())
            }
            Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
            Stage::Obsolete => Err(self.wrong_state("CompleteTask")),
        }
    }

    /// It ends so, without a decision.
    pub(super) fn cancel(&self, end: Event) -> Result<Vec<Event>, Refusal> {
        match &self.stage {
            Stage::Ready { .. } | Stage::Reserved(_) => Ok(vec![end]),
            Stage::Obsolete => Ok(Vec::new()),
            Stage::Completed { .. } => Err(Common::AlreadyDecided.into()),
        }
    }

    /// The actor holds the candidate post, and no duty of the actor or the person acted for forbids it.
    fn admit(&self, actor: &Actor) -> Result<(), Refusal> {
        actor.require(&self.request.candidate)?;
        match self.bars(actor) {
            Some(person) => Err(Refusal::Excluded { person: person.clone() }),
            None => Ok(()),
        }
    }

    /// The person whose duty, or other reason, keeps this actor from the task; none when nothing does.
    #[must_use]
    pub fn bars<'a>(&self, actor: &'a Actor) -> Option<&'a PersonId> {
        actor.persons().find(|person| self.request.excluded.contains(person))
    }

    fn lease_lost(&self, presented: i64) -> Refusal {
        Refusal::LeaseLost { presented, latest: self.latest_token }
    }

    fn closed(&self, command: &'static str) -> Refusal {
        if self.overtaken { Common::AlreadyDecided.into() } else { self.wrong_state(command) }
    }

    fn wrong_state(&self, command: &'static str) -> Refusal {
        Common::WrongState { state: self.stage.code(), command }.into()
    }

    pub(super) fn after(mut self, event: &Event) -> Self {
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

fn already_claimed(lease: &Lease) -> Refusal {
    Refusal::AlreadyClaimed { holder: lease.holder.clone(), until: lease.until }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _};
    use time::Duration;

    use super::*;
    use crate::domain::{
        Task,
        decision::Answer,
        fixtures::{START, drafter, raised, stranger, wu, zhou},
    };

    fn claimed(actor: &Actor, token: i64) -> Event {
        let (holder, on_behalf_of) = (actor.person.clone(), actor.on_behalf_of.clone());
        Event::TaskClaimed { lease: Lease { holder, on_behalf_of, token, until: START + lease::LENGTH } }
    }

    fn task(events: impl IntoIterator<Item = Event>) -> Raised {
        let events: Vec<Event> = std::iter::once(raised()).chain(events).collect();
        match Task::fold(&events) {
            Task::Raised(task) => *task,
            Task::Unraised => panic!("it is raised"),
        }
    }

    fn approval() -> Decision {
        let answer = |question: &str| Answer { question: question.into(), text: "属实".into() };
        Decision { outcome: Outcome::Approve, answers: vec![answer("site"), answer("checkers")], corrections: 0 }
    }

    fn code(task: &Raised, actor: &Actor, token: i64, decision: &Decision, minutes: i64) -> &'static str {
        let verdict = task.may_complete(actor, token, decision, START + Duration::minutes(minutes));
        verdict.err().map_or("", |refusal| refusal.explain().code)
    }

    #[test]
    fn only_the_holder_decides_under_a_claim_that_stands() {
        let held = task([claimed(&zhou(), 1)]);
        assert_eq!(code(&held, &zhou(), 1, &approval(), 29), "");
        assert_eq!(code(&held, &zhou(), 1, &approval(), 30), "LEASE_LOST", "the lease has ended");
        assert_eq!(code(&held, &zhou(), 2, &approval(), 1), "LEASE_LOST", "not this claim");
        assert_eq!(code(&held, &wu(), 1, &approval(), 1), "LEASE_LOST", "someone else holds it");
        assert_eq!(code(&task([]), &zhou(), 1, &approval(), 1), "LEASE_LOST", "never claimed");
        assert_eq!(code(&held, &stranger(), 1, &approval(), 1), "SCOPE");
        assert_eq!(code(&held, &drafter(), 1, &approval(), 1), "SOD");
        let released = task([claimed(&zhou(), 1), Event::TaskReleased { person: zhou().person }]);
        assert_eq!(code(&released, &zhou(), 1, &approval(), 1), "LEASE_LOST", "given back");
    }

    #[test]
    fn a_free_task_is_decided_without_a_claim_by_whoever_might_claim_it() {
        let held = task([claimed(&zhou(), 1)]);
        assert_eq!(code(&task([]), &zhou(), UNCLAIMED, &approval(), 1), "");
        assert_eq!(code(&held, &wu(), UNCLAIMED, &approval(), 29), "ALREADY_CLAIMED", "someone holds it");
        assert_eq!(code(&held, &zhou(), UNCLAIMED, &approval(), 29), "ALREADY_CLAIMED", "and it needs the token");
        assert_eq!(code(&held, &wu(), UNCLAIMED, &approval(), 30), "", "that lease has ended");
        assert_eq!(code(&task([]), &stranger(), UNCLAIMED, &approval(), 1), "SCOPE");
        assert_eq!(code(&task([]), &drafter(), UNCLAIMED, &approval(), 1), "SOD");
        let bare = Decision { answers: Vec::new(), ..approval() };
        assert_eq!(code(&task([]), &zhou(), UNCLAIMED, &bare, 1), "ANSWER_MISSING");
    }

    #[test]
    fn an_incomplete_decision_goes_nowhere() {
        let held = task([claimed(&zhou(), 1)]);
        assert_eq!(code(&held, &zhou(), 1, &Decision { answers: Vec::new(), ..approval() }, 1), "ANSWER_MISSING");
        assert_eq!(code(&held, &zhou(), 1, &Decision { outcome: Outcome::Return, ..approval() }, 1), "CORRECTIONS");
    }

    #[test]
    fn the_room_may_be_asked_again_about_the_same_decision_only() {
        let decided =
            task([Event::TaskCompleted { outcome: Outcome::Approve, person: zhou().person, on_behalf_of: None }]);
        assert_eq!(code(&decided, &zhou(), 1, &approval(), 99), "", "the room knows the repeat by its receipt");
        assert_eq!(
            code(&decided, &zhou(), 1, &Decision { outcome: Outcome::Reject, ..approval() }, 1),
            "ALREADY_DECIDED"
        );
        assert_eq!(code(&decided, &wu(), 1, &approval(), 1), "ALREADY_DECIDED");
        assert_eq!(code(&decided, &stranger(), 1, &approval(), 1), "SCOPE");
        assert_eq!(code(&task([Event::TaskObsoleted]), &zhou(), 1, &approval(), 1), "WRONG_STATE");
    }

    #[test]
    fn a_task_is_read_by_its_post_its_holder_and_who_decided_it() {
        let readers = [zhou(), wu(), drafter(), stranger()];
        let seen = |task: &Raised| readers.each_ref().map(|reader| task.may_read(reader).is_ok());
        assert_eq!(seen(&task([])), [true, true, true, false]);
        assert_eq!(seen(&task([claimed(&stranger(), 1)])), [true; 4], "the post may have been lost since");
        let decided = Event::TaskCompleted { outcome: Outcome::Approve, person: stranger().person, on_behalf_of: None };
        assert_eq!(seen(&task([decided])), [true; 4]);
    }

    #[test]
    fn only_an_open_task_is_overdue() {
        let late = task([]).request.due_at + Duration::seconds(1);
        assert!(task([]).is_overdue(late));
        assert!(!task([]).is_overdue(late - Duration::seconds(1)));
        assert!(!task([Event::TaskObsoleted]).is_overdue(late));
    }
}
