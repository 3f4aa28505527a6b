//! How far a project of the tests has come, and the commands of its chain.

use kernel::{Actor, Due, Duties, Duty, Fen, SuspensionStep, decision::Outcome};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    Command, Event,
    command::{
        Answer, ApproveFunding, AskedCharge, CompleteTask, FixFinalAccount, IndicatorFacts, RequestPayment,
        SignContract, Suspended,
    },
};
use crate::domain::{
    Approval, Assignment, Decision, FinalAccount, PaymentRequest, PaymentType, Plan, Proposal, Registration, Signature,
    TaskKind,
    fixtures::{self, INDICATOR, PLAN, PROJECT, collective, exclusions, finance, project, releaser, reviewer, rules},
    plan::state::Approved,
};

pub const AT: OffsetDateTime = datetime!(2022-04-01 09:00 +8);
pub const FIRST: Uuid = Uuid::from_u128(0x31);
pub const SECOND: Uuid = Uuid::from_u128(0x32);

pub fn pooled() -> Event {
    Event::ProjectPooled { pooled: fixtures::pooled(120_000_000, 0), acts: fixtures::acts() }
}

pub fn funded() -> Vec<Event> {
    vec![
        pooled(),
        Event::FundingApproved {
            funding: fixtures::funding(120_000_000),
            acts: Duties::default(),
            by: Signature::of(&finance()),
            at: AT,
        },
    ]
}

pub fn contracted() -> Vec<Event> {
    let contract = fixtures::contract(120_000_000);
    let signed = Event::ContractSigned { contract, by: Signature::of(&collective()), duty: Duty::Applicant, at: AT };
    [funded(), vec![signed]].concat()
}

pub fn accepted() -> Vec<Event> {
    let acceptance = Event::AcceptanceRecorded { accepted: Fen::new(120_000_000), acts: kernel::Duties::default() };
    [contracted(), vec![acceptance]].concat()
}

pub fn audited(audited: i64) -> Vec<Event> {
    let account = FinalAccount { audited: Fen::new(audited), report_no: "审1号".to_owned() };
    let fixed = Event::FinalAccountFixed { account, by: Signature::of(&fixtures::auditor()), at: AT };
    [accepted(), vec![fixed]].concat()
}

pub fn registration() -> Registration {
    let (value, owner) = (Fen::new(120_000_000), "430921105201-COL".to_owned());
    Registration { value, owner, non_capital: Fen::ZERO, audited: None }
}

pub fn registered() -> Event {
    Event::AssetRegistrationRecorded { registration: registration(), acts: kernel::Duties::default() }
}

pub fn request(payment_type: PaymentType, amount: i64, invoice: &str) -> PaymentRequest {
    PaymentRequest {
        payment_type,
        amount: Fen::new(amount),
        indicator: INDICATOR,
        payee: fixtures::payee(),
        invoices: vec![invoice.to_owned()],
        vouchers: Vec::new(),
    }
}

pub fn assignment(kind: TaskKind) -> Assignment {
    let actor = if kind == TaskKind::PaymentReview { reviewer() } else { releaser() };
    Assignment { post: actor.posts[0].clone(), due: Due::certain(datetime!(2022-04-07 00:00 +8)) }
}

pub fn requested(payment: Uuid, request: PaymentRequest) -> Event {
    Event::PaymentRequested {
        payment,
        request,
        assignment: assignment(TaskKind::PaymentReview),
        by: Signature::of(&collective()),
        at: AT,
    }
}

pub fn decision(outcome: Outcome) -> Decision {
    Decision {
        outcome, opinion: "凭证齐全、金额与合同相符,意见如上".to_owned(), attachments: Vec::new()
    }
}

pub fn reviewed(payment: Uuid) -> Event {
    let (decision, assignment) = (decision(Outcome::Approve), assignment(TaskKind::PaymentRelease));
    Event::PaymentReviewed { payment, decision, assignment, by: Signature::of(&reviewer()), at: AT }
}

pub fn instructed(payment: Uuid) -> Event {
    Event::PaymentInstructed { payment, decision: decision(Outcome::Approve), by: Signature::of(&releaser()), at: AT }
}

pub fn settled(payment: Uuid) -> Event {
    Event::PaymentSettled { payment, treasury_ref: "ZF-1".to_owned(), at: AT }
}

/// The facts of a payment from its request to the treasury's answer.
pub fn paid(payment: Uuid, request: PaymentRequest) -> Vec<Event> {
    vec![requested(payment, request), reviewed(payment), instructed(payment), settled(payment)]
}

pub fn approved_plan() -> Plan {
    let proposal = Proposal {
        county: fixtures::division(fixtures::COUNTY),
        fiscal_year: 2022,
        title: "2022年度实施计划".to_owned(),
        projects: vec![project()],
        by: Signature::of(&fixtures::bureau()),
    };
    let approval = Approval { resolution_no: "3号".to_owned() };
    Plan::Approved(proposal, Approved { approval, by: Signature::of(&fixtures::leading_group()) })
}

pub fn approve_funding(actor: Actor, plan: Plan, amount: i64, available: i64) -> Command {
    Command::ApproveFunding(ApproveFunding {
        plan_id: PLAN,
        plan,
        document_no: "南财农〔2022〕30号".to_owned(),
        charges: vec![AskedCharge { indicator: INDICATOR, amount: Fen::new(amount) }],
        indicators: vec![IndicatorFacts {
            indicator: INDICATOR,
            source: "LINK".to_owned(),
            document_no: "南财农指〔2022〕18号".to_owned(),
            fiscal_year: 2022,
            confirmed: true,
            available: Fen::new(available),
            issuers: Vec::new(),
        }],
        actor,
        exclusions: exclusions(),
        at: AT,
    })
}

pub fn sign_contract(actor: Actor, price: i64) -> Command {
    Command::SignContract(SignContract {
        contract: fixtures::contract(price),
        actor,
        exclusions: exclusions(),
        rules: rules(),
        at: AT,
    })
}

pub fn ask(payment: Uuid, request: PaymentRequest, actor: Actor, notice_closed: bool) -> Command {
    let review = assignment(TaskKind::PaymentReview);
    Command::RequestPayment(RequestPayment {
        payment,
        request,
        notice_closed,
        review,
        actor,
        exclusions: exclusions(),
        rules: rules(),
        at: AT,
    })
}

pub fn complete(payment: Uuid, task_kind: TaskKind, outcome: Outcome, actor: Actor) -> Command {
    Command::CompleteTask(CompleteTask {
        task: task_kind.task(PROJECT.parse().expect("a UUID"), payment),
        task_kind,
        decision: decision(outcome),
        subject_revision: 1,
        notice_closed: true,
        release: assignment(TaskKind::PaymentRelease),
        actor,
        exclusions: exclusions(),
        rules: rules(),
        at: AT,
    })
}

pub fn fix_final_account(actor: Actor, audited: i64) -> Command {
    let account = FinalAccount { audited: Fen::new(audited), report_no: "审1号".to_owned() };
    Command::FixFinalAccount(FixFinalAccount {
        account,
        actor,
        elsewhere: Duties::default(),
        exclusions: exclusions(),
        at: AT,
    })
}

pub fn answer(payment: Uuid, answer: Answer) -> Command {
    Command::RecordAnswer { payment, answer, at: AT }
}

pub fn paid_answer() -> Answer {
    Answer::Paid { treasury_ref: "ZF-1".to_owned() }
}

pub fn suspend(number: u32) -> Command {
    let step = SuspensionStep::Begin { reason: "立案核查".to_owned() };
    Command::HearSuspension(Suspended { number, pooled: true, step, acts: Duties::default() })
}

pub fn resume(number: u32) -> Command {
    Command::HearSuspension(Suspended {
        number,
        pooled: true,
        step: SuspensionStep::End { days: 7 },
        acts: Duties::default(),
    })
}

pub fn unpool() -> Command {
    Command::RecordUnpooled { reason: "POLICY".to_owned(), acts: fixtures::acts() }
}
