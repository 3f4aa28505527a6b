//! Who may do what: a role over the village, and a duty that the person does not break (SOD-1, SOD-4, SOD-5).
//!
//! Every act of a person leaves a [`Signature`]: who, in which post, for whom, when. Each step names one of the four
//! [`Authority`] constants below; the township's decision names the post of its task instead.

use std::collections::BTreeSet;

use kernel::{Actor, Division, Duties, Duty, Occasion, Post, Role, duty::Exclusions, refusal::Common};

use super::{NoticeLevel, Signature};

/// The roles that may take a step, and the duty that the step is.
#[derive(Debug)]
pub struct Authority {
    roles: &'static [Role],
    duty: Duty,
}

/// The village drafts, deliberates, posts, submits and corrects.
pub const VILLAGE: Authority = Authority { roles: &[Role::VillageCommittee], duty: Duty::Applicant };
/// The township's clerk looks through the file, and records who was at the site.
pub const TOWNSHIP_CLERK: Authority = Authority { roles: &[Role::TownshipClerk], duty: Duty::TownshipReviewer };
/// The same who was there himself.
pub const CHECKING_CLERK: Authority = Authority { roles: &[Role::TownshipClerk], duty: Duty::SiteChecker };
/// The township's head takes back an approval.
pub const TOWNSHIP_HEAD: Authority = Authority { roles: &[Role::TownshipHead], duty: Duty::TownshipReviewer };
/// The township's clerk or head posts and closes its notice.
pub const TOWNSHIP: Authority =
    Authority { roles: &[Role::TownshipClerk, Role::TownshipHead], duty: Duty::TownshipReviewer };
/// The county's revitalization bureau posts the county's notice and keeps the pool.
pub const COUNTY_BUREAU: Authority = Authority { roles: &[Role::RevitalizationBureau], duty: Duty::CountyOffice };

/// Who posts and closes the notice of this level.
#[must_use]
pub fn of_notice(level: NoticeLevel) -> &'static Authority {
    match level {
        NoticeLevel::Village => &VILLAGE,
        NoticeLevel::Township => &TOWNSHIP,
        NoticeLevel::County => &COUNTY_BUREAU,
    }
}

impl Authority {
    /// The signature of someone who may: holds one of the roles over the village, and no duty in the project forbids it.
    ///
    /// # Errors
    /// [`Common::Scope`] or [`Common::Sod`].
    pub fn sign(&self, village: Division, duties: &Duties, by: &Occasion) -> Result<Signature, Common> {
        let post = self.post(village, &by.actor).ok_or_else(|| out_of_scope(self.roles, village, by))?;
        by.permit(duties, self.duty)?;
        Ok(signed(by, post.clone()))
    }

    /// Whether the actor may.
    #[must_use]
    pub fn permits(&self, village: Division, duties: &Duties, actor: &Actor, exclusions: &Exclusions) -> bool {
        self.post(village, actor).is_some() && duties.permit(actor, self.duty, exclusions).is_ok()
    }

    fn post<'a>(&self, village: Division, actor: &'a Actor) -> Option<&'a Post> {
        self.roles.iter().find_map(|role| actor.post_over(*role, village))
    }
}

/// The signature of someone who holds this very post, and whom no duty in the project forbids `duty`.
///
/// # Errors
/// [`Common::Scope`] or [`Common::Sod`].
pub fn sign_as(post: &Post, duty: Duty, duties: &Duties, by: &Occasion) -> Result<Signature, Common> {
    by.actor.require(post)?;
    by.permit(duties, duty)?;
    Ok(signed(by, post.clone()))
}

/// The signature of someone who holds one of these roles over the village; the act is no duty in the project. An
/// administrator has no business right.
///
/// # Errors
/// [`Common::Scope`].
pub fn sign_without_duty(roles: &[Role], village: Division, by: &Occasion) -> Result<Signature, Common> {
    let post = post_of(roles, village, &by.actor).ok_or_else(|| out_of_scope(roles, village, by))?;
    Ok(signed(by, post.clone()))
}

/// So many posts a refusal names: whoever looks for a colleague needs no longer list.
const POSTS_NAMED: usize = 6;

/// The refusal of somebody who holds none of these roles over the village: it names the posts that there are.
fn out_of_scope(roles: &[Role], village: Division, by: &Occasion) -> Common {
    let held = by.pack.persons.iter().flat_map(|person| &person.posts);
    let right = held.filter(|post| roles.contains(&post.role) && post.role != Role::Administrator);
    let posts: BTreeSet<String> =
        right.filter(|post| post.org.division().contains(village)).map(ToString::to_string).collect();
    if posts.is_empty() {
        let roles: Vec<&str> = roles.iter().map(|role| role.code()).collect();
        return Common::scope(&by.actor, roles.join("/"));
    }
    let named: Vec<String> = posts.into_iter().take(POSTS_NAMED).collect();
    Common::scope(&by.actor, named.join("/"))
}

/// Whether the actor holds one of these roles over the village; an administrator has no business right.
#[must_use]
pub fn holds_one_of(roles: &[Role], village: Division, actor: &Actor) -> bool {
    post_of(roles, village, actor).is_some()
}

fn post_of<'a>(roles: &[Role], village: Division, actor: &'a Actor) -> Option<&'a Post> {
    let business = roles.iter().filter(|role| **role != Role::Administrator);
    business.into_iter().find_map(|role| actor.post_over(*role, village))
}

fn signed(by: &Occasion, post: Post) -> Signature {
    Signature::of(&by.actor, post, by.at)
}
