//! From stored files to folds.

use domain::Failure;
use domain::results::Prepared;
use domain::task::Metric;
use ml::features::{Features, Target};
use ml::recipe::{Recipe, View};
use ml::registry::Facts;
use service_kit::Step;
use std::sync::OnceLock;

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
        let seed = step.pipeline()?.spec.seed.unwrap_or(0);
        let prepared = prepared.clone();
        step.compute(move || {
            let recipe: Recipe = serde_json::from_slice(&recipe).map_err(|error| {
                Failure::internal(format!("the recipe cannot be read: {error}"))
            })?;
            let table = tables::read_parquet(&train)?;
            Self::new(recipe, table, &prepared, seed)
        })
        .await
    }

    /// The folds of a table in memory.
    pub fn new(
        recipe: Recipe,
        table: ml::table::Table,
        prepared: &Prepared,
        seed: u64,
    ) -> Result<Self, Failure> {
        let target = recipe.target(&table).map_err(|error| error.failure())?;
        let fold_of = ml::split::folds(&target, prepared.folds, seed);
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

    /// The features that an algorithm of this view sees; made when first asked for.
    pub fn features(&self, view: View) -> &Features {
        let made = match view {
            View::Trees => &self.trees,
            View::Dense => &self.dense,
        };
        made.get_or_init(|| self.recipe.features(&self.table, view))
    }

    /// What is known about the rows before anything is fitted.
    pub fn facts(&self) -> Facts {
        self.recipe.facts(self.features(View::Trees))
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
