//! The rules of the county pack with the plan years for which each stands.

use kernel::{
    Pack, RuleCode,
    money::Share,
    pack::RuleSpan,
    refusal::{Common, Violations},
    rules::Value,
};
use proto::directory::v1::{self as message, ListRulesRequest, rule};
use translation::field::number;

use super::{Listing, standing};

/// The rules that are asked for, in order of code and year.
///
/// # Errors
/// `YEAR` and `RULE`, each at its field.
pub fn rules(pack: &Pack, asked: &ListRulesRequest) -> Result<Listing<message::Rule>, Common> {
    let ListRulesRequest { fiscal_year, code, .. } = asked;
    let mut wrong = Violations::default();
    if *fiscal_year != 0 && !pack.fiscal_years.contains(fiscal_year) {
        let (first, last) = (pack.fiscal_years.start(), pack.fiscal_years.end());
        let zh = format!("本县规则适用于{first}至{last}年度");
        wrong.add("YEAR", "fiscal_year", zh, format!("must be a year from {first} to {last}, or 0 for all"));
    }
    if !code.is_empty() && code.parse::<RuleCode>().is_err() {
        wrong.add("RULE", "code", "没有此规则", "is the code of no rule");
    }
    wrong.finish()?;
    let asked_for = |span: &&RuleSpan| {
        (*fiscal_year == 0 || span.stands_in(*fiscal_year)) && (code.is_empty() || span.rule.code.as_str() == code)
    };
    let items = pack.rule_book.iter().filter(asked_for).map(rule).collect();
    Ok(Listing { items, filter: format!("{fiscal_year};{code}") })
}

fn rule(span: &RuleSpan) -> message::Rule {
    let RuleSpan { rule, from, to } = span;
    let value = match rule.value {
        Value::Share(share) => rule::Value::Share(share_message(share)),
        Value::Amount(amount) => rule::Value::AmountFen(amount.fen()),
        Value::Days(days) => rule::Value::Days(number(days)),
        Value::WorkingDays(days) => rule::Value::WorkingDays(number(days)),
        Value::Count(count) => rule::Value::Count(number(count)),
    };
    message::Rule {
        code: rule.code.to_string(),
        display_name: rule.name.clone(),
        value: Some(value),
        basis: rule.basis.clone(),
        standing: standing(rule.standing).into(),
        from_fiscal_year: *from,
        to_fiscal_year: to.unwrap_or_default(),
    }
}

fn share_message(share: Share) -> message::Share {
    message::Share {
        numerator: number(share.numerator()),
        denominator: number(share.denominator()),
        text: share.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use runtime::testing::pack;

    use super::*;

    fn of(fiscal_year: i32, code: &str) -> Vec<message::Rule> {
        let asked = ListRulesRequest { fiscal_year, code: code.into(), ..ListRulesRequest::default() };
        rules(&pack(), &asked).expect("sound").items
    }

    #[test]
    fn each_value_stands_in_its_own_unit() {
        let value = |code: RuleCode| of(2022, code.as_str())[0].value.clone().expect("a value");
        let share = |numerator, denominator, text: &str| {
            rule::Value::Share(message::Share { numerator, denominator, text: text.into() })
        };
        assert_eq!(value(RuleCode::QuorumPresent), share(2, 3, "2/3"));
        assert_eq!(value(RuleCode::VillageShare), share(2_000, 10_000, "20%"));
        assert_eq!(value(RuleCode::ExpertAmount), rule::Value::AmountFen(400_000_000));
        assert_eq!(value(RuleCode::NoticeDays), rule::Value::Days(10));
        assert_eq!(value(RuleCode::TownshipReviewDays), rule::Value::WorkingDays(10));
        assert_eq!(value(RuleCode::PanelSize), rule::Value::Count(3));
    }

    #[test]
    fn a_year_has_each_code_once_and_a_code_its_spans() {
        for year in pack().fiscal_years.clone() {
            let codes: Vec<String> = of(year, "").into_iter().map(|rule| rule.code).collect();
            assert_eq!(codes, RuleCode::ALL.iter().map(ToString::to_string).collect::<Vec<_>>(), "{year}");
        }
        let spans = of(0, "R-RET3").into_iter().map(|rule| (rule.from_fiscal_year, rule.to_fiscal_year, rule.basis));
        let expected = [(2021, 2021, "建质〔2017〕138号"), (2022, 0, "财建〔2022〕183号")];
        assert_eq!(spans.collect::<Vec<_>>(), expected.map(|(from, to, basis)| (from, to, basis.to_owned())));
    }

    #[test]
    fn a_filter_that_nothing_can_pass_is_refused_by_field() {
        let asked = ListRulesRequest { fiscal_year: 2020, code: "R-1".into(), ..ListRulesRequest::default() };
        let refused = rules(&pack(), &asked).expect_err("neither is known").explain();
        let fields: Vec<_> = refused.fields.iter().map(|field| (field.code, field.field.as_str())).collect();
        assert_eq!(fields, [("YEAR", "fiscal_year"), ("RULE", "code")]);
    }
}
