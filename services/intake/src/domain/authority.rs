//! Who may do what: a role over the village, and a duty that the person does not break (SOD-1, SOD-4, SOD-5).
//!
//! Every act of a person leaves a [`Signature`]: who, in which post, for whom, when. Each step names one of the four
//! [`Authority`] constants below; the township's decision names the post of its task instead.

use std::sync::Arc;

use kernel::{Actor, Division, Duties, Duty, Pack, PersonId, Post, Role, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Who acts, when, and in which county.
#[derive(Debug, Clone)]
pub struct Occasion {
    /// Who acts.
    pub actor: Actor,
    /// The county pack: rules, calendar, names.
    pub pack: Arc<Pack>,
    /// Now.
    pub at: OffsetDateTime,
}

/// Who did something: part of every fact that a person caused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who really acted.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// In which post.
    pub post: Post,
    /// Who was acted for, if anyone.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Signature {
    /// The persons whose duty this is: who acted, and who was acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }
}

/// The roles that may take a step, and the duty that the step is.
#[derive(Debug)]
pub struct Authority {
    roles: &'static [Role],
    duty: Duty,
}

/// The village drafts, deliberates, posts, submits and corrects.
pub const VILLAGE: Authority = Authority { roles: &[Role::VillageCommittee], duty: Duty::Applicant };
/// The township's clerk checks the site.
pub const TOWNSHIP_CLERK: Authority = Authority { roles: &[Role::TownshipClerk], duty: Duty::TownshipReviewer };
/// The township's head takes back an approval.
pub const TOWNSHIP_HEAD: Authority = Authority { roles: &[Role::TownshipHead], duty: Duty::TownshipReviewer };
/// The township's clerk or head posts and closes its notice.
pub const TOWNSHIP: Authority =
    Authority { roles: &[Role::TownshipClerk, Role::TownshipHead], duty: Duty::TownshipReviewer };
/// The county's revitalization bureau posts the county's notice and keeps the pool.
pub const COUNTY_BUREAU: Authority = Authority { roles: &[Role::RevitalizationBureau], duty: Duty::CountyReviewer };

impl Authority {
    /// The signature of someone who may: holds one of the roles over the village, and has no other duty in the project.
    ///
    /// # Errors
    /// [`Common::Scope`] or [`Common::Sod`].
    pub fn sign(&self, village: Division, duties: &Duties, by: &Occasion) -> Result<Signature, Common> {
        let post = self.post(village, duties, &by.actor)?;
        Ok(signed(by, post.clone()))
    }

    /// Whether the actor may.
    #[must_use]
    pub fn permits(&self, village: Division, duties: &Duties, actor: &Actor) -> bool {
        self.post(village, duties, actor).is_ok()
    }

    fn post<'a>(&self, village: Division, duties: &Duties, actor: &'a Actor) -> Result<&'a Post, Common> {
        let post = self.roles.iter().find_map(|role| actor.post_over(*role, village));
        let Some(post) = post else {
            let roles: Vec<&str> = self.roles.iter().map(|role| role.code()).collect();
            return Err(Common::scope(actor, format_args!("{}@{village}", roles.join("/"))));
        };
        duties.permit(actor, self.duty)?;
        Ok(post)
    }
}

/// The signature of someone who holds this very post, and has no other duty in the project than `duty`.
///
/// # Errors
/// [`Common::Scope`] or [`Common::Sod`].
pub fn sign_as(post: &Post, duty: Duty, duties: &Duties, by: &Occasion) -> Result<Signature, Common> {
    by.actor.require(post)?;
    duties.permit(&by.actor, duty)?;
    Ok(signed(by, post.clone()))
}

/// The signature of someone who holds one of these roles over the village; the act is no duty in the project. An
/// administrator has no business right.
///
/// # Errors
/// [`Common::Scope`].
pub fn sign_without_duty(roles: &[Role], village: Division, by: &Occasion) -> Result<Signature, Common> {
    let needed = || roles.iter().map(|role| role.code()).collect::<Vec<_>>().join("/");
    let post = post_of(roles, village, &by.actor);
    let post = post.ok_or_else(|| Common::scope(&by.actor, format_args!("{}@{village}", needed())))?;
    Ok(signed(by, post.clone()))
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
    Signature {
        person: by.actor.person.clone(),
        name: by.actor.name.clone(),
        post,
        on_behalf_of: by.actor.on_behalf_of.clone(),
        at: by.at,
    }
}
