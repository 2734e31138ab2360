//! What only the results of a pipeline's stages know: the task and metric that the data decided,
//! warnings, and the endpoint.
//!
//! A result never changes once its stage has succeeded, and holds the whole profile; so what a
//! list of pipelines needs of it is read once and kept.

use crate::dto::pipeline::{DeploymentRef, Facts};
use crate::state::Gateway;
use domain::PipelineId;
use domain::pipeline::{Pipeline, StageName, StageState};
use domain::results::StageResult;
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
}

impl FactsCache {
    fn entries(&self) -> MutexGuard<'_, HashMap<PipelineId, Kept>> {
        // An entry is written in one piece, so a panic elsewhere does not spoil the map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of the pipeline beyond its row.
pub(super) async fn facts(gateway: &Gateway, pipeline: &Pipeline) -> ports::Result<Facts> {
    let succeeded = |name| {
        pipeline
            .stage(name)
            .is_some_and(|stage| stage.state == StageState::Succeeded)
    };
    let mut kept = gateway
        .facts
        .entries()
        .get(&pipeline.id)
        .cloned()
        .unwrap_or_default();
    let to_prepare = !kept.prepared && succeeded(StageName::Prepare);
    let to_deploy = !kept.deployed && succeeded(StageName::Deploy);
    if !to_prepare && !to_deploy {
        return Ok(kept.facts);
    }
    let store = &gateway.ports.store;
    if to_prepare
        && let Some(StageResult::Prepare(prepared)) =
            store.stage_result(pipeline.id, StageName::Prepare).await?
    {
        kept.facts.decided = Some((prepared.task, prepared.metric));
        kept.facts.warnings = prepared.warnings;
        kept.prepared = true;
    }
    if to_deploy
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
    Ok(kept.facts)
}
