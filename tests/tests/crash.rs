//! The one-process server is killed with SIGKILL after every step of the chain, some moments into the next one, and
//! started again: the chain ends the same, no task and no payment twice.

use std::{
    collections::{BTreeMap, HashMap},
    sync::mpsc,
    time::Duration,
};

use kernel::Role;
use proto::inbox::v1::{ListTasksRequest, TaskState};
use tests::{
    pack_folder,
    processes::{RoomProcess, free_port},
    scene::Scene,
};
use xianjie::demo::{stage::Stage, story, telling::Telling};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_chain_ends_the_same_when_the_server_is_killed_at_every_step() {
    let scene = Scene::set(None, None).await;
    let mut server =
        RoomProcess::start(env!("CARGO_BIN_EXE_room"), &scene.surroundings, &[], free_port(), HashMap::new());
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
    let telling = Telling::new(false, true);
    let mut stage = Stage::open(&address, scene.pack.clone(), scene.advance(), telling).await.expect("a sign-in");
    stage.after_each_step(Box::new(move |step| {
        kill.send(Duration::from_millis(u64::from(step * 7 % 40))).expect("the killer lives");
    }));
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await;
    let summary = summary.unwrap_or_else(|error| panic!("{error:#}\n{}", scene.logs()));
    drop(stage);
    let (server, kills) = killer.join().expect("the killer ends");

    assert_eq!(summary.state, "ASSET_REGISTERED");
    assert!(summary.balanced);
    assert_eq!(kills, summary.steps, "one kill a step");
    let orders = scene.treasury.orders();
    assert_eq!(orders.len(), 3, "each order reached the treasury once: {orders:?}");
    no_task_twice(&address, &scene).await;
    scene.settled().await;
    drop(server);
}

/// One task a kind, post and round of a project.
async fn no_task_twice(address: &str, scene: &Scene) {
    let telling = Telling::new(false, true);
    let mut stage = Stage::open(address, scene.pack.clone(), Box::new(|_| Ok(())), telling).await.expect("a sign-in");
    let mut seen = BTreeMap::<(String, String, String, i32), u32>::new();
    let reviews = |role: &Role| !matches!(role, Role::Administrator | Role::Expert);
    for person in scene.pack.persons.iter().filter(|person| person.posts.iter().any(|post| reviews(&post.role))) {
        let Some(post) = person.posts.first() else { continue };
        let player = stage.player(post.role, &post.org.to_string()).await.expect("a sign-in");
        if player.person.id != person.id {
            // The second holder of a post sees what the first one saw.
            continue;
        }
        let states = [TaskState::Ready, TaskState::Reserved, TaskState::Completed, TaskState::Obsolete].map(i32::from);
        let all = ListTasksRequest { page_size: 1000, states: states.to_vec(), ..ListTasksRequest::default() };
        let tasks = player.inbox.clone().list_tasks(all).await.expect("a list").into_inner().tasks;
        for task in tasks.into_iter().filter(|task| !task.kind.starts_with("PAYMENT")) {
            *seen.entry((task.project_id, task.kind, task.candidate, task.round)).or_default() += 1;
        }
    }
    assert!(seen.len() > 10, "the tasks can be seen");
    let twice: Vec<_> = seen.into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}
