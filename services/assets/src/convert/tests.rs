//! What is read from requests, what is wrong with them, and that an asset comes back as it went in.

use kernel::{Decider as _, Post, Refusal as _, Role};
use proto::common::v1::Attachment as AttachmentMessage;
use time::{OffsetDateTime, macros::datetime};

use super::*;
use crate::domain::{
    Event,
    registration::Due,
    story::{acts, by, clerk, pack, site, story},
};

const AT: OffsetDateTime = datetime!(2022-09-01 09:00 +8);

fn file(sha256: &str) -> AttachmentMessage {
    AttachmentMessage { sha256: sha256.into(), title: "移交单".into() }
}

fn asset() -> AssetMessage {
    AssetMessage {
        title: "加工车间".into(),
        asset_class: AssetClassMessage::Operating.into(),
        place: "村部东侧".into(),
        value_fen: 115_000_000,
        owner: format!("{}-COL", site().village),
        care_person: "理事长".into(),
        operator: "自营".into(),
        ..AssetMessage::default()
    }
}

fn registration(assets: Vec<AssetMessage>) -> RegisterAssetsRequest {
    RegisterAssetsRequest {
        project_id: site().project.to_string(),
        assets,
        transfer_sheet: Some(file(&"0a".repeat(32))),
        ..RegisterAssetsRequest::default()
    }
}

fn wrong_fields<T>(result: Result<T, Common>) -> Vec<(&'static str, String)> {
    let explanation = result.map(drop).expect_err("it is refused").explain();
    explanation.fields.into_iter().map(|field| (field.code, field.field)).collect()
}

#[test]
fn every_wrong_field_of_a_registration_is_said_at_once() {
    let bare = AssetMessage { value_fen: -5, ..AssetMessage::default() };
    let request =
        RegisterAssetsRequest { transfer_sheet: None, project_id: "17".into(), ..registration(vec![asset(), bare]) };
    let wrong = wrong_fields(register_assets(request, by(clerk("x"))));
    let expected = [
        ("BAD_ID", "project_id"),
        ("ASSET_CLASS", "assets[1].asset_class"),
        ("REQUIRED", "assets[1].title"),
        ("REQUIRED", "assets[1].place"),
        ("BAD_MONEY", "assets[1].value_fen"),
        ("REQUIRED", "assets[1].owner"),
        ("REQUIRED", "assets[1].care_person"),
        ("REQUIRED", "transfer_sheet"),
    ];
    assert_eq!(wrong, expected.map(|(code, field)| (code, field.to_owned())));
    let none = wrong_fields(register_assets(registration(Vec::new()), by(clerk("x"))));
    assert_eq!(none, [("REQUIRED", "assets".to_owned())]);
}

#[test]
fn photographs_are_named_by_a_whole_hash() {
    for bad in [String::new(), "0a".repeat(31), "0A".repeat(32), "0g".repeat(32), "证".repeat(64)] {
        let request = ReportCompletionRequest {
            project_id: site().project.to_string(),
            photos_before: vec![file(&"0a".repeat(32))],
            photos_after: vec![file(&bad)],
            ..ReportCompletionRequest::default()
        };
        let wrong = wrong_fields(report_completion(request, by(clerk("x"))));
        assert_eq!(wrong, [("BAD_HASH", "photos_after[0].sha256".to_owned())], "{bad}");
    }
}

#[test]
fn an_acceptance_needs_names_sides_money_and_an_opinion() {
    let request = RecordAcceptanceRequest {
        project_id: site().project.to_string(),
        members: vec![GroupMemberMessage { display_name: " ".into(), side: 99, ..Default::default() }],
        accepted_fen: 0,
        opinion: "\n".into(),
        ..RecordAcceptanceRequest::default()
    };
    let wrong = wrong_fields(record_acceptance(request, by(clerk("x"))));
    let expected = [
        ("REQUIRED", "members[0].display_name"),
        ("SIDE", "members[0].side"),
        ("BAD_MONEY", "accepted_fen"),
        ("REQUIRED", "opinion"),
    ];
    assert_eq!(wrong, expected.map(|(code, field)| (code, field.to_owned())));
    let check =
        RecordTownshipCheckRequest { project_id: site().project.to_string(), ..RecordTownshipCheckRequest::default() };
    assert_eq!(wrong_fields(record_township_check(check, by(clerk("x")))), [("REQUIRED", "opinion".to_owned())]);
}

#[test]
fn an_asset_comes_back_as_it_went_in() {
    for class in [AssetClassMessage::Operating, AssetClassMessage::Public, AssetClassMessage::Household] {
        let message = AssetMessage { asset_class: class.into(), ..asset() };
        let (project, command) =
            register_assets(registration(vec![message.clone()]), by(clerk("x"))).expect("it is sound");
        let Command::RegisterAssets(RegisterAssets { assets, .. }) = command else { panic!("a registration") };
        let stored = crate::domain::registration::assets_of(&site(), Due::Audited(Fen::new(115_000_000)), None, assets)
            .expect("it adds up");
        let back = asset_message(project, &stored[0], false);
        assert_eq!(back.project_id, site().project.to_string());
        let plain =
            AssetMessage { asset_id: String::new(), asset_no: String::new(), project_id: String::new(), ..back };
        assert_eq!(plain, message);
    }
}

#[test]
fn every_state_has_its_name_in_the_contract() {
    let expected = [
        ProjectState::Construction,
        ProjectState::CompletionReported,
        ProjectState::TownshipChecked,
        ProjectState::Accepted,
        ProjectState::Accepted,
        ProjectState::AssetRegistered,
    ];
    for (steps, state) in (1..).zip(expected) {
        let snapshot =
            Snapshot { stream: site().project.0, version: 7, state: Project::fold(&story()[..steps]), changed_at: AT };
        let message = project(&snapshot);
        assert_eq!(message.state(), state);
        assert_eq!((message.etag.as_str(), message.accepted_fen > 0), ("7", steps >= 4));
        assert_eq!((message.assets.is_empty(), message.audited_fen > 0), (steps < 6, steps >= 5));
        let signed = [message.reported_by, message.checked_by, message.accepted_by, message.registered_by];
        assert_eq!(signed.map(|signed| signed.is_some()), [2, 3, 4, 6].map(|step| steps >= step));
    }
}

#[test]
fn a_reader_sees_what_lies_in_the_posts_division() {
    let snapshot = |state| Snapshot { stream: site().project.0, version: 1, state, changed_at: AT };
    let known = || Some(snapshot(Project::fold(&story()[..1])));
    let village = site().village;
    let holder = |post: Post| Actor { posts: vec![post], ..clerk("x") };
    let at = |role, division| holder(Post::new(role, kernel::OrgCode::of(division)));
    for (reader, seen) in [
        (at(Role::VillageSupervision, village), true),
        (at(Role::TownshipClerk, village.township()), true),
        (at(Role::Audit, village.county()), true),
        (at(Role::Administrator, village.county()), false),
        (at(Role::TownshipHead, "430921131000".parse().expect("a township")), false),
    ] {
        assert_eq!(visible(known(), &reader, &pack()).is_ok(), seen, "{reader:?}");
    }
    let refused = visible(known(), &clerk("x"), &pack()).expect_err("no post");
    assert_eq!(refused.explain().code, "SCOPE");
    let absent = visible(None, &at(Role::Audit, village.county()), &pack()).expect_err("absent");
    assert_eq!(absent.explain().code, "NOT_FOUND");
}

#[test]
fn c12_a_department_reads_what_it_was_asked_about_or_accepts() {
    let reads = |post: &str, asked: &[&str]| {
        let asked = asked.iter().map(|post| post.parse().expect("a post")).collect();
        let site = crate::domain::Site { asked, ..site() };
        let stream = site.project.0;
        let state = Project::fold(&[Event::ProjectExpected { site, acts: acts() }]);
        let found = Some(Snapshot { stream, version: 1, state, changed_at: AT });
        let holder = Actor { posts: vec![post.parse().expect("a post")], ..clerk("x") };
        visible(found, &holder, &pack()).is_ok()
    };
    let (agriculture, transport) = ("C-SEC@430921000000-AGR", "C-SEC@430921000000-TRA");
    assert!(!reads(transport, &[]));
    assert!(reads(transport, &[transport]));
    assert!(reads(agriculture, &[]), "it accepts what industry builds");
    assert!(!reads("C-EXP@430921000000-EXP", &[transport]));
}

#[test]
fn a_part_that_became_no_asset_says_what_it_was_for() {
    let with = |non_capital_fen, note: &str| {
        let non_capital_note = note.to_owned();
        RegisterAssetsRequest { non_capital_fen, non_capital_note, ..registration(vec![asset()]) }
    };
    let wrong = |request| wrong_fields(register_assets(request, by(clerk("x"))));
    assert_eq!(wrong(with(5, " ")), [("REQUIRED", "non_capital_note".to_owned())]);
    assert_eq!(wrong(with(0, "设计费")), [("BAD_MONEY", "non_capital_fen".to_owned())]);
    assert_eq!(wrong(with(-5, "设计费")), [("BAD_MONEY", "non_capital_fen".to_owned())]);
    assert!(register_assets(with(5, "设计费"), by(clerk("x"))).is_ok());
}
