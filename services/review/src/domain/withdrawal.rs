//! The village gives its application up (撤回, X3): the case closes where it stands, and its open tasks with it.
//!
//! A conclusion that was reached before stands here: intake hears it after the withdrawal, and nothing enters the pool.

use kernel::Duties;

use super::{Event, File, Refusal, Stage, file::too_early};

/// An application was withdrawn.
#[derive(Debug, Clone)]
pub struct Withdrawn {
    /// Rounds at the county by then; 0 when it never came here.
    pub county_round: u32,
    /// Why.
    pub reason: String,
    /// Who has had which duty.
    pub acts: Duties,
}

/// Hears it before the case is open: what never came here concerns nobody here.
///
/// # Errors
/// `TOO_EARLY` when its forwarding is still on the way.
pub fn unopened(county_round: u32) -> Result<Vec<Event>, Refusal> {
    if county_round == 0 { Ok(Vec::new()) } else { Err(too_early("送县审核 forwarding to the county")) }
}

impl File {
    /// Hears it.
    pub(super) fn withdraw(&self, withdrawn: Withdrawn) -> Vec<Event> {
        let Withdrawn { county_round: _, reason, acts } = withdrawn;
        match self.stage {
            Stage::Departments
            | Stage::OfficeDecision
            | Stage::ExpertReview
            | Stage::LeadingGroup
            | Stage::Returned => vec![Event::CaseWithdrawn { reason, acts }],
            Stage::Withdrawn { .. } | Stage::Approved(_) | Stage::Rejected => Vec::new(),
        }
    }

    pub(super) fn close_withdrawn(&mut self, reason: &str, acts: &Duties) {
        for act in &acts.0 {
            self.duties.record_person(&act.person, act.duty);
        }
        self.suspensions.end();
        self.lapse(super::Opinion::is_awaited);
        self.stage = Stage::Withdrawn { reason: reason.to_owned() };
    }
}

#[cfg(test)]
mod tests {
    use kernel::decision::Outcome;

    use super::*;
    use crate::domain::story::{Story, departments, forward, stages, suspend, the_leading_group, withdraw};

    #[test]
    fn every_open_task_closes_with_the_case() {
        for (stage, story, open) in stages() {
            let after = story.clone().with(withdraw());
            let file = after.file();
            assert_eq!(file.awaited().count(), 0, "{stage}");
            let stands = matches!(story.stage(), Stage::Approved(_) | Stage::Rejected);
            assert_eq!(file.stage.code(), if stands { stage } else { "WITHDRAWN" });
            assert!(!stands || open.is_none(), "a conclusion that was reached stands");
            after.when(withdraw()).then([]);
        }
    }

    #[test]
    fn a_late_decision_is_refused_and_nothing_opens_it_again() {
        let post = departments().remove(0);
        let withdrawn = Story::opened().with(withdraw());
        withdrawn.when(withdrawn.completing(&post, Outcome::Approve)).then_refused("WRONG_STATE");
        // It crossed the withdrawal on its way.
        let returned = Story::opened().all_say(Outcome::Return).with(withdraw());
        returned.when(forward(2)).then([]);
        let concluded = Story::opened().all_say(Outcome::Approve).with(withdraw());
        concluded.when(concluded.completing(&the_leading_group(), Outcome::Approve)).then_refused("WRONG_STATE");
    }

    #[test]
    fn it_waits_for_the_forwarding_and_not_for_the_end_of_a_suspension() {
        Story::default().when(withdraw()).then_refused("TOO_EARLY");
        let before = Withdrawn { county_round: 0, reason: "x".into(), acts: Duties::default() };
        Story::default().when(crate::domain::Command::WithdrawCase(before)).then([]);
        let withdrawn = Story::opened().with(suspend(1)).with(withdraw());
        assert_eq!((withdrawn.stage().code(), withdrawn.file().suspensions.standing()), ("WITHDRAWN", None));
    }
}
