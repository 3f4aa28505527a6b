//! What other rooms are told of a project's money: that it is funded, the signed contract, the audited final account, the tasks
//! that payments need, and that it has left the pool or waits for a later year. Pure.
//!
//! A task is opened and settled in the step that causes it. Indicators and plans tell nobody anything yet.

use kernel::{Fen, TaskId, decision::Outcome};
use proto::{
    disbursement::v1 as own,
    inbox::v1::{SubjectLine, TaskRequested},
};
use runtime::{Change, Outgoing};
use translation::{act, decision::outcome_message, task, time::timestamp};
use uuid::Uuid;

use crate::{
    convert::{leave_reason, signature},
    domain::{Assignment, Money, Payment, Project, Signature, TaskKind, decision::SUBJECT_REVISION, project::Event},
};

/// The messages of a step.
pub fn project(change: &Change<'_, Project>) -> Vec<Outgoing> {
    let Some(money) = change.state.money() else { return Vec::new() };
    change.events.iter().flat_map(|event| of_event(change.stream, money, event)).collect()
}

fn of_event(stream: Uuid, money: &Money, event: &Event) -> Vec<Outgoing> {
    let (review, release) = (TaskKind::PaymentReview, TaskKind::PaymentRelease);
    match event {
        Event::ContractSigned { contract, .. } => vec![Outgoing::of(&own::ContractSigned {
            project_id: stream.to_string(),
            title: money.pooled.title.clone(),
            village: money.pooled.village.to_string(),
            category: money.pooled.category.clone(),
            contract_no: contract.contract_no.clone(),
            price_fen: contract.price.fen(),
            fiscal_year: money.pooled.fiscal_year,
            acts: act::to_messages(&money.duties),
            plan_id: money.stage.funding().map(|funding| funding.plan.to_string()).unwrap_or_default(),
            asked_posts: money.pooled.seats(),
        })],
        Event::FinalAccountFixed { account, .. } => vec![Outgoing::of(&own::FinalAccountFixed {
            project_id: stream.to_string(),
            audited_fen: account.audited.fen(),
            acts: act::to_messages(&money.duties),
        })],
        Event::FundingApproved { funding, .. } => vec![Outgoing::of(&own::ProjectFunded {
            project_id: stream.to_string(),
            fiscal_year: money.pooled.fiscal_year,
            amount_fen: funding.total().fen(),
        })],
        Event::PaymentRequested { payment, assignment, .. } => requested(stream, money, *payment, review, assignment),
        Event::PaymentReviewed { payment, decision, assignment, by, .. } => {
            let mut messages = vec![settled(stream, *payment, review, decision.outcome, by)];
            messages.extend(requested(stream, money, *payment, release, assignment));
            messages
        }
        Event::PaymentInstructed { payment, decision, by, .. } => {
            vec![settled(stream, *payment, release, decision.outcome, by)]
        }
        Event::PaymentRefused { payment, task_kind, decision, by, .. } => {
            vec![settled(stream, *payment, *task_kind, decision.outcome, by)]
        }
        Event::ProjectPooled { .. }
        | Event::PaymentSettled { .. }
        | Event::PaymentFailed { .. }
        | Event::PaymentUnknown { .. }
        | Event::AcceptanceRecorded { .. }
        | Event::AssetRegistrationRecorded { .. }
        | Event::ProjectUnpooled { .. }
        | Event::ProjectRolled { .. }
        | Event::ActsHeard { .. }
        | Event::CompletionReported { .. } => Vec::new(),
        Event::ProjectReleased { reason, text, post, by, at } => vec![Outgoing::of(&own::ProjectReleased {
            project_id: stream.to_string(),
            reason: leave_reason(reason).into(),
            text: text.clone(),
            by: Some(signature(by, Some(post), Some(*at))),
        })],
        Event::ProjectPostponed { year, post, by, at } => vec![Outgoing::of(&own::ProjectPostponed {
            project_id: stream.to_string(),
            year: *year,
            by: Some(signature(by, Some(post), Some(*at))),
        })],
        Event::ProjectSuspended { reason } => open_tasks(stream, money)
            .map(|(task, payment, _)| Outgoing::of(&task::suspended(task, payment.suspended, reason)))
            .collect(),
        Event::DueRecounted { payment, .. } => open_tasks(stream, money)
            .filter(|(_, open, _)| open.id == *payment)
            .map(|(task, payment, assignment)| {
                let rests = (payment.suspended, money.suspensions.standing().is_some());
                Outgoing::of(&task::rescheduled(task, assignment.due, rests, payment.recounts))
            })
            .collect(),
        Event::ProjectResumed { .. } => open_tasks(stream, money)
            .map(|(task, payment, assignment)| Outgoing::of(&task::resumed(task, payment.suspended, assignment.due)))
            .collect(),
    }
}

fn open_tasks(stream: Uuid, money: &Money) -> impl Iterator<Item = (TaskId, &Payment, &Assignment)> {
    money.payments.values().filter_map(move |payment| {
        let (kind, assignment) = payment.awaits()?;
        Some((kind.task(stream, payment.id), payment, assignment))
    })
}

fn settled(stream: Uuid, payment: Uuid, kind: TaskKind, outcome: Outcome, by: &Signature) -> Outgoing {
    Outgoing::of(&task::settled(kind.task(stream, payment), outcome, &by.person, by.on_behalf_of.as_ref()))
}

fn requested(stream: Uuid, money: &Money, payment: Uuid, kind: TaskKind, assignment: &Assignment) -> Vec<Outgoing> {
    let Some(payment) = money.payments.get(&payment) else { return Vec::new() };
    vec![Outgoing::of(&TaskRequested {
        task_id: kind.task(stream, payment.id).to_string(),
        room: "disbursement".to_owned(),
        project_id: stream.to_string(),
        kind: kind.code().to_owned(),
        title: format!("{}:{}", kind.zh(), money.pooled.title),
        candidate: assignment.post.to_string(),
        excluded_person_ids: Vec::new(),
        subject: subject(money, payment),
        questions: Vec::new(),
        outcomes: Outcome::ALL.into_iter().map(|outcome| outcome_message(outcome).into()).collect(),
        due_time: Some(timestamp(assignment.due.at)),
        due_provisional: assignment.due.is_provisional(),
        round: 1,
        subject_revision: SUBJECT_REVISION,
        // A request that is returned ends: what is corrected is a new request.
        return_steps: Vec::new(),
        duty: act::duty_message(kind.duty()).into(),
        acts: act::to_messages(&money.duties),
    })]
}

/// What the reviewer sees: the request beside what the project may be paid.
fn subject(money: &Money, payment: &Payment) -> Vec<SubjectLine> {
    let yuan = |amount: Fen| format!("{} 元", amount.grouped());
    let counted: Fen = money.payments.values().filter(|other| other.counts()).map(|other| other.request.amount).sum();
    let funding = money.stage.funding();
    let document =
        funding.and_then(|funding| funding.charge(payment.request.indicator)).map(|charge| charge.document_no.clone());
    let lines = [
        ("项目 Project", Some(money.pooled.title.clone())),
        ("类型 Type", Some(payment.request.payment_type.zh().to_owned())),
        ("金额 Amount", Some(yuan(payment.request.amount))),
        ("收款人 Payee", Some(payment.request.payee.masked())),
        ("发票 Invoices", Some(payment.request.invoices.join("、"))),
        ("指标文号 Indicator", document),
        ("合同价 Contract price", money.stage.contract().map(|contract| yuan(contract.price))),
        ("审定金额 Audited", money.stage.audit().map(|account| yuan(account.audited))),
        ("批复资金 Approved funding", funding.map(|funding| yuan(funding.total()))),
        ("累计支付(含本次) Paid with this", Some(yuan(counted))),
        ("申请人 Applicant", Some(payment.requested_by.name.clone())),
    ];
    let line = |(label, value): (&str, Option<String>)| Some(SubjectLine { label: label.to_owned(), value: value? });
    lines.into_iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;
    use prost::Message as _;
    use proto::{
        common::v1::Duty as DutyMessage,
        inbox::v1::{TaskRescheduled, TaskResumed, TaskSuspended},
    };
    use time::macros::datetime;

    use super::*;
    use crate::domain::{PaymentRequest, PaymentType, fixtures};

    fn messages(events: &[Event]) -> Vec<Outgoing> {
        let state = Project::fold(events);
        let stream = fixtures::project().0;
        let last = &events[events.len() - 1..];
        let at = datetime!(2022-04-01 09:00 +8);
        project(&Change { stream, version: 1, before: &Project::default(), state: &state, events: last, at })
    }

    fn request() -> Event {
        let assignment = Assignment {
            post: fixtures::reviewer().posts[0].clone(),
            due: kernel::Due::certain(datetime!(2022-04-07 00:00 +8)),
        };
        let request = PaymentRequest {
            payment_type: PaymentType::Advance,
            amount: Fen::new(36_000_000),
            indicator: fixtures::INDICATOR,
            payee: fixtures::payee(),
            invoices: vec!["F1".to_owned()],
            vouchers: Vec::new(),
        };
        let by = Signature::of(&fixtures::collective());
        Event::PaymentRequested {
            payment: Uuid::from_u128(5),
            request,
            assignment,
            by,
            at: datetime!(2022-04-01 09:00 +8),
        }
    }

    #[test]
    fn a_request_opens_a_task_that_says_who_has_other_duties() {
        let pooled = Event::ProjectPooled { pooled: fixtures::pooled(100, 0), acts: fixtures::acts() };
        let told = messages(&[pooled.clone(), request()]);
        assert_eq!(told.len(), 1);
        let task = TaskRequested::decode(told[0].payload.as_slice()).expect("a task");
        assert_eq!((task.kind.as_str(), task.candidate.as_str()), ("PAYMENT_REVIEW", "C-FIN-REV@430921000000-FIN"));
        let mut acted: Vec<&str> = task.acts.iter().map(|act| act.person_id.as_str()).collect();
        acted.sort_unstable();
        assert_eq!((task.duty(), acted), (DutyMessage::PaymentReviewer, vec!["col", "lg", "opinion", "sec", "town"]));
        assert!(task.subject.iter().any(|line| line.value == "360,000.00 元"));
        assert!(task.subject.iter().all(|line| !line.value.contains("6222000000001234")), "the account stays masked");
    }

    #[test]
    fn the_pooling_tells_nobody_anything() {
        let pooled = Event::ProjectPooled { pooled: fixtures::pooled(100, 0), acts: fixtures::acts() };
        assert_eq!(messages(&[pooled]), []);
    }

    #[test]
    fn c31_a_payment_s_task_is_told_its_due_time_with_the_numbers_that_order_it() {
        let pooled = Event::ProjectPooled { pooled: fixtures::pooled(100, 0), acts: fixtures::acts() };
        let Event::PaymentRequested { payment, .. } = request() else { unreachable!("it is one") };
        let recounted = Event::DueRecounted { payment, due: kernel::Due::certain(datetime!(2022-04-12 00:00 +8)) };
        let [suspended, resumed] =
            [Event::ProjectSuspended { reason: "立案核查".to_owned() }, Event::ProjectResumed { days: 7 }];
        let told = |between: &[Event]| {
            let history = [&[pooled.clone(), request()], between, std::slice::from_ref(&recounted)].concat();
            let [told] = &messages(&history)[..] else { panic!("one task is due at another time") };
            TaskRescheduled::decode(told.payload.as_slice()).expect("its own words")
        };
        let said = told(&[]);
        assert_eq!(said.due_time, Some(timestamp(datetime!(2022-04-12 00:00 +8))));
        assert_eq!((said.number, said.suspensions_ended, said.due_provisional), (1, 0, false));
        assert_eq!(told(std::slice::from_ref(&suspended)).suspensions_ended, 0);
        assert_eq!(told(&[suspended, resumed, recounted.clone()]).suspensions_ended, 1);
    }

    #[test]
    fn a_payment_s_task_rests_with_the_project() {
        let pooled = Event::ProjectPooled { pooled: fixtures::pooled(100, 0), acts: fixtures::acts() };
        let suspended = Event::ProjectSuspended { reason: "立案核查".to_owned() };
        assert_eq!(messages(&[pooled.clone(), suspended.clone()]), [], "no task is open");
        let history = [pooled, request(), suspended, Event::ProjectResumed { days: 7 }];
        let [told] = &messages(&history[..3])[..] else { panic!("one task rests") };
        let resting = TaskSuspended::decode(told.payload.as_slice()).expect("a suspension");
        assert_eq!((resting.number, resting.reason.as_str()), (1, "立案核查"));
        let [told] = &messages(&history)[..] else { panic!("one task goes on") };
        let going = TaskResumed::decode(told.payload.as_slice()).expect("its end");
        assert_eq!((going.task_id, going.number), (resting.task_id, 1));
        assert_eq!(going.due_time, Some(timestamp(datetime!(2022-04-14 00:00 +8))));
    }
}
