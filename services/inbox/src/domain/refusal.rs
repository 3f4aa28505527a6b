//! Why a task says no: what all machines refuse alike, and three refusals of its own. Each is explained in both languages, to
//! the reviewer who must know what to do next.

use kernel::{Explanation, Kind, PersonId, calendar::CHINA, refusal::Common};
use time::{OffsetDateTime, macros::format_description};

/// Why a task says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// As in every machine.
    #[error(transparent)]
    Common(#[from] Common),
    /// Separation of duties (不相容岗位分离): the asking room excluded this person.
    #[error("separation of duties: {person} has another duty in this project")]
    Excluded {
        /// Who tried, or is stood in for.
        person: PersonId,
    },
    /// Someone else holds the task.
    #[error("{holder} holds the task until {}: decide under the claim's token, or wait", china(*until))]
    AlreadyClaimed {
        /// Who holds it.
        holder: PersonId,
        /// Until when.
        until: OffsetDateTime,
    },
    /// The claim has ended, is someone else's by now, or never was.
    #[error("the claim with token {presented} does not stand any more; the latest is {latest}: claim the task again")]
    LeaseLost {
        /// The token that came with the attempt.
        presented: i64,
        /// The token of the latest claim.
        latest: i64,
    },
}

/// The refusal of a task that is not there.
#[must_use]
pub fn unknown() -> Common {
    Common::NotFound { what: "任务 task" }
}

impl kernel::Refusal for Refusal {
    fn kind(&self) -> Kind {
        match self {
            Self::Common(common) => common.kind(),
            Self::Excluded { .. } => Kind::Forbidden,
            Self::AlreadyClaimed { .. } | Self::LeaseLost { .. } => Kind::Conflict,
        }
    }

    fn explain(&self) -> Explanation {
        let en = self.to_string();
        match self {
            Self::Common(common) => common.explain(),
            Self::Excluded { person } => {
                Explanation::new("SOD", format!("不相容岗位分离:{person} 在本项目中已任其他岗位,请由他人办理"), en)
                    .at("task_id")
            }
            Self::AlreadyClaimed { holder, until } => {
                let until = china(*until);
                let zh = format!("该事项已由 {holder} 领取,至 {until};请凭其领取号办理,或待其办结、退还或到期后再领取");
                Explanation::new("ALREADY_CLAIMED", zh, en).figures(holder, until).at("task_id")
            }
            Self::LeaseLost { presented, latest } => {
                let zh = format!("领取已失效(领取号 {presented},最新为 {latest}),请重新领取后再办理");
                Explanation::new("LEASE_LOST", zh, en).figures(presented, latest).at("fencing_token")
            }
        }
    }
}

/// A moment as a clerk reads it: China's time, to the minute.
fn china(at: OffsetDateTime) -> String {
    at.to_offset(CHINA)
        .format(format_description!("[year]-[month]-[day] [hour]:[minute]"))
        .expect("date and time have all that the format names")
}
