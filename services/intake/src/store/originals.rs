//! The table of personal data: originals of objections, and on record who read them.
//!
//! Invariant: these rows follow from no event. A replay or a rebuild of the read tables writes none of them, and what was erased
//! stays erased.

use runtime::Statement;
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Signature, record::original::Kept};

/// An original that is still there.
pub struct StoredOriginal {
    /// Name; empty when not given.
    pub name: String,
    /// Phone number; empty when not given.
    pub phone: String,
    /// What was said.
    pub words: String,
}

runtime::from_row!(StoredOriginal { name, phone, words });

/// Puts an original beside the step that filed it, in its transaction.
pub fn keep(project: Uuid, objection: &str, kept: &Kept, at: OffsetDateTime) -> Statement {
    sqlx::query(
        "insert into objection_originals (id, project_id, objection_id, name, phone, words, salt, filed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(kept.seal.id)
    .bind(project)
    .bind(objection.to_owned())
    .bind(kept.original.name.clone())
    .bind(kept.original.phone.clone())
    .bind(kept.original.text.clone())
    .bind(kept.seal.salt.to_vec())
    .bind(at)
}

/// Reads an original and notes who did, in one statement; none when it was erased.
pub async fn read(
    pool: &PgPool,
    project: Uuid,
    objection: &str,
    reader: &Signature,
) -> sqlx::Result<Option<StoredOriginal>> {
    sqlx::query_as(
        "with original as (
             select name, phone, words from objection_originals
              where project_id = $1 and objection_id = $2 and erased_at is null
         ), noted as (
             insert into objection_reads (id, project_id, objection_id, person_id, person_name, post, on_behalf_of, read_at)
             select $3, $1, $2, $4, $5, $6, $7, $8 from original
         )
         select name, phone, words from original",
    )
    .bind(project)
    .bind(objection)
    .bind(Uuid::now_v7())
    .bind(&reader.person.0)
    .bind(&reader.name)
    .bind(reader.post.to_string())
    .bind(reader.on_behalf_of.as_ref().map(|person| person.0.as_str()))
    .bind(reader.at)
    .fetch_optional(pool)
    .await
}

/// Erases what was filed about applications of a plan year that ended before then; how many.
pub async fn erase(
    pool: &PgPool,
    fiscal_year: i32,
    ended_before: OffsetDateTime,
    now: OffsetDateTime,
) -> sqlx::Result<u64> {
    let erased = sqlx::query(
        "update objection_originals o
            set name = null, phone = null, words = null, salt = null, erased_at = $3
           from applications a
          where a.project_id = o.project_id and a.fiscal_year = $1 and a.ended_at < $2 and o.erased_at is null",
    )
    .bind(fiscal_year)
    .bind(ended_before)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(erased.rows_affected())
}
