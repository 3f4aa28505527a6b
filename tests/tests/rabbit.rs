//! The chain with one process a room over a real RabbitMQ: the broker is killed in the middle, each room once; the end
//! is the same. And all that was said is said three times more, the broker killed in between: nothing happens twice.

use std::{process::Command, sync::mpsc, time::Duration};

use sqlx::{Connection as _, PgConnection};
use tests::{
    pack_folder,
    processes::{RoomProcess, each_alone},
    scene::Scene,
};
use xianjie::{
    demo::{
        stage::{Rooms, Stage},
        story,
        telling::Telling,
    },
    house::{ROOMS, room},
};

/// The step after which the broker is killed; the rooms are killed after every seventh step from the third on.
const BROKER_DIES: u32 = 20;

/// Rooms of one name share their queue at the broker: one house at a time.
static BROKER: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_chain_ends_the_same_over_rabbitmq_with_broker_and_rooms_killed() {
    let _broker = BROKER.lock().await;
    let amqp_url = std::env::var("AMQP_URL").expect("AMQP_URL is not set: run tests/run");
    let scene = Scene::set(Some(amqp_url), None).await;
    let (processes, addresses) = each_alone(env!("CARGO_BIN_EXE_room"), &scene.surroundings);
    let (kill, killed) = mpsc::channel::<u32>();
    let killer = std::thread::spawn(move || kill_in_turn(processes, killed));
    let rooms = Rooms::each(&addresses).expect("addresses");
    let mut stage =
        Stage::on(rooms, scene.pack.clone(), scene.advance(), Telling::new(false, true)).await.expect("a sign-in");
    stage.after_each_step(Box::new(move |step| kill.send(step).expect("the killer lives")));
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await;
    let summary = summary.unwrap_or_else(|error| panic!("{error:#}\n{}", scene.logs()));
    drop(stage);
    let (processes, broker, rooms) = killer.join().expect("the killer ends");

    assert_eq!(summary.state, "ASSET_REGISTERED");
    assert!(summary.balanced);
    assert_eq!((broker, rooms), (1, ROOMS.len()), "broker and rooms were each killed once");
    assert_eq!(scene.treasury.orders().len(), 3, "each order reached the treasury once");
    scene.settled().await;
    drop(processes);
}

/// Redelivery is not asked of the broker but done: what every room has said about the payments' project is said three times.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scenario_16_payment_messages_three_times_and_a_restarted_broker_are_one_entry_and_one_payment() {
    let _broker = BROKER.lock().await;
    let amqp_url = std::env::var("AMQP_URL").expect("AMQP_URL is not set: run tests/run");
    let scene = Scene::set(Some(amqp_url), None).await;
    let (processes, addresses) = each_alone(env!("CARGO_BIN_EXE_room"), &scene.surroundings);
    let rooms = Rooms::each(&addresses).expect("addresses");
    let telling = Telling::new(false, true);
    let mut stage = Stage::on(rooms, scene.pack.clone(), scene.advance(), telling).await.expect("a sign-in");
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await;
    summary.unwrap_or_else(|error| panic!("{error:#}\n{}", scene.logs()));
    scene.settled().await;
    let url = scene.surroundings.database_url.clone();
    let before = books(&url).await;
    let (payments, entries, ..) = before;
    assert_eq!((payments, entries), (3, 6), "three payments, two sides each");

    for round in 1..=3 {
        for name in ROOMS {
            let service = room(name).expect("a room");
            service.redrive(&url, time::OffsetDateTime::UNIX_EPOCH, false).await.expect("it is said again");
        }
        if round == 2 {
            kill_broker();
        }
        scene.settled().await;
    }
    assert_eq!(books(&url).await, before, "a message too many does nothing");
    assert_eq!(scene.treasury.orders().len(), 3, "each order reached the treasury once");
    drop(processes);
}

/// Settled payments, their entries in the ledger, and how much has happened in the rooms of money and tasks.
async fn books(url: &str) -> (i64, i64, i64, i64) {
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let counts = "select (select count(*) from disbursement.transfers where cause = 'PAY' and state = 'POSTED'),
                         (select count(*) from disbursement.entries e join disbursement.transfers t on t.id = e.transfer_id
                           where t.cause = 'PAY'),
                         (select count(*) from disbursement.events), (select count(*) from inbox.events)";
    sqlx::query_as(counts).fetch_one(&mut connection).await.expect("the rooms' tables")
}

fn kill_in_turn(mut processes: Vec<RoomProcess>, killed: mpsc::Receiver<u32>) -> (Vec<RoomProcess>, u32, usize) {
    let (mut broker, mut rooms) = (0, 0);
    while let Ok(step) = killed.recv() {
        if step == BROKER_DIES {
            kill_broker();
            broker += 1;
        }
        if step % 7 == 3 && rooms < processes.len() {
            // Some moments into the next step.
            std::thread::sleep(Duration::from_millis(15));
            processes[rooms].kill_and_restart();
            rooms += 1;
        }
    }
    (processes, broker, rooms)
}

/// Kills the broker of `tests/run`, which starts it again on the same ports.
fn kill_broker() {
    let file = std::env::var("RABBITMQ_PID_FILE").expect("RABBITMQ_PID_FILE is not set: run tests/run");
    let pid = std::fs::read_to_string(file).expect("the broker's pid");
    let status = Command::new("kill").args(["-9", pid.trim()]).status().expect("kill runs");
    assert!(status.success(), "the broker could be killed");
}
