//! The village gives its application up (撤回, X3). From the opening of the case on that is a step of the case: here it is
//! decided against what the county decides, so that one of them wins in both rooms; the room `intake` hears it.
//!
//! Only until the leading group is asked: later the village asks the county's office, which may return the application.

use kernel::{
    Duties, Duty, Explanation, Role,
    refusal::{Common, Violations},
};

use super::{
    command::{Withdrawal, Withdrawn},
    event::Event,
    record::Signature,
    refusal::Refusal,
    state::{Stage, State},
};

/// Hears it before the case is open: what never came here concerns nobody here.
///
/// # Errors
/// `TOO_EARLY` when its forwarding is still on the way.
pub fn unopened(county_round: u32) -> Result<Vec<Event>, Refusal> {
    if county_round == 0 { Ok(Vec::new()) } else { Err(not_open()) }
}

/// The refusal of what comes between the forwarding and the opening of the case.
#[must_use]
pub fn not_open() -> Refusal {
    Refusal::too_early("送县审核 forwarding to the county")
}

/// The village gives it up.
///
/// # Errors
/// `SCOPE`, `SOD`, `REQUIRED` without a reason, `SUSPENDED`, `LEADING_GROUP_ASKED`, or `ALREADY_DECIDED`.
pub fn withdraw(state: &State, withdrawal: Withdrawal) -> Result<Vec<Event>, Refusal> {
    let Withdrawal { reason, actor, exclusions, at } = withdrawal;
    let (role, village) = (Role::VillageCommittee, state.referral.subject.village);
    let post = actor.post_over(role, village);
    let post = post.ok_or_else(|| Common::scope(&actor, format_args!("{role}@{village}")))?.clone();
    state.duties.permit(&actor, Duty::Applicant, &exclusions)?;
    let mut wrong = Violations::default();
    if reason.trim().is_empty() {
        wrong.add("REQUIRED", "reason", "请填写撤回理由", "must not be empty");
    }
    wrong.finish()?;
    match &state.stage {
        Stage::Withdrawn { reason: known } if *known == reason => Ok(Vec::new()),
        Stage::Withdrawn { .. } | Stage::Approved(_) | Stage::Rejected => Err(Common::AlreadyDecided.into()),
        Stage::LeadingGroup => Err(asked_already().into()),
        Stage::Departments | Stage::OfficeDecision | Stage::ExpertReview | Stage::Returned => {
            state.suspensions.permit()?;
            let mut acts = Duties::default();
            for person in actor.persons() {
                acts.record_person(person, Duty::Applicant);
            }
            Ok(vec![Event::CaseWithdrawn { reason, acts, by: Some(Signature::of(&actor, post, at)) }])
        }
    }
}

/// Hears it of an intake that decided alone, as it did before it asked here.
#[must_use]
pub fn hear(state: &State, withdrawn: Withdrawn) -> Vec<Event> {
    let Withdrawn { county_round: _, reason, acts } = withdrawn;
    match state.stage {
        Stage::Departments | Stage::OfficeDecision | Stage::ExpertReview | Stage::LeadingGroup | Stage::Returned => {
            vec![Event::CaseWithdrawn { reason, acts, by: None }]
        }
        Stage::Withdrawn { .. } | Stage::Approved(_) | Stage::Rejected => Vec::new(),
    }
}

fn asked_already() -> Common {
    let zh = "项目已提交领导小组审定,村级不能再自行撤回;确需撤回的,请向领导小组办公室申请退回";
    let en = "the leading group is asked: a village can't withdraw any more, but may ask the county's office, which may return";
    let explanation = Explanation::new("LEADING_GROUP_ASKED", zh, en).figures("LEADING_GROUP", "EXPERT_REVIEW");
    let basis = "本县项目管理流程:领导小组审定前可以撤回 [design]";
    Common::rule(Explanation { basis: Some(basis.into()), ..explanation }.at("project_id"))
}

#[cfg(test)]
mod tests {
    use kernel::{Post, decision::Outcome};
    use time::OffsetDateTime;

    use super::*;
    use crate::domain::{
        Command,
        story::{
            NOW, Story, departments, forward, give_up, give_up_by, person, stages, suspend, the_leading_group, withdraw,
        },
    };

    #[test]
    fn c7_the_village_gives_it_up_until_the_leading_group_is_asked() {
        for (stage, story, _) in stages() {
            let code = match stage {
                "LEADING_GROUP" => "LEADING_GROUP_ASKED",
                "APPROVED" | "REJECTED" | "WITHDRAWN" => "ALREADY_DECIDED",
                _ => "",
            };
            if !code.is_empty() {
                story.when(give_up("不再需要")).then_refused(code);
                continue;
            }
            let after = story.with(give_up("不再需要"));
            assert_eq!((after.stage().code(), after.state().awaited().count()), ("WITHDRAWN", 0), "{stage}");
            after.when(give_up("不再需要")).then([]);
            after.when(give_up("另有原因")).then_refused("ALREADY_DECIDED");
        }
        Story::default().when(give_up("不再需要")).then_refused("TOO_EARLY");
    }

    #[test]
    fn only_the_village_itself_gives_it_up_and_says_why() {
        let story = Story::opened();
        let by = |id: &str, post: &str| {
            let post: Post = post.parse().expect("a post");
            story.when(give_up_by("不再需要", person(id, &post)))
        };
        by("applicant", "V-SEC@430921105201").then_accepted();
        by("applicant", "V-SEC@430921105202").then_refused("SCOPE");
        by("applicant", "T-GOV@430921105000").then_refused("SCOPE");
        by("township", "V-SEC@430921105201").then_refused("SOD");
        story.when(give_up(" ")).then_refused("REQUIRED");
        story.clone().with(suspend(1)).when(give_up("不再需要")).then_refused("SUSPENDED");
    }

    #[test]
    fn every_open_task_closes_with_the_case() {
        for (stage, story, open) in stages() {
            let after = story.clone().with(withdraw());
            let state = after.state();
            assert_eq!(state.awaited().count(), 0, "{stage}");
            let stands = matches!(story.stage(), Stage::Approved(_) | Stage::Rejected);
            assert_eq!(state.stage.code(), if stands { stage } else { "WITHDRAWN" });
            assert!(!stands || open.is_none(), "a conclusion that was reached stands");
            after.when(withdraw()).then([]);
        }
    }

    #[test]
    fn a_late_decision_is_refused_and_nothing_opens_it_again() {
        let post = departments().remove(0);
        let withdrawn = Story::opened().with(give_up("不再需要"));
        withdrawn.when(withdrawn.completing(&post, Outcome::Approve)).then_refused("WRONG_STATE");
        // It crossed the withdrawal on its way.
        let returned = Story::opened().all_say(Outcome::Return).with(give_up("不再需要"));
        returned.when(forward(2)).then([]);
        let concluded = Story::opened().all_say(Outcome::Approve).with(withdraw());
        concluded.when(concluded.completing(&the_leading_group(), Outcome::Approve)).then_refused("WRONG_STATE");
    }

    #[test]
    fn what_intake_decided_alone_waits_for_the_forwarding_and_not_for_the_end_of_a_suspension() {
        Story::default().when(withdraw()).then_refused("TOO_EARLY");
        let before = Withdrawn { county_round: 0, reason: "x".into(), acts: Duties::default() };
        Story::default().when(Command::HearWithdrawal(before)).then([]);
        let withdrawn = Story::opened().with(suspend(1)).with(withdraw());
        assert_eq!((withdrawn.stage().code(), withdrawn.state().suspensions.standing()), ("WITHDRAWN", None));
        assert!(NOW > OffsetDateTime::UNIX_EPOCH);
    }
}
