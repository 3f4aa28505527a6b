//! Returns of the county to each step, and what is walked again before they come straight back.

use kernel::{
    Decider as _, Refusal as _,
    decision::{Answer, ReturnStep},
    testing::given,
};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    Application, Command, Content,
    fixtures::{
        and, approval, at, ballot_of, clerk, close_notice, complete, content, county_returns, forwarded, head,
        post_notice, returned_by_county_to, secretary, task, township_return, voting_again,
    },
    record::{
        correction::{CorrectionAnswer, Return},
        vote::Ballot,
    },
};

fn state(history: &[Event]) -> State {
    let Application::Opened(state) = Application::fold(history) else { panic!("it is open") };
    *state
}

fn answered(items: &[&str], on: i64) -> Command {
    let answer = |item: &&str| CorrectionAnswer { item: (*item).to_owned(), text: "已办理".into() };
    Command::ResubmitApplication { answers: items.iter().map(answer).collect(), by: at(on, &secretary()) }
}

/// The head approves what is asked now, and says what was done about these items.
fn head_agrees(history: &[Event], items: &[&str], on: i64) -> Command {
    let asked = state(history).township.last().expect("the head is asked").asked.clone();
    let mut decision = approval();
    let answer = |item: &&str| Answer {
        question: format!("return-{item}"),
        yes: false,
        text: "重新核实并补充意见".into(),
        number: None,
    };
    decision.said.answers.extend(items.iter().map(answer));
    decision.said.answers.retain(|answer| asked.questions.iter().any(|question| question.id == answer.question));
    decision.said.subject_revision = asked.content_revision;
    Command::CompleteTask { task: asked.task, decision, by: at(on, &head()) }
}

fn noticed(history: Vec<Event>, level: NoticeLevel, on: i64) -> Vec<Event> {
    let who = if level == NoticeLevel::Village { secretary() } else { clerk() };
    let posted = and(history, post_notice(level, at(on, &who)));
    and(posted, close_notice(level, at(on + 12, &who)))
}

fn stage(history: &[Event]) -> &'static str {
    state(history).stage.code()
}

#[test]
fn what_goes_to_the_township_alone_is_answered_by_its_head_and_comes_straight_back() {
    let returned = returned_by_county_to(1, 40, &[ReturnStep::TownshipReview]);
    let known = state(&returned);
    let asked = known.township.last().expect("asked").asked.clone();
    assert_eq!(
        (known.stage.code(), asked.round, asked.post.to_string().as_str()),
        ("TOWNSHIP_REVIEW", 2, "T-GOV@430921129000")
    );
    assert_eq!(asked.questions.last().map(|question| question.id.as_str()), Some("return-1"));
    // It lies with the township by the county's word: the village can neither recall nor answer it.
    let recall = Command::RecallApplication { by: at(41, &secretary()) };
    given::<Application>(returned.clone()).when(recall).then_refused("WRONG_STATE");
    given::<Application>(returned.clone()).when(answered(&["1"], 41)).then_refused("WRONG_STATE");

    given::<Application>(returned.clone()).when(head_agrees(&returned, &[], 42)).then_refused("ANSWER_MISSING");
    let agrees = head_agrees(&returned, &["1"], 42);
    let back = state(&and(returned, agrees));
    assert_eq!(back.stage, Stage::CountyReview { round: 2 });
    let last = back.returns.last().expect("a return");
    assert_eq!(last.items[0].answer.as_deref(), Some("重新核实并补充意见"));
    assert!(last.resubmitted_at.is_some() && last.changes().is_empty());
    assert_eq!((back.votes.len(), back.notices.len(), back.way_back), (1, 2, None), "nothing else was walked again");
}

#[test]
fn a_notice_that_was_named_hangs_again() {
    let returned = returned_by_county_to(1, 40, &[ReturnStep::TownshipNotice]);
    let asked = &state(&returned).township.last().expect("asked").asked.clone();
    let ids: Vec<&str> = asked.questions.iter().map(|question| question.id.as_str()).collect();
    assert_eq!(ids, ["return-1"], "only what was returned");
    let agrees = head_agrees(&returned, &["1"], 42);
    let agreed = and(returned, agrees);
    assert_eq!((stage(&agreed), state(&agreed).notice(NoticeLevel::Township)), ("TOWNSHIP_NOTICE", None));
    let back = state(&noticed(agreed, NoticeLevel::Township, 43));
    assert_eq!((&back.stage, back.notices.len()), (&Stage::CountyReview { round: 2 }, 3));

    let walks = and(returned_by_county_to(1, 40, &[ReturnStep::VillageNotice]), answered(&["1"], 42));
    assert_eq!((stage(&walks), state(&walks).notice(NoticeLevel::Village)), ("VILLAGE_NOTICE", None));
    let early = Command::SubmitApplication { by: at(43, &secretary()) };
    given::<Application>(walks.clone()).when(early).then_refused("NOTICE_SHORT");
    let hung = noticed(walks, NoticeLevel::Village, 43);
    let back = state(&and(hung, Command::SubmitApplication { by: at(56, &secretary()) }));
    assert_eq!((&back.stage, back.township.len()), (&Stage::CountyReview { round: 2 }, 2), "the township is not asked");
}

#[test]
fn a_vote_that_was_named_is_held_again_with_its_notice() {
    let voting = voting_again();
    assert_eq!((stage(&voting), state(&voting).attempt), ("DELIBERATION", 2));
    let voted = and(voting, Command::RecordVote { ballot: ballot_of(43), by: at(43, &secretary()) });
    assert_eq!((stage(&voted), state(&voted).notice(NoticeLevel::Village)), ("VILLAGE_NOTICE", None));
    let hung = noticed(voted, NoticeLevel::Village, 44);
    let back = state(&and(hung, Command::SubmitApplication { by: at(57, &secretary()) }));
    assert_eq!((&back.stage, back.votes.len()), (&Stage::CountyReview { round: 2 }, 2));
}

#[test]
fn a_vote_that_fails_ends_the_way_and_every_step_comes_again() {
    let no = Ballot { yes: 1, no: 25, abstain: 0, ..ballot_of(43) };
    let failed = and(voting_again(), Command::RecordVote { ballot: no, by: at(43, &secretary()) });
    let known = state(&failed);
    assert_eq!((known.stage.code(), known.way_back), ("DRAFT", None));
    let proposed = and(failed, Command::ProposeApplication { by: at(44, &secretary()) });
    let voted = and(proposed, Command::RecordVote { ballot: ballot_of(45), by: at(45, &secretary()) });
    let submitted =
        and(noticed(voted, NoticeLevel::Village, 46), Command::SubmitApplication { by: at(59, &secretary()) });
    assert_eq!(stage(&submitted), "TOWNSHIP_REVIEW");
    let complete = complete(submitted, 2, 59);
    let agrees = head_agrees(&complete, &[], 60);
    let agreed = and(complete, agrees);
    assert_eq!((stage(&agreed), state(&agreed).notice(NoticeLevel::Township)), ("TOWNSHIP_NOTICE", None));
}

#[test]
fn several_steps_are_walked_in_their_order() {
    let named = [ReturnStep::TownshipNotice, ReturnStep::Application, ReturnStep::TownshipReview];
    let returned = returned_by_county_to(1, 40, &named);
    assert_eq!(stage(&returned), "RETURNED", "the village comes first");
    let refusal = given::<Application>(returned.clone()).when(answered(&["1", "2"], 41)).then_refused("ANSWER_UNKNOWN");
    assert_eq!(refusal.explain().fields[0].field, "answers[0].item_id", "item 1 is the township's to answer");
    given::<Application>(returned.clone()).when(answered(&[], 41)).then_refused("CORRECTION_INCOMPLETE");
    let resubmitted = and(returned, answered(&["2"], 42));
    assert_eq!(stage(&resubmitted), "TOWNSHIP_REVIEW");

    // On its way the township may return it, too, and it still comes back to the county.
    let asked = state(&resubmitted).township.last().expect("asked").asked.clone();
    let again =
        and(resubmitted, Command::CompleteTask { task: asked.task, decision: township_return(1), by: at(43, &head()) });
    let checked = complete(and(again, answered(&["1"], 44)), 2, 44);
    assert_ne!(asked.task, task(1));
    let agrees = head_agrees(&checked, &["1", "3"], 45);
    let agreed = and(checked, agrees);
    assert_eq!(stage(&agreed), "TOWNSHIP_NOTICE");
    let back = state(&noticed(agreed, NoticeLevel::Township, 46));
    assert_eq!(back.stage, Stage::CountyReview { round: 2 });
    assert!(back.returns[0].items.iter().all(|item| item.answer.is_some()), "every item is answered");
}

#[test]
fn a_change_of_substance_walks_every_step_again() {
    let named = [ReturnStep::Application, ReturnStep::TownshipReview];
    let moved = Content { place: "村部西侧".into(), ..content() };
    let returned = returned_by_county_to(1, 40, &named);
    let updated = and(returned, Command::UpdateApplication { content: moved, by: at(41, &secretary()) });
    let walks = and(updated, answered(&["1"], 42));
    assert_eq!((stage(&walks), state(&walks).way_back), ("VILLAGE_NOTICE", None));
}

#[test]
fn the_same_return_is_heard_once_whatever_it_names() {
    let named = [ReturnStep::TownshipReview];
    let returned = returned_by_county_to(1, 40, &named);
    given::<Application>(returned.clone()).when(county_returns(1, 41, &named)).then([]);
    given::<Application>(returned)
        .when(county_returns(1, 41, &[ReturnStep::VillageVote]))
        .then_refused("ALREADY_DECIDED");
}

proptest! {
    /// Whatever the county names, and whatever is done then: nothing comes back to it before every named step was walked.
    #[test]
    fn nothing_comes_back_before_the_named_steps_are_walked(
        named in proptest::sample::subsequence(ReturnStep::BELOW_COUNTY.to_vec(), 1..=5),
        choices in proptest::collection::vec(0..8_usize, 1..40),
    ) {
        let mut history = returned_by_county_to(1, 40, &named);
        let begun = state(&history);
        let mut now = 41;
        for choice in choices {
            now += 1;
            let known = state(&history);
            let items = known.last_of_county().into_iter().flat_map(|last| &last.items);
            let open: Vec<&str> = items.filter(|item| item.is_open_at_township()).map(|item| item.id.as_str()).collect();
            let items = known.returns.last().into_iter().flat_map(Return::of_village);
            let villages: Vec<&str> = items.map(|item| item.id.as_str()).collect();
            let command = match choice {
                0 => answered(&villages, now),
                1 => head_agrees(&history, &open, now),
                2 => Command::RecordVote { ballot: ballot_of(now), by: at(now, &secretary()) },
                3 => post_notice(NoticeLevel::Village, at(now, &secretary())),
                4 => { now += 11; close_notice(NoticeLevel::Village, at(now, &secretary())) }
                5 => post_notice(NoticeLevel::Township, at(now, &clerk())),
                6 => { now += 11; close_notice(NoticeLevel::Township, at(now, &clerk())) }
                _ => Command::SubmitApplication { by: at(now, &secretary()) },
            };
            let Ok(events) = Application::fold(&history).decide(command) else { continue };
            history.extend(events);
            let known = state(&history);
            if known.stage != (Stage::CountyReview { round: 2 }) {
                continue;
            }
            let posted = |level| known.notices.iter().filter(|notice| notice.level == level).count();
            let before = |level| begun.notices.iter().filter(|notice| notice.level == level).count();
            let has = |step| named.contains(&step);
            prop_assert!(known.returns[0].items.iter().all(|item| item.answer.is_some()));
            prop_assert_eq!(known.votes.len() > begun.votes.len(), has(ReturnStep::VillageVote));
            let village = has(ReturnStep::VillageVote) || has(ReturnStep::VillageNotice);
            prop_assert_eq!(posted(NoticeLevel::Village) > before(NoticeLevel::Village), village);
            prop_assert_eq!(posted(NoticeLevel::Township) > before(NoticeLevel::Township), has(ReturnStep::TownshipNotice));
            let township = has(ReturnStep::TownshipNotice) || has(ReturnStep::TownshipReview);
            prop_assert_eq!(known.township.iter().filter(|round| round.record.is_some()).count() > 2, township);
            break;
        }
    }
}

#[test]
fn every_way_back_ends_at_the_county() {
    for named in ReturnStep::BELOW_COUNTY {
        let mut history = returned_by_county_to(1, 40, &[*named]);
        for round in 0..10 {
            let on = 42 + round * 14;
            history = match state(&history).stage {
                Stage::Returned => and(history, answered(&["1"], on)),
                Stage::Deliberation => {
                    and(history, Command::RecordVote { ballot: ballot_of(on), by: at(on, &secretary()) })
                }
                Stage::VillageNotice => {
                    let hung = noticed(history, NoticeLevel::Village, on);
                    and(hung, Command::SubmitApplication { by: at(on + 13, &secretary()) })
                }
                Stage::TownshipReview => {
                    let agrees = head_agrees(&history, &["1"], on);
                    and(history, agrees)
                }
                Stage::TownshipNotice => noticed(history, NoticeLevel::Township, on),
                _ => break,
            };
        }
        assert_eq!(state(&history).stage, Stage::CountyReview { round: 2 }, "{named:?}");
        assert!(history.len() > forwarded().len());
    }
}
