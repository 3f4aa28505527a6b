//! Words that this room's tests share: one village, its project, the persons of the chain, the rules of 2022.

use std::{
    fmt::Debug,
    sync::{Arc, LazyLock},
};

use kernel::{
    Actor, Division, Duties, Duty, Fen, PersonId, Post, ProjectId, Role, RuleCode, YearRules,
    duty::Exclusions,
    money::Share,
    rules::{Rule, Standing, Value, ValueKind},
};
use serde::{Serialize, de::DeserializeOwned};
use time::macros::date;
use uuid::Uuid;

use super::{BudgetLine, Charge, Contract, Funding, Payee, Pooled};

/// The county.
pub const COUNTY: &str = "430921000000";
/// A village of it.
pub const VILLAGE: &str = "430921105201";
/// The project's id.
pub const PROJECT: &str = "00000000-0000-0000-0000-000000000001";
/// The indicator that pays for it.
pub const INDICATOR: Uuid = Uuid::from_u128(0x11);
/// The plan that it stands in.
pub const PLAN: Uuid = Uuid::from_u128(0x22);

/// A division.
pub fn division(code: &str) -> Division {
    code.parse().expect("a division code")
}

/// The project.
pub fn project() -> ProjectId {
    PROJECT.parse().expect("a UUID")
}

/// A person with one post; the name is the id.
pub fn actor(person: &str, role: Role, org: &str) -> Actor {
    let post = Post::new(role, org.parse().expect("an organisation code"));
    Actor { person: PersonId(person.to_owned()), name: person.to_owned(), posts: vec![post], on_behalf_of: None }
}

/// C-FIN.
pub fn finance() -> Actor {
    actor("fin", Role::FinanceBureau, "430921000000-FIN")
}

/// C-FIN-REV.
pub fn reviewer() -> Actor {
    actor("rev", Role::PaymentReviewer, "430921000000-FIN")
}

/// C-FIN-REL.
pub fn releaser() -> Actor {
    actor("rel", Role::PaymentReleaser, "430921000000-FIN")
}

/// C-RRB.
pub fn bureau() -> Actor {
    actor("rrb", Role::RevitalizationBureau, "430921000000-RRB")
}

/// C-LG.
pub fn leading_group() -> Actor {
    actor("lg", Role::LeadingGroup, "430921000000-LG")
}

/// C-AUD.
pub fn auditor() -> Actor {
    actor("aud", Role::Audit, "430921000000-AUD")
}

/// V-COL of the village.
pub fn collective() -> Actor {
    actor("col", Role::VillageCollective, "430921105201-COL")
}

/// The rules of 2022.
pub fn rules() -> Arc<YearRules> {
    rules_with(RuleCode::NoticeDays, Value::Days(10))
}

/// The rules of 2022, one of them with this value.
pub fn rules_with(other: RuleCode, otherwise: Value) -> Arc<YearRules> {
    let value = |code: RuleCode| match (code, code.value_kind()) {
        (code, _) if code == other => otherwise,
        (RuleCode::AdvanceMax, _) => Value::Share(Share::parse_percent("30").expect("a percentage")),
        (RuleCode::RetentionMax, _) => Value::Share(Share::parse_percent("3").expect("a percentage")),
        (_, ValueKind::Share) => Value::Share(Share::parse_percent("20").expect("a percentage")),
        (_, ValueKind::Amount) => Value::Amount(Fen::new(1)),
        (_, ValueKind::Days) => Value::Days(10),
        (_, ValueKind::WorkingDays) => Value::WorkingDays(3),
        (_, ValueKind::Count) => Value::Count(10),
    };
    let rule = |&code: &RuleCode| Rule {
        code,
        name: code.to_string(),
        value: value(code),
        basis: "《测试》".to_owned(),
        standing: Standing::Design,
    };
    Arc::new(YearRules::try_new(2022, RuleCode::ALL.iter().map(rule)).expect("complete"))
}

/// What was approved: public money of LINK, and the village's share.
pub fn pooled(public: i64, village_share: i64) -> Pooled {
    let line =
        |source: &str, public, amount| BudgetLine { source: source.to_owned(), public, amount: Fen::new(amount) };
    let mut budget = vec![line("LINK", true, public)];
    if village_share > 0 {
        budget.push(line("VILLAGE", false, village_share));
    }
    Pooled {
        project: project(),
        pool_no: "2022-001".to_owned(),
        title: "稻虾加工厂".to_owned(),
        village: division(VILLAGE),
        category: "INDUSTRY".to_owned(),
        fiscal_year: 2022,
        budget,
        total: Fen::new(public + village_share),
        suspensions: 0,
        asked: Vec::new(),
    }
}

/// The duties that exclude each other in Nan County.
pub fn exclusions() -> Arc<Exclusions> {
    static READ_ONCE: LazyLock<Arc<Exclusions>> = LazyLock::new(|| runtime::testing::pack().exclusions.clone());
    READ_ONCE.clone()
}

/// Acts of the rooms before: an applicant, a township reviewer, C-FIN's opinion, the leading group's.
pub fn acts() -> Duties {
    let mut duties = Duties::default();
    let acts = [
        ("sec", Duty::Applicant),
        ("town", Duty::TownshipReviewer),
        ("opinion", Duty::DepartmentReviewer),
        ("lg", Duty::Decider),
    ];
    for (person, duty) in acts {
        duties.record_person(&PersonId(person.to_owned()), duty);
    }
    duties
}

/// Funding of one charge.
pub fn funding(amount: i64) -> Funding {
    let charge = Charge {
        indicator: INDICATOR,
        source: "LINK".to_owned(),
        document_no: "南财农指〔2022〕18号".to_owned(),
        amount: Fen::new(amount),
    };
    Funding { plan: PLAN, document_no: "南财农〔2022〕30号".to_owned(), charges: vec![charge] }
}

/// The account of the contract.
pub fn payee() -> Payee {
    Payee {
        holder: "南县建设公司".to_owned(), bank: "南县农商行".to_owned(), number: "6222000000001234".to_owned()
    }
}

/// A contract with 3 % retention.
pub fn contract(price: i64) -> Contract {
    Contract {
        contract_no: "HT-1".to_owned(),
        contractor: "南县建设公司".to_owned(),
        payee: payee(),
        price: Fen::new(price),
        retention_basis_points: 300,
        signed_on: date!(2022 - 04 - 01),
        scan: None,
    }
}

/// The stored JSON is still what the event is written as and read from.
#[track_caller]
pub fn golden<E: Serialize + DeserializeOwned + PartialEq + Debug>(event: &E, stored: &str) {
    let stored: serde_json::Value = serde_json::from_str(stored).expect("the stored event is JSON");
    assert_eq!(serde_json::to_value(event).expect("an event is JSON"), stored);
    assert_eq!(serde_json::from_value::<E>(stored).expect("the stored event can be read"), *event);
}
