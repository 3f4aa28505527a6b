//! What was built, from the completion to the register, each step by somebody.

use kernel::Role;
use proto::{
    assets::v1::{
        Asset, AssetClass, GetProjectRequest, GroupMember, GroupSide, Project, RecordAcceptanceRequest,
        RecordTownshipCheckRequest, RegisterAssetsRequest, ReportCompletionRequest,
    },
    common::v1::Attachment,
    disbursement::v1::{FixFinalAccountRequest, Project as Money},
};
use tonic::Status;
use xianjie::demo::stage::Player;

use crate::{
    desk::{BUREAU, Desk, FINANCE, TOWNSHIP, VILLAGE, document, key},
    money::{COLLECTIVE, TOTAL},
};

/// The bureau that accepts what rural construction builds.
pub const TRANSPORT: &str = "430921000000-TRA";

impl Desk {
    /// What is known of a project's works.
    ///
    /// # Panics
    /// When it can't be read.
    pub async fn works(&mut self, project: &str) -> Project {
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = GetProjectRequest { project_id: project.to_owned() };
        bureau.assets.get_project(request).await.expect("the county reads").into_inner()
    }

    /// An acceptance group as it should be.
    ///
    /// # Panics
    /// When a member can't sign in.
    pub async fn acceptance_group(&mut self) -> Vec<GroupMember> {
        let mut members = Vec::new();
        for (role, org, side) in [
            (Role::SectorDepartment, TRANSPORT, GroupSide::Department),
            (Role::FinanceBureau, FINANCE, GroupSide::Finance),
            (Role::TownshipHead, TOWNSHIP, GroupSide::Township),
            (Role::VillageAssembly, VILLAGE, GroupSide::Villagers),
        ] {
            let person_id = self.player(role, org).await.person.id.to_string();
            members.push(GroupMember { person_id, side: side.into(), ..GroupMember::default() });
        }
        let villager =
            GroupMember {
                display_name: "刘长庚".into(), side: GroupSide::Villagers.into(), ..GroupMember::default()
            };
        members.push(villager);
        members
    }

    /// Building is reported complete, with one photograph of before and one of after.
    ///
    /// # Errors
    /// The refusal.
    pub async fn report_by(
        &mut self,
        who: &Player,
        project: &str,
        before: Attachment,
        after: Attachment,
    ) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.works(project).await;
        let (photos_before, photos_after) = (vec![before], vec![after]);
        let request = ReportCompletionRequest { request_id: key(), project_id, etag, photos_before, photos_after };
        Ok(who.assets.clone().report_completion(request).await?.into_inner())
    }

    /// The township's first check.
    ///
    /// # Errors
    /// The refusal.
    pub async fn first_check_by(&mut self, who: &Player, project: &str) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.works(project).await;
        let request =
            RecordTownshipCheckRequest { request_id: key(), project_id, etag, opinion: "初验合格".into() };
        Ok(who.assets.clone().record_township_check(request).await?.into_inner())
    }

    /// An acceptance of the whole amount by this group.
    ///
    /// # Errors
    /// The refusal.
    pub async fn accept_by(
        &mut self,
        who: &Player,
        project: &str,
        members: Vec<GroupMember>,
    ) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.works(project).await;
        let opinion = "验收合格".into();
        let request =
            RecordAcceptanceRequest { request_id: key(), project_id, etag, members, accepted_fen: TOTAL, opinion };
        Ok(who.assets.clone().record_acceptance(request).await?.into_inner())
    }

    /// The audited final account.
    ///
    /// # Errors
    /// The refusal.
    pub async fn audit_by(&mut self, who: &Player, project: &str, audited_fen: i64) -> Result<Money, Status> {
        let Money { project_id, etag, .. } = self.money(project).await;
        let report_no = "南审投报〔2022〕12号".into();
        let request = FixFinalAccountRequest { request_id: key(), project_id, etag, audited_fen, report_no };
        Ok(who.disbursement.clone().fix_final_account(request).await?.into_inner())
    }

    /// One asset of that value in the collective's name, for good or until the audit.
    ///
    /// # Errors
    /// The refusal.
    pub async fn register_by(
        &mut self,
        who: &Player,
        project: &str,
        value_fen: i64,
        provisional: bool,
    ) -> Result<Project, Status> {
        let Project { project_id, etag, .. } = self.works(project).await;
        let asset = Asset {
            title: "沟渠".into(),
            asset_class: AssetClass::Public.into(),
            place: "一至四组".into(),
            value_fen,
            owner: COLLECTIVE.into(),
            care_person: "理事长".into(),
            ..Asset::default()
        };
        let request = RegisterAssetsRequest {
            request_id: key(),
            project_id,
            etag,
            assets: vec![asset],
            transfer_sheet: Some(document("移交单")),
            provisional,
            ..RegisterAssetsRequest::default()
        };
        Ok(who.assets.clone().register_assets(request).await?.into_inner())
    }
}
