//! A pooled project's money and works: plan, funding, contract, advance, completion, acceptance, register, final payment.

use std::sync::Arc;

use assets::domain as works;
use disbursement::domain as money;
use kernel::{Actor, Duties, Duty, Fen, ProjectId, Role, calendar::civil_date};
use money::{
    Money, Payment, PaymentRequest, PaymentType, TaskKind, indicator,
    plan::{self, Step},
    project::{
        Command,
        command::{ApproveFunding, AskedCharge, FixFinalAccount, IndicatorFacts, RequestPayment, SignContract},
    },
};
use uuid::Uuid;

use crate::{
    caller::{Ask, Moment, ask, must, must_not},
    cast, desks, planned,
    shell::Refused,
    store::Store,
    village::{Player, document},
    world::World,
};

/// What the project costs.
pub const TOTAL: Fen = Fen::new(60_000_000);
const ADVANCE: Fen = Fen::new(18_000_000);
/// What the audit leaves of what was accepted.
const AUDITED: Fen = Fen::new(59_000_000);

pub fn file(store: &Store, project: Uuid) -> Option<&Money> {
    store.money.state(project)?.money()
}

/// Who has had which duty where the works are accepted, as that room answers.
pub fn acts_of_works(store: &Store, project: Uuid) -> Duties {
    built(store, project).map(|works| works.duties.clone()).unwrap_or_default()
}

pub fn built(store: &Store, project: Uuid) -> Option<&works::Works> {
    match store.works.state(project)? {
        works::Project::Known(works) => Some(works),
        works::Project::Uncontracted | works::Project::Awaited(_) => None,
    }
}

/// Issues the year's money, so much that every project can be funded.
pub async fn issue(world: &World) -> Option<Uuid> {
    let county = world.pack().county.division;
    let [finance, second] = [2, 3].map(|nth| cast::holders(world.pack(), Role::FinanceBureau, county).remove(nth));
    let rules = world.pack().rules_of(2022).expect("2022 has rules").clone();
    let issue = money::Issue {
        document_no: "南财农指〔2022〕18号".into(),
        fiscal_year: 2022,
        source: "LINK".into(),
        sub_level: None,
        amount: Fen::new(10 * TOTAL.fen()),
    };
    let step = async |what, actor: &Actor, stream, step: indicator::Step| {
        let who = Ask { what, actor, stream, steady: true };
        let actor = actor.clone();
        let command = move |moment: &Moment<'_>| {
            let (step, actor) = (step.clone(), actor.clone());
            indicator::Command { step, county, actor, at: moment.now }
        };
        must::<money::Indicator>(world, who, command).await.map(|(indicator, _)| indicator)
    };
    let entered = step("enter an indicator", &finance, None, indicator::Step::Enter { issue, rules }).await?;
    step("confirm an indicator", &second, Some(entered), indicator::Step::Confirm).await
}

impl Player {
    /// From the pool to the last payment.
    pub async fn to_the_asset(&self, indicator: Uuid) {
        let project = self.project;
        self.world.when(move |store| file(store, project).is_some()).await;
        self.may_leave();
        let Some(plan) = self.plan().await else { return };
        self.interlude().await;
        self.fund(plan, indicator).await;
        self.interlude().await;
        self.contract().await;
        self.pay(PaymentType::Advance, ADVANCE, indicator).await;
        self.build(indicator).await;
        let accepted = |file: &Money| file.stage.accepted().is_some();
        self.world.when(move |store| file(store, project).is_some_and(accepted)).await;
        let auditor = self.free(&[Role::Audit], Duty::Auditor);
        let account = money::FinalAccount { audited: AUDITED, report_no: "审1号".into() };
        let exclusions = self.world.pack().exclusions.clone();
        self.money(&auditor, "fix the final account", move |moment, actor| {
            let exclusions = exclusions.clone();
            let elsewhere = acts_of_works(moment.store, project);
            let account = account.clone();
            Command::FixFinalAccount(FixFinalAccount { account, actor, elsewhere, exclusions, at: moment.now })
        })
        .await;
        self.world.when(move |store| built(store, project).is_some_and(|works| works.audited.is_some())).await;
        self.interlude().await;
        let early = self.asking(PaymentType::Settlement, Fen::new(1), indicator);
        self.no_money(&self.collective(), "ask before the register", &["ASSET_NOT_REGISTERED"], early).await;
        self.register("register the assets", AUDITED, false).await;
        self.world.when(move |store| file(store, project).is_some_and(|file| file.asset.is_some())).await;
        // Three in a hundred are kept back.
        let rest = AUDITED.saturating_sub(ADVANCE).saturating_sub(Fen::new(AUDITED.fen() / 100 * 3));
        self.pay(PaymentType::Settlement, rest, indicator).await;
    }

    async fn plan(&self) -> Option<Uuid> {
        let (county, project) = (self.world.pack().county.division, ProjectId(self.project));
        let bureau = self.free(&[Role::RevitalizationBureau], Duty::CountyOffice);
        let propose = move |store: &Store| Step::ProposePlan {
            county,
            title: "2022年度实施计划".into(),
            projects: vec![project],
            pooled: planned::pooled(store, project.0),
        };
        let (plan, _) = match self.try_plan(None, &bureau, "propose a plan", propose).await {
            Ok(proposed) => proposed,
            // It has left the pool meanwhile.
            Err(refused) if refused.code == "NOT_IN_POOL" => return None,
            Err(refused) => {
                self.world.violated(format_args!("propose a plan was refused: {refused}"));
                return None;
            }
        };
        let approve = move |store: &Store| Step::ApprovePlan {
            resolution_no: "3号".into(),
            plan,
            pooled: planned::pooled(store, project.0),
        };
        let leader = self.free(&[Role::LeadingGroup], Duty::Decider);
        self.step_plan(Some(plan), &leader, "approve a plan", approve).await?;
        let calendar = self.world.pack().calendar.clone();
        let post = move |_: &Store| Step::PostPlanNotice { calendar: calendar.clone() };
        self.step_plan(Some(plan), &bureau, "post a plan", post).await?;
        let closable = match self.world.store().plans.state(plan) {
            Some(money::Plan::Notice(_, _, notice)) => notice.closable_at,
            _ => return None,
        };
        self.world.sleep_until(closable).await;
        self.step_plan(Some(plan), &bureau, "close a plan's notice", |_| Step::ClosePlanNotice).await?;
        Some(plan)
    }

    async fn step_plan(
        &self,
        plan: Option<Uuid>,
        actor: &Actor,
        what: &'static str,
        step: impl Fn(&Store) -> Step + 'static,
    ) -> Option<(Uuid, i64)> {
        match self.try_plan(plan, actor, what, step).await {
            Ok(reply) => Some(reply),
            Err(refused) => {
                self.world.violated(format_args!("{what} was refused: {refused}"));
                None
            }
        }
    }

    async fn try_plan(
        &self,
        plan: Option<Uuid>,
        actor: &Actor,
        what: &'static str,
        step: impl Fn(&Store) -> Step + 'static,
    ) -> Result<(Uuid, i64), Refused> {
        let rules = self.world.pack().rules_of(2022).expect("2022 has rules").clone();
        let exclusions = self.world.pack().exclusions.clone();
        let who = Ask { what, actor, stream: plan, steady: true };
        let actor = actor.clone();
        ask::<money::Plan>(&self.world, who, move |moment| plan::Command {
            step: step(moment.store),
            actor: actor.clone(),
            exclusions: exclusions.clone(),
            rules: rules.clone(),
            at: moment.now,
        })
        .await
    }

    async fn fund(&self, plan: Uuid, indicator: Uuid) {
        let finance = self.free(&[Role::FinanceBureau], Duty::FundingApprover);
        let exclusions = self.world.pack().exclusions.clone();
        let funding = move |amount: Fen| {
            let exclusions = exclusions.clone();
            move |moment: &Moment<'_>, actor: Actor| {
                Command::ApproveFunding(ApproveFunding {
                    plan_id: plan,
                    plan: moment.store.plans.state(plan).cloned().unwrap_or_default(),
                    document_no: "南财农〔2022〕30号".into(),
                    charges: vec![AskedCharge { indicator, amount }],
                    indicators: facts(moment.store, indicator),
                    actor,
                    exclusions: exclusions.clone(),
                    at: moment.now,
                })
            }
        };
        if self.world.one_in(4) {
            let more = funding(Fen::new(TOTAL.fen() + 1));
            self.no_money(&finance, "fund too much", &["SUM_MISMATCH"], more).await;
        }
        self.money(&finance, "fund", funding(TOTAL)).await;
    }

    async fn contract(&self) {
        let collective = cast::holders(self.world.pack(), Role::VillageCollective, self.village).remove(0);
        let rules = self.world.pack().rules_of(2022).expect("2022 has rules").clone();
        let exclusions = self.world.pack().exclusions.clone();
        let contract = money::Contract {
            contract_no: "HT-1".into(),
            contractor: "南县建设公司".into(),
            payee: payee(),
            price: TOTAL,
            retention_basis_points: 300,
            signed_on: civil_date(self.world.now()),
            scan: Some(document("合同")),
        };
        self.money(&collective, "sign the contract", move |moment, actor| {
            let (contract, rules, exclusions) = (contract.clone(), rules.clone(), exclusions.clone());
            Command::SignContract(SignContract { contract, actor, exclusions, rules, at: moment.now })
        })
        .await;
    }

    /// Asks for a payment until one is settled: persons may refuse it, and the treasury too.
    async fn pay(&self, payment_type: PaymentType, amount: Fen, indicator: Uuid) {
        let (project, kind) = (self.project, payment_type);
        let of_kind = move |payment: &&Payment| payment.request.payment_type == kind;
        loop {
            if payment_type == PaymentType::Advance && self.world.one_in(3) {
                let more = self.asking(payment_type, Fen::new(amount.fen() + 1), indicator);
                self.no_money(&self.collective(), "ask for a fen too much", &["ADVANCE_CAP"], more).await;
            }
            let asking = self.asking(payment_type, amount, indicator);
            self.money(&self.collective(), "ask for a payment", asking).await;
            if self.world.one_in(4) {
                let again = self.asking(payment_type, amount, indicator);
                let codes = ["ADVANCE_CAP", "TOTAL_CAP", "INDICATOR_BALANCE"];
                // Only while the first one counts: a refusal in between makes room.
                let counted = file(&self.world.store(), project)
                    .expect("known")
                    .payments
                    .values()
                    .filter(of_kind)
                    .all(Payment::is_settled);
                if counted {
                    self.no_money(&self.collective(), "ask twice", &codes, again).await;
                }
            }
            let ended = move |store: &Store| {
                let open = |payment: &Payment| payment.awaits().is_some() || payment.is_held();
                file(store, project).is_some_and(|file| !file.payments.values().any(open))
            };
            self.interlude().await;
            self.world.when(ended).await;
            let settled = file(&self.world.store(), project)
                .expect("known")
                .payments
                .values()
                .filter(of_kind)
                .any(Payment::is_settled);
            if settled {
                return;
            }
        }
    }

    pub fn asking(
        &self,
        payment_type: PaymentType,
        amount: Fen,
        indicator: Uuid,
    ) -> impl Fn(&Moment<'_>, Actor) -> Command + 'static {
        let (world, project) = (self.world.clone(), self.project);
        let rules = self.world.pack().rules_of(2022).expect("2022 has rules").clone();
        let exclusions = self.world.pack().exclusions.clone();
        let invoice = format!("{:020}", self.world.roll());
        move |moment, actor| {
            Command::RequestPayment(RequestPayment {
                payment: moment.fresh,
                request: PaymentRequest {
                    payment_type,
                    amount,
                    indicator,
                    payee: payee(),
                    invoices: vec![invoice.clone()],
                    vouchers: vec![document("凭证")],
                },
                notice_closed: desks::notice_closed(moment.store, project),
                review: desks::desk(&world, TaskKind::PaymentReview, moment.now).expect("the pack has that post"),
                actor,
                exclusions: Arc::clone(&exclusions),
                rules: Arc::clone(&rules),
                at: moment.now,
            })
        }
    }

    pub async fn works(
        &self,
        actor: &Actor,
        what: &'static str,
        command: impl Fn(&Moment<'_>, Actor) -> works::Command + 'static,
    ) {
        let who = Ask { what, actor, stream: Some(self.project), steady: true };
        let actor = actor.clone();
        must::<works::Project>(&self.world, who, move |moment| command(moment, actor.clone())).await;
    }

    async fn money(
        &self,
        actor: &Actor,
        what: &'static str,
        command: impl Fn(&Moment<'_>, Actor) -> Command + 'static,
    ) {
        let who = Ask { what, actor, stream: Some(self.project), steady: false };
        let actor = actor.clone();
        must::<money::Project>(&self.world, who, move |moment| command(moment, actor.clone())).await;
    }

    pub async fn no_money(
        &self,
        actor: &Actor,
        what: &'static str,
        codes: &[&str],
        command: impl Fn(&Moment<'_>, Actor) -> Command + 'static,
    ) {
        let who = Ask { what, actor, stream: Some(self.project), steady: false };
        let actor = actor.clone();
        must_not::<money::Project>(&self.world, who, codes, move |moment| command(moment, actor.clone())).await;
    }

    pub fn collective(&self) -> Actor {
        cast::holders(self.world.pack(), Role::VillageCollective, self.village).remove(0)
    }

    fn free(&self, roles: &[Role], duty: Duty) -> Actor {
        let duties = file(&self.world.store(), self.project).map_or_else(Duties::default, |file| file.duties.clone());
        cast::free(self.world.pack(), roles, self.village, &duties, duty)
    }
}

fn facts(store: &Store, indicator: Uuid) -> Vec<IndicatorFacts> {
    let Some(money::Indicator::Issued(issue, by)) = store.indicators.state(indicator) else { return Vec::new() };
    let available = store.books.balance(&money::posting::Account::available(indicator));
    vec![IndicatorFacts {
        indicator,
        source: issue.source.clone(),
        document_no: issue.document_no.clone(),
        fiscal_year: issue.fiscal_year,
        confirmed: true,
        available: Fen::new(available),
        issuers: by.iter().flat_map(money::Signature::persons).cloned().collect(),
    }]
}

fn payee() -> money::Payee {
    money::Payee {
        holder: "南县建设公司".into(), bank: "南县农商行".into(), number: "6222000000001234".into()
    }
}
