//! What the caller may do with a meeting now: names of methods of the service. A hint for a page, not a promise: a test
//! has actors try each in every state, and compares.

use kernel::{Actor, Pack};

use super::state::Stage;
use crate::domain::members::leading_group;

/// The methods that a meeting in the state of this code, with so many projects on its agenda, offers this actor.
#[must_use]
pub fn next_actions(state: &str, items: usize, actor: &Actor, pack: &Pack) -> Vec<&'static str> {
    if state != Stage::Convened.code() || !actor.holds(&leading_group(pack)) {
        return Vec::new();
    }
    let mut methods = vec!["AddAgendaItems", "CancelMeeting"];
    if items > 0 {
        methods.extend(["RemoveAgendaItems", "ConcludeMeeting"]);
    }
    methods
}
