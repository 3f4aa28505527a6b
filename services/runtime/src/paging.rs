//! Pages (AIP-158): sizes that are bounded, tokens that name the last key and belong to one filter.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Explanation;
use sha2::{Digest, Sha256};
use tonic::{Code, Status};

use crate::status;

/// Rows of a page when the caller doesn't say.
const DEFAULT: i64 = 50;
/// Rows of a page at most.
const MOST: i64 = 1000;

/// How many rows a page has: 50 for 0, at most 1000.
///
/// # Errors
/// INVALID_ARGUMENT for a negative size.
pub fn size(asked: i32) -> Result<i64, Status> {
    match i64::from(asked) {
        0 => Ok(DEFAULT),
        size @ 1.. => Ok(size.min(MOST)),
        _ => Err(wrong("PAGE_SIZE", "page_size", "page_size 不能为负数", "page_size must not be negative")),
    }
}

/// The token for the page after the row with this key, under this filter.
#[must_use]
pub fn token(last_key: &str, filter: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{last_key}", mark(filter)))
}

/// The token for the page after these rows; empty when they are the last.
#[must_use]
pub fn next<T>(rows: &[T], size: i64, filter: &str, key: impl Fn(&T) -> String) -> String {
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= size);
    rows.last().filter(|_| full).map_or_else(String::new, |last| token(&key(last), filter))
}

/// The key that a token names; none for the first page.
///
/// # Errors
/// INVALID_ARGUMENT for a token that is malformed or belongs to another filter.
pub fn last_key(token: &str, filter: &str) -> Result<Option<String>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    let decoded = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad_token())?;
    let text = String::from_utf8(decoded).map_err(|_| bad_token())?;
    match text.split_once(':') {
        Some((found, key)) if found == mark(filter) => Ok(Some(key.to_owned())),
        _ => Err(bad_token()),
    }
}

/// The refusal of a token whose key can't be read.
pub(crate) fn bad_token() -> Status {
    let en = "page_token is malformed or belongs to another filter";
    wrong("PAGE_TOKEN", "page_token", "page_token 无效或与查询条件不符", en)
}

fn wrong(code: &'static str, field: &str, zh: &str, en: &str) -> Status {
    status::explained(Code::InvalidArgument, &Explanation::new(code, zh, en).at(field))
}

fn mark(filter: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(filter)[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_its_filter() {
        let token = token("42", "state=DRAFT");
        assert_eq!(last_key(&token, "state=DRAFT").expect("same filter"), Some("42".to_owned()));
        assert!(last_key(&token, "state=IN_POOL").is_err());
        assert!(last_key("???", "").is_err());
        assert_eq!(last_key("", "").expect("first page"), None);
    }
}
