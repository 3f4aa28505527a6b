//! Who acts, when, in which county: what each step of a person comes with.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::{Actor, Duties, Duty, Pack, refusal::Common};

/// Who acts, when, in which county, and what else that person did in the project.
#[derive(Debug, Clone)]
pub struct Occasion {
    /// Who acts.
    pub actor: Actor,
    /// Which duties that person has had in the project in other rooms until now; asked where no message tells of them.
    pub elsewhere: Duties,
    /// The county pack: rules, calendar, names, and which duties exclude each other.
    pub pack: Arc<Pack>,
    /// Now.
    pub at: OffsetDateTime,
}

impl Occasion {
    /// Refuses a duty that excludes one which the person has, by what is known here or was asked elsewhere.
    ///
    /// # Errors
    /// [`Common::Sod`].
    pub fn permit(&self, here: &Duties, duty: Duty) -> Result<(), Common> {
        here.permit(&self.actor, duty, &self.pack.exclusions)?;
        self.elsewhere.permit(&self.actor, duty, &self.pack.exclusions)
    }
}
