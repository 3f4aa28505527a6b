//! The file of an open case (案卷): what was asked and given, where the case is, and what may happen next.
//!
//! An opinion is given once, by one who holds the post, has no other duty in the project and speaks for no other
//! department. A department that agreed keeps its opinion in later rounds. Where opinions lead is [`super::quorum`]'s, what
//! a reviewer may decide [`super::completion`]'s.

use kernel::{
    Due, Duties, Pack, PersonId, Post, ProjectId, Suspensions, TaskId, pack::DepartmentReview, refusal::Common,
};
use time::OffsetDateTime;

use super::{
    Refusal, Resolution,
    case::{Event, Forwarded},
    completion::duty_of,
    departments::{ROOM, ask_departments, ask_office},
    draw::Draw,
    guarantee::Guarantee,
    opinion::{Asked, Given, Opinion, TaskKind},
    panel::Panel,
    quorum::{Join, ReturnedItem, Tally, merged},
    referral::Referral,
};

/// All that is known of an open case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The project.
    pub project: ProjectId,
    /// What is judged in this round.
    pub referral: Referral,
    /// Who has had which duty in the project.
    pub duties: Duties,
    /// Opinions asked for and given, all rounds, in the order of asking.
    pub opinions: Vec<Opinion>,
    /// What was returned last.
    pub returned: Vec<ReturnedItem>,
    /// The expert panel, once one was called.
    pub panel: Option<Panel>,
    /// The suspensions of the project.
    pub suspensions: Suspensions,
    /// What the finance bureau vouched for last; see [`File::reserved`].
    pub guarantee: Option<Guarantee>,
    /// When the silence of late departments goes on to the leading group, once the office has seen to it.
    pub goes_on_at: Option<Due>,
    /// Where the case is.
    pub stage: Stage,
}

/// Where a case is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// S5 部门并联审核.
    Departments,
    /// A department rejected: the county office decides.
    OfficeDecision,
    /// S6 专家论证.
    ExpertReview,
    /// S7 领导小组审定.
    LeadingGroup,
    /// X1 退回补正.
    Returned,
    /// 审定通过.
    Approved(Resolution),
    /// X2 不予通过.
    Rejected,
    /// X3 撤回.
    Withdrawn {
        /// Why.
        reason: String,
    },
}

impl Stage {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Departments => "DEPARTMENTS",
            Self::OfficeDecision => "OFFICE_DECISION",
            Self::ExpertReview => "EXPERT_REVIEW",
            Self::LeadingGroup => "LEADING_GROUP",
            Self::Returned => "RETURNED",
            Self::Approved(_) => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn { .. } => "WITHDRAWN",
        }
    }
}

impl File {
    /// The file of a case that has just been opened.
    #[must_use]
    pub fn opened(project: ProjectId, referral: &Referral, acts: &Duties, asked: &[Asked], suspensions: u32) -> Self {
        let mut file = Self {
            project,
            referral: referral.clone(),
            duties: acts.clone(),
            opinions: Vec::new(),
            returned: Vec::new(),
            panel: None,
            suspensions: Suspensions::after(suspensions),
            guarantee: None,
            goes_on_at: None,
            stage: Stage::Departments,
        };
        file.ask(asked);
        file
    }

    /// Opinions that are still awaited: the open tasks.
    pub fn awaited(&self) -> impl Iterator<Item = &Opinion> {
        self.opinions.iter().filter(|opinion| opinion.is_awaited())
    }

    /// Those of them that may be given now: none while the project is suspended.
    pub fn waits_for(&self) -> impl Iterator<Item = &Opinion> {
        let going = self.suspensions.standing().is_none();
        self.awaited().filter(move |_| going)
    }

    /// When the first of them is due.
    #[must_use]
    pub fn first_due(&self) -> Option<OffsetDateTime> {
        self.waits_for().map(|opinion| opinion.asked.due.at).min()
    }

    /// The departments' opinions that count: those of this round, and agreement from earlier ones. A return or rejection
    /// lapses with its round, also where the pack no longer names the department; an agreement when it is asked again.
    pub fn standing(&self) -> impl Iterator<Item = &Opinion> {
        self.opinions.iter().filter(|opinion| opinion.asked.task_kind == TaskKind::DepartmentReview && !opinion.lapsed)
    }

    /// Persons who may not work on this task, whatever their duties: another department's opinion, or another seat of the
    /// panel.
    #[must_use]
    pub fn excluded_from(&self, asked: &Asked) -> Vec<PersonId> {
        let mut persons = self.spoke_elsewhere(asked);
        if let Some(assignee) = &asked.assignee {
            let register = self.panel.iter().flat_map(|panel| panel.draws.iter().flat_map(Draw::register));
            persons.extend(register.filter(|person| *person != assignee).cloned());
        }
        persons.sort();
        persons.dedup();
        persons
    }

    /// Persons who may not decide this task, because they gave another department's opinion.
    #[must_use]
    pub fn spoke_elsewhere(&self, asked: &Asked) -> Vec<PersonId> {
        let mut persons: Vec<PersonId> = self.others(asked).flat_map(|(_, given)| given.persons()).cloned().collect();
        persons.sort();
        persons.dedup();
        persons
    }

    /// The state after one more fact.
    pub fn apply(&mut self, event: &Event) {
        match event {
            // A case is opened once.
            Event::CaseOpened { .. } => {}
            Event::CaseReopened { referral, acts, asked } => {
                self.referral = referral.clone();
                self.duties.add(acts);
                self.lapse(|opinion| !opinion.agrees());
                self.ask(asked);
                self.stage = Stage::Departments;
            }
            Event::OpinionGiven { task, given, vouched } => {
                self.record(*task, given);
                self.vouch(*task, vouched);
            }
            Event::GuaranteeEnded { .. } => self.guarantee = None,
            Event::OfficeDecided { task, given }
            | Event::LeadingGroupDecided { task, given }
            | Event::ExpertJudged { task, given } => self.record(*task, given),
            Event::SupervisionGiven { task, given, goes_on_at } => {
                self.record(*task, given);
                self.goes_on_at = *goes_on_at;
            }
            Event::OpinionsDispensed { task, given, posts, goes_on_at, .. } => {
                self.record(*task, given);
                self.dispense(posts);
                self.goes_on_at = *goes_on_at;
            }
            Event::OfficeAsked { asked } => {
                self.lapse(Opinion::is_awaited);
                self.ask(std::slice::from_ref(asked));
                self.stage = Stage::OfficeDecision;
            }
            Event::LeadingGroupAsked { asked } => {
                self.ask(std::slice::from_ref(asked));
                self.stage = Stage::LeadingGroup;
            }
            Event::CaseReturned { items } => {
                self.returned.clone_from(items);
                self.lapse(Opinion::is_awaited);
                self.stage = Stage::Returned;
            }
            Event::DepartmentsAskedAgain { items, asked } => {
                self.returned.clone_from(items);
                self.ask(asked);
                self.stage = Stage::Departments;
            }
            Event::CaseApproved { resolution } => self.stage = Stage::Approved(resolution.clone()),
            Event::CaseRejected => self.stage = Stage::Rejected,
            Event::OpinionOverdue { task, .. } => {
                for opinion in self.opinions.iter_mut().filter(|opinion| opinion.asked.task == *task) {
                    opinion.overdue = true;
                }
            }
            Event::SupervisionAsked { asked } | Event::DispensationAsked { asked } => {
                self.ask(std::slice::from_ref(asked));
                self.goes_on_at = None;
            }
            Event::PanelCalled { asked, .. } => {
                self.ask(std::slice::from_ref(asked));
                self.stage = Stage::ExpertReview;
            }
            Event::PanelConvened { task, given, asked, .. } => {
                self.record(*task, given);
                self.ask(asked);
            }
            Event::PanelAskedAgain { asked } => {
                self.ask(asked);
                self.stage = Stage::ExpertReview;
            }
            Event::SeatsFilled { asked, .. } => self.ask(asked),
            Event::ExpertRecused { task, given } => self.recuse(*task, given),
            Event::ExpertsReleased { tasks } => self.lapse(|opinion| tasks.contains(&opinion.asked.task)),
            Event::PanelReported { .. } => {}
            Event::CaseWithdrawn { reason, acts, by: _ } => self.close_withdrawn(reason, acts),
            Event::CaseSuspended { reason } => self.suspend(reason),
            Event::CaseResumed { days } => self.resume(*days),
            Event::ActsHeard { acts } => self.duties.add(acts),
            Event::DueRecounted { task, due } => self.recounted(*task, *due),
        }
        if event.is_of_panel() {
            self.apply_to_panel(event);
            self.end_convening();
        }
        self.end_supervision();
    }

    /// The corrected application comes again: only departments that did not agree are asked.
    ///
    /// # Errors
    /// [`Common::TooEarly`] while this round is not returned; `WRONG_STATE` after the conclusion.
    pub fn reopen(&self, forwarded: Forwarded) -> Result<Vec<Event>, Refusal> {
        let Forwarded { project, referral, acts, suspensions: _, pack, at } = forwarded;
        if referral.round <= self.referral.round {
            return Ok(Vec::new());
        }
        match &self.stage {
            Stage::Departments | Stage::OfficeDecision | Stage::ExpertReview | Stage::LeadingGroup => {
                Err(too_early("本轮退回 return of this round"))
            }
            // Nothing more will happen to it: waiting is no help.
            Stage::Approved(_) | Stage::Rejected => {
                Err(Common::WrongState { state: self.stage.code(), command: "ReopenCase" }.into())
            }
            // The forwarding and the withdrawal crossed: the withdrawal is final.
            Stage::Withdrawn { .. } => Ok(Vec::new()),
            Stage::Returned if referral.round > self.referral.round + 1 => Err(too_early("上一轮送审 round before")),
            Stage::Returned => {
                // What was judged before the sections had hashes stands as it stood then.
                let still_valid = |review: &DepartmentReview| {
                    let now = referral.judged_by(review);
                    let holds =
                        |asked: &Asked| asked.post == review.post && (asked.judged.is_empty() || asked.judged == now);
                    self.standing().any(|opinion| opinion.agrees() && holds(&opinion.asked))
                };
                let asked =
                    ask_departments(project, &referral, &pack, at, &self.returned, |review| !still_valid(review))?;
                // When the leading group itself returned it, all departments agree already and it is asked at once.
                self.joined(Event::CaseReopened { referral, acts, asked }, &pack, at)
            }
        }
    }

    /// This fact, and what follows from the departments' opinions after it.
    pub(super) fn joined(&self, event: Event, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
        let after = self.after(&event);
        let follows = match Tally::of(after.standing()).join() {
            Join::Wait => None,
            Join::OfficeDecision => {
                Some(Event::OfficeAsked { asked: ask_office(self.project, &after.referral, pack, at)? })
            }
            Join::Return => Some(Event::CaseReturned { items: merged(after.standing()) }),
            Join::LeadingGroup => Some(after.after_departments(pack, at)?),
        };
        Ok(std::iter::once(event).chain(follows).collect())
    }

    pub(super) fn after(&self, event: &Event) -> Self {
        let mut after = self.clone();
        after.apply(event);
        after
    }

    /// Asks; what was asked of the same seat before counts no more.
    fn ask(&mut self, asked: &[Asked]) {
        for new in asked {
            let seat = |asked: &Asked| (asked.task_kind, asked.post.clone(), asked.assignee.clone());
            self.lapse(|opinion| seat(&opinion.asked) == seat(new));
            // A correction that a suspension overtook: its tasks rest from the first.
            let suspended = u32::from(self.suspensions.standing().is_some());
            self.opinions.push(Opinion { suspended, ..Opinion::awaited(new) });
        }
    }

    pub(super) fn lapse(&mut self, which: impl Fn(&Opinion) -> bool) {
        for opinion in &mut self.opinions {
            opinion.lapsed |= which(opinion);
        }
    }

    /// The county goes on without these departments' opinions.
    fn dispense(&mut self, posts: &[Post]) {
        for opinion in &mut self.opinions {
            let asked = &opinion.asked;
            if asked.task_kind == TaskKind::DepartmentReview && posts.contains(&asked.post) && opinion.is_awaited() {
                opinion.dispensed = true;
                opinion.lapsed = true;
            }
        }
    }

    /// Nobody need see to what is no longer overdue.
    fn end_supervision(&mut self) {
        if !self.awaited().any(|opinion| opinion.overdue) {
            let sees_to = [TaskKind::OverdueSupervision, TaskKind::OpinionDispensation];
            self.lapse(|opinion| sees_to.contains(&opinion.asked.task_kind) && opinion.is_awaited());
            self.goes_on_at = None;
        }
    }

    /// The same ask under an id of its own, where it was asked in this round before.
    pub(super) fn unlike_before(&self, asked: Asked) -> Asked {
        let same = |known: &&Opinion| {
            let known = &known.asked;
            (known.task_kind, known.round) == (asked.task_kind, asked.round)
                && (&known.post, &known.assignee) == (&asked.post, &asked.assignee)
        };
        match self.opinions.iter().filter(same).count() {
            0 => asked,
            times => Asked { task: TaskId::derive(ROOM, asked.task.0, &format!("again-{times}")), ..asked },
        }
    }

    /// A recusal is on record, but counts for nothing and is no duty.
    fn recuse(&mut self, task: TaskId, given: &Given) {
        for opinion in self.opinions.iter_mut().filter(|opinion| opinion.asked.task == task) {
            opinion.given = Some(given.clone());
            opinion.lapsed = true;
        }
    }

    fn record(&mut self, task: TaskId, given: &Given) {
        for opinion in self.opinions.iter_mut().filter(|opinion| opinion.asked.task == task) {
            opinion.given = Some(given.clone());
            for person in given.persons() {
                self.duties.record_person(person, duty_of(opinion.asked.task_kind));
            }
        }
    }
}

/// A fact that must come first has not arrived.
pub fn too_early(what: &'static str) -> Refusal {
    Common::TooEarly { what }.into()
}
