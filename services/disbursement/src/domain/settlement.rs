//! The final account (竣工决算审定, S15), and how much public money may flow in all before and after it.
//!
//! Before the audit: the contract price and the approved funding, whichever is less. After it: the audited amount without
//! retention (质保金) and without the village's own share, and never more than the approved funding.

use kernel::{Duty, Fen, Role, money::Share, refusal::Common};

use super::{
    project::{
        command::FixFinalAccount,
        event::Event,
        state::{Money, Stage},
    },
    record::{Contract, FinalAccount, Funding, Signature},
    refusal::{fielded, refuse_figures},
};

/// The audit fixes the final account.
pub(super) fn fix(money: &Money, command: FixFinalAccount) -> Result<Vec<Event>, Common> {
    let FixFinalAccount { account, actor, elsewhere, exclusions, at } = command;
    actor.require_over(Role::Audit, money.pooled.village)?;
    match &money.stage {
        Stage::Pooled | Stage::Funded { .. } | Stage::Contracted { .. } => Err(money.wrong_state("FixFinalAccount")),
        Stage::Accepted { accepted, .. } => {
            money.suspensions.permit()?;
            money.duties.permit(&actor, Duty::Auditor, &exclusions)?;
            elsewhere.permit(&actor, Duty::Auditor, &exclusions)?;
            check_account(&account, *accepted)?;
            Ok(vec![Event::FinalAccountFixed { account, by: Signature::of(&actor), at }])
        }
        Stage::FinalAccount { account: fixed, .. } if *fixed == account => Ok(Vec::new()),
        Stage::FinalAccount { .. } => Err(Common::AlreadyDecided),
    }
}

/// Refuses an audit above what was accepted: an audit cuts (审减), it never adds.
///
/// # Errors
/// `AUDIT_OVER_ACCEPTED` with both figures.
fn check_account(account: &FinalAccount, accepted: Fen) -> Result<(), Common> {
    if account.audited <= accepted {
        return Ok(());
    }
    let zh = format!("审定金额 {} 元超过验收金额 {accepted} 元,请核对审计报告", account.audited);
    let en = format!("audited {} exceeds the accepted {accepted}", account.audited);
    Err(fielded(refuse_figures("AUDIT_OVER_ACCEPTED", account.audited, accepted, zh, en), ["audited_fen".to_owned()]))
}

/// Retention of an amount, rounded down to the fen.
#[must_use]
pub fn retention(audited: Fen, share: Share) -> Fen {
    audited.share_floor(share)
}

/// How much public money may be paid in all.
#[must_use]
pub fn payable(funding: &Funding, contract: &Contract, village_share: Fen, audit: Option<&FinalAccount>) -> Fen {
    let by_work = match audit {
        None => contract.price,
        Some(account) => {
            let kept = retention(account.audited, contract.retention());
            account.audited.saturating_sub(kept).saturating_sub(village_share).max(Fen::ZERO)
        }
    };
    by_work.min(funding.total())
}

/// Refuses payments that add up to more than may be paid.
///
/// # Errors
/// `TOTAL_CAP` with both figures.
pub fn check(cumulative: Fen, payable: Fen) -> Result<(), Common> {
    if cumulative <= payable {
        return Ok(());
    }
    let over = cumulative.saturating_sub(payable);
    let zh = format!("累计支付 {cumulative} 元超过可支付上限 {payable} 元,超出 {over} 元");
    let en = format!("payments of {cumulative} exceed the {payable} that may be paid by {over} yuan");
    Err(fielded(refuse_figures("TOTAL_CAP", cumulative, payable, zh, en), ["amount_fen".to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{contract, funding};

    fn audited(fen: i64) -> FinalAccount {
        FinalAccount { audited: Fen::new(fen), report_no: "审1号".to_owned() }
    }

    #[test]
    fn scenario_18_retention_is_kept_back_from_the_audited_amount() {
        let (contract, funding) = (contract(120_000_000), funding(120_000_000));
        assert_eq!(retention(Fen::new(118_000_000), contract.retention()), Fen::new(3_540_000));
        assert_eq!(payable(&funding, &contract, Fen::ZERO, Some(&audited(118_000_000))), Fen::new(114_460_000));
    }

    #[test]
    fn the_village_pays_its_share_and_funding_is_never_exceeded() {
        let (contract, funding) = (contract(120_000_000), funding(90_000_000));
        assert_eq!(payable(&funding, &contract, Fen::ZERO, None), Fen::new(90_000_000));
        assert_eq!(
            payable(&funding, &contract, Fen::new(30_000_000), Some(&audited(100_000_000))),
            Fen::new(67_000_000)
        );
        assert_eq!(payable(&funding, &contract, Fen::new(30_000_000), Some(&audited(100))), Fen::ZERO);
        assert!(check(Fen::new(67_000_000), Fen::new(67_000_000)).is_ok());
        assert!(check(Fen::new(67_000_001), Fen::new(67_000_000)).is_err());
    }

    #[test]
    fn an_audit_never_adds() {
        assert!(check_account(&audited(100), Fen::new(100)).is_ok());
        assert!(check_account(&audited(101), Fen::new(100)).is_err());
    }
}
