//! Where an application stands (S0 to S9, X1 to X4): each stage owns what is true only there.
//!
//! A suspension (X5) is no stage: it lies over the one to which the application is resumed.

use super::{correction::Level, county::Resolution, decision::RejectReason, notice::NoticeLevel, pool::LeaveReason};

/// Where an application stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// S0 草稿.
    Draft,
    /// S1 村级议事.
    Deliberation,
    /// S2 村级公示, until it is submitted.
    VillageNotice,
    /// S3 乡镇审核.
    TownshipReview,
    /// S4 乡镇公示.
    TownshipNotice,
    /// S5 to S7: the room `review` has it.
    CountyReview {
        /// Round at the county, from 1.
        round: u32,
    },
    /// S8 县级公示, until it enters the pool.
    CountyNotice {
        /// What approved it.
        resolution: Resolution,
    },
    /// S9 入库.
    InPool {
        /// Its number there.
        pool_no: String,
        /// What approved it.
        resolution: Resolution,
    },
    /// X1 退回补正: the last return says what is open.
    Returned,
    /// X2 不予通过.
    Rejected(Rejection),
    /// X3 撤回.
    Withdrawn {
        /// Why.
        reason: String,
    },
    /// X4 出库.
    OutOfPool {
        /// The number that it had.
        pool_no: String,
        /// Why it left.
        reason: LeaveReason,
        /// Why, in words.
        text: String,
    },
}

/// Why an application was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// By whom.
    pub level: Level,
    /// The township's reason.
    pub reason: Option<RejectReason>,
    /// The opinion.
    pub opinion: String,
}

impl Stage {
    /// Whether the application has ended: rejected, withdrawn, or out of the pool.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Rejected(_) | Self::Withdrawn { .. } | Self::OutOfPool { .. })
    }

    /// Stable code of the state (domain words, as in contract and table).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Deliberation => "DELIBERATION",
            Self::VillageNotice => "VILLAGE_NOTICE",
            Self::TownshipReview => "TOWNSHIP_REVIEW",
            Self::TownshipNotice => "TOWNSHIP_NOTICE",
            Self::CountyReview { .. } => "COUNTY_REVIEW",
            Self::CountyNotice { .. } => "COUNTY_NOTICE",
            Self::InPool { .. } => "IN_POOL",
            Self::Returned => "RETURNED",
            Self::Rejected(_) => "REJECTED",
            Self::Withdrawn { .. } => "WITHDRAWN",
            Self::OutOfPool { .. } => "OUT_OF_POOL",
        }
    }

    /// The level whose notice hangs, or should, in this state.
    #[must_use]
    pub fn notice_level(&self) -> Option<NoticeLevel> {
        match self {
            Self::VillageNotice => Some(NoticeLevel::Village),
            Self::TownshipNotice => Some(NoticeLevel::Township),
            Self::CountyNotice { .. } => Some(NoticeLevel::County),
            Self::Draft
            | Self::Deliberation
            | Self::TownshipReview
            | Self::CountyReview { .. }
            | Self::InPool { .. }
            | Self::Returned
            | Self::Rejected(_)
            | Self::Withdrawn { .. }
            | Self::OutOfPool { .. } => None,
        }
    }

    /// The number in the pool, while it stands there and after.
    #[must_use]
    pub fn pool_no(&self) -> Option<&str> {
        if let Self::InPool { pool_no, .. } | Self::OutOfPool { pool_no, .. } = self { Some(pool_no) } else { None }
    }

    /// The resolution, once the county has approved.
    #[must_use]
    pub fn resolution(&self) -> Option<&Resolution> {
        if let Self::CountyNotice { resolution } | Self::InPool { resolution, .. } = self {
            Some(resolution)
        } else {
            None
        }
    }
}
