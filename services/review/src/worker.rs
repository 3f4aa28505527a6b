//! What the room does by itself: [`overdue`] finds what is late, or was due by a calendar that was not published yet, and
//! [`meetings`] brings what a meeting decided to its cases. Both only ask machines; nothing is decided here.

pub mod meetings;
pub mod overdue;
