//! Identifiers. One project keeps one id through all rooms; a task's id follows from what raised it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

uuid_id! {
    /// A project (项目) from its first draft to its archive: the same id in every room, and the id of its stream there.
    ProjectId
}
uuid_id! {
    /// A person's task (待办).
    TaskId
}

impl TaskId {
    /// The id that follows from who raised the task and why, so that a replay names the same task.
    ///
    /// `reason` must be unique in the stream, e.g. `"opinion:430921000000-AGR:round-2"`.
    #[must_use]
    pub fn derive(room: &str, stream: Uuid, reason: &str) -> Self {
        Self(derive(stream, &format!("task:{room}:{reason}")))
    }
}

/// A name-based id (UUID v5) under `parent`: the same inputs give the same id on every replay.
#[must_use]
pub fn derive(parent: Uuid, name: &str) -> Uuid {
    Uuid::new_v5(&parent, name.as_bytes())
}

/// A name-based id that sorts by time (UUID v7 with a hash in place of chance): the same inputs give the same id on every
/// replay, and tables that keep such ids grow at one end.
#[must_use]
pub fn derive_at(at: OffsetDateTime, parent: Uuid, name: &str) -> Uuid {
    let milliseconds = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    let [_, _, _, _, _, _, hash @ ..] = derive(parent, name).into_bytes();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &hash).into_uuid()
}

/// SHA-256 of some bytes as 64 lower-case hexadecimal digits: how documents and contents are named.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
