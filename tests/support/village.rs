//! What a village and its township do with an application, one step a function: for the tests of what holds at every gate.

use kernel::Role;
use proto::{
    common::v1::{CorrectionItem, Decision, Outcome},
    inbox::v1::Task,
    intake::v1::{
        Application, ApplicationState, Content, CorrectionAnswer, NoticeLevel, ProposeApplicationRequest,
        ResubmitApplicationRequest, SubmitApplicationRequest,
    },
};
use tonic::Status;

use crate::desk::{Desk, Refused, TOWNSHIP, approval, code_of, key};

/// The application with some change of its content.
///
/// # Panics
/// When it is refused.
pub async fn changed(desk: &mut Desk, known: &Application, change: impl FnOnce(&mut Content)) -> Application {
    try_change(desk, known, change).await.expect("updated")
}

/// The same.
///
/// # Errors
/// The refusal.
///
/// # Panics
/// When the application has no content.
pub async fn try_change(
    desk: &mut Desk,
    known: &Application,
    change: impl FnOnce(&mut Content),
) -> Result<Application, Status> {
    let mut content = known.content.clone().expect("an application has content");
    change(&mut content);
    desk.update(known, content).await
}

/// Puts it to the village.
///
/// # Errors
/// The refusal.
pub async fn propose(desk: &mut Desk, known: &Application) -> Result<Application, Status> {
    let Application { project_id, etag, .. } = known.clone();
    let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
    Ok(desk.secretary().await.intake.propose_application(request).await?.into_inner())
}

/// Posts the village's notice.
///
/// # Errors
/// The refusal.
pub async fn post(desk: &mut Desk, known: &Application) -> Result<Application, Status> {
    let secretary = desk.secretary().await;
    desk.post(&secretary, known, NoticeLevel::Village).await
}

/// Closes the village's notice.
///
/// # Errors
/// The refusal.
pub async fn close(desk: &mut Desk, known: &Application) -> Result<Application, Status> {
    let secretary = desk.secretary().await;
    desk.close(&secretary, known, NoticeLevel::Village).await
}

/// Submits it to the township.
///
/// # Errors
/// The refusal.
pub async fn submit(desk: &mut Desk, known: &Application) -> Result<Application, Status> {
    let Application { project_id, etag, .. } = known.clone();
    let request = SubmitApplicationRequest { request_id: key(), project_id, etag };
    Ok(desk.secretary().await.intake.submit_application(request).await?.into_inner())
}

/// Answers the only item of a return.
///
/// # Errors
/// The refusal.
pub async fn resubmit(desk: &mut Desk, known: &Application, text: &str) -> Result<Application, Status> {
    let Application { project_id, etag, .. } = known.clone();
    let answers = vec![CorrectionAnswer { item_id: "1".into(), text: text.into() }];
    let request = ResubmitApplicationRequest { request_id: key(), project_id, etag, answers };
    Ok(desk.secretary().await.intake.resubmit_application(request).await?.into_inner())
}

/// The township's head returns what lies there.
///
/// # Panics
/// When that is refused.
pub async fn returned(desk: &mut Desk, project_id: &str) -> Application {
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let says = |task: &Task| back(task, "land_note");
    desk.stage.decide(&head, project_id, "TOWNSHIP_REVIEW", says).await.expect("returned");
    desk.reaches(project_id, ApplicationState::Returned).await
}

/// A return that names this field.
#[must_use]
pub fn back(task: &Task, field: &str) -> Decision {
    Decision {
        outcome: Outcome::Return.into(),
        opinion: "请按清单补正后重新上报".into(),
        corrections: vec![CorrectionItem {
            field: field.into(),
            text: "请补充说明".into(),
            ..CorrectionItem::default()
        }],
        ..approval(task)
    }
}

/// What the township's head hears when approving.
///
/// # Errors
/// The code of the refusal.
pub async fn approving(desk: &mut Desk, project_id: &str) -> Result<(), String> {
    let head = desk.player(Role::TownshipHead, TOWNSHIP).await;
    let decided = desk.stage.decide(&head, project_id, "TOWNSHIP_REVIEW", approval).await;
    decided.map(drop).map_err(|failure| code_of(&failure))
}

/// An application that the village has voted on; its notice does not hang yet.
///
/// # Panics
/// When a step is refused.
pub async fn voted(desk: &mut Desk) -> Application {
    let content = desk.content();
    let proposed = desk.propose(content).await.expect("proposed");
    desk.vote(&proposed, 26, (25, 1, 0)).await.expect("voted")
}

/// The first field that a refusal names; empty when it names none.
#[must_use]
pub fn first_field(no: &Refused) -> &str {
    no.fields.first().map_or("", String::as_str)
}
