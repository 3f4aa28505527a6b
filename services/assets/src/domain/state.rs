//! What is known of a project's works, what each fact makes of it, and what several rules ask of it.

use kernel::{Duties, Duty, Fen, Suspensions, refusal::Common};

use super::{
    event::Event,
    record::{Acceptance, Completion, Registration, Signature, Site, TownshipCheck},
};

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
pub const REGISTERS: Duty = Duty::TownshipInspector;

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

    /// The refusal of a step whose turn has not come.
    #[must_use]
    pub fn too_soon(&self, command: &'static str) -> Common {
        Common::WrongState { state: self.code(), command }
    }

    /// The works after one more fact. It cannot fail: a fact that does not fit its stage changes nothing.
    pub fn evolve(&mut self, event: &Event) {
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
                self.suspensions = suspensions_after(std::mem::take(&mut self.suspensions), event);
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
}

/// The suspensions after one more fact.
pub fn suspensions_after(mut suspensions: Suspensions, event: &Event) -> Suspensions {
    match event {
        Event::ProjectSuspended { reason } => suspensions.begin(reason),
        Event::ProjectResumed => suspensions.end(),
        Event::ProjectExpected { .. }
        | Event::CompletionReported(_)
        | Event::TownshipCheckPassed(_)
        | Event::AcceptancePassed(_)
        | Event::AssetsRegistered(_)
        | Event::AssetsProvisionallyRegistered(_)
        | Event::ActsHeard { .. }
        | Event::FinalAccountHeard { .. } => {}
    }
    suspensions
}
