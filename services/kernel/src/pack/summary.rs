//! How many of everything a pack has.

use super::Pack;

impl Pack {
    /// How many of everything: what `xianjie pack check` prints.
    #[must_use]
    pub fn summary(&self) -> Vec<(String, usize)> {
        let posts: usize = self.persons.iter().map(|person| person.posts.len()).sum();
        let sub_types: usize = self.categories.iter().map(|category| category.sub_types.len()).sum();
        let reviews: usize = self.categories.iter().map(|category| category.reviews.len()).sum();
        [
            ("divisions", self.divisions.len()),
            ("placeholder_divisions", self.divisions.iter().filter(|division| division.placeholder).count()),
            ("organisations", self.organisations.len()),
            ("persons", self.persons.len()),
            ("posts_held", posts),
            ("source_kinds", self.source_kinds.len()),
            ("indicators", self.sources.len()),
            ("categories", self.categories.len()),
            ("sub_types", sub_types),
            ("department_reviews", reviews),
            ("content_reviews", self.content_reviews.len()),
            ("experts", self.experts().len()),
            ("township_questions", self.township.questions.len()),
            ("calendar_years", self.calendar.years().count()),
            ("fiscal_years", self.rules.len()),
            ("rules_a_year", crate::RuleCode::ALL.len()),
        ]
        .into_iter()
        .map(|(what, count)| (what.to_owned(), count))
        .collect()
    }
}
