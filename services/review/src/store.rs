//! All SQL of the room: one row a case in [`cases`], lists of them in [`lists`], meetings in [`meetings`], what spans
//! projects in [`resolutions`] and [`guarantees`]. What a step writes, it gives as statements; the journal runs them.

pub mod cases;
pub mod guarantees;
pub mod lists;
pub mod meetings;
pub mod resolutions;
