//! Care for the whole.

use super::MemoryStore;
use super::rows::PipelineMark;
use super::state::State;
use async_trait::async_trait;
use domain::Timestamp;
use domain::pipeline::PipelineState;
use ports::Result;
use ports::store::{Leases, Repairs, Site, Upkeep};
use std::collections::BTreeMap;

impl State {
    fn owners_of_artifacts(&self) -> Vec<String> {
        // A failed pipeline may be tried again after its dataset was deleted.
        let is_needed = |id| {
            let mut on = self.pipelines.find(PipelineMark::On(id));
            on.any(|(_, pipeline)| pipeline.is_open())
        };
        let datasets = self.datasets.iter();
        let datasets = datasets.filter(|(id, row)| !row.deleted || is_needed(**id));
        let datasets = datasets.map(|(id, _)| format!("datasets/{id}"));
        let pipelines = self.pipelines.iter();
        let pipelines = pipelines.map(|(id, _)| format!("pipelines/{id}"));
        datasets.chain(pipelines).collect()
    }

    fn pipeline_counts(&self) -> Vec<(PipelineState, u64)> {
        let mut counts = BTreeMap::new();
        for (_, pipeline) in self.pipelines.iter() {
            *counts.entry(pipeline.state).or_default() += 1;
        }
        counts.into_iter().collect()
    }
}

#[async_trait]
impl Upkeep for MemoryStore {
    async fn now(&self) -> Result<Timestamp> {
        Ok(self.clock.now())
    }

    async fn reconcile(&self, leases: Leases) -> Result<Repairs> {
        let doing = "mend what was left behind";
        self.mend(doing, |state, now| state.reconcile(leases, now))
    }

    async fn free_leases(&self, worker_prefix: &str) -> Result<u64> {
        let doing = "free the leases of a dead process";
        self.mend(doing, |state, now| state.free_leases(worker_prefix, now))
    }

    async fn owners_of_artifacts(&self) -> Result<Vec<String>> {
        self.look("list what artifacts belong to", |state, _| {
            Ok(state.owners_of_artifacts())
        })
    }

    async fn site(&self) -> Result<Option<Site>> {
        self.look("look which site this is", |state, _| Ok(state.site))
    }

    async fn keep_site(&self, site: &Site) -> Result<()> {
        self.change("keep which site this is", |state, _| {
            let kept = state.site.get_or_insert(*site);
            kept.marked |= site.marked && site.id == kept.id;
            Ok(())
        })
    }

    async fn pipeline_counts(&self) -> Result<Vec<(PipelineState, u64)>> {
        self.look("count pipelines", |state, _| Ok(state.pipeline_counts()))
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}
