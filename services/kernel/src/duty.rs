//! Separation of duties (不相容岗位分离, SOD-1, SOD-2, SOD-5): in one project a person has one duty.
//!
//! Tested on the person who really acts, at that moment, and on the one acted for. Each room keeps the acts it saw and
//! passes them on in its events, so that the next room can refuse.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Actor, PersonId, refusal::Common};

/// What a person did in a project, as far as duties must stay apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Duty {
    /// 申报人: drafted, submitted or corrected the application, or asked for payment.
    Applicant,
    /// 乡镇审核人.
    TownshipReviewer,
    /// 县级部门审核人.
    CountyReviewer,
    /// 论证专家.
    Expert,
    /// 领导小组审定人.
    Decider,
    /// 支付复核人.
    PaymentReviewer,
    /// 支付审批(放款)人.
    PaymentReleaser,
    /// 验收人.
    Acceptor,
    /// 审计人.
    Auditor,
    /// 监督检查人.
    Inspector,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 10] = [
        Self::Applicant,
        Self::TownshipReviewer,
        Self::CountyReviewer,
        Self::Expert,
        Self::Decider,
        Self::PaymentReviewer,
        Self::PaymentReleaser,
        Self::Acceptor,
        Self::Auditor,
        Self::Inspector,
    ];

    /// Stable name, as in contracts and tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applicant => "APPLICANT",
            Self::TownshipReviewer => "TOWNSHIP_REVIEWER",
            Self::CountyReviewer => "COUNTY_REVIEWER",
            Self::Expert => "EXPERT",
            Self::Decider => "DECIDER",
            Self::PaymentReviewer => "PAYMENT_REVIEWER",
            Self::PaymentReleaser => "PAYMENT_RELEASER",
            Self::Acceptor => "ACCEPTOR",
            Self::Auditor => "AUDITOR",
            Self::Inspector => "INSPECTOR",
        }
    }

    /// The duty of that stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|duty| duty.as_str() == name)
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Applicant => "申报人",
            Self::TownshipReviewer => "乡镇审核人",
            Self::CountyReviewer => "县级审核人",
            Self::Expert => "论证专家",
            Self::Decider => "审定人",
            Self::PaymentReviewer => "支付复核人",
            Self::PaymentReleaser => "支付审批人",
            Self::Acceptor => "验收人",
            Self::Auditor => "审计人",
            Self::Inspector => "监督检查人",
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One act of one person under one duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who acted, or was acted for.
    pub person: PersonId,
    /// Under which duty.
    pub duty: Duty,
}

/// Who has had which duty in a project so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duties(pub Vec<Act>);

/// A text that names no duty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no duty {0:?}")]
pub struct UnknownDuty(pub String);

impl Duties {
    /// The acts that another room saw: each a person and the stable name of a duty.
    ///
    /// # Errors
    /// [`UnknownDuty`] for the first name that is none.
    pub fn try_from_named(acts: impl IntoIterator<Item = (String, String)>) -> Result<Self, UnknownDuty> {
        let mut duties = Self::default();
        for (person, name) in acts {
            let duty = Duty::parse(&name).ok_or(UnknownDuty(name))?;
            duties.record_person(&PersonId(person), duty);
        }
        Ok(duties)
    }

    /// Refuses when the actor, or the person acted for, has another duty here.
    ///
    /// # Errors
    /// [`Common::Sod`], naming the duty already held.
    pub fn permit(&self, actor: &Actor, tried: Duty) -> Result<(), Common> {
        let clash = self.0.iter().find(|act| act.duty != tried && actor.persons().any(|person| *person == act.person));
        clash.map_or(Ok(()), |act| Err(Common::Sod { person: act.person.clone(), held: act.duty, tried }))
    }

    /// Remembers that the actor, and the person acted for, had this duty. Repeats add nothing.
    pub fn record(&mut self, actor: &Actor, duty: Duty) {
        for person in actor.persons() {
            self.record_person(person, duty);
        }
    }

    /// Remembers that this person had this duty. Repeats add nothing.
    pub fn record_person(&mut self, person: &PersonId, duty: Duty) {
        let act = Act { person: person.clone(), duty };
        if !self.0.contains(&act) {
            self.0.push(act);
        }
    }

    /// Everyone whose earlier duty forbids `tried`: not to be offered such a task.
    pub fn excluded_from(&self, tried: Duty) -> impl Iterator<Item = &PersonId> {
        self.0.iter().filter(move |act| act.duty != tried).map(|act| &act.person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_of_other_rooms_are_read_by_their_stable_names() {
        let named = |acts: &[(&str, &str)]| {
            Duties::try_from_named(acts.iter().map(|(person, duty)| ((*person).to_owned(), (*duty).to_owned())))
        };
        let duties = named(&[("a", "APPLICANT"), ("a", "APPLICANT"), ("b", "DECIDER")]).expect("known duties");
        let read: Vec<(&str, Duty)> = duties.0.iter().map(|act| (act.person.0.as_str(), act.duty)).collect();
        assert_eq!(read, [("a", Duty::Applicant), ("b", Duty::Decider)], "a repeat adds nothing");
        assert_eq!(named(&[("a", "KING")]), Err(UnknownDuty("KING".to_owned())));
    }
}
