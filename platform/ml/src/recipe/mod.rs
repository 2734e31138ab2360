//! From a table to features and a target: fitted once on training rows, applied to one row or
//! to a million by the same code.
//!
//! | file | |
//! |---|---|
//! | `schema.rs` | which columns, and how their cells are written |
//! | `fit.rs`, `column.rs`, `levels.rs` | what is learned from the training rows |
//! | `apply.rs` | table → features, in one of two views |
//! | `target.rs` | table → classes or numbers |
//! | `records.rs`, `nested.rs` | JSON records → table |
//! | `form.rs`, `forms.rs` | the stored form |

mod apply;
mod column;
mod fit;
mod form;
pub(crate) mod forms;
mod levels;
mod nested;
mod records;
mod schema;
mod target;

pub use nested::MOST_NESTED;
pub use records::RecordNotes;
pub use schema::{Example, Schema, SchemaColumn};

use crate::features::{FeatureKind, Features};
use crate::registry::Facts;
use column::{Number, Words};
use domain::Failure;
use domain::task::Task;
use levels::Levels;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the features look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum View {
    /// Numbers as they are, NaN where missing, and categorical codes.
    Trees,
    /// Numbers only, none missing: medians and indicators for missing values, one column for each
    /// frequent level, mean 0 and standard deviation 1.
    Dense,
}

/// What a recipe is fitted for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipeSpec {
    /// The columns to learn from; the target is not among them.
    pub schema: Schema,
    /// The column to predict.
    pub target: String,
    /// What kind of target that is.
    pub task: Task,
    /// The classes in the order of their codes; empty for regression.
    pub classes: Vec<String>,
    /// For steps that need chance; none does today.
    pub seed: u64,
}

/// A fitted preparation.
///
/// ```
/// use domain::{profile::ColumnKind, task::Task};
/// use ml::recipe::{Recipe, RecipeSpec, Schema, SchemaColumn, View};
/// use ml::table::{Column, Table};
///
/// let table = Table::new(
///     vec!["age".into(), "town".into(), "left".into()],
///     vec![
///         Column::Numeric(vec![20.0, 40.0, f64::NAN]),
///         Column::words(["Lyon", "Lyon", "Nice"]),
///         Column::words(["yes", "no", "no"]),
///     ],
/// )?;
/// let schema = Schema {
///     columns: vec![
///         SchemaColumn::new("age", ColumnKind::Numeric),
///         SchemaColumn::new("town", ColumnKind::Categorical),
///     ],
/// };
/// let classes = vec!["no".to_owned(), "yes".to_owned()];
/// let spec = RecipeSpec { schema, target: "left".into(), task: Task::Binary, classes, seed: 0 };
/// let recipe = Recipe::fit(&table, &spec)?;
/// let dense = recipe.features(&table, View::Dense);
/// assert_eq!(dense.names, ["age", "age is missing", "town = Lyon", "town = other"]);
/// assert_eq!(recipe.target(&table)?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "form::Form", into = "form::Form")]
pub struct Recipe {
    target: String,
    task: Task,
    classes: Levels,
    seed: u64,
    rows: u64,
    columns: Vec<Fitted>,
}

#[derive(Clone, Debug)]
struct Fitted {
    schema: SchemaColumn,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    Number(Number),
    Words(Words),
}

/// Cells that a recipe could not read as anything it knows, and took as missing: by column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnseenCounts(pub BTreeMap<String, u64>);

/// Why a recipe cannot be fitted or applied.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum RecipeError {
    /// No training rows.
    #[error("there are no rows to learn from")]
    NoRows,
    /// No columns.
    #[error("there are no columns to learn from")]
    NoColumns,
    /// The target is among the features.
    #[error("the target `{0}` is among the columns to learn from")]
    TargetIsFeature(String),
    /// A classification needs two classes.
    #[error("the target `{target}` has {found} classes; two are needed at least")]
    Classes {
        /// The target.
        target: String,
        /// Classes given.
        found: usize,
    },
    /// The table lacks the target.
    #[error("the table has no column `{0}` to predict")]
    NoTarget(String),
    /// A row without a target.
    #[error("row {row} has no value in the target `{target}`")]
    TargetMissing {
        /// The row, from 0.
        row: usize,
        /// The target.
        target: String,
    },
    /// A target that is neither a known class nor a number.
    #[error("row {row} has `{value}` in the target `{target}`, which is {expected}")]
    TargetValue {
        /// The row, from 0.
        row: usize,
        /// The target.
        target: String,
        /// What stands there.
        value: String,
        /// What it is not.
        expected: &'static str,
    },
    /// A stored recipe whose parts do not fit together.
    #[error("not a valid recipe: {0}")]
    Corrupt(&'static str),
}

impl RecipeError {
    /// The error for the sender of the data.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let code = match self {
            Self::NoRows => "recipe.no_rows",
            Self::NoColumns => "recipe.no_columns",
            Self::TargetIsFeature(_) => "recipe.target_is_feature",
            Self::Classes { .. } => "recipe.too_few_classes",
            Self::NoTarget(_) => "recipe.no_target",
            Self::TargetMissing { .. } => "recipe.target_missing",
            Self::TargetValue { .. } => "recipe.target_value",
            Self::Corrupt(_) => return Failure::internal(self.to_string()),
        };
        let failure = Failure::invalid(code, self.to_string());
        match self {
            Self::TargetIsFeature(column) | Self::NoTarget(column) => {
                failure.with("column", column.clone())
            }
            Self::Classes { target, found } => failure
                .with("column", target.clone())
                .with("classes", *found),
            Self::TargetMissing { row, target } => {
                failure.with("row", row + 1).with("column", target.clone())
            }
            Self::TargetValue {
                row, target, value, ..
            } => failure
                .with("row", row + 1)
                .with("column", target.clone())
                .with("value", value.clone()),
            _ => failure,
        }
    }
}

impl Recipe {
    /// The column that is predicted.
    #[must_use]
    pub fn target_name(&self) -> &str {
        &self.target
    }

    /// What kind of target it is.
    #[must_use]
    pub fn task(&self) -> Task {
        self.task
    }

    /// The classes in the order of their codes; empty for regression.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.classes.words()
    }

    /// The columns that are learned from.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = &SchemaColumn> {
        self.columns.iter().map(|column| &column.schema)
    }

    /// Training rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The levels of a column of words, most frequent first; empty for numbers.
    #[must_use]
    pub fn levels(&self, column: &str) -> &[String] {
        let fitted = self.columns.iter().find(|c| c.schema.name == column);
        match fitted.map(|fitted| &fitted.values) {
            Some(Values::Words(words)) => words.levels.words(),
            _ => &[],
        }
    }

    /// Whether the column had a value in every training row.
    #[must_use]
    pub fn always_present(&self, column: &str) -> bool {
        let fitted = self.columns.iter().find(|c| c.schema.name == column);
        fitted.is_some_and(Fitted::is_required)
    }

    /// What the registry wants to know about training rows that this recipe has made.
    #[must_use]
    pub fn facts(&self, trees: &Features) -> Facts {
        let words = |kind: &&FeatureKind| matches!(kind, FeatureKind::Categorical { .. });
        let categorical = trees.kinds.iter().filter(words).count();
        let cells = (trees.rows() * trees.cols()).max(1);
        let missing = trees
            .columns
            .iter()
            .flatten()
            .filter(|v| v.is_nan())
            .count();
        let levels = self.columns.iter().map(|column| match &column.values {
            Values::Number(_) => 0,
            Values::Words(words) => words.levels.len(),
        });
        Facts {
            rows: trees.rows(),
            columns: trees.cols(),
            numeric: trees.cols() - categorical,
            categorical,
            classes: self.classes.len(),
            missing_share: missing as f64 / cells as f64,
            max_levels: levels.max().unwrap_or(0),
            dense_columns: self.dense_columns(),
        }
    }
}
