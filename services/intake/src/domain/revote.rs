//! Voting again (重新表决): the representatives voted on a place, villages, an operator, the village's own money, a total and
//! beneficiaries. Once these are no longer what was voted on, no notice is posted and nothing goes on until a new vote.
//!
//! Measured against the content of the last vote that passed, so that many small steps count together. The village then
//! proposes the application once more out of its notice ([`super::draft::propose`]); a new vote that fails leaves a draft.

use kernel::{
    Explanation, Fen, RuleCode, YearRules,
    refusal::{Common, breach},
};

use super::{Content, State, refusal::unpriced, village_share};

const CODE: &str = "REVOTE";
const BASIS: &str = "《中华人民共和国村民委员会组织法》第二十四条 [known]";

/// Refuses to go on with what the village has not voted on.
///
/// # Errors
/// `REVOTE`, naming all that has become different.
pub fn require(state: &State, rules: &YearRules) -> Result<(), Common> {
    let Some(voted_on) = &state.voted_on else { return Ok(()) };
    let mut reasons = reasons(voted_on, &state.content, rules).into_iter();
    let Some(mut first) = reasons.next() else { return Ok(()) };
    for other in reasons {
        first.zh = format!("{};{}", first.zh, other.zh);
        first.en = format!("{}; {}", first.en, other.en);
        first.fields.extend(other.fields);
    }
    first.zh = format!("{},与村民代表会议表决时不同,请重新提请村级议事、表决后再办理", first.zh);
    first.en = format!("{}: this is not what the representatives voted on, so propose it and vote again", first.en);
    Err(Common::rule(first))
}

/// Whether the village must vote again before anything else.
#[must_use]
pub fn is_due(state: &State, rules: &YearRules) -> bool {
    require(state, rules).is_err()
}

fn reasons(voted_on: &Content, now: &Content, rules: &YearRules) -> Vec<Explanation> {
    let own = |content: &Content| content.sum_of_budget(|line| line.source == village_share::VILLAGE);
    let all = replaced(voted_on, now).into_iter();
    let all = all.chain(own_money(own(voted_on), own(now))).chain(total(voted_on.total, now.total, rules));
    all.chain(beneficiaries(voted_on, now, rules)).collect()
}

/// What has been replaced by something else.
fn replaced(voted_on: &Content, now: &Content) -> Vec<Explanation> {
    let villages = |content: &Content| {
        let mut villages = content.villages();
        villages.sort_unstable();
        villages
    };
    let sections = [
        ("place", "建设地点", voted_on.is_placed_otherwise(now)),
        ("joint_villages", "参与村", villages(voted_on) != villages(now)),
        ("operator", "经营主体", voted_on.operator != now.operator),
        ("operating_mode", "经营方式", voted_on.operating_mode != now.operating_mode),
    ];
    let different = sections.into_iter().filter(|(_, _, differs)| *differs);
    different
        .map(|(field, zh, _)| {
            let explanation = unpriced(CODE, CODE, BASIS, format!("{zh}已变更"), format!("{field} has been replaced"));
            explanation.figures(field, "与表决时一致 as voted on").at(format!("content.{field}"))
        })
        .collect()
}

fn own_money(voted_on: Fen, now: Fen) -> Option<Explanation> {
    let zh = format!("村级自筹由 {voted_on} 元增至 {now} 元");
    let en = format!("the village's own money rises from {voted_on} to {now} yuan");
    let explanation = unpriced(CODE, CODE, BASIS, zh, en).figures(now, voted_on).at("content.budget");
    (now > voted_on).then_some(explanation)
}

fn total(voted_on: Fen, now: Fen, rules: &YearRules) -> Option<Explanation> {
    let share = rules.share(RuleCode::RevoteTotal);
    let limit = voted_on.saturating_add(voted_on.share_floor(share));
    let zh = format!("总投资由 {voted_on} 元增至 {now} 元,增幅超过 {share}");
    let en = format!("the total rises from {voted_on} to {now} yuan, by more than {share}");
    let explanation = breach(CODE, rules.rule(RuleCode::RevoteTotal), zh, en);
    (now > limit).then(|| explanation.figures(now, limit).at("content.total_fen"))
}

fn beneficiaries(voted_on: &Content, now: &Content, rules: &YearRules) -> Vec<Explanation> {
    let share = rules.share(RuleCode::RevoteBeneficiaries);
    let (before, after) = (&voted_on.linkage, &now.linkage);
    let counts = [
        ("households", "受益户数", before.households, after.households),
        ("persons", "受益人数", before.persons, after.persons),
        ("lifted_out_persons", "受益脱贫人口", before.lifted_out_persons, after.lifted_out_persons),
        ("monitored_persons", "受益监测对象", before.monitored_persons, after.monitored_persons),
    ];
    let fallen =
        counts.into_iter().filter(|(_, _, before, after)| share.exceeded_by(before.saturating_sub(*after), *before));
    fallen
        .map(|(field, zh, before, after)| {
            let zh = format!("{zh}由 {before} 减至 {after},降幅超过 {share}");
            let en = format!("{field} fall from {before} to {after}, by more than {share}");
            let explanation = breach(CODE, rules.rule(RuleCode::RevoteBeneficiaries), zh, en);
            explanation.figures(after, before).at(format!("content.linkage.{field}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command, Event, NoticeLevel, Stage,
        fixtures::{
            OTHER_VILLAGE, and, at, ballot_of, content, pack, post_notice, returned_by_township, secretary,
            village_posted, voted, yuan,
        },
        record::{content::OperatingMode, correction::CorrectionAnswer, vote::Ballot},
    };

    fn updated(history: Vec<Event>, day: i64, change: impl Fn(&mut Content)) -> Vec<Event> {
        let Application::Opened(state) = Application::fold(&history) else { panic!("it is open") };
        let mut content = state.content.clone();
        change(&mut content);
        and(history, Command::UpdateApplication { content, by: at(day, &secretary()) })
    }

    fn post() -> Command {
        post_notice(NoticeLevel::Village, at(30, &secretary()))
    }

    /// The fields that make a new vote due, and the first reason's figures.
    fn due(change: impl Fn(&mut Content)) -> (Vec<String>, String, String) {
        let refusal = given::<Application>(updated(voted(), 4, change)).when(post()).then_refused(CODE);
        let Explanation { fields, actual, limit, .. } = refusal.explain();
        let fields = fields.into_iter().map(|found| found.field).collect();
        (fields, actual.unwrap_or_default(), limit.unwrap_or_default())
    }

    /// The total with so much of the link funds in one more item.
    fn larger(content: &mut Content, more: Fen) {
        content.total = content.total.saturating_add(more);
        content.budget[2].amount = content.budget[2].amount.saturating_add(more);
        let item = &mut content.items[1];
        item.amount = item.amount.saturating_add(more);
        item.unit_price = item.amount;
    }

    #[test]
    fn c3_what_was_voted_on_is_voted_on_again() {
        let other = OTHER_VILLAGE.parse().expect("a code");
        assert_eq!(due(|content| content.place = "别处".into()).0, ["content.place"]);
        let moved = |content: &mut Content| content.coordinates.as_mut().expect("there").latitude_micro += 1;
        assert_eq!(due(moved).0, ["content.place"]);
        assert_eq!(due(|content| content.joint_villages = vec![other]).0, ["content.joint_villages"]);
        assert_eq!(due(|content| content.operator = "某公司".into()).0, ["content.operator"]);
        let entrusted = |content: &mut Content| content.operating_mode = Some(OperatingMode::Entrusted);
        assert_eq!(due(entrusted).0, ["content.operating_mode"]);
        let dearer = |content: &mut Content| {
            content.budget[0].amount = yuan("300000.01");
            content.budget[1].amount = yuan("1199999.99");
        };
        assert_eq!(due(dearer), (vec!["content.budget".into()], "300000.01".into(), "300000.00".into()));
        let tenth = |fen: &'static str| move |content: &mut Content| larger(content, yuan(fen));
        given::<Application>(updated(voted(), 4, tenth("170000"))).when(post()).then_accepted();
        assert_eq!(
            due(tenth("170000.01")),
            (vec!["content.total_fen".into()], "1870000.01".into(), "1870000.00".into())
        );
        let fewer = |households| move |content: &mut Content| content.linkage.households = households;
        given::<Application>(updated(voted(), 4, fewer(108))).when(post()).then_accepted();
        assert_eq!(due(fewer(107)), (vec!["content.linkage.households".into()], "107".into(), "120".into()));
    }

    #[test]
    fn c3_other_changes_need_no_more_than_another_notice() {
        let renamed = |content: &mut Content| content.title = "稻虾加工车间(一期)".into();
        given::<Application>(updated(village_posted(), 5, renamed)).when(post()).then_accepted();
    }

    #[test]
    fn c3_many_small_steps_count_together() {
        let step = |history, day| updated(history, day, |content| larger(content, yuan("60000")));
        let twice = step(step(voted(), 4), 5);
        given::<Application>(twice.clone()).when(post()).then_accepted();
        given::<Application>(step(twice, 6)).when(post()).then_refused(CODE);
    }

    #[test]
    fn c3_the_village_proposes_again_out_of_its_notice_and_a_vote_that_fails_leaves_a_draft() {
        let propose = || Command::ProposeApplication { by: at(6, &secretary()) };
        given::<Application>(village_posted()).when(propose()).then_refused("WRONG_STATE");
        let moved = updated(village_posted(), 5, |content| content.place = "别处".into());
        let same_ballot = Command::RecordVote { ballot: ballot_of(3), by: at(5, &secretary()) };
        given::<Application>(moved.clone()).when(same_ballot).then_refused("WRONG_STATE");
        let proposed = and(moved, propose());
        let vote = |ballot| Command::RecordVote { ballot, by: at(7, &secretary()) };
        let failed = and(proposed.clone(), vote(Ballot { yes: 3, no: 23, ..ballot_of(7) }));
        assert_eq!(Application::fold(&failed).stage(), Some(&Stage::Draft));
        given::<Application>(failed).when(post()).then_refused("WRONG_STATE");
        given::<Application>(and(proposed, vote(ballot_of(7)))).when(post()).then_accepted();
    }

    #[test]
    fn c3_after_a_return_the_vote_comes_before_the_notice() {
        let moved = updated(returned_by_township(1), 20, |content| content.place = "别处".into());
        let answers = vec![CorrectionAnswer { item: "1".into(), text: "已调整".into() }];
        let again = and(moved, Command::ResubmitApplication { answers, by: at(21, &secretary()) });
        let Application::Opened(state) = Application::fold(&again) else { panic!("it is open") };
        assert!(is_due(&state, pack().rules(2022).expect("2022 has rules")));
        assert_eq!(
            (&state.stage, state.site_check.is_none()),
            (&Stage::VillageNotice, true),
            "the check was of another place"
        );
        given::<Application>(again).when(post()).then_refused(CODE);
        assert_eq!(content().place, "村部东侧");
    }
}
