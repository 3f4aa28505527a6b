//! `xianjie`: serve rooms, play the demo, check a county pack, set a password.

use std::process::ExitCode;

use clap::Parser;
use xianjie::{commands::Cli, output};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::remark(format_args!("xianjie: no threads to run on: {error}"));
            return ExitCode::FAILURE;
        }
    };
    output::exit_code("xianjie", runtime.block_on(cli.run()))
}
