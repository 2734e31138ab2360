//! What a budget leaves for more fits.

use domain::Failure;
use domain::results::Configuration;
use domain::spec::Budget;
use service_kit::Step;

/// Share of what is left that fits may take: estimates are only that.
const CAUTION: f64 = 0.6;

/// Seconds or work units that are left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spare {
    /// Seconds of one worker.
    Seconds(f64),
    /// Millions of visits.
    Units(f64),
}

impl Spare {
    /// Of this step's budget, where a share of the seconds is kept for others and `units` are spent.
    pub fn of(step: &Step, kept_share: f64, units: f64) -> Result<Self, Failure> {
        Ok(match step.budget()? {
            Budget::Seconds(total) => {
                let left = step.deadline()?.map_or(0.0, |end| end.left().as_secs_f64());
                Self::Seconds(left - total * kept_share)
            }
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            Budget::WorkUnits(all) => Self::Units(all as f64 - units),
        })
    }

    /// How much fits may take.
    #[must_use]
    pub fn amount(self) -> f64 {
        match self {
            Self::Seconds(left) | Self::Units(left) => left * CAUTION,
        }
    }

    /// The same, less what other fits will take.
    #[must_use]
    pub fn less(self, cost: f64) -> Self {
        match self {
            Self::Seconds(left) => Self::Seconds(left - cost),
            Self::Units(left) => Self::Units(left - cost),
        }
    }

    /// What one fold of a configuration takes. Its trial tells that: early stopping made most of them
    /// cheaper than any formula knows beforehand.
    #[must_use]
    pub fn fold(self, known: &Configuration) -> f64 {
        match self {
            Self::Seconds(_) => known.fold_seconds,
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            Self::Units(_) => known.fold_visits as f64 / 1e6,
        }
    }
}
