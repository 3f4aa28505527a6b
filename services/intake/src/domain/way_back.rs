//! The way back of what was returned (退回路径): whoever returns names the steps that it goes back to; it walks those in their
//! order and comes straight back. What nobody named stands, as long as the substance does.
//!
//! The village answers first, then votes or posts anew where that was named; the township's head answers in the next
//! decision, and the township posts anew. A failed vote, or a change of substance, ends the way: then every step comes again.

use kernel::{
    Pack,
    decision::{Question, ReturnStep},
    refusal::Common,
};
use time::OffsetDateTime;

use super::{
    Event, File, Given, NoticeLevel, Occasion, Stage,
    correction::{Desk, Return, ReturnItem},
    notice_period::Notice,
    readers,
    township_review::{self, Asked},
};

/// What a return of the county asks of the township before it comes straight back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WayBack {
    /// The head judges again.
    pub review: bool,
    /// The township posts its notice again.
    pub notice: bool,
}

impl WayBack {
    /// What these items ask of the township.
    #[must_use]
    pub fn of(items: &[ReturnItem]) -> Self {
        Self {
            review: items.iter().any(|item| item.step.is_of_township()),
            notice: items.iter().any(|item| item.step == ReturnStep::TownshipNotice),
        }
    }
}

impl Return {
    /// What the village must answer.
    pub fn of_village(&self) -> impl Iterator<Item = &ReturnItem> {
        self.items.iter().filter(|item| item.step.is_of_village())
    }

    /// From where the village walks again once it has answered.
    #[must_use]
    pub fn walks_from(&self) -> ReturnStep {
        let named = |step: &ReturnStep| self.items.iter().any(|item| item.step == *step);
        [ReturnStep::VillageVote, ReturnStep::VillageNotice].into_iter().find(named).unwrap_or_default()
    }
}

/// What follows when the county has returned it to the township alone: its head is asked at once.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn begin(file: &File, returned: Event, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    let mut after = file.clone();
    after.apply(&returned);
    if after.returns.last().is_some_and(|last| last.of_village().next().is_some()) {
        return Ok(vec![returned]);
    }
    let asked = township_review::ask(&after, pack, at)?;
    Ok(vec![returned, Event::TownshipAskedAgain { asked }])
}

/// Who is asked when the village has done its part; nobody when it goes straight back to the county.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn after_village(file: &File, by: &Occasion) -> Result<Option<Asked>, Common> {
    let by_county = file.returns.last().is_some_and(|last| last.desk == Desk::County);
    match file.way_back.filter(|_| by_county) {
        None => township_review::begin(file, by).map(Some),
        Some(way) if way.review => township_review::ask(file, &by.pack, by.at).map(Some),
        Some(_) => Ok(None),
    }
}

/// The fact that it goes on to the county for one more round.
#[must_use]
pub fn forwarded(file: &File, pack: &Pack) -> Event {
    let asked = readers::asked(&file.content, pack);
    Event::ApplicationForwarded { round: file.county_rounds.saturating_add(1), asked }
}

/// Whether the township's head is to judge the project: not where the county wants nothing but the notice posted anew.
pub fn asks_for_review(file: &File) -> bool {
    let open =
        || file.last_of_county().into_iter().flat_map(|last| &last.items).filter(|item| is_open_at_township(item));
    file.way_back.is_none() || open().next().is_none() || open().any(|item| item.step == ReturnStep::TownshipReview)
}

/// What the township's head is asked about the county's return, beside the usual questions.
pub fn questions(file: &File) -> impl Iterator<Item = Question> {
    let open = file.last_of_county().into_iter().flat_map(|last| &last.items).filter(|item| is_open_at_township(item));
    open.map(|item| Question::about_return(&item.id, &item.field, &item.text))
}

fn is_open_at_township(item: &ReturnItem) -> bool {
    item.step.is_of_township() && item.answer.is_none()
}

impl File {
    /// What the county returned last.
    #[must_use]
    pub fn last_of_county(&self) -> Option<&Return> {
        self.returns.iter().rev().find(|returned| returned.desk == Desk::County)
    }

    /// Whether the township's approval ends the way back: nothing there was to be posted anew, and its notice stands.
    #[must_use]
    pub fn goes_straight_to_county(&self) -> bool {
        let stands = matches!(self.notice(NoticeLevel::Township), Some(Notice { closed: Some(_), .. }));
        self.way_back.is_some_and(|way| !way.notice) && stands
    }

    /// Whether the county, not the village, sent it to the township.
    #[must_use]
    pub fn was_sent_by_county(&self) -> bool {
        self.stage == Stage::TownshipReview
            && self.returns.last().is_some_and(|last| last.desk == Desk::County && last.resubmitted_at.is_none())
    }

    /// The village has answered: it walks again from the step that was named; from its notice where the substance changed.
    pub(super) fn walk_again(&mut self, substance_changed: bool) {
        if substance_changed {
            self.way_back = None;
            self.restart_notices();
        }
        match self.returns.last().map(Return::walks_from).unwrap_or_default() {
            ReturnStep::VillageVote => {
                self.restart_notice(NoticeLevel::Village);
                self.attempt += 1;
                self.stage = Stage::Deliberation;
            }
            ReturnStep::VillageNotice => {
                self.restart_notice(NoticeLevel::Village);
                self.stage = Stage::VillageNotice;
            }
            _ if substance_changed => self.stage = Stage::VillageNotice,
            // Straight back, as the next fact says.
            ReturnStep::Application
            | ReturnStep::TownshipReview
            | ReturnStep::TownshipNotice
            | ReturnStep::DepartmentReview => {}
        }
    }

    /// Back to the draft: whatever was shown or walked before counts no more.
    pub(super) fn begin_anew(&mut self) {
        self.way_back = None;
        self.restart_notices();
        self.stage = Stage::Draft;
    }

    /// The township's head agrees, and so has answered what the county asked.
    pub(super) fn township_approved(&mut self, given: &Given) {
        if self.way_back.is_some_and(|way| way.notice) {
            self.restart_notice(NoticeLevel::Township);
        }
        self.stage = Stage::TownshipNotice;
        let content = self.content.clone();
        let Some(last) = self.returns.iter_mut().rev().find(|returned| returned.desk == Desk::County) else { return };
        for item in last.items.iter_mut().filter(|item| is_open_at_township(item)) {
            let id = Question::id_about_return(&item.id);
            let answer = given.decision.said.answers.iter().find(|answer| answer.question == id);
            item.answer = answer.map(|answer| answer.text.clone());
            last.resubmitted_at.get_or_insert(given.signature.at);
            last.after.get_or_insert(content.clone());
        }
    }
}

#[cfg(test)]
mod tests;
