//! Shapley values by their definition, over all subsets of columns.

use crate::forest::{ForestParams, ForestTask, forest};
use crate::model::TreeEnsemble;
use crate::{BinnedMatrix, BinningParams, BoostParams, Column, Dataset, Features, FitContext};
use crate::{Objective, Threads, boost};

const COLUMNS: usize = 5;

/// Expected score when only the columns in `known` are.
fn value(model: &TreeEnsemble, row: &[f64], known: u32) -> f64 {
    fn walk(model: &TreeEnsemble, first: usize, at: usize, row: &[f64], known: u32) -> f64 {
        let node = model.nodes[first + at];
        if node.is_leaf() {
            return model.values[node.child()];
        }
        let down = |side| walk(model, first, node.child() + side, row, known);
        if known >> node.column() & 1 == 1 {
            return down(usize::from(!model.goes_left(node, row[node.column()])));
        }
        let (left, right) = (down(0), down(1));
        let cover = |side| f64::from(model.covers[first + node.child() + side]);
        (left * cover(0) + right * cover(1)) / (cover(0) + cover(1))
    }
    let trees = (0..model.n_trees()).map(|tree| model.node_range(tree).start);
    trees.map(|first| walk(model, first, 0, row, known)).sum()
}

/// φᵢ = Σ_S |S|!(M−|S|−1)!/M! · (v(S ∪ i) − v(S)) (Shapley 1953).
fn shapley(model: &TreeEnsemble, row: &[f64], column: usize) -> f64 {
    let factorial = |n: usize| (1..=n).product::<usize>() as f64;
    (0..1u32 << COLUMNS)
        .filter(|known| known >> column & 1 == 0)
        .map(|known| {
            let size = known.count_ones() as usize;
            let weight = factorial(size) * factorial(COLUMNS - size - 1) / factorial(COLUMNS);
            weight * (value(model, row, known | 1 << column) - value(model, row, known))
        })
        .sum()
}

#[test]
fn contributions_are_shapley_values() {
    let rows = 200;
    let mut columns: Vec<Vec<f64>> = (1..=COLUMNS as u64)
        .map(|c| {
            (0..rows)
                .map(|r| ((r + 1) * (r + c) * 7919 % 211) as f64)
                .collect()
        })
        .collect();
    columns[2].iter_mut().for_each(|x| *x %= 7.0);
    columns[4].iter_mut().step_by(3).for_each(|x| *x = f64::NAN);
    let y: Vec<f64> = (0..rows as usize)
        .map(|r| columns[0][r] * (columns[2][r] - 3.0) + columns[4][r].max(columns[1][r]))
        .collect();
    let views = columns.iter().enumerate().map(|(c, values)| match c {
        2 => Column::categorical(values, 7),
        _ => Column::numeric(values),
    });
    let table = Features::new(views.collect()).unwrap();
    let threads = Threads::single();
    let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &threads).unwrap();
    let data = Dataset::new(&matrix, &y).unwrap();
    let mut params = BoostParams::new(Objective::Squared);
    (params.n_estimators, params.tree.min_child_samples) = (5, 3);
    params.categorical.min_data_per_group = 5;
    let (mut first, mut second) = ((), ());
    let boosted = boost(
        &data,
        None,
        &params,
        FitContext::new(1, &threads, &mut first),
    )
    .unwrap()
    .into_model();
    let mut params = ForestParams::random_forest(ForestTask::Regression);
    params.n_estimators = 3;
    let deep = forest(&data, &params, FitContext::new(1, &threads, &mut second))
        .unwrap()
        .model;
    for (model, scale) in [(boosted, 1.0), (deep, 3.0)] {
        let mut phi = vec![0.0; rows as usize * (COLUMNS + 1)];
        model.contributions(&table, &threads, &mut phi).unwrap();
        for row in (0..rows as usize).step_by(20) {
            let values: Vec<f64> = columns.iter().map(|c| c[row]).collect();
            let values = model.bin_levels(&values);
            for column in 0..COLUMNS {
                let (found, exact) = (
                    phi[row * 6 + column],
                    shapley(&model, &values, column) / scale,
                );
                let size = exact.abs().max(1.0);
                assert!(
                    (found - exact).abs() < 1e-9 * size,
                    "{row} {column} {found} {exact}"
                );
            }
        }
    }
}
