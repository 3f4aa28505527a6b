//! The township's site check (实地核查): at least two persons on the spot, with a photograph, a place and a date.
//!
//! A check is about one place and one list of items: it serves until another replaces it or these change, or until the village
//! has voted on something else ([`File`] forgets it then). An approval needs one ([`super::township_review`]).

use std::collections::BTreeSet;

use kernel::{
    Attachment, Duty, PersonId, RuleCode, YearRules,
    calendar::civil_date,
    duty::Exclusions,
    refusal::{Common, breach},
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Event, File, Occasion, Stage, authority::TOWNSHIP_CLERK, completeness, photograph, village_vote::civil};

/// A site check as it was recorded, or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCheck {
    /// Date.
    #[serde(with = "civil")]
    pub date: Date,
    /// Those who were there (核查人).
    pub checkers: Vec<PersonId>,
    /// Where, as coordinates or words.
    pub place: String,
    /// Photograph; a check without one is refused.
    pub photo: Option<Attachment>,
    /// What was found.
    pub findings: String,
}

/// Records the check.
///
/// # Errors
/// `SCOPE`, `SOD` also for those who were there, `WRONG_STATE`, `COMPLETENESS` before the file is complete, or `SITE_CHECK` with what is missing.
pub fn record(file: &File, site_check: SiteCheck, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = TOWNSHIP_CLERK.sign(file.content.village, &file.duties, by)?;
    match &file.stage {
        Stage::TownshipReview if file.site_check.as_ref() == Some(&site_check) => Ok(Vec::new()),
        Stage::TownshipReview => {
            completeness::require(file, by)?;
            check(file, &site_check, by)?;
            // The check that stands may be described anew with its photograph.
            let standing = file.site_check.as_ref().and_then(|known| known.photo.as_ref());
            if let Some(photo) = site_check.photo.as_ref().filter(|photo| standing != Some(*photo)) {
                photograph::require_unused(file, photo, "site_check.photo")?;
            }
            Ok(vec![Event::SiteCheckRecorded { site_check, signature }])
        }
        Stage::Draft
        | Stage::Deliberation
        | Stage::VillageNotice
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::CountyNotice { .. }
        | Stage::InPool { .. }
        | Stage::Returned
        | Stage::Rejected(_)
        | Stage::Withdrawn { .. }
        | Stage::OutOfPool { .. } => Err(file.wrong_state("RecordSiteCheck")),
    }
}

/// Refuses an approval that no site check stands behind.
///
/// # Errors
/// `SITE_CHECK`.
pub fn require(file: &File, rules: &YearRules) -> Result<(), Common> {
    if file.site_check.is_some() {
        return Ok(());
    }
    let least = rules.number(RuleCode::SiteCheckers);
    let zh = format!("尚无实地核查记录,须有至少 {least} 人现场核查并附照片后方可同意");
    let en = format!("there is no site check: at least {least} persons must have been there, with a photograph");
    Err(Common::rule(breach("SITE_CHECK", rules.rule(RuleCode::SiteCheckers), zh, en).figures(0, least)))
}

fn check(file: &File, site_check: &SiteCheck, by: &Occasion) -> Result<(), Common> {
    let rules = by.pack.rules_of(file.content.fiscal_year)?;
    let rule = rules.rule(RuleCode::SiteCheckers);
    let breach =
        |field: &str, zh: String, en: String| breach("SITE_CHECK", rule, zh, en).at(format!("site_check.{field}"));
    let persons: BTreeSet<&PersonId> = site_check.checkers.iter().collect();
    if let Some(stranger) = persons.iter().find(|person| by.pack.person(person).is_none()) {
        let (zh, en) =
            (format!("核查人 {stranger} 不是在册人员"), format!("{stranger} is nobody that the county knows"));
        return Err(Common::rule(breach("checker_ids", zh, en)));
    }
    enough(&persons, rules)?;
    for (field, text, zh) in [("place", &site_check.place, "核查地点"), ("findings", &site_check.findings, "核查情况")]
    {
        if text.trim().is_empty() {
            let (zh, en) = (format!("请填写{zh}"), format!("a site check needs its {field}"));
            return Err(Common::rule(breach(field, zh, en)));
        }
    }
    if site_check.photo.is_none() {
        return Err(Common::rule(breach(
            "photo",
            "请上传现场核查照片".into(),
            "a site check needs a photograph".into(),
        )));
    }
    let (date, today) = (site_check.date, civil_date(by.at));
    if date > today {
        let (zh, en) = (format!("核查日期 {date} 晚于今天 {today}"), format!("{date} lies in the future"));
        return Err(Common::rule(breach("date", zh, en).figures(date, today)));
    }
    refuse_other_duty(file, &persons, &by.pack.exclusions)
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
pub(super) fn rejudge(file: &File, rules: &YearRules) -> Result<(), Common> {
    file.site_check.as_ref().map_or(Ok(()), |check| enough(&check.checkers.iter().collect(), rules))
}

/// Being there is a township reviewer's duty too (SOD-1): the applicant doesn't check the own site.
fn refuse_other_duty(file: &File, persons: &BTreeSet<&PersonId>, exclusions: &Exclusions) -> Result<(), Common> {
    let tried = Duty::TownshipReviewer;
    persons.iter().try_for_each(|person| file.duties.permit_person(person, tried, exclusions))
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command,
        fixtures::{at, clerk, day, head, secretary, site_check, submitted},
    };

    fn record(change: impl Fn(&mut SiteCheck)) -> Command {
        let mut site_check = site_check();
        change(&mut site_check);
        Command::RecordSiteCheck { site_check, by: at(17, &clerk()) }
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
        assert_eq!(refused(stranger).fields[0].field, "site_check.checker_ids");
    }

    #[test]
    fn the_applicant_does_not_check_and_the_head_leaves_it_to_the_clerk() {
        let with_applicant = record(|check| check.checkers[1] = secretary().person);
        given::<Application>(submitted()).when(with_applicant).then_refused("SOD");
        let by = at(17, &head());
        given::<Application>(submitted())
            .when(Command::RecordSiteCheck { site_check: site_check(), by })
            .then_refused("SCOPE");
    }
}
