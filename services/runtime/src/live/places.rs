//! How many live streams there may be: each looks at the store once a second, so one person can't open any number.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::PersonId;
use tonic::{Code, Status};

use crate::status;

/// Live streams of one kind in a process at most: a county has some three hundred reviewers.
const IN_ALL: usize = 512;
/// Live streams of one kind of a person at most: several windows, and some that the server has not yet seen close.
const OF_ONE: usize = 8;

/// The live streams of one kind that there are.
#[derive(Clone, Default)]
pub struct Watchers(Arc<Mutex<HashMap<PersonId, usize>>>);

/// A live stream's place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    watchers: Watchers,
    person: PersonId,
}

impl Watchers {
    /// A place for one more live stream.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED `TOO_MANY_WATCHERS`.
    pub fn enter(&self, person: &PersonId) -> Result<Place, Status> {
        let mut places = self.places();
        let in_all: usize = places.values().sum();
        let of_one = places.entry(person.clone()).or_default();
        if in_all >= IN_ALL || *of_one >= OF_ONE {
            return Err(too_many());
        }
        *of_one += 1;
        Ok(Place { watchers: self.clone(), person: person.clone() })
    }

    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<PersonId, usize>> {
        // Counting can't be left half done: what a panicking thread held is sound.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Watchers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Watchers")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.watchers.places();
        if let Some(of_one) = places.get_mut(&self.person) {
            *of_one -= 1;
            if *of_one == 0 {
                places.remove(&self.person);
            }
        }
    }
}

fn too_many() -> Status {
    status::plain(
        Code::ResourceExhausted,
        "TOO_MANY_WATCHERS",
        "打开的实时窗口过多,请先关闭一些",
        "too many live streams are open: close some first",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: usize) -> PersonId {
        PersonId(format!("p{number}"))
    }

    #[test]
    fn one_person_has_a_few_and_gets_them_back() {
        let watchers = Watchers::default();
        let mut open: Vec<Place> = (0..OF_ONE).map(|_| watchers.enter(&person(1)).expect("a place")).collect();
        assert_eq!(watchers.enter(&person(1)).expect_err("one too many").code(), Code::ResourceExhausted);
        let other = watchers.enter(&person(2)).expect("another person's");
        open.pop();
        drop(watchers.enter(&person(1)).expect("the one given back"));
        drop((open, other));
        assert!(watchers.places().is_empty(), "nobody is remembered who watches nothing");
    }

    #[test]
    fn all_together_have_an_end() {
        let watchers = Watchers::default();
        let open: Vec<Place> = (0..IN_ALL).map(|number| watchers.enter(&person(number)).expect("a place")).collect();
        let refused = watchers.enter(&person(IN_ALL)).expect_err("one too many");
        assert_eq!(refused.code(), Code::ResourceExhausted);
        drop(open);
        assert!(watchers.enter(&person(0)).is_ok());
    }
}
