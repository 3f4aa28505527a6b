//! What happens to a project in the pool (项目库动态管理): its priority, another year of waiting, how far its building has come,
//! and leaving with a reason (出库, X4). What is being built neither waits nor leaves.
//!
//! Whether a plan or money holds it, the room `disbursement` knows and decides: it is asked between the decision here and the
//! fact ([`record_left`], [`record_rolled`]). What waits for a later year is judged by that year's rules from then on.

use kernel::{
    RuleCode,
    refusal::{Common, Violations, breach},
};

use super::{
    Event, Occasion, Signature, Stage, State,
    authority::COUNTY_BUREAU,
    record::pool::{LeaveReason, Place, Progress},
    refusal::require_text,
};

/// Ranks the project.
///
/// # Errors
/// `SCOPE`, `SOD`, `PRIORITY` for 0, or `WRONG_STATE`.
pub fn prioritise(state: &State, priority: u32, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(state.content.village, &state.duties, by)?;
    let place = place(state, "SetPoolPriority")?;
    if priority == 0 {
        let mut wrong = Violations::default();
        wrong.add("PRIORITY", "priority", "优先顺序从1开始", "must be 1 or more");
        wrong.finish()?;
    }
    let same = place.priority == Some(priority);
    Ok(if same { Vec::new() } else { vec![Event::PoolPrioritySet { priority, signature }] })
}

/// Lets an unfinanced project wait for the next plan year.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE` also when building has begun, `FISCAL_YEAR`, or `POOL_YEARS` when it has waited too long.
pub fn roll(state: &State, year: i32, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(state.content.village, &state.duties, by)?;
    let place = waiting(state, "RollPoolProject")?;
    if place.year == year {
        return Ok(Vec::new());
    }
    if place.year.checked_add(1) != Some(year) {
        let mut wrong = Violations::default();
        let zh = format!("在库项目只能由 {} 年滚动到下一年度", place.year);
        wrong.add("FISCAL_YEAR", "year", zh, "a project is rolled into the next plan year");
        wrong.finish()?;
    }
    let rules = by.pack.rules_of(state.year())?;
    let most = rules.number(RuleCode::PoolYears);
    let years = year.abs_diff(state.content.fiscal_year).saturating_add(1);
    if years > most {
        let zh = format!("项目在库已满 {most} 年仍未实施,应予出库");
        let en = format!("the project has waited {most} years in the pool: it must leave");
        return Err(Common::rule(breach("POOL_YEARS", rules.rule(RuleCode::PoolYears), zh, en).figures(years, most)));
    }
    Ok(vec![Event::PoolProjectRolled { year, signature }])
}

/// Takes the project out of the pool.
///
/// # Errors
/// `SCOPE`, `SOD`, `REQUIRED` without words, or `WRONG_STATE` also when building has begun.
pub fn leave(state: &State, reason: LeaveReason, text: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(state.content.village, &state.duties, by)?;
    require_text(&text, "text", "请填写出库说明")?;
    if let Stage::OutOfPool { reason: known, text: said, .. } = &state.stage {
        return if *known == reason && *said == text { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    waiting(state, "LeavePool")?;
    Ok(vec![Event::ProjectUnpooled { reason, text, signature }])
}

/// The room of money has let it go: it leaves, whatever else stands.
///
/// # Errors
/// `TOO_EARLY` before the project is in the pool.
pub fn record_left(
    state: &State,
    reason: LeaveReason,
    text: String,
    signature: Signature,
) -> Result<Vec<Event>, Common> {
    state.pool.as_ref().ok_or(Common::TooEarly { what: "入库 entering the pool" })?;
    // A project leaves the pool once; that it was let go is heard twice, as the answer and as a message.
    let left = matches!(state.stage, Stage::OutOfPool { .. });
    Ok(if left { Vec::new() } else { vec![Event::ProjectUnpooled { reason, text, signature }] })
}

/// The room of money has let it wait; a year never goes back.
///
/// # Errors
/// `TOO_EARLY` before the project is in the pool.
pub fn record_rolled(state: &State, year: i32, signature: Signature) -> Result<Vec<Event>, Common> {
    let place = state.pool.as_ref().ok_or(Common::TooEarly { what: "入库 entering the pool" })?;
    Ok(if place.year >= year { Vec::new() } else { vec![Event::PoolProjectRolled { year, signature }] })
}

/// Hears how far the building has come; what comes late or twice changes nothing.
///
/// # Errors
/// `TOO_EARLY` before the project is in the pool.
pub fn hear(state: &State, progress: Progress) -> Result<Vec<Event>, Common> {
    let place = state.pool.as_ref().ok_or(Common::TooEarly { what: "入库 entering the pool" })?;
    Ok(if place.progress >= progress { Vec::new() } else { vec![Event::ProgressHeard { progress }] })
}

fn place<'a>(state: &'a State, command: &'static str) -> Result<&'a Place, Common> {
    let in_pool = matches!(state.stage, Stage::InPool { .. });
    state.pool.as_ref().filter(|_| in_pool).ok_or_else(|| state.wrong_state(command))
}

fn waiting<'a>(state: &'a State, command: &'static str) -> Result<&'a Place, Common> {
    let place = place(state, command)?;
    if place.progress == Progress::NotStarted { Ok(place) } else { Err(state.wrong_state(command)) }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Role, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{and, at, bureau, county_approved, holder, pooled, secretary},
    };

    fn roll(year: i32) -> Command {
        Command::RollPoolProject { year, by: at(80, &bureau()) }
    }

    fn discipline() -> kernel::Actor {
        holder(Role::Discipline, "430921000000", 0)
    }

    fn leave() -> Command {
        Command::LeavePool { reason: LeaveReason::Policy, text: "政策调整".into(), by: at(80, &bureau()) }
    }

    #[test]
    fn an_unfinanced_project_waits_three_plan_years_at_most() {
        given::<Application>(pooled()).when(roll(2024)).then_refused("FISCAL_YEAR");
        let rolled = and(and(pooled(), roll(2023)), roll(2024));
        given::<Application>(rolled.clone()).when(roll(2024)).then([]);
        given::<Application>(rolled).when(roll(2025)).then_refused("POOL_YEARS");
    }

    #[test]
    fn it_leaves_with_a_reason_unless_it_is_being_built() {
        let left = and(pooled(), leave());
        assert_eq!(Application::fold(&left).stage().map(Stage::code), Some("OUT_OF_POOL"));
        given::<Application>(left).when(leave()).then([]);
        let building = and(pooled(), Command::HearProgress { progress: Progress::InProgress });
        given::<Application>(building.clone()).when(leave()).then_refused("WRONG_STATE");
        given::<Application>(building.clone()).when(roll(2023)).then_refused("WRONG_STATE");
        given::<Application>(building).when(Command::HearProgress { progress: Progress::NotStarted }).then([]);
        let early = Command::HearProgress { progress: Progress::Completed };
        given::<Application>(county_approved()).when(early).then_refused("TOO_EARLY");
    }

    #[test]
    fn c32_another_word_for_leaving_hears_what_stands() {
        let left = and(pooled(), leave());
        let other =
            Command::LeavePool { reason: LeaveReason::Policy, text: "另一理由".into(), by: at(80, &bureau()) };
        given::<Application>(left).when(other).then_refused("ALREADY_DECIDED");
    }

    #[test]
    fn c09_c27_what_money_has_let_go_is_so_once_whatever_else_stands() {
        let (left, _) = given::<Application>(pooled()).when(leave()).then_accepted();
        let Some(Event::ProjectUnpooled { reason, text, signature }) = left.into_iter().next() else {
            panic!("it leaves")
        };
        let let_go = Command::RecordLeft { reason, text, signature: signature.clone() };
        let let_wait = |year| Command::RecordRolled { year, signature: signature.clone() };
        let suspended = and(pooled(), Command::SuspendApplication { reason: "核查".into(), by: at(80, &discipline()) });
        for told in [let_go.clone(), let_wait(2023)] {
            given::<Application>(suspended.clone()).when(told.clone()).then_accepted();
            given::<Application>(county_approved()).when(told).then_refused("TOO_EARLY");
        }
        given::<Application>(and(pooled(), leave())).when(let_go).then([]);
        let rolled = and(pooled(), let_wait(2023));
        let Application::Opened(state) = Application::fold(&rolled) else { panic!("it is open") };
        assert_eq!(state.year(), 2023);
        for late in [let_wait(2023), let_wait(2022)] {
            given::<Application>(rolled.clone()).when(late).then([]);
        }
    }

    #[test]
    fn the_bureau_ranks_it() {
        let rank = |priority, who| Command::SetPoolPriority { priority, by: at(80, &who) };
        given::<Application>(pooled()).when(rank(1, secretary())).then_refused("SCOPE");
        given::<Application>(pooled()).when(rank(0, bureau())).then_refused("PRIORITY");
        let ranked = and(pooled(), rank(2, bureau()));
        given::<Application>(ranked).when(rank(2, bureau())).then([]);
    }
}
