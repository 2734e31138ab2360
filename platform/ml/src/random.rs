//! Chance as a value: a generator from a seed and a purpose, the same on every machine.
//!
//! The mapping of bits onto numbers is written here rather than taken from `rand`, because
//! stored results depend on it and that crate may change it between versions.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// The stream of `seed` for one purpose; different purposes are independent.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(purpose);
        Self(rng)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number of `0..n` (Lemire 2019; the bias of n/2⁶⁴ is of no consequence here).
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// A number from 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A standard normal number (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Zeros with probability `dropout`, else numbers that keep the mean at 1.
    pub fn mask(&mut self, count: usize, dropout: f64) -> Vec<f32> {
        let keep = (1.0 / (1.0 - dropout)) as f32;
        // A 32-bit number decides: two draws from each 64 random bits.
        let limit = (dropout * f64::from(u32::MAX)) as u32;
        let value = |bits: u32| if bits < limit { 0.0 } else { keep };
        let mut mask = Vec::with_capacity(count + 1);
        while mask.len() < count {
            let bits = self.bits();
            mask.push(value(bits as u32));
            mask.push(value((bits >> 32) as u32));
        }
        mask.truncate(count);
        mask
    }

    /// Orders `values` at random (Fisher–Yates).
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

/// `take` of `0..rows`, ascending; for classes each keeps its share as well as rounding allows.
pub(crate) fn subsample(
    target: &crate::features::Target,
    rows: usize,
    take: usize,
    seed: u64,
) -> Vec<u32> {
    if take >= rows {
        return (0..rows as u32).collect();
    }
    let fraction = 1.0 - take as f64 / rows as f64;
    crate::split::holdout(Some(target), rows, fraction, seed).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream() {
        let draw = |seed, purpose| Random::new(seed, purpose).bits();
        assert_eq!(draw(1, 0), draw(1, 0));
        assert_ne!(draw(1, 0), draw(1, 1));
        assert_ne!(draw(1, 0), draw(2, 0));
    }

    #[test]
    fn numbers_stay_in_range() {
        let mut random = Random::new(3, 0);
        assert!((0..1000).all(|_| random.below(7) < 7));
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.unit())));
    }
}
