//! Who checks a site, and that each of them says so.

use super::*;

/// A check by these persons, recorded by the clerk who goes to the site, which nobody else has confirmed yet.
async fn records(desk: &mut Desk, submitted: &Application, checkers: &[&Player]) -> Result<Application, Status> {
    let request = RecordSiteCheckRequest {
        request_id: key(),
        project_id: submitted.project_id.clone(),
        site_check: Some(desk.site_check(checkers, true)),
        ..RecordSiteCheckRequest::default()
    };
    let mut clerk = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    Ok(clerk.intake.record_site_check(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_a_checker_is_an_official_of_that_township_or_a_department_and_does_not_decide() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let clerk = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    let department = desk.player(Role::SectorDepartment, "430921000000-AGR").await;
    for (role, org) in [
        (Role::Administrator, "430921000000-ADM"),
        (Role::TownshipClerk, OTHER_TOWNSHIP),
        (Role::LeadingGroup, "430921000000"),
        (Role::VillageSupervision, VILLAGE),
        (Role::TownshipHead, TOWNSHIP),
    ] {
        let stranger = desk.player(role, org).await;
        let no = refused(records(&mut desk, &submitted, &[&clerk, &stranger]).await);
        assert_eq!(
            (no.code.as_str(), no.fields),
            ("SITE_CHECK", vec!["site_check.checker_ids[1]".to_owned()]),
            "{role}"
        );
    }
    records(&mut desk, &submitted, &[&clerk, &department]).await.expect("a department's official may");
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_being_named_gives_nobody_a_duty_and_is_no_check() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    desk.guarantee(&content).await;
    let submitted = desk.submitted(content.clone()).await;
    let project_id = submitted.project_id.clone();
    let clerk = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    let second = desk.player(Role::TownshipFinance, TOWNSHIP).await;
    let department = desk.player(Role::SectorDepartment, "430921000000-AGR").await;
    let recorded = records(&mut desk, &submitted, &[&clerk, &department]).await.expect("named");
    let check = recorded.site_check.clone().expect("a check");
    assert_eq!((check.checker_ids.len(), check.confirmed_by_ids.len()), (2, 1), "the recorder's own presence counts");
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let unconfirmed = desk.stage.decide(&head, &project_id, "TOWNSHIP_REVIEW", approval).await;
    assert_eq!(code_of(&unconfirmed.expect_err("one of two was there")), "SITE_CHECK");
    assert_eq!(refused(desk.confirm_site(&recorded, &second).await).code, "NOT_A_CHECKER");

    // The official never confirms: the check is made with somebody else, and the official judges for the department.
    let again = records(&mut desk, &recorded, &[&clerk, &second]).await.expect("another check");
    desk.confirm_site(&again, &second).await.expect("he was there");
    desk.stage.decide(&head, &project_id, "TOWNSHIP_REVIEW", approval).await.expect("two have confirmed");
    let approved = desk.reaches(&project_id, ApplicationState::TownshipNotice).await;
    desk.notice(Role::TownshipClerk, TOWNSHIP, &approved, NoticeLevel::Township).await;
    desk.house.settle().await;
    let department = desk.player(Role::SectorDepartment, "430921000000-AGR").await;
    desk.stage
        .decide(&department, &project_id, "DEPARTMENT_REVIEW", approval)
        .await
        .expect("no duty stands in the way");
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_a_check_without_coordinates_is_refused() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let submitted = desk.submitted(content).await;
    let mut clerk = desk.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
    let second = desk.player(Role::TownshipFinance, TOWNSHIP).await;
    let site_check = SiteCheck { coordinates: None, ..desk.site_check(&[&clerk, &second], true) };
    let request = RecordSiteCheckRequest {
        request_id: key(),
        project_id: submitted.project_id,
        site_check: Some(site_check),
        ..RecordSiteCheckRequest::default()
    };
    let no = refused(clerk.intake.record_site_check(request).await);
    assert_eq!((no.code.as_str(), no.fields), ("SITE_CHECK", vec!["site_check.coordinates".to_owned()]));
}
