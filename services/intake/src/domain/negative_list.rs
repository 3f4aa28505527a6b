//! The negative list (负面清单): what linking funds may not pay for. Found by key words in the names of items.
//!
//! Words can't find everything; the departments' questions ask again. What the words do find never reaches the village's vote.

use kernel::{refusal::Common, text::comparable};

use super::{record::content::Content, refusal::unpriced};

/// An entry of the negative list.
#[derive(Debug)]
pub struct Entry {
    /// Its code.
    pub code: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// The document that it rests on, with its standing.
    pub basis: &'static str,
    /// What an item of that kind is called.
    pub words: &'static [&'static str],
}

const MINISTRY: &str = "《中央财政衔接推进乡村振兴补助资金管理办法》财农〔2021〕19号 [found]";
const COUNTIES: &str = "县级资金管理办法负面清单 [found]";
const AUDIT: &str = "审计署2018年扶贫审计结果公告 [found]";

/// The list, N1 to N8. For N6 (anything unrelated) there are only the clearest words.
pub const LIST: [Entry; 8] = [
    Entry {
        code: "N1",
        zh: "单位基本支出",
        en: "unit basic expenditure",
        basis: MINISTRY,
        words: &[
            "办公经费",
            "办公用品",
            "公用经费",
            "人员经费",
            "公务接待",
            "接待费",
            "差旅费",
            "会议费",
            "单位基本支出",
        ],
    },
    Entry {
        code: "N2",
        zh: "交通工具及通讯设备",
        en: "vehicles and communications equipment",
        basis: MINISTRY,
        words: &[
            "巡逻车",
            "轿车",
            "小汽车",
            "公务车",
            "公务用车",
            "越野车",
            "面包车",
            "摩托车",
            "车辆购置",
            "购置车辆",
            "购买车辆",
            "购车",
            "交通工具",
            "对讲机",
            "购置手机",
            "购买手机",
            "手机购置",
            "通讯设备",
            "通信设备",
        ],
    },
    Entry {
        code: "N3",
        zh: "修建楼堂馆所",
        en: "office buildings and halls",
        basis: MINISTRY,
        words: &["办公楼", "办公大楼", "办公用房", "办公室装修", "楼堂馆所", "大礼堂", "招待所", "宾馆", "会议中心"],
    },
    Entry {
        code: "N4",
        zh: "各种奖金津贴和福利补助",
        en: "bonuses, allowances and welfare",
        basis: MINISTRY,
        words: &["奖金", "津贴", "福利费", "福利补助", "福利发放", "职工福利", "节日慰问", "慰问金", "加班费"],
    },
    Entry {
        code: "N5",
        zh: "偿还债务和垫资",
        en: "debt repayment and reimbursing advances",
        basis: MINISTRY,
        words: &["偿还", "旧债", "还债", "债务", "垫资", "垫付", "欠款", "还贷", "归还借款", "归还贷款"],
    },
    Entry {
        code: "N6",
        zh: "与巩固拓展脱贫攻坚成果和乡村振兴无关的支出",
        en: "unrelated to consolidation and revitalization",
        basis: MINISTRY,
        words: &["宴请", "庆典", "外出考察", "旅游考察", "出国"],
    },
    Entry {
        code: "N7",
        zh: "弥补亏损或预算缺口、企业担保金、大中型基本建设、城市基础设施",
        en: "covering losses or budget gaps, company guarantees, large works, city infrastructure",
        basis: COUNTIES,
        words: &[
            "弥补亏损",
            "企业亏损",
            "预算缺口",
            "支出缺口",
            "担保金",
            "大中型基本建设",
            "城市基础设施",
            "市政道路",
            "城区道路",
        ],
    },
    Entry {
        code: "N8",
        zh: "景观修建、外墙粉饰、简单发钱发物",
        en: "landscape shows, wall painting, simple hand-outs",
        basis: AUDIT,
        words: &[
            "景观修建",
            "景观小品",
            "景观墙",
            "景观亭",
            "外墙粉饰",
            "外墙粉刷",
            "墙体粉刷",
            "墙体彩绘",
            "墙绘",
            "发放现金",
            "现金发放",
            "一发了之",
        ],
    },
];

/// The entry that something of this name falls under.
#[must_use]
pub fn entry_for(title: &str) -> Option<&'static Entry> {
    // Blanks, brackets, full width or characters that nobody sees would hide a word.
    let title = comparable(title);
    LIST.iter().find(|entry| entry.words.iter().any(|word| title.contains(word)))
}

/// Refuses a project, or an item of it, that the list names.
///
/// # Errors
/// `NEGLIST`, naming the entry of the list and the item; every item at fault is a field.
pub fn check(content: &Content) -> Result<(), Common> {
    let items =
        content.items.iter().enumerate().map(|(index, item)| (format!("content.items[{index}].title"), &item.title));
    let titles = items.chain([("content.title".to_owned(), &content.title)]);
    let hits: Vec<(String, &String, &Entry)> =
        titles.filter_map(|(field, title)| Some((field, title, entry_for(title)?))).collect();
    let Some((_, title, entry)) = hits.first() else { return Ok(()) };
    let zh = format!("“{title}”属于负面清单 {}({}),不得使用衔接资金,请删除", entry.code, entry.zh);
    let en = format!("{title:?} is on the negative list, {} ({}): take it out", entry.code, entry.en);
    let limit = format!("{} {}", entry.code, entry.zh);
    let mut explanation = unpriced("NEGLIST", entry.code, entry.basis, zh, en).figures(title, limit);
    for (field, _, _) in &hits {
        explanation = explanation.at(field);
    }
    Err(Common::rule(explanation))
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;
    use crate::domain::fixtures::content;

    #[test]
    fn scenario_04_the_list_s_entry_and_the_item_are_named() {
        for (title, code) in [
            ("修建村部办公楼", "N3"),
            ("偿还旧债 50,000", "N5"),
            ("购置治安巡逻车 1 辆", "N2"),
            ("办 公 用 品", "N1"),
            ("修建村部办\u{200b}公\u{200b}楼", "N3"),
            ("修建村部办\u{ad}公\u{fe0f}楼", "N3"),
            ("修建(村部)办公〔大〕楼", "N3"),
            ("购置⼿机", "N2"),
            ("村干部奖金", "N4"),
            ("外出考察", "N6"),
            ("企业担保金", "N7"),
            ("沿线外墙粉饰", "N8"),
        ] {
            let mut content = content();
            content.items[1].title = title.into();
            let explanation = check(&content).expect_err(title).explain();
            assert_eq!((explanation.code, explanation.rule), ("NEGLIST", Some(code)), "{title}");
            assert_eq!(explanation.actual.as_deref(), Some(title));
            assert!(explanation.zh.contains(title) && explanation.zh.contains(code), "{}", explanation.zh);
            assert_eq!(explanation.fields[0].field, "content.items[1].title");
        }
    }

    #[test]
    fn the_list_s_words_are_as_they_are_compared() {
        for word in LIST.iter().flat_map(|entry| entry.words) {
            assert_eq!(comparable(word), *word);
        }
    }

    #[test]
    fn what_villages_really_build_is_let_through() {
        for title in
            ["小龙虾育苗大棚", "冷链仓储设施", "机耕道硬化", "生活污水处理设施", "太阳能路灯", "光伏电站", "进场道路"]
        {
            assert!(entry_for(title).is_none(), "{title}");
        }
        check(&content()).expect("nothing on the list");
    }
}
