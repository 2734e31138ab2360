//! Which columns a tree and its nodes may split on.

use crate::binning::BinnedMatrix;
use crate::params::TreeParams;
use crate::rng::{self, Stream};

/// The columns drawn for one tree.
pub(super) struct Columns {
    /// Per column of the matrix.
    mask: Vec<bool>,
    listed: Vec<u32>,
    by_node: f64,
}

impl Columns {
    /// `feature_fraction` of the columns that are not constant.
    pub fn draw(matrix: &BinnedMatrix, params: &TreeParams, tree_seed: u64) -> Self {
        let usable: Vec<u32> = (0..matrix.columns() as u32)
            .filter(|&column| !matrix.is_constant(column as usize))
            .collect();
        let listed = pick(
            usable,
            params.feature_fraction,
            tree_seed,
            Stream::TreeFeatures,
            0,
        );
        Self {
            mask: mask(matrix.columns(), &listed),
            listed,
            by_node: params.feature_fraction_bynode,
        }
    }

    pub fn contains(&self, column: usize) -> bool {
        self.mask[column]
    }

    /// `feature_fraction_bynode` of the tree's columns; `None` is all of them.
    pub fn of_node(&self, tree_seed: u64, node: usize) -> Option<Vec<bool>> {
        (self.by_node < 1.0).then(|| {
            let (listed, stream) = (self.listed.clone(), Stream::NodeFeatures);
            mask(
                self.mask.len(),
                &pick(listed, self.by_node, tree_seed, stream, node),
            )
        })
    }
}

fn pick(from: Vec<u32>, share: f64, seed: u64, stream: Stream, node: usize) -> Vec<u32> {
    if share >= 1.0 || from.is_empty() {
        return from;
    }
    let take = ((from.len() as f64 * share).round() as usize).max(1);
    let mut rng = rng::generator(seed, stream, node as u64, 0);
    let drawn = rng::sample(&mut rng, from.len(), take);
    drawn
        .into_iter()
        .map(|place| from[place as usize])
        .collect()
}

fn mask(columns: usize, listed: &[u32]) -> Vec<bool> {
    let mut mask = vec![false; columns];
    listed
        .iter()
        .for_each(|&column| mask[column as usize] = true);
    mask
}
