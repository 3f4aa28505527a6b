//! The members of the leading group (领导小组成员), by person: who is due, who was present, and whether those decide about this
//! project. They are the persons who hold the group's post in the county pack.
//!
//! Who has another duty in the project counts neither as due nor as present for it. The same holds for a meeting and for a
//! single task.

use kernel::{
    OrgCode, Pack, PersonId, Post, Role, RuleCode, YearRules,
    pack::Person,
    refusal::{Common, Violations, breach},
};

/// What stands between two persons in a text.
const BETWEEN: [char; 7] = ['、', ',', ',', ';', ';', '\n', '|'];

/// How many of them there are for a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Due (应到).
    pub due: u32,
    /// Present (实到).
    pub present: u32,
}

/// The post that speaks for the leading group and its office (领导小组及其办公室): it stands at the county itself.
#[must_use]
pub fn leading_group(pack: &Pack) -> Post {
    Post::new(Role::LeadingGroup, OrgCode::of(pack.county.division))
}

/// The members.
pub fn of(pack: &Pack) -> Vec<&Person> {
    pack.holders(&leading_group(pack)).collect()
}

/// The members as a text that [`read`] reads.
#[must_use]
pub fn line<'a>(members: impl IntoIterator<Item = &'a Person>) -> String {
    members.into_iter().map(|person| format!("{} {}", person.name, person.id)).collect::<Vec<_>>().join("、")
}

/// The members whom a text names, each by name, by id or by both.
///
/// # Errors
/// `ATTENDANCE` at this field, with everyone who is no member, is named twice, or shares the name with another member.
pub fn read(text: &str, pack: &Pack, field: &str) -> Result<Vec<PersonId>, Common> {
    let (members, mut wrong, mut present) = (of(pack), Violations::default(), Vec::new());
    for named in text.split(BETWEEN).map(str::trim).filter(|named| !named.is_empty()) {
        let is = |person: &&&Person| {
            named == person.id.0 || named == person.name || named == format!("{} {}", person.name, person.id)
        };
        let mut found = members.iter().filter(is);
        match (found.next(), found.next()) {
            (Some(person), None) if present.contains(&person.id) => {
                wrong.add("ATTENDANCE", field, format!("{named} 重复列出"), format!("{named} is named twice"));
            }
            (Some(person), None) => present.push(person.id.clone()),
            (Some(_), Some(_)) => {
                let zh = format!("有多位成员名为 {named},请填写人员编号");
                wrong.add("ATTENDANCE", field, zh, format!("{named} is several members: give the id"));
            }
            (None, _) => {
                let zh = format!("{named} 不是领导小组成员");
                wrong.add("ATTENDANCE", field, zh, format!("{named} is no member of the leading group"));
            }
        }
    }
    wrong.finish()?;
    Ok(present)
}

/// How many of those due were present, without those who are `barred` by another duty.
#[must_use]
pub fn count(present: &[PersonId], barred: &[PersonId], pack: &Pack) -> Count {
    let due: Vec<&PersonId> =
        of(pack).into_iter().map(|person| &person.id).filter(|person| !barred.contains(person)).collect();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let came = due.iter().filter(|person| present.contains(person)).count();
    Count { due: number(due.len()), present: number(came) }
}

/// Refuses a decision of too few.
///
/// # Errors
/// `QUORUM` at this field.
pub fn require(count: Count, rules: &YearRules, field: &str) -> Result<(), Common> {
    let Count { due, present } = count;
    let share = rules.share(RuleCode::LeadingGroupQuorum);
    if share.exceeded_by(present, due) {
        return Ok(());
    }
    let zh =
        format!("应到 {due} 人、实到 {present} 人(在本项目中另有职责的人员不计),到会人数未超过 {share},不能作出决定");
    let en = format!("{present} of {due} were present, not counting who has another duty here: not more than {share}");
    let explanation = breach("QUORUM", rules.rule(RuleCode::LeadingGroupQuorum), zh, en);
    Err(Common::rule(explanation.figures(format_args!("{present}/{due}"), share).at(field)))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::story::{group_of, pack};

    #[test]
    fn members_are_named_by_name_or_id_each_once() {
        let pack = group_of(3);
        let members = of(&pack);
        let ids: Vec<PersonId> = members.iter().map(|person| person.id.clone()).collect();
        assert_eq!(read(&line(members.iter().copied()), &pack, "x").expect("its own words"), ids);
        let mixed = format!("{},{}", members[0].name, ids[2]);
        assert_eq!(read(&mixed, &pack, "x").expect("known"), [ids[0].clone(), ids[2].clone()]);
        assert_eq!(read(" ", &pack, "x").expect("nobody"), []);
        for wrong in [format!("{0}、{0}", members[0].name), "某某".to_owned()] {
            let refusal = read(&wrong, &pack, "here").expect_err("refused").explain();
            assert_eq!((refusal.code, refusal.fields[0].field.as_str()), ("ATTENDANCE", "here"));
        }
    }

    #[test]
    fn c11_who_has_another_duty_is_neither_due_nor_present() {
        let pack = group_of(5);
        let ids: Vec<PersonId> = of(&pack).into_iter().map(|person| person.id.clone()).collect();
        assert_eq!(count(&ids[..3], &[], &pack), Count { due: 5, present: 3 });
        assert_eq!(count(&ids[..3], &ids[..2], &pack), Count { due: 3, present: 1 });
        let rules = self::pack();
        let rules = rules.rules_of(2022).expect("2022 has rules");
        let code = |due, present| require(Count { due, present }, rules, "x").err().map(|no| no.explain().code);
        assert_eq!(
            (code(5, 3), code(5, 2), code(4, 2), code(0, 0)),
            (None, Some("QUORUM"), Some("QUORUM"), Some("QUORUM"))
        );
    }
}
