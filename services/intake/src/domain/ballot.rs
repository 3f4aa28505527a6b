//! What was counted at a meeting of the village (计票): whether the figures can be true at all. Whether they are enough is
//! the question of [`super::village_vote`] and [`super::deliberation`].

use kernel::{
    Explanation,
    refusal::{Common, Violations},
};

use super::record::vote::Ballot;

/// Refuses counts that do not add up.
///
/// # Errors
/// `VOTE`, naming the fields.
pub fn check_counts(ballot: &Ballot) -> Result<(), Common> {
    let Ballot { entitled, present, yes, no, abstain, .. } = ballot;
    let mut wrong = Violations::default();
    if *entitled == 0 {
        wrong.add("VOTE", "vote.entitled", "应到人数必须大于零", "someone must be entitled to vote");
    }
    if present > entitled {
        let zh = format!("实到 {present} 人多于应到 {entitled} 人");
        wrong.add("VOTE", "vote.present", zh, "more are present than are entitled");
    }
    wrong.finish()?;
    let counted = u64::from(*yes) + u64::from(*no) + u64::from(*abstain);
    if counted != u64::from(*present) {
        let zh = format!("赞成 {yes}、反对 {no}、弃权 {abstain} 合计 {counted} 票,与实到 {present} 人不符");
        let en = format!("yes, no and abstained make {counted}, but {present} were present");
        let explanation = Explanation::new("VOTE", zh, en).figures(counted, present);
        return Err(Common::invalid(explanation.at("vote.yes").at("vote.no").at("vote.abstain").at("vote.present")));
    }
    Ok(())
}
