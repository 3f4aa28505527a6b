//! Where PostgreSQL's programs are on this machine.
//! Systems keep the server's programs in different folders, often outside the PATH, several versions side by side.
//! A folder counts only when all three programs are there; existing data choose the folder of their own version.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::EmbeddedPostgresError;

/// The three programs that a folder must hold.
const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Folders with one subfolder a version: what stands before the version, and after it.
const VERSIONED: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// A folder that holds PostgreSQL's programs.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Finds the programs: of this major version where data of it exist, else in the PATH, else the newest.
    pub(super) fn find(wanted_version: Option<&str>) -> Result<Self, EmbeddedPostgresError> {
        candidates()
            .into_iter()
            .filter(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()))
            .find(|folder| wanted_version.is_none_or(|wanted| version_of(folder).as_deref() == Some(wanted)))
            .map(|folder| Self { folder })
            .ok_or_else(|| EmbeddedPostgresError::NotInstalled {
                wanted: wanted_version.map(|version| format!(" of version {version}")).unwrap_or_default(),
                looked_in:
                    "PATH, pg_config --bindir, /usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, Homebrew, Postgres.app"
                        .to_owned(),
            })
    }

    /// The path of one program.
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

/// Every folder that may hold the programs, best first.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(folder_of_pg_config());
    let mut versioned: Vec<(u32, PathBuf)> =
        VERSIONED.iter().flat_map(|(parent, prefix, rest)| versions(parent, prefix, rest)).collect();
    versioned.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    folders.extend(versioned.into_iter().map(|(_, folder)| folder));
    folders
}

/// What `pg_config` names, where it is installed. It may name a folder without the server; the caller checks.
fn folder_of_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn versions(parent: &str, prefix: &str, rest: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join(rest)))
        })
        .collect()
}

/// The major version of the programs in a folder, as `PG_VERSION` in a data directory writes it.
fn version_of(folder: &Path) -> Option<String> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    major_version(&String::from_utf8(output.stdout).ok()?)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is version 15; `… 19beta1` is 19.
fn major_version(answer: &str) -> Option<String> {
    let number: String = answer.split_whitespace().nth(2)?.chars().take_while(char::is_ascii_digit).collect();
    (!number.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").as_deref(), Some("15"));
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1").as_deref(), Some("19"));
        assert_eq!(major_version("something else"), None);
    }
}
