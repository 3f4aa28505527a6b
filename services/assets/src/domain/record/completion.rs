//! A completion report (竣工报告): photographs before and after, named by their content. They themselves are kept elsewhere.

use kernel::Attachment;
use serde::{Deserialize, Serialize};

use super::Signature;

/// A completion report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// Photographs before (建设前照片).
    pub before: Vec<Attachment>,
    /// Photographs after (建设后照片).
    pub after: Vec<Attachment>,
    /// Who reported.
    pub signed: Signature,
    /// Whether its photographs were known to serve no other project; reports of before that rule were not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_photographs: bool,
}

impl Completion {
    /// Each photograph with its field in the request.
    pub fn photographs(&self) -> impl Iterator<Item = (String, &Attachment)> {
        let named = |field: &'static str, photographs| {
            let photographs: &[Attachment] = photographs;
            photographs.iter().enumerate().map(move |(index, one)| (format!("{field}[{index}]"), one))
        };
        named("photos_before", &self.before).chain(named("photos_after", &self.after))
    }

    /// Whether this is the same report by the same person, whenever it was made.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        self.before == other.before && self.after == other.after && self.signed.is_by_same(&other.signed)
    }
}
