//! A disk that can't flush: while a certain file exists, PostgreSQL's `fsync` and `fdatasync` fail with EIO.
//!
//! There is no device-mapper to break here, so a small library stands before the C library's functions. PostgreSQL is
//! started with an environment of its own, so the library comes by a wrapper of its program, which is first in our PATH.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use play::say;

/// Names the file; set means that the wrapper is in place.
const VARIABLE: &str = "DRILL_FLUSH_FAILS";

const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int flush(const char *name, int file) {
    const char *fails = getenv("DRILL_FLUSH_FAILS");
    if (fails && access(fails, F_OK) == 0) { errno = EIO; return -1; }
    return ((int (*)(int)) dlsym(RTLD_NEXT, name))(file);
}
int fsync(int file) { return flush("fsync", file); }
int fdatasync(int file) { return flush("fdatasync", file); }
"#;

/// The file whose existence makes flushes fail; none when this run has no such library.
pub fn switch() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// Starts this program once more, with the library before PostgreSQL. Returns when there is no C compiler to build it.
///
/// # Errors
/// When files can't be written, or the program can't be started.
pub fn start_over(folder: &Path) -> anyhow::Result<()> {
    let programs = folder.join("programs");
    fs::create_dir_all(&programs)?;
    let (source, library) = (programs.join("flush.c"), programs.join("flush.so"));
    fs::write(&source, LIBRARY)?;
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    if !built.is_ok_and(|status| status.success()) {
        say("no C compiler: flushes won't fail in this run");
        return Ok(());
    }
    let found = Command::new(play::root().join("deploy/install")).args(["--where", "postgresql"]).output()?;
    let real = PathBuf::from(String::from_utf8(found.stdout)?.trim());
    let switch = programs.join("flushes-fail");
    for program in ["initdb", "pg_ctl", "postgres"] {
        let preload = match program {
            "postgres" => format!("export LD_PRELOAD='{}' {VARIABLE}='{}'\n", library.display(), switch.display()),
            _ => String::new(),
        };
        let wrapper = programs.join(program);
        fs::write(&wrapper, format!("#!/bin/sh\n{preload}exec '{}' \"$@\"\n", real.join(program).display()))?;
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs.clone()).chain(std::env::split_paths(&path)))?;
    let failed = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env("PATH", path)
        .env(VARIABLE, switch)
        .exec();
    Err(failed).context("the drill can't start itself over")
}
