//! The fitted forms of trees, and the bridge to the crate that grows them.

use super::target_encoding::TargetEncoder;
use crate::features::{FeatureKind, Features, Predictions, Target};
use crate::fit::{CancelFlag, FitContext, FitError, Flow, Round, StopReason};
use crate::model::{Model, ModelError};
use crate::numbers::power_of_two;
use domain::Deadline;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Mutex;
use trees::{
    BinnedMatrix, Binner, BinningParams, Column, Control, ErrorKind, Outcome, Threads, TreeEnsemble,
};

/// Rows from which on they are better answered together.
const FEW: usize = 8;

/// Trees, and what their answers are multiplied by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grown {
    /// The trees.
    pub ensemble: TreeEnsemble,
    /// Classes, or 1 for numbers. Two classes share one number a row.
    pub outputs: u32,
    /// The unit of the target: 1, but for targets too large or too small to be squared.
    pub unit: f64,
}

impl Model for Grown {
    fn outputs(&self) -> usize {
        self.outputs as usize
    }

    fn columns(&self) -> Option<usize> {
        Some(self.ensemble.n_features())
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        self.predict_columns(&Columns::from(features), out);
    }

    fn row_nanoseconds(&self) -> f64 {
        let (trees, nodes) = (self.ensemble.n_trees(), self.ensemble.n_nodes());
        // Small trees are asked all at once, large ones are walked through.
        let depth = (nodes as f64 / trees.max(1) as f64).max(2.0).log2();
        trees as f64 * 5.0 * depth
    }

    fn validate(&self) -> Result<(), ModelError> {
        let expected = if self.outputs == 2 {
            1
        } else {
            self.outputs as usize
        };
        let fits = self.ensemble.n_outputs() == expected;
        ModelError::unless(fits, "trees for another number of classes")?;
        let unit = self.unit > 0.0 && self.unit.is_finite();
        ModelError::unless(unit, "trees with an impossible unit")
    }
}

impl Grown {
    fn predict_columns(&self, columns: &Columns<'_>, out: &mut [f64]) {
        if out.is_empty() {
            return;
        }
        let single = self.ensemble.n_outputs() == 1;
        let rows = out.len() / self.outputs as usize;
        let answers = if single { &mut out[..rows] } else { &mut *out };
        if self.answer(columns, answers).is_err() {
            // Shapes were checked before: this cannot be reached, and NaN is noticed.
            out.fill(f64::NAN);
            return;
        }
        self.spread(out, rows);
    }

    /// Predictions from the answers of trees, one after the other.
    pub(super) fn predictions(&self, answers: &[f64]) -> Predictions {
        let rows = answers.len() / self.ensemble.n_outputs();
        let mut predictions = Predictions::zeros(rows, self.outputs as usize);
        predictions.values[..answers.len()].copy_from_slice(answers);
        self.spread(&mut predictions.values, rows);
        predictions
    }

    /// Turns the answers of trees at the beginning of `out` into predictions of so many rows.
    fn spread(&self, out: &mut [f64], rows: usize) {
        let single = self.ensemble.n_outputs() == 1;
        if self.unit != 1.0 {
            // Beyond the largest number there is, that number is the nearest.
            out.iter_mut()
                .for_each(|value| *value = (*value * self.unit).clamp(f64::MIN, f64::MAX));
        }
        if single && self.outputs == 2 {
            // From the end, so that no answer is overwritten before it is read.
            for row in (0..rows).rev() {
                let yes = out[row];
                out[2 * row + 1] = yes;
                out[2 * row] = 1.0 - yes;
            }
        }
    }

    /// A row alone goes down eight trees at once, many rows go down each tree together; the
    /// answers are the same bits.
    fn answer(&self, columns: &Columns<'_>, out: &mut [f64]) -> Result<(), trees::Error> {
        if out.len() >= FEW * self.ensemble.n_outputs() {
            let table = columns.table()?;
            return self.ensemble.predict_into(&table, &Threads::single(), out);
        }
        for (row, out) in out.chunks_exact_mut(self.ensemble.n_outputs()).enumerate() {
            let cells: Vec<f64> = columns.values.iter().map(|column| column[row]).collect();
            self.ensemble.predict_row(&cells, out)?;
        }
        Ok(())
    }
}

/// Trees that see what the levels of categorical columns say of the target in place of the levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoded {
    /// What the levels say.
    pub encoder: TargetEncoder,
    /// The trees.
    pub grown: Grown,
}

impl Model for Encoded {
    fn outputs(&self) -> usize {
        self.grown.outputs()
    }

    fn columns(&self) -> Option<usize> {
        Some(self.encoder.columns())
    }

    fn predict_into(&self, features: &Features, out: &mut [f64]) {
        let columns = self.encoder.transform(features);
        self.grown.predict_columns(&columns, out);
    }

    fn row_nanoseconds(&self) -> f64 {
        self.grown.row_nanoseconds() + 10.0 * self.encoder.encoded_columns() as f64
    }

    fn validate(&self) -> Result<(), ModelError> {
        self.encoder.validate()?;
        let fits = self.grown.columns() == Some(self.encoder.encoded_columns());
        ModelError::unless(fits, "trees for other columns than an encoder gives")?;
        self.grown.validate()
    }
}

/// Columns as trees see them: those of features, and some that were made of them.
#[derive(Default)]
pub(super) struct Columns<'f> {
    pub values: Vec<Cow<'f, [f64]>>,
    kinds: Vec<FeatureKind>,
}

impl<'f> From<&'f Features> for Columns<'f> {
    fn from(features: &'f Features) -> Self {
        let values = features.columns.iter();
        Self {
            values: values.map(Cow::from).collect(),
            kinds: features.kinds.clone(),
        }
    }
}

impl<'f> Columns<'f> {
    pub fn push(&mut self, values: Cow<'f, [f64]>, kind: FeatureKind) {
        self.values.push(values);
        self.kinds.push(kind);
    }

    fn table(&self) -> Result<trees::Features<'_>, trees::Error> {
        let columns = self.values.iter().zip(&self.kinds);
        let columns = columns.map(|(values, kind)| match kind {
            FeatureKind::Numeric => Column::numeric(values),
            FeatureKind::Categorical { levels } => Column::categorical(values, *levels),
        });
        trees::Features::new(columns.collect())
    }
}

/// Training and validation rows in bins.
pub(super) struct Binned {
    pub train: BinnedMatrix,
    pub valid: Option<BinnedMatrix>,
}

impl Binned {
    pub fn new(
        train: &Columns<'_>,
        valid: Option<&Columns<'_>>,
        max_bin: usize,
        threads: &Threads,
    ) -> Result<Self, trees::Error> {
        let params = BinningParams {
            max_bin,
            ..BinningParams::default()
        };
        let table_of = train.table()?;
        let binner = std::sync::Arc::new(Binner::fit(&table_of, &params, threads)?);
        let valid = match valid {
            Some(valid) => Some(binner.transform(&valid.table()?, threads)?),
            None => None,
        };
        Ok(Self {
            train: binner.transform(&table_of, threads)?,
            valid,
        })
    }
}

/// The target in numbers, and the unit they stand in.
pub(super) fn targets(target: &Target, unit: f64) -> Vec<f64> {
    match target {
        Target::Classes { codes, .. } => codes.iter().map(|code| f64::from(*code)).collect(),
        Target::Values(values) => values.iter().map(|value| value / unit).collect(),
    }
}

/// A power of two that brings extreme targets into the range where squares are numbers; 1 for
/// ordinary ones.
pub(super) fn unit(target: &Target) -> f64 {
    let Target::Values(values) = target else {
        return 1.0;
    };
    let largest = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
    if largest == 0.0 || (1e-100..1e100).contains(&largest) {
        1.0
    } else {
        power_of_two(largest)
    }
}

/// Deadline, cancellation and progress in the trees' own terms.
pub(super) struct Watch<'c> {
    // A mutex only makes the callback shareable; nothing ever waits for it.
    on_round: Mutex<&'c mut (dyn FnMut(Round) -> Flow + Send)>,
    deadline: Option<&'c Deadline>,
    cancel: &'c CancelFlag,
    of: u32,
    asked: bool,
}

impl<'c> Watch<'c> {
    pub fn new(context: &'c mut FitContext<'_>, of: usize) -> Self {
        Self {
            on_round: Mutex::new(&mut *context.on_round),
            deadline: context.deadline.as_ref(),
            cancel: &context.cancel,
            of: of as u32,
            asked: false,
        }
    }

    /// What the end of a fit of `rounds` rounds means.
    pub fn ended(self, outcome: Outcome, rounds: usize) -> Result<Option<StopReason>, FitError> {
        match outcome {
            Outcome::Completed | Outcome::Exhausted => Ok(None),
            Outcome::EarlyStopped => Ok(Some(StopReason::EarlyStopping)),
            Outcome::Stopped if self.cancel.is_cancelled() => Err(FitError::Cancelled),
            Outcome::Stopped if rounds == 0 => Err(FitError::NoTime),
            Outcome::Stopped if self.asked => Ok(Some(StopReason::Asked)),
            Outcome::Stopped => Ok(Some(StopReason::Deadline)),
        }
    }
}

impl Control for Watch<'_> {
    fn on_round(&mut self, round: usize, train: Option<f64>, valid: Option<f64>) -> trees::Flow {
        let round = Round {
            round: round as u32 + 1,
            of: self.of,
            train,
            valid,
        };
        let on_round = self.on_round.get_mut();
        let on_round = on_round.unwrap_or_else(std::sync::PoisonError::into_inner);
        self.asked = on_round(round) == Flow::Stop;
        if self.asked || self.should_stop() {
            trees::Flow::Stop
        } else {
            trees::Flow::Continue
        }
    }

    fn should_stop(&self) -> bool {
        self.cancel.is_cancelled() || self.deadline.is_some_and(Deadline::passed)
    }
}

/// An error of the trees in this crate's terms.
pub(super) fn error(algorithm: &'static str, error: trees::Error) -> FitError {
    if let trees::Error::Param(param) = &error {
        let (name, reason) = (param.field.to_owned(), param.to_string());
        return FitError::Params {
            algorithm,
            name,
            reason,
        };
    }
    let reason = error.to_string();
    match error.kind() {
        ErrorKind::Data => FitError::Data { reason },
        _ => FitError::Library { algorithm, reason },
    }
}
