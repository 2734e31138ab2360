//! From stored files to folds.

use domain::Failure;
use domain::results::Prepared;
use domain::spec::{Budget, SplitKind, SplitSpec};
use domain::task::{Choice, Metric};
use ml::features::{Features, Target};
use ml::fit::{Gpu, MAX_DENSE_CELLS};
use ml::recipe::{Recipe, View};
use ml::split::{folds_by, holdout, parts_by};
use service_kit::Step;
use std::sync::OnceLock;

/// Cells (rows × columns) of a view that are kept: 160 MB. Each fit makes what it needs of more.
const MOST_KEPT_CELLS: usize = 20_000_000;

/// Parts of a fold, each answered at rounds that the others chose.
const PARTS: u32 = 5;

/// Which rows are learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Those that were not held out.
    Train,
    /// All of them.
    All,
}

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
    /// Whether a GPU may fit. Work units promise the same model on every machine.
    pub(crate) gpu: Gpu,
    /// Cells of the dense view that a fit may hold.
    pub(crate) dense_cells: usize,
    split: SplitSpec,
    table: ml::table::Table,
    trees: OnceLock<Features>,
    dense: OnceLock<Features>,
}

impl Folds {
    /// Loads the rows to learn from.
    pub async fn load(step: &Step, prepared: &Prepared, rows: Rows) -> Result<Self, Failure> {
        let recipe = step.fetch(&prepared.recipe).await?;
        let train = step.fetch(&prepared.train).await?;
        let test = match rows {
            Rows::Train => None,
            Rows::All => Some(step.fetch(&prepared.test).await?),
        };
        let spec = &step.pipeline()?.spec;
        let (seed, split) = (spec.seed.unwrap_or(0), spec.split.clone());
        let gpu = match step.budget()? {
            Budget::Seconds(_) => Gpu::Allowed,
            Budget::WorkUnits(_) => Gpu::Forbidden,
        };
        let dense_cells = step.table_cells();
        let prepared = prepared.clone();
        step.compute(move || {
            let recipe: Recipe = serde_json::from_slice(&recipe).map_err(|error| {
                Failure::internal(format!("the recipe cannot be read: {error}"))
            })?;
            let mut table = tables::read_parquet(&train)?;
            if let Some(test) = test {
                let held_out = tables::read_parquet(&test)?;
                table = table.append(&held_out).map_err(|error| {
                    Failure::internal(format!("the rows held out are of another table: {error}"))
                })?;
            }
            let folds = Self::new(recipe, table, &prepared, &split, seed)?;
            Ok(Self {
                gpu,
                dense_cells,
                ..folds
            })
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
            gpu: Gpu::Forbidden,
            dense_cells: MAX_DENSE_CELLS,
            split: split.clone(),
            table,
            trees: OnceLock::new(),
            dense: OnceLock::new(),
        })
    }

    /// The features of these rows as an algorithm of this view sees them. Those of all rows are made
    /// once and kept, unless they are too many.
    pub(crate) fn features(&self, view: View, rows: &[u32]) -> Features {
        let most = MOST_KEPT_CELLS.min(self.dense_cells);
        if self.target.len().saturating_mul(self.columns(view)) > most {
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

    /// The rows of a fold, and the others. Folds from [`Folds::count`] on are of other cuts: the same
    /// rows, dealt anew.
    #[must_use]
    pub fn rows(&self, fold: u32) -> (Vec<u32>, Vec<u32>) {
        let (cut, fold) = (fold / self.count.max(1), fold % self.count.max(1));
        let dealt = (cut > 0).then(|| self.cut(cut));
        let fold_of = dealt.as_ref().unwrap_or(&self.fold_of);
        let all = 0..u32::try_from(fold_of.len()).unwrap_or(u32::MAX);
        all.partition(|row| fold_of[*row as usize] == fold)
    }

    /// So many rows to learn from and half as many to be judged by, as the last fold and the others have
    /// them: by chance, every class in its share.
    #[must_use]
    pub fn drawn(&self, most: usize) -> (Vec<u32>, Vec<u32>) {
        let (judged, learned) = self.rows(self.count.saturating_sub(1));
        (self.some(learned, most), self.some(judged, most / 2))
    }

    fn some(&self, rows: Vec<u32>, most: usize) -> Vec<u32> {
        if rows.len() <= most {
            return rows;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
        let left_out = 1.0 - most as f64 / rows.len() as f64;
        let target = self.target.take(&rows);
        let (taken, _) = holdout(Some(&target), rows.len(), left_out, self.seed);
        taken.iter().map(|&place| rows[place as usize]).collect()
    }

    /// Whether the rows can be cut in more than one way: those in the order of time cannot.
    #[must_use]
    pub fn can_be_cut_anew(&self) -> bool {
        !matches!(self.split.kind, Choice::Fixed(SplitKind::Time))
    }

    /// The part of each of these rows of a fold, dealt as rows are to folds. Few groups make fewer
    /// parts.
    pub(crate) fn parts(&self, rows: &[u32], seed: u64) -> Vec<u32> {
        let column = self.split.column.as_deref();
        let column = column.and_then(|name| self.table.column(name));
        let column = column.map(|column| column.take(rows));
        let target = self.target.take(rows);
        parts_by(self.split.kind, column.as_ref(), &target, PARTS, seed)
    }

    fn cut(&self, number: u32) -> Vec<u32> {
        let column = self.split.column.as_deref();
        let column = column.and_then(|name| self.table.column(name));
        let seed = self.seed.wrapping_add(u64::from(number));
        folds_by(self.split.kind, column, &self.target, self.count, seed)
    }
}
