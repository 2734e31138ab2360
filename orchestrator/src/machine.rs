//! The pure state machine of a pipeline.

use domain::cancel::ending;
use domain::dataset::DatasetState;
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};

/// How a pipeline stands, as far as decisions need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The whole.
    pub pipeline: PipelineState,
    /// The six stages, in order.
    pub stages: [StageState; 6],
    /// What it learns from.
    pub dataset: DatasetState,
    /// The last stage to run.
    pub last: StageName,
}

/// What can happen to a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The dataset can be used.
    DatasetReady,
    /// The dataset cannot be read.
    DatasetFailed,
    /// A stage waits for a worker.
    Queued(StageName),
    /// A worker has begun a stage.
    Started(StageName),
    /// A stage's result is stored.
    Succeeded(StageName),
    /// A stage was given up.
    Failed(StageName),
    /// A stage is not asked for.
    Skipped(StageName),
    /// Everything asked for is done, or something failed.
    Finished(PipelineState),
    /// A person stops it.
    Cancelled,
    /// A person wants the failed stage again.
    Retried,
}

/// What a state asks to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Let a worker begin this stage.
    Queue(StageName),
    /// Mark this stage as not asked for.
    Skip(StageName),
    /// End the pipeline.
    Finish(PipelineState),
}

/// The event cannot happen in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} cannot happen now")]
pub struct Refused {
    /// What was said to have happened.
    pub event: Event,
}

impl Run {
    /// A pipeline that was just asked for.
    #[must_use]
    pub fn new(dataset: DatasetState, last: StageName) -> Self {
        let stages = [StageState::Pending; 6];
        Self {
            pipeline: PipelineState::Queued,
            stages,
            dataset,
            last,
        }
    }

    /// A stored pipeline.
    #[must_use]
    pub fn of(pipeline: &Pipeline, dataset: DatasetState) -> Self {
        let last = pipeline.spec.last_stage();
        let mut run = Self::new(dataset, last);
        run.pipeline = pipeline.state;
        for stage in &pipeline.stages {
            run.stages[stage.name as usize] = stage.state;
        }
        run
    }

    /// The state after `event`.
    pub fn apply(&self, event: Event) -> Result<Self, Refused> {
        let mut next = self.clone();
        let legal = match event {
            Event::DatasetReady => next.settle(DatasetState::Ready),
            Event::DatasetFailed => next.settle(DatasetState::Failed),
            Event::Queued(stage) => {
                self.first_open() == Some(stage)
                    && next.step(stage, StageState::Pending, StageState::Queued)
            }
            Event::Started(stage) => {
                next.pipeline = PipelineState::Running;
                next.step(stage, StageState::Queued, StageState::Running)
            }
            Event::Succeeded(stage) => next.step(stage, StageState::Running, StageState::Succeeded),
            Event::Failed(stage) => next.step(stage, StageState::Running, StageState::Failed),
            Event::Skipped(stage) => {
                stage > self.last && next.step(stage, StageState::Pending, StageState::Skipped)
            }
            Event::Finished(state) => {
                next.pipeline = state;
                self.decide() == Some(Decision::Finish(state))
            }
            Event::Cancelled => {
                next.pipeline = PipelineState::Cancelled;
                for (name, stage) in StageName::ALL.iter().zip(&mut next.stages) {
                    *stage = ending(*stage, *name <= self.last);
                }
                true
            }
            Event::Retried => {
                next.pipeline = PipelineState::Running;
                for stage in &mut next.stages {
                    if *stage != StageState::Succeeded {
                        *stage = StageState::Pending;
                    }
                }
                self.pipeline == PipelineState::Failed
            }
        };
        // A finished pipeline only changes by a retry.
        let open = !self.pipeline.is_final() || event == Event::Retried;
        if legal && open {
            Ok(next)
        } else {
            Err(Refused { event })
        }
    }

    /// What is to be done now; nothing while somebody else is at work.
    #[must_use]
    pub fn decide(&self) -> Option<Decision> {
        if self.pipeline.is_final() {
            return None;
        }
        if self.dataset == DatasetState::Failed || self.stages.contains(&StageState::Failed) {
            return Some(Decision::Finish(PipelineState::Failed));
        }
        let Some(stage) = self.first_open() else {
            return Some(Decision::Finish(PipelineState::Succeeded));
        };
        match self.stages[stage as usize] {
            StageState::Pending if stage > self.last => Some(Decision::Skip(stage)),
            StageState::Pending if self.dataset == DatasetState::Ready => {
                Some(Decision::Queue(stage))
            }
            _ => None,
        }
    }

    /// The first stage that is not over.
    fn first_open(&self) -> Option<StageName> {
        StageName::ALL
            .iter()
            .copied()
            .find(|stage| !self.stages[*stage as usize].is_final())
    }

    fn step(&mut self, stage: StageName, from: StageState, to: StageState) -> bool {
        let state = &mut self.stages[stage as usize];
        let legal = *state == from;
        *state = to;
        legal
    }

    fn settle(&mut self, to: DatasetState) -> bool {
        let legal = self.dataset == DatasetState::Profiling;
        self.dataset = to;
        legal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stage() -> impl Strategy<Value = StageName> {
        proptest::sample::select(StageName::ALL)
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::DatasetReady),
            Just(Event::DatasetFailed),
            stage().prop_map(Event::Queued),
            stage().prop_map(Event::Started),
            stage().prop_map(Event::Succeeded),
            stage().prop_map(Event::Failed),
            stage().prop_map(Event::Skipped),
            proptest::sample::select(PipelineState::ALL).prop_map(Event::Finished),
            Just(Event::Cancelled),
            Just(Event::Retried),
        ]
    }

    /// The event by which the world answers a decision when all goes well.
    fn answer(run: &Run, decision: Decision) -> Vec<Event> {
        match decision {
            Decision::Queue(stage) => {
                vec![
                    Event::Queued(stage),
                    Event::Started(stage),
                    Event::Succeeded(stage),
                ]
            }
            Decision::Skip(stage) => vec![Event::Skipped(stage)],
            Decision::Finish(state) => {
                assert_eq!(run.pipeline, PipelineState::Running);
                vec![Event::Finished(state)]
            }
        }
    }

    #[test]
    fn all_going_well_every_stage_runs_once_and_it_succeeds() {
        for last in StageName::ALL {
            let mut run = Run::new(DatasetState::Ready, *last);
            while let Some(decision) = run.decide() {
                for event in answer(&run, decision) {
                    run = run.apply(event).unwrap();
                }
            }
            assert_eq!(run.pipeline, PipelineState::Succeeded);
            for stage in StageName::ALL {
                let expected = if stage <= last {
                    StageState::Succeeded
                } else {
                    StageState::Skipped
                };
                assert_eq!(run.stages[*stage as usize], expected);
            }
        }
    }

    #[test]
    fn it_waits_for_its_dataset() {
        let run = Run::new(DatasetState::Profiling, StageName::Deploy);
        assert_eq!(run.decide(), None);
        let ready = run.apply(Event::DatasetReady).unwrap();
        assert_eq!(ready.decide(), Some(Decision::Queue(StageName::Prepare)));
        let failed = run.apply(Event::DatasetFailed).unwrap();
        assert_eq!(
            failed.decide(),
            Some(Decision::Finish(PipelineState::Failed))
        );
    }

    #[test]
    fn a_stopped_pipeline_has_no_open_stage_and_says_which_were_stopped() {
        let mut run = Run::new(DatasetState::Ready, StageName::Train);
        for event in [
            Event::Queued(StageName::Prepare),
            Event::Started(StageName::Prepare),
            Event::Succeeded(StageName::Prepare),
            Event::Queued(StageName::Select),
            Event::Cancelled,
        ] {
            run = run.apply(event).unwrap();
        }
        use StageState::{Cancelled, Skipped, Succeeded};
        let stopped = [Cancelled; 3];
        assert_eq!(run.stages[0], Succeeded);
        assert_eq!(run.stages[1..4], stopped);
        assert_eq!(run.stages[4..], [Skipped, Skipped], "nobody asked for them");
        assert_eq!(run.decide(), None);
    }

    /// The state after a look of the orchestrator: every decision is carried out.
    fn looked_at(run: &Run) -> Run {
        let mut run = run.clone();
        while let Some(decision) = run.decide() {
            let event = match decision {
                Decision::Queue(stage) => Event::Queued(stage),
                Decision::Skip(stage) => Event::Skipped(stage),
                Decision::Finish(state) => Event::Finished(state),
            };
            run = run.apply(event).unwrap();
        }
        run
    }

    /// All that the world will ever tell: the dataset is read or not, each stage begins and ends
    /// one way.
    fn world(is_readable: bool, succeeds: [bool; 6]) -> Vec<Event> {
        let read = if is_readable {
            Event::DatasetReady
        } else {
            Event::DatasetFailed
        };
        let ends = StageName::ALL
            .iter()
            .zip(succeeds)
            .map(|(stage, succeeds)| {
                if succeeds {
                    Event::Succeeded(*stage)
                } else {
                    Event::Failed(*stage)
                }
            });
        let starts = StageName::ALL.iter().map(|stage| Event::Started(*stage));
        std::iter::once(read).chain(starts).chain(ends).collect()
    }

    proptest! {
        #[test]
        fn every_order_and_repetition_ends_alike(
            is_readable in proptest::bool::weighted(0.9),
            succeeds in proptest::array::uniform6(proptest::bool::weighted(0.8)),
            last in stage(),
            order in proptest::collection::vec(0_usize..26, 0..300),
        ) {
            let world = world(is_readable, succeeds);
            let mut run = Run::new(DatasetState::Profiling, last);
            // In any order and any number of times; half of all inputs are looks. What comes too
            // early or too late is refused, and in the end everything is told in order.
            let in_order = (0..world.len()).flat_map(|event| [event, usize::MAX]);
            for input in order.into_iter().chain(in_order.cycle().take(400)) {
                match world.get(input) {
                    Some(event) => run = run.apply(*event).unwrap_or(run),
                    None => run = looked_at(&run),
                }
            }
            let fails = succeeds[..=last as usize].iter().position(|succeeds| !succeeds);
            let ends = if is_readable && fails.is_none() {
                PipelineState::Succeeded
            } else {
                PipelineState::Failed
            };
            prop_assert_eq!(run.pipeline, ends);
            for (place, stage) in run.stages.iter().enumerate() {
                let expected = match fails {
                    _ if !is_readable => StageState::Pending,
                    Some(failed) if place == failed => StageState::Failed,
                    Some(failed) if place > failed => StageState::Pending,
                    None if place > last as usize => StageState::Skipped,
                    _ => StageState::Succeeded,
                };
                prop_assert_eq!(*stage, expected, "{:?}", run);
            }
        }

        #[test]
        fn a_second_look_changes_nothing_and_the_end_is_the_end(
            events in proptest::collection::vec(event(), 0..60),
            later in event(),
            last in stage(),
        ) {
            let mut run = Run::new(DatasetState::Profiling, last);
            for event in events {
                run = run.apply(event).unwrap_or(run);
                let once = looked_at(&run);
                prop_assert_eq!(once.decide(), None);
                prop_assert_eq!(&looked_at(&once), &once);
                if once.pipeline.is_final() && later != Event::Retried {
                    prop_assert!(once.apply(later).is_err(), "{:?} {:?}", once, later);
                }
            }
        }

        #[test]
        fn whatever_happens_the_laws_hold(
            events in proptest::collection::vec(event(), 0..60),
            last in stage(),
        ) {
            let mut run = Run::new(DatasetState::Profiling, last);
            for event in events {
                let Ok(next) = run.apply(event) else { continue };
                // The end is the end, but for a retry.
                if run.pipeline.is_final() {
                    prop_assert_eq!(event, Event::Retried);
                }
                // Stages go in order: none has begun while an earlier one is open.
                let open = next.stages.iter().position(|state| !state.is_final());
                if let Some(open) = open {
                    for later in &next.stages[open + 1..] {
                        prop_assert!(matches!(
                            later, StageState::Pending | StageState::Skipped
                        ), "{:?}", next.stages);
                    }
                }
                // Success means that all that was asked for is done.
                if next.pipeline == PipelineState::Succeeded {
                    prop_assert!(next.stages[..=last as usize]
                        .iter().all(|state| *state == StageState::Succeeded));
                }
                // What a stage has done is never undone.
                for (before, after) in run.stages.iter().zip(&next.stages) {
                    if *before == StageState::Succeeded {
                        prop_assert_eq!(*after, StageState::Succeeded);
                    }
                }
                // Every decision can be carried out.
                if let Some(decision) = next.decide() {
                    let event = match decision {
                        Decision::Queue(stage) => Event::Queued(stage),
                        Decision::Skip(stage) => Event::Skipped(stage),
                        Decision::Finish(state) => Event::Finished(state),
                    };
                    prop_assert!(next.apply(event).is_ok(), "{:?} {:?}", next, decision);
                }
                run = next;
            }
        }
    }
}
