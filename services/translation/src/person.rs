//! A person who may be nobody: whom somebody stood in for (代办).

use kernel::PersonId;

/// To send; empty when nobody.
#[must_use]
pub fn to_message(person: Option<&PersonId>) -> String {
    person.map(ToString::to_string).unwrap_or_default()
}

/// As the kernel has it; nobody when empty.
#[must_use]
pub fn from_message(id: String) -> Option<PersonId> {
    (!id.is_empty()).then_some(PersonId(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_and_nobody_come_back_as_they_went_out() {
        for person in [None, Some(PersonId("p".into()))] {
            assert_eq!(from_message(to_message(person.as_ref())), person);
        }
    }
}
