//! Requests as domain values: everything that is wrong with one is said at once, field by field. Pure.

use kernel::{
    Fen, Pack, ProjectId, TaskId,
    calendar::parse_date,
    decision::{Correction, Outcome},
    refusal::{Common, Violations},
    text::comparable,
};
use proto::{
    common::v1::LeaveReason,
    disbursement::v1::{self as own, SubLevel},
    inbox::v1 as inbox,
};
use time::Date;
use translation::{attachment, decision::required_outcome, field::uuid, sub_level};
use uuid::Uuid;

use crate::{
    convert::leave_code,
    domain::{
        Contract, Decision, FinalAccount, Issue, Payee, PaymentRequest, PaymentType, TaskKind,
        project::command::AskedCharge,
    },
};

/// An indicator to be issued; its source and sub-level are the pack's.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn issue(asked: own::IssueIndicatorRequest, pack: &Pack) -> Result<Issue, Common> {
    let mut wrong = Violations::default();
    text(&mut wrong, "document_no", &asked.document_no);
    if !pack.source_kind(&asked.source).is_some_and(|kind| kind.public) {
        let zh = format!("资金来源“{}”不在县级配置包的公共资金来源中", asked.source);
        wrong.add("SOURCE", "source", zh, "must be a public source of the county pack");
    }
    let levels = pack.source_kind(&asked.source).map(|kind| kind.sub_levels.as_slice()).unwrap_or_default();
    let level = SubLevel::try_from(asked.sub_level);
    let code = level.ok().and_then(sub_level::code);
    let fits = if levels.is_empty() {
        level == Ok(SubLevel::Unspecified)
    } else {
        code.is_some_and(|code| levels.iter().any(|level| level == code))
    };
    if !fits {
        let listed = levels.join("、");
        let zh = if listed.is_empty() {
            "该来源没有资金级次,请留空".to_owned()
        } else {
            format!("资金级次须为:{listed}")
        };
        wrong.add("SUB_LEVEL", "sub_level", zh, "must be a sub-level of this source, or empty where it has none");
    }
    if pack.rules(asked.fiscal_year).is_none() {
        let zh = format!("县级配置包不含 {} 年度", asked.fiscal_year);
        wrong.add("FISCAL_YEAR", "fiscal_year", zh, "must be a fiscal year of the county pack");
    }
    let amount = money(&mut wrong, "amount_fen", asked.amount_fen);
    wrong.finish()?;
    Ok(Issue {
        document_no: asked.document_no,
        fiscal_year: asked.fiscal_year,
        source: asked.source,
        sub_level: code.map(str::to_owned),
        amount,
    })
}

/// Why a project is to leave the pool, by the code that facts keep, with the words.
///
/// # Errors
/// INVALID_ARGUMENT where no reason is said.
pub fn leaving(reason: LeaveReason, text: String) -> Result<(String, String), Common> {
    let mut wrong = Violations::default();
    let code = leave_code(reason);
    if code.is_none() {
        wrong.add("REASON", "reason", "请选择出库原因", "must say why it leaves");
    }
    wrong.finish().map(|()| (code.unwrap_or_default().to_owned(), text))
}

/// Title and projects of a plan.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn plan(asked: own::ProposePlanRequest) -> Result<(String, Vec<ProjectId>), Common> {
    let mut wrong = Violations::default();
    text(&mut wrong, "title", &asked.title);
    if asked.project_ids.is_empty() {
        wrong.add("REQUIRED", "project_ids", "请至少列入一个项目", "must name at least one project");
    }
    let mut projects = Vec::with_capacity(asked.project_ids.len());
    for (index, project) in asked.project_ids.iter().enumerate() {
        let field = format!("project_ids[{index}]");
        let project = ProjectId(uuid(project, &field, &mut wrong).unwrap_or_default());
        if projects.contains(&project) {
            wrong.add("LISTED_TWICE", field, "同一项目不得重复列入", "is listed twice");
        }
        projects.push(project);
    }
    wrong.finish().map(|()| (asked.title, projects))
}

/// What a funding approval asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funding {
    /// The project.
    pub project: Uuid,
    /// The plan.
    pub plan: Uuid,
    /// 资金批复文号.
    pub document_no: String,
    /// Charges.
    pub charges: Vec<AskedCharge>,
}

/// A funding approval.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn funding(asked: own::ApproveFundingRequest) -> Result<Funding, Common> {
    let mut wrong = Violations::default();
    let project = uuid(&asked.project_id, "project_id", &mut wrong).unwrap_or_default();
    let plan = uuid(&asked.plan_id, "plan_id", &mut wrong).unwrap_or_default();
    text(&mut wrong, "document_no", &asked.document_no);
    if asked.charges.is_empty() {
        wrong.add("REQUIRED", "charges", "请至少列出一条资金安排", "must name at least one charge");
    }
    let mut charges: Vec<AskedCharge> = Vec::with_capacity(asked.charges.len());
    for (index, charge) in asked.charges.iter().enumerate() {
        let indicator =
            uuid(&charge.indicator_id, &format!("charges[{index}].indicator_id"), &mut wrong).unwrap_or_default();
        let amount = money(&mut wrong, &format!("charges[{index}].amount_fen"), charge.amount_fen);
        if charges.iter().any(|other| other.indicator == indicator) {
            let field = format!("charges[{index}].indicator_id");
            wrong.add("LISTED_TWICE", field, "同一指标请合并为一条", "is charged twice: add the amounts up");
        }
        charges.push(AskedCharge { indicator, amount });
    }
    wrong.finish().map(|()| Funding { project, plan, document_no: asked.document_no, charges })
}

/// A contract.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn contract(asked: Option<own::Contract>) -> Result<Contract, Common> {
    let asked = asked.unwrap_or_default();
    let mut wrong = Violations::default();
    text(&mut wrong, "contract.contract_no", &asked.contract_no);
    text(&mut wrong, "contract.contractor", &asked.contractor);
    let payee = payee(&mut wrong, "contract.payee", asked.payee);
    let price = money(&mut wrong, "contract.price_fen", asked.price_fen);
    let retention_basis_points = match u32::try_from(asked.retention_basis_points) {
        Ok(points @ 0..=10_000) => points,
        Ok(_) | Err(_) => {
            let (zh, en) = ("质保金比例须在 0 至 10000(万分之)之间", "must be between 0 and 10000");
            wrong.add("RETENTION", "contract.retention_basis_points", zh, en);
            0
        }
    };
    let signed_on = date(&mut wrong, "contract.sign_date", &asked.sign_date);
    let scan = asked.scan.map(|scan| attachment::from_message(scan, "contract.scan", &mut wrong));
    wrong.finish()?;
    let (contract_no, contractor) = (asked.contract_no, asked.contractor);
    Ok(Contract { contract_no, contractor, payee, price, retention_basis_points, signed_on, scan })
}

/// A payment request.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn payment(asked: own::RequestPaymentRequest) -> Result<(Uuid, PaymentRequest), Common> {
    let mut wrong = Violations::default();
    let project = uuid(&asked.project_id, "project_id", &mut wrong).unwrap_or_default();
    let payment_type = match asked.r#type() {
        own::PaymentType::Advance => PaymentType::Advance,
        own::PaymentType::Settlement => PaymentType::Settlement,
        own::PaymentType::Unspecified => {
            wrong.add("PAYMENT_TYPE", "type", "请选择支付类型", "must say which type of payment it is");
            PaymentType::Advance
        }
    };
    let amount = money(&mut wrong, "amount_fen", asked.amount_fen);
    let indicator = uuid(&asked.indicator_id, "indicator_id", &mut wrong).unwrap_or_default();
    let payee = payee(&mut wrong, "payee", asked.payee);
    let invoices = invoices(&mut wrong, &asked.invoice_nos);
    let vouchers = attachment::from_messages(asked.vouchers, "vouchers", &mut wrong);
    wrong.finish()?;
    Ok((project, PaymentRequest { payment_type, amount, indicator, payee, invoices, vouchers }))
}

/// A final account.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn final_account(asked: own::FixFinalAccountRequest) -> Result<(Uuid, FinalAccount), Common> {
    let mut wrong = Violations::default();
    let project = uuid(&asked.project_id, "project_id", &mut wrong).unwrap_or_default();
    let audited = money(&mut wrong, "audited_fen", asked.audited_fen);
    text(&mut wrong, "report_no", &asked.report_no);
    wrong.finish().map(|()| (project, FinalAccount { audited, report_no: asked.report_no }))
}

/// A decision on a payment's task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The project.
    pub project: Uuid,
    /// The task.
    pub task: TaskId,
    /// Its kind.
    pub task_kind: TaskKind,
    /// The decision.
    pub decision: Decision,
    /// Revision that was read.
    pub subject_revision: i64,
}

/// A decision on its way from the inbox.
///
/// # Errors
/// INVALID_ARGUMENT with every wrong field.
pub fn completion(asked: inbox::CompleteRequest) -> Result<Completion, Common> {
    let mut wrong = Violations::default();
    let project = uuid(&asked.project_id, "project_id", &mut wrong).unwrap_or_default();
    let task = TaskId(uuid(&asked.task_id, "task_id", &mut wrong).unwrap_or_default());
    let task_kind = TaskKind::parse(&asked.kind).unwrap_or_else(|| {
        wrong.add("TASK_KIND", "kind", "本模块没有此类待办", "is no kind of task of this room");
        TaskKind::PaymentReview
    });
    let said = asked.decision.unwrap_or_default();
    let outcome = required_outcome(&said, &mut wrong);
    if outcome == Some(Outcome::Return) && said.corrections.is_empty() {
        Correction::missing("decision.corrections", &mut wrong);
    }
    let attachments = attachment::from_messages(said.attachments, "decision.attachments", &mut wrong);
    wrong.finish()?;
    let outcome = outcome.expect("a decision without one was refused just above");
    let decision = Decision { outcome, opinion: said.opinion, attachments };
    Ok(Completion { project, task, task_kind, decision, subject_revision: said.subject_revision })
}

fn money(wrong: &mut Violations, field: &str, fen: i64) -> Fen {
    Fen::try_positive(fen).unwrap_or_else(|error| {
        wrong.add("BAD_MONEY", field, error.zh(), error.to_string());
        Fen::ZERO
    })
}

fn text(wrong: &mut Violations, field: &str, text: &str) {
    if text.trim().is_empty() {
        wrong.add("REQUIRED", field, "此项必填", "must not be empty");
    }
}

fn date(wrong: &mut Violations, field: &str, text: &str) -> Date {
    parse_date(text).unwrap_or_else(|| {
        wrong.add("BAD_DATE", field, format!("日期“{text}”无效,应如 2022-03-01"), "is no date such as 2022-03-01");
        Date::MIN
    })
}

fn payee(wrong: &mut Violations, field: &str, asked: Option<own::Account>) -> Payee {
    let asked = asked.unwrap_or_default();
    for (part, value) in [("holder", &asked.holder), ("bank", &asked.bank), ("number", &asked.number)] {
        text(wrong, &format!("{field}.{part}"), value);
    }
    Payee { holder: asked.holder, bank: asked.bank, number: asked.number }
}

fn invoices(wrong: &mut Violations, asked: &[String]) -> Vec<String> {
    if asked.is_empty() {
        wrong.add("REQUIRED", "invoice_nos", "请至少填写一张发票", "must name at least one invoice");
    }
    let mut invoices: Vec<String> = Vec::with_capacity(asked.len());
    for (index, invoice) in asked.iter().enumerate() {
        // Spaces around a number must not make it another number.
        let invoice = invoice.trim().to_owned();
        text(wrong, &format!("invoice_nos[{index}]"), &invoice);
        if invoices.iter().any(|other| comparable(other) == comparable(&invoice)) {
            wrong.add("DUP_INVOICE", format!("invoice_nos[{index}]"), "同一发票不得重复填写", "is listed twice");
        }
        invoices.push(invoice);
    }
    invoices
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use proto::common::v1 as common;

    use super::*;

    fn fields(refusal: Common) -> Vec<(&'static str, String)> {
        refusal.explain().fields.into_iter().map(|wrong| (wrong.code, wrong.field)).collect()
    }

    #[test]
    fn everything_wrong_with_a_payment_is_said_at_once() {
        let (invoice_nos, vouchers) = (vec!["F1".into(), " F1 ".into()], vec![Default::default()]);
        let asked = own::RequestPaymentRequest { invoice_nos, vouchers, ..Default::default() };
        let wrong = fields(payment(asked).expect_err("nearly all is missing"));
        let expected = [
            ("BAD_ID", "project_id"),
            ("PAYMENT_TYPE", "type"),
            ("BAD_MONEY", "amount_fen"),
            ("BAD_ID", "indicator_id"),
            ("REQUIRED", "payee.holder"),
            ("REQUIRED", "payee.bank"),
            ("REQUIRED", "payee.number"),
            ("DUP_INVOICE", "invoice_nos[1]"),
            ("BAD_HASH", "vouchers[0].sha256"),
        ];
        assert_eq!(wrong, expected.map(|(code, field)| (code, field.to_owned())));
    }

    #[test]
    fn a_contract_with_a_day_that_is_none_is_refused() {
        let asked = own::Contract { sign_date: "2022-02-30".into(), retention_basis_points: -1, ..Default::default() };
        let wrong = fields(contract(Some(asked)).expect_err("no such day"));
        assert!(wrong.contains(&("BAD_DATE", "contract.sign_date".to_owned())), "{wrong:?}");
        assert!(wrong.contains(&("RETENTION", "contract.retention_basis_points".to_owned())), "{wrong:?}");
    }

    #[test]
    fn an_indicator_is_of_a_source_that_the_pack_knows() {
        let pack = runtime::testing::pack();
        let asked = |source: &str, sub_level: SubLevel| own::IssueIndicatorRequest {
            document_no: "南财农指〔2022〕18号".into(),
            fiscal_year: 2022,
            source: source.into(),
            sub_level: sub_level.into(),
            amount_fen: 100,
            ..Default::default()
        };
        assert!(issue(asked("LINK", SubLevel::Central), &pack).is_ok());
        assert!(issue(asked("ROAD", SubLevel::Unspecified), &pack).is_ok());
        assert_eq!(
            fields(issue(asked("VILLAGE", SubLevel::Unspecified), &pack).expect_err("not public")),
            [("SOURCE", "source".to_owned())]
        );
        assert_eq!(
            fields(issue(asked("LINK", SubLevel::Unspecified), &pack).expect_err("which?")),
            [("SUB_LEVEL", "sub_level".to_owned())]
        );
        let other_year = own::IssueIndicatorRequest { fiscal_year: 1999, ..asked("ROAD", SubLevel::Unspecified) };
        assert_eq!(
            fields(issue(other_year, &pack).expect_err("no rules")),
            [("FISCAL_YEAR", "fiscal_year".to_owned())]
        );
    }

    #[test]
    fn a_decision_names_its_task_and_outcome() {
        let wrong = fields(completion(inbox::CompleteRequest::default()).expect_err("empty"));
        let expected =
            [("BAD_ID", "project_id"), ("BAD_ID", "task_id"), ("TASK_KIND", "kind"), ("OUTCOME", "decision.outcome")];
        assert_eq!(wrong, expected.map(|(code, field)| (code, field.to_owned())));
        let decision =
            Some(common::Decision { outcome: common::Outcome::Return.into(), ..common::Decision::default() });
        let (task_id, kind) = (Uuid::nil().to_string(), TaskKind::PaymentReview.code().to_owned());
        let returned = inbox::CompleteRequest {
            project_id: task_id.clone(),
            task_id,
            kind,
            decision,
            ..inbox::CompleteRequest::default()
        };
        assert_eq!(
            fields(completion(returned).expect_err("of what?")),
            [("CORRECTIONS", "decision.corrections".to_owned())]
        );
    }
}
