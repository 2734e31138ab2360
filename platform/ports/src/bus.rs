//! Wake-ups.

use crate::Result;
use async_trait::async_trait;
use domain::job::JobKind;
use domain::{DatasetId, Failure, FailureKind, JobId, PipelineId};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// Something that the store already holds and that somebody may want to look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// There is work of this kind.
    Work(JobKind),
    /// A pipeline has new events, or was cancelled.
    Pipeline(PipelineId),
    /// A dataset's state changed.
    Dataset(DatasetId),
    /// Deployments changed.
    Deployments,
    /// A job was given up.
    Dead(Box<DeadLetter>),
}

/// A job that was given up, for those who look after the site.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The job.
    pub job: JobId,
    /// Its kind.
    pub kind: JobKind,
    /// The last attempt at it.
    pub attempt: u32,
    /// What sort of failure it was.
    pub class: FailureKind,
    /// The failure's code.
    pub code: String,
    /// Why, in a sentence.
    pub reason: String,
}

impl DeadLetter {
    /// The letter of a job that ended with `failure`.
    #[must_use]
    pub fn new(job: JobId, kind: JobKind, attempt: u32, failure: &Failure) -> Self {
        Self {
            job,
            kind,
            attempt,
            class: failure.kind,
            code: failure.message.code.clone(),
            reason: failure.message.text.clone(),
        }
    }
}

impl Notice {
    /// The subject under which it is published.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Work(kind) => format!("ml.job.{kind}"),
            Self::Pipeline(id) => format!("ml.evt.{id}"),
            Self::Dataset(id) => format!("ml.dataset.{id}"),
            Self::Deployments => "ml.deployments".to_owned(),
            Self::Dead(letter) => format!("ml.dlq.{}", letter.kind),
        }
    }

    /// What it says beyond its subject, as JSON.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        match self {
            Self::Dead(letter) => serde_json::to_string(letter).ok(),
            _ => None,
        }
    }

    /// The notice that was left as `subject` and `body`, if it is one.
    #[must_use]
    pub fn read(subject: &str, body: Option<&str>) -> Option<Self> {
        match body {
            Some(body) if subject.starts_with("ml.dlq.") => {
                serde_json::from_str(body).ok().map(Self::Dead)
            }
            _ => Self::from_subject(subject),
        }
    }

    /// The notice that was published under `subject`, if it is one.
    #[must_use]
    pub fn from_subject(subject: &str) -> Option<Self> {
        let rest = subject.strip_prefix("ml.")?;
        if rest == "deployments" {
            return Some(Self::Deployments);
        }
        let (family, name) = rest.split_once('.')?;
        match family {
            "job" => name.parse().ok().map(Self::Work),
            "evt" => name.parse().ok().map(Self::Pipeline),
            "dataset" => name.parse().ok().map(Self::Dataset),
            _ => None,
        }
    }
}

/// Wake-ups between processes.
///
/// - [`Notice::Work`] goes to a queue for its kind: each message to one of the competing
///   consumers, again if that one goes away without [`Delivery::ack`].
/// - Every other notice goes to everybody who watches at that moment; who lags may miss some and
///   is told so by [`Watched::Lagged`].
/// - Publishing the same `id` twice may deliver once or twice: receivers are idempotent.
/// - Everything may be lost: the store is polled as well.
#[async_trait]
pub trait Bus: Send + Sync + Debug {
    /// Publishes `notice`. `id` is the outbox row, for de-duplication.
    async fn publish(&self, id: &str, notice: &Notice) -> Result<()>;

    /// The queue of work of one kind.
    async fn work(&self, kind: JobKind) -> Result<Box<dyn WorkQueue>>;

    /// Everything but work, from now on.
    async fn watch(&self) -> Result<Box<dyn Watch>>;

    /// Whether the backend answers.
    async fn ping(&self) -> Result<()>;
}

/// One consumer's end of a queue of work.
#[async_trait]
pub trait WorkQueue: Send {
    /// Waits for the next message. Cancel-safe.
    async fn next(&mut self) -> Result<Box<dyn Delivery>>;
}

/// A message that was handed over and is not yet dealt with. Dropping it gives it back.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// Says that the work still goes on, so that nobody else is woken for it.
    async fn in_progress(&self) -> Result<()>;

    /// Says that the work is dealt with.
    async fn ack(self: Box<Self>) -> Result<()>;
}

/// What a watcher gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// A notice.
    Notice(Notice),
    /// Some notices were missed: look at everything once.
    Lagged,
}

/// One watcher's end.
#[async_trait]
pub trait Watch: Send {
    /// Waits for the next notice. Cancel-safe.
    async fn next(&mut self) -> Result<Watched>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_back() {
        let notices = [
            Notice::Work(JobKind::Trial),
            Notice::Pipeline(PipelineId::new()),
            Notice::Dataset(DatasetId::new()),
            Notice::Deployments,
        ];
        for notice in notices {
            assert_eq!(Notice::from_subject(&notice.subject()), Some(notice));
        }
        let failure = Failure::internal("why");
        let letter = DeadLetter::new(JobId::new(), JobKind::Fold, 3, &failure);
        let dead = Notice::Dead(Box::new(letter));
        assert_eq!(dead.subject(), "ml.dlq.fold");
        let body = dead.body();
        assert_eq!(Notice::read("ml.dlq.fold", body.as_deref()), Some(dead));
        assert_eq!(Notice::from_subject("ml.job.nonsense"), None);
    }
}
