//! The closed sets of this room, to and from its contract: reasons to reject and to leave the pool, levels, likenesses, how far
//! a building has come; and who signed. Pure; each set is matched in full, so that a new word is a compiler's error here.

use kernel::refusal::Violations;
use proto::{
    common::v1::{
        LeaveReason as LeaveReasonMessage, RejectReason as RejectReasonMessage, Signature as SignatureMessage,
    },
    intake::v1::{DuplicateReason, ObjectionLevel, PoolProgress, ReturnLevel},
};
use translation::signature;

use crate::domain::{
    Signature,
    record::{
        correction::Level,
        decision::RejectReason,
        objection::AnsweringLevel,
        pool::{LeaveReason, Likeness, Progress},
    },
};

/// Why the head rejects, where anything is said; that time ran out is for nobody to say.
pub fn reject_reason(said: i32, field: &str, wrong: &mut Violations) -> Option<RejectReason> {
    match RejectReasonMessage::try_from(said) {
        Ok(RejectReasonMessage::Unspecified) => None,
        Ok(RejectReasonMessage::NotAuthentic) => Some(RejectReason::NotAuthentic),
        Ok(RejectReasonMessage::NotNecessary) => Some(RejectReason::NotNecessary),
        Ok(RejectReasonMessage::NegativeList) => Some(RejectReason::NegativeList),
        Ok(RejectReasonMessage::Duplicate) => Some(RejectReason::Duplicate),
        Ok(RejectReasonMessage::NoLand) => Some(RejectReason::NoLand),
        Ok(RejectReasonMessage::NoOperator) => Some(RejectReason::NoOperator),
        Ok(RejectReasonMessage::Ratio) => Some(RejectReason::Ratio),
        Ok(RejectReasonMessage::Lapsed) | Err(_) => {
            wrong.add("REASON", field, "未知的不予通过理由", "is no reason to reject");
            None
        }
    }
}

/// Why it was rejected, to read.
pub fn reject_reason_message(reason: RejectReason) -> RejectReasonMessage {
    match reason {
        RejectReason::NotAuthentic => RejectReasonMessage::NotAuthentic,
        RejectReason::NotNecessary => RejectReasonMessage::NotNecessary,
        RejectReason::NegativeList => RejectReasonMessage::NegativeList,
        RejectReason::Duplicate => RejectReasonMessage::Duplicate,
        RejectReason::NoLand => RejectReasonMessage::NoLand,
        RejectReason::NoOperator => RejectReasonMessage::NoOperator,
        RejectReason::Ratio => RejectReasonMessage::Ratio,
        RejectReason::Lapsed => RejectReasonMessage::Lapsed,
    }
}

/// Why a project leaves the pool, where anything is said.
pub fn leave_reason(message: LeaveReasonMessage) -> Option<LeaveReason> {
    match message {
        LeaveReasonMessage::Unspecified => None,
        LeaveReasonMessage::Policy => Some(LeaveReason::Policy),
        LeaveReasonMessage::NotNeeded => Some(LeaveReason::NotNeeded),
        LeaveReasonMessage::NotFeasible => Some(LeaveReason::NotFeasible),
        LeaveReasonMessage::Duplicate => Some(LeaveReason::Duplicate),
        LeaveReasonMessage::Expired => Some(LeaveReason::Expired),
    }
}

/// Why a project leaves the pool, to send.
pub fn leave_reason_message(reason: LeaveReason) -> LeaveReasonMessage {
    match reason {
        LeaveReason::Policy => LeaveReasonMessage::Policy,
        LeaveReason::NotNeeded => LeaveReasonMessage::NotNeeded,
        LeaveReason::NotFeasible => LeaveReasonMessage::NotFeasible,
        LeaveReason::Duplicate => LeaveReasonMessage::Duplicate,
        LeaveReason::Expired => LeaveReasonMessage::Expired,
    }
}

/// How far the building has come.
pub fn progress(progress: Progress) -> PoolProgress {
    match progress {
        Progress::NotStarted => PoolProgress::NotStarted,
        Progress::InProgress => PoolProgress::InProgress,
        Progress::Completed => PoolProgress::Completed,
    }
}

/// The progress of that stored code; UNSPECIFIED where the project is not in the pool.
pub fn progress_named(code: Option<&str>) -> PoolProgress {
    let all = [Progress::NotStarted, Progress::InProgress, Progress::Completed];
    let known = all.into_iter().find(|known| code == Some(known.code()));
    known.map_or(PoolProgress::Unspecified, progress)
}

/// Why it looks like a duplicate.
pub fn duplicate_reason(likeness: Likeness) -> DuplicateReason {
    match likeness {
        Likeness::SamePlace => DuplicateReason::SamePlace,
        Likeness::SameContent => DuplicateReason::SameContent,
        Likeness::OtherMoney => DuplicateReason::OtherMoney,
    }
}

/// Who returned it.
pub fn return_level(level: Level) -> ReturnLevel {
    match level {
        Level::Township => ReturnLevel::Township,
        Level::County => ReturnLevel::County,
        Level::Bureau => ReturnLevel::CountyBureau,
    }
}

/// Who must answer an objection.
pub fn objection_level(level: AnsweringLevel) -> ObjectionLevel {
    match level {
        AnsweringLevel::Village => ObjectionLevel::Village,
        AnsweringLevel::Township => ObjectionLevel::Township,
        AnsweringLevel::County => ObjectionLevel::County,
        AnsweringLevel::Discipline => ObjectionLevel::Discipline,
    }
}

/// Who took a step.
pub fn signature(signed: &Signature) -> SignatureMessage {
    let Signature { person, name, post, on_behalf_of, at } = signed;
    signature::to_message((person, name), on_behalf_of.as_ref(), Some(post), Some(*at))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;

    #[test]
    fn every_reason_that_the_head_may_give_comes_back_as_it_went_out() {
        for reason in RejectReason::ALL {
            let mut wrong = Violations::default();
            assert_eq!(reject_reason(reject_reason_message(reason).into(), "reason", &mut wrong), Some(reason));
            wrong.finish().expect("it is one");
        }
    }

    #[test]
    fn what_is_no_reason_and_what_only_time_brings_is_refused_by_its_field() {
        for said in [RejectReasonMessage::Lapsed.into(), 99] {
            let mut wrong = Violations::default();
            assert_eq!(reject_reason(said, "decision.reject_reason", &mut wrong), None);
            let fault = wrong.finish().expect_err("no reason").explain();
            assert_eq!((fault.code, fault.fields[0].field.as_str()), ("REASON", "decision.reject_reason"));
        }
        let mut wrong = Violations::default();
        assert_eq!(reject_reason(0, "decision.reject_reason", &mut wrong), None);
        wrong.finish().expect("nothing was said");
    }

    #[test]
    fn every_reason_to_leave_comes_back_as_it_went_out() {
        for reason in LeaveReason::ALL {
            assert_eq!(leave_reason(leave_reason_message(reason)), Some(reason));
        }
        assert_eq!(leave_reason(LeaveReasonMessage::Unspecified), None);
    }

    #[test]
    fn the_progress_of_a_row_is_known_by_its_code() {
        for known in [Progress::NotStarted, Progress::InProgress, Progress::Completed] {
            assert_eq!(progress_named(Some(known.code())), progress(known));
        }
        assert_eq!(progress_named(None), PoolProgress::Unspecified);
    }
}
