//! The wire to the broker: TCP, and for `amqps` TLS over it, by rustls with the system's roots.
//!
//! lapin's own TLS brings a reader of PKCS#12 keystores and forty packages along; nobody here has such a keystore.
//! Invariant: what says `amqps` is never spoken in clear, nor with somebody who can't prove the name.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_rs::Tokio;
use async_rs::traits::{Executor, Reactor, RuntimeKit};
use async_rs::util::Task;
use futures::{Stream, TryFutureExt as _};
use lapin::uri::{AMQPScheme, AMQPUri};
use rustls_native_certs::load_native_certs;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

/// A connection, whatever it goes over.
pub(super) type Line = Compat<Box<dyn Duplex>>;

/// What can be read and written.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Connects to the broker that this address names.
pub(super) async fn connect(uri: &AMQPUri) -> io::Result<Line> {
    let stream = tcp((uri.authority.host.as_str(), uri.authority.port)).await?;
    match uri.scheme {
        AMQPScheme::AMQP => Ok(line(stream)),
        AMQPScheme::AMQPS => encrypted(stream, &uri.authority.host, system_roots()?).await,
    }
}

async fn tcp(address: impl tokio::net::ToSocketAddrs) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn encrypted(stream: TcpStream, host: &str, roots: RootCertStore) -> io::Result<Line> {
    let name =
        ServerName::try_from(host.to_owned()).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(line(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}

fn system_roots() -> io::Result<RootCertStore> {
    let found = load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    match found.errors.into_iter().next() {
        Some(error) if roots.is_empty() => Err(io::Error::other(error)),
        _ => Ok(roots),
    }
}

fn line(stream: impl Duplex + 'static) -> Line {
    let stream: Box<dyn Duplex> = Box::new(stream);
    stream.compat()
}

/// tokio as lapin sees it, with our lines for connections.
#[derive(Debug, Clone)]
pub(super) struct Wire(Tokio);

impl Wire {
    /// The runtime that we are in.
    pub(super) fn current() -> Self {
        Self(Tokio::current())
    }
}

impl RuntimeKit for Wire {}

impl Executor for Wire {
    type Task<T: Send + 'static> = <Tokio as Executor>::Task<T>;

    fn block_on<T, F: Future<Output = T>>(&self, future: F) -> T {
        self.0.block_on(future)
    }

    fn spawn<T: Send + 'static, F: Future<Output = T> + Send + 'static>(&self, future: F) -> Task<Self::Task<T>> {
        self.0.spawn(future)
    }

    fn spawn_blocking<T: Send + 'static, F: FnOnce() -> T + Send + 'static>(&self, work: F) -> Task<Self::Task<T>> {
        self.0.spawn_blocking(work)
    }
}

impl Reactor for Wire {
    type TcpStream = Line;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + Send + 'static>(
        &self,
        _: H,
    ) -> io::Result<impl futures::AsyncRead + futures::AsyncWrite + Send + Unpin + 'static> {
        Err::<Line, _>(io::ErrorKind::Unsupported.into())
    }

    fn sleep(&self, length: Duration) -> Self::Sleep {
        self.0.sleep(length)
    }

    fn interval(&self, length: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(length)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        tcp(address).map_ok(line)
    }
}

#[cfg(test)]
mod tests {
    use futures::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::ServerConfig;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

    use super::*;

    const CERTIFICATE: &[u8] = include_bytes!("../../../tests/tls/certificate.pem");
    const KEY: &[u8] = include_bytes!("../../../tests/tls/key.pem");

    fn certificate() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate")
    }

    /// A server called localhost that says everything back; tells what it heard.
    async fn server() -> (TcpStream, JoinHandle<io::Result<Vec<u8>>>) {
        let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate()], key))
            .expect("settings");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
            let mut heard = vec![0; 8];
            stream.read_exact(&mut heard).await?;
            stream.write_all(&heard).await?;
            stream.flush().await?;
            Ok(heard)
        });
        (tcp(address).await.expect("it listens"), serving)
    }

    #[tokio::test]
    async fn a_broker_that_proves_its_name_is_spoken_to() {
        let mut roots = RootCertStore::empty();
        roots.add(certificate()).expect("a root");
        let (stream, serving) = server().await;
        let mut line = encrypted(stream, "localhost", roots).await.expect("it is whom we trust");
        line.write_all(b"AMQP\0\0\x09\x01").await.expect("it hears");
        line.flush().await.expect("it hears");
        let mut answer = [0; 8];
        line.read_exact(&mut answer).await.expect("it answers");
        assert_eq!(&answer, b"AMQP\0\0\x09\x01");
        assert_eq!(serving.await.expect("it served").expect("it heard"), answer);
    }

    #[tokio::test]
    async fn who_can_not_prove_the_name_hears_nothing() {
        let (stream, serving) = server().await;
        let stranger = encrypted(stream, "localhost", RootCertStore::empty()).await;
        assert!(stranger.is_err(), "nobody vouches for it");
        assert!(serving.await.expect("it served").is_err(), "it heard nothing");

        let mut roots = RootCertStore::empty();
        roots.add(certificate()).expect("a root");
        let (stream, serving) = server().await;
        assert!(encrypted(stream, "rabbitmq.county", roots).await.is_err(), "it is another");
        assert!(serving.await.expect("it served").is_err(), "it heard nothing");
    }
}
