//! The leading group by person, numbers of one meeting, and money that is vouched for once.

use super::*;

/// The leading group's yes by only so many of its members.
fn by_few(decision: Decision, came: usize) -> Decision {
    let few = tests::members().split('、').take(came).collect::<Vec<_>>().join("、");
    let mut decision = decision;
    for answer in decision.answers.iter_mut().filter(|answer| answer.question_id == "present") {
        answer.text.clone_from(&few);
    }
    decision
}

#[tokio::test(flavor = "multi_thread")]
async fn c11_the_leading_group_s_single_task_meets_the_quorum_of_its_meetings() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let project = desk.agreed(content).await;
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    let task = desk.tasks(&group, &project, &[]).await.remove(0);
    let due = tests::members().split('、').count();
    for decision in [desk.resolution(&task), by_few(rejecting_alone(&task), due)] {
        let alone = refused(complete(&group, &task, by_few(decision.clone(), due / 2)).await);
        assert_eq!((alone.code, alone.actual), ("QUORUM".to_owned(), format!("{}/{due}", due / 2)));
        let place = decision.answers.iter().position(|answer| answer.question_id == "present").expect("asked");
        assert_eq!(alone.fields, [format!("decision.answers[{place}]")]);
    }
    let mut stranger = desk.resolution(&task);
    stranger.answers.iter_mut().filter(|answer| answer.question_id == "present").for_each(|answer| {
        answer.text = "某某".into();
    });
    assert_eq!(refused(complete(&group, &task, stranger).await).code, "ATTENDANCE");
    complete(&group, &task, desk.resolution(&task)).await.expect("all were there");
    desk.reaches(&project, ApplicationState::CountyNotice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c33_a_resolution_number_belongs_to_one_meeting() {
    let mut desk = Desk::open().await;
    let content = desk.content();
    let first = desk.agreed(content.clone()).await;
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    let numbered = |desk: &Desk, task: &Task, number: &str| {
        let mut decision = desk.resolution(task);
        let answer = decision.answers.iter_mut().find(|answer| answer.question_id == "resolution_no");
        number.clone_into(&mut answer.expect("asked").text);
        decision
    };
    let task = desk.tasks(&group, &first, &[]).await.remove(0);
    complete(&group, &task, numbered(&desk, &task, "南乡振领纪〔2022〕3号")).await.expect("the first of its number");

    let second = desk.agreed(Content { title: "育秧大棚".into(), place: "二组".into(), ..content }).await;
    let group = desk.player(Role::LeadingGroup, COUNTY).await;
    let task = desk.tasks(&group, &second, &[]).await.remove(0);
    for same in ["南乡振领纪〔2022〕3号", " 南乡振领纪[2022] 3号 ", "南乡振领纪(２０２２)３号"]
    {
        let no = refused(complete(&group, &task, numbered(&desk, &task, same)).await);
        assert_eq!(
            (no.code.as_str(), no.fields.as_slice()),
            ("RESOLUTION_NO", &["decision.answers[0]".to_owned()][..])
        );
    }
    complete(&group, &task, numbered(&desk, &task, "南乡振领纪〔2022〕4号")).await.expect("its own number");
}

/// Two projects of 800,000 of the same source, with money for one, and the finance bureau's task in each.
async fn for_the_last_money(desk: &mut Desk) -> [(String, Task); 2] {
    const PUBLIC: i64 = 80_000_000;
    let content = desk.content();
    let (one, two) = (work_relief(&content, PUBLIC, 1), work_relief(&content, PUBLIC, 2));
    let projects = [desk.forwarded(one).await.project_id, desk.forwarded(two).await.project_id];
    desk.issue("LINK", "南财农指〔2022〕1号", PUBLIC).await;
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let [first, second] = &projects;
    let tasks = [desk.tasks(&finance, first, &[]).await.remove(0), desk.tasks(&finance, second, &[]).await.remove(0)];
    let [one, two] = tasks;
    let [first, second] = projects;
    [(first, one), (second, two)]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_finance_bureau_vouches_for_the_same_money_once() {
    let mut desk = Desk::open().await;
    let [(first, one), (_, two)] = for_the_last_money(&mut desk).await;
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    complete(&finance, &one, approval(&one)).await.expect("all of it is there");
    let no = refused(complete(&finance, &two, approval(&two)).await);
    assert_eq!((no.code.as_str(), no.limit.as_str()), ("INDICATOR_BALANCE", "0.00"));
    assert!(no.zh.contains("已为其他项目保障 800000.00"), "{}", no.zh);
    // Withdrawn, it is free again.
    let secretary = desk.secretary().await;
    withdraw(&secretary, &first, "不再需要").await.expect("before the leading group is asked");
    complete(&finance, &two, approval(&two)).await.expect("the money is free again");
    desk.house.settle().await;
    let differences = rebuilt::differences(&desk.house.database.url).await.expect("the tables can be written again");
    assert!(differences.is_empty(), "{differences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_vouch_for_the_last_money_at_the_same_moment_take_turns() {
    let mut desk = Desk::open().await;
    let [(_, one), (_, two)] = for_the_last_money(&mut desk).await;
    let finance = desk.player(Role::FinanceBureau, FINANCE).await;
    let (first, second) =
        tokio::join!(complete(&finance, &one, approval(&one)), complete(&finance, &two, approval(&two)));
    match (first, second) {
        (Ok(()), Err(no)) | (Err(no), Ok(())) => {
            assert_eq!(refused::<()>(Err(no)).code, "INDICATOR_BALANCE");
        }
        both => panic!("exactly one may have it: {both:?}"),
    }
}
