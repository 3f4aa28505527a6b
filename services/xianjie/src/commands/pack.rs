//! `xianjie pack check`: everything that is wrong with a county pack, at once.

use std::{path::Path, process::ExitCode};

use kernel::{Pack, calendar::civil_date};
use runtime::{Clock, options::load_pack};

pub(super) fn check(folder: &Path, json: bool) -> anyhow::Result<ExitCode> {
    match load_pack(folder) {
        Ok(pack) if json => {
            let counts: serde_json::Map<String, serde_json::Value> =
                pack.summary().into_iter().map(|(what, count)| (what, count.into())).collect();
            println!("{}", serde_json::json!({ "ok": true, "counts": counts, "calendar_ends": ends_soon(&pack) }));
            Ok(ExitCode::SUCCESS)
        }
        Ok(pack) => {
            println!("县级配置包 {} 检查通过 / the pack is sound", folder.display());
            pack.summary().iter().for_each(|(what, count)| println!("  {what}: {count}"));
            if let Some(last) = ends_soon(&pack) {
                println!("注意:节假日安排只到{last},请录入下一年度通知(此后到期日为暂定)");
                println!(
                    "warning: the calendar ends on {last}: load the next year's notice; later due dates are provisional"
                );
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if json => {
            println!("{}", serde_json::json!({ "ok": false, "error": format!("{error:#}") }));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error),
    }
}

/// The last day of the calendar, once it is so near that the next year's is asked for.
fn ends_soon(pack: &Pack) -> Option<String> {
    pack.calendar.ends_soon(civil_date(Clock::system().now())).map(|last| last.to_string())
}
