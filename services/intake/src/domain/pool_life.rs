//! What happens to a project in the pool (项目库动态管理): its priority, another year of waiting, how far its building has come,
//! and leaving with a reason (出库, X4). What is being built neither waits nor leaves.
//!
//! Whether a plan or money holds it, the room `disbursement` knows and decides: it is asked between the decision here and the
//! fact ([`record_left`], [`record_rolled`]). What waits for a later year is judged by that year's rules from then on.

use kernel::{
    Duty, RuleCode,
    refusal::{Common, Violations, breach},
};
use serde::{Deserialize, Serialize};

use super::{Event, File, Occasion, Signature, Stage, authority::COUNTY_BUREAU, refusal::require_text};

/// How far the building has come, as other rooms tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Progress {
    /// 未开工.
    NotStarted,
    /// 在建: the contract is signed.
    InProgress,
    /// 已完工: accepted by the county.
    Completed,
}

impl Progress {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
        }
    }
}

/// Why a project leaves the pool (出库原因).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LeaveReason {
    /// 政策调整.
    Policy,
    /// 不再需要.
    NotNeeded,
    /// 不具备实施条件.
    NotFeasible,
    /// 重复申报.
    Duplicate,
    /// 在库期满未实施.
    Expired,
}

impl LeaveReason {
    /// The reason of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Policy, Self::NotNeeded, Self::NotFeasible, Self::Duplicate, Self::Expired];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Policy => "POLICY",
            Self::NotNeeded => "NOT_NEEDED",
            Self::NotFeasible => "NOT_FEASIBLE",
            Self::Duplicate => "DUPLICATE",
            Self::Expired => "EXPIRED",
        }
    }
}

/// A project's place in the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The plan year that it waits for.
    pub year: i32,
    /// From 1, the first; none while the bureau has not ranked it.
    pub priority: Option<u32>,
    /// How far its building has come.
    pub progress: Progress,
    /// Why it is no duplicate of what it looked like.
    pub explanation: String,
}

/// Ranks the project.
///
/// # Errors
/// `SCOPE`, `SOD`, `PRIORITY` for 0, or `WRONG_STATE`.
pub fn prioritise(file: &File, priority: u32, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(file.content.village, &file.duties, by)?;
    let place = place(file, "SetPoolPriority")?;
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
pub fn roll(file: &File, year: i32, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(file.content.village, &file.duties, by)?;
    let place = waiting(file, "RollPoolProject")?;
    if place.year == year {
        return Ok(Vec::new());
    }
    if place.year.checked_add(1) != Some(year) {
        let mut wrong = Violations::default();
        let zh = format!("在库项目只能由 {} 年滚动到下一年度", place.year);
        wrong.add("FISCAL_YEAR", "year", zh, "a project is rolled into the next plan year");
        wrong.finish()?;
    }
    let rules = by.pack.rules_of(file.year())?;
    let most = rules.number(RuleCode::PoolYears);
    let years = year.abs_diff(file.content.fiscal_year).saturating_add(1);
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
pub fn leave(file: &File, reason: LeaveReason, text: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(file.content.village, &file.duties, by)?;
    require_text(&text, "text", "请填写出库说明")?;
    if let Stage::OutOfPool { reason: known, text: said, .. } = &file.stage {
        return if *known == reason && *said == text { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    waiting(file, "LeavePool")?;
    Ok(vec![Event::ProjectUnpooled { reason, text, signature }])
}

/// The room of money has let it go: it leaves, whatever else stands.
///
/// # Errors
/// `TOO_EARLY` before the project is in the pool.
pub fn record_left(file: &File, reason: LeaveReason, text: String, signature: Signature) -> Result<Vec<Event>, Common> {
    file.pool.as_ref().ok_or(Common::TooEarly { what: "入库 entering the pool" })?;
    // A project leaves the pool once; that it was let go is heard twice, as the answer and as a message.
    let left = matches!(file.stage, Stage::OutOfPool { .. });
    Ok(if left { Vec::new() } else { vec![Event::ProjectUnpooled { reason, text, signature }] })
}

/// The room of money has let it wait; a year never goes back.
///
/// # Errors
/// `TOO_EARLY` before the project is in the pool.
pub fn record_rolled(file: &File, year: i32, signature: Signature) -> Result<Vec<Event>, Common> {
    let place = file.pool.as_ref().ok_or(Common::TooEarly { what: "入库 entering the pool" })?;
    Ok(if place.year >= year { Vec::new() } else { vec![Event::PoolProjectRolled { year, signature }] })
}

/// Hears how far the building has come; what comes late or twice changes nothing.
///
/// # Errors
/// `TOO_EARLY` before the project is in the pool.
pub fn hear(file: &File, progress: Progress) -> Result<Vec<Event>, Common> {
    let place = file.pool.as_ref().ok_or(Common::TooEarly { what: "入库 entering the pool" })?;
    Ok(if place.progress >= progress { Vec::new() } else { vec![Event::ProgressHeard { progress }] })
}

fn place<'a>(file: &'a File, command: &'static str) -> Result<&'a Place, Common> {
    let in_pool = matches!(file.stage, Stage::InPool { .. });
    file.pool.as_ref().filter(|_| in_pool).ok_or_else(|| file.wrong_state(command))
}

fn waiting<'a>(file: &'a File, command: &'static str) -> Result<&'a Place, Common> {
    let place = place(file, command)?;
    if place.progress == Progress::NotStarted { Ok(place) } else { Err(file.wrong_state(command)) }
}

impl File {
    pub(super) fn in_pool(&mut self, change: impl FnOnce(&mut Place)) {
        if let Some(place) = &mut self.pool {
            change(place);
        }
    }

    /// What the county office did with its place in the pool.
    pub(super) fn kept(&mut self, signature: &Signature, change: impl FnOnce(&mut Place)) {
        self.acted(signature, Duty::CountyOffice);
        self.in_pool(change);
    }

    pub(super) fn leave(&mut self, reason: LeaveReason, text: &str) {
        // Only what is in the pool leaves it.
        if let Stage::InPool { pool_no, .. } = &self.stage {
            self.stage = Stage::OutOfPool { pool_no: pool_no.clone(), reason, text: text.to_owned() };
        }
    }

    /// The year whose rules judge it: the one that it waits for in the pool, else the one that it was filed for.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.pool.as_ref().map_or(self.content.fiscal_year, |place| place.year)
    }
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
        let Application::Opened(file) = Application::fold(&rolled) else { panic!("it is open") };
        assert_eq!(file.year(), 2023);
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
