//! A process of rooms for tests; what it does stands in [`tests::serving`].

use clap::Parser;
use tests::serving::Serving;

#[derive(Parser)]
struct Room {
    #[command(flatten)]
    serving: Serving,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Room::parse().serving.run().await
}
