//! The completeness check (材料齐全性审查): the township's clerk looks through the file before the head is asked, and before
//! anyone goes to the site. A complete file goes on to the head, an incomplete one back with an itemised list.
//!
//! The rule `COMPLETENESS_CHECKS` says whether a county asks for it; where it doesn't, the head is asked at once.

use kernel::{
    Duty, PersonId, RuleCode,
    decision::Outcome,
    refusal::{Common, Violations, breach},
};

use super::{
    DecisionRecord, Event, Occasion, Stage, State, clerk_return,
    record::township::{Asked, Round, Step},
    township_task,
};

/// The clerk has looked through the file: it is complete, or goes back.
///
/// # Errors
/// `OUTCOME` for a rejection, or `THIRD_RETURN` when the return is the head's to make.
pub fn checked(state: &State, asked: &Asked, record: DecisionRecord, by: &Occasion) -> Result<Vec<Event>, Common> {
    let task = asked.task;
    match record.decision.said.outcome {
        Outcome::Approve => {
            Ok(vec![Event::CompletenessChecked { task, record, asked: township_task::ask(state, &by.pack, by.at)? }])
        }
        Outcome::Return => clerk_return::returned_by_clerk(state, task, record, by),
        Outcome::Reject => {
            let mut wrong = Violations::default();
            let zh = "齐全性审查只能确认齐全或退回补正";
            wrong.add("OUTCOME", "decision.outcome", zh, "a check of completeness confirms or returns");
            wrong.finish().map(|()| Vec::new())
        }
    }
}

/// Refuses to go to the site before the file is found complete.
///
/// # Errors
/// `COMPLETENESS`.
pub fn require(state: &State, by: &Occasion) -> Result<(), Common> {
    let open = state.township.last().filter(|round| state.stage == Stage::TownshipReview && round.record.is_none());
    if open.is_none_or(|round| round.asked.step.is_decision()) {
        return Ok(());
    }
    let rule = by.pack.rules_of(state.content.fiscal_year)?.rule(RuleCode::CompletenessChecks);
    let zh = "申报材料尚未通过齐全性审查,不得开展实地核查";
    let en = "the file has not been found complete yet: no site check before that";
    Err(Common::rule(breach("COMPLETENESS", rule, zh, en).figures(0, 1)))
}

/// Whoever took the other step of the township's review of this project (SOD-1: not in two steps, whatever the post). Being at
/// the site is no step of the head's.
pub fn in_other_step(state: &State, step: Step) -> impl Iterator<Item = &PersonId> {
    let there = state.site_check_confirmed.iter().filter(move |_| step.is_decision());
    in_steps_but(state, step).chain(there)
}

/// Who decided for the township, and for whom, in whatever round.
pub fn who_decided(state: &State) -> impl Iterator<Item = &PersonId> {
    in_steps_but(state, Step::Completeness)
}

fn in_steps_but(state: &State, step: Step) -> impl Iterator<Item = &PersonId> {
    let others = state.township.iter().filter(move |round: &&Round| round.asked.step != step);
    let taken = others.filter_map(|round| round.record.as_ref().map(|record| (&round.asked.post, &record.signature)));
    // A clerk who returns what lies with the head has not taken the head's step.
    taken.filter(|(post, signature)| signature.post == **post).flat_map(|(_, signature)| signature.persons())
}

/// Refuses one who took the other step, also for somebody else.
///
/// # Errors
/// `SOD`.
pub fn permit(state: &State, step: Step, by: &Occasion) -> Result<(), Common> {
    let (held, tried) = (Duty::TownshipReviewer, Duty::TownshipReviewer);
    match by.actor.persons().find(|person| in_other_step(state, step).any(|known| known == *person)) {
        None => Ok(()),
        Some(person) => Err(Common::Sod { person: person.clone(), held, tried }),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Decider as _, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command, Decision,
        fixtures::{
            and, approval, at, clerk, handed_in, head, of_papers, pack_with, rejection, second_clerk, secretary,
            site_check, submitted, task, township_finance, township_return, village_closed,
        },
        record::correction::CorrectionAnswer,
    };

    fn open(history: &[Event]) -> Asked {
        let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
        state.township.last().expect("somebody is asked").asked.clone()
    }

    fn says(history: &[Event], decision: Decision, who: &Actor) -> Command {
        Command::CompleteTask { task: open(history).task, decision, by: at(17, who) }
    }

    #[test]
    fn the_clerk_is_asked_first_and_the_head_once_the_file_is_complete() {
        let history = handed_in();
        let first = open(&history);
        assert_eq!((first.step, first.post.to_string().as_str()), (Step::Completeness, "T-OPR@430921129000"));
        assert!(first.questions.is_empty());
        let too_early = Command::CompleteTask { task: task(1), decision: approval(), by: at(17, &head()) };
        given::<Application>(history.clone()).when(too_early).then_refused("NOT_FOUND");

        let second = open(&submitted());
        assert_eq!((second.step, second.task, second.round), (Step::Decision, task(1), first.round), "the same round");
        assert_eq!(second.due, first.due, "the township's days count once");
        let site = Command::RecordSiteCheck { site_check: site_check(), by: at(17, &second_clerk()) };
        let confirm = Command::ConfirmSiteCheck { by: at(17, &township_finance()) };
        let checked = and(and(submitted(), site), confirm);
        let command = says(&checked, approval(), &head());
        let (_, state) = given::<Application>(checked).when(command).then_accepted();
        assert_eq!(state.stage().map(Stage::code), Some("TOWNSHIP_NOTICE"));
    }

    #[test]
    fn a_county_that_wants_no_check_asks_the_head_at_once() {
        let pack = std::sync::Arc::new(pack_with("COMPLETENESS_CHECKS", "count = 0"));
        let by = Occasion { pack, ..at(16, &secretary()) };
        let history = and(village_closed(), Command::SubmitApplication { by });
        assert_eq!((open(&history).step, open(&history).task), (Step::Decision, task(1)));
        let site = Command::RecordSiteCheck { site_check: site_check(), by: at(17, &second_clerk()) };
        given::<Application>(history).when(site).then_accepted();
    }

    #[test]
    fn nobody_goes_to_the_site_before_the_file_is_complete() {
        let site = || Command::RecordSiteCheck { site_check: site_check(), by: at(17, &second_clerk()) };
        let refusal = given::<Application>(handed_in()).when(site()).then_refused("COMPLETENESS");
        assert_eq!(refusal.explain().rule, Some("COMPLETENESS_CHECKS"));
        given::<Application>(submitted()).when(site()).then_accepted();
    }

    #[test]
    fn an_incomplete_file_goes_back_with_its_list_and_is_looked_through_again() {
        let history = handed_in();
        let refused = says(&history, of_papers(rejection()), &clerk());
        given::<Application>(history.clone()).when(refused).then_refused("OUTCOME");
        let command = says(&history, of_papers(township_return(2)), &clerk());
        let returned = and(history, command);
        let Application::Opened(state) = Application::fold(&returned) else { panic!("it is open") };
        assert_eq!((state.stage.code(), state.returns[0].items.len()), ("RETURNED", 2));
        let answer = |item: u32| CorrectionAnswer { item: item.to_string(), text: "已补充".into() };
        let answers = vec![answer(1), answer(2)];
        let again = and(returned, Command::ResubmitApplication { answers, by: at(20, &secretary()) });
        let asked = open(&again);
        assert_eq!((asked.step, asked.round), (Step::Completeness, 2));
    }

    #[test]
    fn the_third_return_is_the_head_s_also_for_want_of_papers() {
        let mut history = handed_in();
        for day in [17, 18] {
            let command = says(&history, of_papers(township_return(1)), &clerk());
            history = and(history, command);
            let answers = vec![CorrectionAnswer { item: "1".into(), text: "已补充".into() }];
            history = and(history, Command::ResubmitApplication { answers, by: at(day, &secretary()) });
        }
        let third = says(&history, of_papers(township_return(1)), &clerk());
        given::<Application>(history).when(third).then_refused("THIRD_RETURN");
    }

    #[test]
    fn one_person_does_not_take_both_steps() {
        let both = Actor { posts: [clerk().posts, head().posts].concat(), ..clerk() };
        let history = submitted();
        let command = says(&history, approval(), &both);
        given::<Application>(history.clone()).when(command).then_refused("SOD");
        let delegate = Actor { on_behalf_of: Some(clerk().person), ..head() };
        let command = says(&history, approval(), &delegate);
        given::<Application>(history).when(command).then_refused("SOD");
    }
}
