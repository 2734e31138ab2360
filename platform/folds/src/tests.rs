//! Folds of made-up tables: what the score of a fold rests on.

use crate::{Allowance, FoldFit, Folds};
use domain::profile::{ColumnKind, Profile};
use domain::results::Prepared;
use domain::spec::{SplitKind, SplitSpec};
use domain::study::Params;
use domain::task::{Choice, Metric, Task};
use domain::{Clock, SystemClock};
use ml::fit::{CancelFlag, Flow};
use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn};
use ml::table::{Column, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A number from 0 to 1 that depends on row and purpose (SplitMix64).
fn noise(row: u32, purpose: u64) -> f64 {
    let mut z =
        u64::from(row).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    f64::from((z >> 32) as u32) / f64::from(u32::MAX)
}

/// Four columns and a coin that has nothing to do with them; rows of ten groups.
fn folds(rows: u32, split: &SplitSpec) -> Folds {
    let names = ["a", "b", "c", "d"];
    let column = |purpose| Column::Numeric((0..rows).map(|row| noise(row, purpose)).collect());
    let mut columns: Vec<Column> = (1..=4).map(column).collect();
    columns.push(Column::Numeric(
        (0..rows).map(|row| f64::from(row % 10)).collect(),
    ));
    let coin = |row| if noise(row, 9) < 0.5 { "no" } else { "yes" };
    columns.push(Column::words((0..rows).map(coin)));
    let all = names.iter().chain(&["group", "coin"]);
    let table = Table::new(all.map(|name| (*name).to_owned()).collect(), columns).unwrap();
    let schema = names.map(|name| SchemaColumn::new(name, ColumnKind::Numeric));
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let spec = RecipeSpec {
        schema: Schema {
            columns: schema.to_vec(),
        },
        target: "coin".into(),
        task: Task::Binary,
        classes: classes.clone(),
        seed: 0,
    };
    let prepared = Prepared {
        task: Task::Binary,
        metric: Metric::RocAuc,
        classes,
        positive: Some(1),
        profile: Profile {
            rows: u64::from(rows),
            columns: Vec::new(),
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        },
        recipe: String::new(),
        train: String::new(),
        test: String::new(),
        rows_train: u64::from(rows),
        rows_test: 0,
        features: names.map(str::to_owned).to_vec(),
        folds: 5,
        dataset_sha256: String::new(),
        split: None,
        warnings: Vec::new(),
    };
    let recipe = Recipe::fit(&table, &spec).unwrap();
    Folds::new(recipe, table, &prepared, split, 1).unwrap()
}

fn fit(folds: &Folds, algorithm: &str, fold: u32) -> FoldFit {
    let allowance = Allowance {
        threads: 1,
        clock: Arc::new(SystemClock::new()) as Arc<dyn Clock>,
        deadline: None,
        cancel: CancelFlag::new(),
    };
    let mut watch = |_| Flow::Continue;
    let params = Params::default();
    folds
        .fit(algorithm, &params, fold, &allowance, &mut watch)
        .unwrap()
}

#[test]
fn whoever_stops_where_the_fold_likes_it_is_not_flattered() {
    let folds = folds(200, &SplitSpec::default());
    let mut flattered = Vec::new();
    for algorithm in ["gradient_boosting", "mlp"] {
        let (mut said, mut kept) = (0.0, 0.0);
        for fold in 0..5 {
            let fit = fit(&folds, algorithm, fold);
            said += fit.score.unwrap() / 5.0;
            let features =
                folds.features(ml::registry::algorithm(algorithm).unwrap().view, &fit.rows);
            let truth = folds.target.take(&fit.rows);
            let model = fit.fit.model.predict(&features);
            kept += ml::metrics::score(Metric::RocAuc, &truth, &model, 1).unwrap() / 5.0;
        }
        assert!(said < 0.56, "{algorithm} finds {said} in noise");
        flattered.push((kept, said));
    }
    // The model itself looks better on these rows than it is: that is what must not be the score.
    assert!(
        flattered.iter().all(|(kept, said)| kept > said),
        "{flattered:?}"
    );
}

#[test]
fn rows_of_a_group_are_in_one_fold_and_in_one_part() {
    let split = SplitSpec {
        kind: Choice::Fixed(SplitKind::Group),
        column: Some("group".into()),
        test_fraction: None,
    };
    let folds = folds(200, &split);
    for fold in 0..5 {
        let (rows, _) = folds.rows(fold);
        let mut parts: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (row, part) in rows.iter().zip(folds.parts(&rows, 3)) {
            parts.entry(row % 10).or_default().insert(part);
        }
        assert_eq!(parts.len(), 2, "groups of a fold");
        assert!(parts.values().all(|parts| parts.len() == 1));
        assert_ne!(parts.values().next(), parts.values().nth(1));
    }
}
