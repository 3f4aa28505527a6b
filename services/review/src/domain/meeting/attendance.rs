//! Who was there (到会情况): members due, members present, and each of them by name. More than half of those due must be.

use kernel::{
    RuleCode, YearRules,
    refusal::{Common, Violations, breach},
};
use serde::{Deserialize, Serialize};

/// Attendance of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Members who were due (应到).
    pub due: u32,
    /// Members who were present (实到).
    pub present: u32,
    /// Each of those present.
    pub persons: Vec<Attendee>,
}

/// One who was present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Name.
    pub name: String,
    /// Office held (职务), such as 县财政局局长.
    pub title: String,
}

impl Attendance {
    /// Refuses an attendance that contradicts itself, or with which the meeting decides nothing.
    ///
    /// # Errors
    /// `ATTENDANCE` with every wrong field, or `QUORUM`.
    pub fn check(&self, rules: &YearRules) -> Result<(), Common> {
        let Self { due, present, persons } = self;
        let mut wrong = Violations::default();
        if *due == 0 {
            wrong.add("ATTENDANCE", "attendance.due", "应到人数必须大于零", "somebody must be due");
        }
        if present > due {
            let zh = format!("实到 {present} 人多于应到 {due} 人");
            wrong.add("ATTENDANCE", "attendance.present", zh, "more were present than were due");
        }
        if u32::try_from(persons.len()) != Ok(*present) {
            let zh = format!("到会名单有 {} 人,与实到 {present} 人不符", persons.len());
            let en = format!("{} persons are named, but {present} were present", persons.len());
            wrong.add("ATTENDANCE", "attendance.persons", zh, en);
        }
        for (index, person) in persons.iter().enumerate().filter(|(_, person)| person.name.trim().is_empty()) {
            let field = format!("attendance.persons[{index}].name");
            wrong.add("ATTENDANCE", field, format!("请填写到会人员姓名({})", person.title), "must be named");
        }
        wrong.finish()?;
        let share = rules.share(RuleCode::LeadingGroupQuorum);
        if share.exceeded_by(*present, *due) {
            return Ok(());
        }
        let zh = format!("应到 {due} 人、实到 {present} 人,到会人数未超过 {share},会议不能作出决定");
        let en = format!("{present} of {due} were present, not more than {share}: the meeting can't decide");
        let explanation = breach("QUORUM", rules.rule(RuleCode::LeadingGroupQuorum), zh, en);
        Err(Common::rule(explanation.figures(format_args!("{present}/{due}"), share).at("attendance.present")))
    }
}
