//! Several refusals said at once: the code and words of the first, and of all of them the fields and the figures.
//!
//! Each stands in the one `BadRequest` with its code as `reason`; its rule, figures and basis stand in the `ErrorInfo`'s metadata
//! under `CODE.rule`, `CODE.actual`, `CODE.limit` and `CODE.basis`, and are repeated in words.

use std::collections::{BTreeMap, HashMap};

use tonic::Status;
use tonic_types::{BadRequest, ErrorDetail, FieldViolation, StatusExt as _};

/// What is told of a refusal besides its words, with their names in Chinese.
const FIGURES: [(&str, &str); 3] = [("actual", "实际"), ("limit", "限额"), ("basis", "依据")];

/// One refusal of all these, which must be at least one.
#[must_use]
pub fn all(refusals: &[Status]) -> Status {
    let Some(first) = refusals.first() else { return Status::unknown("nothing was refused") };
    let (mut violations, mut figures) = (Vec::<FieldViolation>::new(), HashMap::new());
    for refusal in refusals {
        let (fields, of_it) = taken_apart(refusal);
        for field in fields {
            if !violations.iter().any(|known| (&known.field, &known.reason) == (&field.field, &field.reason)) {
                violations.push(field);
            }
        }
        for (name, figure) in of_it {
            figures.entry(name).or_insert(figure);
        }
    }
    let mut details = first.get_error_details_vec();
    details.retain(|detail| !matches!(detail, ErrorDetail::BadRequest(_)));
    for detail in &mut details {
        if let ErrorDetail::ErrorInfo(info) = detail {
            info.metadata.extend(figures.clone());
        }
    }
    details.push(BadRequest::new(violations).into());
    Status::with_error_details_vec(first.code(), first.message(), details)
}

/// The fields that a refusal names, itself as one when it names none, and its figures by code and name.
fn taken_apart(refusal: &Status) -> (Vec<FieldViolation>, BTreeMap<String, String>) {
    let details = refusal.get_error_details();
    let Some(info) = details.error_info() else { return (Vec::new(), BTreeMap::new()) };
    let named = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    let own = info.metadata.iter().filter(|(name, _)| !name.contains('.'));
    let figures = own.clone().map(|(name, figure)| (format!("{}.{name}", info.reason), figure.clone()));
    let gathered = info.metadata.iter().filter(|(name, _)| name.contains('.'));
    let figures: BTreeMap<String, String> =
        figures.chain(gathered.map(|(name, figure)| (name.clone(), figure.clone()))).collect();
    if !named.is_empty() {
        let told = named.into_iter().map(|field| with_figures(field, &figures));
        return (told.collect(), figures);
    }
    let mut itself = FieldViolation::new("", refusal.message());
    itself.reason.clone_from(&info.reason);
    (vec![with_figures(itself, &figures)], figures)
}

/// The violation, with the figures of its code in words; once is enough.
fn with_figures(mut violation: FieldViolation, figures: &BTreeMap<String, String>) -> FieldViolation {
    let of_it = |(name, zh): (&str, &str)| {
        let figure = figures.get(&format!("{}.{name}", violation.reason))?;
        Some(format!("{zh} {name}: {figure}"))
    };
    let told: Vec<String> = FIGURES.into_iter().filter_map(of_it).collect();
    if !told.is_empty() && !violation.description.ends_with(')') {
        violation.description = format!("{} ({})", violation.description, told.join("; "));
    }
    violation
}

#[cfg(test)]
mod tests {
    use kernel::Explanation;
    use tonic::Code;

    use super::*;
    use crate::status::explained;

    fn ratio() -> Status {
        let explanation = Explanation::new("RATIO", "比例不足", "too small a share").figures("19", "20").at("budget");
        let basis = Some("某办法 [source]".to_owned());
        explained(Code::FailedPrecondition, &Explanation { rule: Some("R-2080"), basis, ..explanation })
    }

    #[test]
    fn the_first_leads_and_all_are_told_each_once() {
        let missing = explained(Code::InvalidArgument, &Explanation::new("REQUIRED", "请填写", "empty").at("place"));
        let bare = explained(Code::FailedPrecondition, &Explanation::new("SITE_CHECK", "未核查", "nobody was there"));
        let told = all(&[missing, ratio(), bare, ratio()]);
        assert_eq!((told.code(), told.message()), (Code::InvalidArgument, "REQUIRED: 请填写 / empty"));
        let details = told.get_error_details();
        let info = details.error_info().expect("a code");
        assert_eq!((info.reason.as_str(), info.metadata.get("rule")), ("REQUIRED", None));
        let figure = |name: &str| info.metadata.get(name).map(String::as_str);
        assert_eq!(figure("RATIO.rule"), Some("R-2080"));
        assert_eq!((figure("RATIO.actual"), figure("RATIO.limit")), (Some("19"), Some("20")));
        assert_eq!(figure("RATIO.basis"), Some("某办法 [source]"));
        let fields = &details.bad_request().expect("fields").field_violations;
        let named: Vec<(&str, &str)> =
            fields.iter().map(|field| (field.field.as_str(), field.reason.as_str())).collect();
        assert_eq!(named, [("place", "REQUIRED"), ("budget", "RATIO"), ("", "SITE_CHECK")]);
        let words = "比例不足 / too small a share (实际 actual: 19; 限额 limit: 20; 依据 basis: 某办法 [source])";
        assert_eq!(fields[1].description, words);
        assert_eq!(told.get_error_details_vec().len(), 4, "the code, two languages, the fields");
    }

    #[test]
    fn what_was_gathered_may_be_gathered_again() {
        let once = all(&[ratio()]);
        let twice = all(std::slice::from_ref(&once));
        let fields = |status: &Status| {
            let bad = status.get_error_details().bad_request().expect("fields").clone();
            bad.field_violations.into_iter().map(|field| field.description).collect::<Vec<_>>()
        };
        assert_eq!(fields(&once), fields(&twice));
    }
}
