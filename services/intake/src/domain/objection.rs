//! Objections (异议) to a hanging notice: named, by phone alone, or anonymous. Each is answered in its days or goes one level
//! up; the person complained about never answers it; no notice closes while one is open.
//!
//! One that is upheld undoes the notice: the village's goes back to draft, the others' back for correction.

use std::sync::Arc;

use kernel::{
    Explanation, Pack, PersonId, Role, RuleCode,
    decision::{Correction, ReturnStep},
    refusal::{Common, Violations, breach},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Event, File, NoticeLevel, Occasion, Signature, Stage,
    authority::sign_without_duty,
    correction::{Desk, numbered},
    refusal::unpriced,
};

/// Who must answer an objection now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ObjectionDesk {
    /// 村级: the supervision committee or the two committees.
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
            Self::Village => &[Role::VillageSupervision, Role::VillageCommittee],
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

/// What a villager says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// Name; empty when not given.
    pub name: String,
    /// Phone number; empty when not given. With neither, the objection is anonymous.
    pub phone: String,
    /// What is objected to.
    pub text: String,
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
    /// What was said.
    pub complaint: Complaint,
    /// Who must answer.
    pub desk: ObjectionDesk,
    /// When it was raised.
    #[serde(with = "time::serde::rfc3339")]
    pub raised_at: OffsetDateTime,
    /// When it goes one level up.
    #[serde(with = "time::serde::rfc3339")]
    pub due: OffsetDateTime,
    /// Whether that was counted on days whose calendar was not published yet (暂定).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// The answer; none while it is open.
    pub reply: Option<Reply>,
}

/// How an objection was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Whether it is right (成立).
    pub upheld: bool,
    /// What was found and done.
    pub text: String,
    /// Who answered.
    pub signature: Signature,
}

/// Raises an objection to the notice that hangs; whoever sees the village may write it down for a villager.
///
/// # Errors
/// `SCOPE`, what is missing, or `WRONG_STATE` when no notice hangs.
pub fn raise(file: &File, complaint: Complaint, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign_without_duty(Role::ALL, file.content.village, by)?;
    check(&complaint)?;
    let hanging =
        file.stage.notice_level().filter(|level| file.notice(*level).is_some_and(|found| found.closed.is_none()));
    let level = hanging.ok_or_else(|| file.wrong_state("RaiseObjection"))?;
    let desk = match level {
        NoticeLevel::Village => ObjectionDesk::Village,
        NoticeLevel::Township => ObjectionDesk::Township,
        NoticeLevel::County => ObjectionDesk::County,
    };
    let id = (file.objections.len() + 1).to_string();
    let due = due(file, &by.pack, by.at)?;
    let provisional = by.pack.calendar.is_provisional(due);
    let objection = Objection { id, level, complaint, desk, raised_at: by.at, due, provisional, reply: None };
    Ok(vec![Event::ObjectionRaised { objection, signature }])
}

/// Answers an objection.
///
/// # Errors
/// `NOT_FOUND`, `SCOPE`, `SOD` for the person complained about, `ALREADY_DECIDED`, or `OPINION_LENGTH`.
pub fn answer(file: &File, id: &str, upheld: bool, text: String, by: &Occasion) -> Result<Vec<Event>, Common> {
    let objection = file.objections.iter().find(|known| known.id == id);
    let objection = objection.ok_or(Common::NotFound { what: "异议 objection" })?;
    let signature = sign_without_duty(objection.desk.roles(), file.content.village, by)?;
    refuse_complained_about(objection, by)?;
    if let Some(known) = &objection.reply {
        let same = known.upheld == upheld && known.text == text && known.signature.person == signature.person;
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    check_length(file, &text, by)?;
    let reply = Reply { upheld, text, signature };
    let answered = Event::ObjectionAnswered { id: id.to_owned(), reply };
    match (upheld, objection.level) {
        (false, _) | (true, NoticeLevel::Village) => Ok(vec![answered]),
        (true, NoticeLevel::Township) => Ok(vec![answered, sent_back(file, objection, Desk::Township, by)?]),
        (true, NoticeLevel::County) => Ok(vec![answered, sent_back(file, objection, Desk::Bureau, by)?]),
    }
}

/// Sends every objection whose days are over one level up. Called by the room's own worker.
///
/// # Errors
/// When the pack has no rules or holidays for the year.
pub fn escalate(file: &File, pack: &Arc<Pack>, at: OffsetDateTime) -> Result<Vec<Event>, Common> {
    if file.suspension.is_some() {
        return Ok(Vec::new());
    }
    let late = file.objections.iter().filter(|objection| objection.reply.is_none() && objection.due <= at);
    let escalated = late.filter_map(|objection| Some((objection, objection.desk.above()?)));
    escalated
        .map(|(objection, desk)| {
            let due = due(file, pack, at)?;
            let provisional = pack.calendar.is_provisional(due);
            Ok(Event::ObjectionEscalated { id: objection.id.clone(), desk, due, provisional })
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

fn due(file: &File, pack: &Pack, at: OffsetDateTime) -> Result<OffsetDateTime, Common> {
    Ok(pack.rules_of(file.content.fiscal_year)?.due(RuleCode::ObjectionReplyDays, at, &pack.calendar)?)
}

fn sent_back(file: &File, objection: &Objection, desk: Desk, by: &Occasion) -> Result<Event, Common> {
    let asked_by = by.actor.posts.first().map(ToString::to_string).unwrap_or_default();
    let text = objection.complaint.text.clone();
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

fn check(complaint: &Complaint) -> Result<(), Common> {
    let mut wrong = Violations::default();
    if complaint.text.trim().is_empty() {
        wrong.add("REQUIRED", "text", "请填写异议内容", "an objection says what it objects to");
    }
    let digits =
        |phone: &str| (5..=20).contains(&phone.len()) && phone.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if !complaint.phone.is_empty() && !digits(&complaint.phone) {
        wrong.add("PHONE", "phone", "电话号码应为5至20位数字", "must be 5 to 20 digits");
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
    /// Objections that nobody has answered.
    pub fn open_objections(&self) -> impl Iterator<Item = &Objection> {
        self.objections.iter().filter(|objection| objection.reply.is_none())
    }

    /// When the first open objection that has a level above it goes there; none while the project is suspended.
    #[must_use]
    pub fn next_escalation(&self) -> Option<OffsetDateTime> {
        let waits = self.suspension.is_none()
            && !matches!(self.stage, Stage::Rejected(_) | Stage::Withdrawn { .. } | Stage::OutOfPool { .. });
        let open = self.open_objections().filter(|open| waits && open.desk.above().is_some());
        open.map(|open| open.due).min()
    }

    pub(super) fn objection_answered(&mut self, id: &str, reply: &Reply) {
        let Some(found) = self.objections.iter_mut().find(|objection| objection.id == id) else { return };
        found.reply = Some(reply.clone());
        if reply.upheld && found.level == NoticeLevel::Village {
            self.begin_anew();
        }
    }

    pub(super) fn objection_escalated(
        &mut self,
        id: &str,
        desk: ObjectionDesk,
        due: OffsetDateTime,
        provisional: bool,
    ) {
        if let Some(found) = self.objections.iter_mut().find(|objection| objection.id == id) {
            (found.desk, found.due, found.provisional) = (desk, due, provisional);
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Decider as _, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            VILLAGE, and, at, bureau, close_notice, county_approved, day, head, holder, pack, post_notice, secretary,
            township_approved, village_posted,
        },
    };

    fn raise_about(about: Vec<PersonId>, now: i64) -> Command {
        let complaint =
            Complaint { name: String::new(), phone: "13900000000".into(), text: "受益户名单不实".into(), about };
        Command::RaiseObjection { complaint, by: at(now, &supervisor()) }
    }

    fn supervisor() -> Actor {
        holder(Role::VillageSupervision, VILLAGE, 0)
    }

    fn answer(upheld: bool, who: &Actor, now: i64) -> Command {
        let text = "经核查,受益户名单与村民代表会议记录一致".into();
        Command::AnswerObjection { id: "1".into(), upheld, text, by: at(now, who) }
    }

    #[test]
    fn a_notice_stays_while_an_objection_is_open() {
        let raised = and(village_posted(), raise_about(Vec::new(), 6));
        let close = |now| close_notice(NoticeLevel::Village, at(now, &secretary()));
        let explanation = given::<Application>(raised.clone()).when(close(16)).then_refused("OBJECTION_OPEN").explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("1"), Some("0")));
        let answered = and(raised, answer(false, &supervisor(), 8));
        given::<Application>(answered.clone()).when(answer(false, &supervisor(), 9)).then([]);
        given::<Application>(answered.clone()).when(answer(true, &supervisor(), 9)).then_refused("ALREADY_DECIDED");
        given::<Application>(answered).when(close(16)).then_accepted();
    }

    #[test]
    fn the_person_complained_about_stands_aside_and_others_have_no_business_with_it() {
        let raised = and(village_posted(), raise_about(vec![secretary().person], 6));
        given::<Application>(raised.clone()).when(answer(false, &secretary(), 8)).then_refused("SOD");
        given::<Application>(raised.clone()).when(answer(false, &head(), 8)).then_refused("SCOPE");
        given::<Application>(raised).when(answer(false, &supervisor(), 8)).then_accepted();
    }

    #[test]
    fn five_working_days_and_it_goes_one_level_up() {
        let raised = and(village_posted(), raise_about(Vec::new(), 6));
        let escalate = |now| Command::EscalateObjections { pack: pack(), at: day(now) };
        given::<Application>(raised.clone()).when(escalate(13)).then([]);
        let late = and(raised, escalate(14));
        given::<Application>(late.clone()).when(answer(false, &supervisor(), 14)).then_refused("SCOPE");
        given::<Application>(late.clone()).when(answer(false, &head(), 14)).then_accepted();
        let county = and(late, escalate(24));
        given::<Application>(county).when(answer(false, &bureau(), 25)).then_accepted();
    }

    #[test]
    fn one_that_is_right_undoes_the_notice() {
        let raised = and(village_posted(), raise_about(Vec::new(), 6));
        let upheld = and(raised, answer(true, &supervisor(), 8));
        assert_eq!(Application::fold(&upheld).stage(), Some(&Stage::Draft));
        for (history, level, who) in
            [(township_approved(), NoticeLevel::Township, head()), (county_approved(), NoticeLevel::County, bureau())]
        {
            let posted = and(history, post_notice(level, at(46, &who)));
            let upheld = and(and(posted, raise_about(Vec::new(), 47)), answer(true, &who, 48));
            assert_eq!(Application::fold(&upheld).stage(), Some(&Stage::Returned));
        }
    }

    #[test]
    fn only_a_hanging_notice_is_objected_to_and_in_words() {
        given::<Application>(township_approved()).when(raise_about(Vec::new(), 30)).then_refused("WRONG_STATE");
        let complaint = Complaint { name: String::new(), phone: "x".into(), text: " ".into(), about: Vec::new() };
        let bad = Command::RaiseObjection { complaint, by: at(6, &supervisor()) };
        let explanation = given::<Application>(village_posted()).when(bad).then_refused("REQUIRED").explain();
        assert_eq!(explanation.fields.len(), 2);
    }
}
