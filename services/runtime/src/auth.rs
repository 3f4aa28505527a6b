//! From a bearer token to an [`Actor`]: EdDSA only, with issuer, audience and expiry required.
//!
//! The public keys come from the directory (JWKS) and are kept by `kid`; an unknown `kid` is looked up again, at most
//! once in ten seconds, so that a forged one costs nothing. A token whose signature was found good is known again by its
//! hash; its expiry is looked at each time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hashlink::LruCache;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use kernel::{Actor, Pack, PersonId, Post};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::{sync::RwLock, time::Instant};
use tonic::{Code, Status};

use crate::{BoxFuture, Clock, call::unauthenticated, eddsa, status};

/// Issuer of every token.
pub const ISSUER: &str = "xianjie-directory";
/// Audience of every token.
pub const AUDIENCE: &str = "xianjie";

/// So many tokens are known again without a look at their signature: the people of a county who are at work.
const KNOWN: usize = 4096;

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
    known: Arc<Mutex<LruCache<TokenHash, Known>>>,
    clock: Clock,
    pack: Arc<Pack>,
}

/// SHA-256 of a token: what is kept of it lets nobody in.
type TokenHash = [u8; 32];

/// Whom a token with a good signature stands for.
#[derive(Clone)]
struct Known {
    actor: Actor,
    /// Seconds since 1970.
    expires: i64,
}

#[derive(Default)]
struct Keys {
    by_kid: HashMap<String, Arc<DecodingKey>>,
    fetched: Option<Instant>,
}

impl Verifier {
    /// A verifier for the tokens of the county of this pack.
    #[must_use]
    pub fn new(fetch: FetchKeys, clock: Clock, pack: Arc<Pack>) -> Self {
        eddsa::install();
        Self { fetch, keys: Arc::default(), known: Arc::new(Mutex::new(LruCache::new(KNOWN))), clock, pack }
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
        let hash: TokenHash = Sha256::digest(token).into();
        let known = self.known().get(&hash).cloned();
        let Known { actor, expires } = match known {
            Some(known) => known,
            None => self.verify(token, hash).await?,
        };
        // By the runtime's clock, which tests and the demo drive.
        if expires <= self.clock.now().unix_timestamp() {
            return Err(unauthenticated());
        }
        Ok(actor)
    }

    async fn verify(&self, token: &str, hash: TokenHash) -> Result<Known, Status> {
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid).ok_or_else(unauthenticated)?;
        let key = self.key(&kid).await?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is checked by the caller, each time.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| unauthenticated())?.claims;
        if claims.county != self.pack.county.division.as_str() {
            return Err(unauthenticated());
        }
        let expires = claims.exp;
        let known = Known { actor: actor(claims, &self.pack).ok_or_else(unauthenticated)?, expires };
        self.known().insert(hash, known.clone());
        Ok(known)
    }

    // Nothing panics while it is held.
    fn known(&self) -> MutexGuard<'_, LruCache<TokenHash, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
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
        // A key that is withdrawn takes its tokens with it.
        self.known().clear();
        keys.by_kid = set
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone()?, Arc::new(DecodingKey::from_jwk(jwk).ok()?))))
            .collect();
        keys.by_kid.get(kid).cloned().ok_or_else(unauthenticated)
    }
}

/// Whom the claims name, in those of the posts that the pack still gives that person, or the one acted for (C14).
fn actor(claims: Claims, pack: &Pack) -> Option<Actor> {
    let (person, on_behalf_of) = (PersonId(claims.sub), claims.on_behalf_of.map(PersonId));
    let holder = pack.person(on_behalf_of.as_ref().unwrap_or(&person));
    let posts: Result<Vec<Post>, _> = claims.posts.iter().map(|post| post.parse()).collect();
    let held = |post: &Post| holder.is_some_and(|holder| holder.posts.contains(post));
    let posts = posts.ok()?.into_iter().filter(held).collect();
    Some(Actor { person, name: claims.name, posts, on_behalf_of })
}
