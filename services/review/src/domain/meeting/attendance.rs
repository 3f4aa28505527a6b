//! Whether enough were there (到会情况): each of those present by person, and more than half of those due.
//!
//! Who is due says the county pack, by post: a record names persons, and how many there are follows from it.

use kernel::{
    Pack, PersonId, YearRules,
    refusal::{Common, Violations},
};

use super::record::{Attendance, Attendee};
use crate::domain::members;

/// The same with the names of the members, and with the numbers that the record left out.
#[must_use]
pub fn counted(attendance: Attendance, pack: &Pack) -> Attendance {
    let members = members::of(pack);
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let named = |attendee: Attendee| {
        let member = members.iter().find(|member| Some(&member.id) == attendee.person.as_ref());
        let name = member.map_or_else(|| attendee.name.clone(), |member| member.name.clone());
        Attendee { name, ..attendee }
    };
    let due = if attendance.due == 0 { number(members.len()) } else { attendance.due };
    let present = if attendance.present == 0 { number(attendance.persons.len()) } else { attendance.present };
    Attendance { due, present, persons: attendance.persons.into_iter().map(named).collect() }
}

/// Refuses an attendance that contradicts itself or the county's register, or with which the meeting decides nothing.
///
/// # Errors
/// `ATTENDANCE` with every wrong field, or `QUORUM`.
pub fn check(attendance: &Attendance, pack: &Pack, rules: &YearRules) -> Result<(), Common> {
    let Attendance { due, present, persons } = attendance;
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
    let present: Vec<PersonId> = attendance.present().cloned().collect();
    members::require(members::count(&present, &[], pack), rules, "attendance.persons")
}
