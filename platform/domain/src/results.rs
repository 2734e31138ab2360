//! What each stage hands to the next: stored as the stage's result, read by services that never
//! import each other. Tagged and versioned; fields are only ever added, with defaults.

use crate::evaluation::Evaluation;
use crate::profile::Profile;
use crate::study::{Candidate, Params};
use crate::task::{Metric, Task};
use crate::{Message, ModelId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The typed result of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum StageResult {
    /// Of `prepare`.
    Prepare(Box<Prepared>),
    /// Of `select`.
    Select(Selection),
    /// Of `optimise`.
    Optimise(Optimised),
    /// Of `train`.
    Train(Trained),
    /// Of `evaluate`.
    Evaluate(Box<Evaluated>),
    /// Of `deploy`.
    Deploy(Deployed),
}

/// A table ready to learn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// What is learned.
    pub task: Task,
    /// The metric that decides.
    pub metric: Metric,
    /// The classes, in the order of codes; empty for numbers.
    pub classes: Vec<String>,
    /// The index in `classes` that counts as positive, for two classes.
    pub positive: Option<usize>,
    /// What was found in the file.
    pub profile: Profile,
    /// Where the fitted recipe lies (JSON).
    pub recipe: String,
    /// Where the rows to learn from lie (Parquet).
    pub train: String,
    /// Where the held-out rows lie (Parquet).
    pub test: String,
    /// Rows to learn from.
    pub rows_train: u64,
    /// Rows held out.
    pub rows_test: u64,
    /// Columns that are learned from.
    pub features: Vec<String>,
    /// Folds of the cross-validation on the rows to learn from.
    pub folds: u32,
    /// Hash of the uploaded file.
    pub dataset_sha256: String,
    /// How rows were held out; nothing where an earlier program did not say.
    #[serde(default)]
    pub split: Option<Message>,
    /// Rows left out because they have no target, and other things that a person should know.
    pub warnings: Vec<Message>,
}

/// Algorithms, with why each is in or out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// In the order in which they are tried.
    pub candidates: Vec<Candidate>,
    /// Work units that the choice took.
    #[serde(default)]
    pub work_units: f64,
    /// Columns of the dense view; 0 where an earlier program did not say.
    #[serde(default)]
    pub dense_columns: u64,
}

/// Configurations that are worth training, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optimised {
    /// At most one an algorithm.
    pub chosen: Vec<Configuration>,
    /// Further ones whose folds are kept, best first: parts of a mixture, perhaps.
    #[serde(default)]
    pub others: Vec<Configuration>,
    /// Trials that were computed.
    pub trials: u32,
    /// Units of work that they took.
    pub work_units: f64,
}

/// The name of every file with fitted folds: needed until models are bound, and not after.
pub const KEPT_FOLDS: &str = "folds.postcard";

/// An algorithm with its best configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// The configuration.
    pub params: Params,
    /// The trial that scored it.
    pub trial: u32,
    /// That trial's score.
    pub score: f64,
    /// Seconds that trial took for a fold, on average.
    pub fold_seconds: f64,
    /// Rows × columns that trial visited for a fold, on average; 0 when unknown.
    #[serde(default)]
    pub fold_visits: u64,
    /// What that trial kept of its fitted folds, if it did.
    #[serde(default)]
    pub kept: Option<KeptFolds>,
}

/// Fitted folds in a file, as a trial left them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFolds {
    /// Where it lies.
    pub file: String,
    /// How many they are, beginning with the first.
    pub folds: u32,
}

impl Configuration {
    /// How many folds need not be fitted again.
    #[must_use]
    pub fn kept_folds(&self) -> u32 {
        self.kept.as_ref().map_or(0, |kept| kept.folds)
    }
}

/// Models that were stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trained {
    /// In the order of their numbers.
    pub models: Vec<ModelId>,
    /// Work units that their folds took beyond what trials had kept, about.
    #[serde(default)]
    pub work_units: f64,
}

/// Numbers, plots and report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// All numbers.
    pub evaluation: Evaluation,
    /// The plots.
    pub plots: Vec<Plot>,
    /// Where the HTML report lies.
    pub reports: Translations,
    /// Where the chosen model's card lies, in Markdown.
    pub cards: Translations,
}

/// Where a document lies, by the code of the language (`fr`, `en`) it is written in.
pub type Translations = BTreeMap<String, String>;

/// A stored plot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// Its name in the URL.
    pub name: String,
    /// Its title.
    pub title: Message,
    /// Where the SVG lies.
    pub artifacts: Translations,
}

/// What became of the best model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployed {
    /// The endpoint's name and version, if it was deployed.
    pub deployment: Option<(String, u32)>,
    /// Why, or why not.
    pub reason: Message,
}
