//! How an application says no. Its refusals are those of every machine ([`kernel::refusal::Common`]), each made where its rule
//! stands; here is what a rule says that has no value in the county pack.

use kernel::{
    Explanation,
    refusal::{Common, Violations},
};

/// A rule of domain that has no value in the county pack, with the document that it rests on.
pub fn unpriced(
    code: &'static str,
    rule: &'static str,
    basis: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Explanation {
    let mut explanation = Explanation::new(code, zh, en);
    explanation.rule = Some(rule);
    explanation.basis = Some(basis.to_owned());
    explanation
}

/// Refuses a text that says nothing.
///
/// # Errors
/// `REQUIRED`, naming the field.
pub fn require_text(text: &str, field: &'static str, zh: &'static str) -> Result<(), Common> {
    let mut wrong = Violations::default();
    if text.trim().is_empty() {
        wrong.add("REQUIRED", field, zh, "must not be empty");
    }
    wrong.finish()
}
