//! `xianjie pack check`: everything that is wrong with a county pack, at once, and the duties that nobody is left for.

use std::{path::Path, process::ExitCode};

use kernel::{Pack, calendar::civil_date};
use runtime::{Clock, options::load_pack};

use crate::output::line;

pub(super) fn check(folder: &Path, json: bool) -> anyhow::Result<ExitCode> {
    match load_pack(folder) {
        Ok(pack) if json => {
            let vacancies: Vec<String> = pack.vacancies().iter().map(ToString::to_string).collect();
            let counts: serde_json::Map<String, serde_json::Value> =
                pack.summary().into_iter().map(|(what, count)| (what, count.into())).collect();
            let (ok, calendar_ends) = (vacancies.is_empty(), ends_soon(&pack));
            let said = serde_json::json!({ "ok": ok, "counts": counts, "vacancies": vacancies, "calendar_ends": calendar_ends });
            line(said);
            Ok(exit(ok))
        }
        Ok(pack) => {
            let vacancies = pack.vacancies();
            if vacancies.is_empty() {
                line(format_args!("县级配置包 {} 检查通过 / the pack is sound", folder.display()));
            } else {
                line(format_args!(
                    "县级配置包 {} 岗位不足,项目办不到底 / too few people to carry every project to its end",
                    folder.display()
                ));
                vacancies.iter().for_each(|vacancy| line(format_args!("  {vacancy}")));
            }
            pack.summary().iter().for_each(|(what, count)| line(format_args!("  {what}: {count}")));
            if let Some(last) = ends_soon(&pack) {
                line(format_args!("注意:节假日安排只到{last},请录入下一年度通知(此后到期日为暂定)"));
                line(format_args!(
                    "warning: the calendar ends on {last}: load the next year's notice; later due dates are provisional"
                ));
            }
            Ok(exit(vacancies.is_empty()))
        }
        Err(error) if json => {
            line(serde_json::json!({ "ok": false, "error": format!("{error:#}") }));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error),
    }
}

fn exit(ok: bool) -> ExitCode {
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The last day of the calendar, once it is so near that the next year's is asked for.
fn ends_soon(pack: &Pack) -> Option<String> {
    pack.calendar.ends_soon(civil_date(Clock::system().now())).map(|last| last.to_string())
}
