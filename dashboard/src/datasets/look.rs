//! What is in a dataset.

use crate::auth::Caller;
use crate::dto::dataset::{Preview, PreviewRange};
use crate::dto::shapes;
use crate::find;
use crate::policy::Action;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::dataset::{Dataset, DatasetState, DatasetVersion, FileFormat, FirstRows};
use domain::profile::Profile;
use domain::{Failure, FailureKind};
use ports::ByteStream;
use service_kit::http::{ApiResult, Path, Query};
use std::path::PathBuf;
use tables::Sniffed;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;

/// Rows of a preview when none are asked for, and at most.
const ROWS: (usize, usize) = (100, 1_000);
/// Of a text file only so much is fetched: its first rows are in it, but for strange files.
const HEAD: u64 = 4 << 20;
/// Bytes of an answer, about: wide tables show fewer rows.
const MOST_BYTES: usize = 16 << 20;

/// What was found in a dataset: a description of each column.
#[utoipa::path(get, path = "/api/v1/datasets/{id}/profile", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset")),
    responses(
        (status = 200, description = "The profile", body = shapes::Profile),
        (status = 409, description = "`dataset.profiling`: the file is still being read"),
    ))]
pub async fn profile(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> ApiResult<Json<Profile>> {
    let dataset = find::dataset(&gateway, &caller, Action::See, &id).await?;
    must_be_ready(&dataset)?;
    let found = gateway
        .ports
        .store
        .profile(dataset.id, dataset.current.version)
        .await?;
    Ok(Json(found.ok_or_else(|| still_profiling(&dataset))?))
}

/// The first rows of a dataset, as the file writes them.
///
/// The first hundred were kept when the file was read; more are looked for in the file. Of a very
/// wide table there are fewer.
#[utoipa::path(get, path = "/api/v1/datasets/{id}/preview", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset"), PreviewRange),
    responses(
        (status = 200, description = "The first rows", body = Preview),
        (status = 409, description = "`dataset.profiling`: the file is still being read"),
    ))]
pub async fn preview(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    Query(range): Query<PreviewRange>,
) -> ApiResult<Json<Preview>> {
    let dataset = find::dataset(&gateway, &caller, Action::See, &id).await?;
    must_be_ready(&dataset)?;
    let current = &dataset.current;
    let (Some(format), Some(options)) = (current.format, current.format_options.clone()) else {
        return Err(still_profiling(&dataset).into());
    };
    let wanted = range.rows.unwrap_or(ROWS.0).clamp(1, ROWS.1);
    let store = &gateway.ports.store;
    if let Some(kept) = store.first_rows(dataset.id, current.version).await?
        && let Some(first) = enough(kept, wanted, current.rows)
    {
        return Ok(Json(shown(first, current)));
    }
    let sniffed = Sniffed { format, options };
    if format != FileFormat::Parquet && current.bytes > HEAD {
        let file = spool(&gateway, current, Some(HEAD)).await?;
        // The head ends in the middle of a row; that matters only if the rows do not come before.
        if let Ok(first) = first_rows(file, sniffed.clone(), wanted).await
            && first.rows.len() >= wanted
        {
            return Ok(Json(shown(first, current)));
        }
    }
    let file = spool(&gateway, current, None).await?;
    Ok(Json(shown(
        first_rows(file, sniffed, wanted).await?,
        current,
    )))
}

/// The rows that are wanted, if those that were kept are as many, or all there are.
fn enough(mut kept: FirstRows, wanted: usize, total: Option<u64>) -> Option<FirstRows> {
    let is_all = total.is_some_and(|total| kept.rows.len() as u64 >= total);
    let is_enough = is_all || kept.rows.len() >= wanted;
    kept.rows.truncate(wanted);
    is_enough.then_some(kept)
}

fn shown(first: FirstRows, version: &DatasetVersion) -> Preview {
    Preview {
        columns: first.columns,
        rows: first.rows,
        total_rows: version.rows,
    }
}

/// Writes the file, or its head, where a reader of files can read it.
async fn spool(
    gateway: &Gateway,
    version: &DatasetVersion,
    head: Option<u64>,
) -> ApiResult<NamedTempFile> {
    let artifacts = &gateway.ports.artifacts;
    let failed =
        |error: std::io::Error| Failure::internal(format!("a file cannot be spooled: {error}"));
    let folder: PathBuf = gateway.config.spool.clone();
    let make = move || {
        std::fs::create_dir_all(&folder)?;
        NamedTempFile::with_prefix_in("preview-", &folder)
    };
    let file = spawn_blocking(make)
        .await
        .map_err(|error| failure_of_task(&error))?
        .map_err(failed)?;
    let handle = file.reopen().map_err(failed)?;
    let mut writer = tokio::fs::File::from_std(handle);
    if let Some(bytes) = head {
        let piece = artifacts.get_range(&version.artifact, 0..bytes).await?;
        writer.write_all(&piece).await.map_err(failed)?;
    } else {
        let content: ByteStream = artifacts.get(&version.artifact).await?;
        let mut reader = tokio_util::io::StreamReader::new(content);
        tokio::io::copy(&mut reader, &mut writer)
            .await
            .map_err(failed)?;
    }
    writer.flush().await.map_err(failed)?;
    Ok(file)
}

/// The first rows of the file, or of its head.
async fn first_rows(file: NamedTempFile, sniffed: Sniffed, rows: usize) -> ApiResult<FirstRows> {
    let read = move || tables::first_rows(file.path(), &sniffed, rows, MOST_BYTES);
    Ok(spawn_blocking(read)
        .await
        .map_err(|error| failure_of_task(&error))??)
}

/// Refuses a dataset that was not read yet, or could not be.
pub(crate) fn must_be_ready(dataset: &Dataset) -> Result<(), Failure> {
    match (dataset.current.state, &dataset.current.error) {
        (DatasetState::Ready, _) => Ok(()),
        (DatasetState::Profiling, _) => Err(still_profiling(dataset)),
        (DatasetState::Failed, Some(error)) => Err(error.clone()),
        (DatasetState::Failed, None) => Err(Failure::internal("a dataset failed without a reason")),
    }
}

fn still_profiling(dataset: &Dataset) -> Failure {
    let text = "The file is still being read. Try again in a moment.";
    Failure::new(FailureKind::Conflict, "dataset.profiling", text)
        .with("dataset_id", dataset.id.to_string())
        .with("retry_after_seconds", 1)
}

fn failure_of_task(error: &tokio::task::JoinError) -> Failure {
    Failure::internal(format!("the reading of a file has ended: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_kept_answer_if_they_are_enough() {
        let kept = || FirstRows {
            columns: vec!["a".into()],
            rows: vec![vec![None]; 3],
        };
        let answered = |wanted, total| enough(kept(), wanted, total).map(|first| first.rows.len());
        assert_eq!(answered(2, Some(9)), Some(2));
        assert_eq!(answered(3, Some(9)), Some(3));
        assert_eq!(answered(4, Some(9)), None);
        assert_eq!(answered(4, Some(3)), Some(3), "it is all there is");
        assert_eq!(answered(4, None), None);
    }
}
