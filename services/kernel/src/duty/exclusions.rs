//! Which duties exclude each other (不相容岗位) in one project: symmetric, and never a duty with itself.

use std::collections::BTreeSet;

use super::Duty;

/// The pairs of duties that one person may not both have in a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclusions(BTreeSet<(Duty, Duty)>);

impl Exclusions {
    /// These pairs, in either order.
    pub fn of(pairs: impl IntoIterator<Item = (Duty, Duty)>) -> Self {
        Self(pairs.into_iter().filter(|(one, other)| one != other).map(ordered).collect())
    }

    /// Every duty excludes every other: what holds where a county says nothing else.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Duty::ALL.into_iter().flat_map(|one| Duty::ALL.map(|other| (one, other))))
    }

    /// Whether whoever has one of them may not have the other.
    #[must_use]
    pub fn excludes(&self, one: Duty, other: Duty) -> bool {
        self.0.contains(&ordered((one, other)))
    }
}

fn ordered((one, other): (Duty, Duty)) -> (Duty, Duty) {
    (one.min(other), one.max(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusion_goes_both_ways_and_no_duty_excludes_itself() {
        let some = Exclusions::of([(Duty::Auditor, Duty::Applicant), (Duty::Expert, Duty::Expert)]);
        assert!(some.excludes(Duty::Applicant, Duty::Auditor) && some.excludes(Duty::Auditor, Duty::Applicant));
        assert!(!some.excludes(Duty::Expert, Duty::Expert) && !some.excludes(Duty::Expert, Duty::Auditor));
        let all = Exclusions::all();
        for one in Duty::ALL {
            for other in Duty::ALL {
                assert_eq!(all.excludes(one, other), one != other, "{one} {other}");
            }
        }
    }
}
