//! The township's site check (实地核查): at least two persons on the spot, with a photograph, coordinates, a place and a date.
//!
//! A clerk of the township names them, and each confirms himself: being named in somebody else's record gives nobody a duty, and
//! is no check. A check is about one place and one list of items: it serves until another replaces it or these change, or until
//! the village has voted on something else ([`State`] forgets it then). An approval needs one that enough have confirmed
//! ([`super::township_review`]). Whoever decides has not been there.

use std::collections::BTreeSet;

use kernel::{
    Actor, Division, Duty, OrgCode, PersonId, Post, Role, RuleCode, YearRules,
    calendar::civil_date,
    duty::Exclusions,
    pack::Person,
    refusal::{Common, Violations, breach},
};

use super::{
    Event, Occasion, Stage, State,
    authority::{CHECKING_CLERK, TOWNSHIP_CLERK, sign_without_duty},
    completeness, particulars, photograph,
    record::site_check::SiteCheck,
    refusal::unpriced,
};

/// Who checks a site: the township's own officials but its head, who decides, and those of the county's sector departments.
pub const CHECKERS: &[Role] = &[Role::TownshipClerk, Role::TownshipFinance, Role::SectorDepartment];

/// Records the check. Who records it and was there has confirmed it; the others are asked to ([`confirm`]).
///
/// # Errors
/// `SCOPE`, `SOD` also for those who are named, `WRONG_STATE`, `COMPLETENESS` before the file is complete, or `SITE_CHECK`
/// with what is missing.
pub fn record(state: &State, site_check: SiteCheck, by: &Occasion) -> Result<Vec<Event>, Common> {
    let was_there = by.actor.on_behalf_of.is_none() && site_check.checkers.contains(&by.actor.person);
    let authority = if was_there { CHECKING_CLERK } else { TOWNSHIP_CLERK };
    let signature = authority.sign(state.content.village, &state.duties, by)?;
    if state.stage != Stage::TownshipReview {
        return Err(state.wrong_state("RecordSiteCheck"));
    }
    if state.site_check.as_ref() == Some(&site_check) {
        return Ok(Vec::new());
    }
    completeness::require(state, by)?;
    check(state, &site_check, by)?;
    // The check that stands may be described anew with its photograph.
    let standing = state.site_check.as_ref().and_then(|known| known.photo.as_ref());
    if let Some(photo) = site_check.photo.as_ref().filter(|photo| standing != Some(*photo)) {
        photograph::require_unused(state, photo, "site_check.photo")?;
    }
    Ok(vec![Event::SiteCheckRecorded { site_check, each_confirms: true, signature }])
}

/// Somebody who was named says that he was there: only from then on has he a duty in the project.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE` when no check waits for it, or `NOT_A_CHECKER` for who was not named, also for somebody else.
pub fn confirm(state: &State, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = sign_without_duty(CHECKERS, state.content.village, by)?;
    let check = state.site_check.as_ref().filter(|_| state.stage == Stage::TownshipReview);
    let check = check.ok_or_else(|| state.wrong_state("ConfirmSiteCheck"))?;
    let person = &by.actor.person;
    if by.actor.on_behalf_of.is_some() || !check.checkers.contains(person) {
        let zh = format!("{person} 不在本次实地核查人名单内;到场核查须由本人确认,不得代办");
        let en = format!("{person} is not named in this site check; who was there confirms it himself");
        let limit = check.checkers.iter().map(|named| named.0.as_str()).collect::<Vec<_>>().join("、");
        let explanation = unpriced("NOT_A_CHECKER", "SITE_CHECKERS", "本系统设计 [design]", zh, en);
        return Err(Common::rule(explanation.figures(person, limit)));
    }
    if state.site_check_confirmed.contains(person) {
        return Ok(Vec::new());
    }
    by.permit(&state.duties, Duty::SiteChecker)?;
    refuse_who_decided(state, person)?;
    Ok(vec![Event::SiteCheckConfirmed { signature }])
}

/// Whether the check names this person.
#[must_use]
pub fn names(state: &State, person: &PersonId) -> bool {
    state.site_check.as_ref().is_some_and(|check| check.checkers.contains(person))
}

/// Whether the check waits for this person's word.
#[must_use]
pub fn waits_for(state: &State, actor: &Actor, exclusions: &Exclusions) -> bool {
    let named = names(state, &actor.person);
    let open = state.stage == Stage::TownshipReview && !state.site_check_confirmed.contains(&actor.person);
    let free = state.duties.permit(actor, Duty::SiteChecker, exclusions).is_ok();
    let may = free && refuse_who_decided(state, &actor.person).is_ok();
    named && open && may && actor.on_behalf_of.is_none()
}

/// Refuses an approval that no site check stands behind.
///
/// # Errors
/// `SITE_CHECK`.
pub fn require(state: &State, rules: &YearRules) -> Result<(), Common> {
    let (there, least) = (state.site_check_confirmed.len(), rules.number(RuleCode::SiteCheckers));
    if u32::try_from(there).is_ok_and(|there| there >= least) {
        return Ok(());
    }
    let (zh, en) = match &state.site_check {
        None => (
            format!("尚无实地核查记录,须有至少 {least} 人现场核查并附照片后方可同意"),
            format!("there is no site check: at least {least} persons must have been there, with a photograph"),
        ),
        Some(_) => (
            format!("实地核查须至少 {least} 人本人确认到场,现有 {there} 人确认"),
            format!("{least} persons must confirm that they were at the site, {there} have"),
        ),
    };
    Err(Common::rule(breach("SITE_CHECK", rules.rule(RuleCode::SiteCheckers), zh, en).figures(there, least)))
}

fn check(state: &State, site_check: &SiteCheck, by: &Occasion) -> Result<(), Common> {
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    let rule = rules.rule(RuleCode::SiteCheckers);
    let breach =
        |field: &str, zh: String, en: String| breach("SITE_CHECK", rule, zh, en).at(format!("site_check.{field}"));
    for (index, id) in site_check.checkers.iter().enumerate() {
        if !by.pack.person(id).is_some_and(|person| may_check(person, state.content.village)) {
            let zh = format!("核查人 {id} 须为本乡镇(负责审核决定的负责人除外)或县级行业主管部门在岗人员");
            let en =
                format!("{id} must hold a post of this township, but the one that decides, or of a sector department");
            return Err(Common::rule(breach(&format!("checker_ids[{index}]"), zh, en)));
        }
    }
    let persons: BTreeSet<&PersonId> = site_check.checkers.iter().collect();
    enough(&persons, rules)?;
    for (field, text, zh) in [("place", &site_check.place, "核查地点"), ("findings", &site_check.findings, "核查情况")]
    {
        if text.trim().is_empty() {
            let (zh, en) = (format!("请填写{zh}"), format!("a site check needs its {field}"));
            return Err(Common::rule(breach(field, zh, en)));
        }
    }
    if site_check.photo.is_none() {
        let (zh, en) = ("请上传现场核查照片", "a site check needs a photograph");
        return Err(Common::rule(breach("photo", zh.into(), en.into())));
    }
    let Some(coordinates) = site_check.coordinates else {
        let (zh, en) = ("请填写现场坐标", "a site check needs the coordinates of the place");
        return Err(Common::rule(breach("coordinates", zh.into(), en.into())));
    };
    let mut wrong = Violations::default();
    particulars::check_coordinates(coordinates, "site_check.coordinates", &mut wrong);
    wrong.finish()?;
    let (date, today) = (site_check.date, civil_date(by.at));
    if date > today {
        let (zh, en) = (format!("核查日期 {date} 晚于今天 {today}"), format!("{date} lies in the future"));
        return Err(Common::rule(breach("date", zh, en).figures(date, today)));
    }
    persons.into_iter().try_for_each(|person| refuse_other_duty(state, person, &by.pack.exclusions))
}

/// Whether somebody holds a post that checks a site of this village, none that decides about it, and is no administrator.
fn may_check(person: &Person, village: Division) -> bool {
    let decides = Post::new(Role::TownshipHead, OrgCode::of(village.township()));
    let checks = |post: &Post| CHECKERS.contains(&post.role) && post.org.division().contains(village);
    let bars = |post: &Post| post.role == Role::Administrator || *post == decides;
    person.posts.iter().any(checks) && !person.posts.iter().any(bars)
}

fn enough(persons: &BTreeSet<&PersonId>, rules: &YearRules) -> Result<(), Common> {
    let (found, least) = (persons.len(), rules.number(RuleCode::SiteCheckers));
    if u32::try_from(found).is_ok_and(|found| found >= least) {
        return Ok(());
    }
    let zh = format!("实地核查须至少 {least} 人,现有 {found} 人");
    let en = format!("a site check needs {least} persons, not {found}");
    let explanation = breach("SITE_CHECK", rules.rule(RuleCode::SiteCheckers), zh, en).figures(found, least);
    Err(Common::rule(explanation.at("site_check.checker_ids")))
}

/// Whether the check that was made, if any, would do by other rules.
///
/// # Errors
/// `SITE_CHECK`.
pub(super) fn rejudge(state: &State, rules: &YearRules) -> Result<(), Common> {
    state.site_check.as_ref().map_or(Ok(()), |check| enough(&check.checkers.iter().collect(), rules))
}

/// The applicant doesn't check the own site, nor does who looks through the file or decides (SOD-1).
fn refuse_other_duty(state: &State, person: &PersonId, exclusions: &Exclusions) -> Result<(), Common> {
    state.duties.permit_person(person, Duty::SiteChecker, exclusions)?;
    refuse_who_decided(state, person)
}

/// Who took the township's decision, in whatever round, has not been there.
fn refuse_who_decided(state: &State, person: &PersonId) -> Result<(), Common> {
    let (held, tried) = (Duty::TownshipReviewer, Duty::SiteChecker);
    match completeness::who_decided(state).any(|known| known == person) {
        false => Ok(()),
        true => Err(Common::Sod { person: person.clone(), held, tried }),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{
            VILLAGE, and, approval, at, clerk, day, head, holder, pack, second_clerk, secretary, site_check, submitted,
            task, township_finance,
        },
        record::content::Coordinates,
    };

    fn record(change: impl Fn(&mut SiteCheck)) -> Command {
        let mut site_check = site_check();
        change(&mut site_check);
        Command::RecordSiteCheck { site_check, by: at(17, &second_clerk()) }
    }

    #[test]
    fn scenario_07_one_person_is_no_site_check() {
        let one = record(|check| check.checkers.truncate(1));
        let explanation = given::<Application>(submitted()).when(one).then_refused("SITE_CHECK").explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("1"), Some("2")));
        let twice_the_same = record(|check| check.checkers[1] = check.checkers[0].clone());
        given::<Application>(submitted()).when(twice_the_same).then_refused("SITE_CHECK");
        given::<Application>(submitted()).when(record(|_| ())).then_accepted();
    }

    #[test]
    fn a_check_has_a_photograph_a_place_findings_and_a_past_date() {
        let refused = |command| given::<Application>(submitted()).when(command).then_refused("SITE_CHECK").explain();
        assert_eq!(refused(record(|check| check.photo = None)).fields[0].field, "site_check.photo");
        assert_eq!(refused(record(|check| check.place.clear())).fields[0].field, "site_check.place");
        assert_eq!(refused(record(|check| check.findings.clear())).fields[0].field, "site_check.findings");
        assert_eq!(refused(record(|check| check.date = civil_date(day(18)))).fields[0].field, "site_check.date");
        let stranger = record(|check| check.checkers[1] = PersonId("nobody".into()));
        assert_eq!(refused(stranger).fields[0].field, "site_check.checker_ids[1]");
        assert_eq!(refused(record(|check| check.coordinates = None)).fields[0].field, "site_check.coordinates");
        let at_sea = record(|check| check.coordinates = Some(Coordinates { latitude_micro: 0, longitude_micro: 0 }));
        let explanation = given::<Application>(submitted()).when(at_sea).then_refused("COORDINATES").explain();
        assert_eq!(explanation.fields[0].field, "site_check.coordinates");
    }

    #[test]
    fn the_applicant_does_not_check_and_the_head_leaves_it_to_the_clerk() {
        for stranger in [secretary(), head()] {
            let with_stranger = record(|check| check.checkers[1] = stranger.person.clone());
            given::<Application>(submitted()).when(with_stranger).then_refused("SITE_CHECK");
        }
        let by = at(17, &head());
        given::<Application>(submitted())
            .when(Command::RecordSiteCheck { site_check: site_check(), by })
            .then_refused("SCOPE");
    }

    fn confirm(who: &Actor) -> Command {
        Command::ConfirmSiteCheck { by: at(17, who) }
    }

    fn decide(who: &Actor) -> Command {
        Command::CompleteTask { task: task(1), decision: approval(), by: at(18, who) }
    }

    #[test]
    fn each_confirms_himself_and_only_then_has_a_duty() {
        let recorded = and(submitted(), record(|_| ()));
        let Application::Opened(state) = Application::fold(&recorded) else { panic!("it is open") };
        assert_eq!(state.site_check_confirmed, [second_clerk().person], "the recorder was there");
        assert!(state.duties.0.iter().all(|act| act.person != township_finance().person), "named is not acted");
        assert!(
            waits_for(&state, &township_finance(), &pack().exclusions)
                && !waits_for(&state, &second_clerk(), &pack().exclusions)
        );
        let explanation =
            given::<Application>(recorded.clone()).when(decide(&head())).then_refused("SITE_CHECK").explain();
        assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("1"), Some("2")));
        given::<Application>(recorded.clone()).when(confirm(&clerk())).then_refused("NOT_A_CHECKER");
        let delegate = Actor { on_behalf_of: Some(clerk().person), ..township_finance() };
        given::<Application>(recorded.clone()).when(confirm(&delegate)).then_refused("NOT_A_CHECKER");
        given::<Application>(recorded.clone()).when(confirm(&head())).then_refused("SCOPE");
        given::<Application>(recorded.clone()).when(confirm(&second_clerk())).then([]);
        let confirmed = and(recorded, confirm(&township_finance()));
        given::<Application>(confirmed.clone()).when(confirm(&township_finance())).then([]);
        given::<Application>(confirmed.clone()).when(decide(&head())).then_accepted();
        let for_head = Actor { posts: head().posts, on_behalf_of: Some(head().person), ..second_clerk() };
        given::<Application>(confirmed).when(decide(&for_head)).then_refused("SOD");
    }

    #[test]
    fn an_officer_of_a_department_confirms_before_the_county_is_asked() {
        let officer = holder(Role::SectorDepartment, VILLAGE, 0);
        let with_officer = record(|check| check.checkers[1] = officer.person.clone());
        let recorded = and(submitted(), with_officer);
        given::<Application>(recorded.clone()).when(confirm(&officer)).then_accepted();
        let colleague = holder(Role::SectorDepartment, VILLAGE, 1);
        given::<Application>(recorded).when(confirm(&colleague)).then_refused("SCOPE");
    }

    #[test]
    fn another_check_is_confirmed_anew_and_one_of_before_counts_as_it_stood() {
        let both = and(and(submitted(), record(|_| ())), confirm(&township_finance()));
        let again = and(both, record(|check| check.findings = "再次核查".into()));
        given::<Application>(again).when(decide(&head())).then_refused("SITE_CHECK");
        let Some(Event::SiteCheckRecorded { site_check, signature, .. }) = and(submitted(), record(|_| ())).pop()
        else {
            panic!("it is recorded")
        };
        let before = Event::SiteCheckRecorded { site_check, each_confirms: false, signature };
        let history: Vec<Event> = submitted().into_iter().chain([before]).collect();
        given::<Application>(history).when(decide(&head())).then_accepted();
    }
}
