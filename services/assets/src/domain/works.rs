//! What is known of a project's works, and who may take which step: village, township, county, township.
//!
//! A step needs the post over that village, for the acceptance that of the department named for the category, and no other
//! duty in the project. Taken once it stands: a true repeat changes nothing, a different one is refused. While the project
//! is suspended nothing is checked, accepted or registered; see [`super::heard`].

use kernel::{
    Actor, Division, Duties, Duty, Fen, Occasion, Pack, PersonId, Post, ProjectId, Role, Suspensions, reach::seat,
    refusal::Common,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Acceptance, Completion, Event, Registration, acceptance, group, heard,
    project::{RecordAcceptance, RecordTownshipCheck, RegisterAssets, ReportCompletion},
    registration::{self, Due, register},
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
    /// Departments that were asked about it at the county: beside those in whose division it lies they read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Post>,
}

impl Site {
    /// Who is asked about it: see [`kernel::reach::seat`].
    #[must_use]
    pub fn seats(&self) -> Vec<String> {
        self.asked.iter().map(|post| seat(post, None)).collect()
    }

    /// The same, with the department that the pack lets accept what its category builds.
    #[must_use]
    pub fn seats_by(&self, pack: &Pack) -> Vec<String> {
        let acceptor = pack.category(&self.category).map(|category| seat(&category.acceptance, None));
        self.seats().into_iter().chain(acceptor).collect()
    }

    /// Refuses whoever may not read the project.
    ///
    /// # Errors
    /// `SCOPE`.
    pub fn require_reader(&self, actor: &Actor, pack: &Pack) -> Result<(), Common> {
        actor.require_reach(self.village, &self.seats_by(pack))
    }
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
            check.map(|check| (&check.signed, Duty::TownshipInspector)),
            acceptance.map(|acceptance| (&acceptance.signed, Duty::Acceptor)),
            registration.map(|registration| (&registration.signed, Duty::TownshipInspector)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The duty of whoever registers.
const REGISTERS: Duty = Duty::TownshipInspector;

/// All that is known of a project's works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Works {
    /// What the contract says.
    pub site: Site,
    /// Who has had which duty in the project.
    pub duties: Duties,
    /// How far the works are.
    pub stage: Stage,
    /// The provisional registration (暂估登记), if one was made.
    pub provisional: Option<Registration>,
    /// Audited amount (审定金额), once the final account is fixed.
    pub audited: Option<Fen>,
    /// The suspensions of the project.
    pub suspensions: Suspensions,
}

impl Works {
    /// Works that a contract was signed for.
    #[must_use]
    pub fn expected(site: &Site, acts: &Duties, suspensions: Suspensions) -> Self {
        let (site, duties) = (site.clone(), acts.clone());
        Self { site, duties, stage: Stage::Construction, provisional: None, audited: None, suspensions }
    }

    /// Stable name of where it is, as in the contract and the tables.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let accepted = matches!(self.stage, Stage::Accepted(..));
        if accepted && self.provisional.is_some() { "PROVISIONALLY_REGISTERED" } else { self.stage.code() }
    }

    /// What stands in the register: the final registration, or before it the provisional one.
    #[must_use]
    pub fn registration(&self) -> Option<&Registration> {
        self.stage.registration().or(self.provisional.as_ref())
    }

    /// Who has signed here so far, and under which duty.
    #[must_use]
    pub fn signatures(&self) -> Vec<(&Signature, Duty)> {
        let provisional = self.provisional.iter().map(|made| (&made.signed, REGISTERS));
        self.stage.signatures().into_iter().chain(provisional).collect()
    }

    /// The village reports that building is complete.
    pub(super) fn report_completion(&self, command: ReportCompletion) -> Result<Vec<Event>, Common> {
        let ReportCompletion { before, after, used_elsewhere, by } = command;
        let signed = self.sign(&by, &[Role::VillageCommittee], Duty::Applicant)?;
        let completion = Completion { before, after, signed, own_photographs: true };
        match &self.stage {
            Stage::Construction => {
                completion.check(&used_elsewhere)?;
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
        let RecordTownshipCheck { opinion, by } = command;
        let signed = self.sign(&by, &[Role::TownshipHead], Duty::TownshipInspector)?;
        self.suspensions.permit()?;
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
        let RecordAcceptance { members, accepted, opinion, by } = command;
        let decides = acceptance::decides(&by.pack, &self.site.category)?;
        by.actor.require(decides)?;
        by.permit(&self.duties, Duty::Acceptor)?;
        self.suspensions.permit()?;
        let signed = Signature::of(&by.actor, decides, by.at);
        let acceptance = || {
            let members = group::seat(members, &self.site, decides, &by.pack)?;
            Ok::<_, Common>(Acceptance { members, accepted, opinion, signed })
        };
        match &self.stage {
            Stage::Construction | Stage::CompletionReported(_) => Err(self.too_soon("县级验收 RecordAcceptance")),
            Stage::TownshipChecked(..) => {
                let acceptance = acceptance()?;
                acceptance.check(self.site.price, by.pack.rules_of(self.site.fiscal_year)?)?;
                Ok(vec![Event::AcceptancePassed(acceptance)])
            }
            Stage::Accepted(_, _, done) | Stage::AssetRegistered(_, _, done, _) => {
                already(acceptance().is_ok_and(|again| done.repeats(&again)))
            }
        }
    }

    /// The township enters the assets in the village collective's name: for good once the audit has fixed the amount,
    /// provisionally before.
    pub(super) fn register_assets(&self, command: RegisterAssets) -> Result<Vec<Event>, Common> {
        let RegisterAssets { assets, non_capital, provisional, transfer_sheet, by } = command;
        let signed = self.sign(&by, &[Role::TownshipHead], REGISTERS)?;
        self.suspensions.permit()?;
        let registration = |due| {
            let assets = register(&self.site, due, non_capital.as_ref(), assets)?;
            let audited = match due {
                Due::Accepted(_) => None,
                Due::Audited(amount) => Some(amount),
            };
            Ok::<_, Common>(Registration { assets, transfer_sheet, signed, non_capital, audited })
        };
        match (&self.stage, &self.provisional, self.audited) {
            (Stage::Construction | Stage::CompletionReported(_) | Stage::TownshipChecked(..), _, _) => {
                Err(self.too_soon("资产登记 RegisterAssets"))
            }
            (Stage::Accepted(_, _, acceptance), Some(made), _) if provisional => {
                already(registration(Due::Accepted(acceptance.accepted)).is_ok_and(|again| made.repeats(&again)))
            }
            (Stage::Accepted(..), None, Some(amount)) if provisional => Err(registration::audited(amount)),
            (Stage::Accepted(_, _, acceptance), None, None) if provisional => {
                let made = registration(Due::Accepted(acceptance.accepted))?;
                Ok(vec![Event::AssetsProvisionallyRegistered(made)])
            }
            (Stage::Accepted(..), _, None) => Err(registration::not_audited()),
            (Stage::Accepted(..), _, Some(amount)) => {
                Ok(vec![Event::AssetsRegistered(registration(Due::Audited(amount))?)])
            }
            (Stage::AssetRegistered(_, _, _, done), _, _) => {
                let due = Due::Audited(done.value().saturating_add(done.non_capital()));
                already(!provisional && registration(due).is_ok_and(|again| done.repeats(&again)))
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
            (stage, Event::AssetsProvisionallyRegistered(registration)) => {
                self.provisional = Some(registration.clone());
                stage
            }
            (stage, Event::ProjectSuspended { .. } | Event::ProjectResumed) => {
                self.suspensions = heard::after(std::mem::take(&mut self.suspensions), event);
                stage
            }
            (stage, Event::FinalAccountHeard { audited, acts }) => {
                self.audited = Some(*audited);
                self.duties.add(acts);
                stage
            }
            (stage, Event::ActsHeard { acts }) => {
                self.duties.add(acts);
                stage
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
        let signed: Vec<_> = self
            .signatures()
            .iter()
            .flat_map(|(signed, duty)| signed.persons().map(|one| (one.clone(), *duty)))
            .collect();
        for (person, duty) in signed {
            self.duties.record_person(&person, duty);
        }
    }

    /// The signature of somebody who holds one of these posts over the village, and whom no duty in the project forbids it.
    fn sign(&self, by: &Occasion, roles: &[Role], duty: Duty) -> Result<Signature, Common> {
        let (actor, village) = (&by.actor, self.site.village);
        let post = roles.iter().find_map(|role| actor.post_over(*role, village));
        let needed = || roles.iter().map(|role| format!("{role}@{village}")).collect::<Vec<_>>().join(" / ");
        let post = post.ok_or_else(|| Common::scope(actor, needed()))?;
        by.permit(&self.duties, duty)?;
        Ok(Signature::of(actor, post, by.at))
    }

    fn too_soon(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.code(), command }
    }
}

/// A step that was taken before: nothing more when it is the same, a refusal otherwise.
fn already(same: bool) -> Result<Vec<Event>, Common> {
    if same { Ok(Vec::new()) } else { Err(Common::AlreadyDecided) }
}
