//! Chance that can be replayed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// Chance from a seed that was printed: `MICROLEARN_SEED` replays it.
#[derive(Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The seed of the environment, or a new one; it is printed.
    #[must_use]
    pub fn new() -> Self {
        let given = std::env::var("MICROLEARN_SEED");
        let seed = given.ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| {
            let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
            u64::try_from(since.as_nanos() % 1_000_000_007).unwrap_or(0)
        });
        println!("replay with MICROLEARN_SEED={seed}");
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// One of them; `None` if there is none.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() {
            return None;
        }
        all.get(self.0.random_range(0..all.len()))
    }

    /// Up to so long.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.0.random::<f64>())
    }
}

impl Default for Chance {
    fn default() -> Self {
        Self::new()
    }
}
