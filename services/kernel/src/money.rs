//! Money: whole fen (分) in an `i64`, checked; no float anywhere near it.
//!
//! Ratios are compared by cross-multiplication, never rounded first; a displayed percentage is truncated to two decimals,
//! as the county's own reports do (3666.9 of 1470 is 249.44%).

use std::{fmt, iter::Sum};

use serde::{Deserialize, Serialize};

/// An amount in fen. 1 yuan = 100 fen; 1 万元 = 1,000,000 fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(i64);

/// No amount handled by a county reaches this: 10^15 yuan would be more than the country's yearly budget.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A text or number that is no amount (`BAD_MONEY`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoney {
    /// Not a plain decimal number.
    #[error("{0:?} is not a plain decimal amount")]
    Malformed(String),
    /// Finer than one fen.
    #[error("{0:?} is finer than one fen")]
    TooFine(String),
    /// Zero or less where money must move.
    #[error("an amount must be more than zero")]
    NotPositive,
    /// Larger than any county's money.
    #[error("an amount may not exceed 10,000,000,000,000.00 yuan")]
    TooLarge,
}

impl BadMoney {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Malformed(text) => format!("金额“{text}”格式不正确,应为纯数字,如 1500000.00"),
            Self::TooFine(text) => format!("金额“{text}”精度超过分"),
            Self::NotPositive => "金额必须大于零".into(),
            Self::TooLarge => "金额超出允许范围".into(),
        }
    }
}

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// So many fen, sign as given: for values that were checked before, as in events and tables.
    #[must_use]
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// A positive amount that someone entered.
    ///
    /// # Errors
    /// [`BadMoney::NotPositive`] for zero and less, [`BadMoney::TooLarge`] for 10^13 yuan and more.
    pub fn try_positive(fen: i64) -> Result<Self, BadMoney> {
        match fen {
            ..=0 => Err(BadMoney::NotPositive),
            1..=LARGEST => Ok(Self(fen)),
            _ => Err(BadMoney::TooLarge),
        }
    }

    /// A positive amount written in yuan with at most two decimals: `298500`, `298500.00`.
    ///
    /// # Errors
    /// Signs, exponents, units, separators and finer decimals are refused, each by its own [`BadMoney`].
    pub fn parse_yuan(text: &str) -> Result<Self, BadMoney> {
        Self::parse_scaled(text, 2)
    }

    /// A positive amount written in 万元 with at most six decimals: `150`, `12.34`.
    ///
    /// # Errors
    /// As [`Fen::parse_yuan`].
    pub fn parse_wan(text: &str) -> Result<Self, BadMoney> {
        Self::parse_scaled(text, 6)
    }

    fn parse_scaled(text: &str, decimals: usize) -> Result<Self, BadMoney> {
        let short = || text.chars().take(40).collect::<String>();
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(BadMoney::Malformed(short()));
        }
        if fraction.trim_end_matches('0').len() > decimals {
            return Err(BadMoney::TooFine(short()));
        }
        let fraction = format!("{:0<decimals$}", fraction.trim_end_matches('0'));
        let fen: i64 = format!("{whole}{fraction}").parse().map_err(|_| BadMoney::TooLarge)?;
        Self::try_positive(fen)
    }

    /// The number of fen.
    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Whether it is more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum, unless it overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it overflows.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum, held at the largest value: for totals that are only compared with a limit.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held at the smallest value: for showing what is missing.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// A percentage with two decimals of this amount, rounded **down** to the fen: a ceiling stays a ceiling.
    #[must_use]
    pub fn share_floor(self, share: Share) -> Self {
        Self(clamp(i128::from(self.0) * i128::from(share.numerator) / i128::from(share.denominator)))
    }

    /// That share of this amount, rounded **up** to the fen: a floor stays a floor.
    #[must_use]
    pub fn share_ceil(self, share: Share) -> Self {
        let scaled = i128::from(self.0) * i128::from(share.numerator);
        Self(clamp(
            scaled.div_euclid(i128::from(share.denominator))
                + i128::from(scaled.rem_euclid(i128::from(share.denominator)) != 0),
        ))
    }

    /// Whether this amount is at least `share` of `whole` (不低于, inclusive), without rounding.
    #[must_use]
    pub fn is_at_least(self, share: Share, whole: Self) -> bool {
        i128::from(self.0) * i128::from(share.denominator) >= i128::from(whole.0) * i128::from(share.numerator)
    }

    /// Whether this amount is at most `share` of `whole` (不超过, inclusive), without rounding.
    #[must_use]
    pub fn is_at_most(self, share: Share, whole: Self) -> bool {
        i128::from(self.0) * i128::from(share.denominator) <= i128::from(whole.0) * i128::from(share.numerator)
    }

    /// This amount as a percentage of `whole`, truncated to two decimals: `249.44`; `—` of nothing.
    #[must_use]
    pub fn percent_of(self, whole: Self) -> String {
        if whole.0 == 0 {
            return "—".into();
        }
        let hundredths = i128::from(self.0) * 10_000 / i128::from(whole.0);
        format!("{}.{:02}", hundredths / 100, (hundredths % 100).abs())
    }

    /// As a clerk writes it, with separators: `1,500,000.00`.
    #[must_use]
    pub fn grouped(self) -> String {
        let plain = self.to_string();
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once('.').expect("an amount is written with two decimals");
        let groups: Vec<&str> =
            whole.as_bytes().rchunks(3).rev().map(|chunk| std::str::from_utf8(chunk).expect("ASCII digits")).collect();
        format!("{sign}{}.{fraction}", groups.join(","))
    }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl fmt::Display for Fen {
    /// Yuan with two decimals: `298500.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

impl Sum for Fen {
    /// Saturates, so that a total past all limits is still past all limits.
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Self::saturating_add)
    }
}

/// A share such as 20 % or two thirds, kept as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    numerator: u32,
    denominator: u32,
}

impl Share {
    /// `numerator / denominator`; none for a zero denominator.
    #[must_use]
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if denominator == 0 { None } else { Some(Self { numerator, denominator }) }
    }

    /// What stands above the line.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// What stands below the line, never zero.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Written as a percentage with at most two decimals: `20`, `3.01`.
    #[must_use]
    pub fn parse_percent(text: &str) -> Option<Self> {
        let hundredths = Fen::parse_yuan(text).ok()?.fen();
        Self::new(u32::try_from(hundredths).ok()?, 10_000)
    }

    /// Whether `part` of `whole` things (persons, votes) reach this share.
    #[must_use]
    pub fn reached_by(self, part: u32, whole: u32) -> bool {
        u64::from(part) * u64::from(self.denominator) >= u64::from(whole) * u64::from(self.numerator)
    }

    /// Whether `part` of `whole` things exceed this share.
    #[must_use]
    pub fn exceeded_by(self, part: u32, whole: u32) -> bool {
        u64::from(part) * u64::from(self.denominator) > u64::from(whole) * u64::from(self.numerator)
    }

    /// Whether this share is larger than `other`.
    #[must_use]
    pub fn is_more_than(self, other: Self) -> bool {
        u64::from(self.numerator) * u64::from(other.denominator)
            > u64::from(other.numerator) * u64::from(self.denominator)
    }

    /// In hundredths of a percent, truncated: 20 % is 2000.
    #[must_use]
    pub fn basis_points(self) -> u32 {
        u32::try_from(u64::from(self.numerator) * 10_000 / u64::from(self.denominator)).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.denominator, self.basis_points()) {
            (10_000, points) if points % 100 == 0 => write!(f, "{}%", points / 100),
            (10_000, points) => write!(f, "{}.{:02}%", points / 100, points % 100),
            _ => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn percent(text: &str) -> Share {
        Share::parse_percent(text).expect("a test's percentage")
    }

    #[test]
    fn the_county_s_own_percentages_are_truncated() {
        let wan = |text| Fen::parse_wan(text).expect("a test's amount");
        assert_eq!(wan("3666.9").percent_of(wan("1470")), "249.44");
        assert_eq!(wan("2105").percent_of(wan("3720")), "56.58");
        assert_eq!(wan("2105").percent_of(wan("4464")), "47.15");
    }

    #[test]
    fn twenty_percent_is_exact_to_the_fen() {
        let total = Fen::new(150_000_000);
        assert!(Fen::new(30_000_000).is_at_least(percent("20"), total));
        assert!(!Fen::new(29_999_999).is_at_least(percent("20"), total));
        assert_eq!(Fen::new(33_333_300).share_ceil(percent("20")).to_string(), "66666.60");
    }

    #[test]
    fn bad_amounts_are_refused() {
        for text in [
            "1e6",
            "-5",
            "12.345",
            "12.345元",
            "一百万",
            "",
            ".",
            "1.",
            ".5",
            "1,000",
            " 1",
            "+1",
            "0",
            "0.00",
            "99999999999999999999",
        ] {
            assert!(Fen::parse_yuan(text).is_err(), "{text}");
        }
        assert!(Fen::parse_yuan("1000000000000000").is_err());
        assert_eq!(Fen::parse_wan("0.000001"), Ok(Fen::new(1)));
        assert!(Fen::parse_wan("0.0000001").is_err());
        assert_eq!(Fen::parse_yuan("12.340"), Ok(Fen::new(1234)));
    }

    #[test]
    fn amounts_are_written_as_clerks_write_them() {
        assert_eq!(Fen::new(150_000_000).grouped(), "1,500,000.00");
        assert_eq!(Fen::new(5).to_string(), "0.05");
        assert_eq!(Fen::new(-12_345).grouped(), "-123.45");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(fen in 1..=LARGEST) {
            let amount = Fen::new(fen);
            prop_assert_eq!(Fen::parse_yuan(&amount.to_string()), Ok(amount));
        }

        #[test]
        fn a_ceiling_s_share_never_exceeds_and_a_floor_s_always_reaches(fen in 1..=LARGEST, points in 1..10_000_u32) {
            let (whole, share) = (Fen::new(fen), Share::new(points, 10_000).expect("not zero"));
            prop_assert!(whole.share_floor(share).is_at_most(share, whole));
            prop_assert!(whole.share_ceil(share).is_at_least(share, whole));
        }
    }
}
