//! What the rules of the village's application promise holds at every gate, whoever comes and in whatever order: content is
//! admissible (C1), a notice restarts with all that it shows (C2), and what was voted on is voted on again (C3).

use std::path::Path;

use kernel::Role;
use proto::intake::v1::{
    Application, ApplicationState, BenefitLinkage, BudgetLine, Content, NoticeLevel, OperatingMode, RecordVoteRequest,
};
use tests::{
    desk::{Desk, TOWNSHIP, key, refused},
    money::pack_with,
    village::{approving, changed, close, first_field, post, propose, resubmit, returned, submit, voted},
};
use time::Duration;

/// Ten days of a notice; the day of posting does not count.
const NOTICE: Duration = Duration::days(11);
/// Another village of the township.
const NEIGHBOUR: &str = "430921129202";

type Change = fn(&mut Content);

fn line<'a>(content: &'a mut Content, source: &str) -> &'a mut BudgetLine {
    content.budget.iter_mut().find(|line| line.source == source).expect("the example has it")
}

/// So much more of the road, paid by the road's own money.
fn longer_road(content: &mut Content, more: i64) {
    line(content, "ROAD").amount_fen += more;
    let road = &mut content.items[2];
    road.amount_fen += more;
    (road.quantity_milli, road.unit_price_fen) = (1_000, road.amount_fen);
    content.total_fen += more;
}

fn persons_of(content: &mut Content) -> &mut BenefitLinkage {
    content.linkage.as_mut().expect("the example has one")
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_no_notice_shows_what_a_proposal_would_have_been_refused_for() {
    let mut desk = Desk::open().await;
    let mut known = voted(&mut desk).await;
    let sound = known.content.clone().expect("content");
    let cases: [(&str, Change); 4] = [
        ("RATIO_VILLAGE", |content| {
            line(content, "VILLAGE").amount_fen = 1;
            line(content, "LINK").amount_fen = 149_999_999;
        }),
        ("NEGLIST", |content| content.items[0].title = "修建村部办公楼".into()),
        ("REQUIRED", |content| content.items.clear()),
        ("SUM_MISMATCH", |content| content.total_fen -= 1),
    ];
    for (code, change) in cases {
        known = changed(&mut desk, &known, change).await;
        assert_eq!(refused(post(&mut desk, &known).await).code, code);
        known = changed(&mut desk, &known, |content| *content = sound.clone()).await;
    }
    post(&mut desk, &known).await.expect("the sound form hangs");
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_nothing_incomplete_is_submitted_or_submitted_again() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let posted = desk.posted(content).await;
    // No part of the notice: it hangs on.
    let bare = changed(&mut desk, &posted, |content| content.land_note.clear()).await;
    desk.wait(NOTICE);
    let closed = close(&mut desk, &bare).await.expect("closed");
    let no = refused(submit(&mut desk, &closed).await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("REQUIRED", "content.land_note"));
    let whole = changed(&mut desk, &closed, |content| content.land_note = "利用村集体存量建设用地".into()).await;
    let submitted = submit(&mut desk, &whole).await.expect("submitted");
    desk.complete_papers(&submitted.project_id).await;

    let known = returned(&mut desk, &submitted.project_id).await;
    let bare = changed(&mut desk, &known, |content| content.environment_note.clear()).await;
    let no = refused(resubmit(&mut desk, &bare, "已补充").await);
    assert_eq!((no.code.as_str(), first_field(&no)), ("REQUIRED", "content.environment_note"));
}

/// The county's pack, in which a village bears a quarter of its own new industry.
fn stricter_pack(folder: &Path) {
    pack_with(folder, "rules.toml", &[(r#"value = { percent = "20" }"#, r#"value = { percent = "25" }"#)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_the_township_approves_posts_and_forwards_nothing_inadmissible() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let approved = desk.checked(content.clone()).await.project_id;
    let posted = desk.checked(content.clone()).await.project_id;
    for project in [&approved, &posted] {
        approving(&mut desk, project).await.expect("approved");
        desk.reaches(project, ApplicationState::TownshipNotice).await;
    }
    let clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    let known = desk.read(&posted).await;
    desk.post(&clerk, &known, NoticeLevel::Township).await.expect("posted");
    let checked = desk.checked(content).await.project_id;
    desk.house.settle().await;

    // The same projects, judged by a county that asks for a quarter.
    let folder = tempfile::tempdir().expect("a folder");
    stricter_pack(folder.path());
    let Desk { house, .. } = desk;
    house.rooms.stop().await;
    let mut desk = Desk::open_at(house.database, folder.path()).await;
    desk.wait(Duration::days(90));
    assert_eq!(approving(&mut desk, &checked).await, Err("RATIO_VILLAGE".to_owned()));
    let clerk = desk.player(Role::TownshipClerk, TOWNSHIP).await;
    let known = desk.read(&approved).await;
    assert_eq!(refused(desk.post(&clerk, &known, NoticeLevel::Township).await).code, "RATIO_VILLAGE");
    let known = desk.read(&posted).await;
    assert_eq!(refused(desk.close(&clerk, &known, NoticeLevel::Township).await).code, "RATIO_VILLAGE");
    assert_eq!(desk.read(&posted).await.state(), ApplicationState::TownshipNotice);
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_what_the_notice_shows_restarts_it_at_day_0() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let mut known = desk.posted(content).await;
    let shown: [(&str, Change); 8] = [
        ("households", |content| persons_of(content).households -= 5),
        ("persons", |content| persons_of(content).persons -= 5),
        ("ways", |content| persons_of(content).ways = vec!["分红".into()]),
        ("income", |content| persons_of(content).household_income_fen = 100_000),
        ("jobs", |content| content.jobs = 25),
        ("temporary jobs", |content| content.temporary_jobs = 10),
        ("operating mode", |content| content.operating_mode = OperatingMode::Entrusted.into()),
        ("operator", |content| content.operator = "某农业发展有限公司".into()),
    ];
    for (what, change) in shown {
        let before = known.clone();
        desk.wait(NOTICE);
        let after = changed(&mut desk, &known, change).await;
        assert_eq!(refused(close(&mut desk, &after).await).code, "WRONG_STATE", "{what}: nothing hangs any more");
        assert_eq!(refused(submit(&mut desk, &after).await).code, "NOTICE_SHORT", "{what}");
        // Back to what was voted on, it hangs from day 0.
        let restored = changed(&mut desk, &after, |content| *content = before.content.clone().expect("content")).await;
        known = post(&mut desk, &restored).await.expect("posted again");
        assert_eq!(refused(close(&mut desk, &known).await).code, "NOTICE_SHORT", "{what}");
    }
    let noted = changed(&mut desk, &known, |content| content.land_note = "已取得用地批复".into()).await;
    desk.wait(NOTICE);
    close(&mut desk, &noted).await.expect("a note that the notice does not show leaves it hanging");
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_after_a_return_too() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.checked(content).await.project_id;
    let known = returned(&mut desk, &project).await;
    let known = changed(&mut desk, &known, |content| persons_of(content).ways = vec!["分红".into()]).await;
    let again = resubmit(&mut desk, &known, "已调整").await.expect("answered");
    assert_eq!(again.state(), ApplicationState::VillageNotice, "it hangs again before the township sees it");
    assert_eq!(refused(submit(&mut desk, &again).await).code, "NOTICE_SHORT");
    post(&mut desk, &again).await.expect("no new vote is needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_what_was_voted_on_is_voted_on_again() {
    let mut desk = Desk::open().await;
    let mut known = voted(&mut desk).await;
    let sound = known.content.clone().expect("content");
    let cases: [(&str, Change); 8] = [
        ("content.place", |content| content.place = "村部西侧老粮站".into()),
        ("content.joint_villages", |content| content.joint_villages = vec![NEIGHBOUR.into()]),
        ("content.operator", |content| content.operator = "某农业发展有限公司".into()),
        ("content.operating_mode", |content| content.operating_mode = OperatingMode::Entrusted.into()),
        ("content.budget", |content| {
            line(content, "VILLAGE").amount_fen += 1;
            line(content, "LINK").amount_fen -= 1;
        }),
        // 10 % of 1,700,000 and a fen.
        ("content.total_fen", |content| longer_road(content, 17_000_001)),
        ("content.linkage.households", |content| persons_of(content).households = 107),
        ("content.linkage.persons", |content| persons_of(content).persons = 347),
    ];
    for (field, change) in cases {
        known = changed(&mut desk, &known, change).await;
        let no = refused(post(&mut desk, &known).await);
        assert_eq!((no.code.as_str(), &no.fields[..]), ("REVOTE", &[field.to_owned()][..]));
        assert!(known.next_actions.contains(&"ProposeApplication".to_owned()), "{:?}", known.next_actions);
        known = changed(&mut desk, &known, |content| *content = sound.clone()).await;
        assert_eq!(refused(propose(&mut desk, &known).await).code, "WRONG_STATE", "{field}: as voted on");
    }
    let within = changed(&mut desk, &known, |content| {
        longer_road(content, 17_000_000);
        persons_of(content).households = 108;
    });
    let posted = {
        let within = within.await;
        post(&mut desk, &within).await.expect("no more than ten percent")
    };
    assert_eq!(posted.votes.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_many_small_steps_count_together() {
    let mut desk = Desk::open().await;
    let mut known = voted(&mut desk).await;
    // 3 percent of 1,700,000 each; every step hangs on the board until the next one.
    for step in 1..=4 {
        known = changed(&mut desk, &known, |content| longer_road(content, 5_100_000)).await;
        let answer = post(&mut desk, &known).await;
        if step < 4 {
            known = answer.expect("9 percent at most");
        } else {
            let no = refused(answer);
            assert_eq!(
                (no.code.as_str(), no.actual.as_str(), no.limit.as_str()),
                ("REVOTE", "1904000.00", "1870000.00")
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_after_a_return_the_new_place_is_voted_on_and_the_site_checked_again() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.checked(content).await.project_id;
    let known = returned(&mut desk, &project).await;
    assert!(known.site_check.is_some());
    let known = changed(&mut desk, &known, |content| content.place = "村部西侧老粮站".into()).await;
    let again = resubmit(&mut desk, &known, "另行选址").await.expect("answered");
    assert_eq!(refused(post(&mut desk, &again).await).code, "REVOTE");
    let first = known.votes[0].clone();
    let proposed = propose(&mut desk, &again).await.expect("voted on again");
    assert_eq!(proposed.state(), ApplicationState::Deliberation);

    // The old vote is no new one, and one that fails does not leave the old one standing.
    let Application { project_id, etag, .. } = proposed.clone();
    let request = RecordVoteRequest { request_id: key(), project_id, etag, vote: Some(first) };
    assert_eq!(refused(desk.secretary().await.intake.record_vote(request).await).code, "MINUTES_USED");
    let failed = desk.vote(&proposed, 26, (3, 23, 0)).await.expect("counted");
    assert_eq!(failed.state(), ApplicationState::Draft);
    assert_eq!(refused(post(&mut desk, &failed).await).code, "WRONG_STATE");
    let proposed = propose(&mut desk, &failed).await.expect("once more");
    let voted = desk.vote(&proposed, 26, (25, 1, 0)).await.expect("counted");

    let posted = post(&mut desk, &voted).await.expect("posted");
    desk.wait(NOTICE);
    let closed = close(&mut desk, &posted).await.expect("closed");
    submit(&mut desk, &closed).await.expect("submitted");
    let complete = desk.complete_papers(&project).await;
    assert!(complete.site_check.is_none(), "the check was of another place");
    assert_eq!(approving(&mut desk, &project).await, Err("SITE_CHECK".to_owned()));
    desk.check_by_two(complete).await;
    approving(&mut desk, &project).await.expect("checked there");
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_a_site_check_lapses_with_its_list_of_items() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.checked(content).await.project_id;
    let known = returned(&mut desk, &project).await;
    let known = changed(&mut desk, &known, |content| content.items[1].title = "稻虾烘干设备".into()).await;
    let again = resubmit(&mut desk, &known, "调整设备").await.expect("answered");
    let posted = post(&mut desk, &again).await.expect("no new vote is needed");
    desk.wait(NOTICE);
    let closed = close(&mut desk, &posted).await.expect("closed");
    submit(&mut desk, &closed).await.expect("submitted");
    desk.complete_papers(&project).await;
    assert_eq!(approving(&mut desk, &project).await, Err("SITE_CHECK".to_owned()));
}
