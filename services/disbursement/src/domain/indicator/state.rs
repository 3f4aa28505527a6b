//! What is known of an indicator, and what each fact makes of it.

use super::event::Event;
use crate::domain::record::{Issue, Signature};

/// An indicator; nothing before it is entered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Indicator {
    /// Nothing was entered yet.
    #[default]
    Unissued,
    /// 已录入: waits for another person's confirmation.
    Entered(Issue, #[doc = "Who entered it."] Signature),
    /// 已下达: confirmed, a balance.
    Issued(Issue, #[doc = "Who confirmed it; none of those that one person issued alone."] Option<Signature>),
    /// 已作废: it was entered wrongly.
    Discarded(Issue),
}

impl Indicator {
    /// What it says; nothing before it is entered.
    #[must_use]
    pub fn issue(&self) -> Option<&Issue> {
        match self {
            Self::Unissued => None,
            Self::Entered(issue, _) | Self::Issued(issue, _) | Self::Discarded(issue) => Some(issue),
        }
    }

    /// The indicator after one more fact.
    #[must_use]
    pub fn evolved(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::IndicatorIssued { issue, .. }) => Self::Issued(issue.clone(), None),
            (_, Event::IndicatorEntered { issue, by, .. }) => Self::Entered(issue.clone(), by.clone()),
            (Self::Entered(issue, _), Event::IndicatorConfirmed { by, .. }) => Self::Issued(issue, Some(by.clone())),
            (Self::Entered(issue, _), Event::IndicatorDiscarded { .. }) => Self::Discarded(issue),
            // Facts come in this order and once each: nothing else can stand in a stream.
            (unchanged, Event::IndicatorConfirmed { .. } | Event::IndicatorDiscarded { .. }) => unchanged,
        }
    }
}
