//! What only the results of a pipeline's stages know: the task and metric that the data decided,
//! warnings, and the endpoint.
//!
//! A result never changes once its stage has succeeded, and holds the whole profile; so what a
//! list of pipelines needs of it is read once and kept.

use crate::dto::pipeline::{DeploymentRef, Facts};
use crate::state::Gateway;
use domain::event::EventKind;
use domain::pipeline::{Pipeline, StageName, StageState};
use domain::results::StageResult;
use domain::{Message, PipelineId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More pipelines than this are not kept in mind.
const MOST: usize = 5_000;

/// Facts by pipeline.
#[derive(Debug, Default)]
pub struct FactsCache(Mutex<HashMap<PipelineId, Kept>>);

#[derive(Clone, Debug, Default)]
struct Kept {
    facts: Facts,
    prepared: bool,
    deployed: bool,
    /// Warnings that were told while it ran.
    warnings: Vec<Message>,
    /// The last event that was looked at for warnings.
    told: u64,
}

impl FactsCache {
    fn entries(&self) -> MutexGuard<'_, HashMap<PipelineId, Kept>> {
        // An entry is written in one piece, so a panic elsewhere does not spoil the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Warnings that were told as events are read behind the last one that is known.
const BATCH: u32 = 1_000;

/// What is known of the pipeline beyond its row; enough for a list.
pub(super) async fn facts(gateway: &Gateway, pipeline: &Pipeline) -> ports::Result<Facts> {
    Ok(keep(gateway, pipeline, kept(gateway, pipeline))
        .await?
        .facts)
}

/// The same with every warning that was told while the pipeline ran.
pub(super) async fn all_facts(gateway: &Gateway, pipeline: &Pipeline) -> ports::Result<Facts> {
    let mut kept = kept(gateway, pipeline);
    loop {
        let store = &gateway.ports.store;
        let events = store.events(pipeline.id, kept.told, BATCH).await?;
        let whole = events.len() < BATCH as usize;
        kept.told = events.last().map_or(kept.told, |event| event.seq);
        let warnings = events
            .into_iter()
            .filter(|event| event.what.kind == EventKind::Warning);
        kept.warnings
            .extend(warnings.filter_map(|event| event.what.message));
        if whole {
            break;
        }
    }
    let Kept {
        mut facts,
        warnings,
        ..
    } = keep(gateway, pipeline, kept).await?;
    facts.warnings = once(facts.warnings.into_iter().chain(warnings));
    Ok(facts)
}

/// Each warning once: preparing both tells and stores its own, and a step that ran again told them
/// again.
fn once(warnings: impl Iterator<Item = Message>) -> Vec<Message> {
    let mut seen: Vec<Message> = Vec::new();
    for warning in warnings {
        if !seen.contains(&warning) {
            seen.push(warning);
        }
    }
    seen
}

fn kept(gateway: &Gateway, pipeline: &Pipeline) -> Kept {
    let entries = gateway.facts.entries();
    entries.get(&pipeline.id).cloned().unwrap_or_default()
}

/// Reads the results that are there by now, and remembers everything.
async fn keep(gateway: &Gateway, pipeline: &Pipeline, mut kept: Kept) -> ports::Result<Kept> {
    let succeeded = |name| {
        pipeline
            .stage(name)
            .is_some_and(|stage| stage.state == StageState::Succeeded)
    };
    let store = &gateway.ports.store;
    if !kept.prepared
        && succeeded(StageName::Prepare)
        && let Some(StageResult::Prepare(prepared)) =
            store.stage_result(pipeline.id, StageName::Prepare).await?
    {
        kept.facts.decided = Some((prepared.task, prepared.metric));
        kept.facts.warnings = prepared.warnings;
        kept.prepared = true;
    }
    if !kept.deployed
        && succeeded(StageName::Deploy)
        && let Some(StageResult::Deploy(deployed)) =
            store.stage_result(pipeline.id, StageName::Deploy).await?
    {
        let made = deployed.deployment;
        kept.facts.deployment = made.map(|(name, version)| DeploymentRef { name, version });
        kept.deployed = true;
    }
    let mut entries = gateway.facts.entries();
    if entries.len() >= MOST {
        entries.clear();
    }
    entries.insert(pipeline.id, kept.clone());
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_that_was_told_twice_is_listed_once() {
        let about = |column: &str| Message::new("prepare.id_column", "x").with("column", column);
        let listed = once([about("a"), about("b"), about("a")].into_iter());
        assert_eq!(listed, [about("a"), about("b")]);
    }
}
