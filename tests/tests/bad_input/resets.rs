//! Ten thousand streams that are opened and reset at once ("rapid reset"): others go on being served.

use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::{Reason, client};
use http::Request;
use kernel::Role;
use proto::intake::v1::ListApplicationsRequest;
use tests::house::TestHouse;
use tokio::net::TcpStream;

const STREAMS: usize = 10_000;
/// What the whole process, test and house, may grow by.
const GROWTH_KB: u64 = 128 * 1_024;

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line for it");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Opens and resets streams on one connection until it has had so many, or the server has had enough of it.
async fn reset(address: &str, streams: usize) -> usize {
    let socket = TcpStream::connect(address).await.expect("the house listens");
    let (sender, connection) = client::handshake(socket).await.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let mut opened = 0;
    let mut sender = sender;
    while opened < streams {
        let Ok(ready) = sender.ready().await else { break };
        sender = ready;
        let request = Request::post(format!("http://{address}/xianjie.intake.v1.ApplicationService/ListApplications"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .expect("a request");
        let Ok((answer, mut stream)) = sender.send_request(request, false) else { break };
        // A refusal of these bytes is the same to us: the stream is reset either way.
        let _ = stream.send_data(Bytes::from_static(&[0, 0, 0]), false);
        stream.send_reset(Reason::CANCEL);
        drop(answer);
        opened += 1;
    }
    connection.abort();
    opened
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_streams_with_resets_stop_nobody() {
    let house = TestHouse::open().await;
    let mut stage = house.stage().await;
    let secretary = stage.player(Role::VillageCommittee, "430921129201").await.expect("a sign-in");
    let address = house.rooms.address().to_string();
    let before = resident_kb();
    let hostile = tokio::spawn(async move {
        let mut opened = 0;
        while opened < STREAMS {
            let here = reset(&address, STREAMS - opened).await;
            assert!(here > 0, "a new connection may open a stream");
            opened += here;
        }
        opened
    });
    let mut slowest = Duration::ZERO;
    let mut answers = 0;
    while !hostile.is_finished() || answers == 0 {
        let began = Instant::now();
        let list = secretary.intake.clone().list_applications(ListApplicationsRequest::default()).await;
        list.expect("others are served");
        slowest = slowest.max(began.elapsed());
        answers += 1;
    }
    assert_eq!(hostile.await.expect("no panic"), STREAMS);
    let grown = resident_kb().saturating_sub(before);
    println!("{STREAMS} resets; {answers} answers to others meanwhile, the slowest {slowest:?}; {grown} KB more");
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    assert!(grown < GROWTH_KB, "{grown} KB more");
}
