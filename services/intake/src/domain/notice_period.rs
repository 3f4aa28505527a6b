//! Public notices (公示) at village, township and county: where they hang, for how long, and that they hung to the end.
//!
//! Calendar days; the day of posting does not count. A material change of the content, or an objection that is right, begins
//! the days anew with another notice.

use kernel::{
    Attachment, Pack, RuleCode, YearRules,
    calendar::civil_date,
    refusal::{Common, Violations, breach},
};
use time::OffsetDateTime;

use super::{
    Event, NoticeLevel, Occasion, State, authority, gate, objection, photograph,
    record::notice::{Closing, NewNotice, Notice},
    way_back,
};

/// Posts the notice of the level that the application has reached.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, what is missing, `EXISTS` when that level has another notice, whatever [`gate`] refuses, or
/// `PHOTO_USED`.
pub fn post(state: &State, notice: NewNotice, by: &Occasion) -> Result<Vec<Event>, Common> {
    let NewNotice { level, places, photo } = notice;
    let signature = authority::of_notice(level).sign(state.content.village, &state.duties, by)?;
    let photo = check_new(&places, photo)?;
    if state.stage.notice_level() != Some(level) {
        return Err(state.wrong_state("PostNotice"));
    }
    if let Some(known) = state.notice(level) {
        let same = known.places == places && known.photo == photo;
        return if same { Ok(Vec::new()) } else { Err(Common::Exists { what: "本级公示 notice of this level" }) };
    }
    gate::require(state, by)?;
    photograph::require_unused(state, &photo, "photo")?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    let (days, extended) = (rules.number(RuleCode::NoticeDays), rules.number(RuleCode::NoticeExtension) > 0);
    let notice = Notice {
        level,
        places,
        content_revision: state.content_revision,
        posted_at: by.at,
        closable_at: by.pack.calendar.notice_may_close_from(by.at, days, extended)?,
        photo,
        closed: None,
        superseded: false,
    };
    Ok(vec![Event::NoticePosted { notice, signature }])
}

/// Closes the notice. The township's is the last step there: the application goes on to the county.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, what is missing, `NOTICE_SHORT` before its days are over, `ALREADY_DECIDED` with another
/// photograph than it was closed with, `PHOTO_USED`, or whatever [`gate`] refuses to forward.
pub fn close(
    state: &State,
    level: NoticeLevel,
    photo: Option<Attachment>,
    by: &Occasion,
) -> Result<Vec<Event>, Common> {
    let signature = authority::of_notice(level).sign(state.content.village, &state.duties, by)?;
    let photo = required_photo(photo)?;
    let here = state.notice(level).filter(|_| state.stage.notice_level() == Some(level));
    let notice = here.ok_or_else(|| state.wrong_state("CloseNotice"))?;
    if let Some(closing) = &notice.closed {
        return if closing.photo == photo { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    if by.at < notice.closable_at {
        return Err(short(level, Some(notice), by.pack.rules_of(state.content.fiscal_year)?, by.at));
    }
    objection::require_none_open(state, by)?;
    photograph::require_unused(state, &photo, "photo")?;
    let closed = Event::NoticeClosed { level, closing: Closing { at: by.at, photo }, signature };
    Ok(match level {
        NoticeLevel::Village | NoticeLevel::County => vec![closed],
        NoticeLevel::Township => {
            gate::require(state, by)?;
            vec![closed, way_back::forwarded(state, &by.pack)]
        }
    })
}

/// Refuses to go on while the notice of this level has not been closed.
///
/// # Errors
/// `NOTICE_SHORT`.
pub fn require_closed(state: &State, level: NoticeLevel, by: &Occasion) -> Result<(), Common> {
    match state.notice(level) {
        Some(Notice { closed: Some(_), .. }) => Ok(()),
        unfinished => Err(short(level, unfinished, by.pack.rules_of(state.content.fiscal_year)?, by.at)),
    }
}

/// Whether the notices that were closed would have been closed in time by another pack.
///
/// # Errors
/// `NOTICE_SHORT`, or an unknown year of the calendar.
pub(super) fn rejudge(state: &State, rules: &YearRules, pack: &Pack) -> Result<(), Common> {
    let (days, extended) = (rules.number(RuleCode::NoticeDays), rules.number(RuleCode::NoticeExtension) > 0);
    for notice in state.notices.iter().filter(|notice| !notice.superseded) {
        let Some(closing) = &notice.closed else { continue };
        let closable_at = pack.calendar.notice_may_close_from(notice.posted_at, days, extended)?;
        if closing.at < closable_at {
            let notice = Notice { closable_at, ..notice.clone() };
            return Err(short(notice.level, Some(&notice), rules, closing.at));
        }
    }
    Ok(())
}

fn check_new(places: &[String], photo: Option<Attachment>) -> Result<Attachment, Common> {
    let mut wrong = Violations::default();
    if places.is_empty() {
        wrong.add("REQUIRED", "places", "请至少填写一处公示地点", "a notice hangs in at least one place");
    }
    for (index, _) in places.iter().enumerate().filter(|(_, place)| place.trim().is_empty()) {
        wrong.add("REQUIRED", format!("places[{index}]"), "公示地点不能为空", "must not be empty");
    }
    if photo.is_none() {
        wrong.add("REQUIRED", "photo", PHOTO_ZH, "a photograph of the notice is needed");
    }
    wrong.finish()?;
    required_photo(photo)
}

const PHOTO_ZH: &str = "请上传公示照片";

fn required_photo(photo: Option<Attachment>) -> Result<Attachment, Common> {
    photo.ok_or_else(|| {
        let mut wrong = Violations::default();
        wrong.add("REQUIRED", "photo", PHOTO_ZH, "a photograph of the notice is needed");
        wrong.finish().expect_err("a violation was added")
    })
}

fn short(level: NoticeLevel, notice: Option<&Notice>, rules: &YearRules, now: OffsetDateTime) -> Common {
    let (limit, zh) = (rules.number(RuleCode::NoticeDays), level.zh());
    let actual = notice.map_or(0, |notice| full_days(notice.posted_at, now));
    let zh = match notice {
        None => format!("{zh}尚未张贴,须公示满 {limit} 天"),
        Some(notice) if now < notice.closable_at => {
            let from = civil_date(notice.closable_at);
            format!("{zh}已满 {actual} 天,须满 {limit} 天,{from} 起方可结束")
        }
        Some(_) => format!("{zh}已满 {actual} 天但尚未结束,请先结束公示"),
    };
    let en = match notice {
        None => format!("the notice has not been posted; it must hang for {limit} days"),
        Some(notice) if now < notice.closable_at => {
            format!(
                "the notice has hung for {actual} of {limit} days; it may be closed from {}",
                civil_date(notice.closable_at)
            )
        }
        Some(_) => "the notice has not been closed yet".to_owned(),
    };
    Common::rule(breach("NOTICE_SHORT", rules.rule(RuleCode::NoticeDays), zh, en).figures(actual, limit))
}

/// Whole days after the day of posting that have passed.
fn full_days(posted: OffsetDateTime, now: OffsetDateTime) -> i64 {
    ((civil_date(now) - civil_date(posted)).whole_days() - 1).max(0)
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, testing::given};
    use time::Duration;

    use super::*;
    use crate::domain::{
        Application, Command, Stage,
        fixtures::{
            at, bureau, clerk, close_notice, county_approved, head, moment, photo, post_notice, secretary, submitted,
            township_approved, village_posted, voted,
        },
    };

    #[test]
    fn ten_days_and_not_an_hour_less() {
        let posted_on = match village_posted().pop() {
            Some(Event::NoticePosted { notice, .. }) => notice.posted_at,
            other => panic!("not posted: {other:?}"),
        };
        let close = |later: Duration| Command::CloseNotice {
            level: NoticeLevel::Village,
            photo: Some(photo()),
            by: moment(posted_on + later, &secretary()),
        };
        let early = given::<Application>(village_posted()).when(close(Duration::days(10))).then_refused("NOTICE_SHORT");
        let explanation = early.explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("9"), Some("10")));
        assert!(explanation.zh.contains("起方可结束"), "{}", explanation.zh);
        let same_day =
            given::<Application>(village_posted()).when(close(Duration::hours(1))).then_refused("NOTICE_SHORT");
        assert_eq!(same_day.explain().actual.as_deref(), Some("0"));
        given::<Application>(village_posted()).when(close(Duration::days(11))).then_accepted();
    }

    #[test]
    fn a_notice_needs_a_place_and_photographs() {
        let bare = NewNotice { level: NoticeLevel::Village, places: Vec::new(), photo: None };
        let post = |notice| Command::PostNotice { notice, by: at(4, &secretary()) };
        let refusal = given::<Application>(voted()).when(post(bare)).then_refused("REQUIRED");
        assert_eq!(refusal.explain().fields.len(), 2);
        let blank = NewNotice { level: NoticeLevel::Village, places: vec![" ".into()], photo: Some(photo()) };
        given::<Application>(voted()).when(post(blank)).then_refused("REQUIRED");
        let close = Command::CloseNotice { level: NoticeLevel::Village, photo: None, by: at(20, &secretary()) };
        given::<Application>(village_posted()).when(close).then_refused("REQUIRED");
    }

    #[test]
    fn each_level_is_posted_by_its_own_and_in_its_turn() {
        let post = |level, who| post_notice(level, at(40, &who));
        given::<Application>(voted()).when(post(NoticeLevel::Village, clerk())).then_refused("SCOPE");
        given::<Application>(voted()).when(post(NoticeLevel::Township, clerk())).then_refused("WRONG_STATE");
        for who in [clerk(), head()] {
            given::<Application>(township_approved()).when(post(NoticeLevel::Township, who)).then_accepted();
        }
        given::<Application>(township_approved()).when(post(NoticeLevel::Township, secretary())).then_refused("SCOPE");
        given::<Application>(township_approved()).when(post(NoticeLevel::County, bureau())).then_refused("WRONG_STATE");
        given::<Application>(county_approved()).when(post(NoticeLevel::County, bureau())).then_accepted();
        given::<Application>(county_approved()).when(post(NoticeLevel::County, head())).then_refused("SCOPE");
    }

    #[test]
    fn a_repeat_changes_nothing_and_another_notice_is_refused() {
        let Command::PostNotice { notice, .. } = post_notice(NoticeLevel::Village, at(4, &secretary())) else {
            panic!("a notice to post")
        };
        let again = || Command::PostNotice { notice: notice.clone(), by: at(9, &secretary()) };
        given::<Application>(village_posted()).when(again()).then([]);
        // Further on nothing hangs that could be posted already.
        given::<Application>(submitted()).when(again()).then_refused("WRONG_STATE");
        let notice = NewNotice { level: NoticeLevel::Village, places: vec!["别处".into()], photo: Some(photo()) };
        let other = Command::PostNotice { notice, by: at(9, &secretary()) };
        given::<Application>(village_posted()).when(other).then_refused("EXISTS");
        given::<Application>(voted())
            .when(close_notice(NoticeLevel::Village, at(9, &secretary())))
            .then_refused("WRONG_STATE");
    }

    #[test]
    fn the_township_s_notice_forwards_to_the_county() {
        let posted =
            given::<Application>(township_approved()).when(post_notice(NoticeLevel::Township, at(30, &clerk())));
        let (mut events, _) = posted.then_accepted();
        let history = township_approved().into_iter().chain(events.drain(..));
        let closed = given::<Application>(history).when(close_notice(NoticeLevel::Township, at(41, &clerk())));
        let (events, state) = closed.then_accepted();
        assert!(matches!(events[..], [Event::NoticeClosed { .. }, Event::ApplicationForwarded { round: 1, .. }]));
        assert_eq!(state.stage().map(Stage::code), Some("COUNTY_REVIEW"));
    }
}
