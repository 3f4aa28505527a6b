//! Who is asked about an application at the county (县级经办单位和专家), and so reads it.
//!
//! Whom its content calls for is [`super::super::readers`]'s question.

use kernel::{Post, reach::seat};

/// Who is asked about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readers {
    /// The departments, each once, in the order of asking.
    departments: Vec<Post>,
    /// Who sits on the panel: see [`seat`].
    experts: Vec<String>,
    /// How often the panel's seats have changed, as far as it was heard.
    changes: u32,
}

impl Readers {
    /// Departments are asked.
    pub fn ask(&mut self, asked: &[Post]) {
        for post in asked {
            if !self.departments.contains(post) {
                self.departments.push(post.clone());
            }
        }
    }

    /// These experts sit on the panel now.
    pub fn seat_experts(&mut self, number: u32, seats: &[String]) {
        seats.clone_into(&mut self.experts);
        self.changes = number;
    }

    /// All of them.
    #[must_use]
    pub fn seats(&self) -> Vec<String> {
        let departments = self.departments.iter().map(|post| seat(post, None));
        departments.chain(self.experts.iter().cloned()).collect()
    }

    /// The departments.
    #[must_use]
    pub fn departments(&self) -> &[Post] {
        &self.departments
    }

    /// How often the panel's seats have changed, as far as it was heard.
    #[must_use]
    pub fn changes(&self) -> u32 {
        self.changes
    }
}

/// What the county says about the seats of its panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seated {
    /// How often they have changed so far.
    pub number: u32,
    /// Who sits on it now.
    pub seats: Vec<String>,
}
