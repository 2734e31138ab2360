//! A model file loads as it was written, and nothing that an enemy writes does harm.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

mod common;

use common::noise;
use domain::profile::ColumnKind;
use domain::study::{ParamValue, Params};
use domain::task::{Metric, Task};
use ml::artefact::{ArtefactError, Member, ModelFile, Predicted, Predictor, Provenance};
use ml::fit::{FitContext, FitData, Flow, fit};
use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn, View};
use ml::registry::algorithms;
use ml::stack::Stack;
use ml::table::{Column, Table};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

fn table(rows: usize) -> Table {
    let age = (0..rows).map(|row| 20.0 + 40.0 * noise(row, 1)).collect();
    let town = (0..rows).map(|row| ["Lyon", "Nice", "Brest", ""][row % 4]);
    let class = (0..rows).map(|row| {
        let late = noise(row, 1) > 0.5 && row % 4 != 0;
        if late { ">50K" } else { "<=50K" }
    });
    Table::new(
        vec!["age".into(), "town".into(), "income".into()],
        vec![
            Column::Numeric(age),
            Column::words(town),
            Column::words(class),
        ],
    )
    .unwrap()
}

fn model(task: Task) -> ModelFile {
    let table = table(120);
    let number = SchemaColumn::new("age", ColumnKind::Numeric);
    let town = SchemaColumn::new("town", ColumnKind::Categorical);
    let (columns, target, classes) = match task {
        Task::Regression => (vec![town], "age", vec![]),
        _ => (
            vec![number, town],
            "income",
            vec!["<=50K".into(), ">50K".into()],
        ),
    };
    let spec = RecipeSpec {
        schema: Schema { columns },
        target: target.into(),
        task,
        classes: classes.clone(),
        seed: 5,
    };
    let recipe = Recipe::fit(&table, &spec).unwrap();
    let y = recipe.target(&table).unwrap();
    let members = algorithms().iter().filter(|a| a.tasks.contains(&task));
    let members = members.map(|algorithm| {
        let x = recipe.features(&table, algorithm.view);
        let mut on_round = |_| Flow::Continue;
        let mut context = FitContext::new(5, task.default_metric(), &mut on_round);
        let params = Params::default();
        let fitted = fit(algorithm.name, &FitData::new(&x, &y), &params, &mut context);
        let fitted = fitted.unwrap();
        Member {
            weight: 0.5,
            algorithm: algorithm.name.into(),
            params: params.with("eta", ParamValue::Float(0.1)),
            view: algorithm.view,
            folds: vec![fitted.model.clone(), fitted.model],
        }
    });
    ModelFile {
        task,
        target: target.into(),
        classes,
        positive: (task == Task::Binary).then_some(1),
        members: members.collect(),
        stack: None,
        metrics: [(Metric::RocAuc, 0.9), (Metric::LogLoss, 0.3)].into(),
        provenance: Provenance {
            dataset_sha256: "ab".repeat(32),
            spec: json!({"target": target, "budget": {"work_units": 12.5}}),
            seed: 5,
            program: "0.1.0".into(),
        },
        recipe,
    }
}

fn records(value: Value) -> Vec<Map<String, Value>> {
    let list = value.as_array().unwrap().iter();
    list.map(|record| record.as_object().unwrap().clone())
        .collect()
}

#[test]
fn a_file_loads_as_it_was_written() {
    for task in [Task::Binary, Task::Regression] {
        let file = model(task);
        file.validate().unwrap();
        let bytes = file.to_bytes();
        let back = ModelFile::from_bytes(&bytes).unwrap();
        assert!(back.to_bytes() == bytes);
        assert_eq!(back.members, file.members);
        assert_eq!(back.provenance, file.provenance);
        assert_eq!(
            (&back.metrics, back.positive),
            (&file.metrics, file.positive)
        );
        let rows = table(50);
        let ours = Predictor::new(file).predict_table(&rows);
        assert_eq!(Predictor::new(back).predict_table(&rows), ours);
        assert_eq!(ours.rows(), 50);
    }
}

/// A quarter of the log-odds of each of so many models, and half a unit.
fn stack(models: usize, folds: u32) -> Stack {
    let linear = json!({"link": "Logistic", "intercepts": [0.5],
                        "coefficients": vec![0.25; models]});
    let form = json!({"mean": 0.0, "std": 1.0, "folds": folds, "model": {"Linear": linear}});
    serde_json::from_value(form).unwrap()
}

#[test]
fn a_stack_is_kept_and_answers() {
    let mut file = model(Task::Binary);
    let mean = Predictor::new(file.clone()).predict_table(&table(50));
    let members = file.members.len();
    file.stack = Some(stack(members, 2));
    let bytes = file.to_bytes();
    assert_eq!(
        bytes[8..12],
        2_u32.to_le_bytes(),
        "what older programs cannot read"
    );
    let back = ModelFile::from_bytes(&bytes).unwrap();
    assert!(back.to_bytes() == bytes);
    let stacked = Predictor::new(back).predict_table(&table(50));
    let gaps = stacked.values.iter().zip(&mean.values);
    assert!(gaps.clone().any(|(a, b)| (a - b).abs() > 1e-3));
    assert!(stacked.values.iter().all(|p| (0.0..=1.0).contains(p)));

    for wrong in [
        stack(members + 1, 2),
        stack(members, 0),
        stack(members, 1_000),
    ] {
        file.stack = Some(wrong);
        let error = ModelFile::from_bytes(&file.to_bytes()).unwrap_err();
        assert!(matches!(error, ArtefactError::Model(_)), "{error}");
    }
}

#[test]
fn a_stack_is_asked_fold_by_fold() {
    let mut file = model(Task::Binary);
    file.members.retain(|member| member.view == View::Dense);
    let members = file.members.len();
    let other = |place: usize| file.members[(place + 1) % members].folds[0].clone();
    let others: Vec<_> = (0..members).map(other).collect();
    let said = |folds: &[usize], of: u32| {
        let mut file = file.clone();
        for (member, other) in file.members.iter_mut().zip(&others) {
            let fits = [member.folds[0].clone(), other.clone()];
            member.folds = folds.iter().map(|&fold| fits[fold].clone()).collect();
        }
        file.stack = Some(stack(members, of));
        Predictor::new(file).predict_table(&table(40)).values
    };
    let (first, second) = (said(&[0], 1), said(&[1], 1));
    // The third fit is of the first fold of another cut.
    for both in [said(&[0, 1], 2), said(&[0, 1, 0, 1], 2)] {
        let halves = first.iter().zip(&second).map(|(a, b)| (a + b) / 2.0);
        for (both, half) in both.iter().zip(halves) {
            assert!((both - half).abs() < 1e-12, "{both} {half}");
        }
    }
    assert_ne!(first, second);
}

#[test]
fn records_are_answered_by_label() {
    let predictor = Predictor::new(model(Task::Binary));
    let records = records(json!([
        {"age": 58, "town": "Nice"}, {"age": 21, "town": "Atlantis", "shoe": 44},
        {"age": null, "town": null}
    ]));
    let (answers, notes) = predictor.predict_records(&records).unwrap();
    let Predicted::Class {
        label,
        index,
        probabilities,
    } = &answers[0]
    else {
        panic!("{:?}", answers[0]);
    };
    assert_eq!((label.as_str(), *index), (">50K", 1));
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert_eq!(notes.unknown_columns.len() + notes.unseen_levels.len(), 2);
    assert_eq!(answers.len(), 3);
    let fields = predictor.fields();
    assert_eq!(fields[1].levels.len(), 3);
    assert!(fields[0].required && !fields[1].required);

    let predictor = Predictor::new(model(Task::Regression));
    let (answers, _) = predictor.predict_records(&records).unwrap();
    assert!(matches!(answers[0], Predicted::Value(age) if (20.0..60.0).contains(&age)));
}

#[test]
fn a_record_is_answered_in_microseconds() {
    let mut file = model(Task::Binary);
    file.members.retain(|member| member.algorithm == "logistic");
    let predictor = Predictor::new(file);
    let records = records(json!([{"age": 58, "town": "Nice"}]));
    let started = std::time::Instant::now();
    for _ in 0..1000 {
        predictor.predict_records(&records).unwrap();
    }
    let micros = started.elapsed().as_micros() / 1000;
    assert!(micros < 100, "{micros} us");
}

#[test]
fn contradictions_are_found() {
    let wrong = |change: fn(&mut ModelFile)| {
        let mut file = model(Task::Binary);
        change(&mut file);
        let error = ModelFile::from_bytes(&file.to_bytes()).unwrap_err();
        assert!(matches!(error, ArtefactError::Model(_)), "{error}");
    };
    wrong(|file| file.members.clear());
    wrong(|file| file.members[0].weight = f64::NAN);
    wrong(|file| file.members[0].folds.clear());
    wrong(|file| file.positive = Some(2));
    wrong(|file| file.recipe = model(Task::Regression).recipe);
    wrong(|file| {
        let view = file.members[0].view;
        file.members
            .iter_mut()
            .filter(|m| m.view != view)
            .for_each(|m| m.view = view);
    });
}

/// The envelope around any content, with a true checksum.
fn envelope(content: &[u8]) -> Vec<u8> {
    let body = zstd::bulk::compress(content, 1).unwrap();
    let mut bytes = b"MLMODEL\x1a".to_vec();
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend((content.len() as u64).to_le_bytes());
    let sum = Sha256::new()
        .chain_update(&bytes)
        .chain_update(&body)
        .finalize();
    bytes.extend(sum);
    bytes.extend(body);
    bytes
}

#[test]
fn an_enemy_gets_an_error() {
    let mut good = model(Task::Binary);
    good.stack = Some(stack(good.members.len(), 2));
    let good = good.to_bytes();
    let content = zstd::stream::decode_all(&good[52..]).unwrap();
    assert!(ModelFile::from_bytes(&envelope(&content)).is_ok());
    let rows = table(4);
    let attack = |content: &[u8]| {
        // What passes all checks must also answer without a panic.
        if let Ok(file) = ModelFile::from_bytes(&envelope(content)) {
            let _ = Predictor::new(file).predict_table(&rows);
        }
    };
    for cut in (0..content.len()).step_by(content.len() / 200) {
        assert!(ModelFile::from_bytes(&envelope(&content[..cut])).is_err());
    }
    let mut longer = content.clone();
    longer.push(0);
    assert!(ModelFile::from_bytes(&envelope(&longer)).is_err());
    for attempt in 0..1500 {
        let mut bad = content.clone();
        for flip in 0..1 + attempt % 3 {
            // Half of the flips hit the first kilobyte, where counts and names are.
            let room = if attempt % 2 == 0 { 1000 } else { bad.len() };
            let place = (noise(attempt, flip as u64) * room as f64) as usize;
            bad[place] = (noise(attempt, 100 + flip as u64) * 256.0) as u8;
        }
        attack(&bad);
    }
    for length in 0..200 {
        let random: Vec<u8> = (0..length)
            .map(|i| (noise(i, length as u64) * 256.0) as u8)
            .collect();
        attack(&random);
        assert!(ModelFile::from_bytes(&random).is_err());
    }
}
