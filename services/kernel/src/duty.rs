//! Separation of duties (不相容岗位分离, SOD-1, SOD-2, SOD-5): in one project nobody has two duties that exclude each other.
//!
//! Which do, the county says ([`Exclusions`]). Tested on the person who really acts, at that moment, and on the one acted
//! for. Each room keeps the acts that it saw, passes them on in its events, and asks the rooms that may know of later ones.

mod exclusions;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::exclusions::Exclusions;
use crate::{Actor, PersonId, refusal::Common};

/// What a person did in a project, as far as duties must stay apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Duty {
    /// 申报人: drafted, submitted or corrected the application, reported completion, or asked for payment.
    Applicant,
    /// 实地核查人: was at the township's site check, and says so.
    SiteChecker,
    /// 乡镇审核人: looked through the file, returned it, decided on it, or posted the township's notice.
    TownshipReviewer,
    /// 县级部门审核人: gave a county department's opinion. Stored as `COUNTY_REVIEWER` before the county's duties were told apart.
    #[serde(alias = "COUNTY_REVIEWER")]
    DepartmentReviewer,
    /// 论证专家.
    Expert,
    /// 县级办公室经办人: merged returns, convened a panel, posted the county's notice, kept the pool, proposed the plan, suspended.
    CountyOffice,
    /// 审定人: recorded the leading group's decision or took part in it, or approved the plan.
    Decider,
    /// 指标下达人: issued an indicator that the project is charged to.
    IndicatorIssuer,
    /// 资金批复人: approved the project's funding.
    FundingApprover,
    /// 合同签订人: recorded the contract.
    ContractSigner,
    /// 支付复核人.
    PaymentReviewer,
    /// 支付审批(放款)人.
    PaymentReleaser,
    /// 乡镇初验人: checked the finished works for the township, or registered the assets.
    TownshipInspector,
    /// 验收人: decided the county's acceptance.
    Acceptor,
    /// 审计人: fixed the audited final account.
    Auditor,
    /// 监督检查人.
    Inspector,
    /// 纪检监察人: froze or released the project for discipline inspection.
    Discipline,
}

impl Duty {
    /// Every duty, in the order of a project's life.
    pub const ALL: [Self; 17] = [
        Self::Applicant,
        Self::SiteChecker,
        Self::TownshipReviewer,
        Self::DepartmentReviewer,
        Self::Expert,
        Self::CountyOffice,
        Self::Decider,
        Self::IndicatorIssuer,
        Self::FundingApprover,
        Self::ContractSigner,
        Self::PaymentReviewer,
        Self::PaymentReleaser,
        Self::TownshipInspector,
        Self::Acceptor,
        Self::Auditor,
        Self::Inspector,
        Self::Discipline,
    ];

    /// Stable name, as in tables and the county pack.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applicant => "APPLICANT",
            Self::SiteChecker => "SITE_CHECKER",
            Self::TownshipReviewer => "TOWNSHIP_REVIEWER",
            Self::DepartmentReviewer => "DEPARTMENT_REVIEWER",
            Self::Expert => "EXPERT",
            Self::CountyOffice => "COUNTY_OFFICE",
            Self::Decider => "DECIDER",
            Self::IndicatorIssuer => "INDICATOR_ISSUER",
            Self::FundingApprover => "FUNDING_APPROVER",
            Self::ContractSigner => "CONTRACT_SIGNER",
            Self::PaymentReviewer => "PAYMENT_REVIEWER",
            Self::PaymentReleaser => "PAYMENT_RELEASER",
            Self::TownshipInspector => "TOWNSHIP_INSPECTOR",
            Self::Acceptor => "ACCEPTOR",
            Self::Auditor => "AUDITOR",
            Self::Inspector => "INSPECTOR",
            Self::Discipline => "DISCIPLINE",
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
            Self::SiteChecker => "实地核查人",
            Self::TownshipReviewer => "乡镇审核人",
            Self::DepartmentReviewer => "县级部门审核人",
            Self::Expert => "论证专家",
            Self::CountyOffice => "县级办公室经办人",
            Self::Decider => "审定人",
            Self::IndicatorIssuer => "指标下达人",
            Self::FundingApprover => "资金批复人",
            Self::ContractSigner => "合同签订人",
            Self::PaymentReviewer => "支付复核人",
            Self::PaymentReleaser => "支付审批人",
            Self::TownshipInspector => "乡镇初验人",
            Self::Acceptor => "验收人",
            Self::Auditor => "审计人",
            Self::Inspector => "监督检查人",
            Self::Discipline => "纪检监察人",
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

impl Duties {
    /// Refuses when the actor, or the person acted for, has a duty here that excludes this one.
    ///
    /// # Errors
    /// [`Common::Sod`], naming the duty already held.
    pub fn permit(&self, actor: &Actor, tried: Duty, exclusions: &Exclusions) -> Result<(), Common> {
        actor.persons().try_for_each(|person| self.permit_person(person, tried, exclusions))
    }

    /// Refuses when this person has a duty here that excludes this one.
    ///
    /// # Errors
    /// [`Common::Sod`], naming the duty already held.
    pub fn permit_person(&self, person: &PersonId, tried: Duty, exclusions: &Exclusions) -> Result<(), Common> {
        match self.barring(tried, exclusions).find(|act| act.person == *person) {
            None => Ok(()),
            Some(act) => Err(Common::Sod { person: act.person.clone(), held: act.duty, tried }),
        }
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

    /// Whether nobody has acted yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers what another room saw.
    pub fn add(&mut self, acts: &Self) {
        for act in &acts.0 {
            self.record_person(&act.person, act.duty);
        }
    }

    /// Those of these acts that are not known here, if any.
    #[must_use]
    pub fn news(&self, acts: &Self) -> Option<Self> {
        let news: Vec<Act> = acts.0.iter().filter(|act| !self.0.contains(act)).cloned().collect();
        (!news.is_empty()).then_some(Self(news))
    }

    /// The acts that forbid `tried` to those who did them.
    pub fn barring<'a>(&'a self, tried: Duty, exclusions: &'a Exclusions) -> impl Iterator<Item = &'a Act> {
        self.0.iter().filter(move |act| exclusions.excludes(act.duty, tried))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_a_duty_once_and_an_event_of_before_is_understood() {
        let mut duties = Duties::default();
        for (person, duty) in [("a", Duty::Applicant), ("a", Duty::Applicant), ("b", Duty::Decider)] {
            duties.record_person(&PersonId(person.to_owned()), duty);
        }
        let kept: Vec<(&str, Duty)> = duties.0.iter().map(|act| (act.person.0.as_str(), act.duty)).collect();
        assert_eq!(kept, [("a", Duty::Applicant), ("b", Duty::Decider)], "a repeat adds nothing");
        let stored: Act =
            serde_json::from_str(r#"{"person": "c", "duty": "COUNTY_REVIEWER"}"#).expect("an event of before");
        assert_eq!(stored.duty, Duty::DepartmentReviewer);
    }

    #[test]
    fn a_duty_forbids_those_that_it_excludes_and_no_others() {
        use Duty::{Acceptor, SiteChecker, TownshipInspector};
        let exclusions = Exclusions::of([(SiteChecker, Acceptor)]);
        let mut duties = Duties::default();
        let actor = |person: &str, for_whom: Option<&str>| Actor {
            person: PersonId(person.into()),
            name: "甲".into(),
            posts: Vec::new(),
            on_behalf_of: for_whom.map(|person| PersonId(person.into())),
        };
        duties.record(&actor("a", Some("b")), SiteChecker);
        for (who, duty, held) in [
            (actor("a", None), Acceptor, true),
            (actor("b", None), Acceptor, true),
            (actor("c", Some("b")), Acceptor, true),
            (actor("c", None), Acceptor, false),
            (actor("a", None), TownshipInspector, false),
            (actor("a", None), SiteChecker, false),
        ] {
            assert_eq!(duties.permit(&who, duty, &exclusions).is_err(), held, "{who:?} {duty}");
        }
    }
}
