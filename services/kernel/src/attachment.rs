//! A file (附件) that is kept elsewhere and named by its content, so that nobody can exchange it.
//!
//! Stored in events as it stands here, so its shape is for ever.

use serde::{Deserialize, Serialize};

use crate::refusal::Violations;

/// A file kept elsewhere, named by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// SHA-256 of the content, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// What a person calls it.
    pub title: String,
}

impl Attachment {
    /// Whether its name can be the hash of a content.
    #[must_use]
    pub fn is_well_named(&self) -> bool {
        self.sha256.len() == 64 && self.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }

    /// Notes a name that can't be the hash of a content.
    pub fn check(&self, field: &str, wrong: &mut Violations) {
        if !self.is_well_named() {
            let zh = "附件摘要须为64位小写十六进制";
            wrong.add("BAD_HASH", format!("{field}.sha256"), zh, "must be 64 lower-case hexadecimal digits");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refusal as _, id::sha256_hex};

    #[test]
    fn only_a_hash_names_a_content() {
        let named = |sha256: &str| Attachment { sha256: sha256.to_owned(), title: "照片".to_owned() };
        assert!(named(&sha256_hex(b"photo")).is_well_named());
        for bad in ["", "xyz", &"0A".repeat(32), &"0g".repeat(32), &"0a".repeat(33)] {
            let mut wrong = Violations::default();
            named(bad).check("photos[0]", &mut wrong);
            let explanation = wrong.finish().expect_err(bad).explain();
            assert_eq!((explanation.code, explanation.fields[0].field.as_str()), ("BAD_HASH", "photos[0].sha256"));
        }
    }
}
