//! From real values to at most 256 bins per column.
//!
//! A column has value bins `0..n` and one missing bin `n`. Everything after this module sees only
//! those small integers; thresholds come back into play when a grown tree becomes a model.

mod categorical;
mod matrix;
mod numeric;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use matrix::BinnedMatrix;
pub(crate) use matrix::{BinColumn, Block, with_width};

use crate::error::{Error, ParamError};
use crate::parallel::{Threads, map_range};
use crate::rng::{self, Stream};
use crate::{Column, ColumnKind, Features};

pub(crate) use categorical::{UNMAPPED, level_bin};

/// How columns are cut into bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BinningParams {
    /// Value bins of a numeric column, 2 to 255; the missing bin comes on top.
    pub max_bin: usize,
    /// Rows from which the thresholds of numeric columns are found.
    pub sample_rows: usize,
    /// Chooses those rows where there are more.
    pub seed: u64,
}

impl Default for BinningParams {
    fn default() -> Self {
        Self {
            max_bin: 255,
            sample_rows: 200_000,
            seed: 0,
        }
    }
}

impl BinningParams {
    /// Checks every field's domain.
    pub fn validate(&self) -> Result<(), ParamError> {
        ParamError::unless(
            (2..=255).contains(&self.max_bin),
            "max_bin",
            self.max_bin,
            "from 2 to 255",
        )?;
        ParamError::unless(
            self.sample_rows >= 1,
            "sample_rows",
            self.sample_rows,
            "at least 1",
        )
    }
}

/// The bins of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FeatureBins {
    /// `value <= thresholds[b]` and above the one before: bin `b`; above all: the last value bin.
    Numeric {
        /// Ascending, at most 254.
        thresholds: Vec<f64>,
    },
    /// Levels by falling frequency.
    Categorical {
        /// Bin of each code; rare and unseen codes have 255 and share the missing bin.
        level_bins: Vec<u8>,
        /// Number of value bins.
        bins: u8,
    },
}

impl FeatureBins {
    /// Number of value bins, 0 to 255; also the index of the missing bin.
    pub fn value_bins(&self) -> usize {
        match self {
            Self::Numeric { thresholds } => thresholds.len() + 1,
            Self::Categorical { bins, .. } => usize::from(*bins),
        }
    }

    /// The bin of one raw value.
    pub fn bin(&self, value: f64) -> u8 {
        match self {
            Self::Numeric { thresholds } if value.is_nan() => (thresholds.len() + 1) as u8,
            Self::Numeric { thresholds } => thresholds.partition_point(|&t| t < value) as u8,
            Self::Categorical { level_bins, bins } => match level_bin(level_bins, value) {
                UNMAPPED => *bins,
                bin => bin,
            },
        }
    }
}

/// The bins of all columns; serializable, and all that is needed to bin further rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binner {
    features: Vec<FeatureBins>,
}

impl Binner {
    /// Finds the bins of every column: quantiles for numeric ones (exact where a column has at
    /// most `max_bin` distinct values), frequencies for categorical ones.
    pub fn fit(table: &Features, params: &BinningParams, threads: &Threads) -> Result<Self, Error> {
        params.validate()?;
        let sample = (table.rows() > params.sample_rows).then(|| {
            let mut rng = rng::generator(params.seed, Stream::Binning, 0, 0);
            rng::sample(&mut rng, table.rows(), params.sample_rows)
        });
        let columns = table.columns();
        let features = threads.run(|count| {
            map_range(count, 0..columns.len(), |index| {
                let values = columns[index].values;
                match columns[index].kind {
                    ColumnKind::Numeric => FeatureBins::Numeric {
                        thresholds: numeric::thresholds(values, sample.as_deref(), params.max_bin),
                    },
                    ColumnKind::Categorical { levels } => categorical::by_frequency(values, levels),
                }
            })
        });
        Ok(Self { features })
    }

    /// Bins rows of a table with the same columns.
    pub fn transform(
        self: &Arc<Self>,
        table: &Features,
        threads: &Threads,
    ) -> Result<BinnedMatrix, Error> {
        Error::same_length(
            "the table's columns",
            self.features.len(),
            table.columns().len(),
        )?;
        let same_kind = |(bins, column): (&FeatureBins, &Column)| {
            let numeric = matches!(bins, FeatureBins::Numeric { .. });
            numeric == (column.kind == ColumnKind::Numeric)
        };
        let mut pairs = self.features.iter().zip(table.columns());
        if let Some(column) = pairs.position(|pair| !same_kind(pair)) {
            return Err(Error::ColumnKind { column });
        }
        BinnedMatrix::build(Arc::clone(self), table, threads)
    }

    /// The columns' bins.
    pub fn features(&self) -> &[FeatureBins] {
        &self.features
    }
}
