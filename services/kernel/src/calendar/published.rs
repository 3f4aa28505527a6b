//! A year's calendar as the State Council published it (国务院办公厅节假日安排通知), with the document that says so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Date, Month, Weekday};

use super::Calendar;
use crate::{
    Attachment,
    refusal::{Common, Violations},
};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedYear {
    /// The year.
    pub year: i32,
    /// Number of the notice (文号).
    pub document_no: String,
    /// The notice itself.
    pub document: Attachment,
    /// Days off beside the weekends, or on them.
    #[serde(with = "dates")]
    pub days_off: BTreeSet<Date>,
    /// Weekend days that are worked (调休).
    #[serde(with = "dates")]
    pub workdays: BTreeSet<Date>,
}

impl PublishedYear {
    /// Whether it can be what was published: the year after the last known one or a known one anew, not beyond the next,
    /// with days of that year or the December before it.
    ///
    /// # Errors
    /// Every wrong field.
    pub fn check(&self, calendar: &Calendar, today: Date) -> Result<(), Common> {
        let mut wrong = Violations::default();
        let known: BTreeSet<i32> = calendar.years().collect();
        let next = known.last().map(|last| last + 1);
        if !(known.contains(&self.year) || next == Some(self.year)) || self.year > today.year() + 1 {
            let zh = "只能录入下一年度或更正已录入年度的节假日安排";
            wrong.add("YEAR", "year", zh, "must be the next year, or one that is known and was changed");
        }
        if crate::text::is_blank(&self.document_no) {
            wrong.add("REQUIRED", "document_no", "请填写通知文号", "the notice has a number");
        }
        self.document.check("document", &mut wrong);
        if self.days_off.is_empty() {
            wrong.add("REQUIRED", "days_off", "请填写放假日期", "a year has public holidays");
        }
        for (field, days) in [("days_off", &self.days_off), ("workdays", &self.workdays)] {
            for day in days.iter().filter(|day| !self.may_name(**day)) {
                wrong.add(
                    "BAD_DATE",
                    field,
                    format!("{day} 不属于该年度"),
                    format!("{day} is no day of that year's calendar"),
                );
            }
        }
        for day in self.workdays.iter().filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)) {
            wrong.add("BAD_DATE", "workdays", format!("{day} 本来就是工作日"), format!("{day} is worked anyway"));
        }
        for day in self.workdays.intersection(&self.days_off) {
            wrong.add("BAD_DATE", "workdays", format!("{day} 既放假又上班"), format!("{day} is both off and worked"));
        }
        wrong.finish()
    }

    fn may_name(&self, day: Date) -> bool {
        day.year() == self.year || (day.year() == self.year - 1 && day.month() == Month::December)
    }
}

/// Days as texts, `2027-01-01`.
mod dates {
    use std::collections::BTreeSet;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use time::Date;

    use crate::calendar::parse_date;

    pub(super) fn serialize<S: Serializer>(days: &BTreeSet<Date>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(days.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Date>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let day = |text: &String| parse_date(text).ok_or_else(|| D::Error::custom(format!("{text:?} is no day")));
        texts.iter().map(day).collect()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{Refusal as _, id::sha256_hex};

    const TODAY: Date = date!(2026 - 11 - 20);

    fn published() -> PublishedYear {
        PublishedYear {
            year: 2027,
            document_no: "国办发明电〔2026〕9号".into(),
            document: Attachment { sha256: sha256_hex(b"notice"), title: "通知".into() },
            days_off: [date!(2026 - 12 - 31), date!(2027 - 01 - 01)].into(),
            workdays: [date!(2027 - 01 - 10)].into(),
        }
    }

    fn wrong(published: &PublishedYear) -> Vec<(&'static str, String)> {
        let calendar = Calendar::try_new([2025, 2026], [], []).expect("sound");
        let refusal = published.check(&calendar, TODAY).expect_err("wrong");
        refusal.explain().fields.into_iter().map(|field| (field.code, field.field)).collect()
    }

    #[test]
    fn c31_what_was_published_names_its_document_and_its_own_days() {
        let calendar = Calendar::try_new([2025, 2026], [], []).expect("sound");
        published().check(&calendar, TODAY).expect("sound");
        let year =
            |year| wrong(&PublishedYear { year, days_off: [date!(2027 - 01 - 01)].into(), ..published() })[0].clone();
        assert_eq!((year(2028).0, year(2024).0), ("YEAR", "YEAR"));
        let no_paper = Attachment { sha256: String::new(), title: String::new() };
        let bare =
            PublishedYear { document_no: " ".into(), document: no_paper, days_off: BTreeSet::new(), ..published() };
        let fields: Vec<String> = wrong(&bare).into_iter().map(|(_, field)| field).collect();
        assert_eq!(fields, ["document_no", "document.sha256", "days_off"]);
        for workday in [date!(2027 - 01 - 11), date!(2028 - 01 - 01)] {
            let strange = PublishedYear { workdays: [workday].into(), ..published() };
            assert_eq!(wrong(&strange), [("BAD_DATE", "workdays".to_owned())], "{workday}");
        }
        let both = PublishedYear { days_off: published().workdays, ..published() };
        assert_eq!(wrong(&both), [("BAD_DATE", "workdays".to_owned())]);
    }

    #[test]
    fn it_is_stored_in_days_that_a_person_reads() {
        let json = serde_json::to_value(published()).expect("JSON");
        assert_eq!(json["days_off"], serde_json::json!(["2026-12-31", "2027-01-01"]));
        assert_eq!(serde_json::from_value::<PublishedYear>(json).expect("the same"), published());
    }
}
