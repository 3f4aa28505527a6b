//! What is vouched for, summed up by year and source: a row is written by every step that reserves or frees, so that two who
//! vouch for the last money at the same moment take turns, and the second is refused.

use kernel::Fen;
use runtime::Statement;
use sqlx::PgPool;

use crate::domain::{Balances, Case, State, guarantee::reserved, record::Vouched};

/// The constraint by which no more is vouched for than is left.
pub const COVERED: &str = "guarantee_covered";

/// What a step reserves or frees, in the order of sources, so that no two steps wait for each other.
pub fn moved(before: &Case, after: &State) -> Vec<Statement> {
    let was = match before {
        Case::Opened(state) => reserved(state),
        Case::Unopened => None,
    };
    let is = reserved(after);
    if was == is {
        return Vec::new();
    }
    let freed = was.into_iter().flat_map(|guarantee| {
        guarantee.vouched.iter().map(|vouched| (guarantee.fiscal_year, vouched, Fen::new(-vouched.amount.fen()), false))
    });
    let reserved = is.into_iter().flat_map(|guarantee| {
        guarantee.vouched.iter().map(|vouched| (guarantee.fiscal_year, vouched, vouched.amount, true))
    });
    let mut moves: Vec<(i32, &Vouched, Fen, bool)> = freed.chain(reserved).collect();
    moves.sort_by(|one, other| (one.0, &one.1.source, one.3).cmp(&(other.0, &other.1.source, other.3)));
    moves.into_iter().map(|(year, vouched, by, covered)| moving(year, vouched, by, covered)).collect()
}

/// What is freed is never short.
fn moving(fiscal_year: i32, vouched: &Vouched, by: Fen, covered: bool) -> Statement {
    sqlx::query(
        "insert into guarantees as known (fiscal_year, source, reserved_fen, short)
         values ($1, $2, $3, coalesce($3::bigint > $4, false))
         on conflict (fiscal_year, source) do update
            set reserved_fen = known.reserved_fen + excluded.reserved_fen,
                short = coalesce(known.reserved_fen + excluded.reserved_fen > $4, false)",
    )
    .bind(fiscal_year)
    .bind(vouched.source.clone())
    .bind(by.fen())
    .bind(covered.then_some(vouched.available.fen()))
}

/// What the finance bureau has vouched for in this year, by source.
pub async fn reserved_in(pool: &PgPool, fiscal_year: i32) -> sqlx::Result<Balances> {
    let rows: Vec<(String, i64)> = sqlx::query_as("select source, reserved_fen from guarantees where fiscal_year = $1")
        .bind(fiscal_year)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|(source, fen)| (source, Fen::new(fen))).collect())
}
