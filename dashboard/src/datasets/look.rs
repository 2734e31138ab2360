//! What is in a dataset.

use crate::auth::Caller;
use crate::dto::dataset::{Preview, PreviewRange};
use crate::dto::shapes;
use crate::find;
use crate::policy::Action;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::dataset::{Dataset, DatasetState, DatasetVersion, FileFormat};
use domain::profile::Profile;
use domain::{Failure, FailureKind};
use ports::ByteStream;
use service_kit::http::{ApiResult, Path, Query};
use std::path::PathBuf;
use tables::{Limits, Sniffed};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;

/// Rows of a preview when none are asked for, and at most.
const ROWS: (usize, usize) = (100, 1_000);
/// Of a text file only so much is fetched: its first rows are in it, but for strange files.
const HEAD: u64 = 4 << 20;
/// A longer cell is cut: a preview is for eyes.
const LONGEST_CELL: usize = 1_000;

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
    let rows = range.rows.unwrap_or(ROWS.0).clamp(1, ROWS.1);
    let sniffed = Sniffed { format, options };
    let is_head = format != FileFormat::Parquet && current.bytes > HEAD;
    if is_head {
        let file = spool(&gateway, current, Some(HEAD)).await?;
        // The head ends in the middle of a row; that matters only if the rows do not come before.
        if let Ok(Some(preview)) = first_rows(file, sniffed.clone(), rows, current.rows, true).await
        {
            return Ok(Json(preview));
        }
    }
    let file = spool(&gateway, current, None).await?;
    let preview = first_rows(file, sniffed, rows, current.rows, false).await?;
    Ok(Json(preview.ok_or_else(|| {
        Failure::internal("a file without rows is ready")
    })?))
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

/// The first rows of the file; nothing when it is a head that has fewer.
async fn first_rows(
    file: NamedTempFile,
    sniffed: Sniffed,
    rows: usize,
    total: Option<u64>,
    is_head: bool,
) -> ApiResult<Option<Preview>> {
    let read = move || read_first(&file, &sniffed, rows, is_head);
    let read = spawn_blocking(read)
        .await
        .map_err(|error| failure_of_task(&error))??;
    Ok(read.map(|(columns, rows)| Preview {
        columns,
        rows,
        total_rows: total,
    }))
}

type Rows = (Vec<String>, Vec<Vec<Option<String>>>);

fn read_first(
    file: &NamedTempFile,
    sniffed: &Sniffed,
    rows: usize,
    is_head: bool,
) -> Result<Option<Rows>, Failure> {
    let mut first = None;
    // The first part is enough; refusing it is how reading is ended.
    let enough = || Failure::internal("enough rows");
    let ended = tables::read_in_parts(
        file.path(),
        sniffed,
        &Limits::default(),
        rows,
        &mut |table| {
            let whole = table.rows() >= rows;
            let cells = table
                .preview(rows)
                .into_iter()
                .map(|row| row.into_iter().map(cut).collect());
            first = Some((whole, (table.names().to_vec(), cells.collect())));
            Err(enough())
        },
    );
    match (first, ended) {
        (Some((whole, rows)), _) => Ok(Some(rows).filter(|_| whole || !is_head)),
        (None, Err(failure)) => Err(failure),
        (None, Ok(_)) => Ok(None),
    }
}

fn cut(cell: Option<String>) -> Option<String> {
    let cell = cell?;
    if cell.chars().count() <= LONGEST_CELL {
        return Some(cell);
    }
    Some(cell.chars().take(LONGEST_CELL).chain(['…']).collect())
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
    use std::io::Write;

    fn sniffed() -> Sniffed {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"a,b\n1,x\n2,y\n").unwrap();
        tables::sniff(file.path(), "a.csv").unwrap()
    }

    #[test]
    fn a_head_that_is_cut_off_still_shows_its_first_rows() {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"a,b\n1,x\n2,\n3,\"cut").unwrap();
        let rows = read_first(&file, &sniffed(), 2, true).unwrap().unwrap();
        assert_eq!(rows.0, ["a", "b"]);
        assert_eq!(
            rows.1,
            [
                vec![Some("1".to_owned()), Some("x".to_owned())],
                vec![Some("2".to_owned()), None],
            ]
        );
    }

    #[test]
    fn a_short_file_is_shown_whole_and_a_short_head_is_not() {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"a,b\n1,x\n").unwrap();
        assert_eq!(
            read_first(&file, &sniffed(), 5, false)
                .unwrap()
                .unwrap()
                .1
                .len(),
            1
        );
        assert!(read_first(&file, &sniffed(), 5, true).unwrap().is_none());
    }

    #[test]
    fn long_cells_are_cut() {
        assert_eq!(
            cut(Some("é".repeat(2_000))).unwrap().chars().count(),
            LONGEST_CELL + 1
        );
        assert_eq!(cut(None), None);
    }
}
