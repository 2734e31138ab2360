//! Laws that hold for any input.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

use domain::profile::ColumnKind;
use domain::task::Task;
use ml::features::Target;
use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn, View};
use ml::split::{folds, holdout, holdout_groups, holdout_time};
use ml::table::{Column, Table};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn recipe() -> Recipe {
    let table = Table::new(
        vec!["n".into(), "w".into(), "d".into(), "y".into()],
        vec![
            Column::Numeric(vec![1.0, f64::NAN, 3.0, 4.0]),
            Column::words(["1", "b", "", "b"]),
            Column::Numeric(vec![0.0, 86_400.0, 1e6, 1e9]),
            Column::Numeric(vec![1.0, 2.0, 3.0, 4.0]),
        ],
    );
    let columns = vec![
        SchemaColumn::new("n", ColumnKind::Numeric),
        SchemaColumn::new("w", ColumnKind::Boolean),
        SchemaColumn::new("d", ColumnKind::Datetime),
    ];
    let spec = RecipeSpec {
        schema: Schema { columns },
        target: "y".into(),
        task: Task::Regression,
        classes: Vec::new(),
        seed: 0,
    };
    Recipe::fit(&table.unwrap(), &spec).unwrap()
}

fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[-+0-9.,eE %/:TZ]{0,12}".prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(json!([1])),
        Just(json!({"a": 1})),
    ]
}

proptest! {
    #[test]
    fn any_record_is_answered_or_refused_by_row_and_column(
        cells in prop::collection::vec((0..4usize, cell()), 0..5)
    ) {
        let names = ["n", "w", "d", "other"];
        let nothing = names.iter().map(|name| ((*name).to_owned(), Value::Null));
        let cells = cells.into_iter().map(|(name, cell)| (names[name].to_owned(), cell));
        let record: Map<String, Value> = nothing.chain(cells).collect();
        match recipe().parse_records(&[record]) {
            Ok((table, _)) => {
                prop_assert_eq!(table.rows(), 1);
                let dense = recipe().features(&table, View::Dense);
                prop_assert!(dense.columns.iter().flatten().all(|v| v.abs() <= 100.0));
                prop_assert_eq!(recipe().features(&table, View::Trees).rows(), 1);
            }
            Err(failure) => {
                prop_assert_eq!(&failure.message.params["row"], &json!(1));
                prop_assert!(failure.message.params.contains_key("column"));
            }
        }
    }

    #[test]
    fn splits_keep_every_row_once(
        codes in prop::collection::vec(0..4u32, 0..60),
        fraction in 0.0..1.0f64,
        seed: u64,
        k in 1..6u32,
    ) {
        let times: Vec<f64> = codes.iter().map(|c| f64::from(*c)).collect();
        let target = Target::Classes { codes: codes.clone(), count: 4 };
        let splits = [
            holdout(Some(&target), codes.len(), fraction, seed),
            holdout(None, codes.len(), fraction, seed),
            holdout_groups(&codes, &target, fraction, seed),
            holdout_time(&times, fraction),
        ];
        for (train, test) in splits {
            prop_assert!(train.is_sorted() && test.is_sorted());
            let mut all: Vec<u32> = train.iter().chain(&test).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..codes.len() as u32).collect::<Vec<_>>());
            prop_assert!(codes.is_empty() || !train.is_empty());
        }
        let folds = folds(&target, k, seed);
        prop_assert!(folds.len() == codes.len() && folds.iter().all(|fold| *fold < k));
    }
}
