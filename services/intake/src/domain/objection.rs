//! Objections (异议) to a hanging notice: named, by phone alone, or anonymous. Each is answered in its days or goes one level
//! up; the person complained about never answers it; no notice closes while one is open.
//!
//! The level that must answer and discipline inspection read what was filed ([`super::record::original`]); all others read
//! its summary and its answer. A villager files one alone, an official writes one down that came on paper or aloud.
//! One that is upheld undoes the notice: the village's goes back to draft, the others' back for correction.

use std::sync::Arc;

use kernel::{
    Due, Explanation, Pack, PersonId, Role, RuleCode,
    decision::{Correction, ReturnStep},
    pack::Person,
    refusal::{Common, Violations, breach},
};
use time::OffsetDateTime;

use super::{
    Event, NoticeLevel, Occasion, Signature, State,
    authority::sign_without_duty,
    record::{
        correction::{Level, numbered},
        objection::{Answering, AnsweringLevel, Complained, Complaint, Objection, Reply},
        original::Original,
    },
    refusal::{require_text, unpriced},
};

/// Writes an objection down that came on paper or aloud; whoever sees the village may, for a villager.
///
/// # Errors
/// `SCOPE`, what is missing, or `WRONG_STATE` when no notice hangs.
pub fn raise(state: &State, complaint: Complaint, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign_without_duty(Role::ALL, state.content.village, by)?;
    raised(state, complaint, Some(signature), &by.pack, by.at)
}

/// A villager files one, and says no more of himself than he wants to.
///
/// # Errors
/// What is missing, or `WRONG_STATE` when no notice hangs.
pub fn file_publicly(
    state: &State,
    complaint: Complaint,
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Vec<Event>, Common> {
    raised(state, complaint, None, pack, at)
}

fn raised(
    state: &State,
    complaint: Complaint,
    signature: Option<Signature>,
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Vec<Event>, Common> {
    check(&complaint.kept.original)?;
    let hanging =
        state.stage.notice_level().filter(|level| state.notice(*level).is_some_and(|found| found.closed.is_none()));
    let level = hanging.ok_or_else(|| state.wrong_state("RaiseObjection"))?;
    let answering_level = match level {
        NoticeLevel::Village => AnsweringLevel::Village,
        NoticeLevel::Township => AnsweringLevel::Township,
        NoticeLevel::County => AnsweringLevel::County,
    };
    let id = (state.objections.len() + 1).to_string();
    let due = due(state, pack, at)?;
    let Complaint { kept, about, about_names } = complaint;
    let about = about.into_iter().chain(called(&about_names, state, pack)).collect();
    let complaint = Complained { original: Some(kept.sealed()), about };
    let objection = Objection { id, level, complaint, answering_level, raised_at: at, due, reply: None };
    Ok(vec![Event::ObjectionRaised { objection, signature, original: Some(kept) }])
}

/// The officials over the village who have one of these names.
fn called<'a>(names: &'a [String], state: &'a State, pack: &'a Pack) -> impl Iterator<Item = PersonId> + 'a {
    let over = |person: &&Person| person.posts.iter().any(|post| post.org.division().contains(state.content.village));
    let named = pack.persons.iter().filter(|person| names.iter().any(|name| name.trim() == person.name));
    named.filter(over).map(|person| person.id.clone())
}

/// Answers an objection.
///
/// # Errors
/// `NOT_FOUND`, `SCOPE`, `SOD` for the person complained about, `ALREADY_DECIDED`, `REQUIRED` without a summary, or
/// `OPINION_LENGTH`.
pub fn answer(state: &State, id: &str, said: Answering, by: &Occasion) -> Result<Vec<Event>, Common> {
    let objection = find(state, id)?;
    let signature = sign_without_duty(objection.answering_level.roles(), state.content.village, by)?;
    refuse_complained_about(objection, by)?;
    let Answering { upheld, summary, text } = said;
    if let Some(known) = &objection.reply {
        let same = known.upheld == upheld && known.text == text && known.summary == summary;
        let same = same && known.signature.person == signature.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    require_text(&summary, "summary", "请填写异议摘要(不得含异议人信息)")?;
    check_length(state, &text, by)?;
    let reply = Reply { upheld, summary, text, signature };
    let returned = |level| sent_back(state, &reply.summary, level, by);
    let follows = match (upheld, objection.level) {
        (false, _) | (true, NoticeLevel::Village) => None,
        (true, NoticeLevel::Township) => Some(returned(Level::Township)?),
        (true, NoticeLevel::County) => Some(returned(Level::Bureau)?),
    };
    let answered = Event::ObjectionAnswered { id: id.to_owned(), reply };
    Ok(std::iter::once(answered).chain(follows).collect())
}

/// Whether somebody may read what was filed: the level that answers it, or discipline inspection; never the person complained
/// about. Each reading is signed.
///
/// # Errors
/// `NOT_FOUND`, `SCOPE`, or `SOD` for the person complained about.
pub fn read_original(state: &State, id: &str, by: &Occasion) -> Result<Signature, Common> {
    let objection = find(state, id)?;
    let readers: Vec<Role> = objection.answering_level.roles().iter().copied().chain([Role::Discipline]).collect();
    let signature = sign_without_duty(&readers, state.content.village, by)?;
    refuse_complained_about(objection, by)?;
    Ok(signature)
}

/// Sends every objection whose days are over one level up. Called by the room's own worker.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn escalate(state: &State, pack: &Arc<Pack>, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    if state.suspension.is_some() {
        return Ok(Vec::new());
    }
    let late = state.objections.iter().filter(|objection| objection.reply.is_none() && objection.due.at <= at);
    let escalated = late.filter_map(|objection| Some((objection, objection.answering_level.above()?)));
    escalated
        .map(|(objection, answering_level)| {
            let due = due(state, pack, at)?;
            Ok(Event::ObjectionEscalated { id: objection.id.clone(), answering_level, due })
        })
        .collect()
}

/// When the first open objection that has a level above it goes there; none while the project is suspended.
#[must_use]
pub fn next_escalation(state: &State) -> Option<OffsetDateTime> {
    let waits = state.suspension.is_none() && !state.stage.is_over();
    let open = state.open_objections().filter(|open| waits && open.answering_level.above().is_some());
    open.map(|open| open.due.at).min()
}

/// Refuses to end a notice while an objection is open.
///
/// # Errors
/// `OBJECTION_OPEN`.
pub fn require_none_open(state: &State, by: &Occasion) -> Result<(), Common> {
    let open: Vec<&str> = state.open_objections().map(|objection| objection.id.as_str()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let zh = format!("尚有 {} 件异议未答复(编号 {}),答复前不得结束公示", open.len(), open.join("、"));
    let en = format!("{} objections are open ({}): answer them before the notice ends", open.len(), open.join(", "));
    let rule = by.pack.rules_of(state.content.fiscal_year)?.rule(RuleCode::ObjectionReplyDays);
    Err(Common::rule(breach("OBJECTION_OPEN", rule, zh, en).figures(open.len(), 0)))
}

fn due(state: &State, pack: &Pack, at: OffsetDateTime) -> Result<Due, Common> {
    Ok(pack.rules_of(state.content.fiscal_year)?.due(RuleCode::ObjectionReplyDays, at, &pack.calendar)?)
}

fn sent_back(state: &State, summary: &str, level: Level, by: &Occasion) -> Result<Event, Common> {
    let asked_by = by.actor.posts.first().map(ToString::to_string).unwrap_or_default();
    let text = summary.to_owned();
    let items = numbered([(Correction { field: "objection".into(), text, step: ReturnStep::Application }, asked_by)]);
    let round = state.township.last().map_or(1, |round| round.asked.round);
    let due = by.pack.rules_of(state.content.fiscal_year)?.due(RuleCode::CorrectionDays, by.at, &by.pack.calendar)?;
    Ok(Event::ReturnedOnObjection { level, round, items, due })
}

fn refuse_complained_about(objection: &Objection, by: &Occasion) -> Result<(), Common> {
    let Some(person) = by.actor.persons().find(|person| objection.complaint.about.contains(person)) else {
        return Ok(());
    };
    let zh = format!("{person} 是被反映人,不得办理该异议");
    let en = format!("{person} is complained about and may not answer this objection");
    let limit = "被反映人回避 the person complained about stands aside";
    Err(Common::rule(unpriced("SOD", "OBJECTION_RECUSAL", "本系统设计 [design]", zh, en).figures(person, limit)))
}

/// Characters of a name, and of what is objected to, at most.
const LONGEST: [(&str, usize); 2] = [("name", 50), ("text", 2_000)];

fn check(original: &Original) -> Result<(), Common> {
    let Original { name, phone, text } = original;
    let mut wrong = Violations::default();
    if text.trim().is_empty() {
        wrong.add("REQUIRED", "text", "请填写异议内容", "an objection says what it objects to");
    }
    let digits =
        |phone: &str| (5..=20).contains(&phone.len()) && phone.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if !phone.is_empty() && !digits(phone) {
        wrong.add("PHONE", "phone", "电话号码应为5至20位数字", "must be 5 to 20 digits");
    }
    for ((field, most), said) in LONGEST.into_iter().zip([name, text]) {
        if said.chars().count() > most {
            let en = format!("at most {most} characters");
            wrong.add("TEXT_TOO_LONG", field, format!("文本过长,最多{most}字"), en);
        }
    }
    wrong.finish()
}

fn check_length(state: &State, text: &str, by: &Occasion) -> Result<(), Common> {
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    let (least, length) = (rules.number(RuleCode::OpinionLength), text.chars().filter(|c| !c.is_whitespace()).count());
    if u32::try_from(length).is_ok_and(|length| length >= least) {
        return Ok(());
    }
    let zh = format!("答复不得少于 {least} 个字,现有 {length} 个字");
    let en = format!("an answer needs at least {least} characters, not {length}");
    let explanation: Explanation = breach("OPINION_LENGTH", rules.rule(RuleCode::OpinionLength), zh, en);
    Err(Common::rule(explanation.figures(length, least).at("text")))
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Objection, Common> {
    let found = state.objections.iter().find(|known| known.id == id);
    found.ok_or(Common::NotFound { what: "异议 objection" })
}

#[cfg(test)]
mod tests;
