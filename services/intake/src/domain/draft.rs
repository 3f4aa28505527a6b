//! Drafting (起草): opening an application, changing its content, putting it to the village's deliberation.
//!
//! A draft may change freely. Once the village has voted, year, village and category are fixed (`CHANGE_REVIEW`), and another
//! material change takes down the notices that showed it, or calls for another vote ([`revote`]): then the village proposes
//! it again out of its notice. Once the county has decided, only notes may be added.

use kernel::{
    Duties, ProjectId,
    refusal::{Common, Violations},
};

use super::{
    Content, Event, Occasion, Stage, State, admissible, authority::VILLAGE, particulars, refusal::unpriced, revote,
};

/// Opens a draft.
///
/// # Errors
/// What even a draft must have, or `SCOPE`.
pub fn open(project: ProjectId, content: Content, by: &Occasion) -> Result<Vec<Event>, Common> {
    check_draft(&content, by)?;
    let signature = VILLAGE.sign(content.village, &Duties::default(), by)?;
    Ok(vec![Event::ApplicationCreated { project, content, signature }])
}

/// Opens what is open already: a true repeat changes nothing.
///
/// # Errors
/// `SCOPE`, `SOD`, or `EXISTS` when it is no repeat.
pub fn open_again(state: &State, content: &Content, by: &Occasion) -> Result<Vec<Event>, Common> {
    VILLAGE.sign(content.village, &state.duties, by)?;
    let same = state.content_revision == 1 && state.content == *content;
    if same { Ok(Vec::new()) } else { Err(Common::Exists { what: "项目申报 application" }) }
}

/// Replaces the content.
///
/// # Errors
/// What even a draft must have, `SCOPE`, `SOD`, `WRONG_STATE`, or `CHANGE_REVIEW` for a material change after the vote.
pub fn update(state: &State, content: Content, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    if content == state.content {
        return Ok(Vec::new());
    }
    match &state.stage {
        Stage::Draft => {}
        // What changes the substance takes the notices down with it: see [`State::evolve`].
        Stage::VillageNotice => refuse_changes(state, &content, Content::identity_changes)?,
        Stage::Returned if state.resolution.is_none() => refuse_changes(state, &content, Content::identity_changes)?,
        Stage::Returned => refuse_changes(state, &content, Content::material_changes)?,
        // The pool needs targets, and no later step could add them.
        Stage::CountyNotice { .. } if adds_only_missing_targets(state, &content) => {}
        Stage::Deliberation
        | Stage::TownshipReview
        | Stage::TownshipNotice
        | Stage::CountyReview { .. }
        | Stage::CountyNotice { .. }
        | Stage::InPool { .. }
        | Stage::Rejected(_)
        | Stage::Withdrawn { .. }
        | Stage::OutOfPool { .. } => return Err(state.wrong_state("UpdateApplication")),
    }
    check_draft(&content, by)?;
    VILLAGE.sign(content.village, &state.duties, by)?;
    Ok(vec![Event::ApplicationUpdated { content, signature }])
}

/// Puts a complete draft to the village's deliberation.
///
/// # Errors
/// `SCOPE`, `SOD`, `WRONG_STATE`, or whatever makes the content inadmissible.
pub fn propose(state: &State, by: &Occasion) -> Result<Vec<Event>, Common> {
    let signature = VILLAGE.sign(state.content.village, &state.duties, by)?;
    let rules = by.pack.rules_of(state.content.fiscal_year)?;
    // Deliberated because of a return, it was not proposed.
    if state.stage == Stage::Deliberation && state.returns.is_empty() {
        return Ok(Vec::new());
    }
    let votes_anew = state.stage == Stage::VillageNotice && revote::is_due(state, rules);
    if state.stage != Stage::Draft && !votes_anew {
        return Err(state.wrong_state("ProposeApplication"));
    }
    admissible::check(&state.content, rules, &by.pack)?;
    Ok(vec![Event::ApplicationProposed { signature }])
}

/// Whether the pool's missing performance targets are all that is added.
pub fn adds_only_missing_targets(state: &State, content: &Content) -> bool {
    let mut with_targets = state.content.clone();
    with_targets.performance_targets.clone_from(&content.performance_targets);
    state.content.performance_targets.is_empty() && with_targets == *content
}

fn check_draft(content: &Content, by: &Occasion) -> Result<(), Common> {
    let mut wrong = Violations::default();
    particulars::check_draft(content, &by.pack, &mut wrong);
    wrong.finish()
}

/// The sections that differ, each with its Chinese name.
type Changes = Vec<(&'static str, &'static str)>;

fn refuse_changes(
    state: &State,
    content: &Content,
    which: impl Fn(&Content, &Content) -> Changes,
) -> Result<(), Common> {
    let changed = which(&state.content, content);
    if changed.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = changed.iter().map(|(_, zh)| *zh).collect();
    let fields: Vec<&str> = changed.iter().map(|(field, _)| *field).collect();
    let zh = format!("{}已经村民代表会议表决并公示,补正时不得变更;确需变更的,请重新申报", names.join("、"));
    let en = format!(
        "the village has voted on {} and read it on the notice board: to change it, begin a new application",
        fields.join(", ")
    );
    let basis = "《关于加强扶贫资金项目公告公示的指导意见》国开办发〔2018〕11号 [found];[design]";
    let limit = "补正不得变更实质内容 a correction leaves the substance as it is";
    let mut explanation = unpriced("CHANGE_REVIEW", "MATERIAL_CHANGE", basis, zh, en).figures(fields.join(","), limit);
    for field in fields {
        explanation = explanation.at(format!("content.{field}"));
    }
    Err(Common::rule(explanation))
}

#[cfg(test)]
mod tests {
    use kernel::{Decider as _, Refusal as _, testing::given};

    use super::*;
    use crate::domain::{
        Application, Command, NoticeLevel,
        fixtures::{
            OTHER_VILLAGE, and, at, clerk, close_notice, content, drafted, post_notice, project, returned_by_township,
            secretary, secretary_of, village_posted,
        },
        record::correction::CorrectionAnswer,
    };

    fn update(content: Content) -> Command {
        Command::UpdateApplication { content, by: at(2, &secretary()) }
    }

    #[test]
    fn only_the_village_s_own_committee_drafts() {
        let create = |by| Command::CreateApplication { project: project(), content: content(), by };
        given::<Application>([]).when(create(at(1, &clerk()))).then_refused("SCOPE");
        given::<Application>([]).when(create(at(1, &secretary_of(OTHER_VILLAGE)))).then_refused("SCOPE");
        given::<Application>([]).when(create(at(1, &secretary()))).then(drafted());
        given::<Application>(drafted()).when(create(at(1, &secretary()))).then([]);
        let other = Command::CreateApplication {
            project: project(),
            content: Content { title: "另一个".into(), ..content() },
            by: at(1, &secretary()),
        };
        given::<Application>(drafted()).when(other).then_refused("EXISTS");
    }

    #[test]
    fn a_draft_needs_year_name_and_village_and_no_more() {
        let mut bare = content();
        bare.items.clear();
        bare.budget.clear();
        let create = |content| Command::CreateApplication { project: project(), content, by: at(1, &secretary()) };
        given::<Application>([]).when(create(bare.clone())).then_accepted();
        bare.fiscal_year = 1999;
        bare.title = " ".into();
        bare.village = "430921999201".parse().expect("a code");
        let explanation = given::<Application>([]).when(create(bare)).then_refused("FISCAL_YEAR").explain();
        let fields: Vec<&str> = explanation.fields.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["content.fiscal_year", "content.title", "content.village"]);
    }

    #[test]
    fn a_draft_moves_to_another_village_only_by_someone_of_both() {
        let moved = Content { village: OTHER_VILLAGE.parse().expect("a code"), ..content() };
        given::<Application>(drafted()).when(update(moved.clone())).then_refused("SCOPE");
        let mut both = secretary();
        both.posts.extend(secretary_of(OTHER_VILLAGE).posts);
        let by = at(2, &both);
        given::<Application>(drafted()).when(Command::UpdateApplication { content: moved, by }).then_accepted();
    }

    #[test]
    fn a_correction_adds_to_the_notes_and_leaves_the_substance() {
        let noted = Content { environment_note: "补充污水去向".into(), ..content() };
        given::<Application>(returned_by_township(1)).when(update(noted)).then_accepted();
        given::<Application>(returned_by_township(1)).when(update(content())).then([]);
        let renamed = Content { category: "OTHER".into(), ..content() };
        let refusal = given::<Application>(returned_by_township(1)).when(update(renamed)).then_refused("CHANGE_REVIEW");
        let explanation = refusal.explain();
        assert_eq!(explanation.actual.as_deref(), Some("category"));
        assert!(explanation.zh.contains("项目类别") && explanation.zh.contains("重新申报"), "{}", explanation.zh);
    }

    #[test]
    fn a_material_change_takes_the_notices_down_and_walks_again() {
        let elsewhere = Content { title: "稻虾加工车间(一期)".into(), ..content() };
        let moved = and(village_posted(), update(elsewhere.clone()));
        let Application::Opened(state) = Application::fold(&moved) else { panic!("open") };
        assert_eq!((state.notice(NoticeLevel::Village), state.notices.len()), (None, 1));

        let moved = and(returned_by_township(1), update(elsewhere));
        let answers = vec![CorrectionAnswer { item: "1".into(), text: "已调整".into() }];
        let again = and(moved, Command::ResubmitApplication { answers, by: at(21, &secretary()) });
        assert_eq!(Application::fold(&again).stage(), Some(&Stage::VillageNotice));
        let submit = Command::SubmitApplication { by: at(22, &secretary()) };
        given::<Application>(again.clone()).when(submit.clone()).then_refused("NOTICE_SHORT");
        let posted = and(again, post_notice(NoticeLevel::Village, at(22, &secretary())));
        let closed = and(posted, close_notice(NoticeLevel::Village, at(40, &secretary())));
        assert_eq!(Application::fold(&and(closed, submit)).stage(), Some(&Stage::TownshipReview));
    }
}
