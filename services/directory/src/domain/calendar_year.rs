//! A year's calendar (节假日安排): loaded with its document, changed only by a later one.
//!
//! The administrator loads it: it is the country's calendar, and nobody's business decision.

use kernel::{Actor, Calendar, Decider, Role, calendar::PublishedYear, refusal::Common, text::comparable};
use serde::{Deserialize, Serialize};
use time::Date;

/// A year of the calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CalendarYear {
    /// How often it was loaded; 0 when it never was.
    pub revision: u32,
    /// What stands.
    pub published: Option<PublishedYear>,
}

/// Loads a year.
#[derive(Debug, Clone)]
pub struct Load {
    /// What was published.
    pub published: PublishedYear,
    /// What is known so far.
    pub calendar: Calendar,
    /// Who.
    pub actor: Actor,
    /// Today.
    pub today: Date,
}

/// What has happened. Stored for ever: additive changes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The year was loaded.
    CalendarYearLoaded {
        /// How often it was loaded.
        revision: u32,
        /// What was published.
        published: PublishedYear,
    },
}

/// Refuses everyone but the system administrator.
///
/// # Errors
/// `SCOPE`.
pub fn admit(actor: &Actor) -> Result<(), Common> {
    let may = actor.posts.iter().any(|post| post.role == Role::Administrator);
    if may { Ok(()) } else { Err(Common::scope(actor, Role::Administrator)) }
}

impl Decider for CalendarYear {
    type Command = Load;
    type Event = Event;
    type Refusal = Common;

    fn decide(&self, Load { published, calendar, actor, today }: Load) -> Result<Vec<Event>, Common> {
        admit(&actor)?;
        published.check(&calendar, today)?;
        match &self.published {
            Some(known) if *known == published => Ok(Vec::new()),
            Some(known) if comparable(&known.document_no) == comparable(&published.document_no) => {
                Err(Common::Exists {
                    what: "该文号的节假日安排,内容不同 calendar of this document, which says otherwise",
                })
            }
            Some(_) | None => Ok(vec![Event::CalendarYearLoaded { revision: self.revision + 1, published }]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::CalendarYearLoaded { revision, published } = event;
        Self { revision: *revision, published: Some(published.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Attachment, PersonId, testing::given};
    use time::macros::date;

    use super::*;

    fn load(document_no: &str, day: Date, post: &str) -> Load {
        let document = Attachment { sha256: "0".repeat(64), title: String::new() };
        let (days_off, workdays) = ([day].into(), [].into());
        let published = PublishedYear { year: 2027, document_no: document_no.into(), document, days_off, workdays };
        let posts = vec![post.parse().expect("a post")];
        let actor = Actor { person: PersonId("a".into()), name: "某".into(), posts, on_behalf_of: None };
        let calendar = Calendar::try_new([2026], [], []).expect("sound");
        Load { published, calendar, actor, today: date!(2026 - 11 - 20) }
    }

    const ADM: &str = "ADM@430921000000-ADM";
    const FIRST: Date = date!(2027 - 01 - 01);

    #[test]
    fn c31_a_year_is_loaded_once_and_changed_by_a_later_document_alone() {
        let Load { published, .. } = load("国办发明电〔2026〕9号", FIRST, ADM);
        let loaded = Event::CalendarYearLoaded { revision: 1, published };
        given::<CalendarYear>([]).when(load("国办发明电〔2026〕9号", FIRST, ADM)).then([loaded.clone()]);
        let again = given::<CalendarYear>([loaded.clone()]);
        again.when(load("国办发明电〔2026〕9号", FIRST, ADM)).then([]);
        let other_day = date!(2027 - 01 - 04);
        given::<CalendarYear>([loaded.clone()])
            .when(load("国办发明电[2026] 9号", other_day, ADM))
            .then_refused("EXISTS");
        let (events, _) =
            given::<CalendarYear>([loaded]).when(load("国办发明电〔2027〕1号", other_day, ADM)).then_accepted();
        assert!(matches!(events[..], [Event::CalendarYearLoaded { revision: 2, .. }]));
    }

    #[test]
    fn a_stored_event_is_read_for_ever() {
        let Load { published, .. } = load("国办发明电〔2026〕9号", FIRST, ADM);
        let stored = serde_json::json!({
            "kind": "CalendarYearLoaded", "revision": 1,
            "published": {
                "year": 2027, "document_no": "国办发明电〔2026〕9号", "document": { "sha256": "0".repeat(64), "title": "" },
                "days_off": ["2027-01-01"], "workdays": [],
            },
        });
        let event = Event::CalendarYearLoaded { revision: 1, published };
        assert_eq!(serde_json::to_value(&event).expect("JSON"), stored);
        assert_eq!(serde_json::from_value::<Event>(stored).expect("an event"), event);
    }

    #[test]
    fn nobody_else_loads_one() {
        given::<CalendarYear>([]).when(load("9", FIRST, "C-LG@430921000000")).then_refused("SCOPE");
    }
}
