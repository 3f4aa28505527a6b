//! R-ANCIL: the road, water and power that a project needs (配套基础设施) are paid from other agriculture-related money,
//! as lines of their own, not from the linking funds that share the investment with the village.

use kernel::{Pack, pack::SourceKind, refusal::Common};

use super::{
    record::content::{BudgetLine, BudgetUse, Content},
    refusal::unpriced,
};

/// Refuses an ancillary line that is not paid from another integrated source.
///
/// # Errors
/// `ANCILLARY_IN_BASE`, naming the lines.
pub fn check(content: &Content, pack: &Pack) -> Result<(), Common> {
    let from_other_money = |line: &BudgetLine| pack.source_kind(&line.source).is_some_and(SourceKind::pays_ancillary);
    let lines = content.budget.iter().enumerate();
    let at_fault: Vec<(usize, &BudgetLine)> =
        lines.filter(|(_, line)| line.usage == BudgetUse::Ancillary && !from_other_money(line)).collect();
    let Some((_, first)) = at_fault.first() else { return Ok(()) };
    let zh = format!(
        "配套基础设施 {} 元不得列入“{}”,应作为单独预算由其他整合涉农资金安排",
        first.amount,
        pack.source_kind(&first.source).map_or(first.source.as_str(), |kind| kind.name.as_str()),
    );
    let en = format!(
        "ancillary works of {} yuan may not be paid from {}: use another integrated source",
        first.amount, first.source
    );
    let basis = "《南县财政衔接推进乡村振兴补助资金管理办法》南财农〔2021〕165号 [source]";
    let mut explanation = unpriced("ANCILLARY_IN_BASE", "R-ANCIL", basis, zh, en)
        .figures(&first.source, "其他整合涉农资金 other integrated sources");
    for (index, _) in &at_fault {
        explanation = explanation.at(format!("content.budget[{index}].source"));
    }
    Err(Common::rule(explanation))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::{content, pack};

    #[test]
    fn scenario_03_a_road_inside_the_80_percent_line_is_refused() {
        let (pack, mut content) = (pack(), content());
        for source in ["LINK", "VILLAGE"] {
            content.budget[2].source = source.into();
            let explanation = check(&content, &pack).expect_err("the road is in the base").explain();
            assert_eq!((explanation.code, explanation.rule), ("ANCILLARY_IN_BASE", Some("R-ANCIL")));
            assert_eq!(explanation.actual.as_deref(), Some(source));
            assert_eq!(explanation.fields[0].field, "content.budget[2].source");
        }
        content.budget[2].source = "ROAD".into();
        check(&content, &pack).expect("paid by the transport bureau's money");
    }
}
