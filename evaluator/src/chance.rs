//! Chance from a seed and a purpose, the same on every machine and for any number of threads.

/// A stream of numbers (SplitMix64; Steele, Lea and Flood 2014).
pub(crate) struct Chance(u64);

impl Chance {
    /// The stream of `seed` for one purpose; each purpose has its own.
    pub(crate) fn new(seed: u64, purpose: &[u64]) -> Self {
        let mut chance = Self(seed);
        for part in purpose {
            chance = Self(chance.bits() ^ part);
        }
        chance
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number of `0..n`; the bias of n/2⁶⁴ is of no consequence here.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Orders `values` at random (Fisher–Yates).
    pub(crate) fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }

    /// `take` of the rows `0..rows` without repetition, ascending; all of them when there are no
    /// more.
    pub(crate) fn sample(&mut self, rows: usize, take: usize) -> Vec<u32> {
        let mut all: Vec<u32> = (0..rows as u32).collect();
        if rows > take {
            self.shuffle(&mut all);
            all.truncate(take);
            all.sort_unstable();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_has_its_own_stream_and_a_sample_no_repetition() {
        let first = |purpose: &[u64]| Chance::new(7, purpose).bits();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        let mut sample = Chance::new(1, &[]).sample(1000, 50);
        assert_eq!(sample.len(), 50);
        sample.dedup();
        assert_eq!(sample.len(), 50);
        assert!(sample.iter().all(|row| *row < 1000));
    }
}
