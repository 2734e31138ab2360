//! Whatever a table holds, it is learned from and answered for, or refused with words.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may stop at a surprise"
)]

use domain::profile::ColumnKind;
use domain::study::{ParamValue, Params};
use domain::task::Task;
use ml::artefact::{Member, ModelFile, Predictor, Provenance};
use ml::features::{Predictions, Target};
use ml::fit::{Fit, FitContext, FitData, FitError, Flow, fit};
use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn};
use ml::registry::{Algorithm, algorithms};
use ml::split::folds;
use ml::table::{Column, Table};
use proptest::prelude::*;

const TARGET: &str = "answer";
const FOLDS: u32 = 3;

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -100.0..100.0_f64,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1e300, -1e300, 1.7e308, 5e-324, -1e-310,
        ]),
    ]
}

fn word(levels: u32) -> impl Strategy<Value = String> {
    (0..levels).prop_map(|level| match level {
        0 => String::new(),
        level => format!("word {level}"),
    })
}

/// A column of so many rows, and what it is taken for.
fn column(rows: usize) -> impl Strategy<Value = (ColumnKind, Column)> {
    let numbers = prop::collection::vec(number(), rows)
        .prop_map(|values| (ColumnKind::Numeric, Column::Numeric(values)));
    let same =
        number().prop_map(move |value| (ColumnKind::Numeric, Column::Numeric(vec![value; rows])));
    let days = prop::collection::vec(number(), rows)
        .prop_map(|values| (ColumnKind::Datetime, Column::Numeric(values)));
    let words = prop::sample::select(vec![1_u32, 2, 5, 1_000])
        .prop_flat_map(move |levels| prop::collection::vec(word(levels), rows))
        .prop_map(|words| {
            let words = Column::words(words.iter().map(String::as_str));
            (ColumnKind::Categorical, words)
        });
    prop_oneof![3 => numbers, 1 => same, 1 => days, 3 => words]
}

/// What is learned: classes of which some may be rare or missing in a fold, or odd numbers.
fn answers(rows: usize) -> impl Strategy<Value = (Task, Column, Vec<String>)> {
    let names = |count: u32| (0..count).map(|class| format!("class {class}")).collect();
    let classes = move |task, count: u32, rare: u32| {
        let codes = prop::collection::vec(0..count * rare, rows);
        codes.prop_map(move |codes| {
            let name = |code: &u32| format!("class {}", if *code < count { *code } else { 0 });
            let words: Vec<String> = codes.iter().map(name).collect();
            let column = Column::words(words.iter().map(String::as_str));
            (task, column, names(count))
        })
    };
    let numbers = prop::collection::vec(number(), rows).prop_map(|values| {
        let finite = values
            .into_iter()
            .map(|v| if v.is_finite() { v } else { 1.0 });
        (
            Task::Regression,
            Column::Numeric(finite.collect()),
            Vec::new(),
        )
    });
    prop_oneof![
        classes(Task::Binary, 2, 1),
        classes(Task::Binary, 2, 20),
        classes(Task::Multiclass, 5, 1),
        classes(Task::Multiclass, 5, 10),
        numbers,
    ]
}

#[derive(Clone, Debug)]
struct Case {
    task: Task,
    classes: Vec<String>,
    kinds: Vec<ColumnKind>,
    table: Table,
}

fn case() -> impl Strategy<Value = Case> {
    // Few rows find odd corners; many have a thousand levels.
    prop_oneof![6 => 12..90_usize, 1 => 1_100..1_400_usize].prop_flat_map(|rows| {
        let columns = prop::collection::vec(column(rows), 1..5);
        (columns, any::<bool>(), answers(rows)).prop_map(|(mut columns, twin, answer)| {
            if twin {
                columns.push(columns[0].clone());
            }
            let (task, target, classes) = answer;
            let mut names: Vec<String> = (0..columns.len()).map(|i| format!("c{i}")).collect();
            names.push(TARGET.to_owned());
            let (kinds, mut columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
            columns.push(target);
            let table = Table::new(names, columns).unwrap();
            Case {
                task,
                classes,
                kinds,
                table,
            }
        })
    })
}

fn recipe(case: &Case) -> Recipe {
    let names = case.table.names.iter().zip(&case.kinds);
    let columns = names.map(|(name, kind)| SchemaColumn::new(name, *kind));
    let spec = RecipeSpec {
        schema: Schema {
            columns: columns.collect(),
        },
        target: TARGET.to_owned(),
        task: case.task,
        classes: case.classes.clone(),
        seed: 3,
    };
    Recipe::fit(&case.table, &spec).unwrap()
}

/// Few and narrow rounds: what is asked here is not how good they are.
fn params(algorithm: &Algorithm) -> Params {
    let names: &[(&str, i64)] = match algorithm.name {
        "gradient_boosting" | "random_forest" | "extra_trees" => &[("n_estimators", 4)],
        "mlp" => &[("width", 4), ("epochs", 2)],
        _ => &[],
    };
    let with =
        |params: Params, (name, value): &(&str, i64)| params.with(name, ParamValue::Int(*value));
    names.iter().fold(Params::default(), with)
}

/// What is fitted for a task: every algorithm as it stands, and trees that see levels as numbers.
fn forms(task: Task) -> Vec<(&'static Algorithm, Params)> {
    let known = algorithms().iter();
    let known = known.filter(|known| known.tasks.contains(&task));
    let mut forms: Vec<_> = known.map(|known| (known, params(known))).collect();
    let boosting = forms
        .iter()
        .find(|(known, _)| known.name == "gradient_boosting");
    let (boosting, params) = boosting.unwrap().clone();
    let target = ParamValue::Text("target".to_owned());
    forms.push((boosting, params.with("categorical_encoding", target)));
    forms
}

fn learn(
    algorithm: &Algorithm,
    params: &Params,
    case: &Case,
    recipe: &Recipe,
    target: &Target,
) -> Result<Fit, FitError> {
    let fold_of = folds(target, FOLDS, 1);
    let rows = 0..target.len() as u32;
    let (valid, train): (Vec<u32>, Vec<u32>) = rows.partition(|row| fold_of[*row as usize] == 0);
    let x = recipe.features(&case.table, algorithm.view);
    let (x_train, y_train) = (x.take(&train), target.take(&train));
    let (x_valid, y_valid) = (x.take(&valid), target.take(&valid));
    let data = FitData {
        valid: Some((&x_valid, &y_valid)),
        ..FitData::new(&x_train, &y_train)
    };
    let mut on_round = |_| Flow::Continue;
    let mut context = FitContext::new(5, case.task.default_metric(), &mut on_round);
    fit(algorithm.name, &data, params, &mut context)
}

/// The answers of the model as it is stored and read again.
fn served(
    algorithm: &Algorithm,
    params: Params,
    case: &Case,
    recipe: &Recipe,
    fitted: Fit,
) -> Predictions {
    let file = ModelFile {
        task: case.task,
        target: TARGET.to_owned(),
        classes: case.classes.clone(),
        positive: (case.task == Task::Binary).then_some(1),
        members: vec![Member {
            weight: 1.0,
            algorithm: algorithm.name.to_owned(),
            params,
            view: algorithm.view,
            folds: vec![fitted.model],
        }],
        stack: None,
        metrics: [].into(),
        provenance: Provenance::default(),
        recipe: recipe.clone(),
    };
    let read = ModelFile::from_bytes(&file.to_bytes()).unwrap();
    Predictor::new(read).predict_table(&case.table)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_table_is_learned_from_or_refused_with_words(case in case()) {
        let recipe = recipe(&case);
        let target = recipe.target(&case.table).unwrap();
        let metric = case.task.default_metric();
        for (algorithm, params) in forms(case.task) {
            let fitted = match learn(algorithm, &params, &case, &recipe, &target) {
                Ok(fitted) => fitted,
                Err(error @ (FitError::Data { .. } | FitError::Library { .. })) => {
                    prop_assert!(error.to_string().len() > 20, "{}: {error}", algorithm.name);
                    continue;
                }
                Err(error) => return Err(TestCaseError::fail(format!("{}: {error}", algorithm.name))),
            };
            let said = served(algorithm, params, &case, &recipe, fitted);
            prop_assert_eq!(said.rows(), target.len());
            prop_assert!(said.values.iter().all(|value| value.is_finite()), "{}", algorithm.name);
            if case.task != Task::Regression {
                for row in 0..said.rows() {
                    let sum: f64 = said.row(row).iter().sum();
                    prop_assert!((sum - 1.0).abs() < 1e-6, "{}: {:?}", algorithm.name, said.row(row));
                }
            }
            // Defined or not, it is no panic.
            ml::metrics::score(metric, &target, &said, 1).ok();
        }
    }
}
