//! Loading, deciding, storing.

use crate::choose::{choose, sampled};
use crate::race::{self, FEWEST_ROWS, Race, Standings, give_up, judge};
use async_trait::async_trait;
use domain::results::{Prepared, Selection, StageResult};
use domain::spec::Budget;
use domain::study::Candidate;
use domain::{Failure, Message};
use folds::{Allowance, FoldsCache};
use ml::fit::CancelFlag;
use ml::recipe::Recipe;
use ml::registry::Facts;
use service_kit::{Handler, Outcome, Step, within};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Handles `select` jobs.
#[derive(Debug)]
pub(crate) struct Select {
    pub(crate) cache: Arc<FoldsCache>,
}

#[async_trait]
impl Handler for Select {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let prepared = step.prepared().await?;
        let recipe = step.fetch(&prepared.recipe).await?;
        let recipe: Recipe = serde_json::from_slice(&recipe)
            .map_err(|error| Failure::internal(format!("the recipe cannot be read: {error}")))?;
        let facts = facts(&recipe, &prepared);
        let named = &step.pipeline()?.spec.candidates;
        let mut candidates = choose(prepared.task, &facts, named)?;
        let mut work_units = 0.0;
        if named.is_empty() && is_raced(step, &prepared) {
            (candidates, work_units) = self.race(step, &prepared, candidates).await?;
        }
        for candidate in &candidates {
            step.reporter.log(candidate.reason.clone());
        }
        for message in sampled(&candidates, &facts, step.table_cells()) {
            step.reporter.log(message);
        }
        let names: Vec<String> = candidates
            .iter()
            .filter(|candidate| candidate.selected)
            .map(|candidate| candidate.algorithm.clone())
            .collect();
        let called: Vec<&str> = names
            .iter()
            .map(|name| ml::registry::called(name))
            .collect();
        let text = match &called[..] {
            [only] => format!("One algorithm will be tried: {only}."),
            all => format!(
                "{} algorithms will be tried: {}.",
                all.len(),
                all.join(", ")
            ),
        };
        let message = Message::new("select.done", text)
            .with("count", names.len())
            .with("algorithms", names);
        Ok(Outcome::Stage {
            result: Box::new(StageResult::Select(Selection {
                candidates,
                work_units,
                dense_columns: facts.dense_columns as u64,
            })),
            message,
            writes: Vec::new(),
        })
    }
}

impl Select {
    /// The candidates after a race, and the work units that it took.
    async fn race(
        &self,
        step: &Step,
        prepared: &Prepared,
        candidates: Vec<Candidate>,
    ) -> Result<(Vec<Candidate>, f64), Failure> {
        let folds = self.cache.get(step, prepared).await?;
        let (all, metric) = (folds.target.len(), folds.metric);
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
        let (deadline, units) = match step.budget()? {
            Budget::Seconds(total) => {
                let share = Duration::from_secs_f64(total * race::SHARE);
                let ends = step
                    .deadline()?
                    .map(|end| end.earlier(end.left().saturating_sub(share)));
                (ends, None)
            }
            Budget::WorkUnits(units) => (None, Some(units as f64 * race::SHARE)),
        };
        let standings = Arc::new(Mutex::new(Standings::default()));
        let race = Race {
            folds,
            allowance: Allowance {
                threads: step.threads,
                clock: Arc::clone(&step.clock),
                deadline: deadline.clone(),
                cancel: CancelFlag::from(step.cancel.shared()),
            },
            units,
            reporter: step.reporter.clone(),
            standings: Arc::clone(&standings),
        };
        let runners = candidates.clone();
        let patience = step.patience(deadline.as_ref())?;
        let run = within(patience, step.compute(move || race.run(&runners))).await;
        let is_given_up = run.is_none();
        if let Some(Err(failure)) = run {
            // What breaks off here breaks off in its own trial only.
            if step.cancel.is_cancelled() {
                return Err(failure);
            }
            step.reporter.log(failure.message);
        }
        let known = standings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut candidates = judge(candidates, &known.laps, all, metric);
        if let (true, Some(name)) = (is_given_up, &known.running) {
            give_up(&mut candidates, name);
        }
        Ok((candidates, known.units))
    }
}

/// Whether a table is large enough for a race, and not too large for this process.
fn is_raced(step: &Step, prepared: &Prepared) -> bool {
    let cells = prepared
        .rows_train
        .saturating_mul(prepared.features.len() as u64);
    let bytes = cells.saturating_mul(size_of::<f64>() as u64);
    prepared.rows_train >= FEWEST_ROWS && bytes <= step.table_bytes()
}

/// The facts, as far as profile and recipe tell them without loading the table.
fn facts(recipe: &Recipe, prepared: &Prepared) -> Facts {
    let columns: Vec<_> = prepared
        .features
        .iter()
        .filter_map(|name| prepared.profile.column(name))
        .collect();
    let numeric = recipe
        .columns()
        .filter(|column| column.is_numeric())
        .count();
    let missing: u64 = columns.iter().map(|column| column.missing).sum();
    let cells = prepared
        .profile
        .rows
        .saturating_mul(columns.len() as u64)
        .max(1);
    let levels = prepared
        .features
        .iter()
        .map(|name| recipe.levels(name).len())
        .max();
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    let missing_share = missing as f64 / cells as f64;
    Facts {
        rows: usize::try_from(prepared.rows_train).unwrap_or(usize::MAX),
        columns: prepared.features.len(),
        numeric,
        categorical: prepared.features.len().saturating_sub(numeric),
        classes: prepared.classes.len(),
        missing_share,
        max_levels: levels.unwrap_or(0),
        dense_columns: recipe.dense_columns(),
    }
}
