//! Laws that hold for any table.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod common;

use common::*;
use proptest::prelude::*;
use trees::*;

fn objective() -> impl Strategy<Value = Objective> {
    proptest::sample::select(OBJECTIVES.to_vec())
}

fn params(objective: Objective) -> BoostParams {
    let mut params = BoostParams::new(objective);
    params.n_estimators = 8;
    params.tree.min_child_samples = 3;
    params.tree.max_leaves = 12;
    params
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0);
    a.len() == b.len() && a.iter().zip(b).all(near)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter(seed in 0u64..1000, rows in 2usize..300, o in objective()) {
        let table = targets(mixed(rows, seed), o);
        let mut order: Vec<usize> = (0..rows).collect();
        let mut dice = Dice::new(seed + 1);
        (1..rows).rev().for_each(|i| order.swap(i, dice.below(i + 1)));
        let (a, b) = (table.boost(&params(o), 1, 1), table.select(&order).boost(&params(o), 1, 1));
        prop_assert!(close(&table.predict(&a), &table.predict(&b), 1e-6));
    }

    #[test]
    fn threads_do_not_matter(seed in 0u64..1000, o in objective(), threads in 2usize..5) {
        let table = targets(mixed(400, seed), o);
        let mut params = params(o);
        params.bagging_fraction = 0.8;
        params.bagging_freq = 1;
        params.tree.feature_fraction_bynode = 0.6;
        params.tree.extra_trees = seed % 2 == 0;
        prop_assert_eq!(table.boost(&params, seed, 1), table.boost(&params, seed, threads));
    }

    #[test]
    fn weight_two_is_two_rows(seed in 0u64..1000, rows in 20usize..200, o in objective()) {
        let mut table = targets(mixed(rows, seed), o);
        // The start of a class without rows depends on the number of rows, not on their weight.
        let seen = |class: u32| table.y.contains(&f64::from(class));
        prop_assume!(!matches!(o, Objective::Multiclass { classes } if !(0..classes).all(seen)));
        let mut one = params(o);
        one.categorical.cat_smooth = 0.0;
        one.categorical.min_data_per_group = 1;
        one.tree.min_child_samples = 3;
        let mut two = one.clone();
        two.tree.min_child_samples = 6;
        two.categorical.min_data_per_group = 2;
        let twice = table.select(&(0..rows).chain(0..rows).collect::<Vec<_>>());
        table.weights = Some(vec![2.0; rows]);
        let (a, b) = (table.boost(&one, 1, 1), twice.boost(&two, 1, 1));
        prop_assert!(close(&table.predict(&a), &table.predict(&b), 1e-6));
    }

    #[test]
    fn weight_zero_is_no_row(seed in 0u64..1000, rows in 20usize..200, o in objective()) {
        // All values stay in the binner's sight: only the fit must not see the rows.
        let mut table = targets(mixed(rows, seed), o);
        let keep: Vec<u32> = (0..rows as u32).filter(|r| r % 3 != 0).collect();
        let kept: Vec<usize> = keep.iter().map(|&r| r as usize).collect();
        table.weights = Some((0..rows).map(|r| f64::from(r % 3 != 0)).collect());
        let matrix = table.matrix();
        let threads = Threads::single();
        let part = table.select(&kept);
        let part_matrix = matrix.select(&keep).unwrap();
        let a = table.boost(&params(o), 1, 1);
        let mut control = ();
        let context = FitContext::new(1, &threads, &mut control);
        let b = boost(&part.data(&part_matrix), None, &params(o), context).unwrap().into_model();
        prop_assert!(close(&table.predict(&a), &table.predict(&b), 1e-6));
    }

    #[test]
    fn one_row_and_many_rows_agree(seed in 0u64..1000, o in objective(), threads in 1usize..4) {
        let table = targets(mixed(700, seed), o);
        let model = table.boost(&params(o), 1, 1);
        let mut all = vec![0.0; 700 * model.n_outputs()];
        let threads = Threads::new(threads).unwrap();
        model.predict_into(&table.features(), &threads, &mut all).unwrap();
        let mut one = vec![0.0; model.n_outputs()];
        for (row, all) in all.chunks(model.n_outputs()).enumerate() {
            model.predict_row(&table.row(row), &mut one).unwrap();
            prop_assert_eq!(&one, all);
        }
    }

    #[test]
    fn contributions_sum_to_the_score(seed in 0u64..1000, o in objective()) {
        let table = targets(mixed(120, seed), o);
        check_contributions(&table, &table.boost(&params(o), 1, 1));
    }

    #[test]
    fn forests_explain_themselves_too(seed in 0u64..1000, classes in 2u32..5) {
        let table = targets(mixed(120, seed), Objective::Multiclass { classes });
        let task = ForestTask::Classification { classes, criterion: Impurity::Gini };
        let mut params = ForestParams::random_forest(task);
        params.n_estimators = 5;
        check_contributions(&table, &table.forest(&params, seed, 1).model);
    }

    #[test]
    fn models_survive_storage(seed in 0u64..1000, o in objective()) {
        let model = targets(mixed(200, seed), o).boost(&params(o), 1, 1);
        let binary = postcard::to_allocvec(&model).unwrap();
        prop_assert_eq!(&model, &postcard::from_bytes::<TreeEnsemble>(&binary).unwrap());
        let text = serde_json::to_string(&params(o)).unwrap();
        prop_assert_eq!(params(o), serde_json::from_str::<BoostParams>(&text).unwrap());
    }

    #[test]
    fn damaged_models_never_panic(seed in 0u64..50, at in 0.0f64..1.0, to in 0u8..=255) {
        let table = mixed(100, seed);
        let mut bytes = postcard::to_allocvec(&table.boost(&params(Objective::Squared), 1, 1)).unwrap();
        let at = (at * bytes.len() as f64) as usize;
        bytes[at] = to;
        if let Ok(model) = postcard::from_bytes::<TreeEnsemble>(&bytes) {
            let mut out = vec![0.0; model.n_outputs()];
            let _ = model.predict_row(&table.row(0), &mut out);
            let mut phi = vec![0.0; 100 * model.n_outputs() * (model.n_features() + 1)];
            let _ = model.contributions(&table.features(), &Threads::single(), &mut phi);
        }
    }

    #[test]
    fn forests_do_not_depend_on_threads(seed in 0u64..1000, extra: bool, numbers: bool) {
        let objective = if numbers { Objective::Squared } else { Objective::Multiclass { classes: 3 } };
        let table = targets(mixed(200, seed), objective);
        let task = match numbers {
            true => ForestTask::Regression,
            false => ForestTask::Classification { classes: 3, criterion: Impurity::Entropy },
        };
        let mut params = match extra {
            true => ForestParams::extra_trees(task),
            false => ForestParams::random_forest(task),
        };
        params.n_estimators = 7;
        params.oob = !extra;
        let (a, b) = (table.forest(&params, seed, 1), table.forest(&params, seed, 3));
        prop_assert_eq!(a.model, b.model);
        prop_assert_eq!(a.oob.map(bits), b.oob.map(bits));
    }
}

/// Enough rows that partitions, histograms and sums are cut into pieces.
#[test]
fn threads_do_not_matter_for_many_rows() {
    let table = mixed(70_000, 1);
    for objective in [Objective::Binary, Objective::Squared, Objective::Absolute] {
        let table = targets(table.clone(), objective);
        let mut params = params(objective);
        params.n_estimators = 4;
        assert_eq!(table.boost(&params, 1, 1), table.boost(&params, 1, 4));
    }
}

fn bits(values: Vec<f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

fn check_contributions(table: &Table, model: &TreeEnsemble) {
    let (outputs, group) = (model.n_outputs(), model.n_features() + 1);
    let mut phi = vec![0.0; table.rows() * outputs * group];
    model
        .contributions(&table.features(), &Threads::single(), &mut phi)
        .unwrap();
    let mut raw = vec![0.0; table.rows() * outputs];
    model
        .predict_raw_into(&table.features(), &Threads::single(), &mut raw)
        .unwrap();
    let sums: Vec<f64> = phi.chunks(group).map(|group| group.iter().sum()).collect();
    assert!(close(&sums, &raw, 1e-6));
}
