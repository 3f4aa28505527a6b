//! What is wrong with a county pack: file, key and the reason in both languages, all of it at once.
//!
//! [`Faults`] collects, [`Sheet`] is the collector of one file; the checks themselves stand beside each file's form.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::de::DeserializeOwned;

use super::{categories, county, duties, holidays, persons, rule_book, sources};

/// Every file of a pack.
const FILES: [&str; 11] = [
    county::COUNTY,
    county::DIVISIONS,
    county::ORGANISATIONS,
    persons::PERSONS,
    sources::SOURCES,
    categories::QUESTIONS,
    categories::DEPARTMENTS,
    categories::CATEGORIES,
    rule_book::RULES,
    holidays::CALENDAR,
    duties::DUTIES,
];

/// One thing that is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {key}: {zh} / {en}")]
pub struct PackError {
    /// The file.
    pub file: String,
    /// The key in it, e.g. `rules[3].value`, counted from 0; `line 7, column 3` where the file can't be read at all.
    pub key: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

/// All that is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<PackError>);

impl Faults {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<PackError> {
        self.0
    }

    /// The collector of one file.
    pub(super) fn of(&mut self, file: &'static str) -> Sheet<'_> {
        Sheet { file, faults: self }
    }

    /// A file with another name is a misspelt one, and would be silently left out.
    pub(super) fn refuse_unknown_files(&mut self, files: &BTreeMap<String, String>) {
        for name in files.keys().filter(|name| !FILES.contains(&name.as_str())) {
            let (zh, en) =
                ("不是配置包的文件".to_owned(), format!("is no file of a county pack: {}", FILES.join(", ")));
            self.0.push(PackError { file: name.clone(), key: "-".into(), zh, en });
        }
    }

    /// Reads a file of its form.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        files: &BTreeMap<String, String>,
        file: &'static str,
    ) -> Option<T> {
        let mut sheet = self.of(file);
        let Some(text) = files.get(file) else {
            sheet.add("-", "缺少此文件", "the file is missing");
            return None;
        };
        match toml::from_str(text) {
            Ok(form) => Some(form),
            Err(error) => {
                let (line, column) = error.span().map_or((1, 1), |span| place(text, span.start));
                let key = format!("line {line}, column {column}");
                sheet.add(key, format!("第{line}行第{column}列无法识别"), error.message().replace('\n', " "));
                None
            }
        }
    }
}

/// Line and column, counted from 1, of a byte of the text.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// What is wrong with one file.
pub(super) struct Sheet<'a> {
    file: &'static str,
    faults: &'a mut Faults,
}

impl Sheet<'_> {
    pub(super) fn add(&mut self, key: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        self.faults.0.push(PackError { file: self.file.into(), key: key.into(), zh: zh.into(), en: en.into() });
    }

    /// The value, or a fault with the reader's own reason.
    pub(super) fn take<T, E: fmt::Display>(
        &mut self,
        key: impl Into<String>,
        zh: &str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|error| self.add(key, zh, error.to_string())).ok()
    }

    /// A text that people read may not be empty.
    pub(super) fn named(&mut self, key: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(key, "不得为空", "must not be empty");
        }
    }

    /// A stable code: capital letters, digits and `_`.
    pub(super) fn code(&mut self, key: impl Into<String>, code: &str) {
        let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if !(1..=32).contains(&code.len()) || !code.chars().all(allowed) {
            self.add(key, format!("代码“{code}”格式不正确"), format!("{code:?} is no code (1-32 of A-Z, 0-9, _)"));
        }
    }

    /// A reference that leads nowhere.
    pub(super) fn dangling(&mut self, key: impl Into<String>, name: impl fmt::Display, wanted: &str) {
        self.add(key, format!("“{name}”未在 {wanted} 中登记"), format!("{name} is not in {wanted}"));
    }

    /// What must be unique and is there again.
    pub(super) fn no_repeats<T: fmt::Display>(&mut self, entries: impl IntoIterator<Item = (String, T)>) {
        let mut seen = BTreeMap::new();
        for (key, value) in entries {
            let value = value.to_string();
            if let Some(first) = seen.get(&value) {
                self.add(key, format!("“{value}”重复,已见于 {first}"), format!("{value} stands already at {first}"));
            } else {
                seen.insert(value, key);
            }
        }
    }

    /// A list that may not be empty.
    pub(super) fn not_empty<T>(&mut self, key: impl Into<String>, list: &[T]) {
        if list.is_empty() {
            self.add(key, "至少需要一项", "needs at least one entry");
        }
    }

    /// A fiscal year that the pack serves; nothing is said when the county's own years are at fault.
    pub(super) fn served(&mut self, key: impl Into<String>, year: i32, years: Option<&std::ops::RangeInclusive<i32>>) {
        if let Some(years) = years.filter(|years| !years.contains(&year)) {
            let (first, last) = (years.start(), years.end());
            self.add(
                key,
                format!("年度{year}不在{first}—{last}之内"),
                format!("{year} is not within {first} to {last}"),
            );
        }
    }
}

/// The set of what was named, for finding dangling references.
pub(super) fn set_of<T: Ord>(entries: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    entries.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::pack::example;

    #[test]
    fn a_file_that_is_no_toml_is_said_with_its_line() {
        let errors = example::broken("county.toml", "name = \"甲县\"", "name = \"甲县");
        assert_eq!((errors[0].file.as_str(), errors[0].key.as_str()), ("county.toml", "line 2, column 11"));
    }

    #[test]
    fn an_unknown_key_is_said_with_its_line_and_name() {
        let errors = example::broken("divisions.toml", "name = \"甲镇\"", "nmae = \"甲镇\"");
        assert_eq!(errors[0].key, "line 3, column 28");
        assert!(errors[0].en.contains("nmae"), "{}", errors[0]);
    }

    #[test]
    fn missing_and_unknown_files_are_all_said_at_once() {
        let mut files = example::files();
        let rules = files.remove("rules.toml").expect("it is there");
        files.insert("rulse.toml".into(), rules);
        files.remove("calendar.toml");
        let errors = crate::Pack::parse(&files).expect_err("three faults");
        let named: Vec<&str> = errors.iter().map(|error| error.file.as_str()).collect();
        assert_eq!(named, ["rulse.toml", "rules.toml", "calendar.toml"]);
    }

    #[test]
    fn an_error_names_file_key_and_reason_in_both_languages() {
        let errors = example::broken("divisions.toml", "code = \"110101001000\"", "code = \"110101\"");
        let text = errors[0].to_string();
        assert!(text.starts_with("divisions.toml: divisions[1].code: "), "{text}");
        assert!(text.contains("12-digit") && text.contains("区划代码"), "{text}");
    }
}
