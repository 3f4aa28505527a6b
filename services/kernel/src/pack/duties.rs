//! `duties.toml`: which duties one person may not both have in a project (不相容岗位).
//!
//! Each pair stands once, under either duty; a duty never excludes itself.

use serde::Deserialize;

use super::fault::{Faults, Sheet};
use crate::{Duty, duty::Exclusions};

pub(super) const DUTIES: &str = "duties.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DutySheet {
    duties: Vec<DutyRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyRow {
    duty: String,
    excludes: Vec<String>,
}

impl DutySheet {
    pub(super) fn check(&self, faults: &mut Faults) -> Exclusions {
        let mut sheet = faults.of(DUTIES);
        sheet.no_repeats(self.duties.iter().enumerate().map(|(at, row)| (format!("duties[{at}].duty"), &row.duty)));
        let mut pairs = Vec::new();
        for (at, row) in self.duties.iter().enumerate() {
            let Some(duty) = read(format!("duties[{at}].duty"), &row.duty, &mut sheet) else { continue };
            for (nth, name) in row.excludes.iter().enumerate() {
                let key = format!("duties[{at}].excludes[{nth}]");
                let Some(other) = read(key.clone(), name, &mut sheet) else { continue };
                if duty == other {
                    sheet.add(key.clone(), "岗位不能与自身互斥", format!("{duty} can't exclude itself"));
                }
                pairs.push((key, (duty.min(other), duty.max(other))));
            }
        }
        let named = pairs.iter().map(|(key, (one, other))| (key.clone(), format!("{one} – {other}")));
        sheet.no_repeats(named.collect::<Vec<_>>());
        Exclusions::of(pairs.into_iter().map(|(_, pair)| pair))
    }
}

fn read(key: String, name: &str, sheet: &mut Sheet<'_>) -> Option<Duty> {
    let known = Duty::parse(name);
    if known.is_none() {
        let names = Duty::ALL.map(Duty::as_str).join(", ");
        sheet.add(key, format!("没有岗位职责“{name}”"), format!("{name:?} is no duty: {names}"));
    }
    known
}

#[cfg(test)]
mod tests {
    use crate::{Duty, Pack, pack::example};

    const FILE: &str = "duties.toml";

    #[test]
    fn pairs_are_read_in_either_order() {
        let pack = Pack::parse(&example::files()).expect("the example is sound");
        assert!(pack.exclusions.excludes(Duty::TownshipReviewer, Duty::Applicant));
        assert!(pack.exclusions.excludes(Duty::PaymentReviewer, Duty::PaymentReleaser));
        assert!(!pack.exclusions.excludes(Duty::Applicant, Duty::PaymentReleaser));
    }

    #[test]
    fn a_pair_names_two_known_duties_once() {
        let pair = "excludes = [\"PAYMENT_RELEASER\"]";
        let key = "duties[1].excludes[0]";
        example::refused(FILE, pair, "excludes = [\"KING\"]", key, "no duty");
        example::refused(FILE, pair, "excludes = [\"COUNTY_REVIEWER\"]", key, "no duty");
        example::refused(FILE, pair, "excludes = [\"PAYMENT_REVIEWER\"]", key, "itself");
        let twice = "excludes = [\"PAYMENT_RELEASER\", \"PAYMENT_RELEASER\"]";
        example::refused(FILE, pair, twice, "duties[1].excludes[1]", "duties[1].excludes[0]");
        example::refused(FILE, "\"PAYMENT_REVIEWER\"", "\"APPLICANT\"", "duties[1].duty", "duties[0].duty");
    }
}
