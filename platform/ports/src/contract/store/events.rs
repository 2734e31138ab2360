//! What is promised of what is told about a pipeline: events, its timeline, and its trials.

use super::samples::{event, failure, span, trial};
use super::{CROWD, Desk, Store, together};
use crate::store::{End, Progress, Write};
use domain::event::{Event, EventKind, NewEvent};
use domain::job::{Job, JobKind, NewJob, Payload, TrialTask};
use domain::pipeline::{Span, StageName};
use domain::study::{Params, Trial, TrialState};
use domain::{Failure, FailureKind, PipelineId, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    events_are_numbered_without_gaps(store).await;
    many_reporters_leave_no_gap(store).await;
    every_turn_is_told(store).await;
    a_report_is_written_by_the_holder_alone(store).await;
    bars_are_drawn_over_and_ordered(store).await;
    trials_are_replaced_and_ordered(store).await;
    trials_end_with_their_job_or_pipeline(store).await;
}

async fn told(store: &Arc<dyn Store>, id: PipelineId) -> Vec<Event> {
    store.events(id, 0, 10_000).await.unwrap()
}

#[track_caller]
fn numbered_from_one(events: &[Event]) {
    for (place, event) in events.iter().enumerate() {
        assert_eq!(event.seq, place as u64 + 1, "numbers have no gaps");
    }
}

/// Events are numbered from 1 without gaps in the order in which they were written, and are read
/// back as they were, from any number on.
pub async fn events_are_numbered_without_gaps(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let before = told(store, id).await.len();
    let writes = (0..5).map(|n| Write::Event(id, event(n))).collect();
    desk.finish(&job, writes).await;
    let events = told(store, id).await;
    numbered_from_one(&events);
    let times = events.iter().map(|event| event.at);
    assert!(times.is_sorted(), "what came later is told as later");
    let mine: Vec<NewEvent> = events[before..]
        .iter()
        .map(|event| event.what.clone())
        .collect();
    assert_eq!(mine, (0..5).map(event).collect::<Vec<_>>());
    assert!(events.iter().all(|event| event.pipeline_id == id));
    let last = events.len() as u64;
    assert_eq!(
        store.events(id, last - 2, 100).await.unwrap(),
        events[events.len() - 2..]
    );
    assert_eq!(store.events(id, 1, 2).await.unwrap(), events[1..3]);
    assert_eq!(store.events(id, last, 100).await.unwrap(), []);
    assert_eq!(store.events(id, u64::MAX, 100).await.unwrap(), []);
    assert_eq!(told(store, PipelineId::new()).await, []);
    desk.cancel(id).await;
    numbered_from_one(&told(store, id).await);
}

fn report(pipeline: PipelineId, job: &Job, number: u64) -> Progress {
    Progress {
        job: job.id,
        attempt: job.attempt,
        pipeline,
        stage: None,
        trial: Some(trial(0, TrialState::Running)),
        events: vec![event(number), event(number + 1)],
    }
}

/// Many reporters of one pipeline leave no gap, and who follows by number misses nothing.
pub async fn many_reporters_leave_no_gap(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, parent) = desk.running(StageName::Train).await;
    let children = (0..CROWD)
        .map(|_| NewJob {
            parent: Some(parent.id),
            ..desk.job_of(id, JobKind::Fold)
        })
        .collect();
    desk.end(
        &parent,
        End::Waiting {
            children,
            wake_at: 0,
            memo: json!(1),
        },
    )
    .await;
    let mut held = Vec::new();
    for _ in 0..CROWD {
        held.push(desk.must_claim(JobKind::Fold).await.job);
    }
    let before = told(store, id).await.len();
    let (last, follow) = (before + CROWD * 4 * 2, Arc::clone(store));
    let follower = tokio::spawn(async move {
        let mut followed: Vec<Event> = Vec::new();
        while followed.len() < last {
            let after = followed.last().map_or(0, |event| event.seq);
            followed.extend(follow.events(id, after, 7).await.unwrap());
            // A store that answers at once would leave nobody else a turn on a single thread.
            tokio::task::yield_now().await;
        }
        followed
    });
    let reports = together(CROWD, |n| {
        let (desk, job) = (desk.clone(), held[n].clone());
        async move {
            for round in 0..4 {
                let number = (n * 1_000 + round * 10) as u64;
                let progress = report(id, &job, number);
                assert!(desk.store.report(&progress).await.unwrap(), "it is held");
            }
        }
    });
    reports.await;
    let followed = tokio::time::timeout(Duration::from_secs(60), follower).await;
    let followed = followed.expect("the follower sees the last event").unwrap();
    numbered_from_one(&followed);
    assert_eq!(
        followed,
        told(store, id).await,
        "who follows by number sees all"
    );
    let mut numbers: Vec<u64> = followed[before..]
        .iter()
        .map(|event| event.what.data["number"].as_u64().unwrap())
        .collect();
    for pair in numbers.chunks(2) {
        assert_eq!(
            pair[0] + 1,
            pair[1],
            "the events of one report stay together"
        );
    }
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), CROWD * 4 * 2, "none is lost");
    desk.cancel(id).await;
}

/// The store itself tells when pipeline and stages change their state.
pub async fn every_turn_is_told(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Prepare).await;
    desk.end_pipeline(id, &job, domain::pipeline::PipelineState::Failed)
        .await;
    store.retry_pipeline(id, &desk.advance(id)).await.unwrap();
    desk.cancel(id).await;
    let turns: Vec<String> = told(store, id)
        .await
        .iter()
        .filter(|event| matches!(event.what.kind, EventKind::Pipeline | EventKind::Stage))
        .map(|event| {
            let stage = event.what.stage.map_or("pipeline", StageName::as_str);
            format!("{stage} {}", event.what.data["state"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "pipeline queued",
        "prepare queued",
        "pipeline running",
        "prepare running",
        "prepare failed",
        "select skipped",
        "optimise skipped",
        "train skipped",
        "evaluate skipped",
        "deploy skipped",
        "pipeline failed",
        "pipeline running",
        "prepare cancelled",
        "select cancelled",
        "optimise cancelled",
        "train cancelled",
        "evaluate cancelled",
        "deploy cancelled",
        "pipeline cancelled",
    ];
    assert_eq!(turns, expected);
}

/// A report by an attempt that lost its lease writes nothing and says so; each report that is
/// written wakes readers.
pub async fn a_report_is_written_by_the_holder_alone(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, old) = desk.running(StageName::Train).await;
    assert!(store.report(&report(id, &old, 0)).await.unwrap());
    assert_eq!(
        store.trials(id).await.unwrap(),
        [trial(0, TrialState::Running)]
    );
    store.free_leases(&desk.worker).await.unwrap();
    let new = desk.must_claim_suspect(JobKind::Train).await;
    let before = told(store, id).await;
    assert!(
        !store.report(&report(id, &old, 10)).await.unwrap(),
        "it lost the job"
    );
    assert_eq!(told(store, id).await, before, "nothing was told");
    assert!(store.report(&report(id, &new, 20)).await.unwrap());
    assert_eq!(told(store, id).await.len(), before.len() + 2);
    let failed = failure(FailureKind::InvalidInput);
    desk.end(&new, End::Failed(failed, None)).await;
    assert!(
        !store.report(&report(id, &new, 30)).await.unwrap(),
        "it is over"
    );
    desk.cancel(id).await;
}

/// A bar that is drawn again replaces itself; bars are told by their start.
pub async fn bars_are_drawn_over_and_ordered(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Train).await;
    let (first, second, third) = (span(10), span(20), span(20));
    let ended = Span {
        end: Some(Timestamp(30)),
        label: "é".to_owned(),
        ..first.clone()
    };
    let bars = [third.clone(), second.clone(), first, ended.clone()];
    let writes = bars.into_iter().map(|bar| Write::Span(id, bar)).collect();
    desk.finish(&job, writes).await;
    assert_eq!(store.timeline(id).await.unwrap(), [ended, second, third]);
    desk.cancel(id).await;
}

/// A trial does not outlive its job or its pipeline.
pub async fn trials_end_with_their_job_or_pipeline(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Optimise).await;
    let states = [
        TrialState::Queued,
        TrialState::Running,
        TrialState::Succeeded,
    ];
    let trials = (0..)
        .zip(states)
        .map(|(number, state)| trial(number, state));
    let writes = trials.map(|trial| Write::Trial(id, trial)).collect();
    let child = NewJob {
        parent: Some(job.id),
        pipeline: Some(id),
        payload: Payload::Trial(TrialTask {
            number: 0,
            algorithm: "knn".into(),
            params: Params::default(),
            prune_above: None,
            rival: Vec::new(),
            curve_above: None,
        }),
        ..super::samples::job(JobKind::Trial, desk.owner)
    };
    let wait = End::Waiting {
        children: vec![child],
        wake_at: 0,
        memo: json!({}),
    };
    desk.commit(&job, wait, writes).await;
    let ended = || async {
        let trials = store.trials(id).await.unwrap();
        let each = trials.into_iter();
        each.map(|trial| (trial.state, trial.finished_at.is_some()))
            .collect::<Vec<_>>()
    };
    let kept = ended().await[2];
    let failed = desk.must_claim(JobKind::Trial).await.job;
    let failure = Failure::internal("out of luck");
    desk.end(&failed, End::Failed(failure.clone(), None)).await;
    assert_eq!(ended().await[0], (TrialState::Failed, true));
    assert_eq!(ended().await[1].0, TrialState::Running, "others go on");
    assert_eq!(
        store.trials(id).await.unwrap()[0].error,
        Some(failure.message)
    );
    desk.cancel(id).await;
    let all = [
        (TrialState::Failed, true),
        (TrialState::Cancelled, true),
        kept,
    ];
    assert_eq!(ended().await, all);
}

/// A trial that is written again replaces itself; trials are told by their number.
pub async fn trials_are_replaced_and_ordered(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (id, job) = desk.running(StageName::Optimise).await;
    let states = [
        (10, TrialState::Queued),
        (9, TrialState::Pruned),
        (10, TrialState::Succeeded),
    ];
    let trials = states.map(|(number, state)| trial(number, state));
    let writes = trials
        .iter()
        .cloned()
        .map(|trial| Write::Trial(id, trial))
        .collect();
    desk.finish(&job, writes).await;
    let expected: [Trial; 2] = [trials[1].clone(), trials[2].clone()];
    assert_eq!(
        store.trials(id).await.unwrap(),
        expected,
        "numbers are compared as numbers"
    );
    desk.cancel(id).await;
}
