//! What a program says: answers on standard output, remarks on standard error.
//!
//! The invariant: nothing that is said can stop or spoil what is done. Once nobody reads any more (`| head`), no further
//! answer is written, and whoever would go on for the answers' sake ends by [`nobody_reads`]; remarks just fall away.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write as _},
    process::ExitCode,
};

use tokio::sync::SetOnce;

/// The exit code of what ended early for want of a reader: what a shell says of a program that SIGPIPE ended.
const ENDED_EARLY: u8 = 141;

/// Why no further answer is written.
static STOPPED: SetOnce<io::Error> = SetOnce::const_new();

/// Nobody reads what would be said.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads standard output any more")]
pub struct NobodyReads;

/// Says a line of the answer.
pub fn line(said: impl Display) {
    if STOPPED.initialized() {
        return;
    }
    if let Err(error) = writeln!(io::stdout(), "{said}") {
        // Two threads may find it out at once; the first is believed.
        let _ = STOPPED.set(error);
    }
}

/// Says something beside the answer to whoever waits.
pub fn remark(said: impl Display) {
    // Who closed this doesn't want to hear it.
    let _ = writeln!(io::stderr(), "{said}");
}

/// Says how far something has come, over what was said of it before: for a terminal.
pub fn progress(said: impl Display) {
    let _ = write!(io::stderr(), "\r{said}");
}

/// Resolves once nobody reads the answers.
pub async fn nobody_reads() -> NobodyReads {
    STOPPED.wait().await;
    NobodyReads
}

/// The exit code of a program that ended so; says why when it failed.
#[must_use]
pub fn exit_code(program: &str, ended: anyhow::Result<ExitCode>) -> ExitCode {
    if let Some(error) = STOPPED.get().filter(|error| error.kind() != ErrorKind::BrokenPipe) {
        remark(format_args!("{program}: can't write to standard output: {error}"));
        return ExitCode::FAILURE;
    }
    match ended {
        Ok(code) => code,
        Err(error) if error.is::<NobodyReads>() => ExitCode::from(ENDED_EARLY),
        Err(error) => {
            remark(format_args!("{program}: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
