//! How a "no" is said: a stable code, the rule, the actual value, the limit, its legal basis, in two languages.
//!
//! A machine's refusals are one enum that implements [`Refusal`]; what many machines refuse alike is [`Common`].
//! `runtime::status` turns an [`Explanation`] into gRPC error details, once for all rooms.

use std::fmt;

use crate::{Actor, Duty, PersonId, calendar::UnknownYear, rules::Rule};

/// What sort of "no" this is: it decides the gRPC status and what a consumer does with the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing. gRPC `NOT_FOUND`.
    NotFound,
    /// The input is wrong whatever the state. gRPC `INVALID_ARGUMENT`.
    Invalid,
    /// The state or a rule forbids it. gRPC `FAILED_PRECONDITION`.
    Conflict,
    /// The caller read an older version. gRPC `ABORTED`.
    Stale,
    /// The actor may not. gRPC `PERMISSION_DENIED`.
    Forbidden,
    /// A fact that must come first has not arrived. gRPC `FAILED_PRECONDITION`; a consumer tries again.
    TooEarly,
}

/// One wrong field of a request, named as in the contract (`content.items[2].unit_price`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Stable code of what is wrong, e.g. `BAD_MONEY`.
    pub code: &'static str,
    /// Path of the field in the request.
    pub field: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

impl FieldViolation {
    /// A violation of `field`, said in both languages.
    pub fn new(code: &'static str, field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, field: field.into(), zh: zh.into(), en: en.into() }
    }
}

/// Collects everything that is wrong with a request, so that it is all said at once.
#[derive(Debug, Default)]
pub struct Violations(Vec<FieldViolation>);

impl Violations {
    /// Adds one wrong field.
    pub fn add(&mut self, code: &'static str, field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(FieldViolation::new(code, field, zh, en));
    }

    /// Takes the value, or notes why there is none.
    pub fn take<T>(&mut self, value: Result<T, FieldViolation>) -> Option<T> {
        value.map_err(|violation| self.0.push(violation)).ok()
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses when anything is wrong; the code is that of the first wrong field.
    ///
    /// # Errors
    /// [`Common::Invalid`] with every wrong field.
    pub fn finish(self) -> Result<(), Common> {
        let Some(first) = self.0.first() else { return Ok(()) };
        let mut explanation = Explanation::new(first.code, first.zh.clone(), format!("{}: {}", first.field, first.en));
        explanation.fields = self.0;
        Err(Common::invalid(explanation))
    }
}

/// All that a client, a clerk and the audit record need to know of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// Stable code, e.g. `RATIO_VILLAGE`.
    pub code: &'static str,
    /// Code of the rule in the county pack, where a rule refused.
    pub rule: Option<&'static str>,
    /// The value that was found, as a clerk writes it (yuan with two decimals, days, persons).
    pub actual: Option<String>,
    /// The value that the rule allows, in the same unit.
    pub limit: Option<String>,
    /// The document that the rule rests on, with its standing.
    pub basis: Option<String>,
    /// Wrong fields, where the input is at fault.
    pub fields: Vec<FieldViolation>,
    /// The message in Chinese.
    pub zh: String,
    /// The message in English.
    pub en: String,
}

impl Explanation {
    /// An explanation with a code and the two messages.
    pub fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, zh: zh.into(), en: en.into(), ..Self::default() }
    }

    /// Adds what was found and what is allowed.
    #[must_use]
    pub fn figures(mut self, actual: impl fmt::Display, limit: impl fmt::Display) -> Self {
        self.actual = Some(actual.to_string());
        self.limit = Some(limit.to_string());
        self
    }

    /// Adds the rule and its basis.
    #[must_use]
    pub fn under(mut self, rule: &Rule) -> Self {
        self.rule = Some(rule.code.as_str());
        self.basis = Some(rule.basis_with_standing());
        self
    }

    /// Adds one wrong field, with this explanation's own messages.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.fields.push(FieldViolation::new(self.code, field, self.zh.clone(), self.en.clone()));
        self
    }
}

/// Why a machine says no.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// What sort of "no".
    fn kind(&self) -> Kind;
    /// The whole of it.
    fn explain(&self) -> Explanation;
}

/// Refusals that mean the same in every machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Common {
    /// The thing does not exist (yet).
    #[error("{what} does not exist")]
    NotFound {
        /// Name of the thing in both languages, Chinese first: `项目 project`.
        what: &'static str,
    },
    /// It exists already with other content.
    #[error("{what} exists already")]
    Exists {
        /// Name of the thing in both languages.
        what: &'static str,
    },
    /// The state does not allow the command.
    #[error("{command} is not possible in state {state}")]
    WrongState {
        /// The state it is in.
        state: &'static str,
        /// The command that was refused.
        command: &'static str,
    },
    /// The task or step has been decided before, otherwise.
    #[error("already decided")]
    AlreadyDecided,
    /// A fact that must come first has not arrived.
    #[error("{what} is not known yet")]
    TooEarly {
        /// What is awaited.
        what: &'static str,
    },
    /// The actor holds no post that allows this here.
    #[error("{person} holds no post {needed}")]
    Scope {
        /// Who tried.
        person: PersonId,
        /// The post that would allow it, `role@org`.
        needed: String,
    },
    /// Separation of duties: the person has another duty in the same project.
    #[error("{person} already acted as {held:?}")]
    Sod {
        /// Who tried.
        person: PersonId,
        /// The duty already held.
        held: Duty,
        /// The duty that was tried.
        tried: Duty,
    },
    /// What was read has changed since.
    #[error("{}", .0.en)]
    Stale(Box<Explanation>),
    /// The county pack has no rules for the fiscal year.
    #[error("the county pack has no rules for fiscal year {0}")]
    NoRules(i32),
    /// The holiday calendar ends before a due date.
    #[error(transparent)]
    Calendar(#[from] UnknownYear),
    /// A rule of the year forbids it.
    #[error("{}", .0.en)]
    Rule(Box<Explanation>),
    /// The input is wrong.
    #[error("{}", .0.en)]
    Invalid(Box<Explanation>),
}

impl Common {
    /// A scope refusal for this actor.
    pub fn scope(actor: &Actor, needed: impl fmt::Display) -> Self {
        Self::Scope { person: actor.person.clone(), needed: needed.to_string() }
    }

    /// A refusal of what is about an older version.
    #[must_use]
    pub fn stale(explanation: Explanation) -> Self {
        Self::Stale(Box::new(explanation))
    }

    /// A refusal by a rule.
    #[must_use]
    pub fn rule(explanation: Explanation) -> Self {
        Self::Rule(Box::new(explanation))
    }

    /// A refusal of the input.
    #[must_use]
    pub fn invalid(explanation: Explanation) -> Self {
        Self::Invalid(Box::new(explanation))
    }
}

impl Refusal for Common {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::Exists { .. }
            | Self::WrongState { .. }
            | Self::AlreadyDecided
            | Self::NoRules(_)
            | Self::Calendar(_)
            | Self::Rule(_) => Kind::Conflict,
            Self::Stale(_) => Kind::Stale,
            Self::TooEarly { .. } => Kind::TooEarly,
            Self::Scope { .. } | Self::Sod { .. } => Kind::Forbidden,
            Self::Invalid(_) => Kind::Invalid,
        }
    }

    fn explain(&self) -> Explanation {
        match self {
            Self::NotFound { what } => Explanation::new("NOT_FOUND", format!("不存在:{what}"), self.to_string()),
            Self::Exists { what } => Explanation::new("EXISTS", format!("已存在:{what}"), self.to_string()),
            Self::WrongState { state, command } => {
                Explanation::new("WRONG_STATE", format!("当前状态 {state} 不允许此操作({command})"), self.to_string())
                    .figures(state, command)
            }
            Self::AlreadyDecided => {
                Explanation::new("ALREADY_DECIDED", "该事项已作出决定,不得重复办理", self.to_string())
            }
            Self::TooEarly { what } => {
                Explanation::new("TOO_EARLY", format!("前置事项尚未到达:{what}"), self.to_string())
            }
            Self::Scope { person, needed } => Explanation::new(
                "SCOPE",
                format!("无权办理:需要岗位 {needed}"),
                format!("not within your scope: needs post {needed}"),
            )
            .figures(person, needed),
            Self::Sod { person, held, tried } => Explanation::new(
                "SOD",
                format!("不相容岗位分离:{person} 在本项目中已任{},不得再任{}", held.zh(), tried.zh()),
                format!("separation of duties: {person} already acted as {held}, so not as {tried}"),
            )
            .figures(held, tried),
            Self::NoRules(year) => {
                let zh = format!("县级配置包缺少 {year} 年度规则,请系统管理员补充");
                Explanation::new("NO_RULES", zh, self.to_string())
            }
            Self::Calendar(year) => Explanation::new("NO_CALENDAR", year.zh(), self.to_string()),
            Self::Stale(explanation) | Self::Rule(explanation) | Self::Invalid(explanation) => (**explanation).clone(),
        }
    }
}

/// An [`Explanation`] for a broken rule, ready to be given figures.
#[must_use]
pub fn breach(code: &'static str, rule: &Rule, zh: impl Into<String>, en: impl Into<String>) -> Explanation {
    Explanation::new(code, zh, en).under(rule)
}
