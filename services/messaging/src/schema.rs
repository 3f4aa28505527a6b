//! Migrations that stand in the program: the files of a crate's `migrations/`, each named once.
//!
//! Plain text at compile time. A procedural macro for it would build the whole database driver a second time.

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType},
};

/// The migrations of these files, of the crate that names them: `migrations!["1000_inbox.sql", "1001_suspended.sql"]`.
#[macro_export]
macro_rules! migrations {
    ($($file:literal),+ $(,)?) => {
        vec![$($crate::migration($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $file)))),+]
    };
}

/// The migration of a file called `1000_what_it_does.sql`.
///
/// # Panics
/// When its name begins with no number: the first test that opens a store sees it.
#[must_use]
pub fn migration(file: &'static str, sql: &'static str) -> Migration {
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    let (version, words) = name.split_once('_').expect("a migration's name is NUMBER_WORDS.sql");
    let version = version.parse().expect("a migration's name begins with its number");
    let description = words.trim_end_matches(".sql").replace('_', " ");
    Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What databases of earlier builds remember of a migration, by which they know it again.
    #[test]
    fn a_migration_is_known_again_by_its_text() {
        let migration = migration("../elsewhere/0100_two_words.sql", "select 1\n");
        assert_eq!((migration.version, &*migration.description), (100, "two words"));
        assert_eq!(
            migration.checksum[..4],
            [0x86, 0x60, 0xb7, 0xf6],
            "SHA-384 of the text, as sqlx's own macro has it"
        );
    }
}
