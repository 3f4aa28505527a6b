//! The project pool (项目库): a project enters with a performance target and a resolution of the leading group (R-NOPOOL).
//!
//! Its number is the plan year, the village's code and the last eight digits of the project's id: the same on every
//! replay and without a counter that all villages would have to queue for. The store has the last word on its being unique.

use kernel::{ProjectId, refusal::Common};

use super::{
    Content, Event, NoticeLevel, Occasion, Stage, State,
    authority::COUNTY_BUREAU,
    duplicate::{self},
    gate, notice_period,
    record::{county::Resolution, pool::Explained},
    refusal::unpriced,
};

/// The constraint of the store that keeps numbers apart.
pub const UNIQUE_NUMBER: &str = "applications_pool_no_key";

/// Enters the approved project into the pool.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `NOTICE_SHORT` while the county notice hangs, `NO_PERF_TARGET`, `NO_RESOLUTION`,
/// `DUPLICATE`, whatever [`gate`] refuses, or `EXISTS` when it is there with another explanation.
pub fn enter(state: &State, likeness: Explained, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = COUNTY_BUREAU.sign(state.content.village, &state.duties, by)?;
    if let Stage::InPool { .. } = state.stage {
        let same = state.pool.as_ref().is_some_and(|place| place.explanation == likeness.explanation);
        return if same { Ok(Vec::new()) } else { Err(Common::Exists { what: "项目在库 project in the pool" }) };
    }
    let Stage::CountyNotice { resolution } = &state.stage else { return Err(state.wrong_state("EnterPool")) };
    require_target(&state.content)?;
    require_resolution(resolution)?;
    notice_period::require_closed(state, NoticeLevel::County, by)?;
    gate::require(state, by)?;
    let Explained { suspects, explanation } = likeness;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    duplicate::require_explained(&suspects, &explanation, rules)?;
    // Without a suspect there is nothing to explain.
    let explanation = if suspects.is_empty() { String::new() } else { explanation };
    let pool_no = number(state.project, &state.content);
    Ok(vec![Event::ProjectPooled { pool_no, suspects, explanation, signature }])
}

/// The project's number in the pool (入库编号), e.g. `2022-430921129201-9F3C01AB`.
#[must_use]
pub fn number(project: ProjectId, content: &Content) -> String {
    let id = project.0.simple().to_string().to_uppercase();
    format!("{}-{}-{}", content.fiscal_year, content.village, &id[id.len() - 8..])
}

fn require_target(content: &Content) -> Result<(), Common> {
    let said = content
        .performance_targets
        .iter()
        .any(|target| !target.indicator.trim().is_empty() && !target.target.trim().is_empty());
    if said {
        return Ok(());
    }
    let basis = "《关于完善县级脱贫攻坚项目库建设的指导意见》(各地项目库办法) [found]";
    let zh = "未设定绩效目标的项目不得入库,请先补充绩效目标";
    let en = "a project without a performance target may not enter the pool: add one first";
    let explanation = unpriced("NO_PERF_TARGET", "R-NOPOOL", basis, zh, en).figures(0, 1);
    Err(Common::rule(explanation.at("content.performance_targets")))
}

fn require_resolution(resolution: &Resolution) -> Result<(), Common> {
    if !resolution.number.trim().is_empty() {
        return Ok(());
    }
    let basis = "县委实施乡村振兴战略领导小组审定程序 [found]";
    let zh = "缺少领导小组审定文号,不得入库";
    let en = "without the number of the leading group's resolution a project may not enter the pool";
    Err(Common::rule(
        unpriced("NO_RESOLUTION", "R-NOPOOL", basis, zh, en).figures("无 none", "审定文号 resolution number"),
    ))
}

#[cfg(test)]
mod tests {
    use kernel::{Duty, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            at, bureau, concluded, content, county_approved, county_closed, county_closed_with, head, pooled, project,
            resolution, secretary, with_targets,
        },
    };

    fn enter() -> Command {
        Command::EnterPool { likeness: Explained::default(), by: at(70, &bureau()) }
    }

    #[test]
    fn scenario_10_no_target_no_resolution_no_pool() {
        let bare = Content { performance_targets: Vec::new(), ..content() };
        given::<Application>(county_closed_with(bare.clone(), resolution()))
            .when(enter())
            .then_refused("NO_PERF_TARGET");
        let no_number = Resolution { number: " ".into(), ..resolution() };
        given::<Application>(county_closed_with(content(), no_number)).when(enter()).then_refused("NO_RESOLUTION");
        let (events, state) = given::<Application>(county_closed()).when(enter()).then_accepted();
        assert!(matches!(events[..], [Event::ProjectPooled { .. }]));
        assert_eq!(state.stage().map(Stage::code), Some("IN_POOL"));

        // The village may still say what it aims at, and nothing else.
        let by = || at(69, &secretary());
        let history = || given::<Application>(county_closed_with(bare.clone(), resolution()));
        history().when(Command::UpdateApplication { content: with_targets(bare.clone()), by: by() }).then_accepted();
        let more = Content { land_note: "改".into(), ..with_targets(bare.clone()) };
        history().when(Command::UpdateApplication { content: more, by: by() }).then_refused("WRONG_STATE");
    }

    #[test]
    fn the_county_notice_comes_first() {
        given::<Application>(county_approved()).when(enter()).then_refused("NOTICE_SHORT");
    }

    #[test]
    fn only_the_bureau_enters_and_only_once() {
        given::<Application>(county_closed())
            .when(Command::EnterPool { likeness: Explained::default(), by: at(70, &head()) })
            .then_refused("SCOPE");
        given::<Application>(pooled()).when(enter()).then([]);
        let decider = county_closed().into_iter().map(|event| match event {
            Event::CountyApproved { resolution, opinion, mut acts } => {
                acts.record(&bureau(), Duty::Decider);
                Event::CountyApproved { resolution, opinion, acts }
            }
            other => other,
        });
        given::<Application>(decider).when(enter()).then_refused("SOD");
        given::<Application>(concluded(None)).when(enter()).then_refused("WRONG_STATE");
    }

    #[test]
    fn the_number_follows_from_the_project() {
        assert_eq!(number(project(), &content()), "2022-430921129201-00000007");
    }
}
