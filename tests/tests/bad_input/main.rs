//! Whatever a client sends, it gets a clear answer: nothing panics, hangs, shows our inside, or is called our own fault.
//!
//! The demo's story is played through a door ([`door`]) that tries every field of every request at its limits
//! ([`limits`]) just before the true request goes through, when nothing but that field stands in its way; and afterwards
//! sends every method what is no request at all ([`garbage`]).

mod door;
mod garbage;
mod limits;
mod resets;
mod verdict;

use std::collections::BTreeSet;

use kernel::Role;
use proto::intake::v1::ListApplicationsRequest;
use tests::{
    house::{TestHouse, leftovers},
    pack_folder,
};
use xianjie::demo::{
    stage::{Rooms, Stage},
    story,
    telling::Telling,
};

use door::Door;

#[tokio::test(flavor = "multi_thread")]
async fn every_field_at_its_limits_gets_a_clear_answer() {
    let house = TestHouse::open().await;
    let door = Door::open(&format!("http://{}", house.rooms.address())).await;
    let clock = house.clock.clone();
    let advance = Box::new(move |by| {
        clock.advance(by);
        Ok(())
    });
    let rooms = Rooms::at(&door.address()).expect("an address");
    let mut stage =
        Stage::on(rooms, house.pack.clone(), advance, Telling::new(false, true)).await.expect("someone can sign in");
    let told = story::tell(&mut stage, &pack_folder().join("applications")).await;
    let findings = door.findings();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    assert_eq!(told.expect("the story ends well").state, "ASSET_REGISTERED");

    let seen: BTreeSet<String> = door.requests().into_iter().map(|request| request.method).collect();
    assert!(seen.len() >= 30, "{} methods were tried: {seen:?}", seen.len());
    println!("{} answers, {} methods", door.tried(), seen.len());

    let token = door.requests().last().expect("the story has requests").authorization.clone();
    let findings = garbage::send(&door, &token).await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));

    house.settle().await;
    assert!(leftovers(&house.database.url).await.is_empty(), "{:?}", leftovers(&house.database.url).await);
    let mut stage = house.stage().await;
    let bureau = stage.player(Role::RevitalizationBureau, "430921000000-RRB").await.expect("a sign-in");
    let list = bureau.intake.clone().list_applications(ListApplicationsRequest::default()).await;
    assert!(!list.expect("the house still answers").into_inner().applications.is_empty());
}
