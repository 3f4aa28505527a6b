//! Photographs (公示照片、核查照片) prove one thing each: the notice as it was posted, the same at the end, the site as it was
//! found. One that has been used in this project is refused here; one of another project by the store's unique key.

use kernel::{
    Attachment,
    refusal::{Common, Violations},
};

use super::{Command, State};

/// The constraint of the store that keeps photographs of projects apart.
pub const UNIQUE: &str = "photographs_sha256_key";

const CODE: &str = "PHOTO_USED";

/// Refuses a photograph that has served in this project already.
///
/// # Errors
/// `PHOTO_USED`, naming the field.
pub fn require_unused(state: &State, photo: &Attachment, field: &'static str) -> Result<(), Common> {
    if !state.photographs.contains(&photo.sha256) {
        return Ok(());
    }
    let zh = "这张照片在本项目中已经用过:张贴、期满、核查须各用当时拍摄的照片";
    Err(refused(field, zh, "this photograph has served in this project already: each proves its own moment"))
}

/// The refusal of a photograph that serves another project.
#[must_use]
pub fn of_another_project(command: &Command) -> Common {
    let field = if matches!(command, Command::RecordSiteCheck { .. }) { "site_check.photo" } else { "photo" };
    refused(field, "这张照片已用于其他项目,一张照片不得用于两个项目", "this photograph serves another project")
}

fn refused(field: &'static str, zh: &str, en: &str) -> Common {
    let mut wrong = Violations::default();
    wrong.add(CODE, field, zh, en);
    wrong.finish().expect_err("a violation was added")
}

#[cfg(test)]
mod tests {
    use kernel::{Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, NoticeLevel,
        fixtures::{at, clerk, close_notice, photo_of, post_notice, secretary, site_check, submitted, village_posted},
        record::site_check::SiteCheck,
    };

    #[test]
    fn c33_the_photograph_of_the_posting_is_none_of_the_end() {
        let Command::PostNotice { notice, .. } = post_notice(NoticeLevel::Village, at(4, &secretary())) else {
            panic!("a notice to post")
        };
        let by = at(16, &secretary());
        let close = Command::CloseNotice { level: NoticeLevel::Village, photo: notice.photo, by };
        let fault = given::<Application>(village_posted()).when(close).then_refused(CODE).explain();
        assert_eq!(fault.fields[0].field, "photo");
        given::<Application>(village_posted())
            .when(close_notice(NoticeLevel::Village, at(16, &secretary())))
            .then_accepted();
    }

    #[test]
    fn c33_a_site_check_has_a_photograph_of_its_own() {
        let check = |photo| Command::RecordSiteCheck {
            site_check: SiteCheck { photo: Some(photo), ..site_check() },
            by: at(17, &clerk()),
        };
        let used = photo_of("VILLAGE 张贴 4");
        let fault = given::<Application>(submitted()).when(check(used)).then_refused(CODE).explain();
        assert_eq!(fault.fields[0].field, "site_check.photo");
        given::<Application>(submitted()).when(check(photo_of("现场"))).then_accepted();
    }
}
