//! One model, one file: recipe, members, scores and where it comes from.
//!
//! | file | |
//! |---|---|
//! | `format.rs` | header, checksum and compression |
//! | `form.rs` | the stored structs |
//! | `predictor.rs` | answers for tables and for JSON records |
//!
//! A file holds no ids, times or durations, so equal work gives equal bytes.

mod form;
mod format;
mod predictor;

pub use predictor::{Field, Predicted, Predictor};

use crate::model::{FittedModel, ModelError};
use crate::recipe::{Recipe, View};
use crate::stack::Stack;
use domain::study::Params;
use domain::task::{Metric, Task};
use std::collections::BTreeMap;

/// A trained model with everything that predicting needs.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// How tables and records become features.
    pub recipe: Recipe,
    /// What kind of target it predicts.
    pub task: Task,
    /// The column that it predicts.
    pub target: String,
    /// The classes in the order of probabilities; empty for regression.
    pub classes: Vec<String>,
    /// The class that counts as positive in a binary task.
    pub positive: Option<usize>,
    /// Models whose weighted mean is the answer, where there is no stack.
    pub members: Vec<Member>,
    /// What makes the answer of what each member says, where that is better than a mean.
    pub stack: Option<Stack>,
    /// Scores, for example of the cross-validation.
    pub metrics: BTreeMap<Metric, f64>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// One algorithm's share in a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its weight; weights count relative to their sum.
    pub weight: f64,
    /// Its algorithm's name in the registry.
    pub algorithm: String,
    /// Its configuration.
    pub params: Params,
    /// The features that it wants.
    pub view: View,
    /// One model a fold; their plain mean is the member's answer.
    pub folds: Vec<FittedModel>,
}

/// Where a model comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// Hash of the file that it was learned from.
    pub dataset_sha256: String,
    /// What was asked for.
    pub spec: serde_json::Value,
    /// The seed of all chance.
    pub seed: u64,
    /// The program's version.
    pub program: String,
}

/// Why bytes are no model.
#[derive(Debug, thiserror::Error)]
pub enum ArtefactError {
    /// Something else altogether.
    #[error("this is not a MicroLearn model file")]
    Foreign,
    /// Written by a later program.
    #[error(
        "the model file has format {found}, and this program reads up to format {known}; use a newer program"
    )]
    Newer {
        /// The file's format.
        found: u32,
        /// The newest that can be read.
        known: u32,
    },
    /// Bytes are missing at the end.
    #[error("the model file is cut off after {0} bytes")]
    Truncated(usize),
    /// The checksum is wrong.
    #[error("the model file is damaged: its checksum is wrong")]
    Damaged,
    /// More than any real model.
    #[error("the model file claims {claimed} bytes; {limit} are allowed")]
    TooLarge {
        /// Bytes claimed.
        claimed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The content cannot be read.
    #[error("the content of the model file cannot be read: {0}")]
    Content(String),
    /// The content does not fit together.
    #[error("the model file contradicts itself")]
    Model(#[from] ModelError),
}

impl ModelFile {
    /// The file's bytes; equal models give equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (format, content) = form::write(self);
        format::write(format, &content)
    }

    /// Reads a file, trusting nothing in it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtefactError> {
        let (format, content) = format::read(bytes)?;
        let file = form::read(format, &content)?;
        file.validate()?;
        Ok(file)
    }

    /// About how long the answer for one row takes a core, once it is prepared: counted, not measured.
    #[must_use]
    pub fn row_nanoseconds(&self) -> f64 {
        let folds = self.members.iter().flat_map(|member| &member.folds);
        folds.map(FittedModel::row_nanoseconds).sum()
    }

    /// Checks that every member can answer for every row that the recipe makes.
    pub fn validate(&self) -> Result<(), ModelError> {
        let recipe = &self.recipe;
        let same = self.task == recipe.task()
            && self.target == recipe.target_name()
            && self.classes == recipe.classes();
        ModelError::unless(same, "task, target or classes differ from the recipe's")?;
        let positive = self.positive.unwrap_or(0);
        ModelError::unless(
            positive < self.classes.len().max(1),
            "the positive class does not exist",
        )?;
        let sum: f64 = self.members.iter().map(|m| m.weight).sum();
        let weights = self.members.iter().all(|m| m.weight >= 0.0) && sum.is_finite();
        ModelError::unless(weights && sum > 0.0, "member weights that have no mean")?;
        let outputs = self.classes.len().max(1);
        if let Some(stack) = &self.stack {
            let folds = self.members.iter().map(|member| member.folds.len()).max();
            stack.validate(self.members.len(), outputs, folds.unwrap_or(0))?;
        }
        for member in &self.members {
            ModelError::unless(!member.folds.is_empty(), "a member without models")?;
            let columns = match member.view {
                View::Trees => recipe.columns().len(),
                View::Dense => recipe.dense_columns(),
            };
            for model in &member.folds {
                model.validate()?;
                let expected = model.columns().unwrap_or(columns);
                ModelError::unless(expected == columns, "a model for another recipe")?;
                ModelError::unless(model.outputs() == outputs, "a model for another target")?;
            }
        }
        Ok(())
    }
}
