//! `xianjie pack check`: everything that is wrong with a county pack, at once.

use std::{path::Path, process::ExitCode};

use runtime::options::load_pack;

pub(super) fn check(folder: &Path, json: bool) -> anyhow::Result<ExitCode> {
    match load_pack(folder) {
        Ok(pack) if json => {
            let counts: serde_json::Map<String, serde_json::Value> =
                pack.summary().into_iter().map(|(what, count)| (what, count.into())).collect();
            println!("{}", serde_json::json!({ "ok": true, "counts": counts }));
            Ok(ExitCode::SUCCESS)
        }
        Ok(pack) => {
            println!("县级配置包 {} 检查通过 / the pack is sound", folder.display());
            pack.summary().iter().for_each(|(what, count)| println!("  {what}: {count}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if json => {
            println!("{}", serde_json::json!({ "ok": false, "error": format!("{error:#}") }));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error),
    }
}
