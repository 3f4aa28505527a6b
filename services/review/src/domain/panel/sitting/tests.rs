//! The panel as stories: what calls it, who is drawn, what it finds, and how seats are filled again.

use kernel::{
    Actor, Fen, PersonId,
    decision::{Decision, NoMeans, Outcome},
};
use time::Duration;

use super::*;
use crate::domain::{
    Command, Escalate, Forwarded, Panel, Stage, TaskKind,
    panel::draw::draw,
    record::{Bar, Trigger},
    story::{
        NOW, SEED, Story, answering, costly, decision, departments, forward, forwarded, pack, person, saying,
        the_leading_group,
    },
};

fn called() -> Story {
    Story::default().with(costly(1)).all_say(Outcome::Approve)
}

fn convened() -> Story {
    called().decided(&the_leading_group(), Outcome::Approve)
}

fn panel(story: &Story) -> Panel {
    story.state().panel.expect("one was called")
}

fn experts(story: &Story) -> Vec<Asked> {
    let state = story.state();
    let asked = state.awaited().map(|opinion| opinion.asked.clone());
    asked.filter(|asked| asked.task_kind == TaskKind::ExpertReview).collect()
}

fn recusing(asked: &Asked) -> Command {
    let mut declared = decision(asked, Outcome::Approve);
    let answer = declared.answers.iter_mut().find(|answer| answer.question == NO_INTEREST).expect("asked");
    (answer.yes, answer.text) = (false, "与经营主体负责人有亲属关系".into());
    saying(asked, declared)
}

fn of_subject(change: fn(&mut crate::domain::Subject)) -> Command {
    let mut first = forwarded(1);
    change(&mut first.referral.subject);
    Command::OpenCase(first)
}

#[test]
fn four_million_or_a_costly_market_entity_call_for_experts_and_less_does_not() {
    let after = |command| Story::default().with(command).all_say(Outcome::Approve);
    assert_eq!(panel(&after(costly(1))).triggers, [Trigger::Amount]);
    let entrusted = after(of_subject(|subject| {
        subject.sub_type = "ENTRUSTED".into();
        subject.total = Fen::new(30_000_000);
    }));
    assert_eq!(panel(&entrusted).triggers, [Trigger::DueDiligence]);
    let small = after(of_subject(|subject| {
        subject.sub_type = "ENTRUSTED".into();
        subject.total = Fen::new(29_999_999);
    }));
    let cheap = after(of_subject(|subject| subject.total = Fen::new(399_999_999)));
    for story in [small, cheap] {
        assert_eq!((story.stage(), story.state().panel), (Stage::LeadingGroup, None));
    }
}

#[test]
fn departments_that_contradict_each_other_call_for_experts() {
    let posts = departments();
    let office = Story::opened().decided(&posts[0], Outcome::Reject).all_say(Outcome::Approve);
    let again = office.decided(&the_leading_group(), Outcome::Return).with(forward(2));
    let agreed = again.all_say(Outcome::Approve);
    assert_eq!((agreed.stage(), panel(&agreed).triggers), (Stage::ExpertReview, vec![Trigger::Disagreement]));
}

#[test]
fn a_no_to_a_question_that_calls_for_experts_flags_the_project() {
    let doubting = |opened: Story, question: &str| {
        let post =
            departments().into_iter().find(|post| opened.task(post).questions.iter().any(|asked| asked.id == question));
        let task = opened.task(&post.expect("somebody is asked"));
        let mut doubtful = decision(&task, Outcome::Approve);
        let answer = doubtful.answers.iter_mut().find(|answer| answer.question == question).expect("asked");
        (answer.yes, answer.text) = (false, "存在疑问,建议论证".into());
        opened.with(saying(&task, doubtful)).all_say(Outcome::Approve)
    };
    let triggers = |question| panel(&doubting(Story::opened(), question)).triggers;
    assert_eq!(triggers("rrb.fit"), [Trigger::Policy]);
    assert_eq!(triggers("sector.science"), [Trigger::Technical]);
    assert_eq!(doubting(Story::opened(), "rrb.counts").stage(), Stage::LeadingGroup, "a note is noted");
    let mut legal = pack().as_ref().clone();
    for question in
        legal.categories.iter_mut().flat_map(|category| &mut category.reviews).flat_map(|of| &mut of.questions)
    {
        question.no = if question.id == "rrb.counts" { NoMeans::ExpertLegal } else { question.no };
    }
    let opened = Story::default().with(Command::OpenCase(Forwarded { pack: legal.into(), ..forwarded(1) }));
    assert_eq!(panel(&doubting(opened, "rrb.counts")).triggers, [Trigger::Legal]);

    // What was asked before the pack told the matters apart.
    let mut before = Story::opened();
    let Event::CaseOpened { asked, .. } = &mut before.events[0] else { panic!("it opens") };
    for question in asked.iter_mut().flat_map(|asked| &mut asked.questions) {
        (question.expert, question.no) = (question.id == "rrb.fit", NoMeans::Note);
    }
    assert_eq!(panel(&doubting(before.clone(), "rrb.fit")).triggers, [Trigger::Flagged]);
    assert_eq!(doubting(before, "fin.guarantee").stage(), Stage::LeadingGroup, "it only noted");
}

#[test]
fn a_panel_is_odd_and_large_enough() {
    let (story, group) = (called(), the_leading_group());
    let sized = |size| {
        let mut decision = decision(&story.task(&group), Outcome::Approve);
        decision.answers[0].number = Some(size);
        story.when(saying(&story.task(&group), decision))
    };
    sized(-5).then_refused("ANSWER_NUMBER");
    for size in [0, 3, 4, 6] {
        let refusal = sized(size).then_refused("PANEL_INVALID");
        assert_eq!(kernel::Refusal::explain(&refusal).limit.as_deref(), Some("5"));
    }
    let refusal = sized(11).then_refused("PANEL_INVALID");
    assert_eq!(kernel::Refusal::explain(&refusal).actual.as_deref(), Some("9"), "the register has nine");
    sized(9).then_accepted();
}

#[test]
fn the_draw_is_on_record_and_can_be_drawn_again() {
    let story = convened();
    let panel = panel(&story);
    let drawn = &panel.draws[0];
    assert_eq!((drawn.seed, drawn.drawn.len(), panel.size), (SEED, 5, 5));
    assert_eq!(drawn.drawn, draw(SEED, &drawn.candidates, 5));
    assert_eq!(panel.members, drawn.drawn);
    let asked = experts(&story);
    assert_eq!(asked.iter().filter_map(|asked| asked.assignee.clone()).collect::<Vec<_>>(), drawn.drawn);
    // Each task is for one of them alone.
    let excluded = story.state().excluded_from(&asked[0]);
    assert!(!excluded.contains(&drawn.drawn[0]) && drawn.drawn[1..].iter().all(|other| excluded.contains(other)));
    let stranger = person(&drawn.drawn[1].0, &asked[0].post);
    let Command::CompleteTask(own) = answering(&asked[0], Outcome::Approve) else { panic!("a completion") };
    story.when(Command::CompleteTask(Complete { actor: stranger, ..own.clone() })).then_refused("SCOPE");
    let stand_in = Actor { on_behalf_of: own.actor.person.clone().into(), ..person("other", &asked[0].post) };
    story.when(Command::CompleteTask(Complete { actor: stand_in, ..own })).then_refused("SCOPE");
}

#[test]
fn who_has_an_interest_or_another_duty_is_not_drawn() {
    let mut interested = pack().as_ref().clone();
    let ids: Vec<PersonId> = interested.experts().iter().map(|(person, _)| person.id.clone()).collect();
    let interests = ["430921105201-COL", "430921105000", "股份经济合作社", "430921000000-AGR"];
    for (id, interest) in ids.iter().zip(interests) {
        let person = interested.persons.iter_mut().find(|person| person.id == *id).expect("known");
        person.interests = vec![interest.into()];
    }
    let Command::OpenCase(mut first) = costly(1) else { panic!("an opening") };
    first.acts.record_person(&ids[8], kernel::Duty::Applicant);
    let story = Story::default().with(Command::OpenCase(first)).all_say(Outcome::Approve);
    let Command::CompleteTask(convene) = story.completing(&the_leading_group(), Outcome::Approve) else {
        panic!("a completion")
    };
    let story = story.with(Command::CompleteTask(Complete { pack: interested.into(), ..convene }));
    let drawn = panel(&story).draws.remove(0);
    let barred: Vec<_> = drawn.barred.iter().map(|barred| (barred.person.clone(), barred.bar)).collect();
    let expected = [(0, Bar::Interest), (1, Bar::Interest), (2, Bar::Interest), (8, Bar::Duty)];
    assert_eq!(barred, expected.map(|(nth, bar)| (ids[nth].clone(), bar)));
    assert_eq!(drawn.candidates, ids[3..8]);
}

#[test]
fn two_thirds_pass_it_and_the_report_is_signed() {
    use Outcome::{Approve, Reject};
    let story = convened();
    let waiting = story.experts_say(&[Approve, Approve, Approve, Approve]);
    assert_eq!(waiting.stage(), Stage::ExpertReview);
    let passed = waiting.experts_say(&[Reject]);
    assert_eq!(passed.stage(), Stage::LeadingGroup);
    let report = panel(&passed).reports.remove(0);
    assert_eq!((report.verdict, report.positive, report.signatures.len()), (Verdict::Passed, 4, 5));
    assert_eq!((report.report_sha256.len(), report.content_sha256), (64, passed.state().referral.whole()));
    // Who judged as an expert may not decide for the county.
    let (group, expert) = (the_leading_group(), report.signatures[0].person.clone());
    let both = Actor { posts: vec![group.clone()], ..person(&expert.0, &group) };
    let yes = decision(&passed.task(&group), Approve);
    passed.when(passed.completing_with(&group, yes, both)).then_refused("SOD");
}

#[test]
fn a_panel_that_fails_it_leaves_the_office_no_yes() {
    use Outcome::{Approve, Reject};
    let failed = convened().experts_say(&[Reject, Approve, Approve, Approve, Reject]);
    assert_eq!(failed.stage(), Stage::OfficeDecision);
    failed.when(failed.completing(&the_leading_group(), Approve)).then_refused("OUTCOME");
    // Returned and corrected, it comes before the same panel again.
    let returned = failed.decided(&the_leading_group(), Outcome::Return);
    let again = returned.with(costly(2));
    assert_eq!((again.stage(), experts(&again).len()), (Stage::ExpertReview, 2), "whoever agreed to just this stays");
    assert_eq!(again.experts_say(&[Approve, Approve]).stage(), Stage::LeadingGroup);
}

#[test]
fn changes_go_back_as_one_list_and_the_whole_panel_sees_what_was_changed() {
    use Outcome::{Approve, Return};
    let returned = convened().experts_say(&[Return, Approve, Return, Approve, Approve]);
    assert_eq!((returned.stage(), returned.state().returned.len()), (Stage::Returned, 2));
    let Command::ReopenCase(mut second) = costly(2) else { panic!("another round") };
    second.referral.sections.insert("schedule".into(), "corrected".into());
    let again = returned.with(Command::ReopenCase(second));
    let departments_first = again.all_say_of(TaskKind::DepartmentReview, Approve);
    assert_eq!(departments_first.stage(), Stage::ExpertReview);
    let asked = experts(&departments_first);
    assert_eq!((asked.len(), asked[0].round), (5, 2));
    let passed = departments_first.experts_say(&[Approve; 5]);
    assert_eq!((passed.stage(), panel(&passed).draws.len()), (Stage::LeadingGroup, 1), "nobody is drawn again");
}

#[test]
fn a_recused_seat_is_drawn_again_and_counts_for_nothing() {
    let story = convened();
    let leaving = experts(&story).remove(0);
    let filled = story.with(recusing(&leaving));
    let panel = panel(&filled);
    assert_eq!((panel.members.len(), panel.draws.len(), panel.draws[1].drawn.len()), (5, 2, 1));
    assert_eq!(Some(&panel.left[0]), leaving.assignee.as_ref());
    assert!(!panel.members.contains(&panel.left[0]));
    filled.when(answering(&leaving, Outcome::Approve)).then_refused("ALREADY_DECIDED");
    // A recusal is no duty.
    let held = filled.state().duties.0.iter().any(|act| act.person == panel.left[0]);
    assert!(!held);
    assert_eq!(filled.experts_say(&[Outcome::Approve; 5]).stage(), Stage::LeadingGroup);
}

#[test]
fn a_register_that_is_used_up_comes_back_to_the_office() {
    let mut story = convened();
    for _ in 0..4 {
        let leaving = experts(&story).remove(0);
        story = story.with(recusing(&leaving));
    }
    let leaving = experts(&story).remove(0);
    let short = story.with(recusing(&leaving));
    assert_eq!((panel(&short).members.len(), experts(&short).len()), (4, 4));
    let group = the_leading_group();
    short.when(short.completing(&group, Outcome::Approve)).then_refused("PANEL_INVALID");
    let spoken = short.experts_say(&[Outcome::Approve; 4]);
    assert_eq!(spoken.stage(), Stage::ExpertReview, "four are no panel of five");
    let mut larger = pack().as_ref().clone();
    let mut newcomer = larger.experts()[0].0.clone();
    newcomer.id = PersonId("newcomer".into());
    larger.persons.push(newcomer);
    let Command::CompleteTask(convene) = spoken.completing(&group, Outcome::Approve) else { panic!("a completion") };
    let filled = spoken.with(Command::CompleteTask(Complete { pack: larger.into(), ..convene }));
    assert_eq!(panel(&filled).members.last(), Some(&PersonId("newcomer".into())));
    assert_eq!(filled.experts_say(&[Outcome::Approve]).stage(), Stage::LeadingGroup);
}

#[test]
fn experts_who_are_late_are_replaced_only_when_the_office_says_so() {
    let story = convened().experts_say(&[Outcome::Approve; 3]);
    let due = experts(&story)[0].due.at;
    let late = story.with(Command::EscalateOverdue(Escalate { pack: pack(), at: due + Duration::days(1) }));
    let group = the_leading_group();
    let asked = late.task(&group);
    assert_eq!((asked.task_kind, asked.questions.len()), (TaskKind::OverdueSupervision, 1));
    let kept = Decision { answers: vec![no(&asked)], ..decision(&asked, Outcome::Approve) };
    assert_eq!(panel(&late.clone().with(saying(&asked, kept))).left.len(), 0);
    let replaced = late.decided(&group, Outcome::Approve);
    assert_eq!((panel(&replaced).left.len(), panel(&replaced).members.len()), (2, 5));
    assert_eq!(replaced.experts_say(&[Outcome::Approve; 2]).stage(), Stage::LeadingGroup);
}

fn no(asked: &Asked) -> kernel::decision::Answer {
    let mut answer = decision(asked, Outcome::Approve).answers.remove(0);
    (answer.yes, answer.text) = (false, "专家已来电,次日出具".into());
    answer
}

#[test]
fn what_a_case_looked_like_before_there_were_panels_is_as_it_was() {
    let story = Story::opened().all_say(Outcome::Approve);
    assert_eq!(
        (story.stage(), story.state().panel, NOW < story.task(&the_leading_group()).due.at),
        (Stage::LeadingGroup, None, true)
    );
}
