//! How a day without a time is stored: as `2022-03-01`, in a field of its own or in one that may be empty.
//!
//! Stored so for ever: other rooms' clocks and zones have no part in it.

time::serde::format_description!(pub civil, Date, "[year]-[month]-[day]");
