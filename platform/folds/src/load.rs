//! From stored files to folds.

use domain::Failure;
use domain::results::Prepared;
use domain::spec::SplitSpec;
use domain::task::Metric;
use ml::features::{Features, Target};
use ml::recipe::{Recipe, View};
use ml::split::folds_by;
use service_kit::Step;
use std::sync::OnceLock;

/// Cells (rows × columns) of a view that are kept: 160 MB. Each fit makes what it needs of more.
const MOST_KEPT_CELLS: usize = 20_000_000;

/// A prepared table, cut into folds.
#[derive(Debug)]
pub struct Folds {
    /// What the table is about.
    pub recipe: Recipe,
    /// What is learned, row by row.
    pub target: Target,
    /// The fold of each row.
    pub fold_of: Vec<u32>,
    /// Number of folds.
    pub count: u32,
    /// The metric that decides.
    pub metric: Metric,
    /// The class that counts as positive.
    pub positive: usize,
    pub(crate) seed: u64,
    table: ml::table::Table,
    trees: OnceLock<Features>,
    dense: OnceLock<Features>,
}

impl Folds {
    /// Loads the rows to learn from.
    pub async fn load(step: &Step, prepared: &Prepared) -> Result<Self, Failure> {
        let recipe = step.fetch(&prepared.recipe).await?;
        let train = step.fetch(&prepared.train).await?;
        let spec = &step.pipeline()?.spec;
        let (seed, split) = (spec.seed.unwrap_or(0), spec.split.clone());
        let prepared = prepared.clone();
        step.compute(move || {
            let recipe: Recipe = serde_json::from_slice(&recipe).map_err(|error| {
                Failure::internal(format!("the recipe cannot be read: {error}"))
            })?;
            let table = tables::read_parquet(&train)?;
            Self::new(recipe, table, &prepared, &split, seed)
        })
        .await
    }

    /// The folds of a table in memory.
    pub fn new(
        recipe: Recipe,
        table: ml::table::Table,
        prepared: &Prepared,
        split: &SplitSpec,
        seed: u64,
    ) -> Result<Self, Failure> {
        let target = recipe.target(&table).map_err(|error| error.failure())?;
        let column = split.column.as_deref().and_then(|name| table.column(name));
        let fold_of = folds_by(split.kind, column, &target, prepared.folds, seed);
        Ok(Self {
            recipe,
            target,
            fold_of,
            count: prepared.folds,
            metric: prepared.metric,
            positive: prepared.positive.unwrap_or(1),
            seed,
            table,
            trees: OnceLock::new(),
            dense: OnceLock::new(),
        })
    }

    /// The features of these rows as an algorithm of this view sees them. Those of all rows are made
    /// once and kept, unless they are too many.
    pub(crate) fn features(&self, view: View, rows: &[u32]) -> Features {
        if self.target.len().saturating_mul(self.columns(view)) > MOST_KEPT_CELLS {
            return self.recipe.features(&self.table.take(rows), view);
        }
        let made = match view {
            View::Trees => &self.trees,
            View::Dense => &self.dense,
        };
        made.get_or_init(|| self.recipe.features(&self.table, view))
            .take(rows)
    }

    /// Columns of a view.
    #[must_use]
    pub fn columns(&self, view: View) -> usize {
        match view {
            View::Trees => self.recipe.columns().count(),
            View::Dense => self.recipe.dense_columns(),
        }
    }

    /// The start of all chance.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Rows × columns.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.target.len() * self.table.columns.len()
    }

    /// The rows of a fold, and the others.
    #[must_use]
    pub fn rows(&self, fold: u32) -> (Vec<u32>, Vec<u32>) {
        let all = 0..u32::try_from(self.fold_of.len()).unwrap_or(u32::MAX);
        all.partition(|row| self.fold_of[*row as usize] == fold)
    }
}
