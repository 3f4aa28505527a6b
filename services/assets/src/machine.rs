//! What makes the project a machine of the runtime: which command begins a stream, the rows and the messages of a step.
//!
//! What the database refuses last is said here in the words of the rule that it stands for.

use kernel::refusal::Common;
use runtime::{Change, Machine, Outgoing, Statement};

use crate::{
    domain::{Command, Project, completion::photograph_taken},
    publish, store,
};

impl Machine for Project {
    const NAME: &'static str = "project";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::Expect { .. })
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        store::rows(change)
    }

    fn refused_by(constraint: &str, command: &Command) -> Option<Common> {
        let reports = matches!(command, Command::ReportCompletion(_));
        (reports && constraint == "photographs_pkey").then(photograph_taken)
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }
}
