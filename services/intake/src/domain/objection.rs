//! Objections (异议) to a hanging notice: named, by phone alone, or anonymous. Each is answered in its days or goes one level
//! up; the person complained about never answers it; no notice closes while one is open.
//!
//! The desk that must answer and discipline inspection read what was filed ([`super::original`]); all others read the desk's
//! summary and its answer. A villager files one without any official, an official writes one down that came on paper or aloud.
//!
//! One that is upheld undoes the notice: the village's goes back to draft, the others' back for correction.

use std::sync::Arc;

use kernel::{
    Due, Explanation, Pack, PersonId, Role, RuleCode,
    decision::{Correction, ReturnStep},
    pack::Person,
    refusal::{Common, Violations, breach},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Event, File, NoticeLevel, Occasion, Signature,
    authority::sign_without_duty,
    correction::{Desk, numbered},
    original::{Kept, Original, Sealed},
    refusal::{require_text, unpriced},
};

/// Who must answer an objection now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ObjectionDesk {
    /// 村级: the supervision committee, never the two committees whose project it is.
    Village,
    /// 乡镇.
    Township,
    /// 县乡村振兴局.
    County,
    /// 县纪委监委: nobody is above it.
    Discipline,
}

impl ObjectionDesk {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Village => "VILLAGE",
            Self::Township => "TOWNSHIP",
            Self::County => "COUNTY",
            Self::Discipline => "DISCIPLINE",
        }
    }

    /// The roles that answer there.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Village => &[Role::VillageSupervision],
            Self::Township => &[Role::TownshipClerk, Role::TownshipHead],
            Self::County => &[Role::RevitalizationBureau],
            Self::Discipline => &[Role::Discipline],
        }
    }

    /// One level up; none above the last.
    #[must_use]
    pub fn above(self) -> Option<Self> {
        match self {
            Self::Village => Some(Self::Township),
            Self::Township => Some(Self::County),
            Self::County => Some(Self::Discipline),
            Self::Discipline => None,
        }
    }
}

/// What a villager says, as it was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Who, and in what words.
    pub kept: Kept,
    /// Persons complained about: they may not answer it.
    pub about: Vec<PersonId>,
    /// Their names, where who files it knows no more: all officials over the village who are called so stand aside.
    pub about_names: Vec<String>,
}

/// What the history keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complained {
    /// What was filed, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Sealed>,
    /// Persons complained about: they may not answer it.
    pub about: Vec<PersonId>,
}

/// An objection that was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Number within the application, from `1`.
    pub id: String,
    /// The notice objected to.
    pub level: NoticeLevel,
    /// What was said, and about whom.
    pub complaint: Complained,
    /// Who must answer.
    pub desk: ObjectionDesk,
    /// When it was raised.
    #[serde(with = "time::serde::rfc3339")]
    pub raised_at: OffsetDateTime,
    /// When it goes one level up.
    pub due: Due,
    /// The answer; none while it is open.
    pub reply: Option<Reply>,
}

/// How an objection was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether it is right (成立).
    pub upheld: bool,
    /// What it is about, in the desk's words, for those who may not read the original.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What was found and done.
    pub text: String,
    /// Who answered.
    pub signature: Signature,
}

/// What the desk says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// Whether it is right (成立).
    pub upheld: bool,
    /// What it is about, without a word that tells who objected.
    pub summary: String,
    /// What was found and done.
    pub text: String,
}

/// Writes an objection down that came on paper or aloud; whoever sees the village may, for a villager.
///
/// # Errors
/// `SCOPE`, what is missing, or `WRONG_STATE` when no notice hangs.
pub fn raise(file: &File, complaint: Complaint, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign_without_duty(Role::ALL, file.content.village, by)?;
    raised(file, complaint, Some(signature), &by.pack, by.at)
}

/// A villager files one, and says no more of himself than he wants to.
///
/// # Errors
/// What is missing, or `WRONG_STATE` when no notice hangs.
pub fn file_publicly(file: &File, complaint: Complaint, pack: &Pack, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    raised(file, complaint, None, pack, at)
}

fn raised(
    file: &File,
    complaint: Complaint,
    signature: Option<Signature>,
    pack: &Pack,
    at: OffsetDateTime,
) -> Result<Vec<Event>, Common> {
    check(&complaint.kept.original)?;
    let hanging =
        file.stage.notice_level().filter(|level| file.notice(*level).is_some_and(|found| found.closed.is_none()));
    let level = hanging.ok_or_else(|| file.wrong_state("RaiseObjection"))?;
    let desk = match level {
        NoticeLevel::Village => ObjectionDesk::Village,
        NoticeLevel::Township => ObjectionDesk::Township,
        NoticeLevel::County => ObjectionDesk::County,
    };
    let id = (file.objections.len() + 1).to_string();
    let due = due(file, pack, at)?;
    let Complaint { kept, about, about_names } = complaint;
    let about = about.into_iter().chain(called(&about_names, file, pack)).collect();
    let complaint = Complained { original: Some(kept.sealed()), about };
    let objection = Objection { id, level, complaint, desk, raised_at: at, due, reply: None };
    Ok(vec![Event::ObjectionRaised { objection, signature, original: Some(kept) }])
}

/// The officials over the village who have one of these names.
fn called<'a>(names: &'a [String], file: &'a File, pack: &'a Pack) -> impl Iterator<Item = PersonId> + 'a {
    let over = |person: &&Person| person.posts.iter().any(|post| post.org.division().contains(file.content.village));
    let named = pack.persons.iter().filter(|person| names.iter().any(|name| name.trim() == person.name));
    named.filter(over).map(|person| person.id.clone())
}

/// Answers an objection.
///
/// # Errors
/// `NOT_FOUND`, `SCOPE`, `SOD` for the person complained about, `ALREADY_DECIDED`, `REQUIRED` without a summary, or
/// `OPINION_LENGTH`.
pub fn answer(file: &File, id: &str, said: Answering, by: &Occasion) -> Result<Vec<Event>, Common> {
    let objection = file.objection(id)?;
    let signature = sign_without_duty(objection.desk.roles(), file.content.village, by)?;
    refuse_complained_about(objection, by)?;
    let Answering { upheld, summary, text } = said;
    if let Some(known) = &objection.reply {
        let same = known.upheld == upheld && known.text == text && known.summary == summary;
        let same = same && known.signature.person == signature.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    require_text(&summary, "summary", "请填写异议摘要(不得含异议人信息)")?;
    check_length(file, &text, by)?;
    let reply = Reply { upheld, summary, text, signature };
    let returned = |desk| sent_back(file, &reply.summary, desk, by);
    let follows = match (upheld, objection.level) {
        (false, _) | (true, NoticeLevel::Village) => None,
        (true, NoticeLevel::Township) => Some(returned(Desk::Township)?),
        (true, NoticeLevel::County) => Some(returned(Desk::Bureau)?),
    };
    let answered = Event::ObjectionAnswered { id: id.to_owned(), reply };
    Ok(std::iter::once(answered).chain(follows).collect())
}

/// Whether somebody may read what was filed: the desk that answers it, or discipline inspection; never the person complained
/// about. Each reading is signed.
///
/// # Errors
/// `NOT_FOUND`, `SCOPE`, or `SOD` for the person complained about.
pub fn read_original(file: &File, id: &str, by: &Occasion) -> Result<Signature, Common> {
    let objection = file.objection(id)?;
    let readers: Vec<Role> = objection.desk.roles().iter().copied().chain([Role::Discipline]).collect();
    let signature = sign_without_duty(&readers, file.content.village, by)?;
    refuse_complained_about(objection, by)?;
    Ok(signature)
}

/// Sends every objection whose days are over one level up. Called by the room's own worker.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn escalate(file: &File, pack: &Arc<Pack>, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    if file.suspension.is_some() {
        return Ok(Vec::new());
    }
    let late = file.objections.iter().filter(|objection| objection.reply.is_none() && objection.due.at <= at);
    let escalated = late.filter_map(|objection| Some((objection, objection.desk.above()?)));
    escalated
        .map(|(objection, desk)| {
            let due = due(file, pack, at)?;
            Ok(Event::ObjectionEscalated { id: objection.id.clone(), desk, due })
        })
        .collect()
}

/// Refuses to end a notice while an objection is open.
///
/// # Errors
/// `OBJECTION_OPEN`.
pub fn require_none_open(file: &File, by: &Occasion) -> Result<(), Common> {
    let open: Vec<&str> = file.open_objections().map(|objection| objection.id.as_str()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let zh = format!("尚有 {} 件异议未答复(编号 {}),答复前不得结束公示", open.len(), open.join("、"));
    let en = format!("{} objections are open ({}): answer them before the notice ends", open.len(), open.join(", "));
    let rule = by.pack.rules_of(file.content.fiscal_year)?.rule(RuleCode::ObjectionReplyDays);
    Err(Common::rule(breach("OBJECTION_OPEN", rule, zh, en).figures(open.len(), 0)))
}

fn due(file: &File, pack: &Pack, at: OffsetDateTime) -> Result<Due, Common> {
    Ok(pack.rules_of(file.content.fiscal_year)?.due(RuleCode::ObjectionReplyDays, at, &pack.calendar)?)
}

fn sent_back(file: &File, summary: &str, desk: Desk, by: &Occasion) -> Result<Event, Common> {
    let asked_by = by.actor.posts.first().map(ToString::to_string).unwrap_or_default();
    let text = summary.to_owned();
    let items = numbered([(Correction { field: "objection".into(), text, step: ReturnStep::Application }, asked_by)]);
    let round = file.township.last().map_or(1, |round| round.asked.round);
    let due = by.pack.rules_of(file.content.fiscal_year)?.due(RuleCode::CorrectionDays, by.at, &by.pack.calendar)?;
    Ok(Event::ReturnedOnObjection { desk, round, items, due })
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

fn check_length(file: &File, text: &str, by: &Occasion) -> Result<(), Common> {
    let rules = by.pack.rules_of(file.content.fiscal_year)?;
    let (least, length) = (rules.number(RuleCode::OpinionLength), text.chars().filter(|c| !c.is_whitespace()).count());
    if u32::try_from(length).is_ok_and(|length| length >= least) {
        return Ok(());
    }
    let zh = format!("答复不得少于 {least} 个字,现有 {length} 个字");
    let en = format!("an answer needs at least {least} characters, not {length}");
    let explanation: Explanation = breach("OPINION_LENGTH", rules.rule(RuleCode::OpinionLength), zh, en);
    Err(Common::rule(explanation.figures(length, least).at("text")))
}

impl File {
    fn objection(&self, id: &str) -> Result<&Objection, Common> {
        let found = self.objections.iter().find(|known| known.id == id);
        found.ok_or(Common::NotFound { what: "异议 objection" })
    }

    /// Objections that nobody has answered.
    pub fn open_objections(&self) -> impl Iterator<Item = &Objection> {
        self.objections.iter().filter(|objection| objection.reply.is_none())
    }

    /// When the first open objection that has a level above it goes there; none while the project is suspended.
    #[must_use]
    pub fn next_escalation(&self) -> Option<OffsetDateTime> {
        let waits = self.suspension.is_none() && !self.stage.is_over();
        let open = self.open_objections().filter(|open| waits && open.desk.above().is_some());
        open.map(|open| open.due.at).min()
    }

    pub(super) fn objection_answered(&mut self, id: &str, reply: &Reply) {
        let Some(found) = self.objections.iter_mut().find(|objection| objection.id == id) else { return };
        found.reply = Some(reply.clone());
        if reply.upheld && found.level == NoticeLevel::Village {
            self.begin_anew();
        }
        self.go_on_correcting(reply.signature.at);
    }

    pub(super) fn objection_escalated(&mut self, id: &str, desk: ObjectionDesk, due: Due) {
        if let Some(found) = self.objections.iter_mut().find(|objection| objection.id == id) {
            (found.desk, found.due) = (desk, due);
        }
    }
}

#[cfg(test)]
mod tests;
