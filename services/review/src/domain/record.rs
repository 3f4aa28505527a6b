//! What the facts of a case are made of: values with no logic. They stand in stored events, so that each change must be
//! additive; what is decided with them stands in the rules.

mod decision;
mod draw;
mod guarantee;
mod opinion;
mod referral;
mod report;
mod resolution;
mod returned;
mod task;
mod trigger;

pub use kernel::Signature;

pub use self::{
    decision::DecisionRecord,
    draw::{Bar, Barred, Draw},
    guarantee::{Balances, Guarantee, GuaranteeEnd, Vouched},
    opinion::Opinion,
    referral::{BudgetLine, Corrected, OTHER, Referral, Subject},
    report::{Report, SignedOpinion, Verdict},
    resolution::Resolution,
    returned::ReturnedItem,
    task::{Asked, Question, TaskKind},
    trigger::Trigger,
};
