//! As which user of this machine PostgreSQL runs: as ourselves, or, since it refuses root, as another user.
//! Every program of PostgreSQL is started through here, in a process group of its own, so that Ctrl-C in the terminal
//! reaches only us, and without our environment, whose PG… variables speak of other servers.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::EmbeddedPostgresError;

/// Who may run PostgreSQL when we are root, best first.
const STAND_INS: [&str; 2] = ["postgres", "nobody"];

/// The user that runs PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The user that runs this process.
    Ourselves,
    /// We are root and become this user for PostgreSQL.
    Other {
        /// The user's number.
        uid: u32,
        /// The number of the user's group.
        gid: u32,
    },
}

impl Account {
    /// Chooses the user; as root, the owner of the data where data exist, so that a directory keeps its owner.
    pub(super) fn choose(data: &Path) -> Result<Self, EmbeddedPostgresError> {
        if number_of(&["-u"]) != Some(0) {
            return Ok(Self::Ourselves);
        }
        if let Ok(metadata) = fs::metadata(data)
            && metadata.uid() != 0
        {
            return Ok(Self::Other { uid: metadata.uid(), gid: metadata.gid() });
        }
        STAND_INS
            .iter()
            .find_map(|name| Some(Self::Other { uid: number_of(&["-u", name])?, gid: number_of(&["-g", name])? }))
            .ok_or(EmbeddedPostgresError::NoAccount)
    }

    /// A command that runs as this user.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // LC_ALL=C keeps the messages of initdb recognisable; "/" is a folder that every user can enter.
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        command.stdin(Stdio::null()).process_group(0);
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Makes this user the owner of a file or directory of ours.
    pub(super) fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)),
        }
    }

    /// Whether this user can write in a directory; a closed parent directory is enough to prevent it.
    pub(super) fn can_write_in(self, directory: &Path) -> bool {
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", "test -w \"$1\" && test -x \"$1\"", "sh"]).arg(directory);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Whether a file's owner is this user, or root, who may do everything anyway.
    pub(super) fn owns(self, owner: u32) -> bool {
        match self {
            Self::Ourselves => number_of(&["-u"]) == Some(owner),
            Self::Other { uid, .. } => owner == uid || owner == 0,
        }
    }
}

/// Asks `id` for a number; the standard library has no call for it and unsafe code is forbidden here.
fn number_of(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
