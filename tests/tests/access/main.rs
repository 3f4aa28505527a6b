//! Who may call what: every rpc of the contracts is called with the token of one holder of every role, on a project that has
//! gone the whole way, and what comes of it is compared with `table.txt`.
//!
//! The rpcs are those of the descriptors and the roles those of the kernel, so that a new one fails until it stands there. A
//! right that became wider or narrower is a line that changed.

mod ask;

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use kernel::{Pack, Role, pack::Person};
use prost_reflect::{DescriptorPool, MethodDescriptor};
use proto::directory::v1::{SignInRequest, session_service_client::SessionServiceClient};
use tests::{house::TestHouse, pack_folder, root};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt as _;
use xianjie::demo::{PASSWORD, story};

use ask::{Answer, Known};

/// Of these roles somebody elsewhere is asked, too: another village, another town, a department that judges other projects.
const ELSEWHERE: [Role; 4] = [Role::VillageCommittee, Role::TownshipClerk, Role::TownshipHead, Role::SectorDepartment];
/// The treasury is no room: what it offers is called by the cashier alone.
const OUTSIDE: &str = "xianjie.treasury.";

const LEGEND: &str = "\
Who may call what. Written by `UPDATE_ACCESS_TABLE=1 cargo test -p tests --test access`, compared on every run.

One holder of each role calls each rpc on a project of the village that has gone the whole way from draft to registered
asset. A role with ' is held elsewhere: in another village, in another town, in a department that was not asked about it.

  ok     may call it: an answer, or a refusal for another reason than the post
  nil    may call it, and is shown nothing
  -      refused for the post
  open   needs no token
  .      not served where people call

Where all are refused alike, the refusal stands behind: then it is given before the post is looked at.
";

#[tokio::test(flavor = "multi_thread")]
async fn who_may_call_what_is_what_the_table_says() {
    let house = TestHouse::open().await;
    let mut stage = house.stage().await;
    let told = story::tell(&mut stage, &pack_folder().join("applications")).await.expect("the story ends well");
    house.settle().await;
    let channel =
        Endpoint::from_shared(format!("http://{}", house.rooms.address())).expect("an address").connect_lazy();
    let callers = callers(&channel, &house.pack).await;

    let names: Vec<&str> = callers.iter().map(|caller| caller.column.as_str()).collect();
    let mut table = format!("{LEGEND}\n");
    let contracts = DescriptorPool::decode(proto::DESCRIPTORS).expect("our own contracts");
    let services = contracts.services().filter(|service| service.full_name().starts_with("xianjie."));
    for service in services.filter(|service| !service.full_name().starts_with(OUTSIDE)) {
        writeln!(table, "{}\n{}", service.full_name(), line("", &names, &names, "")).expect("a text");
        for method in service.methods() {
            let known = Known::of(&house, &told.project_id).await;
            let answers = answers(&channel, &method, &callers, &known).await;
            writeln!(table, "{}", row(&method, &names, &answers)).expect("a text");
        }
        table.push('\n');
    }
    compare(table.trim_end());
}

/// Somebody who calls.
struct Caller {
    /// The role, with ' when it is held elsewhere.
    column: String,
    /// `Bearer …`; empty for somebody without a token.
    authorization: String,
}

/// Nobody, one holder of each role, and some elsewhere.
async fn callers(channel: &Channel, pack: &Pack) -> Vec<Caller> {
    let mut callers = vec![Caller { column: "none".into(), authorization: String::new() }];
    for role in Role::ALL {
        let only = |person: &&Person| person.posts.iter().all(|post| post.role == *role) && !person.posts.is_empty();
        let holders: Vec<&Person> = pack.persons.iter().filter(only).collect();
        let first = holders.first().unwrap_or_else(|| panic!("nobody in the pack is {role} alone"));
        callers.push(caller(channel, role.code().to_owned(), first).await);
        if ELSEWHERE.contains(role) {
            callers.push(caller(channel, format!("{role}'"), holders.last().expect("there is a first")).await);
        }
    }
    callers
}

async fn caller(channel: &Channel, column: String, person: &Person) -> Caller {
    let request =
        SignInRequest { account: person.account.clone(), password: PASSWORD.into(), on_behalf_of: String::new() };
    let session = SessionServiceClient::new(channel.clone()).sign_in(request).await.expect("signed in").into_inner();
    Caller { column, authorization: format!("Bearer {}", session.access_token) }
}

async fn answers(channel: &Channel, method: &MethodDescriptor, callers: &[Caller], known: &Known) -> Vec<Answer> {
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(ask::ask(channel, method, &caller.authorization, known).await);
    }
    answers
}

/// One rpc's line: who is without a token stands first.
fn row(method: &MethodDescriptor, columns: &[&str], answers: &[Answer]) -> String {
    let (without, with) = answers.split_first().expect("somebody calls without a token");
    let open = !without.as_ref().is_err_and(|status| reason(status) == "UNAUTHENTICATED");
    let cells: Vec<&str> = std::iter::once(if open { "open" } else { "-" })
        .chain(with.iter().map(|answer| if open { "open" } else { class(answer) }))
        .map(|class| if unserved(without, with) { "." } else { class })
        .collect();
    let refusals: Vec<String> = with.iter().filter_map(|answer| answer.as_ref().err()).map(reason).collect();
    let alike = refusals.len() == with.len() && refusals.windows(2).all(|pair| pair[0] == pair[1]);
    let note = if alike && !open && !unserved(without, with) { refusals[0].as_str() } else { "" };
    line(method.name(), columns, &cells, note)
}

fn unserved(without: &Answer, with: &[Answer]) -> bool {
    std::iter::once(without).chain(with).any(|answer| answer.as_ref().is_err_and(|s| s.code() == Code::Unimplemented))
}

fn class(answer: &Answer) -> &'static str {
    match answer {
        Ok(shown) if *shown => "ok",
        Ok(_) => "nil",
        Err(status) if reason(status) == "SCOPE" => "-",
        // Nothing of ours may look like this: neither a refusal of a role nor an answer.
        Err(status) if matches!(status.code(), Code::Internal | Code::Unknown | Code::DeadlineExceeded) => "FAULT",
        Err(_) => "ok",
    }
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone())
}

fn line(name: &str, columns: &[&str], cells: &[&str], note: &str) -> String {
    let mut line = format!("  {name:<22}");
    for (cell, column) in cells.iter().zip(columns) {
        write!(line, " {cell:<width$}", width = column.len().max(4)).expect("a text");
    }
    write!(line, " {note}").expect("a text");
    line.trim_end().to_owned()
}

fn compare(table: &str) {
    let path: PathBuf = root().join("tests/tests/access/table.txt");
    if std::env::var_os("UPDATE_ACCESS_TABLE").is_some() {
        std::fs::write(&path, format!("{table}\n")).expect("the table is written");
        return;
    }
    let known = std::fs::read_to_string(&path).expect("the table stands beside the test");
    let lines = |text: &str| text.lines().map(str::to_owned).enumerate().collect::<BTreeMap<_, _>>();
    let (was, is) = (lines(known.trim_end()), lines(table));
    let changed = was.keys().chain(is.keys()).filter(|at| was.get(at) != is.get(at));
    let changed: BTreeMap<usize, String> = changed
        .map(|at| {
            (*at, format!("- {}\n+ {}", was.get(at).map_or("", String::as_str), is.get(at).map_or("", String::as_str)))
        })
        .collect();
    assert!(
        changed.is_empty(),
        "who may call what has changed. If that is meant, run `UPDATE_ACCESS_TABLE=1 cargo test -p tests --test access`, \
         look at the difference and commit it:\n{}",
        changed.into_values().collect::<Vec<_>>().join("\n")
    );
}
