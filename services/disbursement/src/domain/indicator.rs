//! The machine of an indicator (指标): money of one source, sub-level and document number (S11): `ENTERED → CONFIRMED`.
//!
//! One person enters it, another confirms it against the document of the level above ([`entry`]); only then is it a balance.
//! What is left of it is the ledger's business: account `indicator:<id>:available`.

pub mod command;
pub mod entry;
pub mod event;
pub mod state;

use kernel::{Decider, Role, refusal::Common};

use self::entry::{by_another, exists, within_ceiling};
pub use self::{
    command::{Command, Step},
    event::Event,
    state::Indicator,
};
use super::Signature;

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
        self.evolved(event)
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Fen, Refusal as _, RuleCode, testing::given};
    use time::{OffsetDateTime, macros::datetime};

    use super::*;
    use crate::domain::{
        Issue,
        fixtures::{self, COUNTY, actor, division, rules_with},
    };

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
