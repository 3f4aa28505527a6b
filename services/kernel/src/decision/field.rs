//! Where something is to be corrected (补正位置): a section of the application form, a field of it, or `other`.
//!
//! Paths are those of the contract, with or without the leading `content.`: `land_note`, `items`, `items[0].amount_fen`,
//! `linkage.households`. The suffix of an amount's unit may be left out.

/// A section of the form, whether it is a list, and the fields that it has.
type Section = (&'static str, bool, &'static [&'static str]);

/// The form's sections, in its own order; `other` is what no section has.
const SECTIONS: &[Section] = &[
    ("fiscal_year", false, &[]),
    ("title", false, &[]),
    ("category", false, &[]),
    ("sub_type", false, &[]),
    ("village", false, &[]),
    ("place", false, &[]),
    ("responsible_person", false, &[]),
    ("operator", false, &[]),
    ("items", true, &["title", "quantity_milli", "unit", "amount_fen", "unit_price_fen"]),
    ("budget", true, &["source", "use", "amount_fen"]),
    ("total_fen", false, &[]),
    (
        "linkage",
        false,
        &[
            "households",
            "persons",
            "lifted_out_persons",
            "monitored_persons",
            "ways",
            "collective_income_fen",
            "household_income_fen",
            "unstable_persons",
            "marginal_persons",
            "hardship_persons",
        ],
    ),
    ("performance_targets", true, &["indicator", "target"]),
    ("land_note", false, &[]),
    ("environment_note", false, &[]),
    ("schedule", false, &[]),
    ("construction_begin_date", false, &[]),
    ("construction_end_date", false, &[]),
    ("attachments", true, &["sha256", "title"]),
    ("nature", false, &[]),
    ("responsible_unit", false, &[]),
    ("operating_mode", false, &[]),
    ("coordinates", false, &["latitude_micro", "longitude_micro"]),
    ("joint_villages", true, &[]),
    ("jobs", false, &[]),
    ("temporary_jobs", false, &[]),
    ("other", false, &[]),
];

/// Whether the application form has this section or field.
#[must_use]
pub fn is_of_the_form(path: &str) -> bool {
    let path = path.strip_prefix("content.").unwrap_or(path);
    let (head, field) = path.split_once('.').map_or((path, None), |(head, field)| (head, Some(field)));
    let (name, index) = head.split_once('[').map_or((head, None), |(name, index)| (name, Some(index)));
    let Some((_, list, fields)) = SECTIONS.iter().find(|(known, ..)| is_called(known, name)) else { return false };
    index.is_none_or(|index| *list && is_index(index))
        && field.is_none_or(|field| {
            // Of a list's field it must be said which entry's.
            *list == index.is_some() && fields.iter().any(|known| is_called(known, field))
        })
}

fn is_called(known: &str, name: &str) -> bool {
    known == name || ["_fen", "_milli"].iter().any(|unit| known.strip_suffix(unit) == Some(name))
}

fn is_index(rest: &str) -> bool {
    rest.strip_suffix(']').is_some_and(|index| index.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;

    #[test]
    fn every_section_of_the_pack_can_be_named() {
        for section in pack::SECTIONS {
            assert!(is_of_the_form(section), "{section}");
        }
    }

    #[test]
    fn fields_are_named_by_their_path() {
        for path in [
            "items[0]",
            "items[12].amount_fen",
            "items[0].amount",
            "items[0].quantity",
            "content.budget[1].use",
            "linkage.households",
            "linkage.collective_income",
            "total",
            "joint_villages[0]",
            "coordinates.latitude_micro",
        ] {
            assert!(is_of_the_form(path), "{path}");
        }
        for path in [
            "",
            " ",
            "no_such",
            "items[0].no_such",
            "items.amount_fen",
            "items[x]",
            "items[0",
            "items[-1]",
            "land_note[0]",
            "land_note.text",
            "linkage[0].households",
            "content.",
            "content",
            "decision.opinion",
        ] {
            assert!(!is_of_the_form(path), "{path}");
        }
    }
}
