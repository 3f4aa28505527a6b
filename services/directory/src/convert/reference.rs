//! The county pack as its contract says it: one list a module, each whole and in an order that a pack gives once for all.
//!
//! A page is cut out of a whole list ([`Listing`]), and its token belongs to the pack's version: nothing is shown twice or
//! left out because another pack came in between. What is wrong with a filter is said by field.

mod judging;
mod offices;
mod rules;

use kernel::{
    Pack, Post,
    division::Level,
    pack::DepartmentReview,
    refusal::{Common, Violations},
    rules::Standing,
};
use proto::directory::v1::{self as message, County, DivisionLevel, Judge};

pub use self::{
    judging::{categories, questions, sources},
    offices::{divisions, duties, posts, roles},
    rules::rules,
};

/// A whole list, and the filter that it was asked for by.
#[derive(Debug, PartialEq)]
pub struct Listing<T> {
    /// Everything, in order.
    pub items: Vec<T>,
    /// The filter as text: a page's token belongs to it.
    pub filter: String,
}

impl<T> Listing<T> {
    /// A list that can't be narrowed.
    fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), filter: String::new() }
    }

    /// The page that begins at this place, and the place of the next, if there is one.
    pub fn page(mut self, from: usize, size: usize) -> (Vec<T>, Option<usize>) {
        let mut page = self.items.split_off(from.min(self.items.len()));
        let next = (page.len() > size).then(|| from + size);
        page.truncate(size);
        (page, next)
    }
}

/// The place that a page's token names; the first without one.
///
/// # Errors
/// `PAGE_TOKEN` for what names none.
pub fn place(token: Option<&str>) -> Result<usize, Common> {
    let mut wrong = Violations::default();
    let place = token.map_or(Some(0), |text| text.parse().ok());
    if place.is_none() {
        wrong.add("PAGE_TOKEN", "page_token", "page_token 无效", "is malformed");
    }
    wrong.finish()?;
    Ok(place.unwrap_or_default())
}

/// The county.
pub fn county(pack: &Pack) -> County {
    County {
        division: pack.county.division.to_string(),
        display_name: pack.county.name.clone(),
        display_name_en: pack.county.name_en.clone(),
        first_fiscal_year: *pack.fiscal_years.start(),
        last_fiscal_year: *pack.fiscal_years.end(),
        etag: pack.version.clone(),
    }
}

/// What stands behind a rule or a question.
fn standing(standing: Standing) -> message::Standing {
    match standing {
        Standing::Source => message::Standing::Source,
        Standing::Found => message::Standing::Found,
        Standing::Known => message::Standing::Known,
        Standing::Design => message::Standing::Design,
    }
}

fn level(level: Level) -> DivisionLevel {
    match level {
        Level::County => DivisionLevel::County,
        Level::Township => DivisionLevel::Township,
        Level::Village => DivisionLevel::Village,
    }
}

/// A department that judges.
fn judge(pack: &Pack, review: &DepartmentReview) -> Judge {
    Judge {
        post: review.post.to_string(),
        display_name: organisation(pack, &review.post),
        sections: review.sections.clone(),
    }
}

/// The name of the organisation at which a post is; every post's organisation stands in the pack.
fn organisation(pack: &Pack, post: &Post) -> String {
    pack.organisation(&post.org).map(|organisation| organisation.name.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use runtime::testing::pack;

    use super::*;

    #[test]
    fn pages_cover_a_list_and_the_last_has_no_next() {
        for size in 1..=11 {
            let (mut seen, mut from) = (Vec::new(), Some(0));
            while let Some(place) = from {
                let (page, next) = Listing::whole(0..10).page(place, size);
                assert!((1..=size).contains(&page.len()), "{size}: no page is empty");
                seen.extend(page);
                from = next;
            }
            assert_eq!(seen, (0..10).collect::<Vec<_>>(), "{size}");
        }
        assert_eq!(Listing::whole(0..10).page(usize::MAX, 5), (Vec::new(), None));
        assert_eq!((place(None), place(Some("7"))), (Ok(0), Ok(7)));
        assert!(place(Some("-7")).is_err() && place(Some("")).is_err());
    }

    #[test]
    fn the_county_says_which_pack_it_is() {
        let pack = pack();
        let county = county(&pack);
        assert_eq!((county.display_name.as_str(), county.display_name_en.as_str()), ("南县", "Nan County"));
        assert_eq!((county.first_fiscal_year, county.last_fiscal_year), (2021, 2027));
        assert_eq!((county.etag.len(), county.etag), (64, super::county(&runtime::testing::pack()).etag));
    }
}
