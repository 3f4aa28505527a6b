//! What a villager really said (异议原件): who that is, how to reach the person, in what words. It is kept in a table of personal
//! data, apart from the events, which hold its id and a salted hash alone.
//!
//! Invariant: no stored event, no answer but the one to whoever must handle it, and no message holds any of it. The salt
//! stands in that table, too: once a row is erased by rule the hash tells nothing, and the history stays as it was.

use std::fmt;

use kernel::id::sha256_hex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Stands between the parts of what is hashed: no text of a request may hold it.
const APART: u8 = 0x1f;

/// As it was filed.
#[derive(Clone, PartialEq, Eq)]
pub struct Original {
    /// Name; empty when not given.
    pub name: String,
    /// Phone number; empty when not given. With neither, the objection is anonymous.
    pub phone: String,
    /// What is objected to.
    pub text: String,
}

impl fmt::Debug for Original {
    // Logs and panics show events and commands.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Original(..)")
    }
}

/// What is drawn for each original: deciding needs no generator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Its id.
    pub id: Uuid,
    /// Makes its hash useless to whoever does not have it.
    pub salt: [u8; 16],
}

/// An original on its way from the command into the table of personal data. It goes into no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// As it was filed.
    pub original: Original,
    /// What was drawn for it.
    pub seal: Seal,
}

/// What the history keeps of an original.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of salt, name, phone and text: proof of what was filed while the salt is there.
    pub sha256: String,
}

impl Kept {
    /// What the history keeps of it.
    #[must_use]
    pub fn sealed(&self) -> Sealed {
        let Original { name, phone, text } = &self.original;
        let said = [name, phone, text].map(|part| part.as_bytes()).join(&APART);
        Sealed { id: self.seal.id, sha256: sha256_hex(&[&self.seal.salt[..], &said].concat()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::fixtures::kept;

    #[test]
    fn a_hash_depends_on_every_part_and_on_the_salt() {
        let known = kept("龙晓玉", "13807370001", "名单不实");
        let mut others = [
            kept("龙晓", "玉13807370001", "名单不实"),
            kept("", "13807370001", "名单不实"),
            kept("龙晓玉", "13807370001", "名单不"),
            known.clone(),
        ];
        others[3].seal.salt[0] ^= 1;
        for other in others {
            assert_ne!(other.sealed().sha256, known.sealed().sha256);
        }
        assert_eq!(known.sealed(), known.clone().sealed());
        assert!(!format!("{known:?}").contains("1380737"), "{known:?}");
    }
}
