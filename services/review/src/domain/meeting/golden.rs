//! Stored events live for ever.

use super::*;

/// Each variant as it was first stored still reads, and is written the same.
#[test]
fn stored_events_still_read() {
    let golden = include_str!("../../../tests/golden/meeting_events.json");
    let stored: Vec<serde_json::Value> = serde_json::from_str(golden).expect("JSON");
    let mut kinds: Vec<&'static str> = Vec::new();
    for json in stored {
        let event: Event = serde_json::from_value(json.clone()).expect("an event");
        assert_eq!(serde_json::to_value(&event).expect("JSON"), json);
        kinds.push(match event {
            Event::MeetingConvened { .. } => "MeetingConvened",
            Event::AgendaItemsAdded { .. } => "AgendaItemsAdded",
            Event::AgendaItemsRemoved { .. } => "AgendaItemsRemoved",
            Event::MeetingConcluded { .. } => "MeetingConcluded",
            Event::ItemsCarriedOut { .. } => "ItemsCarriedOut",
            Event::MeetingCancelled { .. } => "MeetingCancelled",
        });
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 6, "one golden a variant");
}
