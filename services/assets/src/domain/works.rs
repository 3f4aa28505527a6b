//! What is known of a project's works, and who may take which step: village, township, county, township.
//!
//! A step needs the post over that village and no other duty in the project. Taken once it stands: a true repeat changes
//! nothing, a different one is refused.

use kernel::{Actor, Division, Duties, Duty, Fen, PersonId, Post, ProjectId, Role, refusal::Common};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Acceptance, Completion, Event, Registration,
    project::{RecordAcceptance, RecordTownshipCheck, RegisterAssets, ReportCompletion},
    registration::register,
};

/// What the contract says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The project.
    pub project: ProjectId,
    /// Its name.
    pub title: String,
    /// The village.
    pub village: Division,
    /// Category of the county pack.
    pub category: String,
    /// Plan year, whose rules judge the project.
    pub fiscal_year: i32,
    /// Contract price (合同价).
    pub price: Fen,
}

/// Who took a step, in which post, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who really acted.
    pub person: PersonId,
    /// Name, for records that people read.
    pub name: String,
    /// The post that allowed it.
    pub post: Post,
    /// Whom that person stood in for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl Signature {
    fn of(actor: &Actor, post: &Post, at: OffsetDateTime) -> Self {
        Self {
            person: actor.person.clone(),
            name: actor.name.clone(),
            post: post.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            at,
        }
    }

    /// Whether the same person signed for the same person.
    #[must_use]
    pub fn is_by_same(&self, other: &Self) -> bool {
        self.person == other.person && self.on_behalf_of == other.on_behalf_of
    }

    /// The persons whose duties count: the one who acted and the one acted for.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(self.on_behalf_of.as_ref())
    }
}

/// The township's first check (乡镇初验).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TownshipCheck {
    /// What was found.
    pub opinion: String,
    /// Who checked.
    pub signed: Signature,
}

/// How far the works are, with what is known by then.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and its machine keeps it in a box")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// S13 开工建设.
    Construction,
    /// 已报竣工.
    CompletionReported(Completion),
    /// 乡镇初验 passed.
    TownshipChecked(Completion, TownshipCheck),
    /// S14 竣工验收 passed.
    Accepted(Completion, TownshipCheck, Acceptance),
    /// S16 资产确权登记.
    AssetRegistered(Completion, TownshipCheck, Acceptance, Registration),
}

impl Stage {
    /// Stable name, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Construction => "CONSTRUCTION",
            Self::CompletionReported(..) => "COMPLETION_REPORTED",
            Self::TownshipChecked(..) => "TOWNSHIP_CHECKED",
            Self::Accepted(..) => "ACCEPTED",
            Self::AssetRegistered(..) => "ASSET_REGISTERED",
        }
    }

    /// The acceptance, once it passed.
    #[must_use]
    pub fn acceptance(&self) -> Option<&Acceptance> {
        match self {
            Self::Construction | Self::CompletionReported(..) | Self::TownshipChecked(..) => None,
            Self::Accepted(_, _, acceptance) | Self::AssetRegistered(_, _, acceptance, _) => Some(acceptance),
        }
    }

    /// The registration, once it was made.
    #[must_use]
    pub fn registration(&self) -> Option<&Registration> {
        match self {
            Self::Construction | Self::CompletionReported(..) | Self::TownshipChecked(..) | Self::Accepted(..) => None,
            Self::AssetRegistered(_, _, _, registration) => Some(registration),
        }
    }

    /// Who has signed here so far, and under which duty.
    #[must_use]
    pub fn signatures(&self) -> Vec<(&Signature, Duty)> {
        let (completion, check, acceptance, registration) = match self {
            Self::Construction => (None, None, None, None),
            Self::CompletionReported(completion) => (Some(completion), None, None, None),
            Self::TownshipChecked(completion, check) => (Some(completion), Some(check), None, None),
            Self::Accepted(completion, check, acceptance) => (Some(completion), Some(check), Some(acceptance), None),
            Self::AssetRegistered(completion, check, acceptance, registration) => {
                (Some(completion), Some(check), Some(acceptance), Some(registration))
            }
        };
        [
            completion.map(|completion| (&completion.signed, Duty::Applicant)),
            check.map(|check| (&check.signed, Duty::TownshipReviewer)),
            acceptance.map(|acceptance| (&acceptance.signed, Duty::Acceptor)),
            registration.map(|registration| (&registration.signed, Duty::TownshipReviewer)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// All that is known of a project's works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Works {
    /// What the contract says.
    pub site: Site,
    /// Who has had which duty in the project.
    pub duties: Duties,
    /// How far the works are.
    pub stage: Stage,
}

impl Works {
    /// Works that a contract was signed for.
    #[must_use]
    pub fn expected(site: &Site, acts: &Duties) -> Self {
        Self { site: site.clone(), duties: acts.clone(), stage: Stage::Construction }
    }

    /// The village reports that building is complete.
    pub(super) fn report_completion(&self, command: ReportCompletion) -> Result<Vec<Event>, Common> {
        let ReportCompletion { before, after, actor, at } = command;
        let signed = self.sign(&actor, &[Role::VillageCommittee], Duty::Applicant, at)?;
        let completion = Completion { before, after, signed };
        match &self.stage {
            Stage::Construction => {
                completion.check()?;
                Ok(vec![Event::CompletionReported(completion)])
            }
            Stage::CompletionReported(done)
            | Stage::TownshipChecked(done, ..)
            | Stage::Accepted(done, ..)
            | Stage::AssetRegistered(done, ..) => already(done.repeats(&completion)),
        }
    }

    /// The township finds on the spot that it is so.
    pub(super) fn record_township_check(&self, command: RecordTownshipCheck) -> Result<Vec<Event>, Common> {
        let RecordTownshipCheck { opinion, actor, at } = command;
        let signed = self.sign(&actor, &[Role::TownshipHead], Duty::TownshipReviewer, at)?;
        let check = TownshipCheck { opinion, signed };
        match &self.stage {
            Stage::Construction => Err(self.too_soon("乡镇初验 RecordTownshipCheck")),
            Stage::CompletionReported(_) => Ok(vec![Event::TownshipCheckPassed(check)]),
            Stage::TownshipChecked(_, done) | Stage::Accepted(_, done, _) | Stage::AssetRegistered(_, done, ..) => {
                already(done.opinion == check.opinion && done.signed.is_by_same(&check.signed))
            }
        }
    }

    /// The county accepts what was built, for so much.
    pub(super) fn record_acceptance(&self, command: RecordAcceptance) -> Result<Vec<Event>, Common> {
        let RecordAcceptance { members, accepted, opinion, actor, pack, at } = command;
        let roles = [Role::SectorDepartment, Role::RevitalizationBureau];
        let signed = self.sign(&actor, &roles, Duty::Acceptor, at)?;
        let acceptance = Acceptance { members, accepted, opinion, signed };
        match &self.stage {
            Stage::Construction | Stage::CompletionReported(_) => Err(self.too_soon("县级验收 RecordAcceptance")),
            Stage::TownshipChecked(..) => {
                let year = self.site.fiscal_year;
                acceptance.check(self.site.price, pack.rules_of(year)?)?;
                Ok(vec![Event::AcceptancePassed(acceptance)])
            }
            Stage::Accepted(_, _, done) | Stage::AssetRegistered(_, _, done, _) => already(done.repeats(&acceptance)),
        }
    }

    /// The township enters the assets in the village collective's name.
    pub(super) fn register_assets(&self, command: RegisterAssets) -> Result<Vec<Event>, Common> {
        let RegisterAssets { assets, transfer_sheet, actor, at } = command;
        let signed = self.sign(&actor, &[Role::TownshipHead], Duty::TownshipReviewer, at)?;
        let registration = |accepted| {
            let assets = register(&self.site, accepted, assets)?;
            Ok::<_, Common>(Registration { assets, transfer_sheet, signed })
        };
        match &self.stage {
            Stage::Construction | Stage::CompletionReported(_) | Stage::TownshipChecked(..) => {
                Err(self.too_soon("资产登记 RegisterAssets"))
            }
            Stage::Accepted(_, _, acceptance) => Ok(vec![Event::AssetsRegistered(registration(acceptance.accepted)?)]),
            Stage::AssetRegistered(_, _, acceptance, done) => {
                already(registration(acceptance.accepted).is_ok_and(|again| done.repeats(&again)))
            }
        }
    }

    /// Takes a fact in.
    pub(super) fn apply(&mut self, event: &Event) {
        let stage = std::mem::replace(&mut self.stage, Stage::Construction);
        self.stage = match (stage, event) {
            (Stage::Construction, Event::CompletionReported(completion)) => {
                Stage::CompletionReported(completion.clone())
            }
            (Stage::CompletionReported(completion), Event::TownshipCheckPassed(check)) => {
                Stage::TownshipChecked(completion, check.clone())
            }
            (Stage::TownshipChecked(completion, check), Event::AcceptancePassed(acceptance)) => {
                Stage::Accepted(completion, check, acceptance.clone())
            }
            (Stage::Accepted(completion, check, acceptance), Event::AssetsRegistered(registration)) => {
                Stage::AssetRegistered(completion, check, acceptance, registration.clone())
            }
            // No other fact can follow: `decide` gives none.
            (
                stage,
                Event::ProjectExpected { .. }
                | Event::CompletionReported(_)
                | Event::TownshipCheckPassed(_)
                | Event::AcceptancePassed(_)
                | Event::AssetsRegistered(_),
            ) => stage,
        };
        for (signature, duty) in self.stage.signatures() {
            for person in signature.persons() {
                self.duties.record_person(person, duty);
            }
        }
    }

    /// The signature of an actor who holds one of these posts over the village, and no other duty in the project.
    fn sign(&self, actor: &Actor, roles: &[Role], duty: Duty, at: OffsetDateTime) -> Result<Signature, Common> {
        let village = self.site.village;
        let post = roles.iter().find_map(|role| actor.post_over(*role, village));
        let needed = || roles.iter().map(|role| format!("{role}@{village}")).collect::<Vec<_>>().join(" / ");
        let post = post.ok_or_else(|| Common::scope(actor, needed()))?;
        self.duties.permit(actor, duty)?;
        Ok(Signature::of(actor, post, at))
    }

    fn too_soon(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.stage.code(), command }
    }
}

/// A step that was taken before: nothing more when it is the same, a refusal otherwise.
fn already(same: bool) -> Result<Vec<Event>, Common> {
    if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) }
}
