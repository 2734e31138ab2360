//! What is left to chance is as likely as the parameters say. Fits are seeded, so a share that lies
//! five standard deviations off is off for good.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod common;

use common::*;
use serde_json::Value;
use trees::*;

/// The column that all else is noise to.
const STRONG: usize = 5;

/// One column of eight says everything: any node that sees it splits on it.
fn one_strong_column() -> Table {
    let mut dice = Dice::new(31);
    let mut column = || (0..400).map(|_| dice.below(50) as f64).collect::<Vec<_>>();
    let columns: Vec<Vec<f64>> = (0..8).map(|_| column()).collect();
    let y = columns[STRONG].iter().map(|&x| x / 10.0).collect();
    Table::numeric(columns, y)
}

/// Many small trees that learn next to nothing, so that each sees what the first one saw.
fn many_trees(trees: usize, leaves: usize) -> BoostParams {
    let mut params = BoostParams::new(Objective::Squared);
    params.n_estimators = trees;
    params.learning_rate = 1e-6;
    params.tree.max_leaves = leaves;
    params.tree.min_child_samples = 1;
    params
}

/// Asserts that so many of so many is a plausible outcome of a chance.
fn is_share(hits: usize, of: usize, chance: f64) {
    let (mean, spread) = (
        of as f64 * chance,
        (of as f64 * chance * (1.0 - chance)).sqrt(),
    );
    assert!(
        (hits as f64 - mean).abs() < 5.0 * spread,
        "{hits} of {of} at {chance}"
    );
}

/// Per tree, what its root and the root's children split on; `None` is a leaf.
fn tops(model: &TreeEnsemble) -> Vec<[Option<usize>; 3]> {
    let stored = serde_json::to_value(model).unwrap();
    let column = |at: u64| {
        let column = stored["nodes"][at as usize]["column"].as_u64().unwrap();
        // The bits above the column's number mark a leaf, and where missing goes.
        (column >> 31 == 0).then_some((column & ((1 << 29) - 1)) as usize)
    };
    let starts = stored["starts"].as_array().unwrap().iter();
    let top = |start: &Value| {
        let start = start.as_u64().unwrap();
        let left = start + stored["nodes"][start as usize]["child"].as_u64().unwrap();
        match column(start) {
            Some(root) => [Some(root), column(left), column(left + 1)],
            None => [None; 3],
        }
    };
    starts.map(top).collect()
}

/// How many roots, and how many children of other roots, split on the strong column; each with the
/// number of them.
fn strong_splits(change: impl FnOnce(&mut TreeParams)) -> [(usize, usize); 2] {
    let mut params = many_trees(1000, 4);
    params.tree.max_depth = Some(2);
    change(&mut params.tree);
    let tops = tops(&one_strong_column().boost(&params, 1, 1));
    assert_eq!(tops.len(), 1000);
    let strong = |columns: &[Option<usize>]| {
        let splits = columns.iter().flatten();
        let hits = splits.clone().filter(|&&column| column == STRONG).count();
        (hits, splits.count())
    };
    let roots: Vec<_> = tops.iter().map(|top| top[0]).collect();
    let others = tops.iter().filter(|top| top[0] != Some(STRONG));
    let below: Vec<_> = others.flat_map(|top| [top[1], top[2]]).collect();
    [strong(&roots), strong(&below)]
}

#[test]
fn each_node_draws_its_own_columns() {
    assert_eq!(strong_splits(|_| ())[0], (1000, 1000));
    for (share, chance) in [(0.25, 0.25), (0.5, 0.5), (0.75, 0.75), (0.01, 0.125)] {
        let [roots, below] = strong_splits(|tree| tree.feature_fraction_bynode = share);
        is_share(roots.0, roots.1, chance);
        is_share(below.0, below.1, chance);
        assert!(below.1 > 400, "{below:?}");
    }
}

#[test]
fn each_tree_draws_its_own_columns() {
    for (share, chance) in [(0.25, 0.25), (0.75, 0.75)] {
        let [roots, below] = strong_splits(|tree| tree.feature_fraction = share);
        is_share(roots.0, roots.1, chance);
        // A tree whose root has not got it, has not got it at all.
        assert_eq!(below.0, 0);
    }
    // Nodes draw from what their tree has drawn.
    let [roots, below] = strong_splits(|tree| {
        tree.feature_fraction = 0.5;
        tree.feature_fraction_bynode = 0.5;
    });
    is_share(roots.0, roots.1, 0.25);
    // A tree whose root splits on another column has the strong one in a third of all cases.
    let chance = 1.0 / 6.0;
    // The two children of a tree depend on one another, so their number counts half.
    is_share(below.0 / 2, below.1 / 2, chance);
}

#[test]
fn random_thresholds_fall_anywhere() {
    // A step in the middle of 101 evenly spaced values.
    let x: Vec<f64> = (0..505).map(|row| f64::from(row % 101)).collect();
    let y = x.iter().map(|&x| f64::from(x > 50.0)).collect();
    let table = Table::numeric(vec![x], y);
    let mut params = many_trees(2000, 2);
    let thresholds = |params: &BoostParams| -> Vec<f64> {
        let stored = serde_json::to_value(table.boost(params, 1, 1)).unwrap();
        let nodes = stored["nodes"].as_array().unwrap();
        // A root, then its two leaves.
        let roots = nodes.iter().step_by(3);
        roots
            .map(|node| node["threshold"].as_f64().unwrap())
            .collect()
    };
    assert_eq!(thresholds(&params), vec![50.5; 2000]);
    params.tree.extra_trees = true;
    let drawn = thresholds(&params);
    assert_eq!(drawn.len(), 2000);
    for tenth in 0..10 {
        let from = f64::from(tenth * 10);
        let inside = |&&at: &&f64| from < at && at < from + 10.0;
        is_share(drawn.iter().filter(inside).count(), 2000, 0.1);
    }
}

/// How often each set of levels went left in 1000 trees of one split, on levels of 50 rows each.
fn level_sets(levels: u32, extra_trees: bool) -> Vec<u64> {
    let rows = 50 * levels;
    let codes: Vec<f64> = (0..rows).map(|row| f64::from(row % levels)).collect();
    let y = codes.iter().map(|code| code * code).collect();
    let table = Table {
        levels: vec![levels],
        ..Table::numeric(vec![codes], y)
    };
    let mut params = many_trees(1000, 2);
    params.categorical.min_data_per_group = 1;
    params.tree.extra_trees = extra_trees;
    let stored = serde_json::to_value(table.boost(&params, 1, 1)).unwrap();
    let sets = stored["level_sets"].as_array().unwrap().iter();
    let sets: Vec<u64> = sets.map(|set| set[0].as_u64().unwrap()).collect();
    assert_eq!(sets.len(), 1000);
    sets
}

#[test]
fn random_levels_are_any_level() {
    // Of equally frequent levels each has its code as bin; the last one is the farthest off.
    assert_eq!(level_sets(4, false), vec![1 << 3; 1000]);
    let drawn = level_sets(4, true);
    let alone = |bin: u32| drawn.iter().filter(|&&set| set == 1 << bin).count();
    (0..4).for_each(|bin| is_share(alone(bin), 1000, 0.25));
}

#[test]
fn random_groups_have_any_size() {
    assert_eq!(level_sets(8, false), vec![0b1110_0000; 1000]);
    let drawn = level_sets(8, true);
    let sized = |size: u32| drawn.iter().filter(|set| set.count_ones() == size).count();
    // The smaller group is at most half of the levels.
    (1..=4).for_each(|size| is_share(sized(size), 1000, 0.25));
}
