//! `xianjie`: serve rooms, play the demo, check a county pack, set a password.

use std::process::ExitCode;

use clap::Parser;
use xianjie::commands::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("xianjie: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli.run()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xianjie: {error:#}");
            ExitCode::FAILURE
        }
    }
}
