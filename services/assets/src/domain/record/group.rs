//! The acceptance group (验收组): members by person, with the post that each sits for and the side that each speaks for.
//!
//! Officials are named by their id in the county pack; villagers' representatives (村民代表) mostly have no account: by name.

use kernel::{PersonId, Post};
use serde::{Deserialize, Serialize};

/// Whom a member of the group speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Side {
    /// 行业主管部门: the one that decides.
    Department,
    /// 财政部门.
    Finance,
    /// 乡镇.
    Township,
    /// 村民代表.
    Villagers,
}

impl Side {
    /// Every side.
    pub const ALL: [Self; 4] = [Self::Department, Self::Finance, Self::Township, Self::Villagers];

    /// Stable name, as in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Department => "DEPARTMENT",
            Self::Finance => "FINANCE",
            Self::Township => "TOWNSHIP",
            Self::Villagers => "VILLAGERS",
        }
    }

    /// Chinese name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Department => "行业主管部门",
            Self::Finance => "财政部门",
            Self::Township => "乡镇",
            Self::Villagers => "村民代表",
        }
    }
}

/// A member of the acceptance group (验收组成员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// Name.
    pub name: String,
    /// Whom the member speaks for.
    pub side: Side,
    /// The person, where the pack has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The post that the person sits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Post>,
}
