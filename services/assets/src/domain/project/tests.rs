//! The machine's rules as stories, each state against each command, and what no sequence of steps can bring about.

use kernel::{Fen, OrgCode, PersonId, Refusal as _, Role, testing::given};
use proptest::prelude::*;

use super::*;
use crate::domain::{Draft, Side, registration::collective_of, story::*};

const FULL: [Side; 3] = [Side::Department, Side::Township, Side::Villagers];

/// A project after so many steps of the story.
fn after(steps: usize) -> kernel::testing::Given<Project> {
    given(story().into_iter().take(steps))
}

/// Scenario 19, first half.
#[test]
fn asset_values_a_fen_short_of_the_accepted_amount_are_refused() {
    let refusal = after(4).when(registration(head(), vec![draft(Fen::new(114_999_999))])).then_refused("ASSET_SUM");
    let explanation = refusal.explain();
    assert_eq!(explanation.actual.as_deref(), Some("1149999.99"));
    assert_eq!(explanation.limit.as_deref(), Some("1150000.00"));
    assert!(explanation.zh.contains("尚差 0.01 元"), "{}", explanation.zh);
    after(4).when(registration(head(), vec![draft(ACCEPTED)])).then_accepted();
    let over = after(4).when(registration(head(), vec![draft(ACCEPTED), draft(Fen::new(1))])).then_refused("ASSET_SUM");
    assert!(over.explain().zh.contains("超出 0.01 元"));
}

/// Scenario 19, second half.
#[test]
fn an_operator_company_as_owner_of_what_fiscal_money_built_is_refused() {
    let village = collective_of(village()).to_string();
    for owner in ["湖乡稻虾有限公司", "91430921MA4L12345X", "430921129000", "430921129202-COL", "430921129201-OPR", ""]
    {
        let company = Draft { owner: owner.into(), ..draft(Fen::new(15_000_000)) };
        let assets = vec![draft(Fen::new(100_000_000)), company];
        let explanation = after(4).when(registration(head(), assets)).then_refused("OWNER").explain();
        assert_eq!(
            (explanation.actual.as_deref(), explanation.limit.as_deref()),
            (Some(owner), Some(village.as_str()))
        );
    }
}

#[test]
fn assets_get_ids_and_numbers_that_follow_from_the_project() {
    let (first, _) = after(4).when(sound_registration()).then_accepted();
    let (second, _) = after(4).when(sound_registration()).then_accepted();
    assert_eq!(first, second);
    let [Event::AssetsRegistered(registration)] = first.as_slice() else { panic!("one registration") };
    let numbers: Vec<&str> = registration.assets.iter().map(|asset| asset.number.as_str()).collect();
    assert_eq!(numbers, ["ZC430921129201-2022-000000000001-01", "ZC430921129201-2022-000000000001-02"]);
    assert_ne!(registration.assets[0].id, registration.assets[1].id);
    assert_eq!(registration.value(), ACCEPTED);
}

#[test]
fn photographs_come_in_pairs() {
    for (before, after_building, fields) in [
        (0, 0, vec!["photos_before", "photos_after"]),
        (0, 1, vec!["photos_before", "photos_after"]),
        (1, 0, vec!["photos_after"]),
        (2, 1, vec!["photos_after"]),
        (1, 2, vec!["photos_after"]),
    ] {
        let refusal = after(1).when(report(secretary(), before, after_building)).then_refused("PHOTOS");
        let found: Vec<String> = refusal.explain().fields.into_iter().map(|field| field.field).collect();
        assert_eq!(found, fields, "{before} before, {after_building} after");
    }
    after(1).when(report(secretary(), 3, 3)).then_accepted();
}

#[test]
fn an_acceptance_group_has_three_heads_and_all_sides() {
    use Side::{Department, Finance, Township, Villagers};
    for sides in [
        vec![],
        vec![Department, Villagers],
        vec![Department, Township, Finance],
        vec![Villagers, Villagers, Township],
        vec![Department, Finance, Villagers],
    ] {
        after(3).when(acceptance(acceptor(), group(&sides), ACCEPTED)).then_refused("PANEL_INVALID");
    }
    let mut one_person = group(&FULL);
    for member in &mut one_person {
        member.name = "同一人".into();
    }
    let explanation =
        after(3).when(acceptance(acceptor(), one_person, ACCEPTED)).then_refused("PANEL_INVALID").explain();
    assert_eq!((explanation.actual.as_deref(), explanation.limit.as_deref()), (Some("1"), Some("3")));
    assert_eq!(explanation.rule, Some("ACCEPTANCE_GROUP"));
    for sides in [[Department, Township, Villagers], [Finance, Township, Villagers]] {
        after(3).when(acceptance(acceptor(), group(&sides), ACCEPTED)).then_accepted();
    }
}

#[test]
fn no_more_is_accepted_than_the_contract_s_price() {
    let explanation = after(3)
        .when(acceptance(acceptor(), group(&FULL), Fen::new(120_000_001)))
        .then_refused("PRICE_OVER_APPROVAL")
        .explain();
    assert_eq!(explanation.actual.as_deref(), Some("1200000.01"));
    assert_eq!(explanation.limit.as_deref(), Some("1200000.00"));
    after(3).when(acceptance(acceptor(), group(&FULL), Fen::new(120_000_000))).then_accepted();
}

#[test]
fn a_year_without_rules_is_said() {
    let site = Site { fiscal_year: 1999, ..site() };
    let mut facts: Vec<Event> = story().into_iter().take(3).collect();
    facts[0] = Event::ProjectExpected { site, acts: acts() };
    given::<Project>(facts).when(sound_acceptance()).then_refused("NO_RULES");
}

#[test]
fn only_the_post_over_that_village_may() {
    let other_village = holder("x", Role::VillageCommittee, "430921129202".parse().expect("a village"));
    let other_township = || holder("x", Role::TownshipHead, "430921127000".parse().expect("a township"));
    let other_county = holder("x", Role::SectorDepartment, "430922000000-AGR".parse().expect("a bureau"));
    let administrator = || holder("x", Role::Administrator, OrgCode::of(village().county()));
    let clerk_of_township = holder("x", Role::TownshipClerk, OrgCode::of(village().township()));
    let finance = holder("x", Role::FinanceBureau, OrgCode::department_of(village().county(), "FIN"));
    for (steps, command) in [
        (1, report(other_village, 1, 1)),
        (1, report(head(), 1, 1)),
        (1, report(administrator(), 1, 1)),
        (2, check(other_township(), "合格")),
        (2, check(secretary(), "合格")),
        (2, check(clerk_of_township, "合格")),
        (3, acceptance(other_county, group(&FULL), ACCEPTED)),
        (3, acceptance(head(), group(&FULL), ACCEPTED)),
        (3, acceptance(finance, group(&FULL), ACCEPTED)),
        (3, acceptance(administrator(), group(&FULL), ACCEPTED)),
        (4, registration(other_township(), vec![draft(ACCEPTED)])),
        (4, registration(acceptor(), vec![draft(ACCEPTED)])),
    ] {
        after(steps).when(command).then_refused("SCOPE");
    }
}

#[test]
fn the_revitalization_bureau_may_accept_too() {
    let bureau = holder("rrb", Role::RevitalizationBureau, OrgCode::department_of(village().county(), "RRB"));
    after(3).when(acceptance(bureau, group(&FULL), ACCEPTED)).then_accepted();
}

#[test]
fn one_person_has_one_duty_also_when_standing_in_for_another() {
    let as_person = |person: Actor, like: Actor| Actor { person: person.person, ..like };
    let acting_for = |person: Actor, like: Actor| Actor { on_behalf_of: Some(person.person), ..like };
    let reviewer = || clerk("reviewer");
    for (steps, command) in [
        (1, report(as_person(head(), secretary()), 1, 1)),
        (2, check(as_person(secretary(), head()), "合格")),
        (2, check(acting_for(secretary(), Actor { person: PersonId("deputy".into()), ..head() }), "合格")),
        (3, acceptance(as_person(reviewer(), acceptor()), group(&FULL), ACCEPTED)),
        (3, acceptance(as_person(head(), acceptor()), group(&FULL), ACCEPTED)),
        (3, acceptance(acting_for(reviewer(), acceptor()), group(&FULL), ACCEPTED)),
        (4, registration(as_person(acceptor(), head()), vec![draft(ACCEPTED)])),
        (4, registration(acting_for(acceptor(), head()), vec![draft(ACCEPTED)])),
    ] {
        after(steps).when(command).then_refused("SOD");
    }
}

/// Each state against each command: the story's own, which is a repeat once taken, and another one.
#[test]
fn every_state_answers_every_command() {
    const NEW: &str = "new";
    const SAME: &str = "same";
    let own = steps();
    let others = [
        Command::Expect { site: Site { price: Fen::new(1), ..site() }, acts: acts() },
        report(secretary(), 2, 2),
        check(head(), "另一意见"),
        acceptance(acceptor(), group(&FULL), Fen::new(100_000_000)),
        registration(head(), vec![draft(ACCEPTED)]),
    ];
    let (decided, wrong, absent) = ("ALREADY_DECIDED", "WRONG_STATE", "NOT_FOUND");
    let table: [[(&str, &str); 5]; 6] = [
        [(NEW, NEW), (absent, absent), (absent, absent), (absent, absent), (absent, absent)],
        [(SAME, "EXISTS"), (NEW, NEW), (wrong, wrong), (wrong, wrong), (wrong, wrong)],
        [(SAME, "EXISTS"), (SAME, decided), (NEW, NEW), (wrong, wrong), (wrong, wrong)],
        [(SAME, "EXISTS"), (SAME, decided), (SAME, decided), (NEW, NEW), (wrong, wrong)],
        [(SAME, "EXISTS"), (SAME, decided), (SAME, decided), (SAME, decided), (NEW, NEW)],
        [(SAME, "EXISTS"), (SAME, decided), (SAME, decided), (SAME, decided), (SAME, decided)],
    ];
    let answer = |steps: usize, command: &Command| match Project::fold(&story()[..steps]).decide(command.clone()) {
        Ok(events) if events.is_empty() => SAME,
        Ok(_) => NEW,
        Err(refusal) => refusal.explain().code,
    };
    for (steps, row) in table.iter().enumerate() {
        for (index, (expected_own, expected_other)) in row.iter().enumerate() {
            assert_eq!(answer(steps, &own[index]), *expected_own, "after {steps} steps, own {index}");
            assert_eq!(answer(steps, &others[index]), *expected_other, "after {steps} steps, other {index}");
        }
    }
}

#[test]
fn a_repeat_by_another_person_is_no_repeat() {
    let deputy = Actor { person: PersonId("deputy".into()), ..head() };
    after(3).when(check(deputy, "初验合格")).then_refused("ALREADY_DECIDED");
}

#[test]
fn stored_events_are_read_for_ever() {
    let golden = include_str!("../../../tests/golden/events.json");
    let stored: Vec<Event> = serde_json::from_str(golden).expect("every stored event is read");
    assert_eq!(stored, story(), "additive changes only: stored events keep their meaning");
    let kinds: Vec<_> = stored.iter().map(std::mem::discriminant).collect();
    assert!(kinds.iter().enumerate().all(|(index, kind)| !kinds[..index].contains(kind)), "one golden a variant");
    assert_eq!(kinds.len(), 5, "one golden a variant");
}

proptest! {
    #[test]
    fn only_values_that_add_up_to_the_fen_are_registered(cuts in prop::collection::vec(1..115_000_000_i64, 0..8), off in -3..=3_i64) {
        let mut cuts: Vec<i64> = cuts.into_iter().chain([0, ACCEPTED.fen()]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut values: Vec<i64> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        values[0] += off;
        prop_assume!(values[0] > 0);
        let drafts = values.iter().map(|value| draft(Fen::new(*value))).collect();
        let decided = Project::fold(&story()[..4]).decide(registration(head(), drafts));
        prop_assert_eq!(decided.is_ok(), off == 0);
    }

    #[test]
    fn no_sequence_accepts_or_registers_twice_or_more_than_the_price(order in prop::collection::vec((0..5_usize, any::<bool>()), 0..40)) {
        let mut project = Project::default();
        let mut facts = Vec::new();
        for (index, other) in order {
            let command = if other {
                match index {
                    0 => expect(),
                    1 => report(secretary(), 2, 2),
                    2 => check(head(), "另一意见"),
                    3 => acceptance(acceptor(), group(&FULL), Fen::new(120_000_001)),
                    _ => registration(head(), vec![draft(ACCEPTED)]),
                }
            } else {
                steps()[index].clone()
            };
            if let Ok(events) = project.decide(command) {
                project = events.iter().fold(project, Project::evolve);
                facts.extend(events);
            }
        }
        let accepted: Vec<Fen> = facts.iter().filter_map(|fact| match fact {
            Event::AcceptancePassed(acceptance) => Some(acceptance.accepted),
            _ => None,
        }).collect();
        let registered: Vec<Fen> = facts.iter().filter_map(|fact| match fact {
            Event::AssetsRegistered(registration) => Some(registration.value()),
            _ => None,
        }).collect();
        prop_assert!(accepted.len() <= 1 && accepted.iter().all(|amount| *amount <= site().price));
        prop_assert!(registered.len() <= accepted.len() && registered.iter().all(|value| accepted.contains(value)));
        prop_assert_eq!(Project::fold(&facts), project);
    }
}
