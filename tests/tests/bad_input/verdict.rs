//! What is wrong with an answer.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Words that a client must never read.
const INSIDE: [&str; 10] =
    ["sqlx", "panicked", "postgres", "constraint", "relation \"", "/src/", ".rs:", "duplicate key", "RUST_", "lapin"];

/// What is wrong with a refusal, whatever was asked; none when it is as it must be.
pub fn fault(status: &Status) -> Option<String> {
    let ours = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::NotFound
            | Code::PermissionDenied
            | Code::Aborted
            // The key was used before, with another request.
            | Code::AlreadyExists
            | Code::Unauthenticated
    );
    if !ours {
        return Some(format!("got {:?}: {}", status.code(), status.message()));
    }
    let details = status.get_error_details();
    if details.error_info().is_none_or(|info| info.reason.is_empty()) {
        return Some(format!("has no stable code: {status:?}"));
    }
    let said = format!("{} {details:?}", status.message());
    if let Some(word) = INSIDE.iter().find(|word| said.contains(**word)) {
        return Some(format!("shows our inside ({word}): {said}"));
    }
    if status.message().len() > 4_096 {
        return Some(format!("says {} bytes", status.message().len()));
    }
    if !said.chars().any(|letter| ('\u{4e00}'..'\u{9fff}').contains(&letter)) {
        return Some(format!("says nothing in Chinese: {said}"));
    }
    None
}

/// Whether the refusal names this field, or one that holds it; an entry may be named by its number or its id.
pub fn names(status: &Status, field: &str) -> bool {
    let details = status.get_error_details();
    let named = details.bad_request().map(|bad| bad.field_violations.as_slice()).unwrap_or_default();
    let field = without_entries(field);
    named
        .iter()
        .map(|violation| without_entries(&violation.field))
        .any(|named| field.strip_prefix(&named).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])))
}

fn without_entries(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|letter| {
            let keep = !inside || *letter == ']';
            inside = *letter == '[' || (inside && *letter != ']');
            keep
        })
        .collect()
}
