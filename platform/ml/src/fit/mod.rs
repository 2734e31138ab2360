//! The grammar of learning: data, parameters and a context go in, a fitted model comes out.
//!
//! ```
//! use domain::{study::Params, task::Metric};
//! use ml::features::{Features, Target};
//! use ml::fit::{FitContext, FitData, Flow, fit};
//!
//! let x = Features::numeric(vec![(0..40).map(f64::from).collect()]);
//! let codes = (0..40).map(|row| u32::from(row >= 20)).collect();
//! let y = Target::Classes { codes, count: 2 };
//! let mut on_round = |_| Flow::Continue;
//! let mut context = FitContext::new(7, Metric::RocAuc, &mut on_round);
//! let fitted = fit("logistic", &FitData::new(&x, &y), &Params::default(), &mut context)?;
//! assert!(fitted.model.predict(&x).row(39)[1] > 0.9);
//! # Ok::<(), ml::fit::FitError>(())
//! ```

mod context;
mod data;
mod error;
mod params;

pub use context::{CancelFlag, FitContext, Flow, Gpu, Round, StopReason};
pub use data::FitData;
pub(crate) use data::MAX_DENSE;
pub use error::FitError;
pub(crate) use params::Reader;

use crate::algorithms::baseline;
use crate::features::{Predictions, Target};
use crate::model::FittedModel;
use crate::random::subsample;
use crate::recipe::View;
use crate::registry::{self, Algorithm};
use domain::study::Params;

/// Cells (rows × columns) that a fit which cannot be interrupted sees at most: seconds of work, as long
/// as there are few classes.
const MAX_CELLS: usize = 4_000_000;
/// Classes with which it sees so many; more cost more, and leave it fewer.
const FEW_CLASSES: usize = 5;
/// Cells of the dense view that any fit sees at most: they are copied more than once.
pub const MAX_DENSE_CELLS: usize = 40_000_000;

/// What a fit gives.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The model.
    pub model: FittedModel,
    /// Rounds (trees, epochs) that it consists of; 1 where there are none.
    pub rounds: u32,
    /// Rows × columns visited, by the algorithm's cost formula.
    pub visits: u64,
    /// Why it ended before its last round, if it did.
    pub stopped: Option<StopReason>,
    /// What it says of the rows that it watched, each part of them at the rounds that are best for the
    /// other parts; only where rounds are chosen and [`FitData::parts`] were given.
    pub watched: Option<Predictions>,
}

/// Fits the algorithm called `algorithm`.
///
/// Everything is checked first, so that odd data end in a clear error and not inside an
/// algorithm. Rows beyond what the algorithm can take are left out by a draw that depends on the
/// seed alone. Where the training rows have one class only, every algorithm gives that class.
pub fn fit(
    algorithm: &str,
    data: &FitData<'_>,
    params: &Params,
    context: &mut FitContext<'_>,
) -> Result<Fit, FitError> {
    let row = registry::algorithm(algorithm).ok_or_else(|| FitError::unknown(algorithm))?;
    data.check(row)?;
    context.start()?;
    if row.name != baseline::NAME && one_class(data.train.1) {
        return (baseline::ALGORITHM.fit)(data, &Params::default(), context);
    }
    let (x, y) = data.train;
    let Some(rows) = sample(row, y, x.cols(), context.dense_cells, context.seed) else {
        return (row.fit)(data, params, context);
    };
    let (x, y) = (x.take(&rows), y.take(&rows));
    let weights = data.weights.map(|w| crate::table::take(w, &rows));
    let data = FitData {
        train: (&x, &y),
        valid: data.valid,
        parts: data.parts,
        weights: weights.as_deref(),
    };
    (row.fit)(&data, params, context)
}

/// The rows, ascending, that [`fit`] learns from where it would not take all of `target`'s, each of
/// `columns` columns, when so many cells of the dense view may be in memory. Whoever asks first need
/// not make features of the others.
#[must_use]
pub fn sample(
    algorithm: &Algorithm,
    target: &Target,
    columns: usize,
    dense_cells: usize,
    seed: u64,
) -> Option<Vec<u32>> {
    let limit = row_limit(algorithm, columns, target.outputs(), dense_cells);
    (target.len() > limit).then(|| subsample(target, target.len(), limit, seed))
}

/// Rows of so many columns, and answers of so many numbers, that the algorithm learns from at most.
pub(crate) fn row_limit(
    algorithm: &Algorithm,
    columns: usize,
    outputs: usize,
    dense_cells: usize,
) -> usize {
    let dense_cells = dense_cells.min(MAX_DENSE_CELLS);
    let cells = match (algorithm.interruptible, algorithm.view) {
        (true, View::Trees) => usize::MAX,
        (true, View::Dense) => dense_cells,
        (false, _) => dense_cells.min(MAX_CELLS / outputs.div_ceil(FEW_CLASSES).max(1)),
    };
    let cells = cells.min(algorithm.max_cells.unwrap_or(usize::MAX));
    let limit = algorithm.max_rows.unwrap_or(usize::MAX);
    limit.min((cells / columns.max(1)).max(100))
}

fn one_class(target: &Target) -> bool {
    match target {
        Target::Classes { codes, .. } => codes.windows(2).all(|pair| pair[0] == pair[1]),
        Target::Values(_) => false,
    }
}
