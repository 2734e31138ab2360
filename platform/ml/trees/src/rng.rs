//! Chance, derived and never carried over.
//!
//! Every stream is a function of the seed and of what it is for (round, tree, node). A resumed fit
//! and a fit on other threads therefore draw the same numbers.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream is for; keeps streams of one round apart.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Binning = 1,
    Bagging = 2,
    TreeFeatures = 3,
    NodeFeatures = 4,
    Threshold = 5,
    Forest = 6,
}

/// One mixing step of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number that depends on the seed, the purpose and up to two coordinates.
pub(crate) fn derive(seed: u64, stream: Stream, a: u64, b: u64) -> u64 {
    mix(mix(mix(mix(seed) ^ stream as u64) ^ a) ^ b)
}

/// A generator for the same coordinates, for those who need many numbers.
pub(crate) fn generator(seed: u64, stream: Stream, a: u64, b: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(derive(seed, stream, a, b))
}

/// Maps 64 random bits onto `0..n` (Lemire 2019, without the rejection step: the bias of
/// n/2⁶⁴ is far below anything a threshold or a sample could show).
pub(crate) fn below(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

/// `take` of `0..n` without replacement, ascending (Knuth, TAOCP 3.4.2, algorithm S).
pub(crate) fn sample(rng: &mut ChaCha8Rng, n: usize, take: usize) -> Vec<u32> {
    let mut left = take.min(n);
    let mut out = Vec::with_capacity(left);
    for i in 0..n {
        if left == 0 {
            break;
        }
        if below(rng.random::<u64>(), (n - i) as u64) < left as u64 {
            out.push(i as u32);
            left -= 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_takes_exactly_and_evenly() {
        let mut hits = [0u32; 10];
        for round in 0..2000 {
            let drawn = sample(&mut generator(7, Stream::Bagging, round, 0), 10, 3);
            assert_eq!(drawn.len(), 3);
            assert!(drawn.windows(2).all(|w| w[0] < w[1]));
            drawn.iter().for_each(|&i| hits[i as usize] += 1);
        }
        assert!(hits.iter().all(|&h| (500..700).contains(&h)), "{hits:?}");
    }

    #[test]
    fn streams_differ() {
        let a = derive(1, Stream::Bagging, 0, 0);
        assert_ne!(a, derive(1, Stream::Bagging, 0, 1));
        assert_ne!(a, derive(1, Stream::Bagging, 1, 0));
        assert_ne!(a, derive(1, Stream::TreeFeatures, 0, 0));
        assert_ne!(a, derive(2, Stream::Bagging, 0, 0));
    }
}
