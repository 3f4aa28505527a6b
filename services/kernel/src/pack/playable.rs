//! Whether the posts that there are can carry a project of each kind to its end (岗位配备): every duty of its chain needs
//! somebody whom no other duty of the same project forbids it.
//!
//! One search for each village, sub-type and source of money. It needs the whole pack, and is asked by `xianjie pack check`
//! and not at every start: a county that is short of staff still runs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Category, Pack, SubType};
use crate::{Division, Duty, OrgCode, PersonId, Post, Role, RuleCode, YearRules, division::Level};

/// A duty of the chain that nobody is left for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacancy {
    /// The duty.
    pub duty: Duty,
    /// The posts whose holders may have it, `role@organisation`.
    pub posts: Vec<String>,
    /// How many of them it needs.
    pub needed: usize,
    /// For which kind of project it was found first: village, category and sub-type, source.
    pub found_for: String,
}

impl std::fmt::Display for Vacancy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { duty, posts, needed, found_for } = self;
        let posts = posts.join(", ");
        write!(f, "{}({duty})缺人:{posts} 须 {needed} 人 / ", duty.zh())?;
        write!(f, "nobody is left for {duty}: {needed} of {posts} are needed ({found_for})")
    }
}

/// Persons that one step of the chain needs, each of them another one.
struct Step {
    duty: Duty,
    posts: Vec<Post>,
    persons: usize,
    /// Steps of one number are taken by different persons, though their duty is the same.
    apart: Option<u8>,
}

/// Who may fill a seat; `step` is where the seat belongs.
struct Seat<'a> {
    step: usize,
    holders: BTreeSet<&'a PersonId>,
}

impl Pack {
    /// The duties for which the county lacks people, each named once, in the order of the chain.
    #[must_use]
    pub fn vacancies(&self) -> Vec<Vacancy> {
        let holders = self.holders_by_post();
        let Some(rules) = self.rules.values().next_back() else { return Vec::new() };
        let mut found = BTreeMap::new();
        for village in self.divisions.iter().map(|entry| entry.code).filter(|code| code.level() == Level::Village) {
            for (category, sub_type) in self.kinds_of_project() {
                for source in self.source_kinds.iter().filter(|kind| kind.public) {
                    let steps = self.chain(village, category, sub_type, &source.code, rules);
                    let Some(step) = self.unfilled(&steps, &holders) else { continue };
                    let posts: Vec<String> = step.posts.iter().map(ToString::to_string).collect();
                    found.entry((step.duty, posts.clone())).or_insert_with(|| Vacancy {
                        duty: step.duty,
                        posts,
                        needed: step.persons,
                        found_for: format!("{village}, {}/{}, {}", category.code, sub_type.code, source.code),
                    });
                }
            }
        }
        found.into_values().collect()
    }

    /// The duties that the chain of some kind of project asks of each role (岗位职责).
    #[must_use]
    pub fn duties_by_role(&self) -> BTreeMap<Role, BTreeSet<Duty>> {
        let mut duties: BTreeMap<Role, BTreeSet<Duty>> = BTreeMap::new();
        // What is asked of a role does not depend on the village or the year.
        let village = self.divisions.iter().map(|entry| entry.code).find(|code| code.level() == Level::Village);
        let (Some(village), Some(rules)) = (village, self.rules.values().next_back()) else { return duties };
        for (category, sub_type) in self.kinds_of_project() {
            for source in &self.source_kinds {
                for step in self.chain(village, category, sub_type, &source.code, rules) {
                    for post in step.posts {
                        duties.entry(post.role).or_default().insert(step.duty);
                    }
                }
            }
        }
        duties
    }

    fn kinds_of_project(&self) -> impl Iterator<Item = (&Category, &SubType)> {
        self.categories.iter().flat_map(|one| one.sub_types.iter().map(move |sub| (one, sub)))
    }

    fn holders_by_post(&self) -> BTreeMap<&Post, Vec<&PersonId>> {
        let mut holders: BTreeMap<&Post, Vec<&PersonId>> = BTreeMap::new();
        for person in &self.persons {
            for post in &person.posts {
                holders.entry(post).or_default().push(&person.id);
            }
        }
        holders
    }

    /// What a project of this kind needs, from its draft to its audit.
    fn chain(
        &self,
        village: Division,
        category: &Category,
        sub_type: &SubType,
        source: &str,
        rules: &YearRules,
    ) -> Vec<Step> {
        let county = self.county.division;
        let at_village = |role| Post::new(role, OrgCode::of(village));
        let at_township = |role| Post::new(role, OrgCode::of(village.township()));
        let at_county = |role: Role| {
            let held = set_of_posts(self, role, county);
            if held.is_empty() { vec![Post::new(role, OrgCode::of(county))] } else { held }
        };
        let collective = || vec![Post::new(Role::VillageCollective, OrgCode::department_of(village, "COL"))];
        let step = |duty, posts: Vec<Post>, persons: usize, apart| Step { duty, posts, persons, apart };
        let count = |code| usize::try_from(rules.number(code)).unwrap_or(usize::MAX);
        let checkers = [Role::TownshipClerk, Role::TownshipFinance].map(at_township).to_vec();
        let mut steps = vec![
            step(Duty::Applicant, vec![at_village(Role::VillageCommittee)], 1, None),
            step(Duty::TownshipReviewer, vec![at_township(Role::TownshipClerk)], 1, Some(0)),
            step(Duty::SiteChecker, checkers, count(RuleCode::SiteCheckers), None),
            step(Duty::TownshipReviewer, vec![at_township(Role::TownshipHead)], 1, Some(0)),
        ];
        let reviews = self.reviews(&category.code, &sub_type.code, &[source]);
        steps.extend(
            reviews.into_iter().map(|review| step(Duty::DepartmentReviewer, vec![review.post.clone()], 1, Some(1))),
        );
        steps.extend([
            step(Duty::Expert, at_county(Role::Expert), count(RuleCode::PanelSizeLarge), None),
            step(Duty::CountyOffice, at_county(Role::LeadingGroup), 1, None),
            step(Duty::Decider, at_county(Role::LeadingGroup), 1, None),
            step(Duty::CountyOffice, at_county(Role::RevitalizationBureau), 1, None),
            // One issues an indicator, another confirms it.
            step(Duty::IndicatorIssuer, at_county(Role::FinanceBureau), 2, None),
            step(Duty::FundingApprover, at_county(Role::FinanceBureau), 1, None),
            step(Duty::ContractSigner, collective(), 1, None),
            step(Duty::Applicant, collective(), 1, None),
            step(Duty::PaymentReviewer, at_county(Role::PaymentReviewer), 1, None),
            step(Duty::PaymentReleaser, at_county(Role::PaymentReleaser), 1, None),
            step(Duty::TownshipInspector, vec![at_township(Role::TownshipHead)], 1, None),
            step(Duty::Acceptor, vec![category.acceptance.clone()], 1, None),
            step(Duty::Auditor, at_county(Role::Audit), 1, None),
            step(Duty::Discipline, at_county(Role::Discipline), 1, None),
        ]);
        steps
    }

    /// The first step that no choice of persons for the others leaves anybody for; none when the chain can be played.
    fn unfilled<'a>(&self, steps: &'a [Step], holders: &BTreeMap<&Post, Vec<&PersonId>>) -> Option<&'a Step> {
        let mut groups: Vec<Vec<Seat<'_>>> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let persons = step.posts.iter().filter_map(|post| holders.get(post)).flatten().copied();
            let persons: BTreeSet<&PersonId> = persons.collect();
            if persons.len() < step.persons {
                return Some(step);
            }
            // Seats that share nobody don't touch each other: each group is searched alone.
            let (touched, mut others): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .partition(|group: &Vec<Seat<'_>>| group.iter().any(|seat| !seat.holders.is_disjoint(&persons)));
            let mut group: Vec<Seat<'_>> = touched.into_iter().flatten().collect();
            group.extend((0..step.persons).map(|_| Seat { step: at, holders: persons.clone() }));
            others.push(group);
            groups = others;
        }
        groups.into_iter().find_map(|mut seats| {
            // The scarcest first: a post with one holder leaves no choice, and no need to come back to it.
            seats.sort_by_key(|seat| seat.holders.len());
            let mut search = Search { pack: self, steps, seats: &seats, taken: Vec::new(), deepest: 0 };
            if search.fill() { None } else { seats.get(search.deepest).map(|seat| &steps[seat.step]) }
        })
    }
}

struct Search<'a> {
    pack: &'a Pack,
    steps: &'a [Step],
    seats: &'a [Seat<'a>],
    taken: Vec<&'a PersonId>,
    deepest: usize,
}

impl Search<'_> {
    /// Fills the seats that are left, in any way there is.
    fn fill(&mut self) -> bool {
        let next = self.taken.len();
        self.deepest = self.deepest.max(next);
        let Some(seat) = self.seats.get(next) else { return true };
        for person in &seat.holders {
            if self.may_take(seat.step, person) {
                self.taken.push(person);
                if self.fill() {
                    return true;
                }
                self.taken.pop();
            }
        }
        false
    }

    fn may_take(&self, at: usize, person: &PersonId) -> bool {
        let step = &self.steps[at];
        let mut theirs = self.seats.iter().zip(&self.taken).filter(|(_, taken)| **taken == person);
        theirs.all(|(seat, _)| {
            let other = &self.steps[seat.step];
            let apart = seat.step == at || (step.apart.is_some() && step.apart == other.apart);
            !apart && !self.pack.exclusions.excludes(step.duty, other.duty)
        })
    }
}

fn set_of_posts(pack: &Pack, role: Role, county: Division) -> Vec<Post> {
    let posts = pack.persons.iter().flat_map(|person| &person.posts);
    let held: BTreeSet<&Post> = posts.filter(|post| post.role == role && post.org.division() == county).collect();
    held.into_iter().cloned().collect()
}
