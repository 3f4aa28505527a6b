//! The funding guarantee (资金保障): the finance bureau agrees only while what is left of the plan year's indicators covers the
//! public money that is asked for, source by source. Returning and rejecting stay free.
//!
//! What it vouches for is reserved: nobody is vouched for the same money until the project is funded, has left the pool, is
//! rejected or withdrawn, or the bureau is asked again. The sum over all projects is kept by the store, which has the last word.

use std::collections::BTreeMap;

use kernel::{
    Explanation, Fen, Pack, Role, TaskId,
    decision::{Decision, Outcome},
    refusal::Common,
};

use super::{
    command::Complete,
    event::Event,
    record::{Asked, Balances, Guarantee, GuaranteeEnd, Subject, TaskKind, Vouched},
    state::{Stage, State},
};

/// Whether this decision on this task is the finance bureau's agreement, for which balances must be known.
#[must_use]
pub fn is_needed(asked: &Asked, decision: &Decision) -> bool {
    asked.task_kind == TaskKind::DepartmentReview
        && asked.post.role == Role::FinanceBureau
        && decision.outcome == Outcome::Approve
}

/// What is reserved for this project: as long as the bureau's agreement stands and nothing has ended it.
#[must_use]
pub fn reserved(state: &State) -> Option<&Guarantee> {
    let ended = matches!(state.stage, Stage::Rejected | Stage::Withdrawn { .. });
    let stands = |task: TaskId| state.standing().any(|opinion| opinion.asked.task == task && opinion.agrees());
    state.guarantee.as_ref().filter(|guarantee| !ended && stands(guarantee.task))
}

/// Hears that nothing need be reserved any more.
#[must_use]
pub fn end(state: &State, end: GuaranteeEnd) -> Vec<Event> {
    if state.guarantee.is_some() { vec![Event::GuaranteeEnded { end }] } else { Vec::new() }
}

/// What the finance bureau vouches for by agreeing: the public money that is asked for, of what is left without that which it
/// has vouched for already.
///
/// # Errors
/// `INDICATOR_BALANCE`, with what is asked of the first source that is short and what is left of it.
pub fn require(
    subject: &Subject,
    balances: &Balances,
    reserved: &Balances,
    pack: &Pack,
) -> Result<Vec<Vouched>, Common> {
    let mut asked = BTreeMap::new();
    for line in &subject.budget {
        if pack.source_kind(&line.source).is_some_and(|kind| kind.public) {
            let (_, sum) = asked.entry(&line.source).or_insert((&line.source_name, Fen::ZERO));
            *sum = sum.saturating_add(line.amount);
        }
    }
    let of = |balances: &Balances, source: &str| balances.get(source).copied().unwrap_or(Fen::ZERO);
    let left = |source: &str| of(balances, source).saturating_sub(of(reserved, source));
    match asked.iter().find(|(source, (_, sum))| *sum > left(source)) {
        None => {
            let vouched = |(source, (_, amount)): (&String, (&String, Fen))| Vouched {
                source: source.clone(),
                amount,
                available: of(balances, source),
            };
            Ok(asked.into_iter().map(vouched).collect())
        }
        Some((source, (name, sum))) => Err(short(name, *sum, left(source), of(reserved, source), subject.fiscal_year)),
    }
}

/// The refusal of a guarantee that another, given at the same moment, leaves no money for.
#[must_use]
pub fn overtaken(complete: &Complete) -> Common {
    let left: Fen = complete.balances.values().copied().sum();
    let reserved: Fen = complete.reserved.values().copied().sum();
    let zh = "同一资金刚刚为其他项目出具了资金保障意见,余额已不足,请刷新后重新办理";
    let en = "another project has just been vouched for with the same money: read again";
    let explanation = Explanation::new("INDICATOR_BALANCE", zh, en).figures(reserved, left);
    Common::rule(Explanation { basis: Some(BASIS.into()), ..explanation }.at("decision.outcome"))
}

const BASIS: &str = "本县2022年衔接资金工作报告:财政部门审核拟实施项目的资金保障 [source]";

fn short(name: &str, asked: Fen, left: Fen, reserved: Fen, year: i32) -> Common {
    let gap = asked.saturating_sub(left);
    let zh = format!(
        "{name} {year} 年指标可用余额 {left} 元(已为其他项目保障 {reserved} 元),申请 {asked} 元,尚差 {gap} 元,不得出具资金保障意见"
    );
    let en = format!(
        "the indicators of {year} have {left} left of {name} beside {reserved} vouched for, {asked} is asked for: {gap} too much"
    );
    let explanation = Explanation::new("INDICATOR_BALANCE", zh, en).figures(asked, left);
    Common::rule(Explanation { basis: Some(BASIS.into()), ..explanation }.at("decision.outcome"))
}

#[cfg(test)]
mod tests {
    use kernel::{Kind, Refusal as _};

    use super::*;
    use crate::domain::{
        Command, Complete,
        story::{Story, departments, forwarded, give_up, pack, plenty, the_leading_group},
    };

    fn asked(link: i64) -> Subject {
        let mut subject = forwarded(1).referral.subject;
        subject.budget[0].amount = Fen::new(link);
        subject
    }

    fn balances(link: i64, road: i64) -> Balances {
        [("LINK".to_owned(), Fen::new(link)), ("ROAD".to_owned(), Fen::new(road))].into()
    }

    fn nothing() -> Balances {
        Balances::new()
    }

    #[test]
    fn what_others_were_vouched_for_is_not_left() {
        let reserved = balances(30_000_000, 0);
        let vouched = require(&asked(50_000_000), &balances(80_000_000, 20_000_000), &reserved, &pack());
        let vouched = vouched.expect("just enough");
        let link = &vouched[0];
        assert_eq!((link.source.as_str(), link.amount.fen(), link.available.fen()), ("LINK", 50_000_000, 80_000_000));
        let refusal = require(&asked(50_000_001), &balances(80_000_000, 20_000_000), &reserved, &pack());
        let explanation = refusal.expect_err("a fen more").explain();
        assert_eq!(explanation.limit.as_deref(), Some("500000.00"));
        assert!(explanation.zh.contains("已为其他项目保障 300000.00"), "{}", explanation.zh);
    }

    #[test]
    fn it_is_reserved_until_it_is_over_or_asked_again() {
        let posts = departments();
        let finance = posts.iter().find(|post| post.role == Role::FinanceBureau).expect("it is asked").clone();
        let vouched = Story::opened().decided(&finance, Outcome::Approve);
        let amounts = |story: &Story| {
            let state = story.state();
            let reserved = reserved(&state).map(|guarantee| guarantee.vouched.clone()).unwrap_or_default();
            reserved.iter().map(|vouched| vouched.amount.fen()).collect::<Vec<_>>()
        };
        assert_eq!(amounts(&vouched), [120_000_000, 20_000_000], "the village's own money is none");
        assert!(amounts(&Story::opened()).is_empty());
        let approved = vouched.clone().all_say(Outcome::Approve).decided(&the_leading_group(), Outcome::Approve);
        assert!(!amounts(&approved).is_empty(), "until it is funded");
        let funded = approved.with(Command::EndGuarantee(GuaranteeEnd::Funded));
        assert!(amounts(&funded).is_empty());
        funded.when(Command::EndGuarantee(GuaranteeEnd::Unpooled)).then([]);
        assert!(amounts(&vouched.clone().with(give_up("不再需要"))).is_empty());
        let rejected = vouched.clone().all_say(Outcome::Approve).decided(&the_leading_group(), Outcome::Reject);
        assert!(amounts(&rejected).is_empty());
        // What was returned for other reasons keeps the bureau's word; what it must judge again does not.
        let returned = vouched.decided(&posts[0], Outcome::Return).all_say(Outcome::Approve);
        assert!(!amounts(&returned).is_empty());
        let mut again = forwarded(2);
        again.referral.sections.insert("budget".into(), "changed".into());
        assert!(amounts(&returned.with(Command::ReopenCase(again))).is_empty());
    }

    #[test]
    fn scenario_09_the_last_fen_of_a_balance_is_there_and_one_more_is_not() {
        require(&asked(80_000_000), &balances(80_000_000, 20_000_000), &nothing(), &pack()).expect("all of it");
        let refusal = require(&asked(80_000_001), &balances(80_000_000, 20_000_000), &nothing(), &pack())
            .expect_err("a fen more");
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
        let road =
            require(&asked(80_000_000), &balances(900_000_000, 19_999_999), &nothing(), &pack()).expect_err("the road");
        assert_eq!(road.explain().limit.as_deref(), Some("199999.99"));
        let mut subject = asked(1);
        subject.budget.retain(|line| line.source == "VILLAGE");
        require(&subject, &Balances::new(), &nothing(), &pack()).expect("the village pays itself");
        let mut twice = asked(50_000_000);
        let second = twice.budget[0].clone();
        twice.budget.push(second);
        require(&twice, &balances(99_999_999, 20_000_000), &nothing(), &pack())
            .expect_err("the lines of a source add up");
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
