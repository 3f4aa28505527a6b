//! Whether an application's content is whole and may go forward (申报书审查), in this order: complete, sums that agree,
//! ancillary works from other money, the village's own share, the negative list.
//!
//! What is missing or malformed is said all at once; the rules after it refuse one by one, each with its figures.

use kernel::{
    Explanation, Fen, Pack, YearRules,
    money::BadMoney,
    refusal::{Common, FieldViolation, Refusal as _, Violations},
};

use super::{
    ancillary, negative_list, particulars,
    record::content::{BudgetLine, BudgetUse, Content, Item, Linkage},
    village_share,
};

/// Refuses content that may not go forward.
///
/// # Errors
/// What is missing, `BAD_MONEY`, `SUM_MISMATCH`, `ANCILLARY_IN_BASE`, `RATIO_VILLAGE` or `NEGLIST`.
pub fn check(content: &Content, rules: &YearRules, pack: &Pack) -> Result<(), Common> {
    let mut wrong = Violations::default();
    note_gaps(content, pack, &mut wrong);
    wrong.finish()?;
    sums_agree(content)?;
    ancillary::check(content, pack)?;
    village_share::check(content, rules, pack)?;
    negative_list::check(content)
}

/// All that keeps this content from going forward, for the clerk who fills it in: what is missing or malformed, or else
/// what the first rule says.
#[must_use]
pub fn gaps(content: &Content, pack: &Pack) -> Vec<FieldViolation> {
    let mut wrong = Violations::default();
    note_gaps(content, pack, &mut wrong);
    let refusal = match (wrong.finish(), pack.rules_of(content.fiscal_year)) {
        (Err(refusal), _) | (Ok(()), Err(refusal)) => refusal,
        (Ok(()), Ok(rules)) => match check(content, rules, pack) {
            Ok(()) => return Vec::new(),
            Err(refusal) => refusal,
        },
    };
    let explanation = refusal.explain();
    if explanation.fields.is_empty() {
        return vec![FieldViolation::new(explanation.code, "content", explanation.zh, explanation.en)];
    }
    explanation.fields
}

fn note_gaps(content: &Content, pack: &Pack, wrong: &mut Violations) {
    particulars::check_draft(content, pack, wrong);
    complete(content, pack, wrong);
    particulars::check(content, pack, wrong);
}

fn complete(content: &Content, pack: &Pack, wrong: &mut Violations) {
    let category = pack.category(&content.category);
    if category.is_none() {
        let zh = format!("项目类别“{}”不在县级配置包中", content.category);
        wrong.add("CATEGORY", "content.category", zh, "is no category of the county pack");
    }
    let sub_type = category.and_then(|found| found.sub_types.iter().find(|sub_type| sub_type.code == content.sub_type));
    if category.is_some() && sub_type.is_none() {
        let zh = format!("项目子类“{}”不属于类别“{}”", content.sub_type, content.category);
        wrong.add("CATEGORY", "content.sub_type", zh, "is no sub-type of this category");
    }
    let texts = [
        ("place", "建设地点", &content.place),
        ("responsible_person", "项目负责人", &content.responsible_person),
        ("responsible_unit", "责任单位", &content.responsible_unit),
        ("land_note", "用地情况", &content.land_note),
        ("environment_note", "环境影响说明", &content.environment_note),
        ("schedule", "进度安排", &content.schedule),
    ];
    for (field, zh, text) in texts {
        required(text, format!("content.{field}"), zh, wrong);
    }
    if sub_type.is_some_and(|sub_type| sub_type.village_share) {
        // Who runs a new industry decides whether it is the village's own.
        required(&content.operator, "content.operator".into(), "经营主体", wrong);
    }
    positive(content.total, "content.total_fen".into(), wrong);
    if content.items.is_empty() {
        wrong.add("REQUIRED", "content.items", "请至少填写一项建设内容", "needs at least one item");
    }
    for (index, item) in content.items.iter().enumerate() {
        check_item(item, index, wrong);
    }
    if !content.budget.iter().any(|line| line.usage == BudgetUse::Construction) {
        wrong.add(
            "REQUIRED",
            "content.budget",
            "请至少填写一笔项目建设投资",
            "needs at least one line for construction",
        );
    }
    for (index, line) in content.budget.iter().enumerate() {
        check_line(line, index, pack, wrong);
    }
    check_linkage(&content.linkage, wrong);
    for (index, target) in content.performance_targets.iter().enumerate() {
        required(&target.indicator, format!("content.performance_targets[{index}].indicator"), "绩效指标", wrong);
        required(&target.target, format!("content.performance_targets[{index}].target"), "绩效目标值", wrong);
    }
}

fn required(text: &str, field: String, zh: &str, wrong: &mut Violations) {
    if text.trim().is_empty() {
        wrong.add("REQUIRED", field, format!("请填写{zh}"), "must not be empty");
    }
}

fn positive(amount: Fen, field: String, wrong: &mut Violations) {
    if let Err(bad) = Fen::try_positive(amount.fen()) {
        bad_money(&bad, field, wrong);
    }
}

/// Notes an amount that is none.
pub fn bad_money(bad: &BadMoney, field: String, wrong: &mut Violations) {
    wrong.add("BAD_MONEY", field, bad.zh(), bad.to_string());
}

fn check_item(item: &Item, index: usize, wrong: &mut Violations) {
    required(&item.title, format!("content.items[{index}].title"), "建设内容名称", wrong);
    required(&item.unit, format!("content.items[{index}].unit"), "计量单位", wrong);
    if item.quantity_milli <= 0 {
        let field = format!("content.items[{index}].quantity_milli");
        wrong.add("QUANTITY", field, "数量必须大于零", "must be more than zero");
    }
    positive(item.amount, format!("content.items[{index}].amount_fen"), wrong);
    let field = format!("content.items[{index}].unit_price_fen");
    if item.unit_price == Fen::ZERO {
        wrong.add("REQUIRED", field, "请填写单价", "must not be empty");
    } else if item.quantity_milli > 0 && !item.is_priced_right() {
        let zh = format!("单价 {} 元乘以数量与金额 {} 元不符", item.unit_price, item.amount);
        wrong.add("SUM_MISMATCH", field, zh, "the price by the quantity is not the amount");
    }
}

fn check_line(line: &BudgetLine, index: usize, pack: &Pack, wrong: &mut Violations) {
    if pack.source_kind(&line.source).is_none() {
        let zh = format!("资金来源“{}”不在县级配置包中", line.source);
        wrong.add("SOURCE", format!("content.budget[{index}].source"), zh, "is no source of the county pack");
    }
    positive(line.amount, format!("content.budget[{index}].amount_fen"), wrong);
}

fn check_linkage(linkage: &Linkage, wrong: &mut Violations) {
    const FIELD: &str = "content.linkage";
    if linkage.households == 0 || linkage.persons == 0 {
        wrong.add("REQUIRED", FIELD, "请填写受益户数和人数", "must say how many households and persons benefit");
    }
    if !linkage.ways.iter().any(|way| !way.trim().is_empty()) {
        wrong.add("REQUIRED", format!("{FIELD}.ways"), "请填写利益联结方式", "must say how they benefit");
    }
    let parts = [
        ("households", "受益户数", linkage.households),
        ("lifted_out_persons", "脱贫人口数", linkage.lifted_out_persons),
        ("monitored_persons", "监测对象数", linkage.monitored_persons),
    ];
    for (field, zh, part) in parts.into_iter().filter(|(_, _, part)| *part > linkage.persons) {
        let zh = format!("{zh} {part} 不得多于受益人数 {}", linkage.persons);
        wrong.add("LINKAGE", format!("{FIELD}.{field}"), zh, "is more than all persons that benefit");
    }
}

pub(super) fn sums_agree(content: &Content) -> Result<(), Common> {
    let items: Fen = content.items.iter().map(|item| item.amount).sum();
    let budget = content.sum_of_budget(|_| true);
    for (sum, field, zh, en) in
        [(items, "content.items", "建设内容", "items"), (budget, "content.budget", "资金来源", "budget lines")]
    {
        if sum != content.total {
            let (total, difference) = (content.total, sum.saturating_sub(content.total));
            let zh = format!("{zh}合计 {sum} 元与总投资 {total} 元不符,相差 {difference} 元");
            let en = format!("the {en} add up to {sum} yuan, not to the total of {total} yuan");
            return Err(Common::invalid(Explanation::new("SUM_MISMATCH", zh, en).figures(sum, total).at(field)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::{content, pack, yuan};

    fn refused(change: impl Fn(&mut Content)) -> Explanation {
        let (pack, mut content) = (pack(), content());
        change(&mut content);
        let rules = pack.rules(2022).expect("2022 has rules");
        check(&content, rules, &pack).expect_err("refused").explain()
    }

    #[test]
    fn whole_content_is_admissible() {
        let pack = pack();
        check(&content(), pack.rules(2022).expect("2022 has rules"), &pack).expect("admissible");
    }

    #[test]
    fn a_missing_performance_target_can_wait_until_the_pool() {
        let (pack, mut content) = (pack(), content());
        content.performance_targets.clear();
        check(&content, pack.rules(2022).expect("2022 has rules"), &pack).expect("admissible");
    }

    #[test]
    fn all_that_is_missing_is_said_at_once() {
        let explanation = refused(|content| {
            content.category = "NONE".into();
            content.place.clear();
            content.items.clear();
            content.budget[0].source = "LOTTERY".into();
            content.linkage.ways = vec!["  ".into()];
            content.linkage.monitored_persons = 10_000;
        });
        let fields: Vec<&str> = explanation.fields.iter().map(|violation| violation.field.as_str()).collect();
        let wanted = [
            "content.category",
            "content.place",
            "content.items",
            "content.budget[0].source",
            "content.linkage.ways",
            "content.linkage.monitored_persons",
        ];
        assert_eq!(fields, wanted);
    }

    #[test]
    fn an_industry_of_the_village_names_its_operator_and_pays_for_construction() {
        assert_eq!(refused(|content| content.operator.clear()).fields[0].field, "content.operator");
        let all_ancillary = refused(|content| {
            for line in &mut content.budget {
                line.usage = BudgetUse::Ancillary;
            }
        });
        assert_eq!(all_ancillary.fields[0].field, "content.budget");
    }

    #[test]
    fn a_price_is_the_amount_by_the_quantity_to_the_fen() {
        let priced = |quantity_milli, price: &str| {
            let mut item = content().items[0].clone();
            (item.quantity_milli, item.unit_price, item.amount) = (quantity_milli, yuan(price), yuan("1000.00"));
            item.is_priced_right()
        };
        assert!(priced(3_000, "333.33") && !priced(3_000, "333.34"), "1000.00 by 3");
        assert!(priced(2_500, "400.00") && !priced(2_500, "400.01"), "1000.00 by 2.5");
        let field = |price: &str| refused(|content| content.items[0].unit_price = yuan(price)).fields[0].field.clone();
        assert_eq!(field("1300000.01"), "content.items[0].unit_price_fen");
        assert_eq!(refused(|content| content.items[0].unit_price = Fen::ZERO).code, "REQUIRED");
    }

    #[test]
    fn a_clerk_is_told_all_that_is_missing_or_the_first_rule_that_refuses() {
        let (pack, mut content) = (pack(), content());
        assert!(gaps(&content, &pack).is_empty());
        content.total = yuan("1700000.01");
        assert_eq!(gaps(&content, &pack)[0].code, "SUM_MISMATCH");
        content.place.clear();
        content.schedule.clear();
        let fields: Vec<String> = gaps(&content, &pack).into_iter().map(|gap| gap.field).collect();
        assert_eq!(fields, ["content.place", "content.schedule"]);
    }

    #[test]
    fn scenario_29_amounts_and_sums_are_exact() {
        let explanation = refused(|content| {
            content.items[0].amount = yuan("1299999.99");
            content.items[0].unit_price = yuan("1299999.99");
        });
        assert_eq!(explanation.code, "SUM_MISMATCH");
        assert_eq!(explanation.actual.as_deref(), Some("1699999.99"));
        assert_eq!(explanation.limit.as_deref(), Some("1700000.00"));
        assert!(explanation.zh.contains("相差 -0.01 元"), "{}", explanation.zh);
        assert_eq!(explanation.fields[0].field, "content.items");

        let explanation = refused(|content| content.total = yuan("1700000.01"));
        assert_eq!(explanation.code, "SUM_MISMATCH");
        for amount in [0, -5, 100_000_000_000_000_000] {
            let explanation = refused(|content| content.items[1].amount = Fen::new(amount));
            assert_eq!(
                (explanation.code, explanation.fields[0].field.as_str()),
                ("BAD_MONEY", "content.items[1].amount_fen")
            );
        }
    }
}
