//! Files in and out, drawn on the timeline.

use super::Step;
use bytes::Bytes;
use domain::pipeline::{Span, SpanKind};
use domain::{Failure, SpanId, Timestamp};
use ports::PortError;
use ports::artifacts::{Written, get_bytes, put_bytes};
use std::sync::PoisonError;

/// Fetching and storing that is quicker than this is not worth a bar.
const SHORTEST_BAR_US: i64 = 20_000;

impl Step {
    /// Where this attempt keeps its files: nobody else writes there.
    #[must_use]
    pub fn folder(&self) -> String {
        let (job, attempt) = (self.job.id, self.job.attempt);
        match self.job.pipeline {
            Some(pipeline) => format!("pipelines/{pipeline}/{job}/{attempt}"),
            None => format!("jobs/{job}/{attempt}"),
        }
    }

    /// The key of a file of this attempt.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.folder())
    }

    /// A stored file, whole.
    pub async fn fetch(&self, key: &str) -> Result<Bytes, Failure> {
        let start = self.now();
        let bytes = get_bytes(self.ports.artifacts.as_ref(), key).await?;
        self.bar(SpanKind::Download, start, key);
        Ok(bytes)
    }

    /// Stores a file of this attempt; its key.
    pub async fn put(&self, name: &str, content: Bytes) -> Result<(String, Written), Failure> {
        let (start, key) = (self.now(), self.key(name));
        let written = put_bytes(self.ports.artifacts.as_ref(), &key, content).await?;
        self.bar(SpanKind::Upload, start, &key);
        Ok((key, written))
    }

    /// Whether a file is there.
    pub async fn has(&self, key: &str) -> Result<bool, Failure> {
        match self.ports.artifacts.head(key).await {
            Ok(_) => Ok(true),
            Err(PortError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file of an earlier step that nothing needs any more; that it stays does no harm.
    pub async fn forget(&self, key: &str) {
        if let Err(error) = self.ports.artifacts.delete(key).await {
            tracing::warn!(key, error = %error.chain(), "a file that nothing needs was not removed");
        }
    }

    /// Removes every file of this name that earlier steps of the pipeline left.
    pub async fn forget_all(&self, name: &str) -> Result<(), Failure> {
        let prefix = format!("pipelines/{}/", self.pipeline()?.id);
        let ending = format!("/{name}");
        let mut from = None;
        loop {
            let piece = self
                .ports
                .artifacts
                .list_piece(&prefix, from.as_deref())
                .await?;
            for file in piece.files {
                if file.key.ends_with(&ending) {
                    self.forget(&file.key).await;
                }
            }
            from = piece.next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// The bar of this job, below which its smaller bars hang.
    #[must_use]
    pub fn bar_id(&self) -> SpanId {
        SpanId(self.job.id.0)
    }

    fn bar(&self, kind: SpanKind, start: Timestamp, key: &str) {
        let end = self.now();
        let Some(stage) = self.job.within() else {
            return;
        };
        if end.0 - start.0 < SHORTEST_BAR_US {
            return;
        }
        let label = key.rsplit('/').next().unwrap_or(key).to_owned();
        let parent = Some(self.bar_id());
        let span = Span {
            id: SpanId::new(),
            stage,
            kind,
            start,
            end: Some(end),
            label,
            parent,
        };
        self.spans
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(span);
    }
}
