//! Delegations: made once an attempt, ended by their time or before it, never deleted.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::listing::{StoredDelegation, StoredPerson};

runtime::from_row!(StoredDelegation { delegation_id, delegator_id, delegate_id, start_at, end_at, reason, ended_at });

const COLUMNS: &str = "delegation_id, delegator_id, delegate_id, start_at, end_at, reason, ended_at";

/// Stores a delegation; a repeat of the attempt finds the one that it made.
pub async fn start(pool: &PgPool, request_id: Uuid, new: &StoredDelegation) -> sqlx::Result<StoredDelegation> {
    let insert = format!(
        "insert into delegations (delegation_id, request_id, delegator_id, delegate_id, start_at, end_at, reason)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (delegator_id, request_id) do update set request_id = excluded.request_id
         returning {COLUMNS}"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(insert))
        .bind(new.delegation_id)
        .bind(request_id)
        .bind(&new.delegator_id)
        .bind(&new.delegate_id)
        .bind(new.start_at)
        .bind(new.end_at)
        .bind(&new.reason)
        .fetch_one(pool)
        .await
}

/// Ends a delegation of this person now, unless it has ended; none when the person has no such delegation.
pub async fn end(
    pool: &PgPool,
    delegator: &str,
    id: Uuid,
    now: OffsetDateTime,
) -> sqlx::Result<Option<StoredDelegation>> {
    let update = format!(
        "update delegations set ended_at = coalesce(ended_at, least(end_at, $3))
          where delegation_id = $1 and delegator_id = $2 returning {COLUMNS}"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(update)).bind(id).bind(delegator).bind(now).fetch_optional(pool).await
}

/// A page of a person's delegations, given and received, the newest first, before this one.
pub async fn list(
    pool: &PgPool,
    person: &str,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<StoredDelegation>> {
    let page = format!(
        "select {COLUMNS} from (
             (select {COLUMNS} from delegations
               where delegator_id = $1 and ($2::uuid is null or delegation_id < $2)
               order by delegation_id desc limit $3)
             union all
             (select {COLUMNS} from delegations
               where delegate_id = $1 and ($2::uuid is null or delegation_id < $2)
               order by delegation_id desc limit $3)
         ) as given_or_received
         order by delegation_id desc limit $3"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(page)).bind(person).bind(before).bind(limit).fetch_all(pool).await
}

/// The person whom this delegate may act for now, with that person's posts; none without a delegation that stands.
pub async fn delegator(
    pool: &PgPool,
    delegate: &str,
    delegator: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<StoredPerson>> {
    sqlx::query_as(
        "select p.person_id, p.display_name,
                array(select post from posts where posts.person_id = p.person_id order by post) as posts
           from persons p
          where p.person_id = $2
            and exists (select from delegations d
                         where d.delegator_id = $2 and d.delegate_id = $1 and d.start_at <= $3 and d.end_at > $3
                           and d.ended_at is null)",
    )
    .bind(delegate)
    .bind(delegator)
    .bind(now)
    .fetch_optional(pool)
    .await
}

/// The posts of a person; none when there is no such person.
pub async fn posts_of(pool: &PgPool, person: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("select post from posts where person_id = $1 order by post").bind(person).fetch_all(pool).await
}
