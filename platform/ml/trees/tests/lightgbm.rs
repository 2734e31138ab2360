//! The trees of LightGBM 4.7 models, taken over node by node, have the raw scores and the
//! contributions that LightGBM gives them (`vectors/contributions.py` says how they were made).

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::VecDeque;

use serde_json::{Value, json};
use trees::{Column, Features, Threads, TreeEnsemble};

/// What a stored node says in the bits above its column's number.
const LEAF: u64 = 1 << 31;
const MISSING_LEFT: u64 = 1 << 30;
const LEVELS: u64 = 1 << 29;

/// 2⁵²: a stored node on a categorical column has this plus the number of its level set where
/// other nodes have their threshold.
const SET_BASE: f64 = 4_503_599_627_370_496.0;

/// Both sides add the same numbers, perhaps in another order.
const TOLERANCE: f64 = 1e-9;

#[test]
fn models_taken_over_from_lightgbm_say_the_same_of_rows() {
    let vectors: Value = serde_json::from_str(include_str!("vectors/contributions.json")).unwrap();
    let columns: Vec<Vec<f64>> = list(&vectors["X"]).iter().map(numbers).collect();
    let levels: Vec<u32> = numbers(&vectors["levels"])
        .into_iter()
        .map(|levels| levels as u32)
        .collect();
    let views = columns.iter().zip(&levels);
    let views = views.map(|(values, &levels)| match levels {
        0 => Column::numeric(values),
        levels => Column::categorical(values, levels),
    });
    let table = Features::new(views.collect()).unwrap();
    let (rows, group, threads) = (table.rows(), levels.len() + 1, Threads::single());
    let models = list(&vectors["models"]);
    assert_eq!(models.len(), 2);
    for case in models {
        let model = ensemble(case, &levels);
        let mut raw = vec![0.0; rows];
        model.predict_raw_into(&table, &threads, &mut raw).unwrap();
        let mut contributions = vec![0.0; rows * group];
        model
            .contributions(&table, &threads, &mut contributions)
            .unwrap();

        let (their_raw, theirs) = (numbers(&case["raw"]), list(&case["contributions"]));
        assert_eq!((their_raw.len(), theirs.len()), (rows, rows));
        for (row, ours) in contributions.chunks(group).enumerate() {
            let of = format!("{}, row {row}", case["objective"]);
            let size = their_raw[row].abs();
            let same = (raw[row] - their_raw[row]).abs() <= TOLERANCE * size;
            assert!(same, "{of}: score {} and {}", raw[row], their_raw[row]);

            let theirs = numbers(&theirs[row]);
            assert_eq!(theirs.len(), group);
            // The last of a group is the expected score.
            for (column, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                let same = (ours - theirs).abs() <= TOLERANCE;
                assert!(same, "{of}, column {column}: {ours} and {theirs}");
            }
            let sum: f64 = ours.iter().sum();
            let same = (sum - raw[row]).abs() <= TOLERANCE;
            assert!(same, "{of}: the sum {sum} and the score {}", raw[row]);
        }
    }
}

/// A model of LightGBM as ours, by way of the stored form.
fn ensemble(case: &Value, levels: &[u32]) -> TreeEnsemble {
    let mut parts = Parts::default();
    list(&case["trees"])
        .iter()
        .for_each(|tree| parts.push(tree));
    let objective = match case["objective"].as_str().unwrap() {
        "binary" => "Binary",
        "regression" => "Squared",
        other => panic!("{other}"),
    };
    let gains = vec![0.0; parts.nodes.len()];
    // Each code is its own bin.
    let level_bins: Vec<Vec<u32>> = levels.iter().map(|&n| (0..n).collect()).collect();
    let stored = json!({
        "origin": { "Boosted": { "objective": objective } },
        "features": levels.len(),
        // LightGBM has added the scores before the first tree to that tree's leaves.
        "init": [0.0],
        "starts": parts.starts,
        "nodes": parts.nodes,
        "gains": gains,
        "covers": parts.covers,
        "values": parts.values,
        "level_bins": level_bins,
        "level_sets": parts.level_sets,
    });
    serde_json::from_value(stored).unwrap()
}

/// The parts of a stored ensemble that its trees fill.
#[derive(Default)]
struct Parts {
    starts: Vec<usize>,
    nodes: Vec<Value>,
    covers: Vec<u64>,
    values: Vec<f64>,
    level_sets: Vec<[u64; 4]>,
}

impl Parts {
    /// Appends a tree, level by level: siblings become neighbours, and follow their parent.
    fn push(&mut self, tree: &Value) {
        self.starts.push(self.nodes.len());
        let mut open = VecDeque::from([tree]);
        // Where the next children will be, counted from the tree's first node.
        let mut child = 1;
        while let Some(node) = open.pop_front() {
            if node.get("leaf_value").is_some() {
                self.leaf(node);
                continue;
            }
            self.split(node, child);
            child += 2;
            open.push_back(&node["left_child"]);
            open.push_back(&node["right_child"]);
        }
    }

    fn leaf(&mut self, leaf: &Value) {
        self.node(0.0, LEAF, self.values.len(), &leaf["leaf_count"]);
        self.values.push(number(&leaf["leaf_value"]));
    }

    fn split(&mut self, split: &Value, child: usize) {
        let (threshold, flag) = match split["decision_type"].as_str().unwrap() {
            "==" => {
                let set = level_set(split["threshold"].as_str().unwrap());
                self.level_sets.push(set);
                (SET_BASE + (self.level_sets.len() - 1) as f64, LEVELS)
            }
            "<=" => {
                let threshold = number(&split["threshold"]);
                let missing_left = match split["missing_type"].as_str().unwrap() {
                    "NaN" => split["default_left"].as_bool().unwrap(),
                    // Where nothing was missing in training, LightGBM takes zero for it.
                    "None" => threshold >= 0.0,
                    other => panic!("{other}"),
                };
                (threshold, if missing_left { MISSING_LEFT } else { 0 })
            }
            other => panic!("{other}"),
        };
        let column = split["split_feature"].as_u64().unwrap();
        self.node(threshold, column | flag, child, &split["internal_count"]);
    }

    /// `child` is the left child, or in a leaf the number of its value.
    fn node(&mut self, threshold: f64, column: u64, child: usize, cover: &Value) {
        self.nodes
            .push(json!({ "threshold": threshold, "column": column, "child": child }));
        self.covers.push(cover.as_u64().unwrap());
    }
}

/// The bins of codes that are written as `0||3||5`. What is missing or unknown has a bin without
/// code, and so goes right, as in LightGBM.
fn level_set(codes: &str) -> [u64; 4] {
    let mut set = [0u64; 4];
    for code in codes.split("||") {
        let code: usize = code.parse().unwrap();
        set[code / 64] |= 1u64 << (code % 64);
    }
    set
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
