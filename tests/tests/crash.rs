//! The one-process server is killed with SIGKILL after every step of the chain, some moments into the next one, and
//! started again: the chain ends the same, no task and no payment twice.

use std::{
    collections::{BTreeMap, HashMap},
    sync::mpsc,
    time::Duration,
};

use kernel::Role;
use proto::inbox::v1::{ListTasksRequest, TaskState};
use runtime::{options::load_pack, testing::TestDatabase};
use secrecy::SecretString;
use simulated_treasury::SimulatedTreasury;
use tests::{
    clockfile::ClockFile,
    house::leftovers,
    pack_folder,
    processes::{RoomProcess, Surroundings, free_port},
};
use time::macros::datetime;
use xianjie::demo::{PASSWORD, stage::Stage, story, telling::Telling};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_chain_ends_the_same_when_the_server_is_killed_at_every_step() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let database = TestDatabase::create().await;
    let treasury = SimulatedTreasury::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a treasury");
    let clock = ClockFile::starting_at(folder.path().join("clock"), datetime!(2021-11-01 09:00 +8)).expect("a clock");
    let pack = load_pack(&pack_folder()).expect("the pack is sound");
    let store = directory::service().open_store(&database.url).await.expect("the directory's store");
    directory::password::set_for_all(&store, &pack, SecretString::from(PASSWORD)).await.expect("passwords");

    let surroundings = Surroundings {
        database_url: database.url.clone(),
        amqp_url: None,
        clock: clock.clone(),
        treasury: format!("http://{}", treasury.address()),
        otlp_endpoint: None,
        logs: folder.path().to_owned(),
    };
    let mut server = RoomProcess::start(env!("CARGO_BIN_EXE_room"), &surroundings, &[], free_port(), HashMap::new());
    let address = server.address();

    let (kill, killed) = mpsc::channel::<Duration>();
    let killer = std::thread::spawn(move || {
        let mut kills = 0;
        while let Ok(moment) = killed.recv() {
            // Not to make a race go away but to have one: the next step is some moments old when the power fails.
            std::thread::sleep(moment);
            server.kill_and_restart();
            kills += 1;
        }
        (server, kills)
    });
    let advance = Box::new(move |by| clock.advance(by));
    let mut stage = Stage::open(&address, pack.clone(), advance, Telling::new(false, true)).await.expect("a sign-in");
    let after = kill.clone();
    stage.after_each_step(Box::new(move |step| {
        after.send(Duration::from_millis(u64::from(step * 7 % 40))).expect("the killer lives");
    }));
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await;
    let summary = summary.unwrap_or_else(|error| panic!("{error:#}\n{}", logs(folder.path())));
    drop((stage, kill));
    let address = address.clone();
    let (server, kills) = killer.join().expect("the killer ends");

    assert_eq!(summary.state, "ASSET_REGISTERED");
    assert!(summary.balanced);
    assert!(kills >= 20, "{kills} kills");
    assert_eq!(treasury.orders().len(), 3, "each order reached the treasury once: {:?}", treasury.orders());
    no_task_twice(&address, pack).await;
    settled(&database.url).await;
    drop(server);
}

/// One task a kind, post and round of a project.
async fn no_task_twice(address: &str, pack: std::sync::Arc<kernel::Pack>) {
    let advance = Box::new(|_| Ok(()));
    let mut stage = Stage::open(address, pack.clone(), advance, Telling::new(false, true)).await.expect("a sign-in");
    let mut seen = BTreeMap::<(String, String, String, i32), u32>::new();
    for person in pack.persons.iter().filter(|person| person.posts.iter().any(|post| post.role != Role::Administrator))
    {
        let Some(post) = person.posts.first() else { continue };
        let Ok(player) = stage.player(post.role, &post.org.to_string()).await else { continue };
        if player.person.id != person.id {
            continue;
        }
        let all = ListTasksRequest {
            page_size: 1000,
            states: [TaskState::Ready, TaskState::Reserved, TaskState::Completed, TaskState::Obsolete]
                .map(i32::from)
                .to_vec(),
            ..ListTasksRequest::default()
        };
        let tasks = player.inbox.clone().list_tasks(all).await.expect("a list").into_inner().tasks;
        for task in tasks.into_iter().filter(|task| !task.kind.starts_with("PAYMENT")) {
            *seen.entry((task.project_id, task.kind, task.candidate, task.round)).or_default() += 1;
        }
    }
    assert!(seen.len() > 10, "the tasks can be seen");
    let twice: Vec<_> = seen.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// Outboxes drain and nothing is set aside.
async fn settled(database_url: &str) {
    for _ in 0..600 {
        if leftovers(database_url).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", leftovers(database_url).await);
}

fn logs(folder: &std::path::Path) -> String {
    let text = std::fs::read_to_string(folder.join("all.log")).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
