//! The fitted network: numbers as places between quantiles, and a multilayer perceptron.

use super::model::{Mlp, rows_of};
use crate::features::Features;
use crate::model::{Model, ModelError};
use serde::{Deserialize, Serialize};

/// Rows that quantiles are taken of at most: more hardly move them.
const MOST_ROWS: usize = 20_000;
/// Rows that are encoded together.
const BLOCK: usize = 1_024;

/// Numbers as places between quantiles (Gorishniy, Rubachev & Babenko 2022, "On embeddings for
/// numerical features in tabular deep learning": piecewise linear encoding). A network bends slowly
/// where the numbers lie close together; between quantiles it bends at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// Rising edges for every column; none for one that is no number.
    pub edges: Vec<Vec<f32>>,
}

/// A fitted network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Before the first layer.
    pub bins: Bins,
    /// The layers.
    pub mlp: Mlp,
}

impl Bins {
    /// Edges at quantiles of these rows; `most` says how many bins each of so many numbers may have.
    pub(super) fn of(rows: &[f32], columns: usize, most: impl Fn(usize) -> usize) -> Self {
        let every = (rows.len() / columns.max(1)).div_ceil(MOST_ROWS).max(1) * columns;
        let values = |column| rows.iter().skip(column).step_by(every).copied();
        let is_number: Vec<bool> = (0..columns).map(|c| !is_flag(values(c))).collect();
        let most = most(is_number.iter().filter(|number| **number).count());
        let edges = is_number.iter().enumerate().map(|(column, number)| {
            if !number {
                return Vec::new();
            }
            let mut sorted: Vec<f32> = values(column).collect();
            sorted.sort_by(f32::total_cmp);
            quantiles(&sorted, most)
        });
        Self {
            edges: edges.collect(),
        }
    }

    /// Numbers that a row becomes.
    pub(super) fn width(&self) -> usize {
        self.edges.iter().map(|edges| edges.len().max(1)).sum()
    }

    /// Appends what these rows become: each value, and how far it is through each bin.
    pub(super) fn extend(&self, rows: &[f32], out: &mut Vec<f32>) {
        for row in rows.chunks_exact(self.edges.len().max(1)) {
            for (value, edges) in row.iter().zip(&self.edges) {
                out.push(*value);
                let bins = edges.windows(2);
                out.extend(bins.map(|bin| ((value - bin[0]) / (bin[1] - bin[0])).clamp(0.0, 1.0)));
            }
        }
    }

    fn validate(&self) -> Result<(), ModelError> {
        let rising = |edges: &Vec<f32>| {
            edges.len() != 1
                && edges.iter().all(|edge| edge.is_finite())
                && edges.windows(2).all(|bin| bin[0] < bin[1])
        };
        ModelError::unless(self.edges.iter().all(rising), "bins that do not rise")
    }
}

/// Whether there are no three values.
fn is_flag(mut values: impl Iterator<Item = f32>) -> bool {
    let first = values.next();
    let second = values.find(|value| Some(*value) != first);
    second.is_none_or(|second| values.all(|value| Some(value) == first || value == second))
}

/// Rising quantiles; none where there is no bin between them.
fn quantiles(sorted: &[f32], most: usize) -> Vec<f32> {
    let last = sorted.len().saturating_sub(1);
    let places = (0..=most).map(|place| place * last / most.max(1));
    let mut edges: Vec<f32> = places
        .filter_map(|place| sorted.get(place).copied())
        .collect();
    edges.dedup();
    if edges.len() < 2 {
        edges.clear();
    }
    edges
}

impl Model for Network {
    fn outputs(&self) -> usize {
        self.mlp.outputs()
    }

    fn columns(&self) -> Option<usize> {
        Some(self.bins.edges.len())
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        let (rows, outputs) = (rows_of(features), self.outputs());
        let block = BLOCK * features.cols().max(1);
        let mut inputs = Vec::new();
        for (rows, out) in rows.chunks(block).zip(out.chunks_mut(BLOCK * outputs)) {
            inputs.clear();
            self.bins.extend(rows, &mut inputs);
            self.mlp.answer_rows(&inputs, out);
        }
    }

    fn row_nanoseconds(&self) -> f64 {
        self.mlp.row_nanoseconds()
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.mlp.validate()?;
        self.bins.validate()?;
        let fits = self.mlp.columns() == Some(self.bins.width());
        ModelError::unless(fits, "bins that do not fit the first layer")
    }
}
