//! Calls with any bytes at all: a codec that reads and writes nothing but bytes.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use tonic::{
    Request, Response, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};

/// No answer may take longer.
pub const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

/// What a method answers to these bytes; a call without an answer in time is DEADLINE_EXCEEDED.
///
/// # Errors
/// The refusal.
///
/// # Panics
/// When the method or the authorization can't stand in a request.
pub async fn call(channel: &Channel, method: &str, authorization: &str, body: Bytes) -> Result<Bytes, Status> {
    let mut grpc = ready(channel).await?;
    let answer = grpc.unary(request(authorization, body), method.parse().expect("a path"), Raw);
    in_time(answer).await.map(Response::into_inner)
}

/// Whether a method that answers with a stream begins one; it is not read.
///
/// # Errors
/// The refusal.
///
/// # Panics
/// As [`call`].
pub async fn open_stream(channel: &Channel, method: &str, authorization: &str, body: Bytes) -> Result<(), Status> {
    let mut grpc = ready(channel).await?;
    let answer = grpc.server_streaming(request(authorization, body), method.parse().expect("a path"), Raw);
    in_time(answer).await.map(drop)
}

async fn ready(channel: &Channel) -> Result<Grpc<Channel>, Status> {
    let mut grpc = Grpc::new(channel.clone()).max_encoding_message_size(usize::MAX);
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    Ok(grpc)
}

fn request(authorization: &str, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    if !authorization.is_empty() {
        request.metadata_mut().insert("authorization", authorization.parse().expect("a header"));
    }
    request
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
    let late = |_| Err(Status::deadline_exceeded("no answer in time"));
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(late)
}
