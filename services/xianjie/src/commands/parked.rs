//! `xianjie parked`: messages that were set aside, with their reasons; an operator sees them and has them tried again.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use messaging::parked::{self, Parked};
use runtime::options::Options;
use uuid::Uuid;

use super::database_to_look_into;
use crate::{
    house::{self, ROOMS},
    output::line,
};

/// Messages listed of a room at most; the longest waiting come first.
const MOST: i64 = 1000;

/// Lists what is set aside, in one room or in all.
pub(super) async fn list(only: Option<&str>, json: bool, options: &Options) -> anyhow::Result<ExitCode> {
    let (url, private) = database_to_look_into(options).await?;
    let rooms = only.map_or_else(|| ROOMS.to_vec(), |room| vec![room]);
    let mut count = 0;
    for room in rooms {
        let pool = house::room(room).with_context(|| no_room(room))?.open_store(&url).await?;
        for message in parked::list(&pool, MOST).await? {
            line(if json { as_json(room, &message).to_string() } else { as_text(room, &message) });
            count += 1;
        }
    }
    if !json {
        line(format_args!("{count} 条搁置消息 / messages set aside"));
    }
    if let Some(private) = private {
        private.stop().await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Has one message tried again.
pub(super) async fn replay(room: &str, id: Uuid, options: &Options) -> anyhow::Result<ExitCode> {
    let (url, private) = database_to_look_into(options).await?;
    let pool = house::room(room).with_context(|| no_room(room))?.open_store(&url).await?;
    let marked = parked::replay(&pool, id).await;
    if let Some(private) = private {
        private.stop().await?;
    }
    if !marked? {
        bail!("room {room} has set no message {id} aside: see `xianjie parked list {room}`");
    }
    line(format_args!("已安排重试 / {room} tries {id} again within seconds, if it is running"));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn no_room(room: &str) -> String {
    format!("{room:?} is no room; there are {}", ROOMS.join(", "))
}

fn as_json(room: &str, parked: &Parked) -> serde_json::Value {
    serde_json::json!({
        "room": room,
        "id": parked.message.id.to_string(),
        "kind": parked.message.kind,
        "stream": parked.message.stream.to_string(),
        "version": parked.message.version,
        "reason": parked.reason,
        "attempts": parked.attempts,
        "parked_at": parked.parked_at.unix_timestamp(),
        "waits_for_a_person": parked.retry_at.is_none(),
    })
}

fn as_text(room: &str, parked: &Parked) -> String {
    let waits = if parked.retry_at.is_some() {
        "自动重试 tried again by itself"
    } else {
        "待人工处理 waits for a person"
    };
    format!(
        "{room} {} {} ({} 次 attempts,{waits})\n  {}",
        parked.message.id, parked.message.kind, parked.attempts, parked.reason
    )
}
