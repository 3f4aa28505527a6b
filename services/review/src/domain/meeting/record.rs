//! What the facts of a meeting are made of: values with no logic, stored for ever. They hold enough to bring each outcome
//! to its case again after a crash.

mod agenda;
mod attendance;
mod minutes;
mod result;

pub use self::{
    agenda::AgendaItem,
    attendance::{Attendance, Attendee},
    minutes::{Minutes, Ruling},
    result::{ItemRefusal, ItemResult},
};
