//! A plan's public notice (计划公示) hangs its days, to the end of the last one; where the rules say so, of the next
//! working day.

use kernel::{
    Calendar, RuleCode, YearRules,
    calendar::civil_date,
    refusal::{Common, breach},
};
use time::OffsetDateTime;

use crate::domain::record::Notice;

/// The notice of a plan that is posted now.
pub(super) fn posted(at: OffsetDateTime, calendar: &Calendar, rules: &YearRules) -> Result<Notice, Common> {
    let (days, extended) = (rules.number(RuleCode::NoticeDays), rules.number(RuleCode::NoticeExtension) > 0);
    let closable_at = calendar.notice_may_close_from(at, days, extended)?;
    Ok(Notice { posted_at: at, closable_at })
}

/// Refuses to close it before its days are over.
pub(super) fn hung_long_enough(notice: &Notice, at: OffsetDateTime, rules: &YearRules) -> Result<(), Common> {
    if at >= notice.closable_at {
        return Ok(());
    }
    let days = rules.number(RuleCode::NoticeDays);
    let (today, from) = (civil_date(at), civil_date(notice.closable_at));
    let zh = format!("计划公示不得少于 {days} 天,{from} 起方可结束公示");
    let en = format!("a notice hangs at least {days} days: it may be closed from {from}");
    Err(Common::rule(breach("NOTICE_SHORT", rules.rule(RuleCode::NoticeDays), zh, en).figures(today, from)))
}
