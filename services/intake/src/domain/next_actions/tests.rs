//! Every method in every state by everyone: it is offered where it is possible, and nowhere else.

use std::collections::BTreeSet;

use kernel::{Decider as _, PersonId, Refusal as _, Role, decision::ReturnStep};

use super::*;
use crate::domain::{
    Application, Command, Content, Event,
    fixtures::{
        VILLAGE, and, at, ballot, ballot_of, bureau, clerk, close_notice, complaint, content, county_approved,
        county_closed, county_closed_with, day, drafted, forwarded, handed_in, head, holder, pack, pooled, post_notice,
        proposed, resolution, resubmitted_to_county, returned_by_county, returned_by_county_to, returned_by_township,
        second_clerk, secretary, site_check, submitted, township_approved, township_rejected, township_return,
        village_closed, village_posted, voted, voting_again,
    },
    record::{
        correction::CorrectionAnswer,
        objection::{Answering, Complaint},
        pool::{Explained, LeaveReason},
        site_check::SiteCheck,
        vote::Meeting,
    },
};

const NOW: i64 = 90;

fn raise(now: i64) -> Command {
    let about = vec![secretary().person];
    let complaint = Complaint { about, ..complaint("名单不实") };
    Command::RaiseObjection { complaint, by: at(now, &holder(Role::VillageSupervision, VILLAGE, 0)) }
}

fn suspend(now: i64) -> Command {
    Command::SuspendApplication { reason: "立案核查".into(), by: at(now, &bureau()) }
}

fn histories() -> Vec<(&'static str, Vec<Event>)> {
    let deliberated =
        Command::RecordDeliberation { meeting: Meeting::Branch, ballot: ballot(), by: at(3, &secretary()) };
    let township_posted = and(township_approved(), post_notice(NoticeLevel::Township, at(20, &clerk())));
    let targetless = Content { performance_targets: Vec::new(), ..content() };
    let building = Command::HearProgress { progress: Progress::InProgress };
    let leave = Command::LeavePool { reason: LeaveReason::Policy, text: "政策调整".into(), by: at(80, &bureau()) };
    let moved = Content { place: "别处".into(), ..content() };
    let moved = Command::UpdateApplication { content: moved, by: at(5, &secretary()) };
    let withdraw =
        Command::WithdrawApplication { reason: "用地条件变化".into(), agreed: true, by: at(5, &secretary()) };
    vec![
        ("draft", drafted()),
        ("proposed", proposed()),
        ("deliberated", and(proposed(), deliberated)),
        ("voted", voted()),
        ("village posted", village_posted()),
        ("another place", and(village_posted(), moved)),
        ("village objected", and(village_posted(), raise(5))),
        ("village closed", village_closed()),
        ("handed in", handed_in()),
        ("submitted", submitted()),
        (
            "site recorded",
            and(submitted(), Command::RecordSiteCheck { site_check: site_check(), by: at(17, &second_clerk()) }),
        ),
        ("township approved", township_approved()),
        ("township posted", township_posted),
        ("township rejected", township_rejected()),
        ("returned by the township", returned_by_township(1)),
        ("forwarded", forwarded()),
        ("returned by the county", returned_by_county()),
        ("resubmitted", resubmitted_to_county()),
        ("returned to the township", returned_by_county_to(1, 25, &[ReturnStep::TownshipReview])),
        ("returned to the vote", returned_by_county_to(1, 25, &[ReturnStep::VillageVote])),
        ("voting again", voting_again()),
        ("county approved", county_approved()),
        ("county closed", county_closed()),
        ("county closed without targets", county_closed_with(targetless, resolution())),
        ("pooled", pooled()),
        ("building", and(pooled(), building)),
        ("out of the pool", and(pooled(), leave)),
        ("withdrawn", and(drafted(), withdraw)),
        ("suspended", and(submitted(), suspend(30))),
        ("suspended under a notice", and(village_posted(), suspend(30))),
    ]
}

fn actors() -> Vec<(&'static str, Actor)> {
    let mut administrator = bureau();
    administrator.person = PersonId("430921-admin".into());
    administrator.posts = vec!["ADM@430921000000-ADM".parse().expect("a post")];
    vec![
        ("secretary", secretary()),
        ("supervisor", holder(Role::VillageSupervision, VILLAGE, 0)),
        ("clerk", clerk()),
        ("second clerk", holder(Role::TownshipClerk, VILLAGE, 1)),
        ("head", head()),
        ("bureau", bureau()),
        ("discipline", holder(Role::Discipline, VILLAGE, 0)),
        // Who acts for a reviewer is no applicant.
        ("delegate", Actor { on_behalf_of: Some(head().person), ..secretary() }),
        ("administrator", administrator),
    ]
}

/// Each method with what it needs in this state, by this person.
fn methods(state: &State, who: &Actor) -> Vec<(&'static str, Command)> {
    let by = || at(NOW, who);
    let noted = match state.stage {
        Stage::CountyNotice { .. } => {
            Content { performance_targets: content().performance_targets, ..state.content.clone() }
        }
        _ => Content { land_note: "已补充".into(), ..state.content.clone() },
    };
    let level = state.stage.notice_level().unwrap_or(NoticeLevel::Village);
    let items = state.returns.last().map(|last| last.items.as_slice()).unwrap_or_default();
    let answers = items.iter().map(|item| CorrectionAnswer { item: item.id.clone(), text: "已补充".into() }).collect();
    let returned = township_return(1).said;
    let complaint = complaint("金额不实");
    let again = SiteCheck { findings: "再次核查,与申报内容一致".into(), ..site_check() };
    let open = state.open_objections().next().map_or_else(|| "1".to_owned(), |open| open.id.clone());
    let text = || "经核查,名单与会议记录一致".to_owned();
    let said = Answering { upheld: false, summary: "反映金额".into(), text: text() };
    vec![
        ("UpdateApplication", Command::UpdateApplication { content: noted, by: by() }),
        ("ProposeApplication", Command::ProposeApplication { by: by() }),
        (
            "RecordDeliberation",
            Command::RecordDeliberation { meeting: Meeting::PartyMembers, ballot: ballot_of(NOW), by: by() },
        ),
        ("RecordVote", Command::RecordVote { ballot: ballot_of(NOW), by: by() }),
        ("PostNotice", post_notice(level, by())),
        ("CloseNotice", close_notice(level, by())),
        ("SubmitApplication", Command::SubmitApplication { by: by() }),
        ("RecordSiteCheck", Command::RecordSiteCheck { site_check: again, by: by() }),
        (
            "ReturnApplication",
            Command::ReturnApplication { opinion: returned.opinion, corrections: returned.corrections, by: by() },
        ),
        ("ConfirmSiteCheck", Command::ConfirmSiteCheck { by: by() }),
        ("ResubmitApplication", Command::ResubmitApplication { answers, by: by() }),
        ("EnterPool", Command::EnterPool { likeness: Explained::default(), by: by() }),
        ("RaiseObjection", Command::RaiseObjection { complaint, by: by() }),
        ("AnswerObjection", Command::AnswerObjection { id: open, said, by: by() }),
        ("RecallApplication", Command::RecallApplication { by: by() }),
        ("WithdrawApplication", Command::WithdrawApplication { reason: "不再需要".into(), agreed: true, by: by() }),
        ("SuspendApplication", Command::SuspendApplication { reason: "群众举报".into(), by: by() }),
        ("ResumeApplication", Command::ResumeApplication { by: by() }),
        ("SetPoolPriority", Command::SetPoolPriority { priority: 3, by: by() }),
        ("RollPoolProject", Command::RollPoolProject { year: 2023, by: by() }),
        ("LeavePool", Command::LeavePool { reason: LeaveReason::NotNeeded, text: text(), by: by() }),
    ]
}

#[test]
fn what_is_possible_is_offered_and_nothing_else() {
    let mut wrong = BTreeSet::new();
    for (code, history) in histories() {
        let application = Application::fold(&history);
        let Application::Opened(state) = &application else { panic!("{code} is open") };
        for (name, who) in actors() {
            let offered = next_actions(state, &who, &pack(), day(NOW));
            assert_eq!(offered.iter().collect::<BTreeSet<_>>().len(), offered.len(), "each once: {offered:?}");
            for (method, command) in methods(state, &who) {
                let answer = application.decide(command).map_err(|refusal| refusal.explain().code);
                let possible = answer.as_ref().is_ok_and(|events| !events.is_empty());
                if possible != offered.contains(&method) {
                    wrong.insert(format!("{method} in {code} by the {name}: {:?}", answer.map(|events| events.len())));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
