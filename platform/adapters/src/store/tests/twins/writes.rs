//! What the steps of a random history write.

use super::moves::{Held, World};
use domain::dataset::FileFormat;
use domain::job::{FoldTask, JobKind, NewJob, Payload, TrialTask};
use domain::pipeline::{PipelineState, StageName, StageState};
use domain::study::{ParamValue, Trial, TrialState};
use domain::{Failure, FailureKind, JobId, Message, PipelineId, Timestamp};
use ports::contract::store::samples;
use ports::store::{Commit, DatasetOutcome, DeploymentWrite, End, StageChange, Write};
use serde_json::json;
use std::time::Duration;

/// Numbers that look like chance and are the same every time (Knuth's MMIX generator).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(super) fn one_of<T: Clone>(&mut self, things: &[T]) -> T {
        things[self.roll(things.len())].clone()
    }

    /// A number, rarely one that is none.
    pub(super) fn number(&mut self) -> f64 {
        match self.roll(60) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => -1.5,
            n => f64::from(u32::try_from(n).unwrap()) / 64.0,
        }
    }
}

impl Held {
    /// The commit for the store in memory, which made this job under an id of its own.
    pub(super) fn in_memory(&self, mut commit: Commit) -> Commit {
        let [sql, memory] = self.id;
        let mend = |job: &mut NewJob| {
            if job.parent == Some(sql) {
                job.parent = Some(memory);
            }
            if job.id == sql {
                job.id = memory;
            }
        };
        commit.job = memory;
        if let End::Waiting { children, .. } = &mut commit.end {
            children.iter_mut().for_each(mend);
        }
        for write in &mut commit.writes {
            if let Write::Job(job) = write {
                mend(job);
            }
        }
        commit
    }
}

impl World {
    pub(super) fn stage(&mut self) -> StageName {
        self.chance.one_of(StageName::ALL)
    }

    fn failure(&mut self) -> Failure {
        samples::failure(FailureKind::Internal)
    }

    /// A job of this pipeline, not yet stored.
    pub(super) fn new_job(&mut self, id: PipelineId, kind: JobKind) -> NewJob {
        let number = u32::try_from(self.chance.roll(4)).unwrap();
        let params = samples::params().with("x", ParamValue::Float(0.25));
        let algorithm = "knn".to_owned();
        let payload = match kind {
            JobKind::Trial => Payload::Trial(TrialTask {
                number,
                algorithm,
                params,
                prune_above: Some(self.chance.number()),
                rival: vec![0.25, 0.5],
                curve_above: Some(0.375),
            }),
            JobKind::Fold => Payload::Fold(FoldTask {
                model: number,
                fold: 0,
                folds: 1,
                whole: false,
                algorithm,
                params,
            }),
            _ => Payload::Pipeline,
        };
        let job = NewJob {
            pipeline: Some(id),
            payload,
            ..samples::job(kind, self.chance.one_of(&self.owners))
        };
        self.jobs.push([job.id; 2]);
        job
    }

    pub(super) fn trial(&mut self) -> Trial {
        let (number, state) = (self.chance.roll(4), self.chance.one_of(TrialState::ALL));
        let mut trial = samples::trial(u32::try_from(number).unwrap(), state);
        trial.score = Some(self.chance.number());
        if self.chance.roll(12) == 0 {
            trial.fold_scores.push(self.chance.number());
        }
        trial
    }

    pub(super) fn deployment(&mut self) -> DeploymentWrite {
        let (owner, name) = (self.chance.one_of(&self.owners), ["a", "b", "c"]);
        let id = self.chance.one_of(&self.pipelines);
        samples::deployment(owner, id, self.chance.one_of(&name))
    }

    /// What the end of a step may write.
    pub(super) fn writes(&mut self, held: &Held) -> Vec<Write> {
        let count = self.chance.one_of(&[0, 1, 1, 2, 4]);
        (0..count).map(|_| self.write(held)).collect()
    }

    fn write(&mut self, held: &Held) -> Write {
        // Mostly its own pipeline, sometimes another, which may not be there.
        let id = match self.chance.roll(8) {
            0 => self.chance.one_of(&self.pipelines),
            _ => held.pipeline,
        };
        match self.chance.roll(18) {
            0 => Write::Event(id, samples::event(7)),
            1 => {
                let mut span = samples::span(i64::try_from(self.chance.roll(5)).unwrap());
                if self.chance.roll(3) == 0 {
                    span.id = self.chance.one_of(&self.spans);
                }
                self.spans.push(span.id);
                Write::Span(id, span)
            }
            2..=4 => Write::Trial(id, self.trial()),
            5 | 6 => self.model(id),
            7 => Write::BestScore(id, self.chance.number()),
            8 => Write::Deploy(self.deployment()),
            9 => self.new_write_job(held, id),
            10 => Write::Pipeline(id, self.chance.one_of(PipelineState::ALL), None),
            11 | 12 => self.settle(held),
            _ => {
                let stage = held.kind.within().unwrap_or_else(|| self.stage());
                Write::Stage(id, stage, self.change(id, stage))
            }
        }
    }

    fn model(&mut self, id: PipelineId) -> Write {
        let number = u32::try_from(self.chance.roll(3)).unwrap();
        let mut model = samples::model(self.chance.one_of(&self.owners), id, number);
        if self.chance.roll(3) == 0 {
            model.id = self.chance.one_of(&self.models);
        }
        model.cv_score = self.chance.number();
        model.rank = self.chance.one_of(&[None, Some(1), Some(2)]);
        self.models.push(model.id);
        Write::Model(Box::new(model))
    }

    fn new_write_job(&mut self, held: &Held, id: PipelineId) -> Write {
        let kinds = [JobKind::Advance, JobKind::Batch, JobKind::Trial];
        let kind = self.chance.one_of(&kinds);
        let mut job = self.new_job(id, kind);
        match self.chance.roll(8) {
            0 => job.id = held.id[0],
            1 => job.pipeline = None,
            2 => job.parent = Some(held.id[0]),
            3 => job.parent = Some(JobId::new()),
            _ => {}
        }
        Write::Job(job)
    }

    fn settle(&mut self, held: &Held) -> Write {
        let (dataset, version) = match held.payload {
            Payload::Profile { dataset, version } => (dataset, version),
            _ => (self.chance.one_of(&self.datasets), 1),
        };
        let outcome = match self.chance.roll(4) {
            0 => DatasetOutcome::Failed {
                failure: self.failure(),
                format: Some(FileFormat::Tsv),
            },
            _ => samples::ready(),
        };
        Write::Dataset(dataset, version, Box::new(outcome))
    }

    fn change(&mut self, id: PipelineId, stage: StageName) -> StageChange {
        match self.chance.roll(6) {
            0 => StageChange::Succeeded(Box::new(samples::result()), Message::new("a", "b")),
            1 => {
                let states = [StageState::Failed, StageState::Skipped];
                let why = (self.chance.roll(2) == 0).then(|| self.failure());
                StageChange::Ended(self.chance.one_of(&states), why)
            }
            _ => StageChange::Queue(self.new_job(id, stage.into())),
        }
    }

    /// What may become of the job.
    pub(super) fn end(&mut self, held: &Held) -> End {
        let wait = Duration::from_secs(self.chance.roll(3) as u64);
        match self.chance.roll(10) {
            0 => End::Failed(self.failure(), Some(wait)),
            1 => End::Failed(self.failure(), None),
            2 => End::Released,
            3..=5 => {
                let kind = self.chance.one_of(&[JobKind::Trial, JobKind::Fold]);
                let count = self.chance.roll(4);
                let mut children = Vec::new();
                for _ in 0..count {
                    let mut child = self.new_job(held.pipeline, kind);
                    child.parent = Some(held.id[0]);
                    children.push(child);
                }
                End::Waiting {
                    children,
                    wake_at: u32::try_from(self.chance.roll(2)).unwrap(),
                    memo: json!({"at": Timestamp(3)}),
                }
            }
            _ => End::Succeeded(Some(json!(0.5))),
        }
    }
}
