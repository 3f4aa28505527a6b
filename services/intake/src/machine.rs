//! The room's machine as the runtime keeps it: what begins a stream, which rows and messages follow a step, and what a
//! violated key of the store means.
//!
//! Nothing is decided here: [`crate::domain`] decides, [`store`] writes the rows, [`publish`] the messages.

use kernel::refusal::Common;
use runtime::{Change, Machine, Outgoing, Statement};

use crate::{
    domain::{Application, Command, Event, every_refusal, photograph, pool::UNIQUE_NUMBER},
    publish, store,
};

impl Machine for Application {
    const NAME: &'static str = "application";

    fn begins(command: &Command) -> bool {
        matches!(command, Command::CreateApplication { .. })
    }

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        // A step has at least one fact, and the first one opens the application.
        let Self::Opened(state) = change.state else { return Vec::new() };
        let row = store::application(change.stream, change.version, change.at, state);
        let photographs = change.events.iter().filter_map(Event::photograph);
        let photographs = photographs.map(|photo| store::photograph(change.stream, photo));
        let filed = change.events.iter().filter_map(|event| match event {
            Event::ObjectionRaised { objection, original: Some(kept), .. } => {
                Some(store::originals::keep(change.stream, &objection.id, kept, change.at))
            }
            _ => None,
        });
        std::iter::once(row).chain(photographs).chain(filed).collect()
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        publish::publish(change)
    }

    fn also_refused(&self, command: &Command, first: &Common) -> Vec<Common> {
        every_refusal::besides(self, command, first)
    }

    fn refused_by(constraint: &str, command: &Command) -> Option<Common> {
        if constraint == photograph::UNIQUE {
            return Some(photograph::of_another_project(command));
        }
        (constraint == UNIQUE_NUMBER).then_some(Common::Exists { what: "入库编号 number in the pool" })
    }
}
