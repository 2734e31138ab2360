//! Removes files that nothing refers to: those of attempts that died before their commit, and those
//! of things that were deleted while the artifacts were away.
//!
//! The commit of a job comes after its files, so a file is not needed when its attempt can never
//! commit, or when what it belongs to is gone. Where nobody can tell, the file stays; so does every
//! file while the store and the artifacts are not known to be of one site.

use super::Shared;
use crate::site::{self, SiteError};
use domain::job::JobState;
use domain::pipeline::PipelineState;
use domain::results::KEPT_FOLDS;
use domain::{DatasetId, JobId, PipelineId, Timestamp};
use ports::artifacts::Stored;
use ports::{PortError, Result};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// What is older than this and belongs to nothing that is stored never will.
const GRACE: Duration = Duration::from_secs(24 * 3600);
/// Versions of a dataset that are read at once.
const VERSIONS: u32 = 200;
/// The cache's key of whose turn it is.
const TURN: &str = "sweep-turn";

/// Sweeps now and then until shutdown.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = shared.shutdown.cancelled() => return,
            () = tokio::time::sleep(shared.settings.sweep) => {}
        }
        if !is_ours(&shared).await {
            continue;
        }
        let swept = tokio::select! {
            () = shared.shutdown.cancelled() => return,
            swept = sweep(&shared) => swept,
        };
        match swept {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "files that nothing needs were removed"),
            Err(error) => tracing::warn!(error = %error.chain(), "the artifacts were not swept"),
        }
    }
}

/// Whether this process sweeps this time: one is enough, however many there are. Without the cache
/// each does, which costs no more than time.
async fn is_ours(shared: &Shared) -> bool {
    // A little shorter than the way round, so that the next time is not missed by a moment.
    let (worker, holds) = (
        shared.settings.worker.clone(),
        shared.settings.sweep * 9 / 10,
    );
    let cache = &shared.ports.cache;
    let first = cache.set_if_absent(TURN, worker.into(), holds).await;
    first.unwrap_or(true)
}

/// Looks at every file once, a piece of the list at a time; how many were removed.
pub(super) async fn sweep(shared: &Shared) -> Result<u64> {
    let (store, artifacts) = (&shared.ports.store, &shared.ports.artifacts);
    site::is_whole(&shared.ports).await.map_err(told)?;
    // Whatever is stored after this is younger than all that is removed for want of an owner.
    let now = store.now().await?;
    let owners: HashSet<String> = store.owners_of_artifacts().await?.into_iter().collect();
    let mut removed = 0;
    for prefix in ["datasets/", "jobs/", "pipelines/"] {
        let mut from = None;
        loop {
            let piece = artifacts.list_piece(prefix, from.as_deref()).await?;
            removed += sweep_piece(shared, piece.files, &owners, now).await?;
            from = piece.next;
            if from.is_none() {
                break;
            }
        }
    }
    Ok(removed)
}

fn told(error: SiteError) -> PortError {
    match error {
        SiteError::Port(error) => error,
        SiteError::Torn(what) => PortError::Conflict {
            doing: "sweep the artifacts".to_owned(),
            what,
        },
    }
}

async fn sweep_piece(
    shared: &Shared,
    files: Vec<Stored>,
    owners: &HashSet<String>,
    now: Timestamp,
) -> Result<u64> {
    let mut seen = Seen::default();
    let mut removed = 0;
    for file in files {
        let Some(place) = Place::of(&file.key) else {
            continue;
        };
        if is_needed(shared, &file.key, &place, owners, now, &mut seen).await? {
            continue;
        }
        tracing::debug!(key = file.key, "nothing needs this file");
        shared.ports.artifacts.delete(&file.key).await?;
        removed += 1;
    }
    Ok(removed)
}

/// What was asked of the store for one piece of the list.
#[derive(Default)]
struct Seen {
    /// The state and the attempt of those that are stored.
    jobs: HashMap<JobId, Option<(JobState, u32)>>,
    uploads: HashMap<DatasetId, HashSet<String>>,
    ended: HashMap<PipelineId, bool>,
}

async fn is_needed(
    shared: &Shared,
    key: &str,
    place: &Place,
    owners: &HashSet<String>,
    now: Timestamp,
    seen: &mut Seen,
) -> Result<bool> {
    let store = &shared.ports.store;
    match *place {
        Place::Attempt {
            pipeline,
            job,
            attempt,
        } => {
            let is_young = now.since(born(job)) < GRACE;
            let orphaned = pipeline.is_some_and(|id| !owners.contains(&format!("pipelines/{id}")));
            if orphaned {
                return Ok(is_young);
            }
            if let Some(pipeline) = pipeline
                && key.ends_with(KEPT_FOLDS)
                && has_ended(shared, pipeline, seen).await?
            {
                return Ok(false);
            }
            let known = match seen.jobs.entry(job) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => {
                    let job = store.job(job).await?;
                    *unknown.insert(job.map(|job| (job.state, job.attempt)))
                }
            };
            Ok(known.map_or(is_young, |(state, last)| may_refer(state, last, attempt)))
        }
        Place::Upload { dataset, upload } => {
            if now.since(born(upload)) < GRACE {
                return Ok(true);
            }
            if !owners.contains(&format!("datasets/{dataset}")) {
                return Ok(false);
            }
            let known = match seen.uploads.entry(dataset) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let versions = store.dataset_versions(dataset, None, VERSIONS).await?;
                    // More are nobody's everyday, and nothing is lost by keeping their files.
                    let all = versions.len() < VERSIONS as usize;
                    let keys = versions.into_iter().map(|version| version.artifact);
                    unknown.insert(if all { keys.collect() } else { HashSet::new() })
                }
            };
            Ok(known.is_empty() || known.contains(key))
        }
    }
}

/// Whether a pipeline is over for good: a failed one may be taken up again, and needs its folds.
async fn has_ended(shared: &Shared, id: PipelineId, seen: &mut Seen) -> Result<bool> {
    if let Some(known) = seen.ended.get(&id) {
        return Ok(*known);
    }
    let found = shared.ports.store.pipeline(id).await?;
    let ended = found.is_some_and(|pipeline| {
        matches!(
            pipeline.state,
            PipelineState::Succeeded | PipelineState::Cancelled
        )
    });
    seen.ended.insert(id, ended);
    Ok(ended)
}

/// Whether this attempt's files may still be referred to. The step that ends a job writes its
/// files, so they are those of its last attempt.
fn may_refer(state: JobState, last: u32, attempt: u32) -> bool {
    match state {
        JobState::Failed | JobState::Cancelled => false,
        _ => attempt >= last,
    }
}

/// What a key says about its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Attempt {
        pipeline: Option<PipelineId>,
        job: JobId,
        attempt: u32,
    },
    Upload {
        dataset: DatasetId,
        upload: JobId,
    },
}

impl Place {
    /// Nothing for keys that others look after.
    fn of(key: &str) -> Option<Self> {
        let parts: Vec<&str> = key.split('/').collect();
        match parts[..] {
            ["pipelines", pipeline, job, attempt, _, ..] => Some(Self::Attempt {
                pipeline: Some(pipeline.parse().ok()?),
                job: job.parse().ok()?,
                attempt: attempt.parse().ok()?,
            }),
            ["jobs", job, attempt, _, ..] => Some(Self::Attempt {
                pipeline: None,
                job: job.parse().ok()?,
                attempt: attempt.parse().ok()?,
            }),
            ["datasets", dataset, upload, _, ..] => Some(Self::Upload {
                dataset: dataset.parse().ok()?,
                upload: upload.parse().ok()?,
            }),
            _ => None,
        }
    }
}

/// When an id was made: the first 48 bits of a UUID of version 7 are milliseconds (RFC 9562, 5.7).
fn born(id: JobId) -> Timestamp {
    let milliseconds = i64::try_from(id.0.as_u128() >> 80).unwrap_or(i64::MAX);
    Timestamp(milliseconds.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_what_their_files_belong_to() {
        let (pipeline, job, dataset) = (PipelineId::new(), JobId::new(), DatasetId::new());
        let attempt = Place::of(&format!("pipelines/{pipeline}/{job}/3/train.parquet"));
        let expected = Place::Attempt {
            pipeline: Some(pipeline),
            job,
            attempt: 3,
        };
        assert_eq!(attempt, Some(expected));
        let upload = Place::of(&format!("datasets/{dataset}/{job}/raw"));
        assert_eq!(
            upload,
            Some(Place::Upload {
                dataset,
                upload: job
            })
        );
        for others in [
            "uploads/x/1",
            "datasets/x/y/raw",
            "notes.txt",
            "pipelines/x",
        ] {
            assert_eq!(Place::of(others), None, "{others}");
        }
    }

    #[test]
    fn an_id_tells_its_age() {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap();
        let born = born(JobId::new());
        let age = now.as_micros().abs_diff(u128::try_from(born.0).unwrap());
        assert!(age < 10_000_000, "{age} µs");
    }
}
