//! What a completion report (竣工报告) needs: photographs before, and as many after, from the same angle.
//!
//! The photographs themselves are kept elsewhere; here they are named by their content.

use kernel::{
    Attachment,
    refusal::{Common, Violations},
};
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
}

impl Completion {
    /// Refuses a report without photographs, or whose photographs don't come in pairs.
    pub(crate) fn check(&self) -> Result<(), Common> {
        let (before, after) = (self.before.len(), self.after.len());
        let mut wrong = Violations::default();
        if before == 0 {
            wrong.add("PHOTOS", "photos_before", "请至少上传1张建设前照片", "needs at least one photograph before");
        }
        if after != before || after == 0 {
            let zh = format!("建设后照片须与建设前照片同角度、同张数:建设前{before}张,建设后{after}张");
            wrong.add("PHOTOS", "photos_after", zh, format!("needs as many as before: {after} after, {before} before"));
        }
        wrong.finish()
    }

    /// Whether this is the same report by the same person, whenever it was made.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.before == other.before && self.after == other.after && self.signed.is_by_same(&other.signed)
    }
}
