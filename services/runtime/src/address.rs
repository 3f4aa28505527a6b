//! Addresses of servers as settings say them: the password may stand in a file, and `{room}` for the room that asks.
//!
//! `postgres://{room}@postgres:5432/xianjie?password_file=/run/secrets/database_{room}` holds no secret itself, and is
//! the same setting for every room. The file is read each time somebody connects anew.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use url::Url;

/// Stands for the room's name.
pub const ROOM: &str = "{room}";

/// The parameter that names the file with the password.
const PASSWORD_FILE: &str = "password_file";

/// The address for this room, with its password.
///
/// # Errors
/// When the file with the password can't be read or is empty; the message names the file, never what is in it.
pub fn of_room(setting: &str, room: &str) -> anyhow::Result<String> {
    let text = setting.replace(ROOM, room);
    // What is no address at all is for whoever connects to complain of.
    let Ok(mut url) = Url::parse(&text) else { return Ok(text) };
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let (named, others): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| name == PASSWORD_FILE);
    let Some((_, file)) = named.into_iter().next() else { return Ok(text) };
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    let password = secret(&PathBuf::from(file))?;
    url.set_password(Some(&password)).map_err(|()| anyhow!("an address without a host has no password"))?;
    Ok(url.into())
}

/// A secret that stands in a file; the line's end is no part of it.
///
/// # Errors
/// When the file can't be read or is empty.
pub fn secret(file: &std::path::Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("can't read the secret in {}", file.display()))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        bail!("the file {} is empty, and should hold a secret", file.display());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xianjie-address-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    #[test]
    fn the_password_comes_from_the_room_s_file() {
        let folder = folder("password");
        std::fs::write(folder.join("database_review"), "p@ss/word\n").expect("written");
        let setting = format!(
            "postgres://{{room}}@db:5432/xianjie?sslmode=disable&password_file={}/database_{{room}}",
            folder.display()
        );
        let address = of_room(&setting, "review").expect("an address");
        assert_eq!(address, "postgres://review:p%40ss%2Fword@db:5432/xianjie?sslmode=disable");
        let missing = format!("{:#}", of_room(&setting, "inbox").expect_err("no such file"));
        assert!(missing.contains("database_inbox") && !missing.contains("p@ss"), "{missing}");
        std::fs::write(folder.join("database_inbox"), "\n").expect("written");
        assert!(of_room(&setting, "inbox").expect_err("empty").to_string().contains("is empty"));
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn an_address_without_such_a_file_stays_as_it_is() {
        for address in ["postgres://u:p@127.0.0.1:1/x", "amqp://u:p@h:5672/%2f", "no address"] {
            assert_eq!(of_room(address, "intake").expect("an address"), address);
        }
    }
}
