//! The level of government that money comes from (资金级次): the county pack and the facts keep its code, the contract its number.

use proto::disbursement::v1::SubLevel;

/// The code of a level; none where none is said.
#[must_use]
pub fn code(level: SubLevel) -> Option<&'static str> {
    match level {
        SubLevel::Unspecified => None,
        SubLevel::Central => Some("CENTRAL"),
        SubLevel::Province => Some("PROVINCE"),
        SubLevel::City => Some("CITY"),
        SubLevel::County => Some("COUNTY"),
    }
}

/// The level of a code; UNSPECIFIED where the source has none.
#[must_use]
pub fn to_message(code: Option<&str>) -> SubLevel {
    match code {
        Some("CENTRAL") => SubLevel::Central,
        Some("PROVINCE") => SubLevel::Province,
        Some("CITY") => SubLevel::City,
        Some("COUNTY") => SubLevel::County,
        Some(_) | None => SubLevel::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_comes_back_as_it_went_out() {
        for level in [SubLevel::Central, SubLevel::Province, SubLevel::City, SubLevel::County, SubLevel::Unspecified] {
            assert_eq!(to_message(code(level)), level);
        }
    }
}
