//! A case in tests: who sits where, what was forwarded, and opinions that contain what they must.

use std::sync::{Arc, LazyLock};

use kernel::{
    Actor, Decider as _, Duties, Duty, Fen, Pack, PersonId, Post, ProjectId, SuspensionStep,
    decision::{self, Answer, Correction, Decision, Outcome, QuestionKind, ReturnStep},
    pack::{Person, SECTIONS},
    testing::{Decided, given},
};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    Asked, Balances, Case, Command, Complete, Event, Forwarded, Referral, Stage, State, Subject, Suspended, TaskKind,
    Withdrawal, Withdrawn,
    members::{self, leading_group},
    panel::questions::PANEL_SIZE,
    record::{BudgetLine, Corrected, Question},
    resolution::{MEETING_DATE, PRESENT, RESOLUTION_NO},
};

/// Tuesday, 9 o'clock in Nan County.
pub const NOW: OffsetDateTime = datetime!(2022-03-01 09:00 +8);
/// The project of every story.
pub const PROJECT: ProjectId = ProjectId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
/// The chance of every story.
pub const SEED: Uuid = Uuid::from_u128(0x5eed);
const CATEGORY: &str = "INDUSTRY";

/// The county pack.
pub fn pack() -> Arc<Pack> {
    static PACK: LazyLock<Arc<Pack>> = LazyLock::new(runtime::testing::pack);
    Arc::clone(&PACK)
}

/// More money than the story's project asks for.
pub fn plenty() -> Balances {
    ["LINK", "ROAD"].map(|source| (source.to_owned(), Fen::new(1_000_000_000))).into()
}

/// The departments that judge the story's project, in the pack's order.
pub fn departments() -> Vec<Post> {
    let sources = ["LINK", "VILLAGE", "ROAD"];
    let pack = pack();
    pack.reviews(CATEGORY, "COLLECTIVE_NEW_INDUSTRY", &sources).iter().map(|review| review.post.clone()).collect()
}

/// The leading group's post.
pub fn the_leading_group() -> Post {
    leading_group(&pack())
}

/// One person for each post.
pub fn holder(post: &Post) -> Actor {
    person(&format!("holder of {post}"), post)
}

/// A person who holds this post.
pub fn person(id: &str, post: &Post) -> Actor {
    Actor { person: PersonId(id.into()), name: id.into(), posts: vec![post.clone()], on_behalf_of: None }
}

/// What comes from the township, or again from the village.
pub fn forwarded(round: u32) -> Forwarded {
    let line = |source: &str, source_name: &str, ancillary, fen| BudgetLine {
        source: source.into(),
        source_name: source_name.into(),
        ancillary,
        amount: Fen::new(fen),
    };
    let corrected = Corrected {
        field: "environment_note".into(),
        text: "补充环境影响说明".into(),
        asked_by: departments()[0].to_string(),
        answer: "已补充".into(),
    };
    let mut acts = Duties::default();
    acts.record_person(&PersonId("applicant".into()), Duty::Applicant);
    acts.record_person(&PersonId("township".into()), Duty::TownshipReviewer);
    Forwarded {
        project: PROJECT,
        referral: Referral {
            round,
            subject: Subject {
                title: "稻虾初加工车间".into(),
                village: "430921105201".parse().expect("a village"),
                village_name: "向阳村".into(),
                category: CATEGORY.into(),
                category_name: "产业发展".into(),
                sub_type: "COLLECTIVE_NEW_INDUSTRY".into(),
                fiscal_year: 2022,
                total: Fen::new(170_000_000),
                budget: vec![
                    line("LINK", "衔接资金", false, 120_000_000),
                    line("VILLAGE", "村级自筹", false, 30_000_000),
                    line("ROAD", "交通资金", true, 20_000_000),
                ],
                operator: "村股份经济合作社自营".into(),
            },
            content_revision: i64::from(round) * 10,
            township_opinion: "情况属实,同意上报".into(),
            corrections: if round > 1 { vec![corrected] } else { Vec::new() },
            sections: SECTIONS.map(|code| (code.to_owned(), format!("{code} as it was"))).into(),
        },
        acts,
        suspensions: 0,
        pack: pack(),
        at: NOW,
    }
}

/// The village's secretary gives it up.
pub fn give_up(reason: &str) -> Command {
    let post: Post = "V-SEC@430921105201".parse().expect("a post");
    give_up_by(reason, person("applicant", &post))
}

/// Somebody gives it up.
pub fn give_up_by(reason: &str, actor: Actor) -> Command {
    Command::WithdrawCase(Withdrawal { reason: reason.into(), actor, exclusions: pack().exclusions.clone(), at: NOW })
}

/// Intake says that the village gave it up.
pub fn withdraw() -> Command {
    Command::HearWithdrawal(Withdrawn { county_round: 1, reason: "用地条件变化".into(), acts: Duties::default() })
}

/// The project is suspended.
pub fn suspend(number: u32) -> Command {
    let step = SuspensionStep::Begin { reason: "群众举报,立案核查".into() };
    Command::HearSuspension(Suspended { number, county_round: 1, step, acts: Duties::default() })
}

/// The project goes on after so many days.
pub fn resume(number: u32, days: i64) -> Command {
    Command::HearSuspension(Suspended {
        number,
        county_round: 1,
        step: SuspensionStep::End { days },
        acts: Duties::default(),
    })
}

/// Round 1 opens, later rounds open again.
pub fn forward(round: u32) -> Command {
    if round == 1 { Command::OpenCase(forwarded(round)) } else { Command::ReopenCase(forwarded(round)) }
}

/// The same, but so costly that experts must judge it.
pub fn costly(round: u32) -> Command {
    let mut forwarded = forwarded(round);
    forwarded.referral.subject.total = Fen::new(400_000_000);
    if round == 1 { Command::OpenCase(forwarded) } else { Command::ReopenCase(forwarded) }
}

/// A decision that contains all that this task asks for.
pub fn decision(asked: &Asked, outcome: Outcome) -> Decision {
    let required = |question: &&Question| decision::Question::from(*question).is_required_for(outcome);
    let correction = Correction {
        field: "environment_note".into(),
        text: format!("{}要求补充说明", asked.post),
        step: ReturnStep::default(),
    };
    Decision {
        outcome,
        opinion: "经审核,意见如下所述,请按要求办理".into(),
        answers: asked.questions.iter().filter(required).map(answer).collect(),
        corrections: if outcome == Outcome::Return { vec![correction] } else { Vec::new() },
        attachments: Vec::new(),
        subject_revision: asked.content_revision,
    }
}

fn answer(question: &Question) -> Answer {
    let (text, number) = match question.id.as_str() {
        RESOLUTION_NO => ("南振组〔2022〕3号", 0),
        MEETING_DATE => ("2022-03-01", 0),
        PRESENT => return present(question),
        PANEL_SIZE => ("", 5),
        _ if question.answered_as == QuestionKind::Text => ("已办理", 0),
        _ => ("", 0),
    };
    Answer {
        question: question.id.clone(),
        yes: question.answered_as == QuestionKind::YesNo,
        text: text.into(),
        number: Some(number),
    }
}

fn present(question: &Question) -> Answer {
    let text = members::line(members::of(&pack()));
    Answer { question: question.id.clone(), yes: false, text, number: Some(0) }
}

/// The county pack with so many members of the leading group.
pub fn group_of(count: usize) -> Pack {
    let mut pack = Pack::clone(&pack());
    let group = leading_group(&pack);
    pack.persons.retain(|person| !person.posts.contains(&group));
    pack.persons.extend((1..=count).map(|nth| Person {
        id: PersonId(format!("member-{nth}")),
        name: format!("成员{nth}"),
        account: format!("member.{nth}"),
        posts: vec![group.clone()],
        interests: Vec::new(),
    }));
    pack
}

/// A case as it goes.
#[derive(Clone, Default)]
pub struct Story {
    /// What has happened.
    pub events: Vec<Event>,
}

impl Story {
    /// A case in round 1, all departments asked.
    pub fn opened() -> Self {
        Self::default().with(forward(1))
    }

    /// The case after this command, which must be accepted.
    #[track_caller]
    pub fn with(mut self, command: Command) -> Self {
        let (events, _) = self.when(command).then_accepted();
        self.events.extend(events);
        self
    }

    /// The case after this post's open task was decided so.
    #[track_caller]
    pub fn decided(self, post: &Post, outcome: Outcome) -> Self {
        let command = self.completing(post, outcome);
        self.with(command)
    }

    /// The case after every awaited department gave this outcome.
    #[track_caller]
    pub fn all_say(self, outcome: Outcome) -> Self {
        let posts: Vec<Post> = self.state().awaited().map(|opinion| opinion.asked.post.clone()).collect();
        posts.iter().fold(self, |story, post| story.decided(post, outcome))
    }

    /// The case after everyone of whom this kind is awaited gave this outcome.
    #[track_caller]
    pub fn all_say_of(self, kind: TaskKind, outcome: Outcome) -> Self {
        let asked: Vec<Asked> = self.state().awaited().map(|opinion| opinion.asked.clone()).collect();
        let asked = asked.iter().filter(|asked| asked.task_kind == kind);
        asked.fold(self.clone(), |story, asked| story.with(answering(asked, outcome)))
    }

    /// The case after so many experts gave these outcomes, in the order in which they were asked.
    #[track_caller]
    pub fn experts_say(self, outcomes: &[Outcome]) -> Self {
        let asked: Vec<Asked> = self.state().awaited().map(|opinion| opinion.asked.clone()).collect();
        let asked = asked.iter().filter(|asked| asked.task_kind == TaskKind::ExpertReview);
        asked.zip(outcomes).fold(self.clone(), |story, (asked, outcome)| story.with(answering(asked, *outcome)))
    }

    /// What the machine answers to a command.
    pub fn when(&self, command: Command) -> Decided<Case> {
        given(self.events.clone()).when(command)
    }

    /// Whatever the machine answers, as a code: `[]`, the names of events, or the refusal's.
    pub fn answer(&self, command: Command) -> String {
        match Case::fold(&self.events).decide(command) {
            Ok(events) => format!("{} facts", events.len()),
            Err(refusal) => kernel::Refusal::explain(&refusal).code.into(),
        }
    }

    /// The state.
    pub fn state(&self) -> State {
        match Case::fold(&self.events) {
            Case::Opened(state) => *state,
            Case::Unopened => panic!("the story has not begun"),
        }
    }

    /// Where the case is.
    pub fn stage(&self) -> Stage {
        self.state().stage
    }

    /// The latest task of this post.
    #[track_caller]
    pub fn task(&self, post: &Post) -> Asked {
        self.state().opinions.iter().rev().find(|opinion| opinion.asked.post == *post).expect("was asked").asked.clone()
    }

    /// The command that decides the latest task of this post, by its holder.
    #[track_caller]
    pub fn completing(&self, post: &Post, outcome: Outcome) -> Command {
        let asked = self.task(post);
        let actor = whoever_is_asked(&asked);
        self.completing_with(post, decision(&asked, outcome), actor)
    }

    /// The command that decides the latest task of this post with this decision, by this actor.
    #[track_caller]
    pub fn completing_with(&self, post: &Post, decision: Decision, actor: Actor) -> Command {
        completing(self.task(post), decision, actor)
    }
}

/// The command by which whoever was asked decides so.
pub fn answering(asked: &Asked, outcome: Outcome) -> Command {
    saying(asked, decision(asked, outcome))
}

/// The command by which whoever was asked says this.
pub fn saying(asked: &Asked, decision: Decision) -> Command {
    completing(asked.clone(), decision, whoever_is_asked(asked))
}

/// The assignee, or a holder of the post: the office's business and the leading group's decision are two persons'.
fn whoever_is_asked(asked: &Asked) -> Actor {
    match &asked.assignee {
        Some(assignee) => person(&assignee.0, &asked.post),
        None if asked.task_kind.duty() == Duty::CountyOffice => {
            person(&format!("office of {}", asked.post), &asked.post)
        }
        None => holder(&asked.post),
    }
}

fn completing(asked: Asked, decision: Decision, actor: Actor) -> Command {
    let Asked { task, task_kind, .. } = asked;
    Command::CompleteTask(Complete {
        task,
        task_kind,
        decision,
        actor,
        pack: pack(),
        seed: SEED,
        balances: plenty(),
        reserved: Balances::new(),
        at: NOW,
    })
}

/// Stories that stand in each stage, and the kind of task that is open there.
pub fn stages() -> Vec<(&'static str, Story, Option<TaskKind>)> {
    let opened = Story::opened();
    let office = opened.clone().decided(&departments()[0], Outcome::Reject).all_say(Outcome::Approve);
    let leading = opened.clone().all_say(Outcome::Approve);
    let convened =
        Story::default().with(costly(1)).all_say(Outcome::Approve).decided(&the_leading_group(), Outcome::Approve);
    vec![
        ("DEPARTMENTS", opened.clone(), Some(TaskKind::DepartmentReview)),
        ("OFFICE_DECISION", office.clone(), Some(TaskKind::CountyOfficeDecision)),
        ("EXPERT_REVIEW", convened.clone(), Some(TaskKind::ExpertReview)),
        ("LEADING_GROUP", leading.clone(), Some(TaskKind::LeadingGroupDecision)),
        ("RETURNED", opened.all_say(Outcome::Return), None),
        ("APPROVED", leading.decided(&the_leading_group(), Outcome::Approve), None),
        ("REJECTED", office.decided(&the_leading_group(), Outcome::Reject), None),
        ("WITHDRAWN", convened.with(withdraw()), None),
    ]
}
