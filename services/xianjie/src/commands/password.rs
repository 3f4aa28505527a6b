//! `xianjie password`: an operator gives a person of the pack a way to sign in.

use std::{
    io::{IsTerminal as _, Read as _},
    process::ExitCode,
};

use anyhow::Context as _;
use runtime::options::{Options, load_pack};
use secrecy::SecretString;

use super::database_to_look_into;
use crate::output::remark;

pub(super) async fn set(account: &str, options: &Options) -> anyhow::Result<ExitCode> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        remark(format_args!("Type the password for {account}, then Ctrl-D:"));
    }
    let mut text = String::new();
    stdin.read_to_string(&mut text).context("no password on standard input")?;
    let password = SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned());
    let pack = load_pack(&options.pack)?;
    let (url, private) = database_to_look_into(options).await?;
    let set = directory::password::set(&url, &pack, account, password).await;
    if let Some(private) = private {
        private.stop().await?;
    }
    set?;
    remark(format_args!("已设置 {account} 的密码 / the password of {account} is set"));
    Ok(ExitCode::SUCCESS)
}
