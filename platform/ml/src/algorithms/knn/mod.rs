//! k nearest neighbours (Cover & Hart 1967): the answer is the mean over the k training rows
//! closest in the dense view.
//!
//! For classes the shares of all training rows count as a tenth of a neighbour. It changes no
//! ranking of rows, but no class is ever impossible because k neighbours happen not to have it.

mod search;
#[cfg(test)]
mod tests;

use crate::features::{Features, Target};
use crate::fit::{Fit, FitContext, FitData, FitError, Reader};
use crate::model::{FittedModel, Model, ModelError};
use crate::recipe::View;
use crate::registry::{ANY_ROWS, Algorithm, Facts, int, visits, words};
use domain::study::{ParamValue, Params, Space};
use domain::task::Task;
use search::Search;
use serde::{Deserialize, Serialize};

const NAME: &str = "knn";

/// Stored numbers, at most: a prediction reads them all.
const MAX_CELLS: usize = 1_000_000;

/// What the class shares of all training rows count, in neighbours.
const PRIOR: f64 = 0.1;

/// The registry's row.
pub const ALGORITHM: Algorithm = Algorithm {
    name: NAME,
    title: "k nearest neighbours",
    tasks: Task::ALL,
    view: View::Dense,
    interruptible: false,
    planned: false,
    weights: false,
    space: |facts| {
        let most = (facts.rows / 2).clamp(2, 200) as i64;
        Space(vec![
            int("k", 1, most, true),
            words("weights", &["uniform", "distance"]),
        ])
    },
    portfolio,
    cost: |rows, columns, _, _| {
        // To be stored costs nothing; to be scored, every stored number is read for each row. Reading
        // in a row is four times as fast as what else is called a visit.
        visits(&[rows, columns, rows.div_ceil(4)])
    },
    max_rows: Some(20_000),
    max_cells: Some(MAX_CELLS),
    useful_rows: ANY_ROWS,
    most_classes: usize::MAX,
    fit,
};

/// About √n/4: few for small tables, never more than noise needs.
fn default_k(rows: usize) -> usize {
    (rows.isqrt() / 4).clamp(5, 40)
}

fn portfolio(facts: &Facts) -> Vec<Params> {
    let k = default_k(facts.rows) as i64;
    let params = |k: i64, weights: &str| {
        Params::default()
            .with("k", ParamValue::Int(k))
            .with("weights", ParamValue::Text(weights.to_owned()))
    };
    vec![params(k, "distance"), params(3 * k, "distance")]
}

/// Training rows, and how many of them answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// Neighbours that are asked.
    pub k: u32,
    /// Whether they count by the inverse of their distance.
    pub by_distance: bool,
    /// Columns of a row.
    pub columns: u32,
    /// The rows' values, column after column.
    pub points: Vec<f32>,
    /// What each row answers.
    pub answers: Answers,
}

/// The targets of stored rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answers {
    /// Classes.
    Classes {
        /// One a row.
        codes: Vec<u32>,
        /// The share of each class in training.
        prior: Vec<f64>,
    },
    /// Numbers, one a row.
    Values(Vec<f64>),
}

impl Answers {
    fn len(&self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Values(values) => values.len(),
        }
    }
}

/// Parameters `k`: neighbours, by the number of rows unless given; `weights`: `distance` for the
/// inverse of the distance, or `uniform`.
fn fit(data: &FitData<'_>, params: &Params, _: &mut FitContext<'_>) -> Result<Fit, FitError> {
    let mut read = Reader::new(NAME, params);
    let (x, y) = data.train;
    let k = read.int("k", default_k(x.rows()), 1..=10_000)?;
    let weights = read.choice("weights", &["distance", "uniform"])?;
    read.finish()?;
    let points = x.columns.iter().flatten().map(|value| *value as f32);
    let answers = match y {
        Target::Values(values) => Answers::Values(values.clone()),
        Target::Classes { codes, count } => {
            let mut prior = vec![0.0; *count];
            let share = 1.0 / codes.len() as f64;
            codes.iter().for_each(|code| prior[*code as usize] += share);
            let codes = codes.clone();
            Answers::Classes { codes, prior }
        }
    };
    Ok(Fit {
        model: FittedModel::Neighbours(Neighbours {
            k: k.min(x.rows()) as u32,
            by_distance: weights == "distance",
            columns: x.cols() as u32,
            points: points.collect(),
            answers,
        }),
        rounds: 1,
        visits: (ALGORITHM.cost)(x.rows(), x.cols(), y.outputs(), params),
        stopped: None,
        watched: None,
    })
}

impl Model for Neighbours {
    fn outputs(&self) -> usize {
        match &self.answers {
            Answers::Classes { prior, .. } => prior.len(),
            Answers::Values(_) => 1,
        }
    }

    fn columns(&self) -> Option<usize> {
        Some(self.columns as usize)
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        let mut search = Search::new(&self.points, self.answers.len(), self.k as usize);
        let mut row = vec![0.0; self.columns as usize];
        for (index, out) in out.chunks_exact_mut(self.outputs()).enumerate() {
            for (cell, column) in row.iter_mut().zip(&features.columns) {
                *cell = column[index] as f32;
            }
            out.fill(0.0);
            let nearest = search.nearest(&row);
            // Rows at distance zero say everything; else each weighs 1/d.
            let exact = nearest.first().is_some_and(|(square, _)| *square == 0.0);
            let weight = |square: f32| match (self.by_distance, exact) {
                (false, _) => 1.0,
                (true, true) => f64::from(u8::from(square == 0.0)),
                (true, false) => 1.0 / f64::from(square).sqrt(),
            };
            let sum: f64 = nearest.iter().map(|(square, _)| weight(*square)).sum();
            let shares = nearest
                .iter()
                .map(|(square, at)| (weight(*square) / sum, *at));
            match &self.answers {
                Answers::Classes { codes, prior } => {
                    shares.for_each(|(share, at)| out[codes[at] as usize] += share);
                    let asked = nearest.len() as f64;
                    for (answer, prior) in out.iter_mut().zip(prior) {
                        *answer = (asked * *answer + PRIOR * prior) / (asked + PRIOR);
                    }
                }
                Answers::Values(values) => {
                    shares.for_each(|(share, at)| out[0] += share * values[at]);
                }
            }
        }
    }

    fn row_nanoseconds(&self) -> f64 {
        0.3 * self.points.len() as f64
    }

    fn validate(&self) -> Result<(), ModelError> {
        let (rows, k) = (self.answers.len(), self.k as usize);
        ModelError::unless((1..=rows).contains(&k), "more neighbours than rows")?;
        let cells = rows.checked_mul(self.columns as usize);
        ModelError::unless(cells == Some(self.points.len()), "rows cut short")?;
        let finite = self.points.iter().all(|v| v.is_finite());
        ModelError::unless(finite, "a neighbour that is nowhere")?;
        let answers = match &self.answers {
            Answers::Classes { codes, prior } => {
                prior.iter().all(|share| (0.0..=1.0).contains(share))
                    && codes.iter().all(|code| (*code as usize) < prior.len())
            }
            Answers::Values(values) => values.iter().all(|v| v.is_finite()),
        };
        ModelError::unless(answers, "a neighbour without an answer")
    }
}
