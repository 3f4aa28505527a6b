//! Taking back: the village withdraws an application for good before the county decides (撤回, X3); who sent it on recalls it
//! before the next decision (收回). Either takes the open task away in the same step.
//!
//! Once the county has had it, the room `review` decides a withdrawal against its own decisions: here it is recorded.

use kernel::refusal::Common;

use super::{
    Event, NoticeLevel, Occasion, Signature, Stage, State,
    authority::{TOWNSHIP_HEAD, VILLAGE},
    refusal::require_text,
    township_task, way_back,
};

/// Withdraws the application; `agreed` when the county, which has had it, has agreed.
///
/// # Errors
/// `SCOPE`, `SOD`, `REQUIRED` without a reason, `WRONG_STATE` once the county has decided, or `TOO_EARLY` when the county must
/// agree first.
pub fn withdraw(state: &State, reason: String, agreed: bool, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    require_text(&reason, "reason", "请填写撤回理由")?;
    match &state.stage {
        Stage::Returned if state.resolution.is_some() => Err(state.wrong_state("WithdrawApplication")),
        Stage::Withdrawn { reason: known } if *known == reason => Ok(Vec::new()),
        Stage::Draft
        | Stage::Deliberation
        | Stage::VillageNotice
        | Stage::TownshipReview
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::Returned => match state.county_rounds == 0 || agreed {
            true => Ok(vec![Event::ApplicationWithdrawn { reason, signature }]),
            false => Err(Common::TooEarly { what: "县级立案 opening of the county's case" }),
        },
        Stage::CountyNotice { .. }
        | Stage::InPool { .. }
        | Stage::Rejected(_)
        | Stage::Withdrawn { .. }
        | Stage::OutOfPool { .. } => Err(state.wrong_state("WithdrawApplication")),
    }
}

/// Hears that the village withdrew it while the county had it: so it is, wherever the application stands.
///
/// # Errors
/// `ALREADY_DECIDED` when the county has said something else.
pub fn hear(state: &State, reason: String, signature: Signature) -> Result<Vec<Event>, Common> {
    match &state.stage {
        Stage::Withdrawn { .. } => Ok(Vec::new()),
        Stage::Draft
        | Stage::Deliberation
        | Stage::VillageNotice
        | Stage::TownshipReview
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::Returned => Ok(vec![Event::ApplicationWithdrawn { reason, signature }]),
        Stage::CountyNotice { .. } | Stage::InPool { .. } | Stage::Rejected(_) | Stage::OutOfPool { .. } => {
            Err(Common::AlreadyDecided)
        }
    }
}

/// Recalls what was sent on, before anyone has decided on it: the village its draft from deliberation or its submission
/// from the township, the township's head the approval while its notice hangs.
///
/// # Errors
/// `SCOPE`, `SOD`, or `WRONG_STATE` when it lies with somebody else or has been decided.
pub fn recall(state: &State, by: &Occasion) -> Result<Vec<Event>, Common> {
    let by_village = (state.stage == Stage::Deliberation && state.deliberated().next().is_none())
        || (state.stage == Stage::TownshipReview && !way_back::was_sent_by_county(state));
    if by_village {
        let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
        return Ok(vec![Event::ApplicationRecalled { asked: None, signature }]);
    }
    let hangs = state.notice(NoticeLevel::Township).is_none_or(|notice| notice.closed.is_none());
    if state.stage != Stage::TownshipNotice || !hangs {
        return Err(state.wrong_state("RecallApplication"));
    }
    let signature = TOWNSHIP_HEAD.sign(state.content.village, &state.duties, by)?;
    Ok(vec![Event::ApplicationRecalled { asked: Some(township_task::ask(state, &by.pack, by.at)?), signature }])
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            and, approval, at, checked, complete, county_approved, drafted, forwarded, head, proposed,
            returned_by_county, returned_by_township, secretary, submitted, task, township_approved,
        },
    };

    fn recall(who: &kernel::Actor) -> Command {
        Command::RecallApplication { by: at(25, who) }
    }

    fn withdraw() -> Command {
        withdrawing(true)
    }

    fn withdrawing(agreed: bool) -> Command {
        Command::WithdrawApplication { reason: "用地条件变化".into(), agreed, by: at(25, &secretary()) }
    }

    #[test]
    fn the_village_withdraws_until_the_county_decides() {
        for history in [drafted(), proposed(), submitted(), township_approved(), forwarded(), returned_by_township(1)] {
            let withdrawn = and(history, withdraw());
            assert_eq!(Application::fold(&withdrawn).stage().map(Stage::code), Some("WITHDRAWN"));
            given::<Application>(withdrawn.clone()).when(withdraw()).then([]);
            let decide = Command::CompleteTask { task: task(1), decision: approval(), by: at(26, &head()) };
            let moved = Application::fold(&withdrawn).decide(decide).is_ok_and(|events| !events.is_empty());
            assert!(!moved, "it has ended");
        }
        given::<Application>(county_approved()).when(withdraw()).then_refused("WRONG_STATE");
        let by_head = Command::WithdrawApplication { reason: "x".into(), agreed: true, by: at(25, &head()) };
        given::<Application>(submitted()).when(by_head).then_refused("SCOPE");
    }

    #[test]
    fn c27_what_the_county_has_had_is_withdrawn_with_its_yes_alone() {
        let refusal = given::<Application>(forwarded()).when(withdrawing(false)).then_refused("TOO_EARLY");
        assert_eq!(kernel::Refusal::kind(&refusal), kernel::Kind::TooEarly);
        given::<Application>(returned_by_county()).when(withdrawing(false)).then_refused("TOO_EARLY");
        given::<Application>(returned_by_township(1)).when(withdrawing(false)).then_accepted();
        let signature =
            VILLAGE.sign("430921129201".parse().expect("a village"), &kernel::Duties::default(), &at(25, &secretary()));
        let heard = || Command::HearWithdrawal {
            reason: "用地条件变化".into(),
            signature: signature.clone().expect("the village's own"),
        };
        for history in [forwarded(), returned_by_county()] {
            let withdrawn = and(history, heard());
            assert_eq!(Application::fold(&withdrawn).stage().map(Stage::code), Some("WITHDRAWN"));
            given::<Application>(withdrawn.clone()).when(heard()).then([]);
            given::<Application>(withdrawn).when(withdrawing(false)).then([]);
        }
        given::<Application>(county_approved()).when(heard()).then_refused("ALREADY_DECIDED");
        given::<Application>([]).when(heard()).then_refused("TOO_EARLY");
    }

    #[test]
    fn who_sent_it_on_recalls_it_before_the_next_decision() {
        let back = |history, who| Application::fold(&and(history, recall(&who))).stage().map(Stage::code);
        assert_eq!(back(proposed(), secretary()), Some("DRAFT"));
        assert_eq!(back(checked(), secretary()), Some("VILLAGE_NOTICE"));
        assert_eq!(back(township_approved(), head()), Some("TOWNSHIP_REVIEW"));
        given::<Application>(checked()).when(recall(&head())).then_refused("SCOPE");
        given::<Application>(township_approved()).when(recall(&secretary())).then_refused("SCOPE");
        given::<Application>(forwarded()).when(recall(&secretary())).then_refused("WRONG_STATE");
    }

    #[test]
    fn a_recalled_submission_is_submitted_again_as_another_round() {
        let recalled = and(checked(), recall(&secretary()));
        let again = and(recalled, Command::SubmitApplication { by: at(26, &secretary()) });
        let decide = |number| Command::CompleteTask { task: task(number), decision: approval(), by: at(27, &head()) };
        given::<Application>(again.clone()).when(decide(1)).then_refused("WRONG_STATE");
        given::<Application>(complete(again, 2, 26)).when(decide(2)).then_accepted();
    }
}
