//! Files of every format load and predict equally in every later version.
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
use ml::registry::{Algorithm, algorithm, algorithms};
use ml::stack::Stack;
use ml::table::{Column, Table};
use std::path::PathBuf;

fn folder(format: u32) -> PathBuf {
    let format = format!("format{format}");
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", &format]
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

/// Small: few and narrow rounds.
fn few(algorithm: &Algorithm) -> Params {
    match algorithm.name {
        "gradient_boosting" | "random_forest" | "extra_trees" => {
            Params::default().with("n_estimators", ParamValue::Int(5))
        }
        "mlp" => Params::default().with("width", ParamValue::Int(8)),
        _ => Params::default(),
    }
}

fn model(algorithm: &Algorithm, params: Params, task: Task) -> ModelFile {
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

/// Two models of different kinds and a linear model of what they say.
fn stacked(task: Task) -> ModelFile {
    let linear = match task {
        Task::Regression => "elastic_net",
        _ => "logistic",
    };
    let plain = |name| {
        let algorithm = algorithm(name).unwrap();
        model(algorithm, few(algorithm), task)
    };
    let (mut file, other) = (plain(linear), plain("gradient_boosting"));
    file.members.extend(other.members);
    let said: Vec<_> = file
        .members
        .iter()
        .map(|member| member.folds[0].predict(&file.recipe.features(&table(), member.view)))
        .collect();
    let target = file.recipe.target(&table()).unwrap();
    file.stack = Some(Stack::fit(&said, &target, 1).unwrap());
    file
}

/// Trees that see levels as numbers.
fn encoded(task: Task) -> ModelFile {
    let boosting = algorithm("gradient_boosting").unwrap();
    let target = ParamValue::Text("target".to_owned());
    model(
        boosting,
        few(boosting).with("categorical_encoding", target),
        task,
    )
}

/// What is stored of an algorithm now, and the format; files of what was stored before stay, too.
fn form(algorithm: &str) -> (u32, &str) {
    match algorithm {
        "mlp" => (2, "network"),
        "kernel_ridge" => (2, "kernel_ridge"),
        other => (1, other),
    }
}

/// Whether these bytes say that they have this format.
fn has_format(bytes: &[u8], format: u32) -> bool {
    bytes[8..12] == format.to_le_bytes()
}

/// A file that has to be there; written where that is asked for and it is not.
fn keep(format: u32, name: &str, model: impl Fn() -> ModelFile) {
    let stem = folder(format).join(name);
    let (file, answers) = (stem.with_extension("mlmodel"), stem.with_extension("json"));
    if std::env::var_os("MICROLEARN_WRITE_GOLDEN").is_some() && !file.exists() {
        std::fs::create_dir_all(folder(format)).unwrap();
        let model = model();
        std::fs::write(&file, model.to_bytes()).unwrap();
        let answer = Predictor::new(model).predict_table(&table());
        let texts: Vec<String> = answer.values.iter().map(f64::to_string).collect();
        std::fs::write(&answers, serde_json::to_string(&texts).unwrap()).unwrap();
    }
    assert!(file.exists(), "{}", file.display());
    // What is written today has the same format.
    assert!(has_format(&model().to_bytes(), format), "{name}");
}

#[test]
fn every_format_loads_for_ever() {
    for algorithm in algorithms() {
        let (format, name) = form(algorithm.name);
        for task in algorithm.tasks {
            keep(format, &format!("{name}-{task}"), || {
                model(algorithm, few(algorithm), *task)
            });
        }
    }
    for task in Task::ALL {
        keep(2, &format!("stack-{task}"), || stacked(*task));
        keep(2, &format!("encoded-{task}"), || encoded(*task));
    }
    assert!(loaded(1) >= 24);
    assert!(loaded(2) >= 12);
}

/// How many files of this format there are; each of them loads and answers as it did.
fn loaded(format: u32) -> usize {
    let files = std::fs::read_dir(folder(format)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let models = files.filter(|file| file.extension().is_some_and(|e| e == "mlmodel"));
    let check = |file: PathBuf| {
        let bytes = std::fs::read(&file).unwrap();
        assert!(has_format(&bytes, format), "{}", file.display());
        let model = ModelFile::from_bytes(&bytes).unwrap();
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
    };
    models.map(check).count()
}
