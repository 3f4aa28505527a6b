//! The pure rules of the room.

pub mod lockout;
