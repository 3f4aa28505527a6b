//! A small TCP proxy before a room, the database or the broker, whose line can be made slow, silent, cut or forgetful.
//!
//! This kernel has no netem; what happens on a line is done here, byte by byte, to whoever connects.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// How a line behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// As it should.
    Good,
    /// Every piece takes so long.
    Slow(Duration),
    /// Nothing comes through; nobody is told. What waits goes on when the line is good again.
    Silent,
    /// Every connection is closed, new ones at once.
    Cut,
    /// What is asked comes through; instead of the answer the connection is closed.
    Forgetful,
}

/// A way to a server.
pub struct Door {
    address: SocketAddr,
    line: watch::Sender<Line>,
}

impl Door {
    /// Opens a door to a server, on a free port.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn open(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a free port")?;
        let address = listener.local_addr()?;
        let (line, _) = watch::channel(Line::Good);
        tokio::spawn(serve(listener, target, line.clone()));
        Ok(Self { address, line })
    }

    /// The port of the door.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Makes the line so, for connections old and new.
    pub fn make(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn serve(listener: TcpListener, target: SocketAddr, line: watch::Sender<Line>) {
    while let Ok((client, _)) = listener.accept().await {
        let mut line = line.subscribe();
        // A connection that breaks off is what this is for: whoever connected sees it, and nobody else need.
        tokio::spawn(async move {
            if *line.borrow_and_update() == Line::Cut {
                return;
            }
            let Ok(server) = TcpStream::connect(target).await else { return };
            if client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).is_err() {
                return;
            }
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            let forth = pump(from_client, to_server, line.clone(), false);
            let back = pump(from_server, to_client, line.clone(), true);
            tokio::select! {
                () = forth => {}
                () = back => {}
                _ = line.wait_for(|line| *line == Line::Cut) => {}
            }
        });
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>, answers: bool) {
    let mut buffer = vec![0; 64 * 1_024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let now = *line.borrow_and_update();
        match now {
            Line::Good => {}
            Line::Slow(pause) => tokio::time::sleep(pause).await,
            Line::Silent => {
                if line.wait_for(|line| *line != Line::Silent).await.is_err() {
                    return;
                }
            }
            Line::Cut => return,
            Line::Forgetful if answers => return,
            Line::Forgetful => {}
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
