//! What each fact changes in a case: the one place where its state moves. Nothing is decided here and nothing can fail; a
//! fact that was stored is true.

use std::slice::from_ref;

use kernel::{Due, Duties, Post, ProjectId, Suspensions, TaskId};

use super::{Panel, Stage, State};
use crate::domain::{
    event::Event,
    record::{Asked, DecisionRecord, Guarantee, Opinion, Referral, TaskKind, Vouched},
};

impl State {
    /// The state of a case that has just been opened.
    #[must_use]
    pub fn opened(project: ProjectId, referral: &Referral, acts: &Duties, asked: &[Asked], suspensions: u32) -> Self {
        let mut state = Self {
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
        state.ask(asked);
        state
    }

    /// The state after one more fact, which stays as it was itself: what a rule looks ahead with.
    #[must_use]
    pub fn after(&self, event: &Event) -> Self {
        let mut after = self.clone();
        after.evolve(event);
        after
    }

    /// Takes one more fact.
    pub fn evolve(&mut self, event: &Event) {
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
            Event::OpinionGiven { task, decision, vouched } => {
                self.record(*task, decision);
                self.vouch(*task, vouched);
            }
            Event::GuaranteeEnded { .. } => self.guarantee = None,
            Event::OfficeDecided { task, decision }
            | Event::LeadingGroupDecided { task, decision }
            | Event::ExpertJudged { task, decision } => self.record(*task, decision),
            Event::SupervisionGiven { task, decision, goes_on_at } => {
                self.record(*task, decision);
                self.goes_on_at = *goes_on_at;
            }
            Event::OpinionsDispensed { task, decision, posts, goes_on_at, .. } => {
                self.record(*task, decision);
                self.dispense(posts);
                self.goes_on_at = *goes_on_at;
            }
            Event::OfficeAsked { asked } => {
                self.lapse(Opinion::is_awaited);
                self.ask(from_ref(asked));
                self.stage = Stage::OfficeDecision;
            }
            Event::LeadingGroupAsked { asked } => {
                self.ask(from_ref(asked));
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
            Event::OpinionOverdue { task, .. } => self.of_task(*task).for_each(|opinion| opinion.overdue = true),
            Event::SupervisionAsked { asked } | Event::DispensationAsked { asked } => {
                self.ask(from_ref(asked));
                self.goes_on_at = None;
            }
            Event::PanelCalled { triggers, asked } => {
                self.ask(from_ref(asked));
                self.panel().triggers.clone_from(triggers);
                self.stage = Stage::ExpertReview;
            }
            Event::PanelConvened { task, decision, size, draw, asked } => {
                self.record(*task, decision);
                self.ask(asked);
                self.panel().size = *size;
                self.panel().seat(draw);
            }
            Event::PanelAskedAgain { asked } => {
                self.ask(asked);
                self.stage = Stage::ExpertReview;
            }
            Event::SeatsFilled { draw, asked } => {
                self.ask(asked);
                self.panel().seat(draw);
            }
            Event::ExpertRecused { task, decision } => {
                self.recuse(*task, decision);
                self.panel().leave(&decision.person);
            }
            Event::ExpertsReleased { tasks } => self.release(tasks),
            Event::PanelReported { report } => self.panel().reports.push(report.clone()),
            Event::CaseWithdrawn { reason, acts, by: _ } => self.withdraw(reason, acts),
            Event::CaseSuspended { reason } => self.suspend(reason),
            Event::CaseResumed { days } => self.resume(*days),
            Event::ActsHeard { acts } => self.duties.add(acts),
            Event::DueRecounted { task, due } => self.recount(*task, *due),
        }
        self.end_convening();
        self.end_supervision();
    }

    fn panel(&mut self) -> &mut Panel {
        self.panel.get_or_insert_default()
    }

    fn of_task(&mut self, task: TaskId) -> impl Iterator<Item = &mut Opinion> {
        self.opinions.iter_mut().filter(move |opinion| opinion.asked.task == task)
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

    fn lapse(&mut self, which: impl Fn(&Opinion) -> bool) {
        for opinion in &mut self.opinions {
            opinion.lapsed |= which(opinion);
        }
    }

    fn record(&mut self, task: TaskId, decision: &DecisionRecord) {
        for opinion in self.opinions.iter_mut().filter(|opinion| opinion.asked.task == task) {
            opinion.decision = Some(decision.clone());
            for person in decision.persons() {
                self.duties.record_person(person, opinion.asked.task_kind.duty());
            }
        }
    }

    /// A recusal is on record, but counts for nothing and is no duty.
    fn recuse(&mut self, task: TaskId, decision: &DecisionRecord) {
        self.of_task(task).for_each(|opinion| {
            opinion.decision = Some(decision.clone());
            opinion.lapsed = true;
        });
    }

    /// Experts who are late lose their seats.
    fn release(&mut self, tasks: &[TaskId]) {
        self.lapse(|opinion| tasks.contains(&opinion.asked.task));
        let late = self.opinions.iter().filter(|opinion| tasks.contains(&opinion.asked.task));
        let late: Vec<_> = late.filter_map(|opinion| opinion.asked.assignee.clone()).collect();
        late.iter().for_each(|person| self.panel().leave(person));
    }

    fn vouch(&mut self, task: TaskId, vouched: &[Vouched]) {
        if !vouched.is_empty() {
            let fiscal_year = self.referral.subject.fiscal_year;
            self.guarantee = Some(Guarantee { task, fiscal_year, vouched: vouched.to_vec() });
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

    fn withdraw(&mut self, reason: &str, acts: &Duties) {
        self.duties.add(acts);
        self.suspensions.end();
        self.lapse(Opinion::is_awaited);
        self.stage = Stage::Withdrawn { reason: reason.to_owned() };
    }

    fn suspend(&mut self, reason: &str) {
        self.suspensions.begin(reason);
        self.opinions.iter_mut().filter(|opinion| opinion.is_awaited()).for_each(|opinion| opinion.suspended += 1);
    }

    fn resume(&mut self, days: i64) {
        self.suspensions.end();
        let awaited = self.opinions.iter_mut().filter(|opinion| opinion.is_awaited());
        awaited.for_each(|opinion| opinion.asked.due = opinion.asked.due.later(days));
        self.goes_on_at = self.goes_on_at.map(|due| due.later(days));
    }

    fn recount(&mut self, task: Option<TaskId>, due: Due) {
        let Some(task) = task else {
            self.goes_on_at = Some(due);
            return;
        };
        self.of_task(task).for_each(|opinion| {
            opinion.asked.due = due;
            opinion.recounts += 1;
        });
    }

    /// An open convening is done once every seat is taken.
    fn end_convening(&mut self) {
        if self.panel.as_ref().is_some_and(Panel::is_full) {
            self.lapse(|opinion| opinion.asked.task_kind == TaskKind::PanelConvening && opinion.is_awaited());
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
}
