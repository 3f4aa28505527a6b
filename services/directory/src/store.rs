//! The room's SQL: persons and posts as the pack says, credentials, keys; who acts for whom stands in [`delegations`].

pub mod calendar_years;
pub mod delegations;

use kernel::Pack;
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::domain::listing::StoredPerson;

runtime::from_row!(StoredPerson { person_id, display_name, posts });

/// What a sign-in is judged by.
pub struct Credential {
    pub person: StoredPerson,
    pub password_phc: String,
    pub failures: i32,
    pub failed_at: Option<OffsetDateTime>,
}

runtime::from_row!(Credential { ..person, password_phc, failures, failed_at });

/// Brings organisations, persons and posts to what the pack says, in one transaction.
pub async fn load_pack(pool: &PgPool, pack: &Pack) -> sqlx::Result<()> {
    let org_codes: Vec<String> = pack.organisations.iter().map(|org| org.code.to_string()).collect();
    let org_names: Vec<&str> = pack.organisations.iter().map(|org| org.name.as_str()).collect();
    let ids: Vec<&str> = pack.persons.iter().map(|person| person.id.0.as_str()).collect();
    let names: Vec<&str> = pack.persons.iter().map(|person| person.name.as_str()).collect();
    let accounts: Vec<&str> = pack.persons.iter().map(|person| person.account.as_str()).collect();
    let posts = || pack.persons.iter().flat_map(|person| person.posts.iter().map(move |post| (person, post)));
    let holders: Vec<&str> = posts().map(|(person, _)| person.id.0.as_str()).collect();
    let held: Vec<String> = posts().map(|(_, post)| post.to_string()).collect();

    let mut transaction = pool.begin().await?;
    // Replicas that start together take turns.
    sqlx::query("lock table persons in share row exclusive mode").execute(&mut *transaction).await?;
    sqlx::query("delete from organisations where org_code <> all ($1)")
        .bind(&org_codes)
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "insert into organisations (org_code, display_name) select * from unnest($1::text[], $2::text[])
         on conflict (org_code) do update set display_name = excluded.display_name",
    )
    .bind(&org_codes)
    .bind(&org_names)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("delete from persons where person_id <> all ($1)").bind(&ids).execute(&mut *transaction).await?;
    sqlx::query(
        "insert into persons (person_id, display_name, account) select * from unnest($1::text[], $2::text[], $3::text[])
         on conflict (person_id) do update set display_name = excluded.display_name, account = excluded.account",
    )
    .bind(&ids)
    .bind(&names)
    .bind(&accounts)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("delete from posts").execute(&mut *transaction).await?;
    sqlx::query("insert into posts (person_id, post) select * from unnest($1::text[], $2::text[])")
        .bind(&holders)
        .bind(&held)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// The credential of an account; none when nobody has it or no password was set.
pub async fn credential(pool: &PgPool, account: &str) -> sqlx::Result<Option<Credential>> {
    sqlx::query_as(
        "select p.person_id, p.display_name, c.password_phc, c.failures, c.failed_at,
                array(select post from posts where posts.person_id = p.person_id order by post) as posts
           from persons p join credentials c using (person_id)
          where p.account = $1",
    )
    .bind(account)
    .fetch_optional(pool)
    .await
}

/// Counts a failed sign-in, or forgets the failures after a good one.
pub async fn signed_in(pool: &PgPool, person_id: &str, good: bool, now: OffsetDateTime) -> sqlx::Result<()> {
    sqlx::query(
        "update credentials
            set failures = case when $2 then 0 else failures + 1 end,
                failed_at = case when $2 then null else $3::timestamptz end
          where person_id = $1 and not ($2 and failures = 0)",
    )
    .bind(person_id)
    .bind(good)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// Sets one account's password; `false` when nobody has it.
pub async fn set_password(pool: &PgPool, account: &str, phc: &str) -> sqlx::Result<bool> {
    Ok(set(pool, &[account], phc).await? > 0)
}

/// Sets the password of many accounts.
pub async fn set_passwords(pool: &PgPool, accounts: &[&str], phc: &str) -> sqlx::Result<()> {
    set(pool, accounts, phc).await.map(drop)
}

async fn set(pool: &PgPool, accounts: &[&str], phc: &str) -> sqlx::Result<u64> {
    let done = sqlx::query(
        "insert into credentials (person_id, password_phc) select person_id, $2 from persons where account = any ($1)
         on conflict (person_id) do update set password_phc = excluded.password_phc, failures = 0, failed_at = null",
    )
    .bind(accounts)
    .bind(phc)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}

/// All signing keys, the newest first; stores this one when there is none.
pub async fn signing_keys(pool: &PgPool, first: &(String, Vec<u8>)) -> sqlx::Result<Vec<(String, Vec<u8>)>> {
    let mut transaction = pool.begin().await?;
    // Replicas that start together must agree on one key.
    sqlx::query("lock table signing_keys in share row exclusive mode").execute(&mut *transaction).await?;
    sqlx::query("insert into signing_keys (kid, pkcs8) select $1, $2 where not exists (select from signing_keys)")
        .bind(&first.0)
        .bind(&first.1)
        .execute(&mut *transaction)
        .await?;
    let keys = sqlx::query_as("select kid, pkcs8 from signing_keys order by created_at desc, kid desc")
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(keys)
}

/// A page of organisations after this code.
pub async fn organisations(pool: &PgPool, after: &str, limit: i64) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as("select org_code, display_name from organisations where org_code > $1 order by org_code limit $2")
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await
}

/// A page of persons after this id, of those who hold a post under one of these division prefixes.
pub async fn persons(pool: &PgPool, prefixes: &[String], after: &str, limit: i64) -> sqlx::Result<Vec<StoredPerson>> {
    sqlx::query_as(
        "select p.person_id, p.display_name,
                array(select post from posts where posts.person_id = p.person_id order by post) as posts
           from persons p
          where p.person_id > $2
            and exists (select from posts, unnest($1::text[]) as prefix
                         where posts.person_id = p.person_id and starts_with(split_part(posts.post, '@', 2), prefix))
          order by p.person_id limit $3",
    )
    .bind(prefixes)
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await
}
