//! Loading, deciding, storing.

use crate::choose::choose;
use async_trait::async_trait;
use domain::results::{Selection, StageResult};
use domain::{Failure, Message};
use ml::recipe::Recipe;
use ml::registry::Facts;
use service_kit::{Handler, Outcome, Step};

/// Handles `select` jobs.
#[derive(Debug)]
pub(crate) struct Select;

#[async_trait]
impl Handler for Select {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let prepared = step.prepared().await?;
        let recipe = step.fetch(&prepared.recipe).await?;
        let recipe: Recipe = serde_json::from_slice(&recipe)
            .map_err(|error| Failure::internal(format!("the recipe cannot be read: {error}")))?;
        let facts = facts(&recipe, &prepared);
        let candidates = choose(prepared.task, &facts, &step.pipeline()?.spec.candidates)?;
        for candidate in &candidates {
            step.reporter.log(candidate.reason.clone());
        }
        let names: Vec<String> = candidates
            .iter()
            .filter(|candidate| candidate.selected)
            .map(|candidate| candidate.algorithm.clone())
            .collect();
        let text = format!(
            "{} algorithms will be tried: {}.",
            names.len(),
            names.join(", ")
        );
        let message = Message::new("select.done", text)
            .with("count", names.len())
            .with("algorithms", names);
        Ok(Outcome::Stage {
            result: Box::new(StageResult::Select(Selection { candidates })),
            message,
            writes: Vec::new(),
        })
    }
}

/// The facts, as far as profile and recipe tell them without loading the table.
fn facts(recipe: &Recipe, prepared: &domain::results::Prepared) -> Facts {
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
