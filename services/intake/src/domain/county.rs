//! What the county says of a forwarded application: a return with one merged list, an approval with a resolution, a no.
//!
//! The room `review` decides; here it is heard. What comes too early is tried again, what comes twice has one effect.

use kernel::{RuleCode, refusal::Common};

use super::{
    Event, Stage, State,
    record::{
        correction::{Level, ReturnItem},
        county::{CountyDecision, CountyReturn},
    },
    way_back,
};

/// Hears a return.
///
/// # Errors
/// `TOO_EARLY` before that round was forwarded; `ALREADY_DECIDED` when the county has said something else.
pub fn return_from_county(state: &State, heard: CountyReturn) -> Result<Vec<Event>, Common> {
    let CountyReturn { round, items, acts, pack, at } = heard;
    if let Some(known) = state.returns.iter().find(|known| known.level == Level::County && known.round == round) {
        let unanswered = |item: &ReturnItem| ReturnItem { answer: None, ..item.clone() };
        let same = known.items.iter().map(unanswered).eq(items);
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    match &state.stage {
        Stage::CountyReview { round: current } if round == *current => {
            let days = pack.rules_of(state.content.fiscal_year)?.number(RuleCode::CorrectionDays);
            let due = pack.calendar.due_after(at, days)?;
            way_back::begin(state, Event::CountyReturned { round, items, acts, due }, &pack, at)
        }
        Stage::CountyReview { round: current } if round < *current => Err(Common::AlreadyDecided),
        // It crossed the withdrawal, which came first and stands.
        Stage::Withdrawn { .. } => Ok(Vec::new()),
        Stage::CountyNotice { .. } | Stage::InPool { .. } | Stage::Rejected(_) | Stage::OutOfPool { .. } => {
            Err(Common::AlreadyDecided)
        }
        Stage::Draft
        | Stage::Deliberation
        | Stage::VillageNotice
        | Stage::TownshipReview
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::Returned => Err(too_early()),
    }
}

/// Hears a decision. The declared rule where it crosses a withdrawal: the withdrawal stands, the decision has no effect here,
/// and nothing enters the pool; the record of the case keeps it.
///
/// # Errors
/// `TOO_EARLY` before it was forwarded; `ALREADY_DECIDED` when the county has said something else.
pub fn conclude(state: &State, heard: CountyDecision) -> Result<Vec<Event>, Common> {
    let CountyDecision { resolution, opinion, acts } = heard;
    match (&state.stage, resolution) {
        (Stage::CountyReview { .. }, Some(resolution)) => Ok(vec![Event::CountyApproved { resolution, opinion, acts }]),
        (Stage::CountyReview { .. }, None) => Ok(vec![Event::CountyRejected { opinion, acts }]),
        (Stage::CountyNotice { resolution: known } | Stage::InPool { resolution: known, .. }, Some(resolution))
            if *known == resolution =>
        {
            Ok(Vec::new())
        }
        (Stage::Rejected(rejection), None) if rejection.level == Level::County => Ok(Vec::new()),
        // It crossed the withdrawal, which came first and stands.
        (Stage::Withdrawn { .. }, _) => Ok(Vec::new()),
        (Stage::Returned, Some(resolution)) if state.resolution.as_ref() == Some(&resolution) => Ok(Vec::new()),
        (Stage::CountyNotice { .. } | Stage::InPool { .. } | Stage::Rejected(_) | Stage::OutOfPool { .. }, _) => {
            Err(Common::AlreadyDecided)
        }
        (
            Stage::Draft
            | Stage::Deliberation
            | Stage::VillageNotice
            | Stage::TownshipReview
            | Stage::TownshipNotice
            | Stage::Returned,
            _,
        ) => Err(too_early()),
    }
}

/// The refusal of what the county says before it was asked.
#[must_use]
pub fn too_early() -> Common {
    Common::TooEarly { what: "送县审核 forwarding to the county" }
}

#[cfg(test)]
mod tests {
    use kernel::{Kind, Refusal as _, decision::ReturnStep, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            and, at, county_acts, county_approved, county_returns, forwarded, resolution, resubmitted_to_county,
            returned_by_county, secretary, submitted,
        },
        record::county::Resolution,
    };

    fn returned(round: u32) -> Command {
        county_returns(round, 45, &[ReturnStep::Application])
    }

    fn concluded(resolution: Option<Resolution>) -> Command {
        Command::ConcludeAtCounty(CountyDecision { resolution, opinion: "会议审定".into(), acts: county_acts() })
    }

    #[test]
    fn a_return_is_heard_once_and_in_its_round() {
        let (_, state) = given::<Application>(forwarded()).when(returned(1)).then_accepted();
        let Application::Opened(state) = state else { panic!("it is open") };
        assert_eq!((&state.stage, state.returns[0].items[0].id.as_str()), (&Stage::Returned, "1"));
        assert!(county_acts().0.iter().all(|act| state.duties.0.contains(act)), "the county's acts are remembered");

        given::<Application>(returned_by_county()).when(returned(1)).then([]);
        given::<Application>(resubmitted_to_county()).when(returned(1)).then([]);
        given::<Application>(resubmitted_to_county()).when(returned(2)).then_accepted();
        given::<Application>(county_approved()).when(returned(1)).then_refused("ALREADY_DECIDED");
        for early in [submitted(), returned_by_county()] {
            assert_eq!(given::<Application>(early).when(returned(2)).then_refused("TOO_EARLY").kind(), Kind::TooEarly);
        }
        given::<Application>([]).when(returned(1)).then_refused("TOO_EARLY");
    }

    #[test]
    fn a_conclusion_is_heard_once_and_never_turned() {
        given::<Application>(forwarded()).when(concluded(Some(resolution()))).then_accepted();
        given::<Application>(county_approved()).when(concluded(Some(resolution()))).then([]);
        given::<Application>(county_approved()).when(concluded(None)).then_refused("ALREADY_DECIDED");
        let other = Resolution { number: "另一号".into(), ..resolution() };
        given::<Application>(county_approved()).when(concluded(Some(other))).then_refused("ALREADY_DECIDED");
        given::<Application>(submitted()).when(concluded(None)).then_refused("TOO_EARLY");
        given::<Application>([]).when(concluded(None)).then_refused("TOO_EARLY");

        // Whatever the county decided meanwhile: what was withdrawn stays withdrawn, and the message is heard once and for all.
        let withdraw =
            Command::WithdrawApplication {
                reason: "用地条件变化".into(), agreed: true, by: at(45, &secretary())
            };
        let withdrawn = and(forwarded(), withdraw);
        for decision in [Some(resolution()), None] {
            given::<Application>(withdrawn.clone()).when(concluded(decision)).then([]);
        }
        given::<Application>(withdrawn).when(returned(1)).then([]);

        let (events, state) = given::<Application>(forwarded()).when(concluded(None)).then_accepted();
        assert_eq!(state.stage().map(Stage::code), Some("REJECTED"));
        let history: Vec<Event> = forwarded().into_iter().chain(events).collect();
        given::<Application>(history.clone()).when(concluded(None)).then([]);
        given::<Application>(history).when(concluded(Some(resolution()))).then_refused("ALREADY_DECIDED");
    }
}
