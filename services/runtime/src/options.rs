//! Settings, as flags and environment variables. An error names the setting to fix.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::NonZeroU16,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Args;
use kernel::Pack;
use secrecy::SecretString;
use tonic::transport::Uri;

/// Requests under way at a time, where no setting says otherwise.
pub const MAX_IN_FLIGHT: NonZeroU16 = NonZeroU16::new(256).unwrap();

/// Connections to PostgreSQL that a room may hold, where no setting says otherwise: the six rooms of one process stay well
/// below PostgreSQL's default of 100.
pub const CONNECTIONS: u16 = 10;

/// Settings of a process that serves rooms.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// PostgreSQL, `postgres://user:password@host:port/database`. Absent: a private PostgreSQL under --data-dir
    ///
    /// `?password_file=/run/secrets/database_{room}` instead of the password reads it from a file; `{room}` stands for the
    /// room's name, so that each room may sign in as itself.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,

    /// Connections to PostgreSQL that each room may hold. All replicas of all rooms together must fit its max_connections
    #[arg(long, env = "XIANJIE_CONNECTIONS", default_value_t = CONNECTIONS, value_parser = clap::value_parser!(u16).range(2..))]
    pub connections: u16,

    /// RabbitMQ, `amqp://user:password@host:port/vhost`. Absent: in-process transport, when all rooms share this process
    ///
    /// `?password_file=` and `{room}` as in DATABASE_URL.
    #[arg(long, env = "AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<SecretString>,

    /// Folder of the county pack
    #[arg(long, env = "XIANJIE_PACK", default_value = "deploy/county/nanxian")]
    pub pack: PathBuf,

    /// Address that gRPC is served on; port 0 takes a free one
    #[arg(long, env = "XIANJIE_LISTEN", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,

    /// Requests that may be under way at a time; the next ones are refused at once with RESOURCE_EXHAUSTED
    #[arg(long, env = "XIANJIE_MAX_IN_FLIGHT", default_value_t = MAX_IN_FLIGHT)]
    pub max_in_flight: NonZeroU16,

    /// Believe `xianjie gateway` about the address that a caller has; only where nobody else can reach this process
    #[arg(long, env = "XIANJIE_BEHIND_GATEWAY")]
    pub behind_gateway: bool,

    /// Address of a room in another process, `review=http://review:50051`; may be repeated, or separated by commas
    #[arg(long = "peer", env = "XIANJIE_PEERS", value_delimiter = ',', value_parser = parse_peer)]
    pub peers: Vec<(String, Uri)>,

    /// Address of the treasury's gRPC port, `http://treasury:50061`. Absent: instructed payments wait
    #[arg(long, env = "XIANJIE_TREASURY")]
    pub treasury: Option<String>,

    /// Folder of the private PostgreSQL, when there is no DATABASE_URL
    #[arg(long, env = "XIANJIE_DATA_DIR", default_value = ".local/xianjie")]
    pub data_dir: PathBuf,

    /// OTLP/gRPC endpoint for traces and metrics, `http://collector:4317`. Absent: none are sent
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,

    /// Serve gRPC reflection, so that grpcurl and the like can list the methods
    #[arg(long, env = "XIANJIE_REFLECTION", default_value_t = true, action = clap::ArgAction::Set)]
    pub reflection: bool,
}

impl Options {
    /// Peers by room.
    #[must_use]
    pub fn peers(&self) -> BTreeMap<String, Uri> {
        self.peers.iter().cloned().collect()
    }
}

/// A room with its address, as `--peer` has it.
///
/// # Errors
/// In words for whoever wrote it.
pub fn parse_peer(text: &str) -> Result<(String, Uri), String> {
    let (room, address) = text.split_once('=').ok_or("must be ROOM=ADDRESS, e.g. review=http://review:50051")?;
    let uri: Uri = address.parse().map_err(|error| format!("{address:?} is no address: {error}"))?;
    if uri.scheme().is_none() {
        return Err(format!("{address:?} needs a scheme, e.g. http://{address}"));
    }
    Ok((room.to_owned(), uri))
}

/// Reads and checks a county pack.
///
/// # Errors
/// When the folder can't be read, or with everything that is wrong in the pack, each with file and key.
pub fn load_pack(folder: &Path) -> anyhow::Result<Arc<Pack>> {
    let setting = || format!("county pack {} (setting --pack or XIANJIE_PACK)", folder.display());
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(setting)? {
        let path = entry.with_context(setting)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).with_context(|| path.display().to_string())?);
        }
    }
    match Pack::parse(&files) {
        Ok(pack) => Ok(Arc::new(pack)),
        Err(errors) => {
            let list: Vec<String> = errors.iter().map(|error| format!("  {error}")).collect();
            bail!("{} has {} faults:\n{}", setting(), list.len(), list.join("\n"))
        }
    }
}
