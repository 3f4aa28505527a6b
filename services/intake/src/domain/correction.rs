//! Correction (补正): what was returned, item by item, and coming again once every item is answered.
//!
//! The village's vote, its notice and the site check stand as long as a correction leaves the substance as it is; where it does
//! not, the village posts anew, and votes anew first where [`super::revote`] says so.

use std::collections::BTreeSet;

use kernel::{
    Explanation,
    decision::ReturnStep,
    refusal::{Common, Violations},
};

use super::{
    Event, NoticeLevel, Occasion, Stage, State, admissible,
    authority::VILLAGE,
    record::correction::{CorrectionAnswer, Level, Return, ReturnItem},
    refusal::unpriced,
    revote, way_back,
};

/// Submits again, and walks the steps that the return named ([`super::way_back`]): to the township for another round, or
/// straight to the county that returned it.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `CORRECTION_INCOMPLETE`, or whatever makes the content inadmissible.
pub fn resubmit(state: &State, answers: Vec<CorrectionAnswer>, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    let wrong_state = || state.wrong_state("ResubmitApplication");
    let last = state.returns.last().ok_or_else(wrong_state)?;
    let went_on = matches!(state.stage, Stage::TownshipReview | Stage::CountyReview { .. });
    if went_on && answered_so(last, &answers) {
        return Ok(Vec::new());
    }
    if state.stage != Stage::Returned {
        return Err(wrong_state());
    }
    check_answers(last, &answers)?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    admissible::check(&state.content, rules, &by.pack)?;
    let resubmitted =
        |asked, again| Event::ApplicationResubmitted { answers: answers.clone(), asked, again, signature };
    let walks = state.notice(NoticeLevel::Village).is_none() || revote::is_due(state, rules);
    if last.level != Level::Bureau && walks {
        // Its substance changed, and the notice with it: it walks again, one step at a time.
        return Ok(vec![resubmitted(None, true)]);
    }
    if last.level == Level::Bureau || last.walks_from() != ReturnStep::Application {
        return Ok(vec![resubmitted(None, false)]);
    }
    Ok(match way_back::after_village(state, by)? {
        Some(asked) => vec![resubmitted(Some(asked), false)],
        None => vec![resubmitted(None, false), way_back::forwarded(state, &by.pack)],
    })
}

fn answered_so(last: &Return, answers: &[CorrectionAnswer]) -> bool {
    let record = |item: &ReturnItem| answers.iter().find(|answer| answer.item == item.id).map(|answer| &answer.text);
    last.resubmitted_at.is_some()
        && answers.len() == last.of_village().count()
        && last.of_village().next().is_some()
        && last.of_village().all(|item| item.answer.as_ref() == record(item))
}

/// Refuses while an item that is the village's to answer is open. What goes back to the township is answered there.
fn check_answers(last: &Return, answers: &[CorrectionAnswer]) -> Result<(), Common> {
    let items: Vec<&ReturnItem> = last.of_village().collect();
    let mut wrong = Violations::default();
    let mut seen = BTreeSet::new();
    for (index, answer) in answers.iter().enumerate() {
        let field = format!("answers[{index}].item_id");
        if !items.iter().any(|item| item.id == answer.item) {
            wrong.add(
                "ANSWER_UNKNOWN",
                field,
                format!("没有编号为“{}”的补正事项", answer.item),
                "there is no such item",
            );
        } else if !seen.insert(&answer.item) {
            wrong.add(
                "ANSWER_TWICE",
                field,
                format!("补正事项 {} 不得重复答复", answer.item),
                "the item is answered twice",
            );
        }
    }
    wrong.finish()?;
    let answer_to = |item: &ReturnItem| answers.iter().position(|answer| answer.item == item.id);
    let answered = |item: &ReturnItem| answer_to(item).is_some_and(|index| !answers[index].text.trim().is_empty());
    let open: Vec<&ReturnItem> = last.of_village().filter(|item| !answered(item)).collect();
    if open.is_empty() {
        return Ok(());
    }
    let list = open.iter().map(|item| format!("{}.{}", item.id, item.text)).collect::<Vec<_>>().join(";");
    let zh = format!("尚有 {} 项补正事项未答复:{list}", open.len());
    let en = format!("{} of {} items have not been answered: {list}", open.len(), items.len());
    let explanation = unpriced("CORRECTION_INCOMPLETE", "CORRECTION", "补正须逐项答复 [design]", zh, en)
        .figures(items.len() - open.len(), items.len());
    // What was said poorly has a place in the request; what was not said at all has none.
    let fields: BTreeSet<String> = open
        .into_iter()
        .map(|item| answer_to(item).map_or_else(|| "answers".to_owned(), |index| format!("answers[{index}].text")))
        .collect();
    Err(Common::rule(fields.into_iter().fold(explanation, Explanation::at)))
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command, Decision,
        fixtures::{
            approval, at, clerk, complete, head, returned_by_county, returned_by_township, secretary, submitted, task,
        },
    };

    fn answers(count: u32) -> Vec<CorrectionAnswer> {
        (1..=count).map(|number| CorrectionAnswer { item: number.to_string(), text: "已补充".into() }).collect()
    }

    fn resubmit(answers: Vec<CorrectionAnswer>) -> Command {
        Command::ResubmitApplication { answers, by: at(21, &secretary()) }
    }

    #[test]
    fn scenario_08_all_three_items_or_none() {
        let returned = || given::<Application>(returned_by_township(3));
        let explanation = returned().when(resubmit(answers(2))).then_refused("CORRECTION_INCOMPLETE").explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("2"), Some("3")));
        assert!(explanation.zh.contains("3."), "{}", explanation.zh);
        let mut blank = answers(3);
        blank[1].text = "  ".into();
        let explanation = returned().when(resubmit(blank)).then_refused("CORRECTION_INCOMPLETE").explain();
        assert_eq!(explanation.fields[0].field, "answers[1].text");

        let (events, state) = returned().when(resubmit(answers(3))).then_accepted();
        let Application::Opened(state) = &state else { panic!("it is open") };
        assert_eq!(state.stage, Stage::TownshipReview);
        let rounds: Vec<u32> = state.township.iter().map(|round| round.asked.round).collect();
        assert_eq!(rounds, [1, 1, 2], "the history shows both rounds, the first by the clerk and the head");
        assert!(state.township[1].record.is_some() && state.township[2].record.is_none());
        assert_eq!(state.returns[0].resubmitted_at, Some(at(21, &secretary()).at));
        assert!(state.returns[0].items.iter().all(|item| item.answer.is_some()));

        let history: Vec<Event> = returned_by_township(3).into_iter().chain(events).collect();
        given::<Application>(history.clone()).when(resubmit(answers(3))).then([]);
        let late = Command::CompleteTask { task: task(1), decision: approval(), by: at(22, &head()) };
        given::<Application>(history.clone()).when(late).then_refused("ALREADY_DECIDED");
        let second = Command::CompleteTask { task: task(2), decision: Decision { ..approval() }, by: at(22, &head()) };
        given::<Application>(complete(history, 2, 21)).when(second).then_accepted();
    }

    #[test]
    fn answers_name_items_that_there_are() {
        let mut unknown = answers(3);
        unknown[2].item = "9".into();
        given::<Application>(returned_by_township(3)).when(resubmit(unknown)).then_refused("ANSWER_UNKNOWN");
        let mut twice = answers(3);
        twice[2].item = "1".into();
        given::<Application>(returned_by_township(3)).when(resubmit(twice)).then_refused("ANSWER_TWICE");
    }

    #[test]
    fn what_the_county_returned_goes_back_to_the_county() {
        let (events, state) = given::<Application>(returned_by_county()).when(resubmit(answers(1))).then_accepted();
        assert!(matches!(
            events[..],
            [Event::ApplicationResubmitted { asked: None, .. }, Event::ApplicationForwarded { round: 2, .. }]
        ));
        assert_eq!(state.stage(), Some(&Stage::CountyReview { round: 2 }));
    }

    #[test]
    fn only_the_village_submits_again_and_only_what_was_returned() {
        let by = at(21, &clerk());
        let command = Command::ResubmitApplication { answers: answers(3), by };
        given::<Application>(returned_by_township(3)).when(command).then_refused("SCOPE");
        given::<Application>(submitted()).when(resubmit(Vec::new())).then_refused("WRONG_STATE");
    }
}
