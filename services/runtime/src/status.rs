//! A refusal as a gRPC status: code, rule, figures and basis in `ErrorInfo`, both languages, every wrong field.
//!
//! The only place where [`kernel::Kind`] meets [`tonic::Code`]. Internal errors are logged here and never shown.

use std::{collections::HashMap, time::Duration};

use kernel::{Explanation, Kind, Refusal};
use tonic::{Code, Status};
use tonic_types::{BadRequest, ErrorDetail, ErrorInfo, FieldViolation, LocalizedMessage, RetryInfo, StatusExt};

use crate::postgres;

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "xianjie";

/// When to come again to a process that has too much to do.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The gRPC code of a kind of refusal.
#[must_use]
pub fn code(kind: Kind) -> Code {
    match kind {
        Kind::NotFound => Code::NotFound,
        Kind::Invalid => Code::InvalidArgument,
        Kind::Conflict | Kind::TooEarly => Code::FailedPrecondition,
        Kind::Stale => Code::Aborted,
        Kind::Forbidden => Code::PermissionDenied,
    }
}

/// A refusal, said to the caller.
#[must_use]
pub fn refused(refusal: &dyn Refusal) -> Status {
    explained(code(refusal.kind()), &refusal.explain())
}

/// An explanation under a code.
#[must_use]
pub fn explained(code: Code, explanation: &Explanation) -> Status {
    Status::with_error_details_vec(code, message(explanation), details(explanation))
}

fn message(explanation: &Explanation) -> String {
    format!("{}: {} / {}", explanation.code, explanation.zh, explanation.en)
}

fn details(explanation: &Explanation) -> Vec<ErrorDetail> {
    let figures = [
        ("rule", explanation.rule.map(str::to_owned)),
        ("actual", explanation.actual.clone()),
        ("limit", explanation.limit.clone()),
        ("basis", explanation.basis.clone()),
    ];
    let metadata: HashMap<String, String> =
        figures.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    let mut details: Vec<ErrorDetail> = vec![
        ErrorInfo::new(explanation.code, DOMAIN, metadata).into(),
        LocalizedMessage::new("zh-CN", &explanation.zh).into(),
        LocalizedMessage::new("en", &explanation.en).into(),
    ];
    if !explanation.fields.is_empty() {
        let violations = explanation.fields.iter().map(|field| {
            let mut violation = FieldViolation::new(&field.field, format!("{} / {}", field.zh, field.en));
            violation.reason = field.code.to_owned();
            violation
        });
        details.push(BadRequest::new(violations.collect::<Vec<_>>()).into());
    }
    details
}

/// Too many requests are under way: RESOURCE_EXHAUSTED, with when to come again.
#[must_use]
pub fn overloaded() -> Status {
    let explanation = Explanation::new(
        "OVERLOADED",
        "当前办理人数过多,请稍后用同一请求编号重试",
        "too many requests are under way; try again later with the same request_id",
    );
    let mut details = details(&explanation);
    details.push(RetryInfo::new(Some(RETRY_AFTER)).into());
    Status::with_error_details_vec(Code::ResourceExhausted, message(&explanation), details)
}

/// A status with a stable code that no machine's refusal stands behind.
#[must_use]
pub fn plain(code: Code, reason: &'static str, zh: &str, en: &str) -> Status {
    explained(code, &Explanation::new(reason, zh, en))
}

/// Too many write to one thing at once: nothing has happened, and the same request may come again.
#[must_use]
pub fn contended() -> Status {
    plain(
        Code::Unavailable,
        "CONTENDED",
        "同时办理的人过多,请用同一请求编号重试",
        "too many write to this at once; try again with the same request_id",
    )
}

/// A room that must be asked is neither in this process nor among the configured peers: UNAVAILABLE, and someone should
/// mend the settings.
#[must_use]
pub fn no_peer(room: &str) -> Status {
    tracing::error!(peer = room, "a room is needed that is neither in this process nor among the configured peers");
    unreachable()
}

/// A request names a room that is not served here: NOT_FOUND `ROOM`.
#[must_use]
pub fn no_room() -> Status {
    plain(
        Code::NotFound,
        "ROOM",
        "此处没有该服务(room),请核对名称",
        "no such room is served here, or it has nothing of the kind: name one in `room`",
    )
}

/// What another room answered, said to our caller: its refusal unchanged, or that it can't be reached.
#[must_use]
pub fn from_peer(room: &str, failure: &Status) -> Status {
    // Every room explains itself in the details: a status without any comes from the way there.
    if failure.details().is_empty() {
        tracing::warn!(peer = room, error = %failure, "another room can't be reached");
        return unreachable();
    }
    // Without the metadata of that answer, which belongs to its own connection.
    Status::with_details(failure.code(), failure.message(), failure.details().to_vec().into())
}

fn unreachable() -> Status {
    plain(
        Code::Unavailable,
        "ROOM_UNAVAILABLE",
        "受理该事项的服务暂不可用,请用同一请求编号重试",
        "a room that must be asked can't be reached; try again with the same request_id",
    )
}

/// What we say instead of tonic when tonic itself could not read a request: its word is INTERNAL, but the fault is the
/// client's. None when the status is our own, which always has details.
#[must_use]
pub fn instead_of(theirs: &Status) -> Option<Status> {
    if !theirs.details().is_empty() {
        return None;
    }
    match theirs.code() {
        Code::Internal => Some(malformed()),
        Code::OutOfRange => Some(plain(
            Code::InvalidArgument,
            "REQUEST_TOO_LARGE",
            "请求过大,最多4MB;附件请只报送哈希值",
            "the request is larger than 4 MB; files are named by their hash",
        )),
        _ => None,
    }
}

/// A request whose bytes are no message of its method.
pub(crate) fn malformed() -> Status {
    plain(
        Code::InvalidArgument,
        "MALFORMED_REQUEST",
        "请求格式有误,无法解读",
        "the request can't be read: its bytes are no message of this method",
    )
}

/// A fault of ours: logged with its cause, shown without it.
pub fn internal(error: impl Into<anyhow::Error>) -> Status {
    let error = error.into();
    tracing::error!(error = format!("{error:#}"), "internal fault");
    plain(Code::Internal, "INTERNAL", "系统内部错误,请联系管理员", "internal error, please tell the operator")
}

/// The store failed: UNAVAILABLE when it is away for now, so that the caller tries again with the same `request_id`.
#[must_use]
pub fn store(error: sqlx::Error) -> Status {
    if !postgres::is_transient(&error) {
        return internal(error);
    }
    tracing::warn!(error = %error, "store unavailable");
    plain(
        Code::Unavailable,
        "STORE_UNAVAILABLE",
        "数据库暂时不可用,请用同一请求编号重试",
        "the store is unavailable for now; try again with the same request_id",
    )
}
