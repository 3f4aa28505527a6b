//! One project the whole way, and what it leaves behind: the demo's story, played on a house.

use tests::{
    house::{TestHouse, leftovers},
    pack_folder,
};
use xianjie::demo::story;

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_becomes_a_registered_asset() {
    let house = TestHouse::open().await;
    let mut stage = house.stage().await;
    let summary = story::tell(&mut stage, &pack_folder().join("applications")).await.expect("the story ends well");

    assert_eq!(summary.state, "ASSET_REGISTERED");
    assert!(summary.balanced);
    assert_eq!(summary.debits_yuan, summary.credits_yuan);
    assert_eq!(summary.refusals, ["NOTICE_SHORT", "RATIO_VILLAGE", "ADVANCE_CAP", "ASSET_NOT_REGISTERED"]);
    assert!(summary.owner.ends_with("-COL"), "the village's collective owns it: {}", summary.owner);

    house.settle().await;
    assert!(leftovers(&house.database.url).await.is_empty(), "{:?}", leftovers(&house.database.url).await);
    // Advance, and one final payment a source: each order reached the treasury once.
    assert_eq!(house.treasury.orders().len(), 3);
}
