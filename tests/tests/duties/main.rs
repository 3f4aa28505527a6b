//! Which duties one person may not both have in a project (C13), played through the public API: for each duty somebody who
//! holds every post acts under it first, and then tries every later step that it excludes, in whichever room that is.

mod chain;
mod play;

use std::{
    collections::BTreeSet,
    iter,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use kernel::Duty;
use runtime::testing::pack;
use tokio::runtime::Runtime;

use crate::play::{Cast, Play, Turn};

/// A duty that no step of this chain is: inspections come with their own room.
const ELSEWHERE: [Duty; 1] = [Duty::Inspector];

/// So many houses are open at once.
const AT_ONCE: usize = 3;

/// Each duty at its first step. The township's head, who does not go to the site, makes two more plays without that post; and
/// who enters the assets until the audit, but did not check the works, is told by no message.
fn plays() -> Vec<Cast> {
    let first = |duty: &Duty| !ELSEWHERE.contains(duty);
    let cast = |first| Cast { first, and: None, head: first != Duty::SiteChecker, lets_pass: 0 };
    let alone = Duty::ALL.into_iter().filter(first).map(cast);
    let without_head = [Duty::Applicant, Duty::TownshipReviewer].map(|first| Cast { head: false, ..cast(first) });
    let late = Cast { lets_pass: 1, ..cast(Duty::TownshipInspector) };
    alone.chain(without_head).chain([late]).collect()
}

/// A chain played in a house of its own, which ends with its runtime.
fn played(cast: Cast) -> (Turn, Vec<(Duty, Duty)>) {
    Runtime::new().expect("a runtime").block_on(async {
        let mut play = Play::open(cast).await;
        chain::play(&mut play).await;
        (play.turn, play.refused)
    })
}

/// All of them, some at a time.
fn all_played(plays: &[Cast]) -> Vec<(Turn, Vec<(Duty, Duty)>)> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mine = iter::from_fn(|| plays.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.map(|play| played(*play)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("every chain is played")).collect()
    })
}

#[test]
fn c13_one_person_has_no_two_duties_that_exclude_each_other_in_any_room() {
    let tried = all_played(&plays()).into_iter().map(|(_, refused)| refused);
    let tried: BTreeSet<(Duty, Duty)> = tried.flatten().collect();
    let reached = |one: Duty, other: Duty| tried.contains(&(one, other)) || tried.contains(&(other, one));
    let exclusions = &pack().exclusions;
    let mut missed = Vec::new();
    for (nth, one) in Duty::ALL.into_iter().enumerate() {
        for other in Duty::ALL.into_iter().skip(nth + 1) {
            let played = !ELSEWHERE.contains(&one) && !ELSEWHERE.contains(&other);
            if played && exclusions.excludes(one, other) && !reached(one, other) {
                missed.push((one, other));
            }
        }
    }
    assert!(missed.is_empty(), "no play tried {missed:?}");
    // Where two rooms go on at once, each order was tried.
    for (one, other) in [
        (Duty::PaymentReviewer, Duty::TownshipInspector),
        (Duty::PaymentReleaser, Duty::TownshipInspector),
        (Duty::PaymentReviewer, Duty::Acceptor),
        (Duty::PaymentReleaser, Duty::Acceptor),
        (Duty::PaymentReviewer, Duty::Discipline),
        (Duty::Acceptor, Duty::Discipline),
    ] {
        assert!(tried.contains(&(one, other)) && tried.contains(&(other, one)), "{one} and {other}, in either order");
    }
}

#[test]
fn c13_duties_that_the_county_lets_go_together_go_together() {
    use Duty::{Applicant, ContractSigner, FundingApprover, IndicatorIssuer, TownshipInspector, TownshipReviewer};
    let together =
        [(Applicant, ContractSigner), (IndicatorIssuer, FundingApprover), (TownshipReviewer, TownshipInspector)];
    assert!(together.iter().all(|(first, and)| !pack().exclusions.excludes(*first, *and)));
    let played = all_played(&together.map(|(first, and)| Cast { first, and: Some(and), head: true, lets_pass: 0 }));
    assert!(played.iter().all(|(turn, _)| *turn == Turn::Over), "{played:?}");
}
