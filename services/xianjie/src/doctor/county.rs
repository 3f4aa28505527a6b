//! The county pack, its calendar, and the disks.

use std::path::PathBuf;

use kernel::{Pack, calendar::civil_date};
use time::OffsetDateTime;

use super::Finding;

/// Posts that nobody is left for, and a calendar that ends soon.
pub(super) fn pack(pack: &Pack, now: OffsetDateTime) -> Vec<Finding> {
    let vacancies = pack.vacancies();
    let mut findings = Vec::new();
    if let Some(first) = vacancies.first() {
        findings.push(Finding::fail(
            "PACK_VACANCY",
            format!("岗位不足 {} 处,首处:{first}", vacancies.len()),
            format!("{} duties have too few people, the first: {first}", vacancies.len()),
            "give more persons those posts in persons.toml; xianjie pack check FOLDER lists all",
        ));
    }
    if let Some(last) = pack.calendar.ends_soon(civil_date(now)) {
        findings.push(Finding::warn(
            "CALENDAR",
            format!("配置包的节假日安排只到{last},此后到期日为暂定"),
            format!("the pack's calendar ends on {last}; later due dates are provisional unless the year was loaded"),
            "put the year into calendar.toml, or load it: xianjie.directory.v1.CalendarService/LoadYear",
        ));
    }
    findings
}

/// Disks that are nearly full.
pub(super) fn disks(folders: &[PathBuf], least_mb: u64) -> Vec<Finding> {
    folders.iter().filter_map(|folder| disk(folder, least_mb)).collect()
}

fn disk(folder: &PathBuf, least_mb: u64) -> Option<Finding> {
    let named = folder.display();
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free_mb = disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000;
            (free_mb < least_mb).then(|| {
                Finding::fail(
                    "DISK",
                    format!("{named} 所在磁盘只剩 {free_mb} MB,应不少于 {least_mb} MB"),
                    format!("the disk of {named} has {free_mb} MB left, and should have {least_mb}"),
                    "make room: old images (docker image prune), old backups, logs; then look at what grows",
                )
            })
        }
        Err(error) => Some(Finding::fail(
            "DISK",
            format!("无法查看 {named} 的磁盘:{error}"),
            format!("the disk of {named} can't be looked at: {error}"),
            "name a folder that is there: --disk FOLDER",
        )),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn codes(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_calendar_that_ends_is_said_in_time_and_not_before() {
        let county = runtime::testing::pack();
        let last = county.calendar.last_known_day().expect("the pack has years");
        let long_before = last.midnight().assume_utc() - time::Duration::days(300);
        assert_eq!(codes(&pack(&county, long_before)), Vec::<&str>::new());
        let soon = last.midnight().assume_utc() - time::Duration::days(20);
        assert_eq!(codes(&pack(&county, soon)), ["CALENDAR"]);
        assert_eq!(codes(&pack(&county, datetime!(2090-01-01 0:00 +8))), ["CALENDAR"]);
    }

    #[test]
    fn a_post_that_nobody_holds_is_found() {
        let mut county = (*runtime::testing::pack()).clone();
        county.persons.retain(|person| !person.account.starts_with("fin."));
        assert_eq!(codes(&pack(&county, datetime!(2022-01-01 0:00 +8))), ["PACK_VACANCY"]);
    }

    #[test]
    fn a_full_disk_and_one_that_is_not_there_are_found() {
        assert_eq!(disks(&["/".into()], 0), []);
        assert_eq!(codes(&disks(&["/".into()], u64::MAX)), ["DISK"]);
        assert_eq!(codes(&disks(&["/no/such/folder".into()], 0)), ["DISK"]);
    }
}
