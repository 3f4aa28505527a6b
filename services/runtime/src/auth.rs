//! From a bearer token to an [`Actor`]: EdDSA only, with issuer, audience and expiry required.
//!
//! The public keys come from the directory (JWKS) and are kept by `kid`; an unknown `kid` is looked up again, at most
//! once in ten seconds, so that a forged one costs nothing.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use kernel::{Actor, PersonId, Post};
use serde::{Deserialize, Serialize};
use tokio::{sync::RwLock, time::Instant};
use tonic::{Code, Status};

use crate::{BoxFuture, Clock, call::unauthenticated, status};

/// Issuer of every token.
pub const ISSUER: &str = "xianjie-directory";
/// Audience of every token.
pub const AUDIENCE: &str = "xianjie";

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer, [`ISSUER`].
    pub iss: String,
    /// Audience, [`AUDIENCE`].
    pub aud: String,
    /// County division code: a token of another county is worth nothing here.
    pub county: String,
    /// Person id.
    pub sub: String,
    /// Name.
    pub name: String,
    /// Posts, `role@org`.
    pub posts: Vec<String>,
    /// Whom this person stands in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// Expires, seconds since 1970.
    pub exp: i64,
}

/// Where the public keys come from.
pub type FetchKeys = Arc<dyn Fn() -> BoxFuture<'static, anyhow::Result<JwkSet>> + Send + Sync>;

/// Verifies tokens.
#[derive(Clone)]
pub struct Verifier {
    fetch: FetchKeys,
    keys: Arc<RwLock<Keys>>,
    clock: Clock,
    county: String,
}

#[derive(Default)]
struct Keys {
    by_kid: HashMap<String, Arc<DecodingKey>>,
    fetched: Option<Instant>,
}

impl Verifier {
    /// A verifier for one county's tokens.
    #[must_use]
    pub fn new(fetch: FetchKeys, clock: Clock, county: String) -> Self {
        Self { fetch, keys: Arc::default(), clock, county }
    }

    /// The actor that the `authorization` header stands for.
    ///
    /// # Errors
    /// UNAUTHENTICATED for a missing, malformed, forged, expired or foreign token; UNAVAILABLE when the keys can't be had.
    pub async fn actor(&self, headers: &http::HeaderMap) -> Result<Actor, Status> {
        let token = headers
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(unauthenticated)?;
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or_else(unauthenticated)?;
        let key = self.key(&kid).await?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is checked below, by the runtime's clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| unauthenticated())?.claims;
        if claims.exp <= self.clock.now().unix_timestamp() || claims.county != self.county {
            return Err(unauthenticated());
        }
        actor(claims).ok_or_else(unauthenticated)
    }

    async fn key(&self, kid: &str) -> Result<Arc<DecodingKey>, Status> {
        if let Some(key) = self.keys.read().await.by_kid.get(kid) {
            return Ok(key.clone());
        }
        let mut keys = self.keys.write().await;
        if let Some(key) = keys.by_kid.get(kid) {
            return Ok(key.clone());
        }
        if keys.fetched.is_some_and(|at| at.elapsed() < Duration::from_secs(10)) {
            return Err(unauthenticated());
        }
        let set = (self.fetch)().await.map_err(|error| {
            tracing::warn!(error = format!("{error:#}"), "can't fetch the directory's keys");
            status::plain(
                Code::Unavailable,
                "DIRECTORY_UNAVAILABLE",
                "身份服务暂不可用,请稍后重试",
                "the directory can't be reached; try again",
            )
        })?;
        keys.fetched = Some(Instant::now());
        keys.by_kid = set
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, Arc::new(DecodingKey::from_jwk(jwk).ok()?))))
            .collect();
        keys.by_kid.get(kid).cloned().ok_or_else(unauthenticated)
    }
}

fn actor(claims: Claims) -> Option<Actor> {
    let posts: Result<Vec<Post>, _> = claims.posts.iter().map(|post| post.parse()).collect();
    Some(Actor {
        person: PersonId(claims.sub),
        name: claims.name,
        posts: posts.ok()?,
        on_behalf_of: claims.on_behalf_of.map(PersonId),
    })
}
