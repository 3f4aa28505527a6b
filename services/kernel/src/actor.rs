//! Who acts: a person with posts (`role@org`), perhaps on someone else's behalf.
//!
//! The runtime makes an [`Actor`] from a token; whether that actor may is decided in a machine.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Division, refusal::Common};

/// A person's unified id (统一身份标识), the same for all of that person's accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub String);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organisation's code: its 12-digit division code, for a county department followed by `-` and the department.
///
/// `430921105000` is a township government, `430921000000-AGR` the county's agriculture bureau.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrgCode {
    division: Division,
    department: Option<String>,
}

impl OrgCode {
    /// The organisation that governs a division: a village committee, a township or county government.
    #[must_use]
    pub fn of(division: Division) -> Self {
        Self { division, department: None }
    }

    /// A department of that division's government.
    pub fn department_of(division: Division, department: impl Into<String>) -> Self {
        Self { division, department: Some(department.into()) }
    }

    /// The division it belongs to.
    #[must_use]
    pub fn division(&self) -> Division {
        self.division
    }

    /// The department's short code, e.g. `AGR`.
    #[must_use]
    pub fn department(&self) -> Option<&str> {
        self.department.as_deref()
    }
}

impl fmt::Display for OrgCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.department {
            Some(department) => write!(f, "{}-{department}", self.division),
            None => self.division.fmt(f),
        }
    }
}

/// A text that is no organisation code or post.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an organisation code (12 digits, or 12 digits, '-' and a department)")]
pub struct BadOrgCode(pub String);

impl FromStr for OrgCode {
    type Err = BadOrgCode;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bad = || BadOrgCode(s.chars().take(40).collect());
        let (division, department) = match s.split_once('-') {
            Some((division, department)) => (division, Some(department)),
            None => (s, None),
        };
        let well_formed = department
            .is_none_or(|d| (1..=16).contains(&d.len()) && d.chars().all(|c| c.is_ascii_uppercase() || c == '-'));
        if !well_formed {
            return Err(bad());
        }
        Ok(Self { division: division.parse().map_err(|_| bad())?, department: department.map(str::to_owned) })
    }
}

impl TryFrom<String> for OrgCode {
    type Error = BadOrgCode;
    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<OrgCode> for String {
    fn from(code: OrgCode) -> Self {
        code.to_string()
    }
}

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal;)*) => {
        /// A role in the process (角色).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role { $($(#[$doc])* #[serde(rename = $code)] $variant,)* }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Stable code, e.g. `T-GOV`.
            #[must_use]
            pub fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// Chinese name.
            #[must_use]
            pub fn zh(self) -> &'static str { match self { $(Self::$variant => $zh,)* } }
        }
    };
}

roles! {
    /// Village two committees.
    VillageCommittee = "V-SEC", "村“两委”";
    /// Village-based work team.
    VillageWorkTeam = "V-TEAM", "驻村工作队";
    /// Villagers' representative meeting.
    VillageAssembly = "V-ASM", "村民代表会议";
    /// Village affairs supervision committee.
    VillageSupervision = "V-SUP", "村务监督委员会";
    /// Village collective economic organization, owner of the assets.
    VillageCollective = "V-COL", "村级集体经济组织";
    /// Township clerk, project station.
    TownshipClerk = "T-OPR", "乡镇项目站";
    /// Township government head.
    TownshipHead = "T-GOV", "乡镇人民政府负责人";
    /// Township finance office.
    TownshipFinance = "T-FIN", "乡镇财政所";
    /// County rural revitalization bureau.
    RevitalizationBureau = "C-RRB", "县乡村振兴局";
    /// County finance bureau: funding opinion, indicators, funding approval.
    FinanceBureau = "C-FIN", "县财政局";
    /// County finance bureau: payment review.
    PaymentReviewer = "C-FIN-REV", "县财政局支付复核岗";
    /// County finance bureau: payment release.
    PaymentReleaser = "C-FIN-REL", "县财政局支付审批岗";
    /// A county sector department; the organisation says which.
    SectorDepartment = "C-SEC", "县级行业主管部门";
    /// Expert panel.
    Expert = "C-EXP", "论证专家";
    /// Leading group and its office.
    LeadingGroup = "C-LG", "县委实施乡村振兴战略领导小组";
    /// Discipline inspection and supervision.
    Discipline = "C-DISC", "县纪委监委";
    /// Audit bureau.
    Audit = "C-AUD", "县审计局";
    /// System administrator: accounts and configuration only, no business right.
    Administrator = "ADM", "系统管理员";
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role")]
pub struct BadRole(pub String);

impl FromStr for Role {
    type Err = BadRole;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|role| role.code() == s).ok_or_else(|| BadRole(s.chars().take(40).collect()))
    }
}

/// A post (岗位): a role in an organisation, written `role@org`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Post {
    /// The role.
    pub role: Role,
    /// Where.
    pub org: OrgCode,
}

impl Post {
    /// A post of `role` at `org`.
    #[must_use]
    pub fn new(role: Role, org: OrgCode) -> Self {
        Self { role, org }
    }
}

impl fmt::Display for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.role, self.org)
    }
}

/// A text that is no post.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a post (role@organisation)")]
pub struct BadPost(pub String);

impl FromStr for Post {
    type Err = BadPost;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bad = || BadPost(s.chars().take(60).collect());
        let (role, org) = s.split_once('@').ok_or_else(bad)?;
        Ok(Self { role: role.parse().map_err(|_| bad())?, org: org.parse().map_err(|_| bad())? })
    }
}

/// The person who acts, with the posts held at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who really acts.
    pub person: PersonId,
    /// Name, for records that people read.
    pub name: String,
    /// Posts held, own and delegated.
    pub posts: Vec<Post>,
    /// Whom this person stands in for, if a delegation is used.
    pub on_behalf_of: Option<PersonId>,
}

impl Actor {
    /// The persons whose duties count: the one who acts and the one acted for (SOD-5).
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }

    /// Whether this very post is held.
    #[must_use]
    pub fn holds(&self, post: &Post) -> bool {
        self.posts.contains(post)
    }

    /// The post of `role` whose division contains `place`, if held (SOD-4: a township acts for its own villages only).
    #[must_use]
    pub fn post_over(&self, role: Role, place: Division) -> Option<&Post> {
        self.posts.iter().find(|post| post.role == role && post.org.division().contains(place))
    }

    /// The post of `role` over `place`, or the scope refusal.
    ///
    /// # Errors
    /// [`Common::Scope`] when no such post is held.
    pub fn require_over(&self, role: Role, place: Division) -> Result<&Post, Common> {
        self.post_over(role, place).ok_or_else(|| Common::scope(self, format!("{role}@{place}")))
    }

    /// This very post, or the scope refusal.
    ///
    /// # Errors
    /// [`Common::Scope`] when it is not held.
    pub fn require(&self, post: &Post) -> Result<(), Common> {
        if self.holds(post) { Ok(()) } else { Err(Common::scope(self, post)) }
    }

    /// What the codes of the divisions begin with in which the actor works: for the register of persons. What is read of
    /// projects is [`Actor::reach`].
    #[must_use]
    pub fn division_prefixes(&self) -> Vec<String> {
        let posts = self.posts.iter().filter(|post| post.role != Role::Administrator);
        posts.map(|post| post.org.division().prefix().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(posts: &[&str]) -> Actor {
        let posts = posts.iter().map(|post| post.parse().expect("a test's post")).collect();
        Actor { person: PersonId("p".into()), name: "甲".into(), posts, on_behalf_of: None }
    }

    #[test]
    fn a_township_works_in_its_own_villages_and_an_administrator_nowhere() {
        assert_eq!(actor(&["T-GOV@430921129000"]).division_prefixes(), ["430921129"]);
        assert_eq!(actor(&["V-COL@430921129201-COL"]).division_prefixes(), ["430921129201"]);
        assert!(actor(&["ADM@430921000000"]).division_prefixes().is_empty());
    }

    #[test]
    fn what_is_no_post_is_refused() {
        for text in
            ["", "T-GOV", "T-GOV@", "T-GOV@430921", "KING@430921000000", "T-GOV@430921000000-agr", "@430921000000"]
        {
            assert!(text.parse::<Post>().is_err(), "{text}");
        }
    }
}
