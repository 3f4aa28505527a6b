//! The machine in the journal's eyes: what begins a task's stream, and what a step writes. The SQL stands in
//! [`crate::store`].

use runtime::{Change, Machine, Outgoing, Statement};

use crate::{
    domain::{Command, Task},
    store,
};

impl Machine for Task {
    const NAME: &'static str = "task";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::RaiseTask { .. })
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        store::step(change)
    }

    /// Nobody subscribes to what happens here: the room that asked says itself when its task is settled.
    fn publish(_change: &Change<'_, Self>) -> Vec<Outgoing> {
        Vec::new()
    }
}
