//! Where the private PostgreSQL keeps its files, and the lock that lets one process at a time serve them.
//! Under the named directory stand `lock` and `cluster/` (data, password, log). When root asks and the user that runs
//! PostgreSQL can't reach that, `cluster/` is a directory under /var/tmp instead, found again by the path's hash.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::EmbeddedPostgresError;
use super::account::Account;
use super::server::{Server, is_postmaster};

/// A directory for a cluster, locked for this process and writable for the user that runs PostgreSQL.
pub(super) struct Place {
    pub(super) account: Account,
    base: PathBuf,
    data: PathBuf,
    /// Held as long as the place: the system lets go of it when this process ends, however it ends.
    _lock: Lock,
}

/// The lock of a directory.
struct Lock(File);

impl Drop for Lock {
    /// Lets go at once. Closing the file would not: a program that another thread is just starting holds a copy of it until it
    /// is executed.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the directory of the private PostgreSQL stays locked until this process ends");
        }
    }
}

impl Place {
    /// Locks the directory and finds where its cluster is or will be.
    pub(super) fn locate(directory: &Path) -> Result<Self, EmbeddedPostgresError> {
        fs::create_dir_all(directory).map_err(EmbeddedPostgresError::file("create", directory))?;
        let directory = fs::canonicalize(directory).map_err(EmbeddedPostgresError::file("resolve", directory))?;
        let lock = lock(&directory)?;

        let mut base = directory.join("cluster");
        let mut account = Account::choose(&base.join("data"))?;
        prepare(&base, account)?;
        if account != Account::Ourselves && !account.can_write_in(&base) {
            base = stand_in(&directory);
            account = Account::choose(&base.join("data"))?;
            prepare(&base, account)?;
            tracing::warn!(
                postgres.directory = %base.display(),
                "PostgreSQL doesn't run as root, and the user it runs as can't reach {}: its data are kept elsewhere",
                directory.display()
            );
        }
        Ok(Self { account, data: base.join("data"), base, _lock: lock })
    }

    /// The directory with everything of the cluster.
    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// PostgreSQL's data directory.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// What the server writes while it runs.
    pub(super) fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }

    /// The password of the database's user; readable for its owner only.
    pub(super) fn password_file(&self) -> PathBuf {
        self.base.join("password")
    }

    /// The server that runs on these data, and its port. The traces of one that is gone are removed on the way.
    pub(super) fn running(&self) -> Result<Option<(Server, u16)>, EmbeddedPostgresError> {
        let file = self.data.join("postmaster.pid");
        let content = match fs::read_to_string(&file) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(EmbeddedPostgresError::file("read", &file)(error)),
        };
        if let Some((pid, port)) = pid_and_port(&content)
            && is_postmaster(pid, &self.data)
        {
            return Ok(Some((Server::adopted(pid, self.data.clone()), port)));
        }
        // PostgreSQL clears such a file itself, unless another program has got the number meanwhile, as happens in
        // containers. It still refuses to start next to living remnants of an old server.
        fs::remove_file(&file).map_err(EmbeddedPostgresError::file("remove", &file))?;
        Ok(None)
    }
}

/// Directory, port and password of the server that another process runs on this directory; `None` when none does.
pub(super) fn of_another(directory: &Path) -> Option<(PathBuf, u16, String)> {
    let directory = fs::canonicalize(directory).ok()?;
    [directory.join("cluster"), stand_in(&directory)].into_iter().find_map(|base| {
        let data = base.join("data");
        let (pid, port) = pid_and_port(&fs::read_to_string(data.join("postmaster.pid")).ok()?)?;
        let password = fs::read_to_string(base.join("password")).ok()?;
        is_postmaster(pid, &data).then(|| (base, port, password.trim().to_owned()))
    })
}

fn lock(directory: &Path) -> Result<Lock, EmbeddedPostgresError> {
    let path = directory.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(EmbeddedPostgresError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(EmbeddedPostgresError::InUse { directory: directory.to_owned() }),
        Err(TryLockError::Error(error)) => Err(EmbeddedPostgresError::file("lock", &path)(error)),
    }
}

/// Creates the directory for the user's eyes only. One that is there must be the user's own: in /var/tmp anybody could
/// have laid it out for us.
fn prepare(base: &Path, account: Account) -> Result<(), EmbeddedPostgresError> {
    match DirBuilder::new().mode(0o700).create(base) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(EmbeddedPostgresError::file("create", base)(error));
        }
        _ => {}
    }
    let metadata = fs::symlink_metadata(base).map_err(EmbeddedPostgresError::file("examine", base))?;
    if !metadata.is_dir() || !account.owns(metadata.uid()) {
        return Err(EmbeddedPostgresError::ForeignDirectory { directory: base.to_owned(), owner: metadata.uid() });
    }
    account.give(base).map_err(EmbeddedPostgresError::file("change the owner of", base))
}

/// The directory under /var/tmp that stands in for one that PostgreSQL can't reach.
fn stand_in(directory: &Path) -> PathBuf {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_URL, directory.as_os_str().as_encoded_bytes());
    Path::new("/var/tmp").join(format!("xianjie-{}", hash.simple()))
}

/// The first and the fourth line of `postmaster.pid`.
fn pid_and_port(content: &str) -> Option<(u32, u16)> {
    let mut lines = content.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    let port = lines.nth(2)?.trim().parse().ok()?;
    Some((pid, port))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{lock, pid_and_port, stand_in};

    #[test]
    fn the_pid_file_names_process_and_port() {
        let content = "4711\n/data\n1700000000\n23456\n\n127.0.0.1\n  1234567         3\nready   \n";
        assert_eq!(pid_and_port(content), Some((4711, 23456)));
    }

    #[test]
    fn a_lock_ends_although_a_program_that_is_being_started_holds_a_copy_of_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let first = lock(directory.path()).unwrap();
        let copy = first.0.try_clone().unwrap();
        assert!(lock(directory.path()).is_err(), "one at a time");
        drop(first);
        lock(directory.path()).unwrap();
        drop(copy);
    }

    #[test]
    fn a_pid_file_cut_short_names_nothing() {
        assert_eq!(pid_and_port("4711\n/data\n"), None);
        assert_eq!(pid_and_port(""), None);
    }

    #[test]
    fn the_stand_in_is_the_same_for_the_same_directory_only() {
        assert_eq!(stand_in(Path::new("/root/a")), stand_in(Path::new("/root/a")));
        assert_ne!(stand_in(Path::new("/root/a")), stand_in(Path::new("/root/b")));
    }
}
