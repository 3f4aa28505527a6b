//! What the leading group's approval needs (领导小组审定): resolution number, date of the meeting, attendance.
//!
//! Without all three there is no approval (`NO_RESOLUTION`); a meeting that has not been held decides nothing (`BAD_DATE`).

use kernel::{
    Explanation,
    calendar::parse_date,
    decision::{Answer, Outcome, QuestionKind},
    refusal::Common,
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::opinion::Question;

/// Question: number of the resolution.
pub const RESOLUTION_NO: &str = "resolution_no";
/// Question: date of the meeting.
pub const MEETING_DATE: &str = "meeting_date";
/// Question: how many were present.
pub const ATTENDANCE: &str = "attendance";

/// A resolution of the leading group (领导小组决议).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Number of the resolution (决议文号).
    pub number: String,
    /// Date of the meeting, `2022-03-01`.
    pub meeting_date: String,
    /// How many were present (到会人数).
    pub attendance: i64,
}

/// What the leading group is asked.
#[must_use]
pub fn questions() -> Vec<Question> {
    let question = |id: &str, zh: &str, en: &str, answered_as| Question {
        required_for: vec![Outcome::Approve],
        ..Question::of(id, zh, en, answered_as)
    };
    vec![
        question(RESOLUTION_NO, "决议文号", "Resolution number", QuestionKind::Text),
        question(MEETING_DATE, "会议日期", "Date of the meeting", QuestionKind::Date),
        question(ATTENDANCE, "到会人数", "Persons present", QuestionKind::Number),
    ]
}

impl Resolution {
    /// The resolution that the answers to [`questions`] make.
    ///
    /// # Errors
    /// `NO_RESOLUTION` naming what is missing; `BAD_DATE` for what is no date or lies in the future; `ATTENDANCE` for
    /// fewer than one person.
    pub fn try_from_answers(answers: &[Answer], today: Date) -> Result<Self, Common> {
        let answer = |id: &str| answers.iter().find(|answer| answer.question == id);
        let text = |id: &str| answer(id).map(|answer| answer.text.trim()).filter(|text| !text.is_empty());
        let (Some(number), Some(date), Some(attendance)) =
            (text(RESOLUTION_NO), text(MEETING_DATE), answer(ATTENDANCE))
        else {
            return Err(missing(|id| if id == ATTENDANCE { answer(id).is_some() } else { text(id).is_some() }));
        };
        let meeting_date =
            parse_date(date).ok_or_else(|| bad_date(date, "会议日期无效,应如 2022-03-01", "is no date"))?;
        if meeting_date > today {
            return Err(bad_date(date, "会议日期不能晚于今天", "lies in the future"));
        }
        let attendance = attendance.number.unwrap_or_default();
        if attendance < 1 {
            let explanation =
                Explanation::new("ATTENDANCE", "到会人数必须大于零", "at least one person must be present");
            return Err(Common::invalid(explanation.figures(attendance, 1).at(field(ATTENDANCE))));
        }
        Ok(Self { number: number.into(), meeting_date: meeting_date.to_string(), attendance })
    }
}

fn missing(is_there: impl Fn(&str) -> bool) -> Common {
    let absent: Vec<Question> = questions().into_iter().filter(|question| !is_there(&question.id)).collect();
    let list = |name: fn(&Question) -> &str, separator| absent.iter().map(name).collect::<Vec<_>>().join(separator);
    let zh = format!("审定通过须有领导小组决议,尚缺:{}", list(|question| &question.zh, "、"));
    let en =
        format!("an approval needs the leading group's resolution; missing: {}", list(|question| &question.en, ", "));
    let explanation = Explanation::new("NO_RESOLUTION", zh, en);
    Common::rule(absent.iter().fold(explanation, |explanation, question| explanation.at(field(&question.id))))
}

fn bad_date(found: &str, zh: &str, en: &str) -> Common {
    let found: String = found.chars().take(40).collect();
    let explanation = Explanation::new("BAD_DATE", format!("{zh}:{found}"), format!("{found} {en}"));
    Common::invalid(explanation.at(field(MEETING_DATE)))
}

fn field(question: &str) -> String {
    format!("decision.answers[{question}]")
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use time::macros::date;

    use super::*;

    fn answers(number: &str, meeting_date: &str, attendance: Option<i64>) -> Vec<Answer> {
        let answer = |id: &str, text: &str, number| Answer {
            question: id.into(),
            yes: false,
            text: text.into(),
            number: Some(number),
        };
        let mut answers = vec![answer(RESOLUTION_NO, number, 0), answer(MEETING_DATE, meeting_date, 0)];
        answers.extend(attendance.map(|number| answer(ATTENDANCE, "", number)));
        answers
    }

    fn code(answers: &[Answer]) -> &'static str {
        match Resolution::try_from_answers(answers, date!(2022 - 03 - 01)) {
            Ok(_) => "OK",
            Err(refusal) => refusal.explain().code,
        }
    }

    #[test]
    fn a_resolution_is_whole_or_refused() {
        assert_eq!(code(&answers("南振组〔2022〕3号", "2022-03-01", Some(15))), "OK");
        assert_eq!(code(&answers("", "2022-03-01", Some(15))), "NO_RESOLUTION");
        assert_eq!(code(&answers("  ", "2022-03-01", Some(15))), "NO_RESOLUTION");
        assert_eq!(code(&answers("3号", "", Some(15))), "NO_RESOLUTION");
        assert_eq!(code(&answers("3号", "2022-03-01", None)), "NO_RESOLUTION");
        assert_eq!(code(&[]), "NO_RESOLUTION");
        assert_eq!(code(&answers("3号", "2022-03-02", Some(15))), "BAD_DATE");
        assert_eq!(code(&answers("3号", "2022-02-30", Some(15))), "BAD_DATE");
        assert_eq!(code(&answers("3号", "三月一日", Some(15))), "BAD_DATE");
        assert_eq!(code(&answers("3号", "2022-03-01", Some(0))), "ATTENDANCE");
        assert_eq!(code(&answers("3号", "2022-03-01", Some(-3))), "ATTENDANCE");
    }

    #[test]
    fn what_is_missing_is_named() {
        let refusal =
            Resolution::try_from_answers(&answers("", "", Some(9)), date!(2022 - 03 - 01)).expect_err("two missing");
        let explanation = refusal.explain();
        assert_eq!(explanation.zh, "审定通过须有领导小组决议,尚缺:决议文号、会议日期");
        let fields: Vec<&str> = explanation.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["decision.answers[resolution_no]", "decision.answers[meeting_date]"]);
    }
}
