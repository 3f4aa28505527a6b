//! What a list of tasks asks for, and where its pages begin.
//!
//! A RESERVED task whose lease has ended counts as READY, so a list of READY ones looks at both.

use kernel::{
    Actor, Explanation, Post,
    refusal::{Common, Violations},
};
use proto::inbox::v1::{ListTasksRequest, TaskState};
use time::OffsetDateTime;
use translation::field::uuid;
use uuid::Uuid;

use crate::domain::{
    listing::{Key, Reader, Wanted},
    oversight::Oversight,
};

/// Who reads: posts, and the posts below them with those who hold them.
pub fn reader(actor: &Actor, oversight: &Oversight) -> Reader {
    let mut below: Vec<&Post> = oversight.below(actor).collect();
    below.sort_unstable();
    below.dedup();
    let held = below.iter().flat_map(|post| oversight.holders(post).iter().map(move |person| (post, person)));
    let (held, holders) = held.map(|(post, person)| (post.to_string(), person.0.clone())).unzip();
    Reader {
        person: actor.person.0.clone(),
        posts: actor.posts.iter().map(ToString::to_string).collect(),
        below: below.into_iter().map(ToString::to_string).collect(),
        held,
        holders,
    }
}

/// Which tasks are wanted.
///
/// # Errors
/// Every field that can't be read.
pub fn wanted(request: &ListTasksRequest) -> Result<Wanted, Common> {
    let mut wrong = Violations::default();
    let mut states = Vec::new();
    for (index, state) in request.states.iter().enumerate() {
        match TaskState::try_from(*state).ok().and_then(state_code) {
            Some(code) => states.push(code),
            None => wrong.add("STATE", format!("states[{index}]"), "未知的状态", "is no state of a task"),
        }
    }
    let project = project(&request.project_id, &mut wrong);
    wrong.finish()?;
    if states.is_empty() {
        states = vec!["READY", "RESERVED"];
    }
    states.sort_unstable();
    states.dedup();
    let kind = Some(request.kind.clone()).filter(|kind| !kind.is_empty());
    Ok(Wanted { states, project, kind, mine: request.mine })
}

/// The project that a watcher wants to see; none for all.
///
/// # Errors
/// When it is no UUID.
pub fn watched_project(text: &str) -> Result<Option<Uuid>, Common> {
    let mut wrong = Violations::default();
    let project = project(text, &mut wrong);
    wrong.finish()?;
    Ok(project)
}

/// A page token belongs to this text.
pub fn filter(wanted: &Wanted) -> String {
    format!("{:?} {:?} {:?} {}", wanted.states, wanted.project, wanted.kind, wanted.mine)
}

/// Where a page ended, as text.
pub fn key_text(key: &Key) -> String {
    format!("{}_{}", key.due_at.unix_timestamp_nanos(), key.task_id)
}

/// Where the page before ended; none for the first page.
///
/// # Errors
/// When it is none of ours.
pub fn key(text: Option<&str>) -> Result<Option<Key>, Common> {
    let parse = |text: &str| {
        let (nanos, id) = text.split_once('_')?;
        let due_at = OffsetDateTime::from_unix_timestamp_nanos(nanos.parse().ok()?).ok()?;
        Some(Key { due_at, task_id: Uuid::parse_str(id).ok()? })
    };
    let bad = || {
        let explanation = Explanation::new("PAGE_TOKEN", "page_token 无效", "page_token is malformed");
        Common::invalid(explanation.at("page_token"))
    };
    text.map(|text| parse(text).ok_or_else(bad)).transpose()
}

fn project(text: &str, wrong: &mut Violations) -> Option<Uuid> {
    if text.is_empty() { None } else { uuid(text, "project_id", wrong) }
}

fn state_code(state: TaskState) -> Option<&'static str> {
    match state {
        TaskState::Unspecified => None,
        TaskState::Ready => Some("READY"),
        TaskState::Reserved => Some("RESERVED"),
        TaskState::Completed => Some("COMPLETED"),
        TaskState::Obsolete => Some("OBSOLETE"),
        TaskState::Suspended => Some("SUSPENDED"),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Refusal as _;

    use super::*;

    #[test]
    fn open_tasks_are_the_default() {
        let wanted = wanted(&ListTasksRequest::default()).expect("it can be read");
        assert_eq!(
            (wanted.states, wanted.project, wanted.kind, wanted.mine),
            (vec!["READY", "RESERVED"], None, None, false)
        );
    }

    #[test]
    fn all_that_is_wrong_with_a_list_is_said_at_once() {
        let asked = ListTasksRequest { states: vec![1, 0, 99], project_id: "x".into(), ..ListTasksRequest::default() };
        let fields = wanted(&asked).expect_err("it can't be read").explain().fields;
        let fields: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(fields, ["states[1]", "states[2]", "project_id"]);
    }

    #[test]
    fn a_page_goes_on_where_the_last_one_ended() {
        let end = Key { due_at: crate::domain::fixtures::START, task_id: Uuid::from_u128(5) };
        assert_eq!(key(Some(&key_text(&end))).expect("it is ours"), Some(end));
        assert_eq!(key(None).expect("the first page"), None);
        assert!(key(Some("1_2")).is_err());
    }
}
