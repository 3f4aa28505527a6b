//! A step that is tried and not taken (AIP-163, `validate_only`): loaded, folded and decided as any other, then forgotten.
//!
//! Invariant: nothing is stored, no event, no receipt and no refusal. What speaks against it is said all at once; what only
//! the store can judge, such as a number that two streams may not share, is judged when the step is taken.

use kernel::{Kind, Refusal as _};
use tonic::Status;
use uuid::Uuid;

use super::{Journal, Machine, Snapshot, step::Denied};
use crate::{Call, gathered, status};

impl Journal {
    /// What [`Journal::answer`] would say, as far as it can be told without writing.
    pub(super) async fn rehearse<M: Machine, R>(
        &self,
        call: &Call,
        stream: Uuid,
        command: M::Command,
        reply: impl Fn(&Snapshot<M>) -> R,
    ) -> Result<R, Status> {
        let found = self.load_with_receipt::<M>(stream, None).await.map_err(status::store)?;
        let before = &found.known.snapshot;
        let first = match before.decide(call.expected_version, command.clone()) {
            Ok(events) => return Ok(reply(&before.after(&events, self.clock.now()))),
            Err(Denied::Stale { version }) => return Err(self.stale(call, stream, version).await),
            Err(Denied::Refused(refusal)) => refusal,
        };
        let more = match first.kind() {
            // Who may not take the step hears nothing else of it, and what is not there breaks no rule.
            Kind::Forbidden | Kind::NotFound | Kind::Stale | Kind::TooEarly => Vec::new(),
            Kind::Invalid | Kind::Conflict => before.state.also_refused(&command, &first),
        };
        let refusals = std::iter::once(first).chain(more);
        let statuses: Vec<Status> = refusals.map(|refusal| status::refused(&refusal)).collect();
        Err(gathered::all(&statuses))
    }
}
