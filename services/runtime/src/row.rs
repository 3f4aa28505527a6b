//! Structs that are read from rows whose columns bear their fields' names.

/// Reads a struct from a row: each field named once more, so that a new one can't be forgotten; `..part` reads a field that
/// is such a struct itself from the same row.
#[macro_export]
macro_rules! from_row {
    ($row:ident { $(..$part:ident,)* $($field:ident),* $(,)? }) => {
        impl<'r> ::sqlx::FromRow<'r, ::sqlx::postgres::PgRow> for $row {
            fn from_row(row: &'r ::sqlx::postgres::PgRow) -> ::sqlx::Result<Self> {
                Ok(Self {
                    $($part: ::sqlx::FromRow::from_row(row)?,)*
                    $($field: ::sqlx::Row::try_get(row, stringify!($field))?,)*
                })
            }
        }
    };
}
