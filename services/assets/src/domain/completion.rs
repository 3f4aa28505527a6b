//! What a completion report (竣工报告) needs: photographs before, and as many after, from the same angle, each a picture of
//! its own that serves no other project.
//!
//! The photographs themselves are kept elsewhere; here they are named by their content.

use std::collections::BTreeSet;

use kernel::{
    Attachment, Explanation,
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
    /// Whether its photographs were known to serve no other project; reports of before that rule were not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_photographs: bool,
}

impl Completion {
    /// Refuses a report without photographs, whose photographs don't come in pairs, or of which one shows two things.
    pub(crate) fn check(&self, used_elsewhere: &BTreeSet<String>) -> Result<(), Common> {
        let (before, after) = (self.before.len(), self.after.len());
        let mut wrong = Violations::default();
        if before == 0 {
            wrong.add("PHOTOS", "photos_before", "请至少上传1张建设前照片", "needs at least one photograph before");
        }
        if after != before || after == 0 {
            let zh = format!("建设后照片须与建设前照片同角度、同张数:建设前{before}张,建设后{after}张");
            wrong.add("PHOTOS", "photos_after", zh, format!("needs as many as before: {after} after, {before} before"));
        }
        let mut seen = BTreeSet::new();
        for (field, photograph) in self.photographs() {
            let field = || format!("{field}.sha256");
            if !seen.insert(photograph.sha256.as_str()) {
                let zh = "同一张照片在本报告中重复使用:不得既作建设前又作建设后,也不得重复上传";
                wrong.add("PHOTO_REUSED", field(), zh, "the same photograph stands in this report already");
            }
            if used_elsewhere.contains(&photograph.sha256) {
                wrong.add("PHOTO_REUSED", field(), OF_ANOTHER.0, OF_ANOTHER.1);
            }
        }
        wrong.finish()
    }

    /// Each photograph with its field in the request.
    pub(crate) fn photographs(&self) -> impl Iterator<Item = (String, &Attachment)> {
        let named = |field: &'static str, photographs| {
            let photographs: &[Attachment] = photographs;
            photographs.iter().enumerate().map(move |(index, one)| (format!("{field}[{index}]"), one))
        };
        named("photos_before", &self.before).chain(named("photos_after", &self.after))
    }

    /// Whether this is the same report by the same person, whenever it was made.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.before == other.before && self.after == other.after && self.signed.is_by_same(&other.signed)
    }
}

const OF_ANOTHER: (&str, &str) = ("该照片已用于其他项目,不得重复使用", "the photograph serves another project");

/// The refusal of a report that another project's overtook with the same photograph.
pub(crate) fn photograph_taken() -> Common {
    let explanation = Explanation::new("PHOTO_REUSED", OF_ANOTHER.0, OF_ANOTHER.1);
    Common::invalid(explanation.at("photos_before").at("photos_after"))
}
