//! One call of one person: who, by which method, under which key, having read which version.

use kernel::{Actor, refusal::Violations};
use prost_reflect::{DynamicMessage, ReflectMessage};
use sha2::{Digest, Sha256};
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
};
use uuid::Uuid;

use crate::{limits, status};

const AUTHORIZATION: &str = "authorization";

/// The gRPC method of a request, put into its extensions by the server's shell.
#[derive(Debug, Clone)]
pub struct Method(pub String);

/// Who calls, and how a repeat is known.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who acts.
    pub actor: Actor,
    /// The method, `/xianjie.intake.v1.ApplicationService/SubmitApplication`.
    pub method: String,
    /// The caller's key of this attempt (AIP-155); none for reads.
    pub request_id: Option<Uuid>,
    /// SHA-256 of method and request: the same key with another body is refused.
    pub body_hash: Vec<u8>,
    /// The version that the caller read; none when the caller doesn't say.
    pub expected_version: Option<i64>,
    /// Whether it only tries (AIP-163): nothing is stored, not even that it was refused.
    pub validate_only: bool,
    /// The token that the call came with, for rooms that must be asked in the caller's name.
    pub bearer: Option<MetadataValue<Ascii>>,
}

impl Call {
    /// Opens a call that changes something; `keys` gives its `request_id` and `etag`.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when `request_id` is no UUID, `etag` no version, or a field holds what none may hold (see
    /// [`limits`]); UNAUTHENTICATED without an actor.
    pub fn open<R: ReflectMessage>(
        request: Request<R>,
        keys: impl Fn(&R) -> (&str, &str),
    ) -> Result<(Self, R), Status> {
        let (mut call, message) = Self::unchecked(request)?;
        let (request_id, etag) = keys(&message);
        let encoded = message.encode_to_vec();
        let mut wrong = Violations::default();
        call.validate_only = only_tries(&limits::check(&message, &encoded, &mut wrong));
        match Uuid::parse_str(request_id) {
            Ok(id) if !id.is_nil() => call.request_id = Some(id),
            _ => wrong.add(
                "REQUEST_ID",
                "request_id",
                "request_id 必须是 UUID",
                "must be a UUID that names this attempt",
            ),
        }
        if !etag.is_empty() {
            match etag.parse() {
                Ok(version) => call.expected_version = Some(version),
                Err(_) => wrong.add("ETAG", "etag", "etag 无效", "must be the etag that was read"),
            }
        }
        wrong.finish().map_err(|refusal| status::refused(&refusal))?;
        let mut hash = Sha256::new();
        hash.update(call.method.as_bytes());
        hash.update(encoded);
        call.body_hash = hash.finalize().to_vec();
        Ok((call, message))
    }

    /// Opens a call that only reads.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when a field holds what none may hold (see [`limits`]); UNAUTHENTICATED without an actor.
    pub fn read<R: ReflectMessage>(request: Request<R>) -> Result<(Self, R), Status> {
        let (call, message) = Self::unchecked(request)?;
        Ok((call, readable(message)?))
    }

    /// A request to another room in the caller's name.
    #[must_use]
    pub fn to_peer<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(bearer) = &self.bearer {
            request.metadata_mut().insert(AUTHORIZATION, bearer.clone());
        }
        request
    }

    fn unchecked<R>(request: Request<R>) -> Result<(Self, R), Status> {
        let (metadata, extensions, message) = request.into_parts();
        let mut bearer = metadata.get(AUTHORIZATION).cloned();
        // A call may be shown in a log, its token never.
        bearer.iter_mut().for_each(|token| token.set_sensitive(true));
        let actor = extensions.get::<Actor>().cloned().ok_or_else(unauthenticated)?;
        let method = extensions.get::<Method>().map_or_else(String::new, |method| method.0.clone());
        let call = Self {
            actor,
            method,
            request_id: None,
            body_hash: Vec::new(),
            expected_version: None,
            validate_only: false,
            bearer,
        };
        Ok((call, message))
    }
}

/// Whether a request says that it only tries; most can't.
fn only_tries(message: &DynamicMessage) -> bool {
    message.get_field_by_name("validate_only").and_then(|said| said.as_bool()).unwrap_or_default()
}

/// A message of someone who has no token yet, unless a field holds what none may hold (see [`limits`]).
///
/// # Errors
/// INVALID_ARGUMENT with every such field.
pub fn readable<R: ReflectMessage>(message: R) -> Result<R, Status> {
    let mut wrong = Violations::default();
    limits::check(&message, &message.encode_to_vec(), &mut wrong);
    wrong.finish().map_err(|refusal| status::refused(&refusal))?;
    Ok(message)
}

/// The answer to a call without a valid token.
#[must_use]
pub fn unauthenticated() -> Status {
    status::plain(
        Code::Unauthenticated,
        "UNAUTHENTICATED",
        "未登录或令牌已失效,请重新登录",
        "no valid token: sign in first",
    )
}
