//! A change of some sections of the form only (field mask, AIP-134): they are put into what is known.

use kernel::refusal::Common;
use proto::intake::v1::Content;

use super::gathered;

/// The whole form after the change of the sections that the mask names.
///
/// # Errors
/// `UPDATE_MASK`, naming each path that is no section.
pub fn merged(known: Content, asked: Content, paths: &[String]) -> Result<Content, Common> {
    gathered(|wrong| {
        let mut merged = known;
        for (index, path) in paths.iter().enumerate() {
            if take(&mut merged, &asked, path).is_none() {
                let zh = "update_mask 只能列申报书的章节,如 land_note、items";
                let en = "is no section of the form such as land_note or items";
                wrong.add("UPDATE_MASK", format!("update_mask.paths[{index}]"), zh, en);
            }
        }
        Some(merged)
    })
}

fn take(into: &mut Content, from: &Content, path: &str) -> Option<()> {
    macro_rules! sections {
        ($($section:ident),* $(,)?) => {
            match path.trim_start_matches("content.") {
                $(stringify!($section) => into.$section.clone_from(&from.$section),)*
                _ => return None,
            }
        };
    }
    sections!(
        fiscal_year,
        title,
        category,
        sub_type,
        village,
        place,
        responsible_person,
        operator,
        items,
        budget,
        total_fen,
        linkage,
        performance_targets,
        land_note,
        environment_note,
        schedule,
        construction_begin_date,
        construction_end_date,
        attachments,
        nature,
        responsible_unit,
        operating_mode,
        coordinates,
        joint_villages,
        jobs,
        temporary_jobs,
    );
    Some(())
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;
    use prost_reflect::ReflectMessage as _;

    use super::*;
    use crate::{convert::content::content_message, domain::fixtures};

    #[test]
    fn only_what_the_mask_names_changes() {
        let known = content_message(&fixtures::content());
        let asked = Content { land_note: "已批复".into(), title: "别的".into(), ..Content::default() };
        let after = merged(known.clone(), asked, &["land_note".into()]).expect("a section");
        assert_eq!(after, Content { land_note: "已批复".into(), ..known });
    }

    #[test]
    fn every_section_of_the_contract_can_be_named() {
        let (known, asked) = (content_message(&fixtures::content()), Content::default());
        let paths: Vec<String> = asked.descriptor().fields().map(|field| field.name().to_owned()).collect();
        assert_eq!(merged(known, asked, &paths).expect("all are sections"), Content::default());
    }

    #[test]
    fn a_path_that_is_none_is_named() {
        let refused = merged(Content::default(), Content::default(), &["title".into(), "colour".into()]);
        let explanation = refused.expect_err("no such section").explain();
        assert_eq!((explanation.code, explanation.fields[0].field.as_str()), ("UPDATE_MASK", "update_mask.paths[1]"));
    }
}
