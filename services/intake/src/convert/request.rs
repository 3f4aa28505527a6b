//! What the other requests bring, as domain values: vote, notice, site check, answers, the township's decision.
//!
//! Photographs and minutes may be missing here: the rule that asks for one says so, with its own code.

use kernel::{Attachment, PersonId, TaskId, decision::Correction, refusal::Violations};
use proto::{
    common::v1::{
        Attachment as AttachmentMessage, CorrectionItem, Decision as DecisionMessage, LeaveReason as LeaveReasonMessage,
    },
    inbox::v1::CompleteRequest,
    intake::v1::{
        CorrectionAnswer as CorrectionAnswerMessage, FileObjectionRequest, Meeting as MeetingMessage,
        NoticeLevel as NoticeLevelMessage, PostNoticeRequest, RaiseObjectionRequest, SiteCheck as SiteCheckMessage,
        Vote as VoteMessage,
    },
};
use translation::{correction, field::uuid};

use super::{attachment, content::coordinates, count, date, words};
use crate::domain::{
    Decision, NoticeLevel,
    record::{
        correction::CorrectionAnswer,
        notice::NewNotice,
        objection::Complaint,
        original::{Kept, Original, Seal},
        pool::LeaveReason,
        site_check::SiteCheck,
        township::Step,
        vote::{Ballot, Meeting},
    },
};

/// A vote; whether it passed is worked out, not read.
pub fn ballot(message: Option<VoteMessage>, wrong: &mut Violations) -> Option<Ballot> {
    let message = message.unwrap_or_default();
    let meeting_date = date(&message.meeting_date, "vote.meeting_date", wrong);
    let entitled = count(message.entitled, "vote.entitled", wrong);
    let present = count(message.present, "vote.present", wrong);
    let yes = count(message.yes, "vote.yes", wrong);
    let no = count(message.no, "vote.no", wrong);
    let abstain = count(message.abstain, "vote.abstain", wrong);
    let minutes = attachment(message.minutes, "vote.minutes", wrong);
    if minutes.is_none() {
        wrong.add("REQUIRED", "vote.minutes", "请上传村民代表会议记录", "the record of the meeting is needed");
    }
    Some(Ballot {
        meeting_date: meeting_date?,
        entitled: entitled?,
        present: present?,
        yes: yes?,
        no: no?,
        abstain: abstain?,
        minutes: minutes?,
    })
}

/// A notice to post.
pub fn notice(request: PostNoticeRequest, wrong: &mut Violations) -> Option<NewNotice> {
    let level = level(request.level(), wrong);
    let photo = attachment(request.photo, "photo", wrong);
    Some(NewNotice { level: level?, places: request.places, photo })
}

/// A notice to close.
pub fn closing(
    level_asked: NoticeLevelMessage,
    photo: Option<AttachmentMessage>,
    wrong: &mut Violations,
) -> Option<(NoticeLevel, Option<Attachment>)> {
    let level = level(level_asked, wrong);
    let photo = attachment(photo, "photo", wrong);
    Some((level?, photo))
}

fn level(message: NoticeLevelMessage, wrong: &mut Violations) -> Option<NoticeLevel> {
    match message {
        NoticeLevelMessage::Village => Some(NoticeLevel::Village),
        NoticeLevelMessage::Township => Some(NoticeLevel::Township),
        NoticeLevelMessage::County => Some(NoticeLevel::County),
        NoticeLevelMessage::Unspecified => {
            wrong.add("NOTICE_LEVEL", "level", "请选择公示级别", "must say village, township or county");
            None
        }
    }
}

/// A site check.
pub fn site_check(message: Option<SiteCheckMessage>, wrong: &mut Violations) -> Option<SiteCheck> {
    let message = message.unwrap_or_default();
    let date = date(&message.date, "site_check.date", wrong);
    let photo = attachment(message.photo, "site_check.photo", wrong);
    Some(SiteCheck {
        date: date?,
        checkers: message.checker_ids.into_iter().map(PersonId).collect(),
        place: message.place,
        coordinates: message.coordinates.map(coordinates),
        photo,
        findings: message.findings,
    })
}

/// Answers to what was returned.
pub fn correction_answers(messages: Vec<CorrectionAnswerMessage>) -> Vec<CorrectionAnswer> {
    messages.into_iter().map(|answer| CorrectionAnswer { item: answer.item_id, text: answer.text }).collect()
}

/// The task that the inbox completes, with its decision.
pub fn completion(request: CompleteRequest, wrong: &mut Violations) -> Option<(TaskId, Decision)> {
    let task = uuid(&request.task_id, "task_id", wrong);
    if Step::of_task(&request.kind).is_none() {
        wrong.add("TASK_KIND", "kind", "未知的待办类型", "is no kind of task of this room");
    }
    let decision = decision(request.decision.unwrap_or_default(), wrong);
    Some((TaskId(task?), decision?))
}

fn decision(message: DecisionMessage, wrong: &mut Violations) -> Option<Decision> {
    let reason = words::reject_reason(message.reject_reason, "decision.reject_reason", wrong);
    Some(Decision { said: translation::decision::from_message(message, wrong)?, reason })
}

/// A meeting before the vote, with what was counted there.
pub fn deliberation(
    meeting: MeetingMessage,
    vote: Option<VoteMessage>,
    wrong: &mut Violations,
) -> Option<(Meeting, Ballot)> {
    let meeting = match meeting {
        MeetingMessage::Branch => Some(Meeting::Branch),
        MeetingMessage::Committees => Some(Meeting::Committees),
        MeetingMessage::PartyMembers => Some(Meeting::PartyMembers),
        MeetingMessage::Unspecified => {
            wrong.add("MEETING", "meeting", "请选择会议", "must say which meeting");
            None
        }
    };
    let ballot = ballot(vote, wrong);
    Some((meeting?, ballot?))
}

/// What a villager says, as an official writes it down.
pub fn complaint(request: RaiseObjectionRequest, seal: Seal) -> Complaint {
    let original = Original { name: request.name, phone: request.phone, text: request.text };
    let about = request.about_person_ids.into_iter().map(PersonId).collect();
    Complaint { kept: Kept { original, seal }, about, about_names: Vec::new() }
}

/// What a villager says, on the public form.
pub fn filed(request: FileObjectionRequest, seal: Seal) -> Complaint {
    let original = Original { name: request.name, phone: request.phone, text: request.text };
    Complaint { kept: Kept { original, seal }, about: Vec::new(), about_names: request.about_names }
}

/// What the clerk wants corrected.
pub fn corrections(items: Vec<CorrectionItem>, wrong: &mut Violations) -> Vec<Correction> {
    correction::from_messages(items, "items", wrong)
}

/// Why a project leaves the pool.
pub fn leaving(reason: LeaveReasonMessage, text: String, wrong: &mut Violations) -> Option<(LeaveReason, String)> {
    let reason = words::leave_reason(reason);
    if reason.is_none() {
        wrong.add("REASON", "reason", "请选择出库原因", "must say why it leaves");
    }
    Some((reason?, text))
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, decision::Answer};
    use proto::common::v1::{Answer as AnswerMessage, CorrectionItem, Outcome as OutcomeMessage};
    use translation::field::number;

    use super::*;
    use crate::{
        convert::{content::coordinates_message, gathered},
        domain::fixtures,
    };

    fn message(file: &Attachment) -> Option<AttachmentMessage> {
        Some(translation::attachment::to_message(file))
    }

    #[test]
    fn a_vote_is_read_as_it_was_counted() {
        let counted = fixtures::ballot();
        let message = VoteMessage {
            meeting_date: counted.meeting_date.to_string(),
            entitled: number(counted.entitled),
            present: number(counted.present),
            yes: number(counted.yes),
            no: number(counted.no),
            abstain: number(counted.abstain),
            minutes: message(&counted.minutes),
            passed: false,
        };
        assert_eq!(gathered(|wrong| ballot(Some(message.clone()), wrong)).expect("well-formed"), counted);
        let bad = VoteMessage { meeting_date: "2022-02-30".into(), yes: -1, minutes: None, ..message };
        let explanation = gathered(|wrong| ballot(Some(bad), wrong)).expect_err("three faults").explain();
        let codes: Vec<&str> = explanation.fields.iter().map(|wrong| wrong.code).collect();
        assert_eq!(codes, ["BAD_DATE", "COUNT", "REQUIRED"]);
        assert!(explanation.zh.contains("2022-02-30"));
    }

    #[test]
    fn notices_and_checks_are_read() {
        let check = fixtures::site_check();
        let asked = SiteCheckMessage {
            date: check.date.to_string(),
            checker_ids: check.checkers.iter().map(|person| person.0.clone()).collect(),
            place: check.place.clone(),
            coordinates: check.coordinates.map(coordinates_message),
            photo: check.photo.as_ref().and_then(message),
            findings: check.findings.clone(),
            confirmed_by_ids: Vec::new(),
        };
        assert_eq!(gathered(|wrong| site_check(Some(asked), wrong)).expect("well-formed"), check);
        assert_eq!(gathered(|wrong| site_check(None, wrong)).expect_err("nothing").explain().code, "BAD_DATE");
        let no_level = PostNoticeRequest { places: vec!["公示栏".into()], ..PostNoticeRequest::default() };
        assert_eq!(gathered(|wrong| notice(no_level, wrong)).expect_err("no level").explain().code, "NOTICE_LEVEL");
        let county = gathered(|wrong| closing(NoticeLevelMessage::County, message(&fixtures::photo()), wrong));
        assert_eq!(county.expect("well-formed"), (NoticeLevel::County, Some(fixtures::photo())));
    }

    #[test]
    fn a_decision_is_read_as_it_was_written() {
        let written = fixtures::township_return(2);
        let answer = |answer: &Answer| AnswerMessage {
            question_id: answer.question.clone(),
            yes: answer.yes,
            text: answer.text.clone(),
            number: 0,
        };
        let correction = |item: &Correction| CorrectionItem {
            field: item.field.clone(),
            text: item.text.clone(),
            step: correction::step_message(item.step).into(),
            ..CorrectionItem::default()
        };
        let decision = DecisionMessage {
            outcome: OutcomeMessage::Return.into(),
            opinion: written.said.opinion.clone(),
            answers: written.said.answers.iter().map(answer).collect(),
            corrections: written.said.corrections.iter().map(correction).collect(),
            subject_revision: 1,
            ..DecisionMessage::default()
        };
        let request = CompleteRequest {
            task_id: fixtures::task(1).to_string(),
            kind: Step::Decision.task_kind().into(),
            decision: Some(decision),
            ..CompleteRequest::default()
        };
        assert_eq!(gathered(|wrong| completion(request, wrong)).expect("well-formed"), (fixtures::task(1), written));
        let explanation =
            gathered(|wrong| completion(CompleteRequest::default(), wrong)).expect_err("nothing").explain();
        let fields: Vec<&str> = explanation.fields.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["task_id", "kind", "decision.outcome"]);
    }
}
