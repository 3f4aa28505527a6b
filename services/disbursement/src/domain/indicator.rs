//! The machine of an indicator (指标): money of one source, sub-level and document number (S11): `ENTERED → CONFIRMED`.
//!
//! One person enters it, another confirms it against the document of the level above; only then is it a balance. What is
//! left of it is the ledger's business: account `indicator:<id>:available`. That a document is issued once for a source,
//! however its number is typed, is the store's last word, since it spans indicators.

use std::sync::Arc;

use kernel::{
    Actor, Decider, Division, Explanation, Fen, Role, RuleCode, YearRules,
    refusal::{Common, breach},
    text::comparable,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Signature;

/// An indicator; nothing before it is entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Indicator {
    /// Nothing was entered yet.
    #[default]
    Unissued,
    /// 已录入: waits for another person's confirmation.
    Entered(Issue, #[doc = "Who entered it."] Signature),
    /// 已下达: confirmed, a balance.
    Issued(Issue, #[doc = "Who confirmed it; none of those that one person issued alone."] Option<Signature>),
    /// 已作废: it was entered wrongly.
    Discarded(Issue),
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

impl Issue {
    /// The document's number as it is compared: brackets, blanks, widths and case make no other number.
    #[must_use]
    pub fn document_key(&self) -> String {
        comparable(&self.document_no)
    }
}

/// What someone wants to happen.
#[derive(Debug, Clone)]
pub struct Command {
    /// What.
    pub step: Step,
    /// The county.
    pub county: Division,
    /// Who.
    pub actor: Actor,
    /// Now.
    pub at: OffsetDateTime,
}

/// See [`Command`].
#[derive(Debug, Clone)]
pub enum Step {
    /// Money is said to be there.
    Enter {
        /// What is entered; source and sub-level were found in the county pack.
        issue: Issue,
        /// The rules of its year.
        rules: Arc<YearRules>,
    },
    /// Another person has read the same in the document.
    Confirm,
    /// It was entered wrongly.
    Discard,
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The indicator was issued by one person alone, as it was done before a second one had to confirm.
    IndicatorIssued {
        /// What it says.
        issue: Issue,
        /// Who issued it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The indicator was entered.
    IndicatorEntered {
        /// What it says.
        issue: Issue,
        /// Who entered it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// It was confirmed: its money is there.
    IndicatorConfirmed {
        /// Who confirmed it.
        by: Signature,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// It was discarded before it was confirmed.
    IndicatorDiscarded {
        /// Who discarded it.
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
        let Command { step, county, actor, at } = command;
        actor.require_over(Role::FinanceBureau, county)?;
        let by = Signature::of(&actor);
        match (self, step) {
            (Self::Unissued, Step::Enter { issue, rules }) => {
                within_ceiling(issue.amount, &rules)?;
                Ok(vec![Event::IndicatorEntered { issue, by, at }])
            }
            (Self::Unissued, Step::Confirm | Step::Discard) => Err(Common::NotFound { what: "指标 indicator" }),
            (Self::Entered(known, _) | Self::Issued(known, _) | Self::Discarded(known), Step::Enter { issue, .. }) => {
                if *known == issue {
                    Ok(Vec::new())
                } else {
                    Err(exists())
                }
            }
            (Self::Entered(_, entered), Step::Confirm) => {
                by_another(entered, &actor)?;
                Ok(vec![Event::IndicatorConfirmed { by, at }])
            }
            (Self::Entered(..), Step::Discard) => Ok(vec![Event::IndicatorDiscarded { by, at }]),
            (Self::Issued(_, confirmed), Step::Confirm) if confirmed.as_ref() == Some(&by) => Ok(Vec::new()),
            (Self::Discarded(_), Step::Discard) => Ok(Vec::new()),
            (Self::Issued(..), Step::Confirm | Step::Discard) | (Self::Discarded(_), Step::Confirm) => {
                Err(Common::AlreadyDecided)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::IndicatorIssued { issue, .. }) => Self::Issued(issue.clone(), None),
            (_, Event::IndicatorEntered { issue, by, .. }) => Self::Entered(issue.clone(), by.clone()),
            (Self::Entered(issue, _), Event::IndicatorConfirmed { by, .. }) => Self::Issued(issue, Some(by.clone())),
            (Self::Entered(issue, _), Event::IndicatorDiscarded { .. }) => Self::Discarded(issue),
            // Facts come in this order and once each: nothing else can stand in a stream.
            (unchanged, Event::IndicatorConfirmed { .. } | Event::IndicatorDiscarded { .. }) => unchanged,
        }
    }
}

impl Indicator {
    /// What it says; nothing before it is entered.
    #[must_use]
    pub fn issue(&self) -> Option<&Issue> {
        match self {
            Self::Unissued => None,
            Self::Entered(issue, _) | Self::Issued(issue, _) | Self::Discarded(issue) => Some(issue),
        }
    }
}

fn within_ceiling(amount: Fen, rules: &YearRules) -> Result<(), Common> {
    let most = rules.amount(RuleCode::IndicatorCeiling);
    if amount <= most {
        return Ok(());
    }
    let zh = format!("单份指标金额 {amount} 元超过上限 {most} 元,请核对是否多写了零");
    let en = format!("an indicator of {amount} exceeds {most}: was a zero too many typed?");
    let explanation = breach("INDICATOR_CEILING", rules.rule(RuleCode::IndicatorCeiling), zh, en);
    Err(Common::rule(explanation.figures(amount, most).at("amount_fen")))
}

/// Refuses whoever entered it, or had it entered for him.
fn by_another(entered: &Signature, actor: &Actor) -> Result<(), Common> {
    let Some(person) = actor.persons().find(|person| entered.persons().any(|known| known == *person)) else {
        return Ok(());
    };
    let zh = format!("指标须由两人分别录入和确认:{person} 已录入,请由另一人对照上级文件确认");
    let en = format!("{person} entered it: another person confirms it against the document");
    Err(Common::rule(Explanation::new("SAME_PERSON", zh, en).figures(person, "另一人 another person")))
}

/// The refusal of a document that was issued before for this source.
#[must_use]
pub fn exists() -> Common {
    Common::Exists { what: "该来源的指标文号 indicator of this document and source" }
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, testing::given};
    use time::macros::datetime;

    use super::*;
    use crate::domain::fixtures::{self, COUNTY, actor, division, rules_with};

    const AT: OffsetDateTime = datetime!(2022-03-01 09:00 +8);

    fn issue(amount: i64) -> Issue {
        Issue {
            document_no: "南财农指〔2022〕18号".to_owned(),
            fiscal_year: 2022,
            source: "LINK".to_owned(),
            sub_level: Some("CENTRAL".to_owned()),
            amount: Fen::new(amount),
        }
    }

    fn by(step: Step, actor: Actor) -> Command {
        Command { step, county: division(COUNTY), actor, at: AT }
    }

    fn enter(amount: i64, actor: Actor) -> Command {
        let rules = rules_with(RuleCode::IndicatorCeiling, kernel::rules::Value::Amount(Fen::new(1_000)));
        by(Step::Enter { issue: issue(amount), rules }, actor)
    }

    fn other() -> Actor {
        actor("fin2", Role::FinanceBureau, "430921000000-FIN")
    }

    fn entered() -> Event {
        Event::IndicatorEntered { issue: issue(100), by: Signature::of(&fixtures::finance()), at: AT }
    }

    fn confirmed() -> Event {
        Event::IndicatorConfirmed { by: Signature::of(&other()), at: AT }
    }

    fn discarded() -> Event {
        Event::IndicatorDiscarded { by: Signature::of(&fixtures::finance()), at: AT }
    }

    fn issued() -> Event {
        Event::IndicatorIssued { issue: issue(100), by: Signature::of(&fixtures::finance()), at: AT }
    }

    #[test]
    fn c23_one_person_enters_it_and_another_confirms_it() {
        given::<Indicator>([]).when(enter(100, fixtures::finance())).then([entered()]);
        given::<Indicator>([entered()]).when(by(Step::Confirm, fixtures::finance())).then_refused("SAME_PERSON");
        let stands_in = Actor { on_behalf_of: Some(fixtures::finance().person), ..other() };
        given::<Indicator>([entered()]).when(by(Step::Confirm, stands_in)).then_refused("SAME_PERSON");
        given::<Indicator>([entered()]).when(by(Step::Confirm, other())).then([confirmed()]);
    }

    #[test]
    fn every_state_against_every_step() {
        let table = [
            (vec![], ["ok", "NOT_FOUND", "NOT_FOUND"]),
            (vec![entered()], ["[]", "ok", "ok"]),
            (vec![entered(), confirmed()], ["[]", "[]", "ALREADY_DECIDED"]),
            (vec![entered(), discarded()], ["[]", "ALREADY_DECIDED", "[]"]),
            (vec![issued()], ["[]", "ALREADY_DECIDED", "ALREADY_DECIDED"]),
        ];
        for (history, expected) in table {
            let commands = [enter(100, other()), by(Step::Confirm, other()), by(Step::Discard, other())];
            for (command, expected) in commands.into_iter().zip(expected) {
                let said = match Indicator::fold(&history).decide(command.clone()) {
                    Ok(events) if events.is_empty() => "[]",
                    Ok(_) => "ok",
                    Err(refusal) => refusal.explain().code,
                };
                assert_eq!(said, expected, "{history:?}, {command:?}");
            }
        }
        given::<Indicator>([entered()]).when(enter(200, other())).then_refused("EXISTS");
    }

    #[test]
    fn c23_an_amount_may_reach_the_ceiling() {
        given::<Indicator>([]).when(enter(1_000, other())).then_accepted();
        let said = given::<Indicator>([]).when(enter(1_001, other())).then_refused("INDICATOR_CEILING").explain();
        assert_eq!((said.actual.as_deref(), said.limit.as_deref()), (Some("10.01"), Some("10.00")));
    }

    #[test]
    fn c23_a_number_is_compared_without_what_typing_changes() {
        let typed = Issue { document_no: " 南财农指[２０２２] 18 号".to_owned(), ..issue(1) };
        assert_eq!(typed.document_key(), issue(1).document_key());
    }

    #[test]
    fn nobody_else_does() {
        given::<Indicator>([]).when(enter(100, fixtures::bureau())).then_refused("SCOPE");
        let foreign = actor("x", Role::FinanceBureau, "430922000000-FIN");
        given::<Indicator>([]).when(enter(100, foreign)).then_refused("SCOPE");
        given::<Indicator>([]).when(enter(100, actor("a", Role::Administrator, COUNTY))).then_refused("SCOPE");
        given::<Indicator>([entered()]).when(by(Step::Confirm, fixtures::bureau())).then_refused("SCOPE");
    }

    #[test]
    fn golden() {
        let said = |kind: &str| {
            format!(
                r#"{{"kind":"{kind}","issue":{{"document_no":"南财农指〔2022〕18号","fiscal_year":2022,"source":"LINK",
                    "sub_level":"CENTRAL","amount":100}},"by":{{"person":"fin","name":"fin"}},
                    "at":"2022-03-01T09:00:00+08:00"}}"#
            )
        };
        let ended = |kind: &str, who: &str| {
            format!(r#"{{"kind":"{kind}","by":{{"person":"{who}","name":"{who}"}},"at":"2022-03-01T09:00:00+08:00"}}"#)
        };
        fixtures::golden(&issued(), &said("IndicatorIssued"));
        fixtures::golden(&entered(), &said("IndicatorEntered"));
        fixtures::golden(&confirmed(), &ended("IndicatorConfirmed", "fin2"));
        fixtures::golden(&discarded(), &ended("IndicatorDiscarded", "fin"));
    }
}
