//! What leaves the pool (出库, X4) or waits there for a later year (滚动): decided here, since here is known what holds a
//! project. Intake asks before it does either, and hears of it also when its own call broke off.
//!
//! A funding is in this stream. A plan is in another: the store has the last word on it, by the key of its projects.

use kernel::{Actor, Duties, Duty, Post, Role, duty::Exclusions, refusal::Common};
use uuid::Uuid;

use super::{
    command::{PostponeProject, ReleaseProject},
    event::Event,
    state::Money,
};
use crate::domain::{record::Signature, refusal::refuse};

pub(super) fn release(money: &Money, command: ReleaseProject) -> Result<Vec<Event>, Common> {
    let ReleaseProject { reason, text, plan, actor, exclusions, at } = command;
    let post = keeper(money, &actor)?;
    match &money.unpooled {
        Some(known) if *known == reason => return Ok(Vec::new()),
        Some(_) => return Err(Common::AlreadyDecided),
        None => require_free(money, &actor, &exclusions, plan)?,
    }
    Ok(vec![Event::ProjectReleased { reason, text, post, by: Signature::of(&actor), at }])
}

pub(super) fn postpone(money: &Money, command: PostponeProject) -> Result<Vec<Event>, Common> {
    let PostponeProject { year, plan, actor, exclusions, at } = command;
    let post = keeper(money, &actor)?;
    if year <= money.pooled.fiscal_year {
        return Ok(Vec::new());
    }
    require_in_pool(money)?;
    require_free(money, &actor, &exclusions, plan)?;
    Ok(vec![Event::ProjectPostponed { year, post, by: Signature::of(&actor), at }])
}

/// A year never goes back: what comes late or twice changes nothing.
pub(super) fn rolled(money: &Money, year: i32, acts: Duties) -> Vec<Event> {
    if year <= money.pooled.fiscal_year { Vec::new() } else { vec![Event::ProjectRolled { year, acts }] }
}

fn keeper(money: &Money, actor: &Actor) -> Result<Post, Common> {
    actor.require_over(Role::RevitalizationBureau, money.pooled.village).cloned()
}

fn require_free(money: &Money, actor: &Actor, exclusions: &Exclusions, plan: Option<Uuid>) -> Result<(), Common> {
    money.suspensions.permit()?;
    money.duties.permit(actor, Duty::CountyOffice, exclusions)?;
    if money.stage.funding().is_some() {
        let zh = "项目已安排资金,须先收回资金,方可出库或滚动";
        return Err(refuse("FUNDED", zh, "the project is funded: its money goes back first"));
    }
    if plan.is_some() { Err(planned()) } else { Ok(()) }
}

/// Refuses to begin anything for a project that has left the pool (R-NOPOOL).
pub fn require_in_pool(money: &Money) -> Result<(), Common> {
    let Some(reason) = &money.unpooled else { return Ok(()) };
    let zh = format!("项目已出库({reason}),不得列入计划、安排资金或签订合同");
    let en = format!("the project has left the pool ({reason}): no plan, no money, no contract");
    Err(refuse("NOT_IN_POOL", zh, en))
}

/// The refusal of what a living plan holds.
#[must_use]
pub fn planned() -> Common {
    let zh = "项目已列入年度实施计划,须先移出计划,方可出库或滚动";
    refuse("PLANNED", zh, "a living plan holds the project: it leaves the plan first")
}

#[cfg(test)]
mod tests {
    use kernel::testing::given;

    use super::*;
    use crate::domain::{
        Project,
        fixtures::{PLAN, acts, bureau, exclusions, finance},
        project::{Command, story::*},
    };

    fn release(plan: Option<Uuid>, actor: Actor) -> Command {
        let (reason, text) = ("POLICY".to_owned(), "政策调整".to_owned());
        Command::ReleaseProject(ReleaseProject { reason, text, plan, actor, exclusions: exclusions(), at: AT })
    }

    fn postpone(year: i32, plan: Option<Uuid>) -> Command {
        Command::PostponeProject(PostponeProject { year, plan, actor: bureau(), exclusions: exclusions(), at: AT })
    }

    fn rolled(year: i32) -> Command {
        Command::RecordRolled { year, acts: acts() }
    }

    #[test]
    fn c27_c28_what_a_plan_or_money_holds_stays() {
        for command in [release(Some(PLAN), bureau()), postpone(2023, Some(PLAN))] {
            given::<Project>([pooled()]).when(command).then_refused("PLANNED");
        }
        for command in [release(None, bureau()), postpone(2023, None)] {
            given::<Project>(funded()).when(command).then_refused("FUNDED");
        }
        given::<Project>([]).when(release(None, bureau())).then_refused("TOO_EARLY");
        given::<Project>([pooled()]).when(release(None, finance())).then_refused("SCOPE");
        let (events, _) = given::<Project>([pooled()]).when(release(None, bureau())).then_accepted();
        let left = [vec![pooled()], events].concat();
        given::<Project>(left.clone()).when(release(None, bureau())).then([]);
        given::<Project>(left.clone()).when(unpool()).then([]);
        given::<Project>(left.clone()).when(postpone(2023, None)).then_refused("NOT_IN_POOL");
        let funding = approve_funding(finance(), approved_plan(), 120_000_000, 120_000_000);
        given::<Project>(left).when(funding).then_refused("NOT_IN_POOL");
    }

    #[test]
    fn c09_a_year_never_goes_back() {
        let (events, state) = given::<Project>([pooled()]).when(postpone(2023, None)).then_accepted();
        assert_eq!(state.money().map(|money| money.pooled.fiscal_year), Some(2023));
        let waiting = [vec![pooled()], events].concat();
        for late in [rolled(2023), rolled(2022), postpone(2023, None)] {
            given::<Project>(waiting.clone()).when(late).then([]);
        }
        let (_, state) = given::<Project>(waiting.clone()).when(rolled(2024)).then_accepted();
        assert_eq!(state.money().map(|money| money.pooled.fiscal_year), Some(2024));
        given::<Project>([]).when(rolled(2023)).then_refused("TOO_EARLY");
        let funding = approve_funding(finance(), approved_plan(), 120_000_000, 120_000_000);
        given::<Project>(waiting).when(funding).then_refused("PLAN_YEAR");
    }
}
