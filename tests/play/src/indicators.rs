//! The year's money, issued once before anything is measured: four indicators, which the chains charge in turn.
//!
//! Four, as the county's linking funds come from four levels: chains meet at an indicator's balance as they would there.

use proto::disbursement::v1::{ConfirmIndicatorRequest, IssueIndicatorRequest, SubLevel};

use crate::{cast::Cast, county::FISCAL_YEAR, papers::key};

/// The source of the one funding line of each chain.
pub const SOURCE: &str = "LINK";

/// Enough for 300,000 chains each.
const AMOUNT_FEN: i64 = 9_000_000_000_000;

/// Issues them; gives their ids.
///
/// # Errors
/// When one is refused.
pub async fn issue(cast: &Cast) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for (sub_level, number) in
        [(SubLevel::Central, 1), (SubLevel::Province, 2), (SubLevel::City, 3), (SubLevel::County, 4)]
    {
        let request = IssueIndicatorRequest {
            request_id: key(),
            document_no: format!("测财农指〔{FISCAL_YEAR}〕{number}号"),
            fiscal_year: FISCAL_YEAR,
            source: SOURCE.into(),
            sub_level: sub_level.into(),
            amount_fen: AMOUNT_FEN,
        };
        ids.push(issue_one(cast, request).await?);
    }
    Ok(ids)
}

/// One person enters it, another confirms it; its id.
///
/// # Errors
/// When it is refused.
pub async fn issue_one(cast: &Cast, request: IssueIndicatorRequest) -> anyhow::Result<String> {
    let entered = cast.finance.disbursement.clone().issue_indicator(request).await?.into_inner();
    let (request_id, indicator_id) = (key(), entered.indicator_id);
    let confirm = ConfirmIndicatorRequest { request_id, indicator_id: indicator_id.clone() };
    cast.second_finance.disbursement.clone().confirm_indicator(confirm).await?;
    Ok(indicator_id)
}
