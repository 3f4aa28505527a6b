//! Who took a step (签名), to send: the rooms keep signatures of their own, some without a post or a time.

use kernel::{PersonId, Post};
use proto::common::v1::Signature as Message;
use time::OffsetDateTime;

use crate::{person, time::timestamp};

/// Who took a step, for whom, in which post, when.
#[must_use]
pub fn to_message(
    (person, name): (&PersonId, &str),
    on_behalf_of: Option<&PersonId>,
    post: Option<&Post>,
    at: Option<OffsetDateTime>,
) -> Message {
    Message {
        person_id: person.to_string(),
        display_name: name.to_owned(),
        post: post.map(ToString::to_string).unwrap_or_default(),
        on_behalf_of_id: person::to_message(on_behalf_of),
        sign_time: at.map(timestamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_is_left_out() {
        let (one, other) = (PersonId("p".into()), PersonId("q".into()));
        let post = "V-SEC@430921129201".parse().expect("a post");
        let whole = to_message((&one, "某"), Some(&other), Some(&post), Some(OffsetDateTime::UNIX_EPOCH));
        let shown = (whole.person_id.as_str(), whole.on_behalf_of_id.as_str(), whole.post.as_str());
        assert_eq!(shown, ("p", "q", "V-SEC@430921129201"));
        assert!(whole.sign_time.is_some());
        let bare = to_message((&one, "某"), None, None, None);
        assert_eq!((bare.on_behalf_of_id.as_str(), bare.post.as_str(), bare.sign_time), ("", "", None));
    }
}
