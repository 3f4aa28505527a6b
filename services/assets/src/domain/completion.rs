//! What a completion report (竣工报告) needs: photographs before, and as many after, from the same angle, each a picture of
//! its own that serves no other project.
//!
//! It may be made also while the project is suspended: that building is complete is a fact of the works.

use std::collections::BTreeSet;

use kernel::{
    Duty, Explanation, Role,
    refusal::{Common, Violations},
};

use super::{
    command::ReportCompletion,
    event::Event,
    record::Completion,
    state::{Stage, Works},
    step::{already, sign},
};

/// The village reports that building is complete.
pub(super) fn report(works: &Works, command: ReportCompletion) -> Result<Vec<Event>, Common> {
    let ReportCompletion { before, after, used_elsewhere, by } = command;
    let signed = sign(works, &by, &[Role::VillageCommittee], Duty::Applicant)?;
    let completion = Completion { before, after, signed, own_photographs: true };
    match &works.stage {
        Stage::Construction => {
            check(&completion, &used_elsewhere)?;
            Ok(vec![Event::CompletionReported(completion)])
        }
        Stage::CompletionReported(done)
        | Stage::TownshipChecked(done, ..)
        | Stage::Accepted(done, ..)
        | Stage::AssetRegistered(done, ..) => already(done.repeats(&completion)),
    }
}

/// Refuses a report without photographs, whose photographs don't come in pairs, or of which one shows two things.
fn check(completion: &Completion, used_elsewhere: &BTreeSet<String>) -> Result<(), Common> {
    let (before, after) = (completion.before.len(), completion.after.len());
    let mut wrong = Violations::default();
    if before == 0 {
        wrong.add("PHOTOS", "photos_before", "请至少上传1张建设前照片", "needs at least one photograph before");
    }
    if after != before || after == 0 {
        let zh = format!("建设后照片须与建设前照片同角度、同张数:建设前{before}张,建设后{after}张");
        wrong.add("PHOTOS", "photos_after", zh, format!("needs as many as before: {after} after, {before} before"));
    }
    let mut seen = BTreeSet::new();
    for (field, photograph) in completion.photographs() {
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

const OF_ANOTHER: (&str, &str) = ("该照片已用于其他项目,不得重复使用", "the photograph serves another project");

/// The refusal of a report that another project's overtook with the same photograph.
pub(crate) fn photograph_taken() -> Common {
    let explanation = Explanation::new("PHOTO_REUSED", OF_ANOTHER.0, OF_ANOTHER.1);
    Common::invalid(explanation.at("photos_before").at("photos_after"))
}
