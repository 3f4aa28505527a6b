//! The application form (项目申报书): what is to be built, for how much, from which money, for whose benefit.
//!
//! A draft may be incomplete; [`super::super::admissible`] says when it is whole. What a correction may not touch, because the
//! village has voted on it and read it on the notice board, is [`Content::material_changes`].

use std::collections::BTreeSet;

use kernel::{Attachment, Division, Fen, text::comparable};
use serde::{Deserialize, Serialize};
use time::Date;

use super::date::civil;

/// The application form (项目申报书).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Plan year (计划年度), whose rules judge the project.
    pub fiscal_year: i32,
    /// Project name (项目名称).
    pub title: String,
    /// Main category of the county pack (项目类别).
    pub category: String,
    /// Sub-type of that category.
    pub sub_type: String,
    /// The village.
    pub village: Division,
    /// Place of construction (建设地点).
    pub place: String,
    /// Responsible person of the village (项目负责人).
    pub responsible_person: String,
    /// Operator (经营主体) and operating mode.
    pub operator: String,
    /// Content and scale of construction (建设内容及规模).
    pub items: Vec<Item>,
    /// Money by source and use (资金来源).
    pub budget: Vec<BudgetLine>,
    /// Total investment (总投资); zero while it is not said.
    pub total: Fen,
    /// Benefit linkage (联农带农利益联结).
    pub linkage: Linkage,
    /// Performance targets (绩效目标).
    pub performance_targets: Vec<PerformanceTarget>,
    /// Land status (用地情况).
    pub land_note: String,
    /// Environment note (环境影响说明).
    pub environment_note: String,
    /// Schedule (进度安排).
    pub schedule: String,
    /// When building is to begin (计划开工日期).
    #[serde(default, with = "civil::option", skip_serializing_if = "Option::is_none")]
    pub construction_begin_date: Option<Date>,
    /// When it is to be finished (计划竣工日期).
    #[serde(default, with = "civil::option", skip_serializing_if = "Option::is_none")]
    pub construction_end_date: Option<Date>,
    /// Attachments by content.
    pub attachments: Vec<Attachment>,
    /// Nature of the works (建设性质).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// Responsible unit (责任单位).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub responsible_unit: String,
    /// How it is operated (经营方式).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_mode: Option<OperatingMode>,
    /// Where it is, for a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// The other villages that take part (联村).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joint_villages: Vec<Division>,
    /// Jobs expected (预计带动就业).
    #[serde(default)]
    pub jobs: Jobs,
}

/// Nature of the works (建设性质).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Nature {
    /// 新建.
    New,
    /// 扩建.
    Extension,
    /// 改建.
    Renovation,
    /// 续建.
    Continuation,
}

/// How a project is operated (经营方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperatingMode {
    /// 自营.
    Own,
    /// 租赁.
    Lease,
    /// 入股.
    Equity,
    /// 委托.
    Entrusted,
}

/// A place on the map, in millionths of a degree (CGCS2000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinates {
    /// North.
    pub latitude_micro: i32,
    /// East.
    pub longitude_micro: i32,
}

/// Jobs expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jobs {
    /// All of them.
    pub all: u32,
    /// Of these, temporary (临时性岗位).
    pub temporary: u32,
}

/// One item of construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What.
    pub title: String,
    /// Quantity in thousandths of the unit.
    pub quantity_milli: i64,
    /// Unit.
    pub unit: String,
    /// Amount.
    pub amount: Fen,
    /// Price of one unit, rounded to the fen; zero while it is not said.
    #[serde(default)]
    pub unit_price: Fen,
}

impl Item {
    /// Whether the unit's price is the amount by the quantity, rounded to the fen. Items are exact, prices are not: what
    /// counts is the sum.
    #[must_use]
    pub fn is_priced_right(&self) -> bool {
        let quantity = i128::from(self.quantity_milli);
        let difference = i128::from(self.amount.fen()) * 1_000 - i128::from(self.unit_price.fen()) * quantity;
        difference.abs() * 2 <= quantity
    }
}

/// Money from one source for one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// Source code of the county pack.
    pub source: String,
    /// Use.
    pub usage: BudgetUse,
    /// Amount.
    pub amount: Fen,
}

/// What a budget line pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BudgetUse {
    /// 项目建设投资: the base of the 20:80 rule.
    Construction,
    /// 配套基础设施: outside the base.
    Ancillary,
}

/// Who benefits, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linkage {
    /// Households that benefit.
    pub households: u32,
    /// Persons that benefit.
    pub persons: u32,
    /// Of these, lifted-out persons (脱贫人口).
    pub lifted_out_persons: u32,
    /// Of these, monitored persons (监测对象).
    pub monitored_persons: u32,
    /// Ways: wage, land rent, order, dividend, service.
    pub ways: Vec<String>,
    /// Income that the collective expects a year (村集体预计年收益).
    #[serde(default)]
    pub collective_income: Fen,
    /// Income that a household expects a year (户均预计年增收).
    #[serde(default)]
    pub household_income: Fen,
    /// Of the monitored persons: 脱贫不稳定户.
    #[serde(default)]
    pub unstable_persons: u32,
    /// Of the monitored persons: 边缘易致贫户.
    #[serde(default)]
    pub marginal_persons: u32,
    /// Of the monitored persons: 突发严重困难户.
    #[serde(default)]
    pub hardship_persons: u32,
}

/// A performance target (绩效目标).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformanceTarget {
    /// Indicator.
    pub indicator: String,
    /// Target value with its unit.
    pub target: String,
}

/// A section of the form that changed, as JSON with the names of the stored form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionChange {
    /// Its name.
    pub section: String,
    /// As it was; empty when it was not filled in.
    pub before: String,
    /// As it became; empty when it is not filled in any more.
    pub after: String,
}

impl Content {
    /// The sections that differ from another form's, by name.
    ///
    /// # Panics
    /// Never: a form is always JSON.
    #[must_use]
    pub fn changes_to(&self, other: &Self) -> Vec<SectionChange> {
        let sections = |content: &Self| match serde_json::to_value(content).expect("a form is JSON") {
            serde_json::Value::Object(sections) => sections,
            _ => serde_json::Map::new(),
        };
        let (before, after) = (sections(self), sections(other));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let text = |value: Option<&serde_json::Value>| value.map(ToString::to_string).unwrap_or_default();
        let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
        let change = |name: &String| SectionChange {
            section: name.clone(),
            before: text(before.get(name)),
            after: text(after.get(name)),
        };
        changed.map(change).collect()
    }

    /// Whether it is built in another place. What is said of it for the first time moves nothing.
    #[must_use]
    pub fn is_placed_otherwise(&self, other: &Self) -> bool {
        let moved = self.coordinates.is_some() && self.coordinates != other.coordinates;
        moved || comparable(&self.place) != comparable(&other.place)
    }

    /// Whether a check of the site that this form describes would be another check: of another place or list of items.
    #[must_use]
    pub fn has_another_site(&self, other: &Self) -> bool {
        self.is_placed_otherwise(other) || self.villages() != other.villages() || self.items != other.items
    }

    /// The sections that differ from `other` in what the village's notice shows: what is built where and by whom, with whose
    /// money, and who has what of it.
    #[must_use]
    pub fn material_changes(&self, other: &Self) -> Vec<(&'static str, &'static str)> {
        let sections = [
            ("fiscal_year", "计划年度", self.fiscal_year != other.fiscal_year),
            ("title", "项目名称", self.title != other.title),
            ("category", "项目类别", self.category != other.category),
            ("sub_type", "项目子类", self.sub_type != other.sub_type),
            ("village", "所在村", self.village != other.village),
            ("place", "建设地点", self.place != other.place || self.is_placed_otherwise(other)),
            ("nature", "建设性质", self.nature != other.nature),
            ("joint_villages", "联村范围", self.joint_villages != other.joint_villages),
            ("operator", "经营主体", self.operator != other.operator),
            ("operating_mode", "经营方式", self.operating_mode != other.operating_mode),
            ("linkage", "联农带农利益联结", self.linkage != other.linkage),
            ("jobs", "预计带动就业", self.jobs != other.jobs),
            ("items", "建设内容及规模", self.items != other.items),
            ("budget", "资金来源", self.budget != other.budget),
            ("total_fen", "总投资", self.total != other.total),
        ];
        sections.into_iter().filter(|(_, _, differs)| *differs).map(|(field, zh, _)| (field, zh)).collect()
    }

    /// The sections that differ from `other` in which project this is: another one is another application.
    #[must_use]
    pub fn identity_changes(&self, other: &Self) -> Vec<(&'static str, &'static str)> {
        const IDENTITY: [&str; 4] = ["fiscal_year", "category", "sub_type", "village"];
        let changes = self.material_changes(other).into_iter();
        changes.filter(|(field, _)| IDENTITY.contains(field)).collect()
    }

    /// Every village that takes part, the applicant first.
    #[must_use]
    pub fn villages(&self) -> Vec<Division> {
        std::iter::once(self.village).chain(self.joint_villages.iter().copied()).collect()
    }

    /// The sum of the budget lines that `picked` lets through.
    pub fn sum_of_budget(&self, picked: impl Fn(&BudgetLine) -> bool) -> Fen {
        self.budget.iter().filter(|line| picked(line)).map(|line| line.amount).sum()
    }
}
