//! Draws a report of every kind into a folder, to look at: `cargo run --release -p evaluator
//! --example gallery -- FOLDER`. The data are made up.

use domain::evaluation::Importance;
use domain::profile::{ColumnKind, ColumnProfile, Parsing, Profile};
use domain::results::Prepared;
use domain::task::{Metric, Task};
use domain::{Message, ModelId};
use evaluator::evaluate::{Candidate, HeldOut, Judged, Limits, Predicts, Question};
use evaluator::{Language, evaluate, model_card, plots, report};
use ml::features::{Predictions, Target};
use ml::table::{Column, Table};
use std::path::Path;

/// A model that knows a noisy version of the answer, which stands in the table.
struct Knower {
    outputs: usize,
    skill: f64,
}

impl Predicts for Knower {
    fn predict(&self, table: &Table) -> Result<Predictions, Message> {
        let numbers: Vec<&Vec<f64>> = table
            .columns
            .iter()
            .filter_map(|column| match column {
                Column::Numeric(values) => Some(values),
                Column::Words { .. } => None,
            })
            .collect();
        let signal = |row: usize| {
            let parts = numbers
                .iter()
                .zip(1..)
                .map(|(c, i)| c[row] / f64::from(i * i));
            parts.sum::<f64>() * self.skill
        };
        let mut values = Vec::new();
        for row in 0..table.rows() {
            let signal = signal(row);
            if self.outputs == 1 {
                values.push(200_000.0 + 60_000.0 * signal);
                continue;
            }
            let center = |class: usize| {
                let place = (class as f64 + 0.5) / self.outputs as f64;
                (-((signal / 4.0 + 0.5 - place) * self.outputs as f64 / 1.6).powi(2)).exp() + 0.01
            };
            let weights: Vec<f64> = (0..self.outputs).map(center).collect();
            let sum: f64 = weights.iter().sum();
            values.extend(weights.iter().map(|weight| weight / sum));
        }
        Ok(Predictions {
            outputs: self.outputs,
            values,
        })
    }
}

/// Numbers about a normal distribution, from a fixed start.
fn noise(rows: usize, mut state: u64) -> Vec<f64> {
    let mut unit = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    (0..rows)
        .map(|_| (0..12).map(|_| unit()).sum::<f64>() - 6.0)
        .collect()
}

fn table(rows: usize, columns: usize) -> Table {
    let name = |i: usize| match i % 4 {
        0 => format!("moyenne_{i}"),
        1 => format!("number_of_previous_enrolments_in_the_same_course_{i}"),
        2 => format!("âge {i}"),
        _ => format!("x{i}"),
    };
    Table {
        names: (0..columns).map(name).collect(),
        columns: (0..columns)
            .map(|i| Column::Numeric(noise(rows, 3 + i as u64 * 977)))
            .collect(),
    }
}

fn judge(table: &Table, classes: &[String]) -> Judged {
    let outputs = classes.len().max(1);
    let truth = Knower {
        outputs,
        skill: 1.0,
    }
    .predict(table)
    .unwrap_or_else(|_| Predictions::zeros(0, 1));
    let blur = noise(table.rows(), 99);
    let target = if outputs == 1 {
        let pairs = truth.values.iter().zip(&blur);
        Target::Values(pairs.map(|(value, blur)| value + 30_000.0 * blur).collect())
    } else {
        let rows = truth.classes().into_iter().zip(&blur);
        let moved = rows.map(|(class, blur)| (f64::from(class) + 0.6 * blur).round());
        let top = (outputs - 1) as f64;
        Target::Classes {
            codes: moved.map(|class| class.clamp(0.0, top) as u32).collect(),
            count: outputs,
        }
    };
    let (task, metric, scores) = match outputs {
        1 => (
            Task::Regression,
            Metric::Rmse,
            [31_000.0, 32_500.0, 41_000.0, 80_000.0],
        ),
        2 => (Task::Binary, Metric::RocAuc, [0.912, 0.905, 0.88, 0.5]),
        _ => (Task::Multiclass, Metric::LogLoss, [0.9, 0.95, 1.4, 3.4]),
    };
    let models = [1.0, 0.9, 0.6, 0.0].map(|skill| Knower { outputs, skill });
    let names = ["ensemble", "gradient_boosting", "logistic", "baseline"];
    let candidates: Vec<Candidate<'_>> = models
        .iter()
        .zip(names)
        .zip(scores)
        .map(|((model, algorithm), score)| Candidate {
            model_id: ModelId::new(),
            algorithm,
            cv_score: score,
            cv_std: score.abs() * 0.02,
            folds: None,
            fold_scores: &[],
            row_nanoseconds: 0.0,
            predictor: model,
        })
        .collect();
    let question = Question {
        task,
        metric,
        classes,
        positive: None,
        rows_train: 4 * table.rows() as u64,
        row_limit: None,
        seed: 1,
    };
    let held_out = HeldOut {
        table,
        target: &target,
        features: &table.names,
        units: &ml::metrics::Units::new(table.rows(), None),
    };
    match evaluate(&candidates, held_out, &question, &Limits::default()) {
        Ok(judged) => judged,
        Err(error) => panic!("{error}"),
    }
}

fn prepared(judged: &Judged, table: &Table) -> Prepared {
    let evaluation = &judged.evaluation;
    let columns = table
        .names
        .iter()
        .enumerate()
        .map(|(i, name)| ColumnProfile {
            name: name.clone(),
            kind: ColumnKind::ALL[i % 3],
            missing: (i as u64 % 3) * 17,
            unique: 40 + i as u64,
            min: None,
            max: None,
            mean: None,
            std: None,
            quantiles: None,
            top: Vec::new(),
            histogram: None,
            parsing: Parsing::default(),
            warnings: if i == 1 {
                let message = Message::new("profile.high_missing", "Most values are missing.");
                let message = message.with("column", name.as_str());
                vec![message.with("percent", 61).with("missing", 1830)]
            } else {
                Vec::new()
            },
        });
    Prepared {
        task: evaluation.task,
        metric: evaluation.metric,
        classes: evaluation.classes.clone(),
        positive: Some(1),
        profile: Profile {
            rows: evaluation.rows_train + evaluation.rows_test,
            columns: columns.collect(),
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        },
        recipe: String::new(),
        train: String::new(),
        test: String::new(),
        rows_train: evaluation.rows_train,
        rows_test: evaluation.rows_test,
        features: table.names.clone(),
        folds: 5,
        dataset_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        split: None,
        warnings: Vec::new(),
    }
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let many = |n: usize| {
        (0..n)
            .map(|i| format!("filière n° {i} (cycle licence)"))
            .collect()
    };
    let cases: [(&str, usize, usize, Vec<String>); 6] = [
        ("binary", 600, 12, words(&["non", "oui"])),
        ("small", 36, 4, words(&["a student who leaves", "stays"])),
        ("three", 900, 50, words(&["Abandon", "Inscrit", "Diplômé"])),
        ("twelve", 2500, 8, many(12)),
        ("thirty", 5000, 8, many(30)),
        ("regression", 3000, 20, Vec::new()),
    ];
    for (name, rows, columns, classes) in cases {
        let table = table(rows, columns);
        let mut judged = judge(&table, &classes);
        if name == "small" {
            // Columns below zero, and a spread wider than the bar.
            let importance = &mut judged.evaluation.models[0].importance;
            importance.push(Importance {
                column: "bruit".into(),
                mean: -0.02,
                std: 0.03,
            });
        }
        let prepared = prepared(&judged, &table);
        for language in [Language::French, Language::English] {
            let drawn = plots::all(&judged, language);
            let story = report::Story {
                name: "Réussite en première année",
                target: "résultat",
                prepared: &prepared,
                judged: &judged,
                plots: &drawn,
                seed: 1,
                repeats: true,
                version: env!("CARGO_PKG_VERSION"),
            };
            let file = |end: &str| folder.join(format!("{name}-{}{end}", language.code()));
            std::fs::write(file(".html"), report::html(&story, language))?;
            std::fs::write(file(".md"), model_card::markdown(&story, language))?;
            for plot in &drawn {
                std::fs::write(file(&format!("-{}.svg", plot.name)), &plot.svg)?;
            }
        }
    }
    Ok(())
}
