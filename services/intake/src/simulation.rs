//! Stored applications held against a draft county pack (规则模拟), for `xianjie rules simulate`: nothing is written.

use kernel::{Division, Fen, Pack};
use uuid::Uuid;

use crate::domain::{
    Application,
    rejudge::{self, Verdict},
};

/// An application of which the draft pack says otherwise.
#[derive(Debug, Clone)]
pub struct Affected {
    /// The project.
    pub project: Uuid,
    /// Its village.
    pub village: Division,
    /// Its plan year.
    pub fiscal_year: i32,
    /// Its name.
    pub title: String,
    /// Stable code of its state.
    pub state: &'static str,
    /// Its total investment.
    pub total: Fen,
    /// What the draft pack says, and why.
    pub verdict: Verdict,
}

/// What a simulation came to.
#[derive(Debug, Clone, Default)]
pub struct Simulated {
    /// Applications that were judged.
    pub judged: u64,
    /// Those of which the draft says otherwise, by village.
    pub affected: Vec<Affected>,
}

/// Judges all stored applications, or those of a plan year, by both packs; calls back with how many streams are read, of
/// how many.
///
/// # Errors
/// When the store can't be read.
pub async fn simulate(
    database_url: &str,
    (current, draft): (&Pack, &Pack),
    year: Option<i32>,
    read: impl FnMut(u64, u64),
) -> anyhow::Result<Simulated> {
    let mut simulated = Simulated::default();
    let judge = |project: Uuid, application: &Application| {
        let Application::Opened(state) = application else { return };
        if year.is_some_and(|year| year != state.year()) {
            return;
        }
        simulated.judged += 1;
        let Some(verdict) = rejudge::compare(state, current, draft) else { return };
        simulated.affected.push(Affected {
            project,
            village: state.content.village,
            fiscal_year: state.year(),
            title: state.content.title.clone(),
            state: state.stage.code(),
            total: state.content.total,
            verdict,
        });
    };
    crate::service().survey::<Application>(database_url, judge, read).await?;
    // Stable: within a village the oldest first, as the streams' ids are.
    simulated.affected.sort_by_key(|affected| affected.village);
    Ok(simulated)
}
