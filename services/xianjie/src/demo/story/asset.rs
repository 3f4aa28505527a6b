//! S14 and S16: completion, the township's check, the county's acceptance, registration in the village's name.

use kernel::{Fen, Role, RuleCode};
use proto::assets::v1::{
    Asset, AssetClass, GetProjectRequest, GroupMember, GroupSide, Project, ProjectState, RecordAcceptanceRequest,
    RecordTownshipCheckRequest, RegisterAssetsRequest, ReportCompletionRequest,
};

use super::{Places, ask, document, ok};
use crate::demo::stage::{Player, Stage, until};

/// What was accepted: the contract's price less what was not built.
const ACCEPTED: Fen = Fen::new(168_000_000);

/// Completion to acceptance.
pub(super) async fn accept(stage: &mut Stage, places: &Places, project_id: &str) -> anyhow::Result<()> {
    stage.wait(time::Duration::days(150))?;
    let secretary = stage.player(Role::VillageCommittee, &places.village).await?;
    let project =
        await_project(&secretary, project_id, |project| project.state() == ProjectState::Construction).await?;
    let report = ReportCompletionRequest {
        request_id: stage.key("a:completion"),
        project_id: project_id.to_owned(),
        etag: project.etag,
        photos_before: vec![document("建设前照片 东侧")],
        photos_after: vec![document("建设后照片 东侧")],
    };
    let reported = ask!(secretary, assets.report_completion, report)?;
    stage.did(&secretary, ok("报告竣工,附同角度前后照片", "reports completion, with photographs before and after"));

    let head = stage.player(Role::TownshipHead, &places.township).await?;
    let check = RecordTownshipCheckRequest {
        request_id: stage.key("a:township-check"),
        project_id: project_id.to_owned(),
        etag: reported.etag,
        opinion: "乡镇初验合格,工程量与合同一致".into(),
    };
    let checked = ask!(head, assets.record_township_check, check)?;
    stage.did(&head, ok("乡镇初验合格", "the township's first check passes"));

    // The reviewer of S5 may not accept what he approved: another person of the same bureau does.
    let acceptor = stage.nth(Role::SectorDepartment, &places.department("AGR"), 1).await?;
    let finance = stage.player(Role::FinanceBureau, &places.department("FIN")).await?;
    let assembly = stage.player(Role::VillageAssembly, &places.village).await?;
    let person = |player: &Player, side: GroupSide| GroupMember {
        person_id: player.person.id.to_string(),
        side: side.into(),
        ..GroupMember::default()
    };
    let villager =
        GroupMember { display_name: "刘长庚".into(), side: GroupSide::Villagers.into(), ..GroupMember::default() };
    let members = vec![
        person(&acceptor, GroupSide::Department),
        person(&finance, GroupSide::Finance),
        person(&head, GroupSide::Township),
        person(&assembly, GroupSide::Villagers),
        villager,
    ];
    let sat = members.len();
    let acceptance = RecordAcceptanceRequest {
        request_id: stage.key("a:acceptance"),
        project_id: project_id.to_owned(),
        etag: checked.etag,
        members,
        accepted_fen: ACCEPTED.fen(),
        opinion: "验收合格,核减未实施部分".into(),
    };
    ask!(acceptor, assets.record_acceptance, acceptance)?;
    let amount = ACCEPTED.grouped();
    let told = ok(format!("县级验收合格,验收金额 {amount} 元"), format!("the county accepts {amount} yuan of works"));
    let told = match stage.pack().rules(2022) {
        Some(rules) => told.under(rules.rule(RuleCode::AcceptanceGroup), sat, rules.number(RuleCode::AcceptanceGroup)),
        None => told,
    };
    stage.did(&acceptor, told);
    Ok(())
}

/// Registration in the village collective's name, values adding up to what the audit left of what was accepted.
pub(super) async fn register(stage: &mut Stage, places: &Places, project_id: &str) -> anyhow::Result<()> {
    let head = stage.player(Role::TownshipHead, &places.township).await?;
    let project = await_project(&head, project_id, |project| project.audited_fen > 0).await?;
    let audited = Fen::new(project.audited_fen);
    let road = Fen::new(20_000_000);
    let asset = |title: &str, class: AssetClass, value: Fen| Asset {
        title: title.to_owned(),
        asset_class: class.into(),
        place: "村部东侧产业园".into(),
        value_fen: value.fen(),
        owner: format!("{}-COL", places.village),
        care_person: "村集体经济组织理事长".into(),
        operator: "村集体经济组织自营".into(),
        ..Asset::default()
    };
    let request = RegisterAssetsRequest {
        request_id: stage.key("a:register"),
        project_id: project_id.to_owned(),
        etag: project.etag,
        assets: vec![
            asset("稻虾加工车间及设备", AssetClass::Operating, audited.saturating_sub(road)),
            asset("产业园进出道路", AssetClass::Public, road),
        ],
        transfer_sheet: Some(document("资产移交单")),
        ..RegisterAssetsRequest::default()
    };
    let registered = ask!(head, assets.register_assets, request)?;
    let numbers: Vec<&str> = registered.assets.iter().map(|asset| asset.asset_no.as_str()).collect();
    stage.did(
        &head,
        ok(
            format!("资产确权登记到村集体名下:{}", numbers.join("、")),
            format!("registers the assets in the village collective's name: {}", numbers.join(", ")),
        ),
    );
    Ok(())
}

async fn await_project(player: &Player, project_id: &str, is: impl Fn(&Project) -> bool) -> anyhow::Result<Project> {
    let read = || {
        let (mut assets, project_id) = (player.assets.clone(), project_id.to_owned());
        async move { assets.get_project(GetProjectRequest { project_id }).await.map(tonic::Response::into_inner) }
    };
    until("the works to be so", read, is).await
}
