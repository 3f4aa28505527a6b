//! A reviewer decides a task (办理): who may, what must be in it, and which rule says what follows.

use std::sync::Arc;

use kernel::{
    Duty, Pack, PersonId, Post, YearRules,
    calendar::civil_date,
    decision::{Decision, Outcome},
    refusal::Common,
};

use super::{
    File, Refusal, Resolution, Stage,
    case::{Complete, Event},
    decision::{check, not_offered},
    guarantee, members,
    opinion::{Asked, Given, Opinion, TaskKind},
    quorum::merged,
    resolution, way_back,
};

impl File {
    /// A reviewer decides a task.
    ///
    /// # Errors
    /// Who may not, what is decided already, and what the decision lacks, in that order.
    pub fn complete(&self, complete: Complete) -> Result<Vec<Event>, Refusal> {
        let asked = self.open_task(&complete)?;
        let pack = Arc::clone(&complete.pack);
        let rules = pack.rules_of(self.referral.subject.fiscal_year)?;
        match asked.task_kind {
            TaskKind::DepartmentReview => {
                check(&complete.decision, asked, rules)?;
                let vouched = if guarantee::is_needed(asked, &complete.decision) {
                    guarantee::require(&self.referral.subject, &complete.balances, &complete.reserved, &pack)?
                } else {
                    Vec::new()
                };
                let Complete { task, decision, actor, at, .. } = complete;
                self.joined(Event::OpinionGiven { task, given: Given::of(decision, &actor, at), vouched }, &pack, at)
            }
            TaskKind::CountyOfficeDecision => self.office_decides(asked, rules, complete),
            TaskKind::LeadingGroupDecision => self.leading_group_decides(asked, rules, complete),
            TaskKind::OverdueSupervision => self.office_supervises(asked, rules, complete),
            TaskKind::OpinionDispensation => self.group_dispenses(asked, rules, complete),
            TaskKind::PanelConvening => self.office_convenes(asked, rules, complete),
            TaskKind::ExpertReview => self.expert_judges(asked, rules, complete),
        }
    }

    fn office_decides(&self, asked: &Asked, rules: &YearRules, complete: Complete) -> Result<Vec<Event>, Refusal> {
        let Complete { task, decision, actor, at, .. } = complete;
        check(&decision, asked, rules)?;
        let outcome = decision.outcome;
        let decided = Event::OfficeDecided { task, given: Given::of(decision, &actor, at) };
        match outcome {
            Outcome::Approve => Err(not_offered(asked.task_kind, outcome).into()),
            Outcome::Return => Ok(self.returned(decided)),
            Outcome::Reject => Ok(vec![decided, Event::CaseRejected]),
        }
    }

    fn leading_group_decides(
        &self,
        asked: &Asked,
        rules: &YearRules,
        complete: Complete,
    ) -> Result<Vec<Event>, Refusal> {
        let Complete { task, decision, actor, pack, at, .. } = complete;
        let given = |decision: Decision| Event::LeadingGroupDecided { task, given: Given::of(decision, &actor, at) };
        // What is asked of it today, whatever was asked when its task was opened.
        let asked = &Asked { questions: resolution::questions(&pack), ..asked.clone() };
        // Who decides, and what makes the yes a resolution, is asked before any other fault of the form.
        let present = self.attendance(&decision, &pack, rules)?;
        match decision.outcome {
            Outcome::Approve => {
                let resolution = Resolution::try_from_answers(&decision.answers, present, civil_date(at))?;
                check(&decision, asked, rules)?;
                Ok(vec![given(decision), Event::CaseApproved { resolution }])
            }
            Outcome::Return => {
                check(&decision, asked, rules)?;
                if !way_back::stays_in_county(&decision.corrections) {
                    return Ok(self.returned(given(decision)));
                }
                let decided = given(decision);
                let after = self.after(&decided);
                let items = merged(after.opinions.iter().filter(|opinion| opinion.asked.task == task));
                Ok(vec![decided, after.asked_again(items, &pack, at)?])
            }
            Outcome::Reject => {
                check(&decision, asked, rules)?;
                Ok(vec![given(decision), Event::CaseRejected])
            }
        }
    }

    /// Who was present for a decision of the leading group; another duty in this project bars.
    pub(super) fn attendance(
        &self,
        decision: &Decision,
        pack: &Pack,
        rules: &YearRules,
    ) -> Result<Option<members::Count>, Common> {
        let barred = self.duties.barring(Duty::Decider, &pack.exclusions).map(|act| act.person.clone());
        let barred: Vec<PersonId> = barred.collect();
        resolution::attendance(&decision.answers, &barred, pack, rules)
    }

    /// The open task that is to be decided, when this actor may decide it.
    fn open_task(&self, complete: &Complete) -> Result<&Asked, Refusal> {
        let Opinion { asked, given, lapsed, overdue, .. } = self
            .opinions
            .iter()
            .find(|opinion| opinion.asked.task == complete.task && opinion.asked.task_kind == complete.task_kind)
            .ok_or(Common::NotFound { what: "待办 task" })?;
        complete.actor.require(&asked.post)?;
        if let Some(person) = asked.assignee.as_ref().filter(|person| **person != complete.actor.person) {
            return Err(Common::scope(&complete.actor, format!("{}({person})", asked.post)).into());
        }
        self.suspensions.permit()?;
        if given.is_some() {
            return Err(Common::AlreadyDecided.into());
        }
        if *lapsed && *overdue && !matches!(self.stage, Stage::Withdrawn { .. }) {
            // It was late, and the answers of the others were joined without it.
            return Err(Common::AlreadyDecided.into());
        }
        if *lapsed {
            return Err(Common::WrongState { state: self.stage.code(), command: "CompleteTask" }.into());
        }
        complete.decision.check_revision(asked.content_revision)?;
        self.duties.permit(&complete.actor, duty_of(asked.task_kind), &complete.pack.exclusions)?;
        match self.others(asked).find(|(_, given)| given.involves(&complete.actor)) {
            Some((held, _)) => Err(Refusal::TwoDepartments {
                person: complete.actor.person.clone(),
                held: held.clone(),
                tried: asked.post.clone(),
            }),
            None => Ok(asked),
        }
    }

    /// For a department's task: the other departments' opinions that stand.
    pub(super) fn others<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = (&'a Post, &'a Given)> {
        self.standing()
            .filter(|opinion| asked.task_kind == TaskKind::DepartmentReview && opinion.asked.post != asked.post)
            .filter_map(|opinion| Some((&opinion.asked.post, opinion.given.as_ref()?)))
    }

    /// The decision of the office or the leading group to return, and the list: what departments and experts asked for in
    /// this round and still stands, then what is asked for here.
    fn returned(&self, decided: Event) -> Vec<Event> {
        let after = self.after(&decided);
        let counts = |opinion: &&Opinion| opinion.asked.round == self.referral.round && !opinion.lapsed;
        let items = merged(after.opinions.iter().filter(counts));
        vec![decided, Event::CaseReturned { items }]
    }
}

/// The duty that a task's decision is.
#[must_use]
pub fn duty_of(kind: TaskKind) -> Duty {
    match kind {
        TaskKind::DepartmentReview => Duty::DepartmentReviewer,
        TaskKind::ExpertReview => Duty::Expert,
        TaskKind::CountyOfficeDecision | TaskKind::OverdueSupervision | TaskKind::PanelConvening => Duty::CountyOffice,
        TaskKind::LeadingGroupDecision | TaskKind::OpinionDispensation => Duty::Decider,
    }
}
