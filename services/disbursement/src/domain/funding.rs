//! Funding (资金安排批复, S11): the approved public budget, source by source, charged to indicators.
//!
//! Σ charges of a source = Σ budget lines of that source; what the village, society or a loan pays is not public and is
//! charged to nothing. An indicator is confirmed and of the project's year; no charge exceeds what it has left.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Duties, Duty, Fen, Refusal as _, Role, duty::Exclusions, refusal::Common};
use uuid::Uuid;

use super::{
    plan::coverage::covers,
    project::{
        command::{ApproveFunding, AskedCharge, IndicatorFacts},
        event::Event,
        pool::require_in_pool,
        state::Money,
    },
    record::{BudgetLine, Charge, Funding, Signature},
    refusal::{fielded, refuse, refuse_figures},
};

/// C-FIN approves a project's funding.
pub(super) fn approve(money: &Money, command: ApproveFunding) -> Result<Vec<Event>, Common> {
    let ApproveFunding { plan_id, plan, document_no, charges, indicators, actor, exclusions, at } = command;
    actor.require_over(Role::FinanceBureau, money.pooled.village)?;
    if let Some(funding) = money.stage.funding() {
        let same = says(funding, plan_id, &document_no, &charges);
        return if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) };
    }
    money.suspensions.permit()?;
    require_in_pool(money)?;
    let mut acts = plan.acts();
    let mut duties = money.duties.clone();
    duties.add(&acts);
    duties.permit(&actor, Duty::FundingApprover, &exclusions)?;
    covers(&plan, money.pooled.project, money.pooled.fiscal_year)?;
    let charges = charge(&charges, &indicators, money.pooled.fiscal_year, &money.pooled.budget)?;
    duties.record(&actor, Duty::FundingApprover);
    acts.add(&issued(&charges, &indicators, &duties, &exclusions)?);
    let funding = Funding { plan: plan_id, document_no, charges };
    Ok(vec![Event::FundingApproved { funding, acts, by: Signature::of(&actor), at }])
}

/// Whether it is what someone asks for.
fn says(funding: &Funding, plan: Uuid, document_no: &str, asked: &[AskedCharge]) -> bool {
    let charges =
        funding.charges.iter().map(|charge| AskedCharge { indicator: charge.indicator, amount: charge.amount });
    funding.plan == plan && funding.document_no == document_no && charges.eq(asked.iter().copied())
}

/// The charges to a project of this year, if every source adds up and every indicator has enough.
///
/// # Errors
/// NOT_FOUND for an unknown indicator, `INDICATOR_UNCONFIRMED`, `INDICATOR_YEAR`, `SUM_MISMATCH`, `INDICATOR_BALANCE`.
pub fn charge(
    asked: &[AskedCharge],
    indicators: &[IndicatorFacts],
    year: i32,
    budget: &[BudgetLine],
) -> Result<Vec<Charge>, Common> {
    let mut charges = Vec::with_capacity(asked.len());
    for (place, asked) in asked.iter().enumerate() {
        let facts = indicators.iter().find(|facts| facts.indicator == asked.indicator);
        let facts = facts.ok_or(Common::NotFound { what: "指标 indicator" })?;
        usable(facts, year).map_err(|no| fielded(no, [format!("charges[{place}].indicator_id")]))?;
        charges.push(Charge {
            indicator: asked.indicator,
            source: facts.source.clone(),
            document_no: facts.document_no.clone(),
            amount: asked.amount,
        });
    }
    adds_up(&charges, budget)?;
    // Each indicator is charged once: the request is refused otherwise.
    for (place, asked) in asked.iter().enumerate() {
        let facts = indicators.iter().find(|facts| facts.indicator == asked.indicator);
        if let Some(facts) = facts.filter(|facts| asked.amount > facts.available) {
            let short = balance_short(&facts.document_no, asked.amount, facts.available);
            return Err(fielded(short, [format!("charges[{place}].amount_fen")]));
        }
    }
    Ok(charges)
}

/// Who issued the indicators of these charges: with that they act on the project, and no other duty of theirs, the
/// approval among them, may exclude it (SOD-1). Others may have issued another indicator, and that one can be charged.
///
/// # Errors
/// `SOD`, naming the charge.
pub fn issued(
    charges: &[Charge],
    indicators: &[IndicatorFacts],
    duties: &Duties,
    exclusions: &Exclusions,
) -> Result<Duties, Common> {
    let mut issued = Duties::default();
    for (place, charge) in charges.iter().enumerate() {
        let facts = indicators.iter().filter(|facts| facts.indicator == charge.indicator);
        for person in facts.flat_map(|facts| &facts.issuers) {
            duties
                .permit_person(person, Duty::IndicatorIssuer, exclusions)
                .map_err(|no| Common::rule(no.explain().at(format!("charges[{place}].indicator_id"))))?;
            issued.record_person(person, Duty::IndicatorIssuer);
        }
    }
    Ok(issued)
}

/// Money of an earlier year is carried over by its own document first, or not at all.
fn usable(facts: &IndicatorFacts, year: i32) -> Result<(), Common> {
    let document_no = &facts.document_no;
    if !facts.confirmed {
        let zh = format!("指标 {document_no} 尚未由第二人确认,不得安排");
        return Err(refuse("INDICATOR_UNCONFIRMED", zh, format!("indicator {document_no} is not confirmed yet")));
    }
    if facts.fiscal_year == year {
        return Ok(());
    }
    let of = facts.fiscal_year;
    let zh = format!("指标 {document_no} 属 {of} 年度,项目属 {year} 年度:不得跨年度安排,结转资金须先凭文件办理结转");
    let en = format!("indicator {document_no} is of {of}, the project of {year}: money is carried over first");
    Err(refuse_figures("INDICATOR_YEAR", of, year, zh, en))
}

fn adds_up(charges: &[Charge], budget: &[BudgetLine]) -> Result<(), Common> {
    let mut approved: BTreeMap<&str, Fen> = BTreeMap::new();
    for line in budget.iter().filter(|line| line.public) {
        let sum = approved.entry(&line.source).or_default();
        *sum = sum.saturating_add(line.amount);
    }
    let sources: BTreeSet<&str> =
        approved.keys().copied().chain(charges.iter().map(|charge| charge.source.as_str())).collect();
    for source in sources {
        let limit = approved.get(source).copied().unwrap_or_default();
        let actual: Fen = charges.iter().filter(|charge| charge.source == source).map(|charge| charge.amount).sum();
        if actual != limit {
            let (word, gap) = if actual < limit {
                ("尚差", limit.saturating_sub(actual))
            } else {
                ("超出", actual.saturating_sub(limit))
            };
            let zh = format!("来源 {source} 的资金安排合计 {actual} 元,与批准预算 {limit} 元不符,{word} {gap} 元");
            let en = format!("charges to {source} add up to {actual}, the approved budget says {limit}");
            return Err(fielded(refuse_figures("SUM_MISMATCH", actual, limit, zh, en), ["charges".to_owned()]));
        }
    }
    Ok(())
}

fn balance_short(document_no: &str, asked: Fen, available: Fen) -> Common {
    let gap = asked.saturating_sub(available);
    let zh = format!("指标 {document_no} 可用余额 {available} 元,申请 {asked} 元,尚差 {gap} 元");
    let en = format!("indicator {document_no} has {available} left, {asked} was asked: {gap} too much");
    refuse_figures("INDICATOR_BALANCE", asked, available, zh, en)
}

/// The refusal when another project was faster and took what the indicator had left.
#[must_use]
pub fn balance_taken() -> Common {
    refuse(
        "INDICATOR_BALANCE",
        "指标余额不足:办理期间余额已被其他项目占用,请刷新后重新办理",
        "the indicator's balance was charged by another project meanwhile: read it again",
    )
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::record::VILLAGE;

    const CENTRAL: Uuid = Uuid::from_u128(1);
    const CITY: Uuid = Uuid::from_u128(2);
    const ROAD: Uuid = Uuid::from_u128(3);

    fn budget() -> Vec<BudgetLine> {
        let line =
            |source: &str, public, amount| BudgetLine { source: source.into(), public, amount: Fen::new(amount) };
        vec![line("LINK", true, 80_000_000), line("ROAD", true, 20_000_000), line(VILLAGE, false, 30_000_000)]
    }

    fn indicators(city: i64) -> Vec<IndicatorFacts> {
        let facts = |indicator, source: &str, available| IndicatorFacts {
            indicator,
            source: source.into(),
            document_no: format!("{source}-1"),
            fiscal_year: 2022,
            confirmed: true,
            available: Fen::new(available),
            issuers: Vec::new(),
        };
        vec![facts(CENTRAL, "LINK", i64::MAX), facts(CITY, "LINK", city), facts(ROAD, "ROAD", i64::MAX)]
    }

    fn refused(asked: &[(Uuid, i64)], city: i64) -> Option<(&'static str, Option<String>, Option<String>)> {
        let asked: Vec<AskedCharge> = asked
            .iter()
            .map(|(indicator, amount)| AskedCharge { indicator: *indicator, amount: Fen::new(*amount) })
            .collect();
        charge(&asked, &indicators(city), 2022, &budget()).err().map(|refusal| {
            let said = refusal.explain();
            (said.code, said.actual, said.limit)
        })
    }

    #[test]
    fn every_public_source_adds_up_to_its_budget() {
        assert_eq!(refused(&[(CENTRAL, 40_000_000), (CITY, 40_000_000), (ROAD, 20_000_000)], i64::MAX), None);
        let road_short = Some(("SUM_MISMATCH", Some("0.00".into()), Some("200000.00".into())));
        assert_eq!(refused(&[(CENTRAL, 80_000_000)], i64::MAX), road_short);
        let link_over = Some(("SUM_MISMATCH", Some("800000.01".into()), Some("800000.00".into())));
        assert_eq!(refused(&[(CENTRAL, 80_000_001), (ROAD, 20_000_000)], i64::MAX), link_over);
    }

    #[test]
    fn scenario_09_a_charge_may_take_the_whole_balance_and_not_a_fen_more() {
        assert_eq!(refused(&[(CITY, 80_000_000), (ROAD, 20_000_000)], 80_000_000), None);
        let short = Some(("INDICATOR_BALANCE", Some("800000.00".into()), Some("799999.99".into())));
        assert_eq!(refused(&[(CITY, 80_000_000), (ROAD, 20_000_000)], 79_999_999), short);
    }

    #[test]
    fn c15_c23_money_of_another_year_or_unconfirmed_is_none() {
        let asked = [AskedCharge { indicator: CENTRAL, amount: Fen::new(100) }];
        let said = |change: fn(&mut IndicatorFacts)| {
            let mut facts = indicators(0);
            change(&mut facts[0]);
            charge(&asked, &facts, 2022, &budget()).expect_err("refused").explain()
        };
        let year = said(|facts| facts.fiscal_year = 2021);
        assert_eq!(
            (year.code, year.actual.as_deref(), year.limit.as_deref()),
            ("INDICATOR_YEAR", Some("2021"), Some("2022"))
        );
        assert_eq!(year.fields[0].field, "charges[0].indicator_id");
        assert_eq!(said(|facts| facts.confirmed = false).code, "INDICATOR_UNCONFIRMED");
    }

    #[test]
    fn an_unknown_indicator_is_not_found() {
        assert_eq!(refused(&[(Uuid::from_u128(9), 1)], 1), Some(("NOT_FOUND", None, None)));
    }
}
