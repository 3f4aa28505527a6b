//! What the room does by itself: it finds what is overdue or was due provisionally, and brings what a meeting decided to its cases.

pub mod meetings;
pub mod overdue;
