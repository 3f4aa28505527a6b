//! Three times as much as the house can carry: what it can't do it refuses at once, and it goes on with the rest.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kernel::Role;
use proto::intake::v1::{Content, CreateApplicationRequest};
use tests::house::TestHouse;
use tokio::{task::JoinSet, time::MissedTickBehavior};
use tonic::{Code, Status};
use uuid::Uuid;
use xianjie::demo::stage::Player;

const VILLAGE: &str = "430921129201";
/// How long each part takes.
const SPAN: Duration = Duration::from_secs(4);
/// Callers that each wait for their answer, while the house is measured.
const CALLERS: usize = 32;
/// How late an answer may be.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long the house may take to be itself again.
const RECOVERY: Duration = Duration::from_secs(10);

/// A write that is durable: a new draft.
async fn create(player: &Player) -> Result<(), Status> {
    let title = "村集体冷库".to_owned();
    let content = Content { fiscal_year: 2022, title, village: VILLAGE.into(), ..Content::default() };
    let mut request = tonic::Request::new(CreateApplicationRequest {
        request_id: Uuid::now_v7().to_string(),
        content: Some(content),
    });
    request.set_timeout(DEADLINE);
    player.intake.clone().create_application(request).await.map(drop)
}

/// Drafts a second, by callers that each wait for their answer.
async fn carried(players: &[Player]) -> u64 {
    let stop = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    let began = Instant::now();
    for caller in 0..CALLERS {
        let (player, stop) = (players[caller % players.len()].clone(), stop.clone());
        callers.spawn(async move {
            let mut done = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                create(&player).await.expect("nobody is refused who waits for his turn");
                done += 1;
            }
            done
        });
    }
    tokio::time::sleep(SPAN).await;
    stop.store(true, Ordering::Relaxed);
    let done: u64 = callers.join_all().await.into_iter().sum();
    done * 1_000 / u64::try_from(began.elapsed().as_millis()).expect("seconds")
}

#[tokio::test(flavor = "multi_thread")]
async fn three_times_the_load_is_refused_in_part_and_carried_in_part() {
    let house = TestHouse::open().await;
    // Each has a connection of its own, as reviewers at their desks have.
    let mut players = Vec::new();
    for _ in 0..8 {
        let mut stage = house.stage().await;
        players.push(stage.player(Role::VillageCommittee, VILLAGE).await.expect("a sign-in"));
    }
    carried(&players).await;
    let capacity = carried(&players).await;

    let (done, shed, late) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut asked = JoinSet::new();
    let rate = capacity * 3;
    let began = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = 0;
    while began.elapsed() < SPAN {
        tick.tick().await;
        let due = rate * u64::try_from(began.elapsed().as_millis()).expect("seconds") / 1_000;
        while sent < due {
            let player = players[usize::try_from(sent).expect("few") % players.len()].clone();
            let (done, shed, late) = (done.clone(), shed.clone(), late.clone());
            asked.spawn(async move {
                let counter = match create(&player).await {
                    Ok(()) => done,
                    Err(status) => match status.code() {
                        Code::ResourceExhausted => shed,
                        // The client gave up, or the server saw that it would.
                        Code::DeadlineExceeded | Code::Cancelled => late,
                        code => panic!("{code:?}: {status:?}"),
                    },
                };
                counter.fetch_add(1, Ordering::Relaxed);
            });
            sent += 1;
        }
    }
    asked.join_all().await;
    let elapsed = u64::try_from(began.elapsed().as_millis()).expect("seconds");
    let carried_then = done.load(Ordering::Relaxed) * 1_000 / elapsed;
    let counted = [&done, &shed, &late].map(|counter| counter.load(Ordering::Relaxed));
    println!("{capacity}/s carried; asked {rate}/s: {carried_then}/s done, of {sent} done, shed, late: {counted:?}");
    assert_eq!(counted.iter().sum::<u64>(), sent, "each had an answer");
    assert!(counted[1] > 0, "three times the load is more than there are places for");
    // The test's own callers share the cores with the house, and unoptimised a refused call costs its caller as much as a
    // draft costs the house: what is left is what they leave. A house that broke down would do next to nothing.
    assert!(carried_then * 6 >= capacity, "{carried_then}/s done of {capacity}/s that it can carry");

    let began = Instant::now();
    loop {
        let again = carried(&players).await;
        if again * 10 >= capacity * 7 {
            break;
        }
        assert!(began.elapsed() < RECOVERY, "{again}/s after {RECOVERY:?}, {capacity}/s before");
    }
    house.settle().await;
}
