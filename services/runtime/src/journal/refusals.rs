//! Refused attempts are facts too: who tried what, when, and why not.

use kernel::{Actor, Explanation};
use uuid::Uuid;

use super::Journal;
use crate::BoxFuture;

impl Journal {
    /// Records a refused attempt (谁、何时、办什么、为何不准). For refusals that reach no caller: what a call is refused is
    /// recorded by its answer.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep_refusal<'a>(
        &'a self,
        method: &'a str,
        actor: Option<&'a Actor>,
        request_id: Option<Uuid>,
        stream: Option<Uuid>,
        explanation: &'a Explanation,
    ) -> BoxFuture<'a, sqlx::Result<()>> {
        tracing::info!(
            room = self.room,
            method,
            stream = stream.map(tracing::field::display),
            actor = actor.map(|actor| actor.person.0.as_str()),
            code = explanation.code,
            actual = explanation.actual,
            limit = explanation.limit,
            "refused"
        );
        let insert = sqlx::query(
            "insert into refusals
                    (id, stream_id, method, actor_id, request_id, code, rule, actual, limit_value, basis, message, recorded_at, traceparent)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(Uuid::now_v7())
        .bind(stream)
        .bind(method)
        .bind(actor.map(|actor| actor.person.0.as_str()))
        .bind(request_id)
        .bind(explanation.code)
        .bind(explanation.rule)
        .bind(&explanation.actual)
        .bind(&explanation.limit)
        .bind(&explanation.basis)
        .bind(&explanation.zh)
        .bind(self.clock.now())
        .bind(messaging::current_traceparent());
        Box::pin(async move { insert.execute(&self.pool).await.map(|_| ()) })
    }
}
