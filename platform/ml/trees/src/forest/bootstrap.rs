//! Which rows a tree sees, and what the others are told by it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::params::ForestParams;
use crate::rng;

/// How often each row is drawn. `base` lists the rows to draw from; `None` is all.
pub(super) fn draw(
    rng: &mut ChaCha8Rng,
    params: &ForestParams,
    base: Option<&[u32]>,
    rows: usize,
) -> Vec<u32> {
    let mut times = vec![0; rows];
    let from = base.map_or(rows, <[u32]>::len);
    let row = |place: usize| base.map_or(place, |base| base[place] as usize);
    let take = ((from as f64 * params.max_samples).round() as usize).max(1);
    if params.bootstrap {
        for _ in 0..take {
            times[row(rng::below(rng.next_u64(), from as u64) as usize)] += 1;
        }
    } else if take < from {
        let drawn = rng::sample(rng, from, take);
        drawn
            .into_iter()
            .for_each(|place| times[row(place as usize)] = 1);
    } else {
        (0..from).for_each(|place| times[row(place)] = 1);
    }
    times
}

/// Mean predictions of rows by trees that did not see them.
pub(super) struct OutOfBag {
    sums: Vec<f64>,
    trees: Vec<u32>,
    outputs: usize,
}

impl OutOfBag {
    pub fn new(rows: usize, outputs: usize) -> Self {
        Self {
            sums: vec![0.0; rows * outputs],
            trees: vec![0; rows],
            outputs,
        }
    }

    /// Adds one tree's leaf values for `(row, leaf)` pairs.
    pub fn add(&mut self, values: &[f64], unseen: &[(u32, u32)]) {
        for &(row, leaf) in unseen {
            self.trees[row as usize] += 1;
            let sums = &mut self.sums[row as usize * self.outputs..][..self.outputs];
            let values = &values[leaf as usize * self.outputs..];
            sums.iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += value);
        }
    }

    pub fn finish(mut self) -> Vec<f64> {
        for (sums, &trees) in self.sums.chunks_mut(self.outputs).zip(&self.trees) {
            // No tree: 0 / 0 is the NaN that is promised.
            sums.iter_mut().for_each(|sum| *sum /= f64::from(trees));
        }
        self.sums
    }
}
