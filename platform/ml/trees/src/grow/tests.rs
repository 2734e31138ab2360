//! Growth with little memory, and on parts of the rows.

use super::*;
use crate::{BinningParams, Column, Features, Threads};

fn matrix(rows: usize) -> BinnedMatrix {
    let columns: Vec<Vec<f64>> = (1..12u64)
        .map(|c| {
            (0..rows as u64)
                .map(|r| (r * r * c * 7919 % 1009) as f64)
                .collect()
        })
        .collect();
    let table = Features::new(columns.iter().map(|c| Column::numeric(c)).collect()).unwrap();
    BinnedMatrix::fit(&table, &BinningParams::default(), &Threads::single()).unwrap()
}

fn grow(grower: &mut Grower, pairs: &[Pair], in_bag: Option<&[u32]>) -> GrownTree {
    let task = TreeTask {
        pairs,
        scale: Scale::fit(pairs.len(), 1e9, 1.0),
        in_bag,
        seed: 3,
        should_stop: &|| false,
    };
    grower.grow(&task).unwrap()
}

#[test]
fn a_tree_does_not_depend_on_the_memory_for_histograms() {
    let (matrix, categorical) = (matrix(3000), CategoricalParams::default());
    let params = TreeParams {
        max_leaves: 100,
        min_child_samples: 5,
        ..TreeParams::default()
    };
    let pairs: Vec<Pair> = (0..3000i64)
        .map(|r| Pair {
            grad: (r * r % 2003 - 1000) as i32,
            hess: 1 << 20,
        })
        .collect();
    let mut plenty = Grower::new(&matrix, &params, &categorical, 1);
    let mut little = Grower::new(&matrix, &params, &categorical, 1);
    little.slots = Slots::with_limit(4);
    for in_bag in [None, Some((0..3000).step_by(2).collect::<Vec<u32>>())] {
        let a = grow(&mut plenty, &pairs, in_bag.as_deref());
        let b = grow(&mut little, &pairs, in_bag.as_deref());
        assert_eq!(a.values.len(), 100);
        assert_eq!(a.values, b.values);
        assert_eq!(format!("{:?}", a.nodes), format!("{:?}", b.nodes));
        for row in 0..3000 {
            let leaf = a.leaf_of(&matrix, row as usize) as usize;
            let seen = in_bag.as_ref().is_none_or(|rows| rows.contains(&row));
            assert_eq!(plenty.leaf_rows(leaf).contains(&row), seen);
        }
    }
}
