//! The room as the tests ask it: its steps, its rows, what it has said.

use super::*;

pub const ACCEPTED: i64 = 115_000_000;
/// The plan that pays for every project of the tests.
pub const PLAN: Uuid = Uuid::from_u128(0x22);

pub struct Room {
    pub context: Context,
    pub assets: Assets,
    pub village: Division,
}

impl Room {
    pub async fn open() -> Self {
        let context = TestDatabase::create().await.room(assets::service()).await;
        let village =
            context.pack.divisions.iter().find(|entry| entry.code.level() == Level::Village).expect("a village");
        Self { assets: Assets::new(context.clone()), village: village.code, context }
    }

    /// What a contract says.
    pub fn site(&self) -> Site {
        Site {
            project: ProjectId(Uuid::now_v7()),
            title: "稻虾初加工车间".into(),
            village: self.village,
            category: "INDUSTRY".into(),
            fiscal_year: 2022,
            price: Fen::new(120_000_000),
            plan: Some(PLAN),
            asked: Vec::new(),
        }
    }

    /// A project whose contract was signed.
    pub async fn expected(&self) -> ProjectId {
        self.expect(self.site()).await
    }

    /// A project whose contract says this.
    pub async fn expect(&self, site: Site) -> ProjectId {
        let project = site.project;
        let mut acts = Duties::default();
        acts.record_person(&PersonId("reviewer".into()), Duty::DepartmentReviewer);
        let command = Command::Expect { site, acts };
        self.context.journal.advance::<Project>(project.0, command).await.expect("expected");
        project
    }

    pub fn actor(&self, person: &str, role: &str) -> Actor {
        let org = match role {
            "V-SEC" => self.village.to_string(),
            "T-GOV" => self.village.township().to_string(),
            "C-SEC" => format!("{}-AGR", self.village.county()),
            _ => self.village.county().to_string(),
        };
        someone(person, &format!("{role}@{org}"))
    }

    pub async fn report(&self, project: ProjectId) -> Result<ProjectReply, tonic::Status> {
        self.report_with(project, photo(&format!("{project} before")), photo(&format!("{project} after"))).await
    }

    pub async fn report_with(
        &self,
        project: ProjectId,
        before: Attachment,
        after: Attachment,
    ) -> Result<ProjectReply, tonic::Status> {
        let request = ReportCompletionRequest {
            request_id: Uuid::now_v7().to_string(),
            project_id: project.to_string(),
            etag: "1".into(),
            photos_before: vec![before],
            photos_after: vec![after],
        };
        let asked = asking(&self.actor("secretary", "V-SEC"), request);
        self.assets.report_completion(asked).await.map(tonic::Response::into_inner)
    }

    pub async fn check(&self, project: ProjectId) -> Result<ProjectReply, tonic::Status> {
        let request = RecordTownshipCheckRequest {
            request_id: Uuid::now_v7().to_string(),
            project_id: project.to_string(),
            etag: "2".into(),
            opinion: "初验合格".into(),
        };
        let asked = asking(&self.actor("head", "T-GOV"), request);
        self.assets.record_township_check(asked).await.map(tonic::Response::into_inner)
    }

    pub async fn accept(&self, project: ProjectId) -> Result<ProjectReply, tonic::Status> {
        let villager = |name: &str| GroupMember {
            display_name: name.into(),
            side: GroupSide::Villagers.into(),
            ..Default::default()
        };
        let county = self.village.county();
        let official = |side: GroupSide, post: String| {
            let post = post.parse().expect("a post");
            let person = self.context.pack.persons.iter().find(|person| person.posts.contains(&post));
            let person_id = person.expect("someone holds it").id.to_string();
            GroupMember { side: side.into(), person_id, ..Default::default() }
        };
        let request = RecordAcceptanceRequest {
            request_id: Uuid::now_v7().to_string(),
            project_id: project.to_string(),
            etag: "3".into(),
            members: vec![
                official(GroupSide::Department, format!("C-SEC@{county}-AGR")),
                official(GroupSide::Finance, format!("C-FIN@{county}-FIN")),
                official(GroupSide::Township, format!("T-GOV@{}", self.village.township())),
                villager("甲"),
                villager("乙"),
            ],
            accepted_fen: ACCEPTED,
            opinion: "验收合格".into(),
        };
        let asked = asking(&self.actor("acceptor", "C-SEC"), request);
        self.assets.record_acceptance(asked).await.map(tonic::Response::into_inner)
    }

    /// The audit fixes the final account at what was accepted.
    pub async fn audit(&self, project: ProjectId) {
        let command = Command::HearFinalAccount { audited: Fen::new(ACCEPTED), acts: Duties::default() };
        self.context.journal.advance::<Project>(project.0, command).await.expect("heard");
    }

    pub fn registration(&self, project: ProjectId, values: &[i64]) -> RegisterAssetsRequest {
        let asset = |value: &i64| Asset {
            title: format!("资产 {value}"),
            asset_class: AssetClass::Operating.into(),
            place: "村部东侧".into(),
            value_fen: *value,
            owner: format!("{}-COL", self.village),
            care_person: "理事长".into(),
            ..Asset::default()
        };
        RegisterAssetsRequest {
            request_id: Uuid::now_v7().to_string(),
            project_id: project.to_string(),
            etag: "5".into(),
            assets: values.iter().map(asset).collect(),
            transfer_sheet: Some(photo("移交单")),
            ..RegisterAssetsRequest::default()
        }
    }

    pub async fn register(&self, request: RegisterAssetsRequest) -> Result<ProjectReply, tonic::Status> {
        let asked = asking(&self.actor("head", "T-GOV"), request);
        self.assets.register_assets(asked).await.map(tonic::Response::into_inner)
    }

    /// A project that was accepted and audited.
    pub async fn audited(&self) -> ProjectId {
        let project = self.accepted().await;
        self.audit(project).await;
        project
    }

    /// A project that was accepted.
    pub async fn accepted(&self) -> ProjectId {
        self.accepted_as(self.site()).await
    }

    /// A project of that contract that was accepted.
    pub async fn accepted_as(&self, site: Site) -> ProjectId {
        let project = self.expect(site).await;
        self.report(project).await.expect("reported");
        self.check(project).await.expect("checked");
        self.accept(project).await.expect("accepted");
        project
    }

    pub async fn row(&self, project: ProjectId) -> (String, Option<i64>, i64) {
        let row = sqlx::query("select state, accepted_fen, version from projects where project_id = $1")
            .bind(project.0)
            .fetch_one(&self.context.pool)
            .await
            .expect("a row");
        (row.get("state"), row.get("accepted_fen"), row.get("version"))
    }

    pub async fn said(&self) -> Vec<String> {
        sqlx::query_scalar("select kind from outbox order by kind")
            .fetch_all(&self.context.pool)
            .await
            .expect("readable")
    }

    pub async fn list(&self, actor: &Actor, request: ListAssetsRequest) -> (Vec<Asset>, String) {
        let page = self.assets.list_assets(asking(actor, request)).await.expect("listed").into_inner();
        (page.assets, page.next_page_token)
    }
}

pub fn someone(person: &str, post: &str) -> Actor {
    let post = post.parse().expect("a post");
    Actor { person: PersonId(person.into()), name: person.into(), posts: vec![post], on_behalf_of: None }
}

/// A request of this actor, as the server's shell hands it on.
pub fn asking<R>(actor: &Actor, message: R) -> Request<R> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(actor.clone());
    request
}

pub fn photo(of: &str) -> Attachment {
    Attachment { sha256: kernel::id::sha256_hex(of.as_bytes()), title: "照片".into() }
}
