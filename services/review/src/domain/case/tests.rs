//! The case as stories: each rule and refusal, every stage against every command, and what holds in any order.

mod order;

use std::sync::Arc;

use kernel::{
    Actor, Decider as _, Pack, PersonId, Post, Refusal as _, TaskId,
    decision::{Decision, Outcome},
};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    Complete, Escalate, Forwarded, Opinion, Stage, TaskKind, members,
    next_actions::{next_actions, open_tasks},
    story::{
        NOW, PROJECT, Story, answering, decision, departments, forward, forwarded, holder, pack, person, resume,
        stages, suspend, the_leading_group, withdraw,
    },
};

fn asked_posts(state: &State) -> Vec<Post> {
    state.awaited().map(|opinion| opinion.asked.post.clone()).collect()
}

#[test]
fn the_first_forwarding_asks_every_department_of_the_category() {
    let state = Story::opened().state();
    assert_eq!(asked_posts(&state), departments());
    assert!(departments().len() >= 3, "revitalization, finance and at least one sector department");
    for Opinion { asked, decision, .. } in &state.opinions {
        assert!(decision.is_none() && !asked.questions.is_empty());
        assert_eq!((asked.round, asked.content_revision), (1, 10));
        assert_eq!(asked.due, pack().calendar.due_after(NOW, 10).expect("2022 is known"));
    }
}

#[test]
fn a_replay_names_the_same_tasks() {
    let tasks = |story: Story| story.state().opinions.iter().map(|opinion| opinion.asked.task).collect::<Vec<_>>();
    assert_eq!(tasks(Story::opened()), tasks(Story::opened()));
}

#[test]
fn what_was_forwarded_before_changes_nothing() {
    Story::opened().when(forward(1)).then([]);
    let round_2 = Story::opened().all_say(Outcome::Return).with(forward(2));
    round_2.when(forward(1)).then([]);
    round_2.when(forward(2)).then([]);
}

#[test]
fn a_round_waits_for_the_one_before() {
    Story::default().when(forward(2)).then_refused("TOO_EARLY");
    Story::opened().when(forward(2)).then_refused("TOO_EARLY");
    let returned = Story::opened().all_say(Outcome::Return);
    let refusal = returned.when(forward(3)).then_refused("TOO_EARLY");
    assert_eq!(refusal.kind(), kernel::Kind::TooEarly);
}

#[test]
fn all_agree_and_the_leading_group_approves() {
    let story = Story::opened().all_say(Outcome::Approve);
    assert_eq!(asked_posts(&story.state()), [the_leading_group()]);
    let story = story.decided(&the_leading_group(), Outcome::Approve);
    let Stage::Approved(resolution) = story.stage() else { panic!("not approved") };
    assert_eq!((resolution.number.as_str(), resolution.attendance), ("南振组〔2022〕3号", everyone()));
    assert_eq!(story.state().awaited().count(), 0);
}

#[test]
fn a_return_waits_for_all_and_is_one_merged_list() {
    let posts = departments();
    let (last, others) = posts.split_last().expect("departments");
    let waiting = others.iter().fold(Story::opened(), |story, post| story.decided(post, Outcome::Return));
    assert_eq!(waiting.stage(), Stage::Departments);
    let returned = waiting.decided(last, Outcome::Approve);
    assert_eq!(returned.stage(), Stage::Returned);
    let asked_by: Vec<Post> = returned.state().returned.into_iter().map(|item| item.asked_by).collect();
    assert_eq!(asked_by, others);
}

#[test]
fn after_correction_only_those_who_did_not_agree_are_asked() {
    let posts = departments();
    let returned = Story::opened().decided(&posts[0], Outcome::Return).all_say(Outcome::Approve);
    let round_2 = returned.with(forward(2));
    assert_eq!(asked_posts(&round_2.state()), [posts[0].clone()]);
    let asked = round_2.task(&posts[0]);
    assert_eq!((asked.round, asked.content_revision), (2, 20));
    assert_eq!(round_2.decided(&posts[0], Outcome::Approve).stage(), Stage::LeadingGroup);
}

#[test]
fn after_correction_those_are_asked_again_whose_sections_changed() {
    let posts = departments();
    let returned = Story::opened().decided(&posts[0], Outcome::Return).all_say(Outcome::Approve);
    let mut second = forwarded(2);
    second.referral.sections.insert("land_note".into(), "corrected".into());
    let again = returned.with(Command::ReopenCase(second.clone()));
    let judges_land = |post: &&Post| {
        let pack = pack();
        let category = pack.category("INDUSTRY").expect("known");
        let mut reviews =
            category.reviews.iter().chain(pack.content_reviews.iter().map(|by_content| &by_content.review));
        reviews.any(|review| review.post == **post && review.sections.iter().any(|section| section == "land_note"))
    };
    let expected: Vec<Post> = posts
        .iter()
        .enumerate()
        .filter(|(nth, post)| *nth == 0 || judges_land(post))
        .map(|(_, post)| post.clone())
        .collect();
    assert!(expected.len() > 1 && expected.len() < posts.len());
    assert_eq!(asked_posts(&again.state()), expected);
    // Who is asked again counts with the new opinion only, and the old one stays in the record.
    let done = again.clone().all_say(Outcome::Approve);
    assert_eq!((done.stage(), done.state().standing().count()), (Stage::LeadingGroup, posts.len()));
    assert_eq!(done.state().opinions.len(), posts.len() + expected.len() + 1);

    second.referral.round = 3;
    second.referral.sections.insert("other".into(), "changed".into());
    let everyone = again.all_say(Outcome::Return).with(Command::ReopenCase(second));
    assert_eq!(asked_posts(&everyone.state()), posts, "what has no section of its own concerns everyone");
}

#[test]
fn the_opinion_of_a_department_that_judges_no_more_lapses() {
    let posts = departments();
    let returned = Story::opened().decided(&posts[0], Outcome::Return).all_say(Outcome::Approve);
    let mut smaller = Pack::clone(&pack());
    for category in &mut smaller.categories {
        category.reviews.retain(|review| review.post != posts[0]);
    }
    smaller.content_reviews.retain(|by_content| by_content.review.post != posts[0]);
    let again = returned.with(Command::ReopenCase(Forwarded { pack: Arc::new(smaller), ..forwarded(2) }));
    assert_eq!(again.stage(), Stage::LeadingGroup);
}

#[test]
fn the_leading_group_s_own_return_comes_back_to_it_alone() {
    let group = the_leading_group();
    let returned = Story::opened().all_say(Outcome::Approve).decided(&group, Outcome::Return);
    assert_eq!(returned.state().returned[0].asked_by, group);
    let again = returned.with(forward(2));
    assert_eq!(again.stage(), Stage::LeadingGroup);
    assert_eq!(asked_posts(&again.state()), std::slice::from_ref(&group));
    assert_eq!(again.decided(&group, Outcome::Reject).stage(), Stage::Rejected);
}

#[test]
fn after_a_rejection_the_office_rejects_or_returns_but_never_approves() {
    let (posts, office) = (departments(), the_leading_group());
    let story = Story::opened()
        .decided(&posts[0], Outcome::Reject)
        .decided(&posts[1], Outcome::Return)
        .all_say(Outcome::Approve);
    assert_eq!(story.stage(), Stage::OfficeDecision);
    assert_eq!(story.task(&office).due, pack().calendar.due_after(NOW, 3).expect("2022 is known"));
    story.when(story.completing(&office, Outcome::Approve)).then_refused("OUTCOME");
    assert_eq!(story.clone().decided(&office, Outcome::Reject).stage(), Stage::Rejected);
    let returned = story.decided(&office, Outcome::Return);
    let asked_by: Vec<Post> = returned.state().returned.into_iter().map(|item| item.asked_by).collect();
    assert_eq!(asked_by, [posts[1].clone(), office]);
    assert_eq!(asked_posts(&returned.with(forward(2)).state()), posts[..2]);
}

#[test]
fn an_approval_without_a_resolution_is_refused() {
    let group = the_leading_group();
    let story = Story::opened().all_say(Outcome::Approve);
    let with = |change: fn(&mut Decision)| {
        let mut decision = decision(&story.task(&group), Outcome::Approve);
        change(&mut decision);
        story.when(story.completing_with(&group, decision, holder(&group)))
    };
    with(|decision| decision.answers.clear()).then_refused("NO_RESOLUTION");
    with(|decision| decision.answers[0].text.clear()).then_refused("NO_RESOLUTION");
    with(|decision| decision.answers[1].text = "2022-03-02".into()).then_refused("BAD_DATE");
    with(|decision| decision.answers[2].text = "某某".into()).then_refused("ATTENDANCE");
    // A no needs no resolution.
    story.decided(&group, Outcome::Reject);
}

fn everyone() -> i64 {
    i64::try_from(members::of(&pack()).len()).expect("few")
}

/// The decision of a single task, by these members of a group of so many.
fn group_decides(outcome: Outcome, group: usize, came: &[usize], busy: &[usize]) -> String {
    let mut forwarded = forwarded(1);
    for nth in busy {
        forwarded.acts.record_person(&PersonId(format!("member-{nth}")), kernel::Duty::TownshipReviewer);
    }
    let story = Story::default().with(Command::OpenCase(forwarded)).all_say(Outcome::Approve);
    let asked = story.task(&the_leading_group());
    let mut decision = decision(&asked, outcome);
    if let Some(answer) = decision.answers.iter_mut().find(|answer| answer.question == "present") {
        answer.text = came.iter().map(|nth| format!("成员{nth}")).collect::<Vec<_>>().join("、");
    }
    let Command::CompleteTask(complete) =
        story.completing_with(&the_leading_group(), decision, holder(&the_leading_group()))
    else {
        panic!("a completion")
    };
    story.answer(Command::CompleteTask(Complete { pack: Arc::new(crate::domain::story::group_of(group)), ..complete }))
}

#[test]
fn c11_a_single_task_meets_the_quorum_of_a_meeting() {
    for outcome in [Outcome::Approve, Outcome::Reject] {
        assert_eq!(group_decides(outcome, 5, &[1], &[]), "QUORUM", "{outcome:?}");
        assert_eq!(group_decides(outcome, 5, &[1, 2, 3], &[]), "2 facts", "{outcome:?}");
        // Who has another duty here counts neither as due nor as present.
        assert_eq!(group_decides(outcome, 5, &[1, 2, 3], &[3]), "QUORUM", "{outcome:?}: 2 of 4");
        assert_eq!(group_decides(outcome, 5, &[1, 2], &[3, 4]), "2 facts", "{outcome:?}: 2 of 3");
        assert_eq!(group_decides(outcome, 5, &[1, 1, 1], &[]), "ATTENDANCE", "{outcome:?}");
        assert_eq!(group_decides(outcome, 5, &[7, 8, 9], &[]), "ATTENDANCE", "{outcome:?}");
    }
}

#[test]
fn who_may_give_an_opinion() {
    let (story, posts) = (Story::opened(), departments());
    let good = decision(&story.task(&posts[0]), Outcome::Approve);
    let by = |actor: Actor| story.when(story.completing_with(&posts[0], good.clone(), actor));
    by(holder(&posts[1])).then_refused("SCOPE");
    by(person("applicant", &posts[0])).then_refused("SOD");
    by(person("township", &posts[0])).then_refused("SOD");
    let delegate = Actor { on_behalf_of: Some(PersonId("applicant".into())), ..holder(&posts[0]) };
    by(delegate).then_refused("SOD");
}

#[test]
fn one_person_may_not_speak_for_two_departments() {
    let posts = departments();
    let both = Actor { posts: posts.clone(), ..holder(&posts[0]) };
    let story = Story::opened().decided(&posts[0], Outcome::Approve);
    let second = decision(&story.task(&posts[1]), Outcome::Approve);
    let refusal = story.when(story.completing_with(&posts[1], second.clone(), both.clone())).then_refused("SOD");
    assert_eq!(refusal.kind(), kernel::Kind::Forbidden);
    let stand_in = Actor { on_behalf_of: Some(both.person.clone()), ..holder(&posts[1]) };
    story.when(story.completing_with(&posts[1], second, stand_in)).then_refused("SOD");
    // An opinion that stands from an earlier round counts, too, and the task is not even offered.
    let round_2 = story.all_say(Outcome::Return).with(forward(2));
    let asked = round_2.task(&posts[1]);
    assert!(round_2.state().excluded_from(&asked).contains(&both.person));
    let again = decision(&asked, Outcome::Approve);
    round_2.when(round_2.completing_with(&posts[1], again, both)).then_refused("SOD");
}

#[test]
fn who_judged_for_a_department_may_not_decide_for_the_county() {
    let (post, group) = (departments().remove(0), the_leading_group());
    let story = Story::opened().all_say(Outcome::Approve);
    let both = Actor { posts: vec![post.clone(), group.clone()], ..holder(&post) };
    let yes = decision(&story.task(&group), Outcome::Approve);
    story.when(story.completing_with(&group, yes, both.clone())).then_refused("SOD");
    assert!(next_actions(&open_tasks(&story.state()), &both, &pack().exclusions).is_empty(), "it is not even offered");
}

#[test]
fn an_opinion_is_given_once_on_the_revision_that_was_asked() {
    let (story, post) = (Story::opened(), departments().remove(0));
    let mut old = decision(&story.task(&post), Outcome::Approve);
    old.subject_revision -= 1;
    let refusal = story.when(story.completing_with(&post, old, holder(&post))).then_refused("STALE_VERSION");
    assert_eq!(refusal.kind(), kernel::Kind::Stale);
    let given = story.decided(&post, Outcome::Approve);
    given.when(given.completing(&post, Outcome::Approve)).then_refused("ALREADY_DECIDED");
    given.when(given.completing(&post, Outcome::Reject)).then_refused("ALREADY_DECIDED");
}

#[test]
fn a_task_that_was_never_raised_is_not_found() {
    let (story, post) = (Story::opened(), departments().remove(0));
    let Command::CompleteTask(known) = story.completing(&post, Outcome::Approve) else { panic!("a completion") };
    let unknown = Complete { task: TaskId(uuid::Uuid::from_u128(7)), ..known.clone() };
    story.when(Command::CompleteTask(unknown)).then_refused("NOT_FOUND");
    let other_kind = Complete { task_kind: TaskKind::LeadingGroupDecision, ..known.clone() };
    story.when(Command::CompleteTask(other_kind)).then_refused("NOT_FOUND");
    Story::default().when(Command::CompleteTask(known)).then_refused("NOT_FOUND");
}

#[test]
fn what_the_pack_does_not_know_is_refused() {
    let with = |change: fn(&mut Forwarded)| {
        let mut first = forwarded(1);
        change(&mut first);
        Story::default().when(Command::OpenCase(first))
    };
    with(|first| first.referral.subject.category = "NONE".into()).then_refused("NO_DEPARTMENTS");
    with(|first| first.referral.subject.fiscal_year = 1999).then_refused("NO_RULES");
    with(|first| first.at = time::macros::datetime!(1999-01-04 09:00 +8)).then_refused("NO_CALENDAR");
}

/// Every stage against every command: how many facts follow, or the code of the refusal.
#[test]
fn every_stage_against_every_command() {
    let post = departments().remove(0);
    let (open, over) = (["1 facts", "1 facts", "TOO_EARLY"], ["0 facts", "0 facts", "0 facts"]);
    let expected = [
        // stage, first forwarding again, this round again, next round, a closed task, the open task, too late; then
        // withdrawn, suspended, resumed
        ("DEPARTMENTS", ["0 facts", "0 facts", "TOO_EARLY", "-", "1 facts", "7 facts"], open),
        ("OFFICE_DECISION", ["0 facts", "0 facts", "TOO_EARLY", "ALREADY_DECIDED", "2 facts", "1 facts"], open),
        ("EXPERT_REVIEW", ["0 facts", "0 facts", "TOO_EARLY", "ALREADY_DECIDED", "1 facts", "6 facts"], open),
        ("LEADING_GROUP", ["0 facts", "0 facts", "TOO_EARLY", "ALREADY_DECIDED", "2 facts", "1 facts"], open),
        ("RETURNED", ["0 facts", "0 facts", "1 facts", "ALREADY_DECIDED", "-", "0 facts"], open),
        ("APPROVED", ["0 facts", "0 facts", "WRONG_STATE", "ALREADY_DECIDED", "-", "0 facts"], over),
        ("REJECTED", ["0 facts", "0 facts", "WRONG_STATE", "ALREADY_DECIDED", "-", "0 facts"], over),
        ("WITHDRAWN", ["0 facts", "0 facts", "0 facts", "ALREADY_DECIDED", "-", "0 facts"], over),
    ];
    assert_eq!(stages().len(), expected.len());
    for ((name, story, open), (stage, answers, of_intake)) in stages().into_iter().zip(expected) {
        assert_eq!((name, story.stage().code()), (stage, stage));
        let same_round = Command::ReopenCase(forwarded(1));
        let closed = match open {
            Some(TaskKind::DepartmentReview) => "-".to_owned(),
            Some(
                TaskKind::CountyOfficeDecision
                | TaskKind::LeadingGroupDecision
                | TaskKind::OverdueSupervision
                | TaskKind::OpinionDispensation
                | TaskKind::PanelConvening
                | TaskKind::ExpertReview,
            )
            | None => story.answer(story.completing(&post, Outcome::Return)),
        };
        let state = story.state();
        let late = state.awaited().map(|opinion| opinion.asked.due.at).max().unwrap_or(NOW) + time::Duration::days(1);
        let late = story.answer(Command::EscalateOverdue(Escalate { pack: pack(), at: late }));
        let open = state.awaited().next().map(|opinion| answering(&opinion.asked, Outcome::Reject));
        let open = open.map_or_else(|| "-".to_owned(), |command| story.answer(command));
        let found = [story.answer(forward(1)), story.answer(same_round), story.answer(forward(2)), closed, open, late];
        assert_eq!(found, answers, "{stage}");
        let of_project = [withdraw(), suspend(1), resume(1, 7)].map(|command| story.answer(command));
        assert_eq!(of_project, of_intake, "{stage}");
    }
}
