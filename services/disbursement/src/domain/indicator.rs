//! The machine of an indicator (指标): money of one source, sub-level and document number, issued once (S11).
//!
//! What is left of it is the ledger's business: account `indicator:<id>:available`. That a document is issued once for a
//! source is the store's last word, since it spans indicators.

use kernel::{Actor, Decider, Division, Fen, Role, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Signature;

/// An indicator; nothing before it is issued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Indicator {
    /// Nothing was issued yet.
    #[default]
    Unissued,
    /// 已下达.
    Issued(Issue),
}

/// What an indicator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// 指标文号.
    pub document_no: String,
    /// Fiscal year.
    pub fiscal_year: i32,
    /// Source code of the county pack.
    pub source: String,
    /// Sub-level, where the source has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_level: Option<String>,
    /// Amount.
    pub amount: Fen,
}

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub enum Command {
    /// Money is there to be charged.
    IssueIndicator {
        /// What is issued; source and sub-level were found in the county pack.
        issue: Issue,
        /// The county.
        county: Division,
        /// Who issues it.
        actor: Actor,
        /// Now.
        at: OffsetDateTime,
    },
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The indicator was issued.
    IndicatorIssued {
        /// What it says.
        issue: Issue,
        /// Who issued it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
}

impl Decider for Indicator {
    type Command = Command;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Common> {
        let Command::IssueIndicator { issue, county, actor, at } = command;
        actor.require_over(Role::FinanceBureau, county)?;
        match self {
            Self::Unissued => Ok(vec![Event::IndicatorIssued { issue, by: Signature::of(&actor), at }]),
            Self::Issued(issued) if *issued == issue => Ok(Vec::new()),
            Self::Issued(_) => Err(exists()),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::IndicatorIssued { issue, .. } => Self::Issued(issue.clone()),
        }
    }
}

/// The refusal of a document that was issued before for this source.
#[must_use]
pub fn exists() -> Common {
    Common::Exists { what: "该来源的指标文号 indicator of this document and source" }
}

#[cfg(test)]
mod tests {
    use kernel::testing::given;
    use time::macros::datetime;

    use super::*;
    use crate::domain::fixtures::{self, COUNTY, actor, division};

    fn issue(amount: i64) -> Issue {
        Issue {
            document_no: "南财农指〔2022〕18号".to_owned(),
            fiscal_year: 2022,
            source: "LINK".to_owned(),
            sub_level: Some("CENTRAL".to_owned()),
            amount: Fen::new(amount),
        }
    }

    fn command(amount: i64, actor: Actor) -> Command {
        Command::IssueIndicator {
            issue: issue(amount),
            county: division(COUNTY),
            actor,
            at: datetime!(2022-03-01 09:00 +8),
        }
    }

    fn issued() -> Event {
        let by = Signature::of(&fixtures::finance());
        Event::IndicatorIssued { issue: issue(100), by, at: datetime!(2022-03-01 09:00 +8) }
    }

    #[test]
    fn finance_issues_it_once() {
        given::<Indicator>([]).when(command(100, fixtures::finance())).then([issued()]);
        given::<Indicator>([issued()]).when(command(100, fixtures::finance())).then([]);
        given::<Indicator>([issued()]).when(command(200, fixtures::finance())).then_refused("EXISTS");
    }

    #[test]
    fn nobody_else_does() {
        given::<Indicator>([]).when(command(100, fixtures::bureau())).then_refused("SCOPE");
        let foreign = actor("x", Role::FinanceBureau, "430922000000-FIN");
        given::<Indicator>([]).when(command(100, foreign)).then_refused("SCOPE");
        given::<Indicator>([]).when(command(100, actor("a", Role::Administrator, COUNTY))).then_refused("SCOPE");
    }

    #[test]
    fn golden() {
        fixtures::golden(
            &issued(),
            r#"{"kind":"IndicatorIssued","issue":{"document_no":"南财农指〔2022〕18号","fiscal_year":2022,"source":"LINK",
                "sub_level":"CENTRAL","amount":100},"by":{"person":"fin","name":"fin"},"at":"2022-03-01T09:00:00+08:00"}"#,
        );
    }
}
