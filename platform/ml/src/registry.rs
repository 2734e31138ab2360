//! The one table of algorithms.

use crate::algorithms::{
    baseline, elastic_net, forests, gradient_boosting, kernel_ridge, knn, logistic, mlp,
};
use crate::ensemble;
use crate::fit::{Fit, FitContext, FitData, FitError};
use crate::recipe::View;
use domain::study::{Dimension, Distribution, ParamValue, Params, Space};
use domain::task::Task;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// What is known about the rows to learn from, before anything is fitted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Rows to learn from.
    pub rows: usize,
    /// Columns as the trees see them.
    pub columns: usize,
    /// Numeric ones among them.
    pub numeric: usize,
    /// Categorical ones among them.
    pub categorical: usize,
    /// Classes; 0 for regression.
    pub classes: usize,
    /// Share of the cells that are missing.
    pub missing_share: f64,
    /// Levels of the column that has most.
    pub max_levels: usize,
    /// Columns of the dense view.
    pub dense_columns: usize,
}

/// One algorithm.
#[derive(Clone, Debug)]
pub struct Algorithm {
    /// Its name in parameters, artefacts and tables; never changed.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it can learn.
    pub tasks: &'static [Task],
    /// The features it wants.
    pub view: View,
    /// Whether it looks at deadline and cancel flag between rounds.
    pub interruptible: bool,
    /// Whether its rounds follow a plan to their end, as a falling learning rate does: the best comes
    /// last, and an early round says little about it.
    pub planned: bool,
    /// Whether it takes row weights.
    pub weights: bool,
    /// What may be searched.
    pub space: fn(&Facts) -> Space,
    /// Configurations to try first, the default at the head.
    pub portfolio: fn(&Facts) -> Vec<Params>,
    /// Visits (rows × columns, each as often as it is touched) of one fit: from rows, columns of
    /// its view, outputs and parameters.
    pub cost: fn(usize, usize, usize, &Params) -> u64,
    /// Rows it learns from at most; more are subsampled.
    pub max_rows: Option<usize>,
    /// Cells of its view that it learns from at most, as well.
    pub max_cells: Option<usize>,
    /// Rows of the tables that it is worth trying on: fewer teach it next to nothing, and of more it
    /// would see too small a part.
    pub useful_rows: RangeInclusive<usize>,
    /// Classes beyond which it is not worth its time.
    pub most_classes: usize,
    /// Fits it on data that [`crate::fit::fit`] has checked; call that one.
    pub fit: fn(&FitData<'_>, &Params, &mut FitContext<'_>) -> Result<Fit, FitError>,
}

/// Visits a second of a fit that cannot be interrupted: what linear models do on a processor of 2023.
const VISITS_A_SECOND: f64 = 8e8;

/// How many times longer it takes on a slow machine.
pub const SLOW_MACHINE: f64 = 4.0;

impl Algorithm {
    /// Seconds that a fit takes on a slow machine, where it cannot be interrupted: nobody should begin
    /// it with less.
    #[must_use]
    pub fn uninterrupted_seconds(
        &self,
        rows: usize,
        columns: usize,
        outputs: usize,
        params: &Params,
    ) -> Option<f64> {
        let visits = self.visits(rows, columns, outputs, params);
        (!self.interruptible).then_some(visits as f64 * SLOW_MACHINE / VISITS_A_SECOND)
    }

    /// Rows that one fit learns from at most, when so many cells of the dense view may be in memory;
    /// where there are more, chance draws them.
    #[must_use]
    pub fn most_rows(&self, facts: &Facts, dense_cells: usize) -> usize {
        let columns = match self.view {
            View::Trees => facts.columns,
            View::Dense => facts.dense_columns,
        };
        crate::fit::row_limit(self, columns, facts.classes, dense_cells)
    }

    /// Visits of one fit by [`crate::fit::fit`], which learns from a sample of very many rows.
    #[must_use]
    pub fn visits(&self, rows: usize, columns: usize, outputs: usize, params: &Params) -> u64 {
        let rows = rows.min(crate::fit::row_limit(
            self,
            columns,
            outputs,
            crate::fit::MAX_DENSE_CELLS,
        ));
        (self.cost)(rows, columns, outputs, params)
    }
}

static ALGORITHMS: &[Algorithm] = &[
    baseline::ALGORITHM,
    logistic::ALGORITHM,
    elastic_net::ALGORITHM,
    gradient_boosting::ALGORITHM,
    forests::FOREST,
    forests::EXTRA,
    knn::ALGORITHM,
    mlp::ALGORITHM,
    kernel_ridge::ALGORITHM,
];

static TABLE: OnceLock<Vec<Algorithm>> = OnceLock::new();

/// Why an algorithm cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtendError {
    /// Somebody has read the table already, who might not see what is added now.
    #[error("algorithms are added before the table is read for the first time")]
    TooLate,
    /// There is one of this name.
    #[error("there is an algorithm {0} already")]
    Known(&'static str),
}

/// Adds a program's own algorithms behind those that are here, before anything reads the table.
pub fn extend(own: impl IntoIterator<Item = Algorithm>) -> Result<(), ExtendError> {
    let mut all = ALGORITHMS.to_vec();
    for own in own {
        if all.iter().any(|known| known.name == own.name) {
            return Err(ExtendError::Known(own.name));
        }
        all.push(own);
    }
    TABLE.set(all).map_err(|_| ExtendError::TooLate)
}

/// Every algorithm, in a fixed order.
#[must_use]
pub fn algorithms() -> &'static [Algorithm] {
    TABLE.get_or_init(|| ALGORITHMS.to_vec())
}

/// The algorithm called `name`.
#[must_use]
pub fn algorithm(name: &str) -> Option<&'static Algorithm> {
    algorithms().iter().find(|algorithm| algorithm.name == name)
}

/// What people call an algorithm, or the mixture of several.
#[must_use]
pub fn title(name: &str) -> Option<&'static str> {
    match name {
        ensemble::NAME => Some(ensemble::TITLE),
        name => Some(algorithm(name)?.title),
    }
}

/// What people call an algorithm within a sentence: its title without what explains it, or the name
/// itself where nobody knows it.
#[must_use]
pub fn called(name: &str) -> &str {
    let title = title(name).unwrap_or(name);
    title.split(" (").next().unwrap_or(title)
}

/// Tables of any size.
pub(crate) const ANY_ROWS: RangeInclusive<usize> = 0..=usize::MAX;

pub(crate) const CLASSES: &[Task] = &[Task::Binary, Task::Multiclass];
pub(crate) const NUMBERS: &[Task] = &[Task::Regression];

/// Product of counts, saturating.
pub(crate) fn visits(factors: &[usize]) -> u64 {
    let product = |product: u64, factor: &usize| product.saturating_mul(*factor as u64);
    factors.iter().fold(1, product)
}

/// A dimension of numbers.
pub(crate) fn float(name: &str, low: f64, high: f64, log: bool) -> Dimension {
    dimension(name, Distribution::Float { low, high, log })
}

/// A dimension of whole numbers.
pub(crate) fn int(name: &str, low: i64, high: i64, log: bool) -> Dimension {
    dimension(name, Distribution::Int { low, high, log })
}

/// A dimension of words.
pub(crate) fn words(name: &str, choices: &[&str]) -> Dimension {
    let choices = choices.iter().map(|c| ParamValue::Text((*c).to_owned()));
    let choices = choices.collect();
    dimension(name, Distribution::Categorical { choices })
}

/// A dimension that there only is where the parameter `name` is `value`.
pub(crate) fn when(dimension: Dimension, name: &str, value: &str) -> Dimension {
    Dimension {
        only_if: Some((name.to_owned(), ParamValue::Text(value.to_owned()))),
        ..dimension
    }
}

fn dimension(name: &str, distribution: Distribution) -> Dimension {
    Dimension {
        name: name.to_owned(),
        distribution,
        only_if: None,
    }
}
