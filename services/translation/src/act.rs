//! Who has had which duty in a project (不相容岗位), as rooms tell each other.

use kernel::{Duties, duty};
use proto::common::v1::Act;

/// One act, to send.
#[must_use]
pub fn to_message(act: &duty::Act) -> Act {
    Act { person_id: act.person.0.clone(), duty: act.duty.as_str().to_owned() }
}

/// All of them, to send.
#[must_use]
pub fn to_messages(duties: &Duties) -> Vec<Act> {
    duties.0.iter().map(to_message).collect()
}

/// What another room tells.
///
/// # Errors
/// A text that names the field and what is no duty in it.
pub fn from_messages(acts: impl IntoIterator<Item = Act>) -> Result<Duties, String> {
    let named = acts.into_iter().map(|act| (act.person_id, act.duty));
    Duties::try_from_named(named).map_err(|error| format!("acts: {error}"))
}

#[cfg(test)]
mod tests {
    use kernel::{Duty, PersonId};

    use super::*;

    #[test]
    fn an_act_comes_back_as_it_went_out_and_an_unknown_duty_is_named() {
        let mut duties = Duties::default();
        duties.record_person(&PersonId("p".into()), Duty::Applicant);
        duties.record_person(&PersonId("q".into()), Duty::Decider);
        assert_eq!(from_messages(to_messages(&duties)), Ok(duties));
        let unknown = Act { person_id: "p".into(), duty: "KING".into() };
        assert!(from_messages([unknown]).is_err_and(|error| error.starts_with("acts: ")));
    }
}
