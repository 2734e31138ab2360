//! People: they upload datasets, ask for pipelines, stop them, try them again, delete them.

use crate::hub::Hub;
use crate::mutants::Mutant;
use crate::{lock, now};
use domain::job::{JobKind, NewJob};
use domain::pipeline::{PipelineState, StageName};
use domain::{DatasetId, PipelineId, UserId};
use ports::contract::store::samples;
use ports::store::{Datasets, NewPipeline, Pipelines};
use system_tests::Chance;

pub struct People {
    owners: Vec<UserId>,
    datasets: Vec<DatasetId>,
    /// Pipelines that will still be asked for.
    pub wishes: usize,
    pub pipelines: Vec<PipelineId>,
    pub deleted: Vec<PipelineId>,
}

impl People {
    pub fn new(chance: &mut Chance, hub: &Hub) -> Self {
        let owners: Vec<UserId> = (0..1 + chance.below(3)).map(|_| UserId::new()).collect();
        let mut people = Self {
            owners,
            datasets: Vec::new(),
            wishes: 3 + chance.below(4),
            pipelines: Vec::new(),
            deleted: Vec::new(),
        };
        for _ in 0..1 + chance.below(2) {
            people.upload(chance, hub);
        }
        people.ask(chance, hub);
        people
    }

    fn owner(&self, chance: &mut Chance) -> UserId {
        *chance.one_of(&self.owners).unwrap()
    }

    fn upload(&mut self, chance: &mut Chance, hub: &Hub) {
        let owner = self.owner(chance);
        let dataset = samples::dataset(owner);
        let profile = samples::profile_job(owner, dataset.id, 1);
        now(hub.store.insert_dataset(&dataset, &profile)).unwrap();
        self.datasets.push(dataset.id);
    }

    /// Asks for a pipeline, if one is wished for.
    pub fn ask(&mut self, chance: &mut Chance, hub: &Hub) {
        if self.wishes == 0 {
            return;
        }
        self.wishes -= 1;
        let owner = self.owner(chance);
        let dataset = *chance.one_of(&self.datasets).unwrap();
        let mut pipeline = samples::pipeline(owner, dataset);
        if chance.below(3) == 0 {
            pipeline.spec.stop_after = chance.one_of(StageName::ALL).copied();
        }
        if chance.below(2) == 0 {
            pipeline.spec.deploy.name = Some(format!("sim-{}", self.pipelines.len()));
        }
        self.pipelines.push(pipeline.id);
        let advance = advance(pipeline.id, owner);
        now(hub
            .store
            .insert_pipeline(&NewPipeline { pipeline, advance }))
        .unwrap();
    }

    /// Does one of all that people do.
    pub fn act(&mut self, chance: &mut Chance, hub: &Hub) {
        match chance.below(10) {
            0..4 => return self.ask(chance, hub),
            4 => {
                if self.datasets.len() < 3 {
                    self.upload(chance, hub);
                }
                return;
            }
            _ => {}
        }
        let Some(id) = chance.one_of(&self.pipelines).copied() else {
            return;
        };
        let Some(pipeline) = now(hub.store.pipeline(id)).unwrap() else {
            return;
        };
        match chance.below(4) {
            0 => {
                let told = domain::cancel::told("somebody");
                let cancelled = now(hub.store.cancel_pipeline(id, &told)).unwrap();
                let open = !pipeline.state.is_final();
                lock(&hub.watch).law(cancelled == open, || {
                    format!("{id} was {} and cancelled: {cancelled}", pipeline.state)
                });
            }
            1 | 2 => {
                let advance = advance(id, pipeline.owner);
                let again = now(hub.store.retry_pipeline(id, &advance)).unwrap();
                let failed = pipeline.state == PipelineState::Failed;
                lock(&hub.watch).law(again == failed, || {
                    format!("{id} was {} and tried again: {again}", pipeline.state)
                });
            }
            _ => self.delete(hub, id, pipeline.state),
        }
    }

    fn delete(&mut self, hub: &Hub, id: PipelineId, state: PipelineState) {
        let deleted = if hub.is(Mutant::KeepsDeleted) && state.is_final() {
            Ok(true)
        } else {
            now(hub.store.delete_pipeline(id))
        };
        if let Ok(true) = deleted {
            let mut watch = lock(&hub.watch);
            watch.law(state.is_final(), || {
                format!("{id} was {state} and is deleted")
            });
            watch.deleted(id);
            self.pipelines.retain(|other| *other != id);
            self.deleted.push(id);
        }
    }
}

fn advance(pipeline: PipelineId, owner: UserId) -> NewJob {
    NewJob {
        pipeline: Some(pipeline),
        ..samples::job(JobKind::Advance, owner)
    }
}
