//! Passwords: argon2id, hashed off the async threads, for it takes its time on purpose.

use std::sync::LazyLock;

use anyhow::{Context as _, anyhow, bail};
use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier as _};
use kernel::Pack;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;

use crate::store;

/// The shortest password that an operator may set [design].
const SHORTEST: usize = 12;

/// A hash that nothing matches, so that an unknown account takes as long as a wrong password.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody").unwrap_or_default());

/// Sets the password of the person of the pack with this account, in the directory's own store.
///
/// # Errors
/// When it is shorter than twelve characters, nobody has the account, or the store fails.
pub async fn set(database_url: &str, pack: &Pack, account: &str, password: SecretString) -> anyhow::Result<()> {
    let phc = long_enough(password).await?;
    let pool = crate::service().open_store(database_url).await?;
    store::load_pack(&pool, pack).await.context("the pack's persons can't be loaded")?;
    if store::set_password(&pool, account, &phc).await? { Ok(()) } else { Err(nobody_has(account)) }
}

/// Gives an account its first password; `false` when it has one, which is left as it is.
///
/// # Errors
/// As [`set`].
pub async fn set_first(pool: &PgPool, pack: &Pack, account: &str, password: SecretString) -> anyhow::Result<bool> {
    if !pack.persons.iter().any(|person| person.account == account) {
        return Err(nobody_has(account));
    }
    store::load_pack(pool, pack).await.context("the pack's persons can't be loaded")?;
    if store::credential(pool, account).await?.is_some() {
        return Ok(false);
    }
    Ok(store::set_password(pool, account, &long_enough(password).await?).await?)
}

/// Gives every person of the pack the same password: for the demo and the tests, never called by `xianjie run`.
///
/// # Errors
/// When the store fails.
pub async fn set_for_all(pool: &PgPool, pack: &Pack, password: SecretString) -> anyhow::Result<()> {
    // One hash for all: they share the password anyway, and a county's worth of hashing takes minutes.
    let phc = hash(password).await?;
    store::load_pack(pool, pack).await.context("the pack's persons can't be loaded")?;
    let accounts: Vec<&str> = pack.persons.iter().map(|person| person.account.as_str()).collect();
    store::set_passwords(pool, &accounts, &phc).await.context("passwords can't be stored")
}

/// Whether the password matches the hash; without a hash it takes as long and doesn't.
pub(crate) async fn matches(password: SecretString, phc: Option<String>) -> anyhow::Result<bool> {
    let matched = tokio::task::spawn_blocking(move || {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| NOBODY.clone());
        let hash = PasswordHash::new(&phc).map_err(|error| anyhow!("a stored password hash is malformed: {error}"))?;
        anyhow::Ok(Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok() && known)
    });
    matched.await?
}

fn nobody_has(account: &str) -> anyhow::Error {
    anyhow!("nobody has the account {account:?}: persons come from the county pack")
}

async fn long_enough(password: SecretString) -> anyhow::Result<String> {
    if password.expose_secret().chars().count() < SHORTEST {
        bail!("a password needs at least {SHORTEST} characters");
    }
    hash(password).await
}

async fn hash(password: SecretString) -> anyhow::Result<String> {
    tokio::task::spawn_blocking(move || hash_now(password.expose_secret())).await?
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| anyhow!("can't hash: {error}"))?;
    Ok(hash.to_string())
}
