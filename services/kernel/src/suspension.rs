//! A suspension (暂停、冻结, X5) as a room hears of it from another. Suspensions of one project are numbered from 1, since what
//! rooms say may overtake what they said before.
//!
//! One begins once the one before has ended, and ends once it has begun: whatever comes sooner is `TOO_EARLY` and waits.

use serde::{Deserialize, Serialize};

use crate::{Explanation, refusal::Common};

/// The suspensions that a machine has heard of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspensions {
    /// How many have begun.
    begun: u32,
    /// Why the latest stands; none once it has ended.
    standing: Option<String>,
}

/// A suspension begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspensionStep {
    /// It begins.
    Begin {
        /// Why.
        reason: String,
    },
    /// It ends.
    End {
        /// How many days it lasted.
        days: i64,
    },
}

/// Whether a project was never suspended: what was not, is stored without the count.
#[must_use]
pub fn never(suspensions: &u32) -> bool {
    *suspensions == 0
}

impl Suspensions {
    /// Whether this step is new: it has not been heard before.
    ///
    /// # Errors
    /// `TOO_EARLY` as [`Self::begins`] and [`Self::ends`].
    pub fn is_news(&self, number: u32, step: &SuspensionStep) -> Result<bool, Common> {
        match step {
            SuspensionStep::Begin { .. } => self.begins(number),
            SuspensionStep::End { .. } => self.ends(number),
        }
    }

    /// So many began and ended before anybody here had to hear of them.
    #[must_use]
    pub fn after(begun: u32) -> Self {
        Self { begun, standing: None }
    }

    /// Why nothing may be done now; none while nothing stands.
    #[must_use]
    pub fn standing(&self) -> Option<&str> {
        self.standing.as_deref()
    }

    /// How many have ended.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.begun - u32::from(self.standing.is_some())
    }

    /// Whether this one begins now; not when it has begun before.
    ///
    /// # Errors
    /// `TOO_EARLY` while the one before is not known to have ended.
    pub fn begins(&self, number: u32) -> Result<bool, Common> {
        if number <= self.begun {
            return Ok(false);
        }
        if number == self.begun.saturating_add(1) && self.standing.is_none() {
            return Ok(true);
        }
        Err(Common::TooEarly { what: "上一次暂停的恢复 end of the suspension before" })
    }

    /// Whether this one ends now; not when it has ended before.
    ///
    /// # Errors
    /// `TOO_EARLY` while it is not known to have begun.
    pub fn ends(&self, number: u32) -> Result<bool, Common> {
        if number > self.begun {
            return Err(Common::TooEarly { what: "暂停 suspension" });
        }
        Ok(number == self.begun && self.standing.is_some())
    }

    /// The next one has begun.
    pub fn begin(&mut self, reason: &str) {
        self.begun = self.begun.saturating_add(1);
        self.standing = Some(reason.to_owned());
    }

    /// The latest has ended.
    pub fn end(&mut self) {
        self.standing = None;
    }

    /// Refuses whatever a suspension forbids.
    ///
    /// # Errors
    /// `SUSPENDED` while one stands.
    pub fn permit(&self) -> Result<(), Common> {
        self.standing().map_or(Ok(()), |reason| Err(Common::rule(forbidden(reason))))
    }
}

/// Why nothing may be done while a project is suspended.
#[must_use]
pub fn forbidden(reason: &str) -> Explanation {
    let zh = format!("项目已暂停({reason}),恢复前不得办理");
    let en = format!("the project is suspended ({reason}): nothing may be done until it is resumed");
    let mut explanation = Explanation::new("SUSPENDED", zh, en).figures("已暂停 suspended", "恢复后 once resumed");
    explanation.rule = Some("X5");
    explanation.basis = Some("本系统设计 [design]".to_owned());
    explanation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal as _;

    fn code(answer: Result<bool, Common>) -> &'static str {
        match answer {
            Ok(true) => "now",
            Ok(false) => "before",
            Err(refusal) => refusal.explain().code,
        }
    }

    #[test]
    fn each_begins_and_ends_once_and_in_order() {
        let mut heard = Suspensions::default();
        let said = |heard: &Suspensions| {
            [1, 2, 3]
                .map(|number| (code(heard.begins(number)), code(heard.ends(number))))
                .map(|(a, b)| format!("{a} {b}"))
        };
        assert_eq!(said(&heard), ["now TOO_EARLY", "TOO_EARLY TOO_EARLY", "TOO_EARLY TOO_EARLY"]);
        heard.begin("立案核查");
        assert_eq!(said(&heard), ["before now", "TOO_EARLY TOO_EARLY", "TOO_EARLY TOO_EARLY"]);
        heard.end();
        assert_eq!(said(&heard), ["before before", "now TOO_EARLY", "TOO_EARLY TOO_EARLY"]);
        assert_eq!(said(&Suspensions::after(2)), ["before before", "before before", "now TOO_EARLY"]);
    }

    #[test]
    fn only_one_that_stands_forbids() {
        let mut heard = Suspensions::default();
        heard.permit().expect("nothing stands");
        heard.begin("立案核查");
        let explanation = heard.permit().expect_err("it stands").explain();
        assert_eq!((explanation.code, explanation.rule), ("SUSPENDED", Some("X5")));
        assert!(explanation.zh.contains("立案核查") && explanation.en.contains("立案核查"));
        heard.end();
        heard.permit().expect("it has ended");
    }
}
