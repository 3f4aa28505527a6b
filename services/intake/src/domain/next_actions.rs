//! What the caller may do now: names of methods of the service, worked out by the rules' own authorities.
//!
//! A hint for a page, so that no client hard-codes buttons, and not a promise: the rules of content are judged when the
//! method is called. A test calls every method in every state by everyone, and compares.

use kernel::{Actor, Pack, Role, duty::Exclusions};
use time::OffsetDateTime;

use super::{
    NoticeLevel, Stage, State,
    authority::{self, Authority, CHECKING_CLERK, COUNTY_BUREAU, TOWNSHIP_CLERK, TOWNSHIP_HEAD, VILLAGE, holds_one_of},
    record::pool::Progress,
    revote, site_check, suspension, way_back,
};

/// The methods that this state and the caller's posts and duties allow.
#[must_use]
pub fn next_actions(state: &State, actor: &Actor, pack: &Pack, now: OffsetDateTime) -> Vec<&'static str> {
    let rules = pack.rules(state.content.fiscal_year);
    let revote = state.stage == Stage::VillageNotice && rules.is_some_and(|rules| revote::is_due(state, rules));
    let caller = Caller { state, actor, exclusions: &pack.exclusions, revote, now };
    let mut methods = Vec::new();
    if state.suspension.is_none() {
        methods.extend(caller.of_the_village());
        methods.extend(caller.of_the_township());
        methods.extend(caller.of_the_county());
        methods.extend(caller.of_the_notice());
    }
    methods.extend(caller.of_anyone_asked());
    methods
}

struct Caller<'a> {
    state: &'a State,
    actor: &'a Actor,
    exclusions: &'a Exclusions,
    /// Whether the village must vote again before its notice hangs.
    revote: bool,
    now: OffsetDateTime,
}

type Methods = Vec<&'static str>;

impl Caller<'_> {
    fn may(&self, authority: &Authority) -> bool {
        authority.permits(self.state.content.village, &self.state.duties, self.actor, self.exclusions)
    }

    fn holds(&self, roles: &[Role]) -> bool {
        holds_one_of(roles, self.state.content.village, self.actor)
    }

    fn of_the_village(&self) -> Methods {
        if !self.may(&VILLAGE) {
            return Vec::new();
        }
        let state = self.state;
        match &state.stage {
            Stage::Draft => vec!["UpdateApplication", "ProposeApplication", "WithdrawApplication"],
            Stage::Deliberation if state.deliberated().next().is_none() => {
                vec!["RecordDeliberation", "RecordVote", "RecallApplication", "WithdrawApplication"]
            }
            Stage::Deliberation => vec!["RecordDeliberation", "RecordVote", "WithdrawApplication"],
            Stage::VillageNotice if self.revote => {
                vec!["ProposeApplication", "UpdateApplication", "WithdrawApplication"]
            }
            Stage::VillageNotice => {
                let closed = state.notice(NoticeLevel::Village).is_some_and(|notice| notice.closed.is_some());
                let submit: &[&str] = if closed { &["SubmitApplication"] } else { &[] };
                [submit, &["UpdateApplication", "WithdrawApplication"]].concat()
            }
            Stage::TownshipReview if !way_back::was_sent_by_county(state) => {
                vec!["RecallApplication", "WithdrawApplication"]
            }
            Stage::TownshipReview | Stage::TownshipNotice | Stage::CountyReview { .. } => vec!["WithdrawApplication"],
            Stage::Returned if state.resolution.is_some() => vec!["UpdateApplication", "ResubmitApplication"],
            Stage::Returned => vec!["UpdateApplication", "ResubmitApplication", "WithdrawApplication"],
            Stage::CountyNotice { .. } if state.content.performance_targets.is_empty() => vec!["UpdateApplication"],
            Stage::CountyNotice { .. }
            | Stage::InPool { .. }
            | Stage::Rejected(_)
            | Stage::Withdrawn { .. }
            | Stage::OutOfPool { .. } => Vec::new(),
        }
    }

    fn of_the_township(&self) -> Methods {
        let notice_hangs_on = self.state.notice(NoticeLevel::Township).is_none_or(|notice| notice.closed.is_none());
        if self.state.stage == Stage::TownshipNotice && notice_hangs_on && self.may(&TOWNSHIP_HEAD) {
            return vec!["RecallApplication"];
        }
        if self.state.stage != Stage::TownshipReview {
            return Vec::new();
        }
        let complete = self.state.township.last().is_some_and(|round| round.asked.step.is_decision());
        let (looks_through, goes) = (self.may(&TOWNSHIP_CLERK), self.may(&CHECKING_CLERK));
        let records = complete && (looks_through || goes);
        let offered = [(records, "RecordSiteCheck"), (looks_through, "ReturnApplication")];
        offered.into_iter().filter(|(may, _)| *may).map(|(_, method)| method).collect()
    }

    fn of_the_county(&self) -> Methods {
        let state = self.state;
        if !self.may(&COUNTY_BUREAU) {
            return Vec::new();
        }
        let closed = state.notice(NoticeLevel::County).is_some_and(|notice| notice.closed.is_some());
        let waits = state.pool.as_ref().is_some_and(|place| place.progress == Progress::NotStarted);
        if let Stage::InPool { .. } = state.stage {
            return if waits {
                vec!["SetPoolPriority", "RollPoolProject", "LeavePool"]
            } else {
                vec!["SetPoolPriority"]
            };
        }
        let enters = matches!(state.stage, Stage::CountyNotice { .. }) && closed;
        if enters && !state.content.performance_targets.is_empty() { vec!["EnterPool"] } else { Vec::new() }
    }

    fn of_the_notice(&self) -> Methods {
        let Some(level) = self.state.stage.notice_level().filter(|level| self.may(authority::of_notice(*level))) else {
            return Vec::new();
        };
        match self.state.notice(level) {
            None if self.revote => Vec::new(),
            None => vec!["PostNotice"],
            Some(notice) if notice.closed.is_some() => Vec::new(),
            Some(notice) => {
                let over = self.now >= notice.closable_at && self.state.open_objections().next().is_none();
                if over { vec!["CloseNotice"] } else { Vec::new() }
            }
        }
    }

    /// What is asked of somebody who need not have a part in the project.
    fn of_anyone_asked(&self) -> Methods {
        let state = self.state;
        let mut methods = Vec::new();
        let mut offer = |method, possible: bool| methods.extend(possible.then_some(method));
        let named = site_check::waits_for(state, self.actor, self.exclusions) && self.holds(site_check::CHECKERS);
        offer("ConfirmSiteCheck", named && state.suspension.is_none());
        let hangs = state.stage.notice_level().and_then(|level| state.notice(level));
        offer("RaiseObjection", hangs.is_some_and(|notice| notice.closed.is_none()) && self.holds(Role::ALL));
        let answers = state.open_objections().any(|open| {
            self.holds(open.answering_level.roles())
                && !self.actor.persons().any(|person| open.complaint.about.contains(person))
        });
        offer("AnswerObjection", answers && state.suspension.is_none());
        let stoppable = !state.stage.is_over();
        let stops = self.holds(suspension::ROLES);
        offer("SuspendApplication", stops && stoppable && state.suspension.is_none());
        offer(
            "ResumeApplication",
            state.suspension.as_ref().is_some_and(|stands| self.holds(suspension::ended_by(stands))),
        );
        methods
    }
}

#[cfg(test)]
mod tests;
