//! What the caller may do now: names of methods of the service, worked out by the rules' own authorities.
//!
//! A hint for a page, not a promise: the rules of content are judged when the method is called.

use kernel::Actor;
use time::OffsetDateTime;

use super::{
    File, NoticeLevel, Stage,
    authority::{Authority, COUNTY_BUREAU, TOWNSHIP_CLERK, VILLAGE},
};

/// The methods that this state and the caller's posts and duties allow.
#[must_use]
pub fn next_actions(file: &File, actor: &Actor, now: OffsetDateTime) -> Vec<&'static str> {
    let if_may = |authority: &Authority, methods: &'static [&'static str]| {
        let may = file.suspension.is_none() && authority.permits(file.content.village, &file.duties, actor);
        if may { methods.to_vec() } else { Vec::new() }
    };
    match &file.stage {
        Stage::Draft => if_may(&VILLAGE, &["UpdateApplication", "ProposeApplication"]),
        Stage::Deliberation => if_may(&VILLAGE, &["RecordVote"]),
        Stage::VillageNotice => if_may(&VILLAGE, notice(file, NoticeLevel::Village, now, &["SubmitApplication"])),
        Stage::TownshipReview => if_may(&TOWNSHIP_CLERK, &["RecordSiteCheck"]),
        Stage::TownshipNotice => {
            if_may(NoticeLevel::Township.authority(), notice(file, NoticeLevel::Township, now, &[]))
        }
        Stage::CountyNotice { .. } => {
            let lacks_targets = file.content.performance_targets.is_empty();
            let then: &[&str] = if lacks_targets { &[] } else { &["EnterPool"] };
            let mut methods = if_may(&COUNTY_BUREAU, notice(file, NoticeLevel::County, now, then));
            if lacks_targets {
                methods.extend(if_may(&VILLAGE, &["UpdateApplication"]));
            }
            methods
        }
        Stage::Returned => if_may(&VILLAGE, &["UpdateApplication", "ResubmitApplication"]),
        Stage::CountyReview { .. }
        | Stage::InPool { .. }
        | Stage::Rejected(_)
        | Stage::Withdrawn { .. }
        | Stage::OutOfPool { .. } => Vec::new(),
    }
}

fn notice(
    file: &File,
    level: NoticeLevel,
    now: OffsetDateTime,
    then: &'static [&'static str],
) -> &'static [&'static str] {
    match file.notice(level) {
        None => &["PostNotice"],
        Some(notice) if notice.closed.is_some() => then,
        Some(notice) if now >= notice.closable_at => &["CloseNotice"],
        Some(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use kernel::Decider as _;

    use super::*;
    use crate::domain::{
        Application, Content, Event,
        fixtures::{
            at, bureau, clerk, content, county_closed, county_closed_with, day, drafted, head, pooled, proposed,
            resolution, returned_by_county, secretary, submitted, township_approved, village_closed, village_posted,
            voted,
        },
    };

    fn offered(history: Vec<Event>, who: &Actor, now: i64) -> Vec<&'static str> {
        let Application::Opened(file) = Application::fold(&history) else { panic!("it is open") };
        next_actions(&file, who, day(now))
    }

    #[test]
    fn each_is_offered_what_is_next() {
        assert_eq!(offered(drafted(), &secretary(), 1), ["UpdateApplication", "ProposeApplication"]);
        assert_eq!(offered(proposed(), &secretary(), 2), ["RecordVote"]);
        assert_eq!(offered(voted(), &secretary(), 3), ["PostNotice"]);
        assert!(offered(village_posted(), &secretary(), 5).is_empty(), "its days are not over");
        assert_eq!(offered(village_posted(), &secretary(), 30), ["CloseNotice"]);
        assert_eq!(offered(village_closed(), &secretary(), 30), ["SubmitApplication"]);
        assert_eq!(offered(submitted(), &clerk(), 30), ["RecordSiteCheck"]);
        assert_eq!(offered(township_approved(), &head(), 30), ["PostNotice"]);
        assert_eq!(offered(returned_by_county(), &secretary(), 50), ["UpdateApplication", "ResubmitApplication"]);
        assert_eq!(offered(county_closed(), &bureau(), 80), ["EnterPool"]);
        assert!(offered(pooled(), &bureau(), 80).is_empty());
        assert!(offered(drafted(), &clerk(), 1).is_empty());
    }

    #[test]
    fn missing_targets_are_the_village_s_to_add() {
        let history = || county_closed_with(Content { performance_targets: Vec::new(), ..content() }, resolution());
        assert!(offered(history(), &bureau(), 80).is_empty());
        assert_eq!(offered(history(), &secretary(), 80), ["UpdateApplication"]);
        // Who acts for a reviewer is no applicant.
        let delegate = Actor { on_behalf_of: Some(head().person), ..secretary() };
        assert!(offered(history(), &delegate, 80).is_empty());
        assert_eq!(at(1, &delegate).actor.persons().count(), 2);
    }
}
