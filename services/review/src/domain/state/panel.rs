//! The expert panel of a case (论证专家组) over all its rounds: who sits on it, how they were drawn, what they reported. Its
//! rules stand in [`crate::domain::panel`].

use kernel::PersonId;

use crate::domain::record::{Draw, Referral, Report, Trigger, Verdict};

/// The panel of a case, over all rounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Panel {
    /// Why it was called.
    pub triggers: Vec<Trigger>,
    /// How many seats it has; 0 until it is convened.
    pub size: usize,
    /// Who sits on it.
    pub members: Vec<PersonId>,
    /// Who left it: recused, or late and replaced.
    pub left: Vec<PersonId>,
    /// How its members were drawn.
    pub draws: Vec<Draw>,
    /// Its reports, the latest last.
    pub reports: Vec<Report>,
}

impl Panel {
    /// Whether every seat is taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.size > 0 && self.members.len() == self.size
    }

    /// Whether the panel has passed just what is judged now.
    #[must_use]
    pub fn has_passed(&self, referral: &Referral) -> bool {
        let passed = |report: &Report| report.verdict == Verdict::Passed && report.content_sha256 == referral.whole();
        self.reports.last().is_some_and(passed)
    }

    /// How often its seats have changed.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.draws.len() + self.left.len()
    }

    pub(in crate::domain) fn seat(&mut self, draw: &Draw) {
        self.members.extend(draw.drawn.iter().cloned());
        self.draws.push(draw.clone());
    }

    pub(in crate::domain) fn leave(&mut self, person: &PersonId) {
        self.members.retain(|member| member != person);
        self.left.push(person.clone());
    }
}
