//! R-2080 (二八开): of what is built for a village collective's own new industry, the village pays at least its share.
//!
//! The base is the construction investment; ancillary works stay outside it. Compared without rounding.

use kernel::{
    Fen, Pack, RuleCode, YearRules,
    refusal::{Common, breach},
};

use super::record::content::{BudgetLine, BudgetUse, Content};

/// The village's own money (村级自筹).
pub const VILLAGE: &str = "VILLAGE";

/// Refuses a village share that is too small, in sub-types that need one.
///
/// # Errors
/// `RATIO_VILLAGE` with the share, the share that is needed, and what is missing.
pub fn check(content: &Content, rules: &YearRules, pack: &Pack) -> Result<(), Common> {
    let sub_types = pack.category(&content.category).map(|category| category.sub_types.as_slice()).unwrap_or_default();
    if !sub_types.iter().any(|sub_type| sub_type.code == content.sub_type && sub_type.village_share) {
        return Ok(());
    }
    let construction = |line: &BudgetLine| line.usage == BudgetUse::Construction;
    let base = content.sum_of_budget(construction);
    let village = content.sum_of_budget(|line| construction(line) && line.source == VILLAGE);
    let share = rules.share(RuleCode::VillageShare);
    if village.is_at_least(share, base) {
        return Ok(());
    }
    let required = base.share_ceil(share);
    let missing: Fen = required.saturating_sub(village);
    let zh =
        format!("村级自筹 {village} 元,占项目建设投资 {base} 元不足 {share},至少须 {required} 元,尚差 {missing} 元");
    let en = format!(
        "the village pays {village} of {base} yuan, less than {share}: {required} yuan are needed, {missing} yuan are missing"
    );
    let explanation = breach("RATIO_VILLAGE", rules.rule(RuleCode::VillageShare), zh, en);
    Err(Common::rule(explanation.figures(village, required).at("content.budget")))
}

#[cfg(test)]
mod tests {
    use kernel::{Explanation, Refusal as _};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fixtures::{content, pack, yuan};

    fn judged(village: Fen, total: Fen) -> Result<(), Box<Explanation>> {
        let (pack, mut content) = (pack(), content());
        content.budget[0].amount = village;
        content.budget[1].amount = total.saturating_sub(village);
        let rules = pack.rules(2022).expect("2022 has rules");
        check(&content, rules, &pack).map_err(|refusal| Box::new(refusal.explain()))
    }

    #[test]
    fn scenario_02_the_village_pays_a_fifth_to_the_fen() {
        let total = yuan("1500000");
        let refused = judged(yuan("298500"), total).expect_err("19.9 percent");
        assert_eq!((refused.code, refused.rule), ("RATIO_VILLAGE", Some("R-2080")));
        assert_eq!(refused.actual.as_deref(), Some("298500.00"));
        assert_eq!(refused.limit.as_deref(), Some("300000.00"));
        assert!(
            refused.zh.contains("尚差 1500.00 元") && refused.en.contains("1500.00 yuan are missing"),
            "{refused:?}"
        );

        judged(yuan("300000"), total).expect("20 percent");
        assert!(judged(yuan("299999.99"), total).is_err());
        assert_eq!(
            judged(yuan("66666.59"), yuan("333333")).expect_err("a fen short").limit.as_deref(),
            Some("66666.60")
        );
        judged(yuan("66666.60"), yuan("333333")).expect("to the fen");
    }

    #[test]
    fn the_road_beside_it_is_not_in_the_base_and_other_sub_types_need_no_share() {
        let (pack, mut content) = (pack(), content());
        let rules = pack.rules(2022).expect("2022 has rules");
        content.budget[2].amount = yuan("90000000");
        check(&content, rules, &pack).expect("only construction counts");
        content.budget.remove(0);
        content.sub_type = "EXPANSION".into();
        check(&content, rules, &pack).expect("not the collective's own");
    }

    proptest! {
        #[test]
        fn what_is_named_as_missing_is_exactly_what_is_missing(village in 1..1_000_000_000_i64, rest in 1..1_000_000_000_i64) {
            let total = Fen::new(village + rest);
            if let Err(refused) = judged(Fen::new(village), total) {
                let limit = Fen::parse_yuan(&refused.limit.expect("a limit")).expect("an amount");
                prop_assert!(judged(limit, total).is_ok());
                prop_assert!(judged(Fen::new(limit.fen() - 1), total).is_err());
            } else {
                prop_assert!(i128::from(village) * 5 >= i128::from(total.fen()));
            }
        }
    }
}
