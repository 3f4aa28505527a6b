//! Administrative divisions (行政区划, GB/T 2260 and the 12-digit statistical code): county, township, village.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A 12-digit division code: 6 digits county, 3 township, 3 village; zeros below the level it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Division([u8; 12]);

/// How deep a division lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// 县.
    County,
    /// 乡镇.
    Township,
    /// 村.
    Village,
}

/// A text that is no 12-digit division code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a 12-digit division code")]
pub struct BadDivision(pub String);

impl Division {
    /// County, township or village.
    #[must_use]
    pub fn level(&self) -> Level {
        match (&self.0[6..9], &self.0[9..]) {
            (b"000", b"000") => Level::County,
            (_, b"000") => Level::Township,
            _ => Level::Village,
        }
    }

    /// Whether `other` is this division or lies inside it.
    #[must_use]
    pub fn contains(&self, other: Self) -> bool {
        other.as_str().starts_with(self.prefix())
    }

    /// The significant digits: what the codes of everything inside begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let significant = match self.level() {
            Level::County => 6,
            Level::Township => 9,
            Level::Village => 12,
        };
        &self.as_str()[..significant]
    }

    /// The township that it lies in (itself, if it is one; a county stays a county).
    #[must_use]
    pub fn township(mut self) -> Self {
        self.0[9..].fill(b'0');
        self
    }

    /// The county that it lies in.
    #[must_use]
    pub fn county(mut self) -> Self {
        self.0[6..].fill(b'0');
        self
    }

    /// The division that it lies in directly; a county is its own.
    #[must_use]
    pub fn parent(self) -> Self {
        match self.level() {
            Level::County => self,
            Level::Township => self.county(),
            Level::Village => self.township(),
        }
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII digits are let in")
    }
}

impl FromStr for Division {
    type Err = BadDivision;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let bad = || BadDivision(s.chars().take(40).collect());
        let digits: [u8; 12] = s.as_bytes().try_into().map_err(|_| bad())?;
        let orphan_village = &digits[6..9] == b"000" && &digits[9..] != b"000";
        if !digits.iter().all(u8::is_ascii_digit) || digits[0] == b'0' || orphan_village {
            return Err(bad());
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Division {
    type Error = BadDivision;
    fn try_from(s: String) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl From<Division> for String {
    fn from(division: Division) -> Self {
        division.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn division(code: &str) -> Division {
        code.parse().expect("a test's code")
    }

    #[test]
    fn a_township_contains_its_villages_only() {
        let township = division("430921105000");
        assert_eq!(township.level(), Level::Township);
        assert!(township.contains(division("430921105201")));
        assert!(!township.contains(division("430921106201")));
        assert!(!township.contains(division("430921000000")));
        assert!(division("430921000000").contains(township));
        assert_eq!(division("430921105201").township(), township);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "43092110500", "4309211050000", "43092110500x", "030921105000", "430921000201", "四三〇九二一"]
        {
            assert!(text.parse::<Division>().is_err(), "{text}");
        }
    }
}
