//! What of the county's money somebody should look at: orders to the treasury without a final answer, and whether the books
//! are whole.

use std::time::Duration;

use runtime::{
    Context, Worker,
    measures::{self, EVERY, Measure},
};

use crate::store::{ledger, orders};

/// How often the books are proved: every entry is read.
const PROOF: Duration = Duration::from_secs(600);

/// Orders that are under way, by state.
pub fn payments(context: &Context) -> Worker {
    let name = "xianjie.payments.under_way";
    let under_way = Measure::new(context, name, "Orders to the treasury without a final answer, by state.");
    measures::worker("payments", EVERY, (context.pool.clone(), under_way), |(pool, under_way)| async move {
        let orders = orders::under_way(&pool).await?;
        under_way.record_in("INSTRUCTED", orders.instructed);
        under_way.record_in("UNKNOWN", orders.unknown);
        Ok(())
    })
}

/// The proof of the books: each transfer's entries sum to zero, and each account stands as its entries say.
pub fn proof(context: &Context) -> Worker {
    let name = "xianjie.ledger.differences";
    let differences = Measure::new(context, name, "Transfers and accounts that disagree with their entries.");
    measures::worker("proof", PROOF, (context.pool.clone(), differences), |(pool, differences)| async move {
        let found = ledger::differences(&pool).await?;
        if found > 0 {
            tracing::error!(found, "transfers or accounts of the ledger disagree with its entries: stop paying");
        }
        differences.record(found);
        Ok(())
    })
}
