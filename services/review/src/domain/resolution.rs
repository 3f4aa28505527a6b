//! What the leading group's decision needs (领导小组审定): for an approval the number of the resolution and the date of the
//! meeting, for an end of any kind those who were present, by person.
//!
//! Without them there is no approval (`NO_RESOLUTION`); a meeting that has not been held decides nothing (`BAD_DATE`), nor do
//! too few (`QUORUM`). A number belongs to one meeting.

use kernel::{
    Duty, Explanation, Pack, PersonId, YearRules,
    calendar::parse_date,
    decision::{Answer, Decision, Outcome, QuestionKind},
    refusal::Common,
    text::comparable,
};
use time::Date;

use super::{
    members,
    record::{Question, Resolution},
    state::State,
};

/// Question: number of the resolution.
pub const RESOLUTION_NO: &str = "resolution_no";
/// Question: date of the meeting.
pub const MEETING_DATE: &str = "meeting_date";
/// Question: who was present, by person.
pub const PRESENT: &str = "present";
/// Question of before: how many were present. What was decided then still says it.
pub const ATTENDANCE: &str = "attendance";

/// What the leading group is asked: it sees who is due.
#[must_use]
pub fn questions(pack: &Pack) -> Vec<Question> {
    let question = |id: &str, zh: &str, en: &str, answered_as, required_for: &[Outcome]| Question {
        required_for: required_for.to_vec(),
        ..Question::of(id, zh, en, answered_as)
    };
    let due = members::line(members::of(pack));
    let zh = format!("到会成员(填写姓名或人员编号,以顿号分隔;应到:{due})");
    let en = format!("Members present, by name or id; due are {due}");
    vec![
        question(RESOLUTION_NO, "决议文号", "Resolution number", QuestionKind::Text, &[Outcome::Approve]),
        question(MEETING_DATE, "会议日期", "Date of the meeting", QuestionKind::Date, &[Outcome::Approve]),
        question(PRESENT, &zh, &en, QuestionKind::Text, &[Outcome::Approve, Outcome::Reject]),
    ]
}

/// The members who, by the answers, were present and decide: more than the rule's share of those due, without those whom
/// another duty bars. `None` where a return names nobody.
///
/// # Errors
/// `ATTENDANCE` or `QUORUM`.
fn attendance(
    answers: &[Answer],
    barred: &[PersonId],
    pack: &Pack,
    rules: &YearRules,
) -> Result<Option<members::Count>, Common> {
    let Some((place, answer)) = answers.iter().enumerate().find(|(_, answer)| answer.question == PRESENT) else {
        return Ok(None);
    };
    let field = format!("decision.answers[{place}]");
    let present = members::read(&answer.text, pack, &field)?;
    let count = members::count(&present, barred, pack);
    members::require(count, rules, &field)?;
    Ok(Some(count))
}

/// Who was present for a decision of the leading group on this case; another duty in the project bars.
///
/// # Errors
/// `ATTENDANCE` or `QUORUM`.
pub fn attendance_of(
    state: &State,
    decision: &Decision,
    pack: &Pack,
    rules: &YearRules,
) -> Result<Option<members::Count>, Common> {
    let barred = state.duties.barring(Duty::Decider, &pack.exclusions).map(|act| act.person.clone());
    let barred: Vec<PersonId> = barred.collect();
    attendance(&decision.answers, &barred, pack, rules)
}

/// The resolution that the answers to [`questions`] make, with so many present.
///
/// # Errors
/// `NO_RESOLUTION` naming what is missing; `BAD_DATE` for what is no date or lies in the future.
pub fn try_from_answers(
    answers: &[Answer],
    present: Option<members::Count>,
    today: Date,
) -> Result<Resolution, Common> {
    let text = |id: &str| {
        let answer = answers.iter().find(|answer| answer.question == id);
        answer.map(|answer| answer.text.trim()).filter(|text| !text.is_empty())
    };
    let (Some(number), Some(date), Some(present)) = (text(RESOLUTION_NO), text(MEETING_DATE), present) else {
        return Err(missing(|id| if id == PRESENT { present.is_some() } else { text(id).is_some() }));
    };
    let field = || at(answers, MEETING_DATE);
    let meeting_date =
        parse_date(date).ok_or_else(|| bad_date(date, field(), "会议日期无效,应如 2022-03-01", "is no date"))?;
    if meeting_date > today {
        return Err(bad_date(date, field(), "会议日期不能晚于今天", "lies in the future"));
    }
    let (meeting_date, key) = (meeting_date.to_string(), comparable(number));
    Ok(Resolution { number: number.into(), meeting_date, attendance: present.present.into(), key })
}

fn missing(is_there: impl Fn(&str) -> bool) -> Common {
    let asked = [
        (RESOLUTION_NO, "决议文号", "resolution number"),
        (MEETING_DATE, "会议日期", "date of the meeting"),
        (PRESENT, "到会成员", "members present"),
    ];
    let absent: Vec<_> = asked.into_iter().filter(|(id, ..)| !is_there(id)).collect();
    let zh = absent.iter().map(|(_, zh, _)| *zh).collect::<Vec<_>>().join("、");
    let en = absent.iter().map(|(.., en)| *en).collect::<Vec<_>>().join(", ");
    let zh = format!("审定通过须有领导小组决议,尚缺:{zh}");
    let en = format!("an approval needs the leading group's resolution; missing: {en}");
    Common::rule(Explanation::new("NO_RESOLUTION", zh, en).at("decision.answers"))
}

fn bad_date(found: &str, field: String, zh: &str, en: &str) -> Common {
    let found: String = found.chars().take(40).collect();
    let explanation = Explanation::new("BAD_DATE", format!("{zh}:{found}"), format!("{found} {en}"));
    Common::invalid(explanation.at(field))
}

/// Where the answer to this question stands in the request.
#[must_use]
pub fn at(answers: &[Answer], question: &str) -> String {
    let place = answers.iter().position(|answer| answer.question == question);
    place.map_or_else(|| "decision.answers".to_owned(), |place| format!("decision.answers[{place}]"))
}

/// The refusal of a number that another meeting has.
#[must_use]
pub fn of_another_meeting(number: &str, meeting_date: &str, field: impl Into<String>) -> Common {
    let zh = format!("决议文号“{number}”已用于另一次会议;一个文号只对应一次会议({meeting_date} 的会议须另编文号)");
    let en =
        format!("the resolution number {number:?} belongs to another meeting: that of {meeting_date} needs its own");
    let explanation = Explanation::new("RESOLUTION_NO", zh, en).figures(meeting_date, "一次会议 one meeting");
    Common::rule(explanation.at(field))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use time::macros::date;

    use super::*;

    fn answers(number: &str, meeting_date: &str) -> Vec<Answer> {
        let answer =
            |id: &str, text: &str| Answer { question: id.into(), yes: false, text: text.into(), number: Some(0) };
        vec![answer(RESOLUTION_NO, number), answer(MEETING_DATE, meeting_date)]
    }

    const CAME: Option<members::Count> = Some(members::Count { due: 15, present: 11 });

    fn code(answers: &[Answer], present: Option<members::Count>) -> &'static str {
        match try_from_answers(answers, present, date!(2022 - 03 - 01)) {
            Ok(_) => "OK",
            Err(refusal) => refusal.explain().code,
        }
    }

    #[test]
    fn a_resolution_is_whole_or_refused() {
        assert_eq!(code(&answers("南振组〔2022〕3号", "2022-03-01"), CAME), "OK");
        assert_eq!(code(&answers("", "2022-03-01"), CAME), "NO_RESOLUTION");
        assert_eq!(code(&answers("  ", "2022-03-01"), CAME), "NO_RESOLUTION");
        assert_eq!(code(&answers("3号", ""), CAME), "NO_RESOLUTION");
        assert_eq!(code(&answers("3号", "2022-03-01"), None), "NO_RESOLUTION");
        assert_eq!(code(&[], CAME), "NO_RESOLUTION");
        assert_eq!(code(&answers("3号", "2022-03-02"), CAME), "BAD_DATE");
        assert_eq!(code(&answers("3号", "2022-02-30"), CAME), "BAD_DATE");
        assert_eq!(code(&answers("3号", "三月一日"), CAME), "BAD_DATE");
    }

    #[test]
    fn what_is_missing_is_named() {
        let refusal = try_from_answers(&answers("", ""), CAME, date!(2022 - 03 - 01)).expect_err("two missing");
        assert_eq!(refusal.explain().zh, "审定通过须有领导小组决议,尚缺:决议文号、会议日期");
        let late = try_from_answers(&answers("3号", "2022-03-02"), CAME, date!(2022 - 03 - 01));
        assert_eq!(late.expect_err("a day late").explain().fields[0].field, "decision.answers[1]");
    }

    #[test]
    fn a_number_is_compared_as_a_reader_would() {
        let key = |number: &str| {
            let resolution = try_from_answers(&answers(number, "2022-03-01"), CAME, date!(2022 - 03 - 01));
            resolution.expect("whole").key
        };
        assert_eq!(key("南振组〔2022〕3号"), key(" 南振组[2022] 3号 "));
        assert_ne!(key("南振组〔2022〕3号"), key("南振组〔2022〕4号"));
    }
}
