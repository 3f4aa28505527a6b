//! What the township's first check (乡镇初验) needs: a reported completion, and a project that is not suspended.

use kernel::{Duty, Role, refusal::Common};

use super::{
    command::RecordTownshipCheck,
    event::Event,
    record::TownshipCheck,
    state::{Stage, Works},
    step::{already, sign},
};

/// The township finds on the spot that it is so.
pub(super) fn record(works: &Works, command: RecordTownshipCheck) -> Result<Vec<Event>, Common> {
    let RecordTownshipCheck { opinion, by } = command;
    let signed = sign(works, &by, &[Role::TownshipHead], Duty::TownshipInspector)?;
    works.suspensions.permit()?;
    let check = TownshipCheck { opinion, signed };
    match &works.stage {
        Stage::Construction => Err(works.too_soon("乡镇初验 RecordTownshipCheck")),
        Stage::CompletionReported(_) => Ok(vec![Event::TownshipCheckPassed(check)]),
        Stage::TownshipChecked(_, done) | Stage::Accepted(_, done, _) | Stage::AssetRegistered(_, done, ..) => {
            already(done.opinion == check.opinion && done.signed.is_by_same(&check.signed))
        }
    }
}
