//! The township's review (乡镇审核): submitted by the village, judged by the township's head, in as many rounds as it takes.
//!
//! Each round asks the head, once the clerk has found the file complete where the county wants that
//! ([`super::completeness`]). A task's decision is given once and never changed. An approval needs a site check.

use kernel::{
    Due, Duty, OrgCode, Pack, Post, Role, RuleCode, TaskId,
    decision::{self, Correction, Outcome, Question},
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Decision, Event, File, Given, NoticeLevel, Occasion, Stage,
    authority::{TOWNSHIP_CLERK, VILLAGE, sign_as},
    completeness::{self, Step},
    correction::Desk,
    gate, notice_period, site_check, way_back,
};

/// The room's name in the ids of its tasks.
pub const ROOM: &str = "intake";

/// A decision that is asked for: the task behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The task.
    pub task: TaskId,
    /// Which step it asks for.
    #[serde(default, skip_serializing_if = "Step::is_decision")]
    pub step: Step,
    /// The post that is asked.
    pub post: Post,
    /// Round in which it is asked, from 1.
    pub round: u32,
    /// Revision of the content that is to be judged.
    pub content_revision: i64,
    /// What must be answered.
    pub questions: Vec<Question>,
    /// Name of the village, as the task's subject shows it.
    pub village_name: String,
    /// Names of the sources, with their amounts, as the task's subject shows them.
    pub sources: String,
    /// When it is due.
    pub due: Due,
}

/// A round of the township's review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What was asked of whom.
    pub asked: Asked,
    /// What was decided; none while it is awaited.
    pub given: Option<Given>,
    /// Whether the task was taken away undecided.
    pub retracted: bool,
    /// Whether it came by a correction.
    pub from_return: bool,
    /// How often it was suspended while it was awaited.
    pub suspended: u32,
    /// How often its due date was counted again.
    pub recounts: u32,
}

impl Round {
    /// Whether somebody should decide it, now or once it is resumed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.given.is_none() && !self.retracted
    }
}

/// Submits to the township, once the village notice is closed.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, `NOTICE_SHORT` while the village notice hangs, or whatever [`gate`] refuses.
pub fn submit(file: &File, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(file.content.village, &file.duties, by)?;
    match &file.stage {
        Stage::VillageNotice => {
            notice_period::require_closed(file, NoticeLevel::Village, by)?;
            gate::require(file, by)?;
            Ok(match way_back::after_village(file, by)? {
                Some(asked) => vec![Event::ApplicationSubmitted { asked: Some(asked), signature }],
                None => {
                    vec![Event::ApplicationSubmitted { asked: None, signature }, way_back::forwarded(file, &by.pack)]
                }
            })
        }
        // What came by a return was not submitted.
        Stage::TownshipReview if file.returns.is_empty() => Ok(Vec::new()),
        Stage::Draft
        | Stage::Deliberation
        | Stage::TownshipReview
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::CountyNotice { .. }
        | Stage::InPool { .. }
        | Stage::Returned
        | Stage::Rejected(_)
        | Stage::Withdrawn { .. }
        | Stage::OutOfPool { .. } => Err(file.wrong_state("SubmitApplication")),
    }
}

/// Begins the next round: asks the clerk whether the file is complete, or the head at once.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn begin(file: &File, by: &Occasion) -> Result<Asked, Common> {
    let rules = by.pack.rules_of(file.content.fiscal_year)?;
    let due = by.pack.calendar.due_after(by.at, rules.number(RuleCode::TownshipReviewDays))?;
    let round = file.township.last().map_or(0, |round| round.asked.round).saturating_add(1);
    Ok(asked(file, completeness::first_step(rules), round, due, &by.pack))
}

/// Asks the township's head: in the round whose completeness the clerk confirms, with what is left of its days, or for
/// another round.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn ask(file: &File, pack: &Pack, at: OffsetDateTime) -> Result<Asked, Common> {
    let open = file.township.last().filter(|round| round.given.is_none() && !round.retracted);
    if let Some(Round { asked: first, .. }) = open {
        return Ok(asked(file, Step::Decision, first.round, first.due, pack));
    }
    let rules = pack.rules_of(file.content.fiscal_year)?;
    let due = pack.calendar.due_after(at, rules.number(RuleCode::TownshipReviewDays))?;
    let round = file.township.last().map_or(0, |round| round.asked.round).saturating_add(1);
    Ok(asked(file, Step::Decision, round, due, pack))
}

fn asked(file: &File, step: Step, round: u32, due: Due, pack: &Pack) -> Asked {
    let content = &file.content;
    let sources = content.budget.iter().map(|line| {
        let name = pack.source_kind(&line.source).map_or(line.source.as_str(), |kind| kind.name.as_str());
        format!("{name} {} 元", line.amount.grouped())
    });
    let (role, questions) = match step {
        // Its outcome is the answer.
        Step::Completeness => (Role::TownshipClerk, Vec::new()),
        Step::Decision => {
            let usual = pack.township.questions.iter().filter(|_| way_back::asks_for_review(file)).map(Question::from);
            (Role::TownshipHead, usual.chain(way_back::questions(file)).collect())
        }
    };
    Asked {
        task: task_of(file, step),
        step,
        post: Post::new(role, OrgCode::of(content.village.township())),
        round,
        content_revision: file.content_revision,
        questions,
        village_name: pack.division(content.village).map_or_else(String::new, |entry| entry.name.clone()),
        sources: sources.collect::<Vec<_>>().join(";"),
        due,
    }
}

/// The id of the task that takes the place of the last one.
#[must_use]
pub fn next_task(file: &File) -> TaskId {
    task_of(file, file.township.last().map_or_else(Step::default, |round| round.asked.step))
}

/// The next task's id: each asking for a step has its own, and a replay names the same.
fn task_of(file: &File, step: Step) -> TaskId {
    let word = match step {
        Step::Completeness => "completeness",
        Step::Decision => "round",
    };
    let number = file.township.iter().filter(|round| round.asked.step == step).count() + 1;
    TaskId::derive(ROOM, file.project.0, &format!("township:{word}-{number}"))
}

/// The township's clerk returns it for correction, without the head: so often and no oftener.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, what the decision lacks, or `THIRD_RETURN` when it is the head's to return.
pub fn return_by_clerk(
    file: &File,
    opinion: String,
    corrections: Vec<Correction>,
    by: &Occasion,
) -> Result<Vec<Event>, Common> {
    let signature = TOWNSHIP_CLERK.sign(file.content.village, &file.duties, by)?;
    let open = file.township.last().filter(|_| file.stage == Stage::TownshipReview);
    let Round { asked, .. } = open.ok_or_else(|| file.wrong_state("ReturnApplication"))?;
    let rules = by.pack.rules_of(file.content.fiscal_year)?;
    let said = decision::Decision {
        outcome: Outcome::Return,
        opinion,
        answers: Vec::new(),
        corrections,
        attachments: Vec::new(),
        subject_revision: asked.content_revision,
    };
    let decision = Decision { said, reason: None };
    decision.check("", &[], rules)?;
    returned_by_clerk(file, asked.task, Given { decision, signature }, by)
}

/// A return that the clerk makes alone, if there were not too many before.
///
/// # Errors
/// `THIRD_RETURN`.
pub fn returned_by_clerk(file: &File, task: TaskId, given: Given, by: &Occasion) -> Result<Vec<Event>, Common> {
    let rules = by.pack.rules_of(file.content.fiscal_year)?;
    let (most, made) = (rules.number(RuleCode::ClerkReturns), file.returns_by(Desk::Township));
    if made >= most {
        let zh = format!("乡镇已退回 {made} 次,再次退回须由乡镇负责人决定");
        let en = format!("the township has returned it {made} times: the next return is its head's to decide");
        return Err(Common::rule(
            breach("THIRD_RETURN", rules.rule(RuleCode::ClerkReturns), zh, en).figures(made, most),
        ));
    }
    let due = by.pack.calendar.due_after(by.at, rules.number(RuleCode::CorrectionDays))?;
    Ok(vec![Event::TownshipReturned { task, given, due }])
}

/// The township decides.
///
/// # Errors
/// `NOT_FOUND` for a task that was never asked, `SCOPE`, `ALREADY_DECIDED`, `SOD`, `STALE_VERSION`, whatever the decision
/// lacks, and for an approval whatever [`gate`] refuses, or `SITE_CHECK` without one.
pub fn complete(file: &File, task: TaskId, decision: Decision, by: &Occasion) -> Result<Vec<Event>, Common> {
    let round = file.township.iter().find(|round| round.asked.task == task);
    let Round { asked, given, retracted, .. } = round.ok_or(Common::NotFound { what: "待办 task" })?;
    by.actor.require(&asked.post)?;
    if let Some(given) = given {
        let same = given.decision == decision && given.signature.person == by.actor.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    if *retracted {
        return Err(file.wrong_state("CompleteTask"));
    }
    let signature = sign_as(&asked.post, Duty::TownshipReviewer, &file.duties, by)?;
    completeness::permit(file, asked.step, by)?;
    decision.said.check_revision(asked.content_revision)?;
    let rules = by.pack.rules_of(file.content.fiscal_year)?;
    decision.check("decision", &asked.questions, rules)?;
    let outcome = decision.said.outcome;
    let given = Given { decision, signature };
    if asked.step == Step::Completeness {
        return completeness::checked(file, asked, given, by);
    }
    Ok(match outcome {
        Outcome::Approve => {
            gate::require(file, by)?;
            site_check::require(file, rules)?;
            let onward = file.goes_straight_to_county().then(|| way_back::forwarded(file, &by.pack));
            std::iter::once(Event::TownshipApproved { task, given }).chain(onward).collect()
        }
        Outcome::Return => {
            let due = by.pack.calendar.due_after(by.at, rules.number(RuleCode::CorrectionDays))?;
            vec![Event::TownshipReturned { task, given, due }]
        }
        Outcome::Reject => vec![Event::TownshipRejected { task, given }],
    })
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Kind, PersonId, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            OTHER_VILLAGE, approval, at, checked, head, head_of, rejection, secretary, submitted, task,
            township_approved, township_return, village_closed, village_posted,
        },
    };

    fn complete(decision: Decision, who: &Actor) -> Command {
        Command::CompleteTask { task: task(1), decision, by: at(18, who) }
    }

    #[test]
    fn submission_waits_for_the_village_notice() {
        let submit = || Command::SubmitApplication { by: at(15, &secretary()) };
        let refusal = given::<Application>(village_posted()).when(submit()).then_refused("NOTICE_SHORT");
        assert_eq!(refusal.explain().limit.as_deref(), Some("10"));
        let (events, _) = given::<Application>(village_closed()).when(submit()).then_accepted();
        let [Event::ApplicationSubmitted { asked: Some(asked), .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((asked.round, asked.post.to_string().as_str()), (1, "T-OPR@430921129000"));
        let Some(Event::CompletenessChecked { asked, .. }) = submitted().pop() else { panic!("the file is complete") };
        assert_eq!(asked.post.to_string(), "T-GOV@430921129000");
        assert_eq!((asked.round, asked.task), (1, task(1)));
        given::<Application>(submitted()).when(submit()).then([]);
    }

    #[test]
    fn scenario_05_the_applicant_does_not_review_under_any_name() {
        let second_account = Actor { posts: head().posts, ..secretary() };
        given::<Application>(checked()).when(complete(approval(), &second_account)).then_refused("SOD");
        let delegate = Actor { on_behalf_of: Some(secretary().person), ..head() };
        given::<Application>(checked()).when(complete(approval(), &delegate)).then_refused("SOD");
        let from_applicant = Actor { on_behalf_of: Some(head().person), posts: head().posts, ..secretary() };
        let refusal = given::<Application>(checked()).when(complete(approval(), &from_applicant)).then_refused("SOD");
        assert_eq!(refusal.kind(), Kind::Forbidden);
    }

    #[test]
    fn scenario_07_no_approval_without_a_site_check() {
        let refusal = given::<Application>(submitted()).when(complete(approval(), &head())).then_refused("SITE_CHECK");
        let explanation = refusal.explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("0"), Some("2")));
        let (_, state) = given::<Application>(checked()).when(complete(approval(), &head())).then_accepted();
        assert_eq!(state.stage().map(Stage::code), Some("TOWNSHIP_NOTICE"));
        // A rejection needs nobody on the spot.
        let (_, state) = given::<Application>(submitted()).when(complete(rejection(), &head())).then_accepted();
        assert_eq!(state.stage().map(Stage::code), Some("REJECTED"));
    }

    #[test]
    fn only_the_head_of_the_village_s_own_township_decides() {
        for who in [secretary(), head_of(OTHER_VILLAGE)] {
            given::<Application>(checked()).when(complete(approval(), &who)).then_refused("SCOPE");
        }
    }

    #[test]
    fn a_decision_is_given_once_on_what_was_read() {
        let mut stale = approval();
        stale.said.subject_revision = 0;
        let refusal = given::<Application>(checked()).when(complete(stale, &head())).then_refused("STALE_VERSION");
        assert_eq!(refusal.kind(), Kind::Stale);
        given::<Application>(township_approved()).when(complete(approval(), &head())).then([]);
        given::<Application>(township_approved()).when(complete(rejection(), &head())).then_refused("ALREADY_DECIDED");
        let colleague = Actor { person: PersonId("430921-0999".into()), ..head() };
        given::<Application>(township_approved())
            .when(complete(approval(), &colleague))
            .then_refused("ALREADY_DECIDED");
        let unknown = Command::CompleteTask { task: task(7), decision: approval(), by: at(18, &head()) };
        given::<Application>(checked()).when(unknown).then_refused("NOT_FOUND");
    }

    #[test]
    fn a_return_lists_numbered_items_and_a_due_date() {
        let (_, state) = given::<Application>(submitted()).when(complete(township_return(3), &head())).then_accepted();
        let Application::Opened(file) = state else { panic!("it is open") };
        let last = file.returns.last().expect("it was returned");
        let ids: Vec<&str> = last.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "3"]);
        assert!(last.due.at > at(18, &head()).at);
    }
}
