//! `xianjie redrive`: what the rooms have said is said again, after a broker lost its directory.

use std::process::ExitCode;

use anyhow::Context as _;
use runtime::{Redriven, options::Options};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{database_to_look_into, parked::no_room};
use crate::{
    house::{self, ROOMS},
    output::line,
};

/// Says again what one room, or each, has said since then.
pub(super) async fn redrive(
    since: OffsetDateTime,
    only: Option<&str>,
    dry_run: bool,
    json: bool,
    options: &Options,
) -> anyhow::Result<ExitCode> {
    let rooms = only.map_or_else(|| ROOMS.to_vec(), |room| vec![room]);
    let (url, private) = database_to_look_into(options).await?;
    for room in rooms {
        let service = house::room(room).with_context(|| no_room(room))?;
        let Redriven { said, enqueued } = service.redrive(&url, since, dry_run).await?;
        if json {
            line(serde_json::json!({"room": room, "said": said, "enqueued": enqueued, "dry_run": dry_run}));
        } else {
            line(format_args!(
                "{room}: {said} 条消息,重新入列 {enqueued} 条 / messages said, {enqueued} to be sent again"
            ));
        }
    }
    if let Some(private) = private {
        private.stop().await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A moment as RFC 3339 has it.
pub(super) fn moment(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|error| format!("a moment is like 2022-03-01T09:00:00+08:00: {error}"))
}
