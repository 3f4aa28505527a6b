//! Who judges a project, who holds a post, and the register of experts: what is asked of a sound pack.

use super::{DepartmentReview, Pack, Person};
use crate::{Post, Role};

impl Pack {
    /// The departments that judge a project: those of its category, then those that its content calls for.
    #[must_use]
    pub fn reviews(&self, category: &str, sub_type: &str, sources: &[&str]) -> Vec<&DepartmentReview> {
        let mut reviews: Vec<&DepartmentReview> =
            self.category(category).map_or_else(Vec::new, |c| c.reviews.iter().collect());
        for by_content in &self.content_reviews {
            let called = by_content.sub_types.iter().any(|code| code == sub_type)
                || by_content.sources.iter().any(|code| sources.contains(&code.as_str()));
            let known = reviews.iter().any(|review| review.post == by_content.review.post);
            // A category that nobody judges is a fault of the pack, which content must not hide.
            if called && !known && !reviews.is_empty() {
                reviews.push(&by_content.review);
            }
        }
        reviews
    }

    /// Everyone who holds this very post, in the order of the pack.
    pub fn holders(&self, post: &Post) -> impl Iterator<Item = &Person> {
        self.persons.iter().filter(move |person| person.posts.contains(post))
    }

    /// The register of experts (专家库): everyone who holds such a post, in order of id.
    #[must_use]
    pub fn experts(&self) -> Vec<(&Person, &Post)> {
        let post = |person: &'_ Person| person.posts.iter().position(|post| post.role == Role::Expert);
        let mut experts: Vec<(&Person, &Post)> =
            self.persons.iter().filter_map(|person| Some((person, person.posts.get(post(person)?)?))).collect();
        experts.sort_by(|one, other| one.0.id.cmp(&other.0.id));
        experts
    }
}
