//! Leaf values for losses whose second derivative says nothing (Friedman 2001, algorithm 3).

use crate::dataset::Dataset;
use crate::grow::Grower;
use crate::objective::weighted_quantile;
use crate::parallel::map_range;
use crate::tree::GrownTree;

/// Each leaf gets the quantile of its rows' residuals.
pub(super) fn renew(
    tree: &mut GrownTree,
    grower: &Grower,
    data: &Dataset,
    scores: &[f64],
    alpha: f64,
    threads: usize,
) {
    tree.values = map_range(threads, 0..tree.values.len(), |leaf| {
        let mut pairs: Vec<(f64, f64)> = grower
            .leaf_rows(leaf)
            .iter()
            .map(|&row| row as usize)
            .map(|row| (data.target[row] - scores[row], data.weight(row)))
            .collect();
        weighted_quantile(&mut pairs, alpha)
    });
}

/// Puts renewed values back under the monotone constraints: at each constrained split, what is
/// left and what is right of it must lie on either side of the middle of the two means.
pub(super) fn restrain(tree: &mut GrownTree, monotone: &[i8]) {
    if monotone.iter().all(|&c| c == 0) {
        return;
    }
    let nodes = &tree.nodes;
    let mut means = vec![0.0; nodes.len()];
    // Children come after their parents: up for the means, down for the bounds.
    for at in (0..nodes.len()).rev() {
        let (node, child) = (&nodes[at], nodes[at].child as usize);
        means[at] = match child {
            0 => tree.values[node.leaf as usize],
            _ => {
                let cover = |node: usize| f64::from(nodes[node].cover);
                let sum = means[child] * cover(child) + means[child + 1] * cover(child + 1);
                sum / (cover(child) + cover(child + 1))
            }
        };
    }
    let mut bounds = vec![(f64::NEG_INFINITY, f64::INFINITY); nodes.len()];
    for at in 0..nodes.len() {
        let (low, high) = bounds[at];
        let clip = |value: f64| value.max(low).min(high);
        let child = nodes[at].child as usize;
        if child == 0 {
            let value = &mut tree.values[nodes[at].leaf as usize];
            *value = clip(*value);
            continue;
        }
        let middle = clip((means[child] + means[child + 1]) / 2.0);
        let (left, right) = match monotone[nodes[at].column as usize] {
            0 => ((low, high), (low, high)),
            1.. => ((low, middle), (middle, high)),
            _ => ((middle, high), (low, middle)),
        };
        bounds[child] = left;
        bounds[child + 1] = right;
    }
}
