//! The pure rules of the room.

pub mod calendar_year;
pub mod delegation;
pub mod listing;
pub mod lockout;
