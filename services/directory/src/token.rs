//! Tokens: short-lived, EdDSA-signed. The private key never leaves this room; the public one is published as JWKS.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use kernel::Division;
use runtime::{
    auth::{AUDIENCE, Claims, ISSUER},
    eddsa,
};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use proto::directory::v1::Person;

use crate::store;

/// How long a token lives.
const LIFETIME: Duration = Duration::minutes(30);

/// The keys that sign and verify.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    kid: String,
    sign: EncodingKey,
    jwks: String,
}

impl Keys {
    /// The stored keys; makes the first one.
    pub async fn open(pool: &PgPool) -> anyhow::Result<Self> {
        eddsa::install();
        let stored = store::signing_keys(pool, &fresh()?).await?;
        let (kid, newest) = stored.first().cloned().context("no signing key was stored")?;
        let keys = stored.iter().map(|(kid, pkcs8)| public(kid, pkcs8)).collect::<anyhow::Result<Vec<Jwk>>>()?;
        let jwks = serde_json::to_string(&JwkSet { keys })?;
        Ok(Self(Arc::new(Inner { kid, sign: EncodingKey::from_ed_der(&newest), jwks })))
    }

    /// The public keys as JSON.
    pub fn jwks(&self) -> &str {
        &self.0.jwks
    }

    /// A token for this person, and when it ends.
    pub fn issue(
        &self,
        county: Division,
        person: &Person,
        now: OffsetDateTime,
    ) -> anyhow::Result<(String, OffsetDateTime)> {
        let expires = now + LIFETIME;
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            county: county.to_string(),
            sub: person.person_id.clone(),
            name: person.display_name.clone(),
            posts: person.posts.clone(),
            on_behalf_of: Some(person.on_behalf_of.clone()).filter(|person| !person.is_empty()),
            iat: now.unix_timestamp(),
            exp: expires.unix_timestamp(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.0.kid.clone());
        Ok((jsonwebtoken::encode(&header, &claims, &self.0.sign)?, expires))
    }
}

/// A new key with its id.
fn fresh() -> anyhow::Result<(String, Vec<u8>)> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    Ok((Uuid::now_v7().to_string(), eddsa::private_key(&seed)))
}

fn public(kid: &str, pkcs8: &[u8]) -> anyhow::Result<Jwk> {
    let mut jwk = Jwk::from_encoding_key(&EncodingKey::from_ed_der(pkcs8), Algorithm::EdDSA)?;
    jwk.common.key_id = Some(kid.to_owned());
    Ok(jwk)
}
