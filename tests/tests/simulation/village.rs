//! A project from its draft to the pool, as village, township and bureau carry it, with what people do wrong on the way.

use std::sync::Arc;

use intake::domain::{
    Application, Command, Content, NoticeLevel, Occasion, Stage, State,
    record::{
        content::{BudgetLine, BudgetUse, Coordinates, Item, Jobs, Linkage, Nature, OperatingMode, PerformanceTarget},
        correction::CorrectionAnswer,
        notice::NewNotice,
        pool::Explained,
        site_check::SiteCheck,
        vote::Ballot,
    },
};
use kernel::{Actor, Attachment, Division, Duty, Fen, Pack, ProjectId, Role, calendar::civil_date};
use time::Duration;
use uuid::Uuid;

use crate::{
    caller::{Ask, Moment, must, must_not},
    cast,
    store::Store,
    world::World,
};

/// One project under way.
#[derive(Clone)]
pub struct Player {
    pub world: World,
    pub village: Division,
    pub project: Uuid,
}

pub fn document(title: &str) -> Attachment {
    Attachment { sha256: kernel::id::sha256_hex(title.as_bytes()), title: title.into() }
}

/// What a village asks for: a human settlement project of one source.
fn content(village: Division) -> Content {
    let total = Fen::new(60_000_000);
    let item = Item {
        title: "沟渠清淤".into(),
        quantity_milli: 3_000,
        unit: "公里".into(),
        amount: total,
        unit_price: Fen::new(20_000_000),
    };
    Content {
        fiscal_year: 2022,
        title: "人居环境整治".into(),
        category: "RURAL_CONSTRUCTION".into(),
        sub_type: "SETTLEMENT_DEMONSTRATION".into(),
        village,
        place: "一至四组".into(),
        responsible_person: "村支部书记".into(),
        operator: "村股份经济合作社自营".into(),
        items: vec![item],
        budget: vec![BudgetLine { source: "LINK".into(), usage: BudgetUse::Construction, amount: total }],
        total,
        linkage: Linkage {
            households: 120,
            persons: 386,
            lifted_out_persons: 64,
            monitored_persons: 9,
            ways: vec!["务工".into(), "分红".into()],
            ..Linkage::default()
        },
        performance_targets: vec![PerformanceTarget {
            indicator: "村集体年增收".into(), target: "≥ 120000 元".into()
        }],
        land_note: "利用村集体存量建设用地".into(),
        environment_note: "施工期洒水降尘".into(),
        schedule: "2022年4月开工,9月竣工".into(),
        construction_begin_date: None,
        construction_end_date: None,
        attachments: vec![document("项目示意图")],
        nature: Some(Nature::Renovation),
        responsible_unit: "村民委员会".into(),
        operating_mode: Some(OperatingMode::Own),
        coordinates: None,
        joint_villages: Vec::new(),
        jobs: Jobs { all: 12, temporary: 12 },
    }
}

pub fn file(store: &Store, project: Uuid) -> Option<&State> {
    match store.applications.state(project)? {
        Application::Opened(file) => Some(file),
        Application::Unopened => None,
    }
}

fn by(moment: &Moment<'_>, actor: &Actor, pack: &Arc<Pack>) -> Occasion {
    Occasion { actor: actor.clone(), elsewhere: kernel::Duties::default(), pack: pack.clone(), at: moment.now }
}

/// Opens an application; the project's id when it could.
pub async fn create(world: &World, village: Division) -> Option<Uuid> {
    let secretary = secretary(world.pack(), village);
    let (actor, pack) = (secretary.clone(), world.pack().clone());
    let who = Ask { what: "create", actor: &secretary, stream: None, steady: false };
    let created = must::<Application>(world, who, move |moment| Command::CreateApplication {
        project: ProjectId(moment.fresh),
        content: content(village),
        by: by(moment, &actor, &pack),
    });
    created.await.map(|(project, _)| project)
}

fn secretary(pack: &Pack, village: Division) -> Actor {
    cast::holders(pack, Role::VillageCommittee, village).remove(0)
}

impl Player {
    /// Carries the application to its end; whether it stands in the pool.
    pub async fn to_the_pool(&self) -> bool {
        self.village_decides().await;
        self.notice(NoticeLevel::Village).await;
        self.step(&self.secretary(), "submit", |by| Command::SubmitApplication { by }).await;
        loop {
            self.interlude().await;
            if self.gives_up().await {
                return false;
            }
            let project = self.project;
            self.world.when(move |store| file(store, project).is_some_and(wants_someone)).await;
            let stage = file(&self.world.store(), project).expect("it is open").stage.clone();
            match stage {
                Stage::Returned => self.correct().await,
                Stage::TownshipReview => self.check_site().await,
                Stage::TownshipNotice => self.notice(NoticeLevel::Township).await,
                Stage::CountyNotice { .. } => {
                    self.notice(NoticeLevel::County).await;
                    let bureau = self.bureau();
                    self.step(&bureau, "enter the pool", |by| Command::EnterPool {
                        likeness: Explained::default(),
                        by,
                    })
                    .await;
                }
                Stage::InPool { .. } => return true,
                _ => return false,
            }
        }
    }

    async fn village_decides(&self) {
        if self.world.one_in(3) {
            let (village, title) = (self.village, format!("人居环境整治之{}", self.world.below(9)));
            self.step(&self.secretary(), "update", move |by| Command::UpdateApplication {
                content: Content { title: title.clone(), ..content(village) },
                by,
            })
            .await;
        }
        let secretary = self.secretary();
        self.step(&secretary, "propose", |by| Command::ProposeApplication { by }).await;
        if self.world.one_in(4) {
            self.vote(12).await;
            self.step(&secretary, "propose again", |by| Command::ProposeApplication { by }).await;
        }
        self.vote(25).await;
    }

    async fn vote(&self, yes: u32) {
        let meeting_date = civil_date(self.world.now());
        let ballot = Ballot {
            meeting_date,
            entitled: 30,
            present: 26,
            yes,
            no: 26 - yes,
            abstain: 0,
            minutes: document(&format!("{} {yes} 会议记录", self.project)),
        };
        self.step(&self.secretary(), "vote", move |by| Command::RecordVote { ballot: ballot.clone(), by }).await;
    }

    /// Posts a notice, waits its days out, and closes it; sometimes someone can't wait.
    async fn notice(&self, level: NoticeLevel) {
        let actor = match level {
            NoticeLevel::Village => self.secretary(),
            NoticeLevel::Township => self.clerks().remove(0),
            NoticeLevel::County => self.bureau(),
        };
        let hung = file(&self.world.store(), self.project).map_or(0, |file| file.notices.len());
        let photo = |when: &str| Some(document(&format!("{} {hung} {when}", self.project)));
        let (posted, closed) = (photo("公示照片"), photo("期满照片"));
        self.step(&actor, "post a notice", move |by| Command::PostNotice {
            notice: NewNotice { level, places: vec!["公示栏".into()], photo: posted.clone() },
            by,
        })
        .await;
        let close = move |by| Command::CloseNotice { level, photo: closed.clone(), by };
        let closable = file(&self.world.store(), self.project)
            .and_then(|file| file.notice(level))
            .map(|notice| notice.closable_at);
        let Some(closable) = closable else { return self.world.violated("a notice was posted and is not there") };
        if self.world.one_in(3) {
            self.world.sleep_until(closable - Duration::hours(1)).await;
            self.refused(&actor, "close a notice early", &["NOTICE_SHORT"], close.clone()).await;
        }
        self.world.sleep_until(closable).await;
        self.step(&actor, "close a notice", close).await;
    }

    async fn check_site(&self) {
        // Who looks through the file does not go.
        let finance = cast::holders(self.world.pack(), Role::TownshipFinance, self.village).remove(0);
        let there = [self.clerks().remove(1), finance];
        let checkers = there.iter().map(|checker| checker.person.clone()).collect();
        let site_check = SiteCheck {
            date: civil_date(self.world.now()),
            checkers,
            place: "N29°22′ E112°24′".into(),
            photo: Some(document(&format!("{} {} 核查照片", self.project, self.world.now()))),
            findings: "与申报内容一致".into(),
            coordinates: Some(Coordinates { latitude_micro: 29_371_000, longitude_micro: 112_403_500 }),
        };
        self.step(&there[0], "check the site", move |by| Command::RecordSiteCheck {
            site_check: site_check.clone(),
            by,
        })
        .await;
        for checker in &there[1..] {
            let command = self.by(checker, |by| Command::ConfirmSiteCheck { by });
            must::<Application>(&self.world, self.asks(checker, "confirm the site check"), command).await;
        }
    }

    async fn correct(&self) {
        let items: Vec<String> = {
            let store = self.world.store();
            let last = file(&store, self.project).and_then(|file| file.returns.last()).expect("it was returned");
            last.items.iter().map(|item| item.id.clone()).collect()
        };
        let answers = |count: usize| -> Vec<CorrectionAnswer> {
            items[..count].iter().map(|item| CorrectionAnswer { item: item.clone(), text: "已补充".into() }).collect()
        };
        let secretary = self.secretary();
        if self.world.one_in(3) {
            let some = answers(items.len() - 1);
            let command = move |by| Command::ResubmitApplication { answers: some.clone(), by };
            self.refused(&secretary, "resubmit half answered", &["CORRECTION_INCOMPLETE"], command).await;
        }
        if self.world.one_in(3) {
            let (village, title) =
                (self.village, file(&self.world.store(), self.project).expect("open").content.title.clone());
            let note = format!("施工期洒水降尘;污水入沉淀池 {}", self.world.below(1000));
            self.step(&secretary, "correct the content", move |by| Command::UpdateApplication {
                content: Content { title: title.clone(), environment_note: note.clone(), ..content(village) },
                by,
            })
            .await;
        }
        let all = answers(items.len());
        self.step(&secretary, "resubmit", move |by| Command::ResubmitApplication { answers: all.clone(), by }).await;
    }

    /// A step of somebody who may; now and then somebody tries first who may not.
    async fn step(&self, actor: &Actor, what: &'static str, command: impl Fn(Occasion) -> Command + Clone + 'static) {
        if self.world.one_in(12) {
            let stranger = match self.world.below(3) {
                0 => cast::administrator(self.world.pack()),
                1 => cast::stranger(actor),
                _ => self.neighbour(),
            };
            self.refused(&stranger, what, &["SCOPE", "SOD"], command.clone()).await;
        }
        let command = self.by(actor, command);
        must::<Application>(&self.world, self.asks(actor, what), command).await;
    }

    async fn refused(
        &self,
        actor: &Actor,
        what: &'static str,
        codes: &[&str],
        command: impl Fn(Occasion) -> Command + 'static,
    ) {
        must_not::<Application>(&self.world, self.asks(actor, what), codes, self.by(actor, command)).await;
    }

    pub fn by(
        &self,
        actor: &Actor,
        command: impl Fn(Occasion) -> Command + 'static,
    ) -> impl Fn(&Moment<'_>) -> Command + 'static {
        let (actor, pack) = (actor.clone(), self.world.pack().clone());
        move |moment| command(by(moment, &actor, &pack))
    }

    fn asks<'a>(&self, actor: &'a Actor, what: &'static str) -> Ask<'a> {
        // While a reviewer has it, the application may move under the caller's feet.
        let stage = file(&self.world.store(), self.project).map(|file| file.stage.clone());
        let steady = !matches!(stage, Some(Stage::TownshipReview | Stage::CountyReview { .. }));
        Ask { what, actor, stream: Some(self.project), steady }
    }

    pub fn secretary(&self) -> Actor {
        secretary(self.world.pack(), self.village)
    }

    /// The secretary of another village.
    fn neighbour(&self) -> Actor {
        let other = cast::villages(self.world.pack()).into_iter().find(|code| *code != self.village);
        secretary(self.world.pack(), other.expect("a county has two villages"))
    }

    fn clerks(&self) -> Vec<Actor> {
        cast::holders(self.world.pack(), Role::TownshipClerk, self.village)
    }

    pub(super) fn bureau(&self) -> Actor {
        let duties = file(&self.world.store(), self.project).map(|file| file.duties.clone()).unwrap_or_default();
        cast::free(self.world.pack(), &[Role::RevitalizationBureau], self.village, &duties, Duty::CountyOffice)
    }
}

/// Whether the village, the township's clerk or the bureau has something to do besides tasks, or it has ended.
fn wants_someone(file: &State) -> bool {
    match file.stage {
        // The head waits for the site check, and the site check for a complete file.
        Stage::TownshipReview => {
            let complete = file.township.last().is_some_and(|round| round.asked.step.is_decision());
            complete && file.site_check.is_none()
        }
        Stage::CountyReview { .. } => false,
        _ => true,
    }
}
