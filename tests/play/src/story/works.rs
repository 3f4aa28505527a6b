//! S14 to S16: completion, the township's check, the county's acceptance, the audit, one asset in the village collective's name.

use proto::assets::v1::{
    Asset, AssetClass, GetProjectRequest, GroupMember, GroupSide, Project, ProjectState, RecordAcceptanceRequest,
    RecordTownshipCheckRequest, RegisterAssetsRequest, ReportCompletionRequest,
};

use super::{Chain, TOTAL, until};
use crate::{
    cast::Player,
    papers::{document, key},
};

impl Chain<'_> {
    /// The contract's word must have reached assets before completion can be reported.
    pub(super) async fn completion_and_check(&mut self) -> anyhow::Result<()> {
        let read = || {
            let (mut assets, project_id) = (self.village.secretary.assets.clone(), self.application.project_id.clone());
            async move { assets.get_project(GetProjectRequest { project_id }).await }
        };
        let Project { project_id, etag, .. } =
            until("the works", read, |works: &Project| works.state() == ProjectState::Construction).await?;
        let report = ReportCompletionRequest {
            request_id: key(),
            project_id,
            etag,
            photos_before: vec![document(&format!("建设前照片 {}", self.application.project_id))],
            photos_after: vec![document(&format!("建设后照片 {}", self.application.project_id))],
        };
        let reported = self.village.secretary.assets.clone().report_completion(report).await?.into_inner();
        let check = RecordTownshipCheckRequest {
            request_id: key(),
            project_id: reported.project_id,
            etag: reported.etag,
            opinion: "乡镇初验合格,工程量与合同一致".into(),
        };
        self.works = self.village.head.assets.clone().record_township_check(check).await?.into_inner();
        Ok(())
    }

    pub(super) async fn acceptance(&mut self) -> anyhow::Result<()> {
        let Project { project_id, etag, .. } = self.works.clone();
        let official = |player: &Player, side: GroupSide| GroupMember {
            person_id: player.id.clone(),
            side: side.into(),
            ..GroupMember::default()
        };
        let villager = |name: &str| GroupMember {
            display_name: name.into(),
            side: GroupSide::Villagers.into(),
            ..GroupMember::default()
        };
        let members = vec![
            official(&self.cast.acceptor, GroupSide::Department),
            official(&self.cast.finance, GroupSide::Finance),
            official(&self.village.head, GroupSide::Township),
            villager("村民代表甲"),
            villager("村民代表乙"),
        ];
        let request = RecordAcceptanceRequest {
            request_id: key(),
            project_id,
            etag,
            members,
            accepted_fen: TOTAL.fen(),
            opinion: "验收合格".into(),
        };
        self.works = self.cast.acceptor.assets.clone().record_acceptance(request).await?.into_inner();
        Ok(())
    }

    /// The audit's word must have reached assets before the registration is more than provisional.
    pub(super) async fn audit_is_known(&mut self) -> anyhow::Result<()> {
        let read = || {
            let (mut assets, project_id) = (self.village.head.assets.clone(), self.application.project_id.clone());
            async move { assets.get_project(GetProjectRequest { project_id }).await }
        };
        self.works = until("the audit's word", read, |works: &Project| works.audited_fen > 0).await?;
        Ok(())
    }

    pub(super) async fn register_and_end(&mut self) -> anyhow::Result<()> {
        let Project { project_id, etag, .. } = self.works.clone();
        let asset = Asset {
            title: "田间机耕路及排水沟".into(),
            asset_class: AssetClass::Public.into(),
            place: "村部东侧".into(),
            value_fen: TOTAL.fen(),
            owner: format!("{}-COL", self.village.code),
            care_person: "村集体经济组织理事长".into(),
            operator: "村集体经济组织自营".into(),
            ..Asset::default()
        };
        let request = RegisterAssetsRequest {
            request_id: key(),
            project_id,
            etag,
            assets: vec![asset],
            transfer_sheet: Some(document("资产移交单")),
            ..RegisterAssetsRequest::default()
        };
        self.works = self.village.head.assets.clone().register_assets(request).await?.into_inner();
        self.paid_and_registered().await
    }
}
