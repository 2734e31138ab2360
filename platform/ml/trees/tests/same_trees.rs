//! Boosters of LightGBM 4.7 and ours on the same bins: the same trees where both mean the same,
//! and as good where they do not (`vectors/same_trees.py` says how the values were made).

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod common;

use common::*;
use serde_json::{Map, Value};
use trees::*;

/// Of a prediction, or of its share where it is above one. LightGBM keeps gradients in single
/// precision, we in fixed point.
const TOLERANCE: f64 = 1e-6;

/// What a parameter must move some prediction by, or its case proves nothing.
const VISIBLE: f64 = 1e-3;

#[test]
fn all_predictions_are_those_of_lightgbm() {
    let vectors = vectors();
    let mut wrong = Vec::new();
    for case in list(&vectors["same"]) {
        let theirs = numbers(&case["p"]);
        let apart = |given: &Map<String, Value>| {
            let table = table(&vectors, case, given);
            let model = table.boost(&params(given, &vectors), 1, 1);
            let told: Vec<usize> = (0..table.rows()).step_by(5).collect();
            let ours = table.select(&told).predict(&model);
            assert_eq!(ours.len(), theirs.len());
            let pairs = ours.iter().zip(&theirs);
            pairs.fold(0f64, |most, (a, b)| {
                most.max((a - b).abs() / b.abs().max(1.0))
            })
        };
        let given = given(&vectors, case);
        let name = format!("{} {} {}", case["table"], case["objective"], case["params"]);
        let most = apart(&given);
        println!("{name}: {most:.1e}");
        if most >= TOLERANCE {
            wrong.push(format!("{name}: {most}"));
        }
        // With any one of its parameters left as it was, the case must fail.
        for (parameter, without) in each_left_out(&vectors, case, &given) {
            let most = apart(&without);
            if most <= VISIBLE {
                wrong.push(format!("{name} without {parameter}: {most}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_our_own_is_as_good() {
    let vectors = vectors();
    let mut wrong = Vec::new();
    for case in list(&vectors["alike"]) {
        let excess = |given: &Map<String, Value>| {
            let loss = over_folds(&table(&vectors, case, given), &params(given, &vectors));
            loss / number(&case["score"]) - 1.0
        };
        let given = given(&vectors, case);
        let ours = excess(&given);
        println!("{case}: {:+.2} %", ours * 1e2);
        if ours >= 0.01 {
            wrong.push(format!("{case}: {ours}"));
        }
        for (parameter, without) in each_left_out(&vectors, case, &given) {
            if (excess(&without) - ours).abs() <= VISIBLE {
                wrong.push(format!("{case} without {parameter}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/same_trees.json")).unwrap()
}

/// All parameters of a case: the base, and its own.
fn given(vectors: &Value, case: &Value) -> Map<String, Value> {
    let mut all = vectors["base"].as_object().unwrap().clone();
    all.extend(case["params"].as_object().unwrap().clone());
    all.insert("objective".into(), case["objective"].clone());
    all
}

/// A case's parameters, each time less one of its own.
fn each_left_out(
    vectors: &Value,
    case: &Value,
    given: &Map<String, Value>,
) -> Vec<(String, Map<String, Value>)> {
    let own = case["params"].as_object().unwrap().keys();
    let less = |parameter: &String| {
        let mut without = given.clone();
        match vectors["base"].get(parameter) {
            Some(base) => without.insert(parameter.clone(), base.clone()),
            None => without.remove(parameter),
        };
        (parameter.clone(), without)
    };
    own.map(less).collect()
}

fn table(vectors: &Value, case: &Value, given: &Map<String, Value>) -> Table {
    let table = &vectors["tables"][case["table"].as_str().unwrap()];
    let levels = numbers(&table["levels"]);
    Table {
        columns: list(&table["X"]).iter().map(numbers).collect(),
        levels: levels.into_iter().map(|levels| levels as u32).collect(),
        y: numbers(&table["targets"][case["target"].as_str().unwrap()]),
        weights: given
            .contains_key("weights")
            .then(|| numbers(&table["weights"])),
    }
}

/// LightGBM's parameters as ours.
fn params(given: &Map<String, Value>, vectors: &Value) -> BoostParams {
    let or = |name: &str, default: f64| given.get(name).map_or(default, number);
    let whole = |name: &str, default: usize| or(name, default as f64) as usize;
    let mut params = BoostParams::new(match given["objective"].as_str().unwrap() {
        "regression" => Objective::Squared,
        "regression_l1" => Objective::Absolute,
        "quantile" => Objective::Quantile {
            alpha: or("alpha", 0.9),
        },
        "binary" => Objective::Binary,
        "multiclass" => Objective::Multiclass { classes: 3 },
        "poisson" => Objective::Poisson,
        "tweedie" => Objective::Tweedie {
            power: or("tweedie_variance_power", 1.5),
        },
        other => panic!("{other}"),
    });
    params.n_estimators = vectors["rounds"].as_u64().unwrap() as usize;
    params.learning_rate = number(&given["learning_rate"]);
    params.boost_from_average = given.get("boost_from_average") != Some(&Value::Bool(false));
    let tree = &mut params.tree;
    tree.max_leaves = whole("num_leaves", 31);
    tree.max_depth = given.get("max_depth").map(|depth| number(depth) as usize);
    // Without limit in LightGBM; a child of ours has a row.
    tree.min_child_samples = whole("min_data_in_leaf", 20).max(1);
    tree.min_child_weight = or("min_sum_hessian_in_leaf", 1e-3);
    tree.lambda_l1 = or("lambda_l1", 0.0);
    tree.lambda_l2 = or("lambda_l2", 0.0);
    tree.min_split_gain = or("min_gain_to_split", 0.0);
    if let Some(constraints) = given.get("monotone_constraints") {
        tree.monotone_constraints = numbers(constraints).iter().map(|&c| c as i8).collect();
    }
    let categorical = &mut params.categorical;
    categorical.cat_smooth = or("cat_smooth", 10.0);
    categorical.cat_l2 = or("cat_l2", 10.0);
    categorical.max_cat_threshold = whole("max_cat_threshold", 32);
    // LightGBM counts a bin for what is missing as a level.
    categorical.max_cat_to_onehot = whole("max_cat_to_onehot", 4) - 1;
    categorical.min_data_per_group = whole("min_data_per_group", 100);
    params
}

/// The mean loss over ten folds, each told by a model that did not see it.
fn over_folds(table: &Table, params: &BoostParams) -> f64 {
    let fold = |fold: usize| {
        let (told, seen): (Vec<_>, Vec<_>) = (0..table.rows()).partition(|row| row % 10 == fold);
        let model = table.select(&seen).boost(params, 1, 1);
        let told = table.select(&told);
        loss(params.objective, &told, &told.predict(&model))
    };
    (0..10).map(fold).sum::<f64>() / 10.0
}

/// Logarithmic loss, pinball loss or root of the squared error.
fn loss(objective: Objective, table: &Table, p: &[f64]) -> f64 {
    let mean = |loss: &dyn Fn(&[f64], f64) -> f64| {
        let (mut sum, mut total) = (0.0, 0.0);
        let rows = p.chunks(p.len() / table.rows()).zip(&table.y);
        for (row, (p, &y)) in rows.enumerate() {
            let weight = table.weights.as_ref().map_or(1.0, |weights| weights[row]);
            sum += weight * loss(p, y);
            total += weight;
        }
        sum / total
    };
    let pinball = |alpha: f64| mean(&|p, y| (alpha * (y - p[0])).max((alpha - 1.0) * (y - p[0])));
    match objective {
        Objective::Binary => mean(&|p, y| -(y * p[0] + (1.0 - y) * (1.0 - p[0])).ln()),
        Objective::Multiclass { .. } => mean(&|p, y| -p[y as usize].ln()),
        Objective::Absolute => pinball(0.5),
        Objective::Quantile { alpha } => pinball(alpha),
        _ => mean(&|p, y| (p[0] - y).powi(2)).sqrt(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

/// `null` is missing.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
