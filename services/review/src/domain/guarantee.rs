//! The funding guarantee (资金保障): the finance bureau agrees only while what is left of the plan year's indicators covers the
//! public money that is asked for, source by source. Returning and rejecting stay free.

use std::collections::BTreeMap;

use kernel::{
    Explanation, Fen, Pack, Role,
    decision::{Decision, Outcome},
    refusal::Common,
};

use super::{
    Subject,
    opinion::{Asked, TaskKind},
};

/// What is left of the plan year's indicators (指标余额), by source; nothing was issued for a source that it doesn't name.
pub type Balances = BTreeMap<String, Fen>;

/// Whether this decision on this task is the finance bureau's agreement, for which balances must be known.
#[must_use]
pub fn is_needed(asked: &Asked, decision: &Decision) -> bool {
    asked.task_kind == TaskKind::DepartmentReview
        && asked.post.role == Role::FinanceBureau
        && decision.outcome == Outcome::Approve
}

/// Refuses an agreement without the money.
///
/// # Errors
/// `INDICATOR_BALANCE`, with what is asked of the first source that is short and what is left of it.
pub fn require(subject: &Subject, balances: &Balances, pack: &Pack) -> Result<(), Common> {
    let mut asked = BTreeMap::new();
    for line in &subject.budget {
        if pack.source_kind(&line.source).is_some_and(|kind| kind.public) {
            let (_, sum) = asked.entry(&line.source).or_insert((&line.source_name, Fen::ZERO));
            *sum = sum.saturating_add(line.amount);
        }
    }
    let left = |source: &str| balances.get(source).copied().unwrap_or(Fen::ZERO);
    match asked.into_iter().find(|(source, (_, sum))| *sum > left(source)) {
        None => Ok(()),
        Some((source, (name, sum))) => Err(short(name, sum, left(source), subject.fiscal_year)),
    }
}

fn short(name: &str, asked: Fen, left: Fen, year: i32) -> Common {
    let gap = asked.saturating_sub(left);
    let zh = format!("{name} {year} 年指标可用余额 {left} 元,申请 {asked} 元,尚差 {gap} 元,不得出具资金保障意见");
    let en = format!("the indicators of {year} have {left} left of {name}, {asked} is asked for: {gap} too much");
    let explanation = Explanation::new("INDICATOR_BALANCE", zh, en).figures(asked, left);
    let basis = "本县2022年衔接资金工作报告:财政部门审核拟实施项目的资金保障 [source]";
    Common::rule(Explanation { basis: Some(basis.into()), ..explanation }.at("decision.outcome"))
}

#[cfg(test)]
mod tests {
    use kernel::{Kind, Refusal as _};

    use super::*;
    use crate::domain::{
        Command, Complete,
        story::{Story, departments, forwarded, pack, plenty},
    };

    fn asked(link: i64) -> Subject {
        let mut subject = forwarded(1).referral.subject;
        subject.budget[0].amount = Fen::new(link);
        subject
    }

    fn balances(link: i64, road: i64) -> Balances {
        [("LINK".to_owned(), Fen::new(link)), ("ROAD".to_owned(), Fen::new(road))].into()
    }

    #[test]
    fn scenario_09_the_last_fen_of_a_balance_is_there_and_one_more_is_not() {
        require(&asked(80_000_000), &balances(80_000_000, 20_000_000), &pack()).expect("all of it");
        let refusal = require(&asked(80_000_001), &balances(80_000_000, 20_000_000), &pack()).expect_err("a fen more");
        let explanation = refusal.explain();
        assert_eq!((refusal.kind(), explanation.code), (Kind::Conflict, "INDICATOR_BALANCE"));
        assert_eq!(
            (explanation.actual.as_deref(), explanation.limit.as_deref()),
            (Some("800000.01"), Some("800000.00"))
        );
        assert!(explanation.zh.contains("尚差 0.01 元"), "{}", explanation.zh);
    }

    #[test]
    fn each_public_source_stands_for_itself_and_own_money_needs_no_indicator() {
        let road = require(&asked(80_000_000), &balances(900_000_000, 19_999_999), &pack()).expect_err("the road");
        assert_eq!(road.explain().limit.as_deref(), Some("199999.99"));
        let mut subject = asked(1);
        subject.budget.retain(|line| line.source == "VILLAGE");
        require(&subject, &Balances::new(), &pack()).expect("the village pays itself");
        let mut twice = asked(50_000_000);
        let second = twice.budget[0].clone();
        twice.budget.push(second);
        require(&twice, &balances(99_999_999, 20_000_000), &pack()).expect_err("the lines of a source add up");
    }

    #[test]
    fn only_the_finance_bureau_s_yes_waits_for_money() {
        let story = Story::opened();
        for post in departments() {
            for outcome in [Outcome::Approve, Outcome::Return, Outcome::Reject] {
                let Command::CompleteTask(complete) = story.completing(&post, outcome) else { panic!("a decision") };
                assert_eq!(complete.balances, plenty());
                let poor = Command::CompleteTask(Complete { balances: Balances::new(), ..complete });
                let bound = post.role == Role::FinanceBureau && outcome == Outcome::Approve;
                if bound {
                    story.when(poor).then_refused("INDICATOR_BALANCE");
                } else {
                    story.when(poor).then_accepted();
                }
            }
        }
        assert!(departments().iter().any(|post| post.role == Role::FinanceBureau), "it is asked");
    }
}
