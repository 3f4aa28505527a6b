//! How the story is printed: for people in Chinese and English, or one JSON object a step.

use std::fmt::Write as _;

use kernel::{Pack, refusal::Explanation, rules::Rule};
use serde::Serialize;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::PASSWORD;
use crate::output::line;

/// One step, as told.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Told {
    /// Number, from 1.
    pub step: u32,
    /// When, by the demo's clock, in China.
    pub at: String,
    /// Who: a name.
    pub who: String,
    /// As what: a post.
    pub post: String,
    /// The post in words: role and organisation, in Chinese.
    pub duty: String,
    /// What, in Chinese.
    pub zh: String,
    /// What, in English.
    pub en: String,
    /// `ok` or `refused`.
    pub outcome: &'static str,
    /// Refusal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Rule that was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// What the rule allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// What the rule rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The refusal, in Chinese and English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

impl Told {
    /// A step that succeeded.
    pub fn ok(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into(), outcome: "ok", ..Self::default() }
    }

    /// A step that was refused, as it had to be.
    pub fn refused(zh: impl Into<String>, en: impl Into<String>, status: &Status) -> Self {
        let details = status.get_error_details();
        let mut told = Self { zh: zh.into(), en: en.into(), outcome: "refused", ..Self::default() };
        told.refusal = Some(status.message().to_owned());
        if let Some(info) = details.error_info() {
            let figure = |name: &str| info.metadata.get(name).cloned();
            told.code = Some(info.reason.clone());
            (told.rule, told.actual, told.limit, told.basis) =
                (figure("rule"), figure("actual"), figure("limit"), figure("basis"));
        }
        told
    }

    /// Adds the rule that was met, with its figures.
    #[must_use]
    pub fn under(mut self, rule: &Rule, actual: impl ToString, limit: impl ToString) -> Self {
        let explanation = Explanation::default().under(rule);
        self.rule = Some(rule.code.to_string());
        self.actual = Some(actual.to_string());
        self.limit = Some(limit.to_string());
        self.basis = explanation.basis;
        self
    }
}

/// How the story ended.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// `ASSET_REGISTERED` when the first project went the whole way.
    pub state: String,
    /// The project.
    pub project_id: String,
    /// Its number in the pool.
    pub pool_no: String,
    /// Its assets' numbers.
    pub asset_nos: Vec<String>,
    /// Who owns them.
    pub owner: String,
    /// Paid of public money, in yuan.
    pub paid_yuan: String,
    /// All debits of the ledger, in yuan.
    pub debits_yuan: String,
    /// All credits of the ledger, in yuan.
    pub credits_yuan: String,
    /// Whether the books balance.
    pub balanced: bool,
    /// Steps told.
    pub steps: u32,
    /// Refusals among them, by code.
    pub refusals: Vec<String>,
}

/// Prints what happens.
pub struct Telling {
    json: bool,
    ends: bool,
    step: u32,
    refusals: Vec<String>,
}

impl Telling {
    /// As JSON or for people; `ends` when the process ends after the story.
    #[must_use]
    pub fn new(json: bool, ends: bool) -> Self {
        Self { json, ends, step: 0, refusals: Vec::new() }
    }

    /// Steps so far.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.step
    }

    /// Codes of the refusals so far.
    #[must_use]
    pub fn refusals(&self) -> &[String] {
        &self.refusals
    }

    /// Tells one step.
    pub fn step(&mut self, mut told: Told) {
        self.step += 1;
        told.step = self.step;
        self.refusals.extend(told.code.clone());
        if self.json {
            line(serde_json::to_string(&told).expect("strings and numbers are JSON"));
        } else {
            line(for_people(&told));
        }
    }

    /// A heading between the parts of the story; not told as JSON.
    pub fn part(&self, zh: &str, en: &str) {
        if !self.json {
            line(format_args!("\n== {zh} / {en}"));
        }
    }

    /// Tells the end, and what to try next.
    pub fn summary(&self, summary: &Summary, address: &str, pack: &Pack) {
        if self.json {
            line(serde_json::to_string(summary).expect("strings and numbers are JSON"));
            return;
        }
        line(format_args!("\n资产已确权登记 / state {}: project {}", summary.state, summary.project_id));
        line(format_args!("  入库编号 pool number {},资产 assets {}", summary.pool_no, summary.asset_nos.join(", ")));
        line(format_args!(
            "  所有权人 owner {},已支付财政资金 public money paid {} 元",
            summary.owner, summary.paid_yuan
        ));
        let balance = if summary.balanced { "平 balanced" } else { "不平 NOT balanced" };
        line(format_args!("  借方 debits {} = 贷方 credits {}: {balance}", summary.debits_yuan, summary.credits_yuan));
        line(format_args!("  {} 步 steps,其中拒绝 of them refused: {}", summary.steps, summary.refusals.join(", ")));
        if !self.ends {
            line(format_args!("\n服务继续运行 / still serving gRPC at {address} (Ctrl-C ends)"));
            line(format_args!("可试用的账号 / accounts to try, password {PASSWORD}:"));
            for person in pack.persons.iter().take(12) {
                let posts: Vec<String> = person.posts.iter().map(ToString::to_string).collect();
                line(format_args!("  {:<24} {} {}", person.account, person.name, posts.join(" ")));
            }
            line(format_args!("  … {} in all: deploy/county/nanxian/persons.toml", pack.persons.len()));
        }
    }
}

fn for_people(told: &Told) -> String {
    let mark = if told.outcome == "ok" { "✓" } else { "✗" };
    let mut text = format!(
        "{:>3} {mark} {} {}({}) {}\n      {}\n      {}",
        told.step, told.at, told.who, told.duty, told.post, told.zh, told.en
    );
    if let (Some(rule), Some(actual), Some(limit)) =
        (told.rule.as_ref().or(told.code.as_ref()), &told.actual, &told.limit)
    {
        let basis = told.basis.as_deref().unwrap_or_default();
        // Writing to a String can't fail.
        let _ = write!(text, "\n      规则 rule {rule}: 实际 actual {actual},限值 limit {limit} {basis}");
    }
    if let Some(refusal) = &told.refusal {
        let _ = write!(text, "\n      拒绝 refused — {refusal}");
    }
    text
}
