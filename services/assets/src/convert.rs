//! Contract values as domain values and back. Pure; everything that is wrong with a request is said at once.
//!
//! What a request says is only read here; whether it may happen is the machine's question.

use std::collections::BTreeSet;

use kernel::{
    Actor, Attachment, Explanation, Fen, Occasion, Pack, PersonId, ProjectId,
    refusal::{Common, Violations},
};
use proto::assets::v1::{
    Asset as AssetMessage, AssetClass as AssetClassMessage, GroupMember as GroupMemberMessage, GroupSide,
    ListAssetsRequest, Project as ProjectMessage, ProjectState, RecordAcceptanceRequest, RecordTownshipCheckRequest,
    RegisterAssetsRequest, ReportCompletionRequest,
};
use proto::common::v1::Signature as SignatureMessage;
use runtime::Snapshot;
use translation::{
    attachment,
    field::{division_prefix, only_uuid, optional_uuid, uuid},
    signature,
    time::timestamp,
};

use crate::domain::{
    Asset, AssetClass, Command, Draft, Nominee, NonCapital, Project, Side, Signature, Stage, acceptance,
    command::{RecordAcceptance, RecordTownshipCheck, RegisterAssets, ReportCompletion},
    listing::{Filter, ListedAsset},
};

/// The project that a request names.
pub fn project_id(text: &str) -> Result<ProjectId, Common> {
    only_uuid(text, "project_id").map(ProjectId)
}

/// Which assets a list asks for.
pub fn filter(asked: &ListAssetsRequest) -> Result<Filter, Common> {
    let mut wrong = Violations::default();
    let filter = Filter {
        project: optional_uuid(&asked.project_id, "project_id", &mut wrong),
        plan: optional_uuid(&asked.plan_id, "plan_id", &mut wrong),
        division: division_prefix(&asked.division, "division", &mut wrong),
        fiscal_year: asked.fiscal_year,
        class: class_of(asked.asset_class()),
    };
    wrong.finish().map(|()| filter)
}

fn class_of(message: AssetClassMessage) -> Option<AssetClass> {
    match message {
        AssetClassMessage::Operating => Some(AssetClass::Operating),
        AssetClassMessage::Public => Some(AssetClass::Public),
        AssetClassMessage::Household => Some(AssetClass::Household),
        AssetClassMessage::Unspecified => None,
    }
}

fn project_field(text: &str, wrong: &mut Violations) -> ProjectId {
    ProjectId(uuid(text, "project_id", wrong).unwrap_or_default())
}

/// A completion report; which of its photographs serve another project is yet to be looked up.
pub fn report_completion(
    request: ReportCompletionRequest,
    by: Occasion,
) -> Result<(ProjectId, ReportCompletion), Common> {
    let mut wrong = Violations::default();
    let project = project_field(&request.project_id, &mut wrong);
    let before = attachment::from_messages(request.photos_before, "photos_before", &mut wrong);
    let after = attachment::from_messages(request.photos_after, "photos_after", &mut wrong);
    wrong.finish()?;
    Ok((project, ReportCompletion { before, after, used_elsewhere: BTreeSet::new(), by }))
}

/// A township's first check.
pub fn record_township_check(
    request: RecordTownshipCheckRequest,
    by: Occasion,
) -> Result<(ProjectId, Command), Common> {
    let mut wrong = Violations::default();
    let project = project_field(&request.project_id, &mut wrong);
    let opinion = required(&request.opinion, "opinion", "初验意见", &mut wrong);
    wrong.finish()?;
    Ok((project, Command::RecordTownshipCheck(RecordTownshipCheck { opinion, by })))
}

/// A county's acceptance.
pub fn record_acceptance(request: RecordAcceptanceRequest, by: Occasion) -> Result<(ProjectId, Command), Common> {
    let mut wrong = Violations::default();
    let project = project_field(&request.project_id, &mut wrong);
    let members = members(&request.members, &mut wrong);
    let accepted = amount(request.accepted_fen, "accepted_fen", &mut wrong);
    let opinion = required(&request.opinion, "opinion", "验收意见", &mut wrong);
    wrong.finish()?;
    let acceptance = RecordAcceptance { members, accepted, opinion, by };
    Ok((project, Command::RecordAcceptance(acceptance)))
}

/// A registration.
pub fn register_assets(request: RegisterAssetsRequest, by: Occasion) -> Result<(ProjectId, Command), Common> {
    let mut wrong = Violations::default();
    let project = project_field(&request.project_id, &mut wrong);
    if request.assets.is_empty() {
        wrong.add("REQUIRED", "assets", "请填写资产清单", "needs at least one asset");
    }
    let assets = request.assets.iter().enumerate();
    let assets = assets.map(|(index, asset)| draft(asset, &format!("assets[{index}]"), &mut wrong)).collect();
    let transfer_sheet = match request.transfer_sheet {
        Some(sheet) => attachment::from_message(sheet, "transfer_sheet", &mut wrong),
        None => {
            wrong.add("REQUIRED", "transfer_sheet", "请上传三方签字的资产移交单", "needs the signed transfer sheet");
            Attachment { sha256: String::new(), title: String::new() }
        }
    };
    let non_capital = non_capital(request.non_capital_fen, &request.non_capital_note, &mut wrong);
    wrong.finish()?;
    let provisional = request.provisional;
    let registration = RegisterAssets { assets, non_capital, provisional, transfer_sheet, by };
    Ok((project, Command::RegisterAssets(registration)))
}

fn non_capital(fen: i64, note: &str, wrong: &mut Violations) -> Option<NonCapital> {
    if fen == 0 && note.trim().is_empty() {
        return None;
    }
    let amount = amount(fen, "non_capital_fen", wrong);
    Some(NonCapital { amount, note: required(note, "non_capital_note", "费用化部分的用途", wrong) })
}

fn draft(message: &AssetMessage, path: &str, wrong: &mut Violations) -> Draft {
    let class = class_of(message.asset_class()).unwrap_or_else(|| {
        let zh = "请选择资产类别:经营性、公益性或到户类";
        wrong.add("ASSET_CLASS", format!("{path}.asset_class"), zh, "must be operating, public or household");
        // Never used: what is wrong is refused before the draft is.
        AssetClass::Operating
    });
    Draft {
        title: required(&message.title, &format!("{path}.title"), "资产名称", wrong),
        class,
        place: required(&message.place, &format!("{path}.place"), "坐落位置", wrong),
        value: amount(message.value_fen, &format!("{path}.value_fen"), wrong),
        owner: required(&message.owner, &format!("{path}.owner"), "所有权人", wrong),
        care_person: required(&message.care_person, &format!("{path}.care_person"), "管护责任人", wrong),
        operator: message.operator.trim().to_owned(),
    }
}

fn members(messages: &[GroupMemberMessage], wrong: &mut Violations) -> Vec<Nominee> {
    let member = |(index, message): (usize, &GroupMemberMessage)| {
        let person = Some(message.person_id.trim()).filter(|id| !id.is_empty()).map(|id| PersonId(id.to_owned()));
        let name = match person {
            Some(_) => message.display_name.trim().to_owned(),
            None => required(&message.display_name, &format!("members[{index}].display_name"), "成员姓名", wrong),
        };
        let side = match message.side() {
            GroupSide::Department => Side::Department,
            GroupSide::Finance => Side::Finance,
            GroupSide::Township => Side::Township,
            GroupSide::Villagers => Side::Villagers,
            GroupSide::Unspecified => {
                let en = "must be the department, finance, the township or villagers";
                wrong.add("SIDE", format!("members[{index}].side"), "成员所属方无效", en);
                // Never used: what is wrong is refused before the group is.
                Side::Department
            }
        };
        Nominee { person, name, side }
    };
    messages.iter().enumerate().map(member).collect()
}

fn amount(fen: i64, field: &str, wrong: &mut Violations) -> Fen {
    Fen::try_positive(fen).unwrap_or_else(|error| {
        wrong.add("BAD_MONEY", field, error.zh(), error.to_string());
        Fen::ZERO
    })
}

fn required(text: &str, field: &str, zh: &str, wrong: &mut Violations) -> String {
    let text = text.trim();
    if text.is_empty() {
        wrong.add("REQUIRED", field, format!("请填写{zh}"), "must not be empty");
    }
    text.to_owned()
}

/// The key after which a page begins.
pub fn page_key(key: Option<&str>) -> Result<Option<i64>, Common> {
    let bad = |_| {
        Common::invalid(Explanation::new("PAGE_TOKEN", "page_token 无效", "page_token is malformed").at("page_token"))
    };
    key.map(str::parse).transpose().map_err(bad)
}

/// The project, if there is one and the actor may read it.
pub fn visible(found: Option<Snapshot<Project>>, actor: &Actor, pack: &Pack) -> Result<ProjectMessage, Common> {
    const ABSENT: Common = Common::NotFound { what: "项目 project" };
    let snapshot = found.ok_or(ABSENT)?;
    let Project::Known(works) = &snapshot.state else { return Err(ABSENT) };
    acceptance::require_reader(&works.site, actor, pack)?;
    Ok(project(&snapshot))
}

/// The project as it stands.
pub fn project(snapshot: &Snapshot<Project>) -> ProjectMessage {
    // A step is only taken on a project that is known.
    let Project::Known(works) = &snapshot.state else { return ProjectMessage::default() };
    let registration = works.registration();
    let registered = registration.map(|registration| registration.assets.as_slice()).unwrap_or_default();
    let provisional = works.stage.registration().is_none();
    let (completion, check) = match &works.stage {
        Stage::Construction => (None, None),
        Stage::CompletionReported(completion) => (Some(completion), None),
        Stage::TownshipChecked(completion, check)
        | Stage::Accepted(completion, check, _)
        | Stage::AssetRegistered(completion, check, _, _) => (Some(completion), Some(check)),
    };
    ProjectMessage {
        project_id: works.site.project.to_string(),
        title: works.site.title.clone(),
        village: works.site.village.to_string(),
        state: state(works.code()).into(),
        accepted_fen: works.stage.acceptance().map_or(0, |acceptance| acceptance.accepted.fen()),
        assets: registered.iter().map(|asset| asset_message(works.site.project, asset, provisional)).collect(),
        etag: snapshot.version.to_string(),
        update_time: Some(timestamp(snapshot.changed_at)),
        audited_fen: works.audited.map_or(0, Fen::fen),
        non_capital_fen: registration.map_or(0, |registration| registration.non_capital().fen()),
        suspension_reason: works.suspensions.standing().unwrap_or_default().to_owned(),
        reported_by: completion.map(|completion| signature(&completion.signed)),
        checked_by: check.map(|check| signature(&check.signed)),
        accepted_by: works.stage.acceptance().map(|acceptance| signature(&acceptance.signed)),
        registered_by: registration.map(|registration| signature(&registration.signed)),
    }
}

fn signature(signed: &Signature) -> SignatureMessage {
    let Signature { person, name, post, on_behalf_of, at } = signed;
    signature::to_message((person, name), on_behalf_of.as_ref(), Some(post), Some(*at))
}

fn state(code: &str) -> ProjectState {
    ProjectState::from_str_name(&format!("PROJECT_STATE_{code}")).unwrap_or_default()
}

fn class(code: &str) -> AssetClassMessage {
    AssetClassMessage::from_str_name(&format!("ASSET_CLASS_{code}")).unwrap_or_default()
}

fn asset_message(project: ProjectId, asset: &Asset, provisional: bool) -> AssetMessage {
    AssetMessage {
        asset_id: asset.id.to_string(),
        asset_no: asset.number.clone(),
        project_id: project.to_string(),
        title: asset.title.clone(),
        asset_class: class(asset.class.as_str()).into(),
        place: asset.place.clone(),
        value_fen: asset.value.fen(),
        owner: asset.owner.to_string(),
        care_person: asset.care_person.clone(),
        operator: asset.operator.clone(),
        provisional,
    }
}

/// A row of the list.
pub fn listed(row: ListedAsset) -> AssetMessage {
    AssetMessage {
        asset_id: row.asset_id.to_string(),
        asset_no: row.asset_no,
        project_id: row.project_id.to_string(),
        title: row.title,
        asset_class: class(&row.asset_class).into(),
        place: row.place,
        value_fen: row.value_fen,
        owner: row.owner,
        care_person: row.care_person,
        operator: row.operator,
        provisional: row.provisional,
    }
}

#[cfg(test)]
mod tests;
