//! The room's machine as the runtime keeps it: a loaded year is kept by the room, and told to the others.

use kernel::calendar::PublishedYear;
use proto::{common::v1::Attachment, directory::v1::CalendarYearLoaded};
use runtime::{Change, Machine, Outgoing, Statement, calendar};

use crate::domain::calendar_year::{CalendarYear, Event};

impl Machine for CalendarYear {
    const NAME: &'static str = "calendar_year";

    fn project(change: &Change<'_, Self>) -> Vec<Statement> {
        let kept = |event: &Event| {
            let Event::CalendarYearLoaded { revision, published } = event;
            calendar::kept(*revision, published, change.at)
        };
        change.events.iter().map(kept).collect()
    }

    fn publish(change: &Change<'_, Self>) -> Vec<Outgoing> {
        let said = |event: &Event| {
            let Event::CalendarYearLoaded { revision, published } = event;
            Outgoing::of(&message(*revision, published))
        };
        change.events.iter().map(said).collect()
    }
}

fn message(revision: u32, published: &PublishedYear) -> CalendarYearLoaded {
    let document = Attachment { sha256: published.document.sha256.clone(), title: published.document.title.clone() };
    CalendarYearLoaded {
        year: published.year,
        revision: i32::try_from(revision).unwrap_or(i32::MAX),
        document_no: published.document_no.clone(),
        document: Some(document),
        days_off: published.days_off.iter().map(ToString::to_string).collect(),
        workdays: published.workdays.iter().map(ToString::to_string).collect(),
    }
}
