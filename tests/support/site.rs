//! The township goes to the site: who checks it, and that each says so.

use kernel::Role;
use play::papers;
use proto::intake::v1::{
    Application, ConfirmSiteCheckRequest, Content, NoticeLevel, ProposeApplicationRequest, RecordSiteCheckRequest,
    SiteCheck,
};
use tonic::Status;
use xianjie::demo::stage::Player;

use crate::desk::{Desk, TOWNSHIP, key};

impl Desk {
    /// The township's site check by these persons, with or without a photograph, which each of them confirms.
    ///
    /// # Errors
    /// The refusal.
    pub async fn check_site(
        &mut self,
        known: &Application,
        checkers: &[&Player],
        photo: bool,
    ) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = known.clone();
        let site_check = Some(self.site_check(checkers, photo));
        let request = RecordSiteCheckRequest { request_id: key(), project_id, etag, site_check };
        // The other clerk looks through files.
        let mut clerk = self.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("another clerk");
        let mut checked = clerk.intake.record_site_check(request).await?.into_inner();
        for checker in checkers.iter().filter(|checker| checker.person.id != clerk.person.id) {
            checked = self.confirm_site(&checked, checker).await?;
        }
        Ok(checked)
    }

    /// One who is named says that he was there.
    ///
    /// # Errors
    /// The refusal.
    pub async fn confirm_site(&self, known: &Application, checker: &Player) -> Result<Application, Status> {
        let Application { project_id, etag, .. } = known.clone();
        let request = ConfirmSiteCheckRequest { request_id: key(), project_id, etag };
        Ok(checker.intake.clone().confirm_site_check(request).await?.into_inner())
    }

    /// A site check of today by these persons, with or without a photograph.
    #[must_use]
    pub fn site_check(&self, checkers: &[&Player], photo: bool) -> SiteCheck {
        let checkers = checkers.iter().map(|checker| checker.person.id.to_string()).collect();
        let check = papers::site_check(self.stage.today(), checkers, &key());
        SiteCheck { photo: check.photo.filter(|_| photo), ..check }
    }

    /// An application whose site two officials of the township have checked.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn checked(&mut self, content: Content) -> Application {
        let submitted = self.submitted(content).await;
        self.check_by_two(submitted).await
    }

    /// The same from a draft that somebody else of the village wrote.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn from_draft_to_checked(&mut self, draft: Application) -> Application {
        let handed_in = self.hand_in(draft).await;
        let submitted = self.complete_papers(&handed_in.project_id).await;
        self.check_by_two(submitted).await
    }

    /// A draft, voted on, its notice closed, with the township: nobody has looked at it there.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn hand_in(&mut self, draft: Application) -> Application {
        let mut secretary = self.secretary().await;
        let Application { project_id, etag, .. } = draft;
        let request = ProposeApplicationRequest { request_id: key(), project_id, etag, validate_only: false };
        let proposed = secretary.intake.propose_application(request).await.expect("proposed").into_inner();
        let voted = self.vote(&proposed, 26, (25, 1, 0)).await.expect("voted");
        let posted = self.post(&secretary, &voted, NoticeLevel::Village).await.expect("posted");
        self.submit(posted).await
    }

    /// The same from an application whose file is complete.
    ///
    /// # Panics
    /// When the check is refused.
    pub async fn check_by_two(&mut self, submitted: Application) -> Application {
        let clerk = self.stage.nth(Role::TownshipClerk, TOWNSHIP, 1).await.expect("a clerk");
        let finance = self.player(Role::TownshipFinance, TOWNSHIP).await;
        self.check_site(&submitted, &[&clerk, &finance], true).await.expect("checked")
    }
}
