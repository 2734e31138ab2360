//! What must be true in the end, when nobody does harm any more and nothing is left to do.

use crate::hub::Hub;
use crate::people::People;
use crate::{lock, now};
use domain::event::{Event, EventKind};
use domain::job::JobState;
use domain::pipeline::{Pipeline, PipelineState, StageName, StageState};
use domain::study::TrialState;
use domain::{Failure, PipelineId, Timestamp};
use ports::store::{Jobs, Models, Outbox, Pipelines};
use std::collections::BTreeSet;

/// Checks all of them; the first that is broken.
pub fn check(hub: &Hub, people: &People, time_went_back: bool) -> Result<(), String> {
    for job in hub.store.all_jobs() {
        let (id, kind, state) = (job.id, job.kind, job.state);
        law(!state.is_open(), || {
            format!("{kind} {id} is {state} for ever")
        })?;
        if state == JobState::Failed {
            let found = now(hub.store.job(id)).unwrap();
            let says_why = is_readable(found.and_then(|job| job.error).as_ref());
            law(says_why, || {
                format!("{kind} {id} was given up, and nobody says why")
            })?;
        }
    }
    let unsent = now(hub.store.unsent(1)).unwrap();
    law(unsent.is_empty(), || {
        format!("{unsent:?} waits in the outbox")
    })?;
    for id in &people.pipelines {
        let pipeline = now(hub.store.pipeline(*id)).unwrap();
        let pipeline = pipeline.ok_or_else(|| format!("{id} is gone"))?;
        check_pipeline(hub, &pipeline)?;
        check_events(hub, &pipeline, time_went_back)?;
    }
    for id in &people.deleted {
        let is_gone = leaves_nothing(hub, *id);
        law(is_gone, || format!("{id} was deleted and left something"))?;
    }
    let needed: BTreeSet<String> = lock(&hub.watch).needed.keys().cloned().collect();
    let files = lock(&hub.files);
    let missing = needed.difference(&files).next();
    law(missing.is_none(), || {
        format!("{missing:?} is needed and not there")
    })?;
    let orphan = files.difference(&needed).next();
    law(orphan.is_none(), || {
        format!("{orphan:?} is there and nothing needs it")
    })
}

fn law(holds: bool, says: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(says()) }
}

fn is_readable(failure: Option<&Failure>) -> bool {
    failure.is_some_and(|why| !why.message.text.is_empty())
}

fn leaves_nothing(hub: &Hub, id: PipelineId) -> bool {
    let store = &hub.store;
    now(store.pipeline(id)).unwrap().is_none()
        && now(store.events(id, 0, 1)).unwrap().is_empty()
        && now(store.timeline(id)).unwrap().is_empty()
        && now(store.trials(id)).unwrap().is_empty()
        && now(store.leaderboard(id)).unwrap().is_empty()
        && now(store.stage_result(id, StageName::Prepare))
            .unwrap()
            .is_none()
        && !store.all_jobs().iter().any(|job| job.pipeline == Some(id))
}

fn check_pipeline(hub: &Hub, pipeline: &Pipeline) -> Result<(), String> {
    let (id, state) = (pipeline.id, pipeline.state);
    law(state.is_final(), || format!("{id} is {state} for ever"))?;
    let last = pipeline.spec.last_stage();
    for stage in &pipeline.stages {
        let (name, stands) = (stage.name, stage.state);
        law(stands.is_final(), || {
            format!("{name} of {id} is {stands}; {id} is {state}")
        })?;
        let results = lock(&hub.watch)
            .results
            .get(&(id, name))
            .map_or(0, Vec::len);
        let stored = now(hub.store.stage_result(id, name)).unwrap().is_some();
        let expected = stands == StageState::Succeeded;
        law(
            results == usize::from(expected) && stored == expected,
            || format!("{name} of {id} is {stands}: {results} results, stored: {stored}"),
        )?;
        let asked_for = if name <= last {
            StageState::Succeeded
        } else {
            StageState::Skipped
        };
        law(
            state != PipelineState::Succeeded || stands == asked_for,
            || format!("{name} of {id} is {stands}, and {id} succeeded"),
        )?;
    }
    let error = pipeline.error.as_ref();
    law(
        is_readable(error) == (state == PipelineState::Failed),
        || format!("{id} is {state} because of {error:?}"),
    )?;
    let by_law = error.is_some_and(|why| why.message.code.starts_with("law."));
    law(!by_law, || format!("{id} failed: {error:?}"))?;
    for trial in now(hub.store.trials(id)).unwrap() {
        let open = matches!(trial.state, TrialState::Queued | TrialState::Running);
        law(!open, || {
            format!("trial {} of {id} is {} for ever", trial.number, trial.state)
        })?;
    }
    Ok(())
}

fn check_events(hub: &Hub, pipeline: &Pipeline, time_went_back: bool) -> Result<(), String> {
    let id = pipeline.id;
    let events = now(hub.store.events(id, 0, u32::MAX)).unwrap();
    let mut telling = Telling::default();
    for (event, expected) in events.iter().zip(1..) {
        law(event.seq == expected, || {
            format!("event {expected} of {id} is {}", event.seq)
        })?;
        law(time_went_back || event.at >= telling.at, || {
            format!("event {expected} of {id} was before the one before it")
        })?;
        law(telling.goes_on(event), || {
            let until = usize::try_from(expected).unwrap_or(0);
            let told: Vec<_> = events.iter().take(until).map(|event| &event.what).collect();
            format!("event {expected} of {id} cannot follow: {told:#?}")
        })?;
    }
    let agrees = telling.pipeline == Some(pipeline.state)
        && pipeline.stages.iter().all(|stage| {
            telling.stages[stage.name as usize].unwrap_or(StageState::Pending) == stage.state
        });
    law(agrees, || {
        format!("{id} stands as {pipeline:?}, and was told as {telling:?}")
    })
}

/// How a pipeline stands according to what was told of it. Nothing stands for `pending`.
#[derive(Debug, Default)]
struct Telling {
    at: Timestamp,
    pipeline: Option<PipelineState>,
    stages: [Option<StageState>; 6],
}

impl Telling {
    /// Whether the event can follow what was told before.
    fn goes_on(&mut self, event: &Event) -> bool {
        self.at = event.at;
        let told = event.what.data["state"].as_str();
        match (event.what.kind, event.what.stage, told) {
            (EventKind::Pipeline, _, Some(state)) => {
                state.parse().is_ok_and(|state| self.pipeline(state))
            }
            (EventKind::Stage, Some(stage), Some(state)) => {
                state.parse().is_ok_and(|state| self.stage(stage, state))
            }
            _ => self.pipeline.is_some_and(|state| !state.is_final()),
        }
    }

    fn pipeline(&mut self, to: PipelineState) -> bool {
        use PipelineState::{Cancelled, Failed, Queued, Running, Succeeded};
        let from = self.pipeline.replace(to);
        match (from, to) {
            (None, Queued)
            | (Some(Queued), Running | Failed | Cancelled)
            | (Some(Running), Succeeded | Failed | Cancelled) => true,
            (Some(Failed), Running | Queued) => {
                let done = |stage: &Option<StageState>| *stage == Some(StageState::Succeeded);
                self.stages
                    .iter_mut()
                    .filter(|stage| !done(stage))
                    .for_each(|stage| *stage = None);
                true
            }
            _ => false,
        }
    }

    fn stage(&mut self, name: StageName, to: StageState) -> bool {
        use StageState::{Cancelled, Failed, Queued, Running, Skipped, Succeeded};
        let place = name as usize;
        let from = self.stages[place].replace(to);
        let open = self.pipeline.is_some_and(|state| !state.is_final());
        let in_order = self.stages[..place]
            .iter()
            .all(|stage| *stage == Some(Succeeded));
        open && match (from, to) {
            (None, Queued) => in_order,
            (Some(Queued), Running) | (Some(Running), Succeeded) => in_order,
            (None | Some(Queued | Running), Failed | Cancelled | Skipped) => true,
            _ => false,
        }
    }
}
