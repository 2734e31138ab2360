//! Candidates, their search spaces, and trials.

use crate::{Message, Timestamp, text_enum};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of one hyper-parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// One of several words.
    Text(String),
}

/// A configuration: hyper-parameters by name, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(pub BTreeMap<String, ParamValue>);

impl Params {
    /// Sets one value.
    #[must_use]
    pub fn with(mut self, name: &str, value: ParamValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// The number called `name`; whole numbers count too.
    #[must_use]
    pub fn float(&self, name: &str) -> Option<f64> {
        match self.0.get(name)? {
            ParamValue::Float(value) => Some(*value),
            #[expect(clippy::cast_precision_loss, reason = "hyper-parameters are small")]
            ParamValue::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// The whole number called `name`.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            ParamValue::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The word called `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            ParamValue::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The yes or no called `name`.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            ParamValue::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

/// Which values one hyper-parameter may take; names are Optuna's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Distribution {
    /// Numbers from `low` to `high`, both included; on a logarithmic scale if `log`.
    Float {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
        /// Whether ratios matter rather than differences.
        #[serde(default)]
        log: bool,
    },
    /// Whole numbers from `low` to `high`, both included.
    Int {
        /// Smallest value.
        low: i64,
        /// Largest value.
        high: i64,
        /// Whether ratios matter rather than differences.
        #[serde(default)]
        log: bool,
    },
    /// One of these.
    Categorical {
        /// The values, in a fixed order.
        choices: Vec<ParamValue>,
    },
}

/// One dimension of a search space.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// The hyper-parameter's name.
    pub name: String,
    /// The values that it may take.
    pub distribution: Distribution,
    /// It only exists where the categorical hyper-parameter of this name has this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<(String, ParamValue)>,
}

/// A search space: its dimensions, parents before their conditional children.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Space(pub Vec<Dimension>);

/// An algorithm that is worth trying on this data, or is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// Whether it takes part.
    pub selected: bool,
    /// Why, in a sentence.
    pub reason: Message,
    /// Configurations to try before any search, the default first.
    pub portfolio: Vec<Params>,
    /// What may be searched.
    pub space: Space,
}

text_enum!(
    /// How a trial stands.
    TrialState {
        /// It waits for a worker.
        Queued = "queued",
        /// It is being computed.
        Running = "running",
        /// It has a score.
        Succeeded = "succeeded",
        /// It was stopped early because it would not win.
        Pruned = "pruned",
        /// It could not be computed.
        Failed = "failed",
        /// The pipeline ended before it did.
        Cancelled = "cancelled",
    }
);

/// One configuration, scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Counts from 0 within the pipeline.
    pub number: u32,
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// The configuration.
    pub params: Params,
    /// How it stands.
    pub state: TrialState,
    /// Mean score over folds, in the metric's own direction.
    pub score: Option<f64>,
    /// Standard deviation over folds.
    pub std: Option<f64>,
    /// The score of each fold that was computed.
    pub fold_scores: Vec<f64>,
    /// Rows × columns visited, by the algorithm's cost formula.
    pub visits: u64,
    /// Why it failed.
    pub error: Option<Message>,
    /// When it was begun.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_keep_their_types_through_json() {
        let params = Params::default()
            .with("eta", ParamValue::Float(0.1))
            .with("leaves", ParamValue::Int(31))
            .with("kind", ParamValue::Text("gbdt".into()))
            .with("flag", ParamValue::Bool(true));
        let json = serde_json::to_string(&params).unwrap();
        let back: Params = serde_json::from_str(&json).unwrap();
        assert_eq!(back, params);
        assert_eq!(back.float("leaves"), Some(31.0));
        assert_eq!(back.int("eta"), None);
    }
}
