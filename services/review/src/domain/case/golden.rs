//! Stored events live for ever.

use super::*;

/// Each variant as it was first stored still reads, and is written the same.
#[test]
fn stored_events_still_read() {
    let golden = include_str!("../../../tests/golden/events.json");
    let stored: Vec<serde_json::Value> = serde_json::from_str(golden).expect("JSON");
    let mut kinds: Vec<&'static str> = Vec::new();
    for json in stored {
        let event: Event = serde_json::from_value(json.clone()).expect("an event");
        assert_eq!(serde_json::to_value(&event).expect("JSON"), json);
        kinds.push(match event {
            Event::CaseOpened { .. } => "CaseOpened",
            Event::CaseReopened { .. } => "CaseReopened",
            Event::OpinionGiven { .. } => "OpinionGiven",
            Event::OfficeAsked { .. } => "OfficeAsked",
            Event::OfficeDecided { .. } => "OfficeDecided",
            Event::LeadingGroupAsked { .. } => "LeadingGroupAsked",
            Event::LeadingGroupDecided { .. } => "LeadingGroupDecided",
            Event::CaseReturned { .. } => "CaseReturned",
            Event::DepartmentsAskedAgain { .. } => "DepartmentsAskedAgain",
            Event::CaseApproved { .. } => "CaseApproved",
            Event::CaseRejected => "CaseRejected",
            Event::OpinionOverdue { .. } => "OpinionOverdue",
            Event::SupervisionAsked { .. } => "SupervisionAsked",
            Event::SupervisionGiven { .. } => "SupervisionGiven",
            Event::DispensationAsked { .. } => "DispensationAsked",
            Event::OpinionsDispensed { .. } => "OpinionsDispensed",
            Event::PanelCalled { .. } => "PanelCalled",
            Event::PanelConvened { .. } => "PanelConvened",
            Event::PanelAskedAgain { .. } => "PanelAskedAgain",
            Event::ExpertJudged { .. } => "ExpertJudged",
            Event::ExpertRecused { .. } => "ExpertRecused",
            Event::ExpertsReleased { .. } => "ExpertsReleased",
            Event::SeatsFilled { .. } => "SeatsFilled",
            Event::PanelReported { .. } => "PanelReported",
            Event::CaseWithdrawn { .. } => "CaseWithdrawn",
            Event::GuaranteeEnded { .. } => "GuaranteeEnded",
            Event::CaseSuspended { .. } => "CaseSuspended",
            Event::CaseResumed { .. } => "CaseResumed",
            Event::ActsHeard { .. } => "ActsHeard",
            Event::DueRecounted { .. } => "DueRecounted",
        });
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 30, "one golden a variant");
}
