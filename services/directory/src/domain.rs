//! The pure rules of the room.

pub mod delegation;
pub mod lockout;
