//! How a day without a time is stored: as `2022-03-01`, in a field of its own or in one that may be empty.
//!
//! It has neither a time nor a zone, so that it reads the same everywhere and for ever.

time::serde::format_description!(pub civil, Date, "[year]-[month]-[day]");
