//! What happens at the panel's table (论证): the office convenes it, members judge or recuse, seats are filled again, and
//! the last opinion makes the report, from which the next step follows.

use kernel::{Pack, PersonId, YearRules};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Asked, File, Given, Refusal, TaskKind,
    case::{Complete, Event},
    decision::check,
    departments::{ask_convening, ask_expert, ask_leading_group, ask_office},
    draw::Draw,
    panel::{self, NO_INTEREST, REPLACE_LATE, triggers},
    quorum::merged,
    report::{Report, Verdict},
};

impl File {
    /// All departments agree: the leading group is asked, or experts before it.
    pub(super) fn after_departments(&self, pack: &Pack, at: OffsetDateTime) -> Result<Event, Refusal> {
        let found = triggers(self, pack, pack.rules_of(self.referral.subject.fiscal_year)?);
        match &self.panel {
            None if found.is_empty() => self.group_asked(pack, at),
            Some(panel) if panel.has_passed(&self.referral) => self.group_asked(pack, at),
            Some(panel) if panel.is_full() => {
                let agreed =
                    self.seats().filter(|opinion| opinion.agrees() && opinion.asked.judged == self.referral.whole());
                let agreed: Vec<&PersonId> = agreed.filter_map(|opinion| opinion.asked.assignee.as_ref()).collect();
                let again: Vec<PersonId> =
                    panel.members.iter().filter(|member| !agreed.contains(member)).cloned().collect();
                Ok(Event::PanelAskedAgain { asked: self.experts_asked(&again, pack, at)? })
            }
            None | Some(_) => {
                let mut triggers: Vec<_> =
                    self.panel.iter().flat_map(|panel| panel.triggers.clone()).chain(found).collect();
                triggers.sort_unstable();
                triggers.dedup();
                Ok(Event::PanelCalled { triggers, asked: self.convening_asked(pack, at)? })
            }
        }
    }

    /// The office convenes the panel: its size, and the draw.
    pub(super) fn office_convenes(
        &self,
        asked: &Asked,
        rules: &YearRules,
        complete: Complete,
    ) -> Result<Vec<Event>, Refusal> {
        let Complete { task, decision, actor, pack, seed, at, .. } = complete;
        check(&decision, asked, rules)?;
        let size = panel::size_from(&decision.answers, self, rules)?;
        let wanted = size.saturating_sub(self.panel.as_ref().map_or(0, |panel| panel.members.len()));
        let draw = Draw::from_register(self, &pack, seed, wanted);
        let draw = draw.map_err(|candidates| panel::too_few(candidates, wanted, self, rules))?;
        let asked = self.experts_asked(&draw.drawn, &pack, at)?;
        let given = Given::of(decision, &actor, at);
        // Those who sat there before may all have spoken: then nobody is left to wait for.
        self.panel_joined(Event::PanelConvened { task, given, size, draw, asked }, rules, &pack, at)
    }

    /// A member judges, or declares an interest and gives up the seat.
    pub(super) fn expert_judges(
        &self,
        asked: &Asked,
        rules: &YearRules,
        complete: Complete,
    ) -> Result<Vec<Event>, Refusal> {
        let Complete { task, decision, actor, pack, seed, at, .. } = complete;
        check(&decision, asked, rules)?;
        let recuses = decision.answers.iter().any(|answer| answer.question == NO_INTEREST && !answer.yes);
        let given = Given::of(decision, &actor, at);
        if recuses {
            self.filled(Event::ExpertRecused { task, given }, seed, &pack, at)
        } else {
            self.panel_joined(Event::ExpertJudged { task, given }, rules, &pack, at)
        }
    }

    /// The office has seen to what is overdue; experts who are late give up their seats when it says so.
    pub(super) fn office_supervises(
        &self,
        asked: &Asked,
        rules: &YearRules,
        complete: Complete,
    ) -> Result<Vec<Event>, Refusal> {
        let Complete { task, decision, actor, pack, seed, at, .. } = complete;
        check(&decision, asked, rules)?;
        let replaces = decision.answers.iter().any(|answer| answer.question == REPLACE_LATE && answer.yes);
        let goes_on_at = self.silence_goes_on_at(&pack, at)?;
        let seen = Event::SupervisionGiven { task, given: Given::of(decision, &actor, at), goes_on_at };
        let late = self.late_experts();
        if !replaces || late.is_empty() {
            return Ok(vec![seen]);
        }
        let released = self.after(&seen).filled(Event::ExpertsReleased { tasks: late }, seed, &pack, at)?;
        Ok(std::iter::once(seen).chain(released).collect())
    }

    /// This fact, which empties seats, and who fills them: a new draw, or the office when the register gives no more.
    fn filled(&self, event: Event, seed: Uuid, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
        let after = self.after(&event);
        let (size, members, triggers) = after
            .panel
            .as_ref()
            .map_or((0, 0, Vec::new()), |panel| (panel.size, panel.members.len(), panel.triggers.clone()));
        let follows = match Draw::from_register(&after, pack, seed, size.saturating_sub(members)) {
            Ok(draw) => {
                let asked = after.experts_asked(&draw.drawn, pack, at)?;
                Event::SeatsFilled { draw, asked }
            }
            Err(_) => Event::PanelCalled { triggers, asked: after.convening_asked(pack, at)? },
        };
        Ok(vec![event, follows])
    }

    /// This fact, and the report with what follows from it once every member has spoken.
    fn panel_joined(
        &self,
        event: Event,
        rules: &YearRules,
        pack: &Pack,
        at: OffsetDateTime,
    ) -> Result<Vec<Event>, Refusal> {
        let after = self.after(&event);
        let given: Vec<&Given> = after.seats().filter_map(|opinion| opinion.given.as_ref()).collect();
        if after.panel.as_ref().is_none_or(|panel| !panel.is_full() || given.len() < panel.size) {
            return Ok(vec![event]);
        }
        let report = Report::of(&after, &given, rules);
        let follows = match report.verdict {
            Verdict::Passed => after.group_asked(pack, at)?,
            Verdict::PassedWithChanges => Event::CaseReturned { items: merged(after.seats()) },
            Verdict::Failed => Event::OfficeAsked { asked: ask_office(self.project, &self.referral, pack, at)? },
        };
        Ok(vec![event, Event::PanelReported { report }, follows])
    }

    fn group_asked(&self, pack: &Pack, at: OffsetDateTime) -> Result<Event, Refusal> {
        let asked = self.unlike_before(ask_leading_group(self.project, &self.referral, pack, at)?);
        Ok(Event::LeadingGroupAsked { asked })
    }

    fn convening_asked(&self, pack: &Pack, at: OffsetDateTime) -> Result<Asked, Refusal> {
        Ok(self.unlike_before(ask_convening(self.project, &self.referral, pack, at)?))
    }

    fn experts_asked(&self, persons: &[PersonId], pack: &Pack, at: OffsetDateTime) -> Result<Vec<Asked>, Refusal> {
        let ask = |person: &PersonId| ask_expert(self.project, &self.referral, pack, at, person);
        persons.iter().map(|person| Ok(self.unlike_before(ask(person)?))).collect()
    }

    /// The panel after one of its own facts.
    pub(super) fn apply_to_panel(&mut self, event: &Event) {
        let panel = self.panel.get_or_insert_default();
        match event {
            Event::PanelCalled { triggers, .. } => panel.triggers.clone_from(triggers),
            Event::PanelConvened { size, draw, .. } => {
                panel.size = *size;
                panel.seat(draw);
            }
            Event::SeatsFilled { draw, .. } => panel.seat(draw),
            Event::PanelReported { report } => panel.reports.push(report.clone()),
            Event::ExpertRecused { given, .. } => panel.leave(&given.person),
            Event::ExpertsReleased { tasks } => {
                let late = self.opinions.iter().filter(|opinion| tasks.contains(&opinion.asked.task));
                late.filter_map(|opinion| opinion.asked.assignee.as_ref()).for_each(|person| panel.leave(person));
            }
            // Facts of others.
            Event::CaseOpened { .. }
            | Event::CaseReopened { .. }
            | Event::OpinionGiven { .. }
            | Event::OfficeAsked { .. }
            | Event::OfficeDecided { .. }
            | Event::LeadingGroupAsked { .. }
            | Event::LeadingGroupDecided { .. }
            | Event::CaseReturned { .. }
            | Event::DepartmentsAskedAgain { .. }
            | Event::CaseApproved { .. }
            | Event::CaseRejected
            | Event::OpinionOverdue { .. }
            | Event::SupervisionAsked { .. }
            | Event::SupervisionGiven { .. }
            | Event::DispensationAsked { .. }
            | Event::OpinionsDispensed { .. }
            | Event::GuaranteeEnded { .. }
            | Event::CaseWithdrawn { .. }
            | Event::CaseSuspended { .. }
            | Event::CaseResumed { .. }
            | Event::ActsHeard { .. }
            | Event::DueRecounted { .. }
            | Event::PanelAskedAgain { .. }
            | Event::ExpertJudged { .. } => {}
        }
    }

    /// An open convening is done once every seat is taken.
    pub(super) fn end_convening(&mut self) {
        if self.panel.as_ref().is_some_and(panel::Panel::is_full) {
            self.lapse(|opinion| opinion.asked.task_kind == TaskKind::PanelConvening && opinion.is_awaited());
        }
    }
}

#[cfg(test)]
mod tests;
