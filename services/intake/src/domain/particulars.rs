//! The form's particulars (申报要素): nature of the works, operating mode, villages that take part, jobs, who is monitored.
//!
//! What is missing or does not agree is said with everything else that is wrong with the form.

use std::collections::BTreeSet;

use kernel::{Pack, division::Level, refusal::Violations};

use super::record::content::{Content, Coordinates, Linkage};

/// A sub-type whose projects several villages share.
const JOINT: &str = "JOINT_VILLAGES";

/// The longest name of a project, in characters.
const LONGEST_TITLE: usize = 100;

/// Notes what even a draft must have: a plan year and a village of the county pack, and a name.
pub fn check_draft(content: &Content, pack: &Pack, wrong: &mut Violations) {
    if pack.rules(content.fiscal_year).is_none() {
        let zh = format!("计划年度 {} 不在县级配置包范围内", content.fiscal_year);
        wrong.add("FISCAL_YEAR", "content.fiscal_year", zh, "the county pack has no rules for this year");
    }
    let length = content.title.trim().chars().count();
    if length == 0 {
        wrong.add("REQUIRED", "content.title", "请填写项目名称", "a project needs a name");
    } else if length > LONGEST_TITLE {
        let zh = format!("项目名称不得超过 {LONGEST_TITLE} 个字,现有 {length} 个字");
        wrong.add("TOO_LONG", "content.title", zh, "the name is too long");
    }
    if content.village.level() != Level::Village || pack.division(content.village).is_none() {
        let zh = format!("{} 不是本县的村级区划代码", content.village);
        wrong.add("VILLAGE", "content.village", zh, "is no village of this county");
    }
    if let Some(place) = content.coordinates {
        check_coordinates(place, "content.coordinates", wrong);
    }
    check_order(content, wrong);
}

/// Notes what is missing or wrong.
pub fn check(content: &Content, pack: &Pack, wrong: &mut Violations) {
    if content.nature.is_none() {
        wrong.add(
            "REQUIRED",
            "content.nature",
            "请选择建设性质",
            "must say new, extension, renovation or continuation",
        );
    }
    let operated = !content.operator.trim().is_empty();
    if operated && content.operating_mode.is_none() {
        let zh = "请选择经营方式:自营、租赁、入股或委托";
        wrong.add("REQUIRED", "content.operating_mode", zh, "must say how the operator operates it");
    }
    check_villages(content, pack, wrong);
    check_schedule(content, wrong);
    check_jobs(content, wrong);
    check_monitored(&content.linkage, wrong);
}

fn check_villages(content: &Content, pack: &Pack, wrong: &mut Violations) {
    if content.sub_type == JOINT && content.joint_villages.is_empty() {
        wrong.add(
            "REQUIRED",
            "content.joint_villages",
            "联村项目请填写参与村",
            "a joint project names its other villages",
        );
    }
    let mut seen = BTreeSet::from([content.village]);
    for (index, village) in content.joint_villages.iter().enumerate() {
        let field = format!("content.joint_villages[{index}]");
        if village.level() != Level::Village || pack.division(*village).is_none() {
            wrong.add("VILLAGE", field, format!("{village} 不是本县的村级区划代码"), "is no village of this county");
        } else if !seen.insert(*village) {
            wrong.add("VILLAGE", field, format!("{village} 重复填写"), "is named twice");
        }
    }
}

/// Who knows neither date leaves it at the words of the schedule.
fn check_schedule(content: &Content, wrong: &mut Violations) {
    match (content.construction_begin_date, content.construction_end_date) {
        (Some(_), None) => {
            let field = "content.construction_end_date";
            wrong.add("REQUIRED", field, "请填写计划竣工日期", "must say when it is to be finished");
        }
        (None, Some(_)) => {
            let field = "content.construction_begin_date";
            wrong.add("REQUIRED", field, "请填写计划开工日期", "must say when it is to begin");
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
}

/// Notes works that end before they begin; even a draft has none such.
pub fn check_order(content: &Content, wrong: &mut Violations) {
    let (Some(begin), Some(end)) = (content.construction_begin_date, content.construction_end_date) else { return };
    if end < begin {
        let zh = format!("计划竣工日期 {end} 早于计划开工日期 {begin}");
        wrong.add("BAD_DATE", "content.construction_end_date", zh, "lies before the day on which building begins");
    }
}

fn check_jobs(content: &Content, wrong: &mut Violations) {
    let jobs = content.jobs;
    if jobs.temporary > jobs.all {
        let zh = format!("临时性岗位 {} 个不得多于带动就业岗位 {} 个", jobs.temporary, jobs.all);
        wrong.add("LINKAGE", "content.temporary_jobs", zh, "is more than all jobs");
    }
}

fn check_monitored(linkage: &Linkage, wrong: &mut Violations) {
    let kinds = [linkage.unstable_persons, linkage.marginal_persons, linkage.hardship_persons];
    let sum: u64 = kinds.into_iter().map(u64::from).sum();
    // Who knows only how many there are need not say which.
    if sum != 0 && sum != u64::from(linkage.monitored_persons) {
        let zh = format!("三类监测对象合计 {sum} 人,与监测对象 {} 人不符", linkage.monitored_persons);
        wrong.add("SUM_MISMATCH", "content.linkage.monitored_persons", zh, "is not the sum of its three kinds");
    }
}

/// Notes a place that is none; even a draft has none such.
pub fn check_coordinates(place: Coordinates, field: &str, wrong: &mut Violations) {
    // China's land lies within these.
    let latitude = (3_000_000..=54_000_000).contains(&place.latitude_micro);
    let longitude = (73_000_000..=136_000_000).contains(&place.longitude_micro);
    if !latitude || !longitude {
        let zh = "坐标不在中国境内,单位为百万分之一度";
        wrong.add("COORDINATES", field, zh, "lies outside China; millionths of a degree are expected");
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, calendar::civil_date};

    use super::*;
    use crate::domain::{
        fixtures::{OTHER_VILLAGE, content, day, pack},
        record::content::Jobs,
    };

    fn wrong_fields(change: impl Fn(&mut Content)) -> Vec<String> {
        let mut content = content();
        change(&mut content);
        let mut wrong = Violations::default();
        check(&content, &pack(), &mut wrong);
        check_order(&content, &mut wrong);
        if let Some(place) = content.coordinates {
            check_coordinates(place, "content.coordinates", &mut wrong);
        }
        match wrong.finish() {
            Ok(()) => Vec::new(),
            Err(refusal) => refusal.explain().fields.into_iter().map(|found| found.field).collect(),
        }
    }

    #[test]
    fn the_form_says_what_is_built_and_who_operates_it() {
        assert!(wrong_fields(|_| {}).is_empty());
        assert_eq!(wrong_fields(|content| content.nature = None), ["content.nature"]);
        assert_eq!(wrong_fields(|content| content.operating_mode = None), ["content.operating_mode"]);
        let nobody_operates = |content: &mut Content| {
            content.operator.clear();
            content.operating_mode = None;
        };
        assert!(wrong_fields(nobody_operates).is_empty());
    }

    #[test]
    fn scenario_29_works_end_after_they_begin() {
        let from = |begin: Option<i64>, end: Option<i64>| {
            move |content: &mut Content| {
                content.construction_begin_date = begin.map(|number| civil_date(day(number)));
                content.construction_end_date = end.map(|number| civil_date(day(number)));
            }
        };
        assert!(wrong_fields(from(None, None)).is_empty() && wrong_fields(from(Some(9), Some(9))).is_empty());
        assert_eq!(wrong_fields(from(Some(9), Some(8))), ["content.construction_end_date"]);
        assert_eq!(wrong_fields(from(Some(9), None)), ["content.construction_end_date"]);
        assert_eq!(wrong_fields(from(None, Some(9))), ["content.construction_begin_date"]);
    }

    #[test]
    fn a_joint_project_names_the_other_villages_once() {
        let other = || OTHER_VILLAGE.parse().expect("a code");
        let joint = |content: &mut Content| content.sub_type = JOINT.into();
        assert_eq!(wrong_fields(joint), ["content.joint_villages"]);
        assert!(wrong_fields(|content| content.joint_villages = vec![other()]).is_empty());
        assert_eq!(
            wrong_fields(|content| content.joint_villages = vec![other(), other()]),
            ["content.joint_villages[1]"]
        );
        assert_eq!(
            wrong_fields(|content| content.joint_villages = vec![content.village]),
            ["content.joint_villages[0]"]
        );
        let township = |content: &mut Content| content.joint_villages = vec![content.village.township()];
        assert_eq!(wrong_fields(township), ["content.joint_villages[0]"]);
    }

    #[test]
    fn jobs_persons_and_places_agree() {
        assert_eq!(wrong_fields(|content| content.jobs = Jobs { all: 3, temporary: 4 }), ["content.temporary_jobs"]);
        let kinds = |content: &mut Content| content.linkage.unstable_persons = content.linkage.monitored_persons + 1;
        assert_eq!(wrong_fields(kinds), ["content.linkage.monitored_persons"]);
        let at = |latitude_micro, longitude_micro| {
            move |content: &mut Content| content.coordinates = Some(Coordinates { latitude_micro, longitude_micro })
        };
        assert!(wrong_fields(at(29_371_000, 112_403_500)).is_empty());
        assert_eq!(wrong_fields(at(112_403_500, 29_371_000)), ["content.coordinates"]);
    }
}
