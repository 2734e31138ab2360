//! Files of format 1 load and predict equally in every later version.
//!
//! `MICROLEARN_WRITE_GOLDEN=1 cargo nextest run -p ml --test golden` writes the files that do not
//! exist yet; existing ones are never written again.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

mod common;

use common::noise;
use domain::profile::ColumnKind;
use domain::study::{ParamValue, Params};
use domain::task::Task;
use ml::artefact::{Member, ModelFile, Predictor, Provenance};
use ml::fit::{FitContext, FitData, Flow, fit};
use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn};
use ml::registry::{Algorithm, algorithms};
use ml::table::{Column, Table};
use std::path::PathBuf;

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", "format1"]
        .iter()
        .collect()
}

/// Every kind of column, with gaps.
fn table() -> Table {
    let rows = 60;
    let x: Vec<f64> = (0..rows)
        .map(|row| (noise(row, 1) * 64.0).floor() / 8.0)
        .collect();
    let gaps = (0..rows).map(|row| if row % 9 == 0 { f64::NAN } else { x[row] });
    let days = (0..rows).map(|row| 86_400.0 * (row % 30) as f64);
    let sum = |row: usize| x[row] + f64::from(u8::from(row.is_multiple_of(3)));
    let three = (0..rows).map(|row| ["low", "mid", "high"][(sum(row) / 3.1) as usize]);
    let names = ["x", "town", "member", "since", "two", "three", "number"];
    Table::new(
        names.map(String::from).to_vec(),
        vec![
            Column::Numeric(gaps.collect()),
            Column::words((0..rows).map(|row| ["Lyon", "Nice", "Brest", "", "Metz"][row % 5])),
            Column::words((0..rows).map(|row| if row % 3 == 0 { "yes" } else { "no" })),
            Column::Numeric(days.collect()),
            Column::words((0..rows).map(|row| if sum(row) > 4.5 { "1" } else { "0" })),
            Column::words(three),
            Column::Numeric((0..rows).map(|row| 2.0 * sum(row) - 1.0).collect()),
        ],
    )
    .unwrap()
}

fn model(algorithm: &Algorithm, task: Task) -> ModelFile {
    let table = table();
    let (target, classes) = match task {
        Task::Binary => ("two", vec!["0", "1"]),
        Task::Multiclass => ("three", vec!["high", "low", "mid"]),
        Task::Regression => ("number", vec![]),
    };
    let classes: Vec<String> = classes.into_iter().map(String::from).collect();
    let columns = vec![
        SchemaColumn::new("x", ColumnKind::Numeric),
        SchemaColumn::new("town", ColumnKind::Categorical),
        SchemaColumn::new("member", ColumnKind::Boolean),
        SchemaColumn::new("since", ColumnKind::Datetime),
    ];
    let spec = RecipeSpec {
        schema: Schema { columns },
        target: target.into(),
        task,
        classes: classes.clone(),
        seed: 1,
    };
    let recipe = Recipe::fit(&table, &spec).unwrap();
    // Small files: few and narrow rounds.
    let params = match algorithm.name {
        "gradient_boosting" | "random_forest" | "extra_trees" => {
            Params::default().with("n_estimators", ParamValue::Int(5))
        }
        "mlp" => Params::default().with("width", ParamValue::Int(8)),
        _ => Params::default(),
    };
    let x = recipe.features(&table, algorithm.view);
    let y = recipe.target(&table).unwrap();
    let mut on_round = |_| Flow::Continue;
    let mut context = FitContext::new(1, task.default_metric(), &mut on_round);
    let fitted = fit(algorithm.name, &FitData::new(&x, &y), &params, &mut context).unwrap();
    ModelFile {
        task,
        target: target.into(),
        classes,
        positive: (task == Task::Binary).then_some(1),
        members: vec![Member {
            weight: 1.0,
            algorithm: algorithm.name.into(),
            params,
            view: algorithm.view,
            folds: vec![fitted.model],
        }],
        stack: None,
        metrics: [(task.default_metric(), 0.5)].into(),
        provenance: Provenance::default(),
        recipe,
    }
}

/// What is stored of an algorithm now; files of what was stored before stay, too.
fn form(algorithm: &str) -> &str {
    match algorithm {
        "mlp" => "network",
        other => other,
    }
}

#[test]
fn format_1_loads_for_ever() {
    let write = std::env::var_os("MICROLEARN_WRITE_GOLDEN").is_some();
    for algorithm in algorithms() {
        for task in algorithm.tasks {
            let stem = folder().join(format!("{}-{task}", form(algorithm.name)));
            let (file, answers) = (stem.with_extension("mlmodel"), stem.with_extension("json"));
            if write && !file.exists() {
                std::fs::create_dir_all(folder()).unwrap();
                let model = model(algorithm, *task);
                std::fs::write(&file, model.to_bytes()).unwrap();
                let answer = Predictor::new(model).predict_table(&table());
                let texts: Vec<String> = answer.values.iter().map(f64::to_string).collect();
                std::fs::write(&answers, serde_json::to_string(&texts).unwrap()).unwrap();
            }
            assert!(file.exists(), "{}", file.display());
        }
    }
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        if file
            .extension()
            .is_none_or(|extension| extension != "mlmodel")
        {
            continue;
        }
        let model = ModelFile::from_bytes(&std::fs::read(&file).unwrap()).unwrap();
        let ours = Predictor::new(model).predict_table(&table()).values;
        let answers = std::fs::read(file.with_extension("json")).unwrap();
        let texts: Vec<String> = serde_json::from_slice(&answers).unwrap();
        assert_eq!(ours.len(), texts.len());
        for (ours, text) in ours.iter().zip(texts) {
            let stored: f64 = text.parse().unwrap();
            // Machines differ in the last bit of an exponential.
            let near = (ours - stored).abs() <= 1e-6 * stored.abs().max(1.0);
            assert!(near, "{}: {ours} instead of {stored}", file.display());
        }
        seen += 1;
    }
    assert!(seen >= 24, "{seen}");
}
