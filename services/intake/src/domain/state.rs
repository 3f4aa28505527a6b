//! What an opened application remembers (申报状态), folded from its facts: where it stands, its content, votes, notices,
//! rounds, returns, and who has had which duty.
//!
//! [`Stage`] owns what is true only there; the lists are history and only grow. Facts change it in `state/evolve.rs` alone,
//! and no rule does; what several rules ask of it is in `state/queries.rs`.

mod evolve;
mod queries;
mod returns;
mod township;

use std::collections::BTreeSet;

use kernel::{Duties, Duty, PersonId, ProjectId, Signature};
use time::OffsetDateTime;

use super::record::{
    content::Content,
    correction::{Return, WayBack},
    county::Resolution,
    notice::Notice,
    objection::Objection,
    pool::Place,
    readers::Readers,
    site_check::SiteCheck,
    stage::Stage,
    suspension::Suspension,
    township::Round,
    vote::{Deliberation, Vote},
};

/// An application from its first draft on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The project.
    pub project: ProjectId,
    /// Where it stands.
    pub stage: Stage,
    /// Its content.
    pub content: Content,
    /// Grows with each change of content, from 1.
    pub content_revision: i64,
    /// Votes of the village, failed ones too.
    pub votes: Vec<Vote>,
    /// Meetings before the vote, failed ones too.
    pub deliberations: Vec<Deliberation>,
    /// The content of the last vote that passed.
    pub voted_on: Option<Box<Content>>,
    /// Photographs that have served, by their hash.
    pub photographs: BTreeSet<String>,
    /// When the first draft was opened.
    pub drafted_at: OffsetDateTime,
    /// How often the draft was put to deliberation.
    pub attempt: u32,
    /// Objections to the notices.
    pub objections: Vec<Objection>,
    /// Rounds at the county so far.
    pub county_rounds: u32,
    /// While the county waits for what it returned: what the township must do before it comes straight back.
    pub way_back: Option<WayBack>,
    /// What the county approved it by.
    pub resolution: Option<Resolution>,
    /// The suspension that stands.
    pub suspension: Option<Suspension>,
    /// How often it was suspended so far.
    pub suspensions: u32,
    /// Who is asked about it at the county.
    pub readers: Readers,
    /// Its place in the pool.
    pub pool: Option<Place>,
    /// Notices, at most one a level that is not superseded.
    pub notices: Vec<Notice>,
    /// The site check that counts.
    pub site_check: Option<SiteCheck>,
    /// Who has confirmed it.
    pub site_check_confirmed: Vec<PersonId>,
    /// Rounds at the township.
    pub township: Vec<Round>,
    /// Returns for correction.
    pub returns: Vec<Return>,
    /// Who has had which duty.
    pub duties: Duties,
}

impl State {
    /// What a first draft opens.
    #[must_use]
    pub fn opened(project: ProjectId, content: &Content, signature: &Signature) -> Self {
        let mut state = Self {
            project,
            stage: Stage::Draft,
            content: content.clone(),
            content_revision: 1,
            votes: Vec::new(),
            notices: Vec::new(),
            deliberations: Vec::new(),
            voted_on: None,
            photographs: BTreeSet::new(),
            drafted_at: signature.at,
            attempt: 0,
            objections: Vec::new(),
            county_rounds: 0,
            way_back: None,
            resolution: None,
            suspension: None,
            suspensions: 0,
            readers: Readers::default(),
            pool: None,
            site_check: None,
            site_check_confirmed: Vec::new(),
            township: Vec::new(),
            returns: Vec::new(),
            duties: Duties::default(),
        };
        state.acted(signature, Duty::Applicant);
        state
    }
}
