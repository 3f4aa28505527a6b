//! Delegation (外出委托): while somebody is away a colleague of the same organisation acts in that person's posts.
//!
//! Both are remembered with each act, so that separation of duties is tested on both (SOD-5). Source: domain rule SOD-5;
//! the same organisation and the longest time are our design.

use std::collections::BTreeSet;

use kernel::{
    Actor, Explanation, OrgCode, PersonId, Post,
    refusal::{Common, Violations},
};
use time::{Duration, OffsetDateTime};

/// The longest delegation: who is away longer is replaced in the county pack.
const LONGEST: Duration = Duration::days(31);

/// What somebody wants to delegate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Who is to act.
    pub delegate: PersonId,
    /// From when.
    pub start: OffsetDateTime,
    /// Until when, exclusive.
    pub end: OffsetDateTime,
    /// Why.
    pub reason: String,
}

/// Whether the actor may delegate so to someone who holds these posts (none: there is no such person).
///
/// # Errors
/// `NOT_DELEGABLE` for one who acts for another; `DELEGATE`, `DELEGATION_PERIOD` or `REQUIRED`, every wrong field at once.
pub fn check(wish: &Wish, actor: &Actor, theirs: &[Post], now: OffsetDateTime) -> Result<(), Common> {
    if actor.on_behalf_of.is_some() {
        let en = "who acts for another can't pass it on";
        let explanation = Explanation::new("NOT_DELEGABLE", "受委托人不得再委托", en);
        return Err(Common::rule(explanation));
    }
    let mut wrong = Violations::default();
    let own: BTreeSet<&OrgCode> = actor.posts.iter().map(|post| &post.org).collect();
    if wish.delegate == actor.person || !theirs.iter().any(|post| own.contains(&post.org)) {
        let zh = "受委托人须为本单位的其他人员";
        wrong.add("DELEGATE", "delegate_id", zh, "must be another person of the same organisation");
    }
    if wish.end <= wish.start || wish.end <= now {
        wrong.add("DELEGATION_PERIOD", "end_time", "结束时间须晚于开始时间和现在", "must lie after the start and now");
    } else if wish.end - wish.start > LONGEST {
        let days = LONGEST.whole_days();
        let zh = format!("委托期限不得超过{days}天");
        wrong.add("DELEGATION_PERIOD", "end_time", zh, format!("a delegation lasts {days} days at most"));
    }
    if wish.reason.trim().is_empty() {
        wrong.add("REQUIRED", "reason", "请填写委托事由", "must say why");
    }
    wrong.finish()
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2022-01-04 09:00 +8);

    fn actor(post: &str) -> Actor {
        let posts = vec![post.parse().expect("a post")];
        Actor { person: PersonId("head".into()), name: "某".into(), posts, on_behalf_of: None }
    }

    fn wish() -> Wish {
        let (start, end) = (NOW, NOW + Duration::days(7));
        Wish { delegate: PersonId("clerk".into()), start, end, reason: "出差".into() }
    }

    fn codes(wish: &Wish, theirs: &str) -> Vec<&'static str> {
        let theirs: Vec<Post> = theirs.split_whitespace().map(|post| post.parse().expect("a post")).collect();
        match check(wish, &actor("T-GOV@430921129000"), &theirs, NOW) {
            Ok(()) => Vec::new(),
            Err(refusal) => refusal.explain().fields.into_iter().map(|field| field.code).collect(),
        }
    }

    #[test]
    fn a_colleague_acts_for_some_days() {
        assert!(codes(&wish(), "T-OPR@430921129000").is_empty());
        assert_eq!(codes(&wish(), "T-OPR@430921127000"), ["DELEGATE"], "another town");
        assert_eq!(codes(&wish(), ""), ["DELEGATE"], "nobody");
        let oneself = Wish { delegate: PersonId("head".into()), ..wish() };
        assert_eq!(codes(&oneself, "T-GOV@430921129000"), ["DELEGATE"]);
    }

    #[test]
    fn it_has_an_end_and_a_reason() {
        let until = |end| Wish { end, ..wish() };
        assert_eq!(codes(&until(NOW), "T-OPR@430921129000"), ["DELEGATION_PERIOD"]);
        assert!(codes(&until(NOW + LONGEST), "T-OPR@430921129000").is_empty());
        assert_eq!(codes(&until(NOW + LONGEST + Duration::SECOND), "T-OPR@430921129000"), ["DELEGATION_PERIOD"]);
        assert_eq!(codes(&Wish { reason: " ".into(), ..wish() }, "T-OPR@430921129000"), ["REQUIRED"]);
    }

    #[test]
    fn who_acts_for_another_passes_nothing_on() {
        let delegate = Actor { on_behalf_of: Some(PersonId("x".into())), ..actor("T-GOV@430921129000") };
        let theirs = ["T-OPR@430921129000".parse().expect("a post")];
        let refusal = check(&wish(), &delegate, &theirs, NOW).expect_err("refused");
        assert_eq!(refusal.explain().code, "NOT_DELEGABLE");
    }
}
