//! Who was there (到会情况): members due, members present, and each of them by person. More than half of those due must be.
//!
//! Who is due says the county pack, by post: a record names persons, and how many there are follows from it.

use kernel::{
    Pack, PersonId, YearRules,
    refusal::{Common, Violations},
};
use serde::{Deserialize, Serialize};

use crate::domain::members;

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
    /// Who; none in records of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Name.
    pub name: String,
    /// Office held (职务), such as 县财政局局长.
    pub title: String,
}

impl Attendance {
    /// The same with the names of the members, and with the numbers that the record left out.
    #[must_use]
    pub fn counted(self, pack: &Pack) -> Self {
        let members = members::of(pack);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let named = |attendee: Attendee| {
            let member = members.iter().find(|member| Some(&member.id) == attendee.person.as_ref());
            let name = member.map_or_else(|| attendee.name.clone(), |member| member.name.clone());
            Attendee { name, ..attendee }
        };
        let due = if self.due == 0 { number(members.len()) } else { self.due };
        let present = if self.present == 0 { number(self.persons.len()) } else { self.present };
        Self { due, present, persons: self.persons.into_iter().map(named).collect() }
    }

    /// Those present, by person.
    pub fn present(&self) -> impl Iterator<Item = &PersonId> {
        self.persons.iter().filter_map(|attendee| attendee.person.as_ref())
    }

    /// Refuses an attendance that contradicts itself or the county's register, or with which the meeting decides nothing.
    ///
    /// # Errors
    /// `ATTENDANCE` with every wrong field, or `QUORUM`.
    pub fn check(&self, pack: &Pack, rules: &YearRules) -> Result<(), Common> {
        let Self { due, present, persons } = self;
        let members = members::of(pack);
        let mut wrong = Violations::default();
        if usize::try_from(*due) != Ok(members.len()) {
            let zh = format!("领导小组应到 {} 人,填报 {due} 人", members.len());
            wrong.add("ATTENDANCE", "attendance.due", zh, format!("{} members are due, not {due}", members.len()));
        }
        if u32::try_from(persons.len()) != Ok(*present) {
            let zh = format!("到会名单有 {} 人,与实到 {present} 人不符", persons.len());
            let en = format!("{} persons are named, but {present} were present", persons.len());
            wrong.add("ATTENDANCE", "attendance.persons", zh, en);
        }
        for (index, Attendee { person, .. }) in persons.iter().enumerate() {
            let field = || format!("attendance.persons[{index}].person_id");
            let id = person.as_ref().map_or("", |person| person.0.as_str());
            if !members.iter().any(|member| member.id.0 == id) {
                let zh = format!("{id} 不是领导小组成员,请填写成员的人员编号");
                wrong.add("ATTENDANCE", field(), zh, "is no member of the leading group");
            } else if persons[..index].iter().any(|other| other.person == *person) {
                wrong.add("ATTENDANCE", field(), format!("{id} 重复列出"), "is named twice");
            }
        }
        wrong.finish()?;
        let present: Vec<PersonId> = self.present().cloned().collect();
        members::require(members::count(&present, &[], pack), rules, "attendance.persons")
    }
}
