//! Telling progress without drowning the store: everything is collected and written twice a second.

use crate::Timer;
use domain::Message;
use domain::event::{EventKind, NewEvent};
use domain::job::{Job, Payload};
use domain::pipeline::StageName;
use domain::study::Trial;
use ports::store::{Jobs, Progress, Store};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often progress is written.
pub(crate) const FLUSH_EVERY: Duration = Duration::from_millis(500);
/// Points of one curve between two writes; more are thinned to every second one.
const CURVE_POINTS: usize = 24;

/// Where a step tells how far it is. Cheap, never waits, usable from blocking threads.
#[derive(Clone, Debug)]
pub struct Reporter {
    stage: Option<StageName>,
    pending: Arc<Mutex<Pending>>,
    gpu: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Pending {
    progress: Option<(f64, Option<Message>)>,
    trial: Option<Trial>,
    events: Vec<NewEvent>,
    curves: Vec<(String, Vec<CurvePoint>)>,
}

#[derive(Debug)]
struct CurvePoint {
    round: u32,
    score: Option<f64>,
    train: Option<f64>,
}

impl Reporter {
    pub(crate) fn new(job: &Job) -> Self {
        Self {
            stage: job.within(),
            pending: Arc::default(),
            gpu: Arc::default(),
        }
    }

    /// How much of the stage is done, between 0 and 1, and what is happening.
    pub fn progress(&self, fraction: f64, message: Option<Message>) {
        let mut pending = self.lock();
        let before = pending.progress.take().and_then(|(_, message)| message);
        pending.progress = Some((fraction, message.or(before)));
    }

    /// A GPU computed: the timeline says so.
    pub fn used_gpu(&self) {
        self.gpu.store(true, Ordering::Relaxed);
    }

    /// Where the step computed, as a label has it behind what it did.
    pub(crate) fn device(&self) -> &'static str {
        match self.gpu.load(Ordering::Relaxed) {
            true => " (GPU)",
            false => "",
        }
    }

    /// A trial moved on.
    pub fn trial(&self, trial: Trial) {
        self.lock().trial = Some(trial);
    }

    /// Something happened.
    pub fn event(&self, event: NewEvent) {
        self.lock().events.push(event);
    }

    /// A line for the log of the pipeline.
    pub fn log(&self, message: Message) {
        self.event(NewEvent::log(self.stage, message));
    }

    /// Something a person should know.
    pub fn warn(&self, message: Message) {
        self.event(NewEvent::warning(self.stage, message));
    }

    /// A point of a training curve; `score` is of rows that the fit does not see.
    pub fn curve(&self, label: &str, round: u32, score: Option<f64>, train: Option<f64>) {
        let mut pending = self.lock();
        let point = CurvePoint {
            round,
            score,
            train,
        };
        match pending.curves.iter_mut().find(|(name, _)| name == label) {
            Some((_, points)) => {
                points.push(point);
                if points.len() > CURVE_POINTS {
                    let mut place = 0;
                    points.retain(|_| {
                        place += 1;
                        place % 2 == 1
                    });
                }
            }
            None => pending.curves.push((label.to_owned(), vec![point])),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be written now, if anything is.
    fn take(&self, job: &Job) -> Option<Progress> {
        let pending = std::mem::take(&mut *self.lock());
        let mut events = pending.events;
        if let (Some((fraction, message)), Some(stage)) = (&pending.progress, self.stage) {
            let mut event = NewEvent::new(
                EventKind::Progress,
                Some(stage),
                json!({"fraction": fraction}),
            );
            event.message.clone_from(message);
            events.push(event);
        }
        // Two models of one algorithm have equal labels; their numbers tell them apart.
        let (model, fold) = match &job.payload {
            Payload::Fold(task) => (Some(task.model), Some(task.fold)),
            _ => (None, None),
        };
        for (label, points) in pending.curves {
            for point in points {
                let data = json!({"label": label, "model": model, "fold": fold,
                                  "round": point.round, "score": point.score,
                                  "train_score": point.train});
                events.push(NewEvent::new(EventKind::Curve, self.stage, data));
            }
        }
        let stage = match (self.stage, pending.progress) {
            (Some(stage), Some((fraction, message))) => Some((stage, fraction, message)),
            _ => None,
        };
        if stage.is_none() && events.is_empty() && pending.trial.is_none() {
            return None;
        }
        let pipeline = job.pipeline?;
        let (job, attempt) = (job.id, job.attempt);
        Some(Progress {
            job,
            attempt,
            pipeline,
            stage,
            trial: pending.trial,
            events,
        })
    }

    /// Writes what was told so far. A store that is away costs this news, not the work.
    pub(crate) async fn flush(&self, job: &Job, store: &dyn Store) {
        let Some(progress) = self.take(job) else {
            return;
        };
        if let Err(error) = Jobs::report(store, &progress).await {
            tracing::debug!(error = %error.chain(), "progress could not be told");
        }
    }

    /// Writes twice a second until dropped.
    pub(crate) async fn keep_flushing(&self, job: &Job, store: &dyn Store, timer: &dyn Timer) {
        loop {
            timer.sleep(FLUSH_EVERY).await;
            self.flush(job, store).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::job::{JobKind, JobState};
    use domain::{JobId, PipelineId, Timestamp, UserId};

    fn job() -> Job {
        Job {
            id: JobId::new(),
            parent: None,
            kind: JobKind::Train,
            pipeline: Some(PipelineId::new()),
            owner: UserId::new(),
            payload: Payload::Pipeline,
            state: JobState::Running,
            attempt: 1,
            failures: 0,
            crashes: 0,
            suspect: false,
            memo: None,
            result: None,
            error: None,
            created_at: Timestamp(0),
            started_at: None,
            finished_at: None,
        }
    }

    #[test]
    fn numeric_progress_is_coalesced_and_its_words_are_kept() {
        let (job, told) = (job(), Message::new("x", "half way"));
        let reporter = Reporter::new(&job);
        reporter.progress(0.5, Some(told.clone()));
        reporter.progress(0.6, None);
        let progress = reporter.take(&job).unwrap();
        assert_eq!(progress.stage, Some((StageName::Train, 0.6, Some(told))));
        assert_eq!(progress.events.len(), 1);
        assert!(reporter.take(&job).is_none());
    }

    #[test]
    fn a_long_curve_is_thinned() {
        let job = job();
        let reporter = Reporter::new(&job);
        for round in 0..10_000 {
            reporter.curve("fold 1", round, Some(0.5), None);
        }
        let told = reporter.take(&job).unwrap().events.len();
        assert!(told <= CURVE_POINTS, "{told}");
    }
}
