//! From the contract to the registered asset, as a story plays it.

use std::sync::Arc;

use assets::domain as works;
use disbursement::domain as money;
use kernel::{Actor, Duty, Fen, Occasion, Pack, Role};
use money::PaymentType;
use uuid::Uuid;
use works::command::{RecordAcceptance, RecordTownshipCheck, RegisterAssets, ReportCompletion};

use crate::{
    caller::Moment,
    cast,
    money::{TOTAL, built, file},
    village::{Player, document},
};

/// Who acts, now, and what that person did in the room that pays.
fn by(moment: &Moment<'_>, actor: Actor, project: Uuid, pack: &Arc<Pack>) -> Occasion {
    let elsewhere = file(moment.store, project).map(|file| file.duties.clone()).unwrap_or_default();
    Occasion { actor, elsewhere, pack: Arc::clone(pack), at: moment.now }
}

impl Player {
    pub async fn build(&self, indicator: Uuid) {
        let project = self.project;
        self.world.when(move |store| built(store, project).is_some()).await;
        let secretary = cast::holders(self.world.pack(), Role::VillageCommittee, self.village).remove(0);
        let head = cast::holders(self.world.pack(), Role::TownshipHead, self.village).remove(0);
        let pack = self.world.pack().clone();
        self.works(&secretary, "report completion", move |moment, actor| {
            let photograph = |when: &str| vec![document(&format!("{when} {project}"))];
            let (before, after) = (photograph("建设前"), photograph("建设后"));
            let used_elsewhere = std::collections::BTreeSet::new();
            works::Command::ReportCompletion(ReportCompletion {
                before,
                after,
                used_elsewhere,
                by: by(moment, actor, project, &pack),
            })
        })
        .await;
        let pack = self.world.pack().clone();
        self.works(&head, "check the works", move |moment, actor| {
            let opinion = "初验合格".into();
            works::Command::RecordTownshipCheck(RecordTownshipCheck { opinion, by: by(moment, actor, project, &pack) })
        })
        .await;
        let (duties, category) = {
            let store = self.world.store();
            let works = built(&store, project).expect("known");
            (works.duties.clone(), works.site.category.clone())
        };
        let pack = self.world.pack().clone();
        let post = pack.category(&category).expect("the pack's").acceptance.clone();
        let mut department = cast::on_post(&pack, &post).into_iter();
        let acceptor = department
            .find(|person| duties.permit(person, Duty::Acceptor, &pack.exclusions).is_ok())
            .expect("someone is left");
        let finance = cast::holders(&pack, Role::FinanceBureau, self.village).remove(0);
        let sits =
            |person: &Actor, side| works::Nominee { person: Some(person.person.clone()), name: String::new(), side };
        let villager = |name: &str| works::Nominee { person: None, name: name.into(), side: works::Side::Villagers };
        let members = vec![
            sits(&acceptor, works::Side::Department),
            sits(&finance, works::Side::Finance),
            sits(&head, works::Side::Township),
            villager("村民代表甲"),
            villager("村民代表乙"),
        ];
        self.works(&acceptor, "accept", move |moment, actor| {
            works::Command::RecordAcceptance(RecordAcceptance {
                members: members.clone(),
                accepted: TOTAL,
                opinion: "验收合格".into(),
                by: by(moment, actor, project, &pack),
            })
        })
        .await;
        if self.world.one_in(3) {
            let early = self.asking(PaymentType::Settlement, Fen::new(1), indicator);
            self.no_money(&self.collective(), "ask for the rest too early", &["WRONG_STATE"], early).await;
        }
        if self.world.one_in(2) {
            self.register("register until the audit", TOTAL, true).await;
        }
    }

    pub async fn register(&self, what: &'static str, value: Fen, provisional: bool) {
        let head = cast::holders(self.world.pack(), Role::TownshipHead, self.village).remove(0);
        let project = self.project;
        let (owner, pack) =
            (kernel::OrgCode::department_of(self.village, "COL").to_string(), self.world.pack().clone());
        self.works(&head, what, move |moment, actor| {
            let draft = works::Draft {
                title: "沟渠".into(),
                class: works::AssetClass::Public,
                place: "一至四组".into(),
                value,
                owner: owner.clone(),
                care_person: "理事长".into(),
                operator: String::new(),
            };
            let (assets, transfer_sheet) = (vec![draft], document("移交单"));
            let by = by(moment, actor, project, &pack);
            works::Command::RegisterAssets(RegisterAssets {
                assets,
                non_capital: None,
                provisional,
                transfer_sheet,
                by,
            })
        })
        .await;
    }
}
