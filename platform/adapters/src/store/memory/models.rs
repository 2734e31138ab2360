//! Trained models.

use super::MemoryStore;
use super::kept::Kept;
use super::list::page;
use super::refusal::Outcome;
use super::rows::ModelRow;
use super::state::State;
use async_trait::async_trait;
use domain::access::Noun;
use domain::model::Model;
use domain::{ModelId, PipelineId};
use ports::Result;
use ports::store::{Models, Page, PageOf, Scope, plain};

impl State {
    /// Stores or replaces a model; also the one that had its number, when a pipeline trains again.
    pub(super) fn put_model(&mut self, model: &Model) -> Outcome<()> {
        let of_pipeline = self.models.find(model.pipeline);
        let replaced: Vec<ModelId> = of_pipeline
            .filter(|(id, row)| row.number == model.number && **id != model.id)
            .map(|(id, _)| *id)
            .collect();
        self.models.remove_all(replaced);
        let kept = Kept::new(model)?;
        // What it is found by stays as it was when it was first stored.
        let again = self
            .models
            .change(&model.id, |row| row.model = kept.clone());
        if again.is_none() {
            self.must_have(model.pipeline)?;
            let row = ModelRow {
                course: model.course,
                pipeline: model.pipeline,
                number: model.number,
                owner: model.owner,
                model: kept,
            };
            self.models.put(model.id, row);
        }
        Ok(())
    }

    fn leaderboard(&self, pipeline: PipelineId) -> Outcome<Vec<Model>> {
        let mut rows: Vec<&ModelRow> = self.models.find(pipeline).map(|(_, row)| row).collect();
        rows.sort_by_key(|row| row.number);
        let models = rows.into_iter().map(|row| row.model.read().cloned());
        let mut models = models.collect::<Outcome<Vec<Model>>>()?;
        models.sort_by_key(|model| (model.rank.unwrap_or(u32::MAX), model.number));
        Ok(models)
    }
}

#[async_trait]
impl Models for MemoryStore {
    async fn model(&self, id: ModelId) -> Result<Option<Model>> {
        self.look("read a model", |state, _| {
            let row = state.models.get(&id);
            row.map(|row| row.model.read().cloned()).transpose()
        })
    }

    async fn models(&self, scope: &Scope, at: &Page) -> Result<PageOf<Model>> {
        plain("list models", at.before.as_deref())?;
        self.look("list models", |state, _| {
            let seen = state.seen(Noun::Model, scope);
            page(
                state.models.iter(),
                at,
                |_, row| seen.has(row.owner, row.course, row.pipeline),
                |_, row| row.model.read().cloned(),
                |model| model.id.to_string(),
            )
        })
    }

    async fn leaderboard(&self, pipeline: PipelineId) -> Result<Vec<Model>> {
        self.look("read a leaderboard", |state, _| state.leaderboard(pipeline))
    }
}
