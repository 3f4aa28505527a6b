//! What the leading group returns to the departments (退回部门重审): it stays in the county. Departments whose section is named
//! judge anew and say what was done, then it comes straight back; agreement of the others stands.
//!
//! A thing that stands in no department's section concerns all of them.

use kernel::{
    decision::{self, Correction, ReturnStep},
    pack::DepartmentReview,
};

use super::record::{Question, ReturnedItem};

/// Whether nothing of what is returned leaves the county.
#[must_use]
pub fn stays_in_county(corrections: &[Correction]) -> bool {
    corrections.iter().all(is_for_departments)
}

fn is_for_departments(correction: &Correction) -> bool {
    correction.step == ReturnStep::DepartmentReview
}

/// What of a return leaves the county.
pub fn leaving(items: &[ReturnedItem]) -> impl Iterator<Item = &ReturnedItem> {
    items.iter().filter(|item| !is_for_departments(&item.correction))
}

/// What this department, one of `all` that judge the project, is asked about a return, beside its usual questions.
#[must_use]
pub fn questions(items: &[ReturnedItem], review: &DepartmentReview, all: &[&DepartmentReview]) -> Vec<Question> {
    let to_departments = items.iter().map(|item| &item.correction).filter(|correction| is_for_departments(correction));
    let concerns = |correction: &Correction| {
        let section = correction.field.split(['.', '[']).next().unwrap_or_default();
        let judges = |review: &DepartmentReview| review.sections.iter().any(|judged| judged == section);
        review.sections.is_empty() || judges(review) || !all.iter().any(|other| judges(other))
    };
    let named = (1_u32..).zip(to_departments).filter(|(_, correction)| concerns(correction));
    named.map(|(number, correction)| asking(&number.to_string(), correction)).collect()
}

fn asking(number: &str, correction: &Correction) -> Question {
    decision::Question::about_return(number, &correction.field, &correction.text).into()
}

#[cfg(test)]
mod tests {
    use kernel::{Post, decision::Outcome};

    use super::*;
    use crate::domain::{
        Command, Stage,
        story::{Story, costly, decision, departments, forward, holder, pack, the_leading_group},
    };

    fn correction(field: &str, step: ReturnStep) -> Correction {
        Correction { field: field.into(), text: "重新核实并说明".into(), step }
    }

    /// The leading group returns these.
    fn returning(story: &Story, corrections: Vec<Correction>) -> Command {
        let group = the_leading_group();
        let decision = decision::Decision { corrections, ..decision(&story.task(&group), Outcome::Return) };
        story.completing_with(&group, decision, holder(&group))
    }

    fn asked_posts(story: &Story) -> Vec<Post> {
        story.state().awaited().map(|opinion| opinion.asked.post.clone()).collect()
    }

    fn judges(section: &str) -> Vec<Post> {
        let pack = pack();
        let category = pack.category("INDUSTRY").expect("known");
        let content = pack.content_reviews.iter().map(|by_content| &by_content.review);
        let reviews = category.reviews.iter().chain(content);
        let named = reviews.filter(|review| review.sections.iter().any(|judged| judged == section));
        let named: Vec<Post> = named.map(|review| review.post.clone()).collect();
        departments().into_iter().filter(|post| named.contains(post)).collect()
    }

    #[test]
    fn only_departments_that_judge_what_was_named_are_asked_again_and_it_comes_straight_back() {
        let story = Story::opened().all_say(Outcome::Approve);
        let named = judges("land_note");
        assert!(!named.is_empty() && named.len() < departments().len());
        let again = story.clone().with(returning(&story, vec![correction("land_note", ReturnStep::DepartmentReview)]));
        assert_eq!((again.stage(), asked_posts(&again)), (Stage::Departments, named.clone()));
        let (before, after) = (story.task(&named[0]), again.task(&named[0]));
        assert_ne!(before.task, after.task, "another task in the same round");
        assert_eq!(
            (before.round, after.questions.last().map(|last| last.id.as_str())),
            (after.round, Some("return-1"))
        );
        let mut silent = decision(&after, Outcome::Approve);
        silent.answers.retain(|answer| answer.question != "return-1");
        again.when(again.completing_with(&named[0], silent, holder(&named[0]))).then_refused("ANSWER_MISSING");

        let back = again.all_say(Outcome::Approve);
        assert_eq!((back.stage(), asked_posts(&back)), (Stage::LeadingGroup, vec![the_leading_group()]));
        assert_eq!(back.state().standing().count(), departments().len(), "agreement of the others stood all along");
        let approved = back.decided(&the_leading_group(), Outcome::Approve);
        assert!(matches!(approved.stage(), Stage::Approved(_)));
    }

    #[test]
    fn what_has_no_section_concerns_every_department() {
        let story = Story::opened().all_say(Outcome::Approve);
        let again = story.clone().with(returning(&story, vec![correction("other", ReturnStep::DepartmentReview)]));
        assert_eq!(asked_posts(&again), departments());
    }

    #[test]
    fn a_department_that_was_asked_again_may_return_it_to_the_village() {
        let story = Story::opened().all_say(Outcome::Approve);
        let again = story.clone().with(returning(&story, vec![correction("land_note", ReturnStep::DepartmentReview)]));
        let post = judges("land_note").remove(0);
        let returned = again.decided(&post, Outcome::Return).all_say(Outcome::Approve);
        assert_eq!(returned.stage(), Stage::Returned);
        let items = returned.state().returned;
        assert_eq!((items.len(), &items[0].asked_by), (1, &post), "what was answered is not asked of the village");
        assert_eq!(asked_posts(&returned.with(forward(2))), [post]);
    }

    #[test]
    fn a_mixed_return_walks_below_the_county_first_and_then_the_named_departments() {
        let story = Story::opened().all_say(Outcome::Approve);
        let mixed = vec![
            correction("budget", ReturnStep::TownshipReview),
            correction("land_note", ReturnStep::DepartmentReview),
        ];
        let returned = story.clone().with(returning(&story, mixed));
        assert_eq!(returned.stage(), Stage::Returned);
        let items = returned.state().returned;
        let fields: Vec<&str> = leaving(&items).map(|item| item.correction.field.as_str()).collect();
        assert_eq!((items.len(), fields), (2, vec!["budget"]));
        let again = returned.with(forward(2));
        assert_eq!(asked_posts(&again), judges("land_note"));
        assert_eq!(again.all_say(Outcome::Approve).stage(), Stage::LeadingGroup);
    }

    #[test]
    fn the_experts_report_stands_while_departments_are_asked_again() {
        let group = the_leading_group();
        let convened = Story::default().with(costly(1)).all_say(Outcome::Approve).decided(&group, Outcome::Approve);
        let story = convened.experts_say(&[Outcome::Approve; 5]);
        assert_eq!(story.stage(), Stage::LeadingGroup);
        let again = story.clone().with(returning(&story, vec![correction("land_note", ReturnStep::DepartmentReview)]));
        assert_eq!(again.all_say(Outcome::Approve).stage(), Stage::LeadingGroup);
    }

    #[test]
    fn only_who_stands_above_the_departments_returns_to_them() {
        let (story, post) = (Story::opened(), departments().remove(0));
        let to = |step| {
            let corrections = vec![correction("land_note", step)];
            let decision = decision::Decision { corrections, ..decision(&story.task(&post), Outcome::Return) };
            story.when(story.completing_with(&post, decision, holder(&post)))
        };
        to(ReturnStep::DepartmentReview).then_refused("RETURN_STEP");
        for step in ReturnStep::BELOW_COUNTY {
            to(*step).then_accepted();
        }
    }
}
