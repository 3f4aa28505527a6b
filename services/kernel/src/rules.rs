//! The rules of a fiscal year: code, value, legal basis and standing. A project is judged by the rules of its plan year.
//!
//! A [`YearRules`] is complete by construction (the county pack is checked at start), so a machine asks and never fails.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{
    Calendar, Due, Fen,
    calendar::{UnknownYear, civil_date, start_of_day},
    money::Share,
};

/// What stands behind a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The county's own report says so.
    Source,
    /// Read in a public rule or notice, which the basis names.
    Found,
    /// General knowledge of the field, not verified.
    Known,
    /// Our choice where nothing decides.
    Design,
}

impl Standing {
    /// As shown to people: `[found]`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Source => "[source]",
            Self::Found => "[found]",
            Self::Known => "[known]",
            Self::Design => "[design]",
        }
    }
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// A percentage or fraction.
    Share(Share),
    /// An amount.
    Amount(Fen),
    /// Calendar days.
    Days(u32),
    /// Working days.
    WorkingDays(u32),
    /// A number of persons or characters.
    Count(u32),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => share.fmt(f),
            Self::Amount(amount) => write!(f, "{amount} yuan"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::WorkingDays(days) => write!(f, "{days} working days"),
            Self::Count(count) => count.fmt(f),
        }
    }
}

/// Which sort of value a rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// See [`Value::Share`].
    Share,
    /// See [`Value::Amount`].
    Amount,
    /// See [`Value::Days`].
    Days,
    /// See [`Value::WorkingDays`].
    WorkingDays,
    /// See [`Value::Count`].
    Count,
}

impl Value {
    /// Its sort.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Share(_) => ValueKind::Share,
            Self::Amount(_) => ValueKind::Amount,
            Self::Days(_) => ValueKind::Days,
            Self::WorkingDays(_) => ValueKind::WorkingDays,
            Self::Count(_) => ValueKind::Count,
        }
    }
}

macro_rules! rule_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $kind:ident;)*) => {
        /// A rule that the program asks for. A county pack gives each a value for every fiscal year it serves.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleCode { $($(#[$doc])* $variant,)* }

        impl RuleCode {
            /// Every rule that a pack must give.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Stable code, as in the pack.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// The sort of value that it must have.
            #[must_use]
            pub fn value_kind(self) -> ValueKind { match self { $(Self::$variant => ValueKind::$kind,)* } }
        }
    };
}

rule_codes! {
    /// Representatives present of those entitled, at least (村民委员会组织法 26).
    QuorumPresent = "QUORUM_PRESENT", Share;
    /// Yes votes of those present, more than.
    VoteYes = "VOTE_YES", Share;
    /// Days of a public notice at village, township and county, at least.
    NoticeDays = "NOTICE_DAYS", Days;
    /// Whether a notice whose last day is no working day hangs on to the end of the next one (民法典 203): 1 or 0.
    NoticeExtension = "NOTICE_EXTENSION", Count;
    /// Working days to answer an objection before it goes one level up.
    ObjectionReplyDays = "OBJECTION_REPLY_DAYS", WorkingDays;
    /// Meetings of 四议两公开 that must have agreed, the representatives' own included.
    Deliberations = "DELIBERATIONS", Count;
    /// Branch and two committees: present of those entitled, at least.
    CommitteePresent = "COMMITTEE_PRESENT", Share;
    /// Branch and two committees: yes votes of those present, more than.
    CommitteeYes = "COMMITTEE_YES", Share;
    /// Party members' meeting: present of those entitled, at least.
    PartyPresent = "PARTY_PRESENT", Share;
    /// Party members' meeting: yes votes of those entitled, at least.
    PartyYes = "PARTY_YES", Share;
    /// Calendar days by which a village's meeting may precede the first draft, at most.
    VoteAge = "VOTE_AGE", Days;
    /// By how much of the total that was voted on it may rise without another vote, at most.
    RevoteTotal = "REVOTE_TOTAL", Share;
    /// By how much of the beneficiaries that were voted on they may fall without another vote, at most.
    RevoteBeneficiaries = "REVOTE_BENEFICIARIES", Share;
    /// R-2080: the village's own share of construction investment, at least.
    VillageShare = "R-2080", Share;
    /// Persons at a township's site check, at least.
    SiteCheckers = "SITE_CHECKERS", Count;
    /// Checks of completeness that a township's approval needs, at least: 1 or 0.
    CompletenessChecks = "COMPLETENESS_CHECKS", Count;
    /// Returns of one application that the township's clerk may make alone; the next needs the head.
    ClerkReturns = "CLERK_RETURNS", Count;
    /// Plan years that a project may wait in the pool.
    PoolYears = "POOL_YEARS", Count;
    /// Items in common from which two applications are suspected to be one, at least.
    DuplicateOverlap = "DUPLICATE_OVERLAP", Share;
    /// Working days for the township's review.
    TownshipReviewDays = "TOWNSHIP_REVIEW_DAYS", WorkingDays;
    /// Working days to correct a returned application.
    CorrectionDays = "CORRECTION_DAYS", WorkingDays;
    /// Working days after which an overdue correction ends the application as rejected.
    CorrectionLapse = "CORRECTION_LAPSE", WorkingDays;
    /// Days for which personal data are kept once an application is decided about for good.
    PersonalDataDays = "PERSONAL_DATA_DAYS", Days;
    /// Working days for a county department's opinion.
    CountyReviewDays = "COUNTY_REVIEW_DAYS", WorkingDays;
    /// Working days for the county office to decide after a department's rejection.
    OfficeDecisionDays = "OFFICE_DECISION_DAYS", WorkingDays;
    /// Calendar days until the leading group's next meeting.
    LeadingGroupDays = "LEADING_GROUP_DAYS", Days;
    /// Calendar days between two meetings of the leading group, at most: one a quarter.
    MeetingInterval = "MEETING_INTERVAL", Days;
    /// Members of the leading group present of those due, more than.
    LeadingGroupQuorum = "LEADING_GROUP_QUORUM", Share;
    /// Working days by which a task's due time is exceeded once the office has been told (催办).
    EscalationDays = "ESCALATION_DAYS", WorkingDays;
    /// Total investment from which an expert panel is needed.
    ExpertAmount = "EXPERT_AMOUNT", Amount;
    /// R-DD: total investment from which a market entity's project needs an expert panel (尽职调查).
    DueDiligence = "R-DD", Amount;
    /// Experts of a panel, at least.
    PanelSize = "PANEL_SIZE", Count;
    /// Experts of the panel of a project whose amount alone calls for one, at least.
    PanelSizeLarge = "PANEL_SIZE_LARGE", Count;
    /// Positive opinions of a panel, at least.
    PanelMajority = "PANEL_MAJORITY", Share;
    /// Working days for the office to convene a panel.
    PanelConveningDays = "PANEL_CONVENING_DAYS", WorkingDays;
    /// Working days for a panel's opinions and report.
    ExpertReviewDays = "EXPERT_REVIEW_DAYS", WorkingDays;
    /// Characters of opinion that a return or rejection needs, at least.
    OpinionLength = "OPINION_LENGTH", Count;
    /// An indicator's amount, at most: a slip of the pen adds zeros.
    IndicatorCeiling = "INDICATOR_CEILING", Amount;
    /// Working days to review or release a payment.
    PaymentReviewDays = "PAYMENT_REVIEW_DAYS", WorkingDays;
    /// R-ADV: advance of the contract price, at most.
    AdvanceMax = "R-ADV", Share;
    /// R-RET3: quality retention of the settlement, at most.
    RetentionMax = "R-RET3", Share;
    /// Members of the acceptance group, at least.
    AcceptanceGroup = "ACCEPTANCE_GROUP", Count;
    /// Villagers' representatives among them, at least.
    AcceptanceVillagers = "ACCEPTANCE_VILLAGERS", Count;
}

impl fmt::Display for RuleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a rule that this program knows")]
pub struct UnknownRule(pub String);

impl FromStr for RuleCode {
    type Err = UnknownRule;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|code| code.as_str() == s).ok_or_else(|| UnknownRule(s.to_owned()))
    }
}

/// One rule as it stands in one fiscal year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which rule.
    pub code: RuleCode,
    /// Its name in Chinese.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The document that it rests on.
    pub basis: String,
    /// What stands behind it.
    pub standing: Standing,
}

impl Rule {
    /// The basis as people read it, with its standing: `《村民委员会组织法》第26条 [found]`.
    #[must_use]
    pub fn basis_with_standing(&self) -> String {
        format!("{} {}", self.basis, self.standing.tag())
    }
}

/// All rules of one fiscal year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearRules {
    year: i32,
    rules: BTreeMap<RuleCode, Rule>,
}

/// What is missing or wrong in a set of rules for one year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRules {
    /// No value for this year.
    #[error("rule {code} has no value for fiscal year {year}")]
    Missing {
        /// The rule.
        code: RuleCode,
        /// The fiscal year.
        year: i32,
    },
    /// The wrong sort of value.
    #[error("rule {code} must be a {wanted:?} for fiscal year {year}")]
    WrongKind {
        /// The rule.
        code: RuleCode,
        /// The fiscal year.
        year: i32,
        /// The sort that it must have.
        wanted: ValueKind,
    },
}

impl YearRules {
    /// A complete set, each rule with its sort of value.
    ///
    /// # Errors
    /// [`BadRules`], naming the first rule at fault.
    pub fn try_new(year: i32, rules: impl IntoIterator<Item = Rule>) -> Result<Self, BadRules> {
        let rules: BTreeMap<RuleCode, Rule> = rules.into_iter().map(|rule| (rule.code, rule)).collect();
        for &code in RuleCode::ALL {
            let rule = rules.get(&code).ok_or(BadRules::Missing { code, year })?;
            if rule.value.kind() != code.value_kind() {
                return Err(BadRules::WrongKind { code, year, wanted: code.value_kind() });
            }
        }
        Ok(Self { year, rules })
    }

    /// The fiscal year.
    #[must_use]
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The rule of that code.
    #[must_use]
    pub fn rule(&self, code: RuleCode) -> &Rule {
        self.rules.get(&code).expect("a set of rules is complete by construction")
    }

    /// All rules, in order of code.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
    }

    /// The value of a rule that is a share.
    ///
    /// # Panics
    /// When `code` is no share: a programming error.
    #[must_use]
    pub fn share(&self, code: RuleCode) -> Share {
        match self.rule(code).value {
            Value::Share(share) => share,
            _ => unreachable!("{code} is not a share"),
        }
    }

    /// The value of a rule that is an amount.
    ///
    /// # Panics
    /// When `code` is no amount: a programming error.
    #[must_use]
    pub fn amount(&self, code: RuleCode) -> Fen {
        match self.rule(code).value {
            Value::Amount(amount) => amount,
            _ => unreachable!("{code} is not an amount"),
        }
    }

    /// When something that begins at that moment is due, by a rule of days or working days: the end of the last of them.
    /// Calendar days are sure; working days may be provisional.
    ///
    /// # Errors
    /// [`UnknownYear`] when working days lie beyond the calendar.
    pub fn due(&self, code: RuleCode, at: OffsetDateTime, calendar: &Calendar) -> Result<Due, UnknownYear> {
        let days = self.number(code);
        match code.value_kind() {
            ValueKind::WorkingDays => calendar.due_after(at, days),
            _ => Ok(Due::certain(start_of_day(civil_date(at)) + Duration::days(i64::from(days) + 1))),
        }
    }

    /// The value of a rule that is a number of days, working days, persons or characters.
    ///
    /// # Panics
    /// When `code` is a share or an amount: a programming error.
    #[must_use]
    pub fn number(&self, code: RuleCode) -> u32 {
        match self.rule(code).value {
            Value::Days(number) | Value::WorkingDays(number) | Value::Count(number) => number,
            Value::Share(_) | Value::Amount(_) => unreachable!("{code} is not a number"),
        }
    }
}
