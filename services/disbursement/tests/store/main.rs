//! The store on a real PostgreSQL: the books hold whatever the program does, and two writers can't spend one balance.

mod held;
mod leaving;
mod lists;
mod plans;
mod support;
mod treasury;

use std::sync::Arc;

use disbursement::{
    domain::{
        Approval, Assignment, Contract, Decision, Payee, PaymentRequest, PaymentType, Plan, Project, Proposal,
        Signature, TaskKind,
        listing::ProjectFilter,
        plan::{command::PooledProject, state::Approved},
        project::{
            Command,
            command::{
                Answer, ApproveFunding, AskedCharge, CompleteTask, IndicatorFacts, RequestPayment, SignContract,
            },
        },
    },
    service, store,
};
use kernel::{Fen, ProjectId, Reach, YearRules, decision::Outcome};
use runtime::{Context, testing::TestDatabase};
use sqlx::Row as _;
use time::macros::date;
use uuid::Uuid;

use support::{bureau, code, collective, finance, issue, pool_project, releaser, reviewer};

async fn room() -> Context {
    TestDatabase::create().await.room(service()).await
}

fn rules(context: &Context) -> Arc<YearRules> {
    context.pack.rules(2022).expect("the pack serves 2022").clone()
}

async fn fund(context: &Context, project: Uuid, indicator: Uuid, fen: i64, believed: i64) -> Result<(), String> {
    let proposal = Proposal {
        county: context.pack.county.division,
        fiscal_year: 2022,
        title: "2022".to_owned(),
        projects: vec![ProjectId(project)],
        by: Signature::of(&bureau()),
    };
    let approval = Approval { resolution_no: "3号".to_owned() };
    let approved = Approved { approval, by: Signature::of(&bureau()) };
    let command = Command::ApproveFunding(ApproveFunding {
        plan_id: Uuid::now_v7(),
        plan: Plan::Approved(proposal, approved),
        document_no: "30号".to_owned(),
        charges: vec![AskedCharge { indicator, amount: Fen::new(fen) }],
        indicators: vec![IndicatorFacts {
            indicator,
            source: "LINK".to_owned(),
            document_no: "18号".to_owned(),
            fiscal_year: 2022,
            confirmed: true,
            available: Fen::new(believed),
            issuers: Vec::new(),
        }],
        actor: finance(),
        exclusions: context.pack.exclusions.clone(),
        at: context.clock.now(),
    });
    context.journal.advance::<Project>(project, command).await.map(|_| ()).map_err(code)
}

fn payee() -> Payee {
    Payee { holder: "南县建设公司".to_owned(), bank: "农商行".to_owned(), number: "62220001".to_owned() }
}

async fn sign(context: &Context, project: Uuid, price: i64) {
    let contract = Contract {
        contract_no: "HT-1".to_owned(),
        contractor: "南县建设公司".to_owned(),
        payee: payee(),
        price: Fen::new(price),
        retention_basis_points: 300,
        signed_on: date!(2022 - 01 - 04),
        scan: None,
    };
    let (rules, at) = (rules(context), context.clock.now());
    let command = Command::SignContract(SignContract {
        contract,
        actor: collective(),
        exclusions: context.pack.exclusions.clone(),
        rules,
        at,
    });
    context.journal.advance::<Project>(project, command).await.expect("the contract is signed");
}

fn assignment(context: &Context, post: kernel::Post) -> Assignment {
    Assignment { post, due: kernel::Due::certain(context.clock.now()) }
}

async fn ask(context: &Context, project: Uuid, indicator: Uuid, fen: i64, invoice: &str) -> Result<Uuid, String> {
    let payment = Uuid::now_v7();
    let request = PaymentRequest {
        payment_type: PaymentType::Advance,
        amount: Fen::new(fen),
        indicator,
        payee: payee(),
        invoices: vec![invoice.to_owned()],
        vouchers: Vec::new(),
    };
    let command = Command::RequestPayment(RequestPayment {
        payment,
        request,
        notice_closed: true,
        review: assignment(context, reviewer().posts[0].clone()),
        actor: collective(),
        exclusions: context.pack.exclusions.clone(),
        rules: rules(context),
        at: context.clock.now(),
    });
    context.journal.advance::<Project>(project, command).await.map(|_| payment).map_err(code)
}

async fn complete(context: &Context, project: Uuid, payment: Uuid, task_kind: TaskKind, outcome: Outcome) {
    let actor = if task_kind == TaskKind::PaymentReview { reviewer() } else { releaser() };
    let decision =
        Decision { outcome, opinion: "凭证齐全,金额与合同相符".to_owned(), attachments: Vec::new() };
    let command = Command::CompleteTask(CompleteTask {
        task: task_kind.task(project, payment),
        task_kind,
        decision,
        subject_revision: 1,
        notice_closed: true,
        release: assignment(context, releaser().posts[0].clone()),
        actor,
        exclusions: context.pack.exclusions.clone(),
        rules: rules(context),
        at: context.clock.now(),
    });
    context.journal.advance::<Project>(project, command).await.expect("the task is completed");
}

/// A funded and contracted project with a payment that is instructed.
async fn instructed(context: &Context) -> (Uuid, Uuid, Uuid) {
    let indicator = issue(context, "18号", 100_000).await.expect("issued");
    let project = pool_project(context, 80_000).await;
    fund(context, project, indicator, 80_000, 100_000).await.expect("funded");
    sign(context, project, 80_000).await;
    let payment = ask(context, project, indicator, 24_000, "F1").await.expect("asked");
    complete(context, project, payment, TaskKind::PaymentReview, Outcome::Approve).await;
    complete(context, project, payment, TaskKind::PaymentRelease, Outcome::Approve).await;
    (project, indicator, payment)
}

/// Posted debits, posted credits and holds of an account.
async fn account(context: &Context, code: &str) -> (i64, i64, i64) {
    let accounts = store::books(&context.pool).await.expect("the books");
    assert!(accounts.iter().all(|account| account.agrees), "{accounts:?}");
    let debits: i64 = accounts.iter().map(|account| account.debits_fen).sum();
    let credits: i64 = accounts.iter().map(|account| account.credits_fen).sum();
    assert_eq!(debits, credits);
    let account = accounts.iter().find(|account| account.code == code).expect("the account");
    (account.debits_fen, account.credits_fen, account.held_fen)
}

#[tokio::test]
async fn a_hold_is_posted_and_the_books_balance() {
    let context = room().await;
    let (project, indicator, payment) = instructed(&context).await;
    assert_eq!(account(&context, &format!("paid:{project}")).await, (0, 0, 24_000));
    assert_eq!(account(&context, &format!("indicator:{indicator}:available")).await, (100_000, 80_000, 0));

    let paid = Command::RecordAnswer {
        payment,
        answer: Answer::Paid { treasury_ref: "ZF-1".to_owned() },
        at: context.clock.now(),
    };
    for _ in 0..3 {
        context.journal.advance::<Project>(project, paid.clone()).await.expect("recorded, or recorded before");
    }
    assert_eq!(account(&context, &format!("paid:{project}")).await, (24_000, 0, 0));
    assert_eq!(account(&context, &format!("project:{project}:{indicator}:approved")).await, (80_000, 24_000, 0));
    assert_eq!(account(&context, "appropriation:2022").await, (0, 100_000, 0));
    assert_eq!(store::orders::waiting(&context.pool).await.expect("orders"), 0);
}

#[tokio::test]
async fn a_failed_payment_frees_its_hold_and_its_invoices() {
    let context = room().await;
    let (project, indicator, payment) = instructed(&context).await;
    let answer = Answer::Failed { reason: "账户已销户".to_owned() };
    let failed = Command::RecordAnswer { payment, answer, at: context.clock.now() };
    context.journal.advance::<Project>(project, failed).await.expect("recorded");
    assert_eq!(account(&context, &format!("paid:{project}")).await, (0, 0, 0));
    assert_eq!(account(&context, &format!("project:{project}:{indicator}:approved")).await, (80_000, 0, 0));
    ask(&context, project, indicator, 24_000, "F1").await.expect("the invoice may be used again");
}

#[tokio::test]
async fn two_writers_charge_one_indicator_and_exactly_the_balance_wins() {
    let context = room().await;
    let indicator = issue(&context, "18号", 100_000).await.expect("issued");
    let mut charging = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (context, project) = (context.clone(), pool_project(&context, 30_000).await);
        // Each believes that the whole balance is still there.
        charging.spawn(async move { fund(&context, project, indicator, 30_000, 100_000).await });
    }
    let outcomes = charging.join_all().await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 3, "{outcomes:?}");
    assert!(
        outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|code| code == "INDICATOR_BALANCE"),
        "{outcomes:?}"
    );
    assert_eq!(account(&context, &format!("indicator:{indicator}:available")).await, (100_000, 90_000, 0));
}

#[tokio::test]
async fn scenario_17_an_invoice_is_used_once_in_the_county() {
    let context = room().await;
    let indicator = issue(&context, "18号", 200_000).await.expect("issued");
    let mut projects = Vec::new();
    for _ in 0..2 {
        let project = pool_project(&context, 80_000).await;
        fund(&context, project, indicator, 80_000, 200_000).await.expect("funded");
        sign(&context, project, 80_000).await;
        projects.push(project);
    }
    let payment = ask(&context, projects[0], indicator, 100, "F1").await.expect("asked");
    assert_eq!(ask(&context, projects[1], indicator, 100, "F1").await, Err("DUP_INVOICE".to_owned()));
    complete(&context, projects[0], payment, TaskKind::PaymentReview, Outcome::Return).await;
    ask(&context, projects[1], indicator, 100, "F1").await.expect("it was given back");
}

#[tokio::test]
async fn a_document_is_issued_once_for_a_source() {
    let context = room().await;
    issue(&context, "18号", 100).await.expect("issued");
    assert_eq!(issue(&context, "18号", 200).await, Err("EXISTS".to_owned()));
    assert_eq!(issue(&context, " １８ 号", 100).await, Err("EXISTS".to_owned()), "the same number");
    issue(&context, "19号", 200).await.expect("another document");
    let listed = store::indicators(&context.pool, Some(2022), None, 10).await.expect("listed");
    assert_eq!(listed.iter().map(|row| row.available_fen).collect::<Vec<_>>(), [100, 200]);
    assert_eq!(store::indicators(&context.pool, Some(2022), Some(listed[0].id), 10).await.expect("listed").len(), 1);
    assert_eq!(store::indicators(&context.pool, Some(2021), None, 10).await.expect("listed").len(), 0);
}

/// The constraint that a statement breaks, at once or at commit.
async fn broken(context: &Context, statement: &'static str) -> String {
    let mut transaction = context.pool.begin().await.expect("a transaction");
    let outcome = match sqlx::query(statement).execute(&mut *transaction).await {
        Ok(_) => transaction.commit().await,
        Err(error) => Err(error),
    };
    match outcome {
        Err(sqlx::Error::Database(error)) => error.constraint().unwrap_or("no constraint").to_owned(),
        other => panic!("{statement} should have been refused: {other:?}"),
    }
}

#[tokio::test]
async fn the_database_itself_keeps_the_books() {
    let context = room().await;
    instructed(&context).await;
    let again = "insert into transfers select * from transfers limit 1";
    assert_eq!(broken(&context, again).await, "transfers_pkey");
    assert_eq!(broken(&context, "update entries set amount_fen = amount_fen + 1").await, "ledger_append_only");
    assert_eq!(broken(&context, "delete from entries").await, "ledger_append_only");
    assert_eq!(broken(&context, "delete from transfers").await, "ledger_append_only");
    assert_eq!(broken(&context, "truncate entries").await, "ledger_append_only");
    assert_eq!(
        broken(&context, "update transfers set state = 'VOIDED' where state = 'POSTED'").await,
        "ledger_append_only"
    );
    assert_eq!(
        broken(&context, "update transfers set amount_fen = 1 where state = 'PENDING'").await,
        "ledger_append_only"
    );
    assert_eq!(
        broken(&context, "update transfers set state = 'POSTED' where state = 'PENDING'").await,
        "entries_sum_to_zero"
    );
    let one_sided =
        "with t as (insert into transfers (id, cause, debit_account, credit_account, amount_fen, state, caused_at)
                          select gen_random_uuid(), 'FUND', max(code), min(code), 5, 'POSTED', now() from accounts
                          returning id, debit_account)
                     insert into entries select id, debit_account, 5, now() from t";
    assert_eq!(broken(&context, one_sided).await, "entries_sum_to_zero");
    let overdraw = "update accounts set credits_posted = credits_posted + 100001 where code like 'indicator:%'";
    assert_eq!(broken(&context, overdraw).await, "accounts_not_overdrawn");
}

fn within(prefix: &str) -> Reach {
    Reach { prefixes: vec![prefix.to_owned()], seats: Vec::new() }
}

#[tokio::test]
async fn the_read_table_is_the_folded_stream() {
    let context = room().await;
    let (project, ..) = instructed(&context).await;
    let other = pool_project(&context, 100).await;
    let rows =
        store::projects(&context.pool, &within("430921"), &ProjectFilter::default(), None, 10).await.expect("listed");
    assert_eq!(
        rows.iter().map(|row| row.money.pooled.project.0).collect::<Vec<_>>(),
        [other, project],
        "the newest first"
    );
    let snapshot = context.journal.load::<Project>(project).await.expect("the store").expect("the project");
    assert_eq!(snapshot.state.money(), Some(&rows[1].money));
    assert_eq!((snapshot.version, snapshot.changed_at), (rows[1].version, rows[1].updated_at));

    let listed = |prefix: &'static str, states: &'static [&'static str]| {
        let pool = context.pool.clone();
        let filter = ProjectFilter { states: states.to_vec(), ..ProjectFilter::default() };
        async move { store::projects(&pool, &within(prefix), &filter, None, 10).await.expect("listed").len() }
    };
    assert_eq!(listed("430921129201", &[]).await, 2);
    assert_eq!(listed("430921129202", &[]).await, 0);
    assert_eq!(listed("430921", &["POOLED"]).await, 1);
    assert_eq!(
        store::projects(
            &context.pool,
            &Reach { prefixes: Vec::new(), seats: Vec::new() },
            &ProjectFilter::default(),
            None,
            10
        )
        .await
        .expect("listed")
        .len(),
        0,
        "no post, no project"
    );

    let asked = [ProjectId(project), ProjectId(Uuid::nil())];
    let known = store::pooled_projects(&context.pool, &asked).await.expect("asked");
    let held = context.journal.load::<Project>(project).await.expect("asked").expect("it is known");
    let duties = held.state.money().expect("it is pooled").duties.clone();
    assert!(!duties.is_empty(), "whoever acted before is known");
    let pooled = PooledProject { fiscal_year: 2022, suspended: false, plan: None, duties };
    assert_eq!(known.into_iter().collect::<Vec<_>>(), [(ProjectId(project), pooled)]);
}

#[tokio::test]
async fn an_order_is_leased_to_one_worker_and_comes_back() {
    let context = room().await;
    let (project, _, payment) = instructed(&context).await;
    let (now, minute) = (context.clock.now(), time::Duration::MINUTE);
    let lease = |at| store::orders::lease(&context.pool, at, at + minute, 8);
    let first = lease(now).await.expect("leased");
    assert_eq!(
        first.iter().map(|order| (order.payment_id, order.project_id, order.attempts)).collect::<Vec<_>>(),
        [(payment, project, 1)]
    );
    assert_eq!(lease(now).await.expect("leased"), [], "another worker has it");
    assert_eq!(lease(now + minute).await.expect("leased")[0].attempts, 2, "that worker died");
    store::orders::hold(&context.pool, payment, now).await.expect("it did not go out");
    assert_eq!(lease(now + minute).await.expect("leased")[0].attempts, 2, "what did not go out was no try");
    store::orders::put_off(&context.pool, payment, now + minute * 3).await.expect("put off");
    assert_eq!(lease(now + minute * 2).await.expect("leased"), []);
    assert_eq!(lease(now + minute * 3).await.expect("leased").len(), 1);
}

#[tokio::test]
async fn a_step_and_its_messages_are_one_commit() {
    let context = room().await;
    let (project, ..) = instructed(&context).await;
    let kinds: Vec<String> = sqlx::query("select kind from outbox order by version, kind")
        .fetch_all(&context.pool)
        .await
        .expect("the outbox")
        .iter()
        .map(|row| row.get("kind"))
        .collect();
    let expected = [
        "disbursement.v1.ProjectFunded",
        "disbursement.v1.ContractSigned",
        "inbox.v1.TaskRequested",
        "inbox.v1.TaskRequested",
        "inbox.v1.TaskSettled",
        "inbox.v1.TaskSettled",
    ];
    assert_eq!(kinds, expected.map(|kind| format!("xianjie.{kind}")));
    let snapshot = context.journal.load::<Project>(project).await.expect("the store").expect("the project");
    assert_eq!(snapshot.version, 6);
}
