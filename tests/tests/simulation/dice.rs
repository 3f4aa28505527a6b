//! Chance that a seed fixes: the only source of chance in a run.

use uuid::Uuid;

/// SplitMix64: a few lines give a sequence that a seed fixes, which is all that is asked here.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is more than nothing.
    pub fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).expect("a count fits");
        usize::try_from(self.roll() % n).expect("it is less than a usize")
    }

    pub fn id(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.roll(), self.roll())
    }
}
