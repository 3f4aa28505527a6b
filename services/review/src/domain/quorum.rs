//! The join rule (并联会签规则): when the departments' opinions together move a case, and where to.
//!
//! A declared rule: the first line of [`RULE`] that fits wins. Nothing moves while an opinion is awaited that is not late, so
//! the order in which departments answer can't matter, and the village gets one merged list instead of one from each. Who
//! is late holds up an approval and nothing else: silence never agrees.

use kernel::decision::Outcome;

use super::record::Opinion;

/// Where the opinions lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// Someone has not answered.
    Wait,
    /// A department rejects: the county office decides whether to reject or return.
    OfficeDecision,
    /// A department returns: one merged list goes back.
    Return,
    /// All agree: the leading group decides.
    LeadingGroup,
}

/// How many opinions stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Not answered yet, and in time still.
    pub awaited: usize,
    /// Not answered, and late (逾期).
    pub late: usize,
    /// Agreed.
    pub approved: usize,
    /// Returned.
    pub returned: usize,
    /// Rejected.
    pub rejected: usize,
}

/// One line of the rule.
type Line = (fn(&Tally) -> bool, Join);

/// The rule, in order of precedence.
pub const RULE: [Line; 5] = [
    (|tally| tally.awaited > 0, Join::Wait),
    (|tally| tally.rejected > 0, Join::OfficeDecision),
    (|tally| tally.returned > 0, Join::Return),
    (|tally| tally.late > 0, Join::Wait),
    (|tally| tally.approved > 0, Join::LeadingGroup),
];

impl Tally {
    /// Counts the departments' standing opinions.
    pub fn of<'a>(opinions: impl IntoIterator<Item = &'a Opinion>) -> Self {
        let mut tally = Self::default();
        for opinion in opinions {
            match opinion.decision.as_ref().map(|decision| decision.outcome) {
                None if opinion.overdue => tally.late += 1,
                None => tally.awaited += 1,
                Some(Outcome::Approve) => tally.approved += 1,
                Some(Outcome::Return) => tally.returned += 1,
                Some(Outcome::Reject) => tally.rejected += 1,
            }
        }
        tally
    }

    /// Whether nothing is missing but the word of those who are late, and all others agree.
    #[must_use]
    pub fn only_silence_is_left(&self) -> bool {
        self.late > 0 && (self.awaited, self.returned, self.rejected) == (0, 0, 0)
    }

    /// Where these opinions lead by [`RULE`]. Of nobody asked, nothing follows.
    #[must_use]
    pub fn join(&self) -> Join {
        RULE.iter().find(|(fits, _)| fits(self)).map_or(Join::Wait, |(_, join)| *join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(awaited: usize, approved: usize, returned: usize, rejected: usize) -> Tally {
        Tally { awaited, late: 0, approved, returned, rejected }
    }

    #[test]
    fn each_line_of_the_rule_and_its_precedence() {
        let table = [
            (tally(0, 0, 0, 0), Join::Wait),
            (tally(1, 0, 0, 0), Join::Wait),
            (tally(1, 2, 0, 0), Join::Wait),
            (tally(1, 0, 2, 0), Join::Wait),
            (tally(1, 0, 0, 2), Join::Wait),
            (tally(0, 3, 0, 0), Join::LeadingGroup),
            (tally(0, 2, 1, 0), Join::Return),
            (tally(0, 0, 3, 0), Join::Return),
            (tally(0, 2, 0, 1), Join::OfficeDecision),
            (tally(0, 1, 1, 1), Join::OfficeDecision),
            (tally(0, 0, 0, 3), Join::OfficeDecision),
        ];
        for (given, expected) in table {
            assert_eq!(given.join(), expected, "{given:?}");
        }
    }

    #[test]
    fn who_is_late_holds_up_an_approval_but_not_a_return() {
        let late = |tally: Tally| Tally { late: 1, ..tally };
        for (given, expected) in [
            (tally(0, 2, 0, 0), Join::Wait),
            (tally(0, 0, 0, 0), Join::Wait),
            (tally(1, 1, 1, 0), Join::Wait),
            (tally(0, 1, 1, 0), Join::Return),
            (tally(0, 0, 1, 0), Join::Return),
            (tally(0, 1, 1, 1), Join::OfficeDecision),
        ] {
            assert_eq!(late(given).join(), expected, "{given:?}");
        }
        assert!(late(tally(0, 2, 0, 0)).only_silence_is_left());
        for given in [tally(0, 2, 0, 0), late(tally(1, 2, 0, 0)), late(tally(0, 2, 1, 0)), late(tally(0, 2, 0, 1))] {
            assert!(!given.only_silence_is_left(), "{given:?}");
        }
    }
}
