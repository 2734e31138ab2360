//! What is in a dataset.

use crate::auth::Caller;
use crate::dto::dataset::{Preview, PreviewRange};
use crate::dto::shapes;
use crate::find;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::access::Action;
use domain::dataset::{Dataset, DatasetState, DatasetVersion, FileFormat, FirstRows};
use domain::profile::Profile;
use domain::{Failure, FailureKind};
use service_kit::http::{ApiResult, Path, Query};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tables::{Limits, Sniffed};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Rows of a preview when none are asked for, and at most.
const ROWS: (usize, usize) = (100, 1_000);
/// Only so much of a file is fetched: its first rows are in it, but for strange files.
const HEAD: u64 = 4 << 20;
/// What the beginning of a compressed file may become.
const UNPACKED: u64 = 256 << 20;
/// Files that are looked into at once.
const AT_ONCE: usize = 4;
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
/// The first hundred were kept when the file was read; more are looked for at its beginning. There
/// are fewer of a very wide table, and of a large file that cannot be read from its beginning.
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
    let kept = gateway
        .ports
        .store
        .first_rows(dataset.id, current.version)
        .await?
        .unwrap_or_default();
    let sniffed = Sniffed { format, options };
    let mut first = if is_enough(&kept, wanted, current.rows) || !has_beginning(current) {
        kept
    } else {
        more(&gateway, current, sniffed, wanted, kept).await?
    };
    first.rows.truncate(wanted);
    Ok(Json(Preview {
        columns: first.columns,
        rows: first.rows,
        total_rows: current.rows,
    }))
}

/// Whether the rows that were kept are as many as are wanted, or all there are.
fn is_enough(kept: &FirstRows, wanted: usize, total: Option<u64>) -> bool {
    let is_all = total.is_some_and(|total| kept.rows.len() as u64 >= total);
    is_all || kept.rows.len() >= wanted
}

/// Whether the first rows stand at the beginning of the file. Parquet is read from its end, so it
/// would have to be fetched whole.
fn has_beginning(version: &DatasetVersion) -> bool {
    version.format != Some(FileFormat::Parquet) || version.bytes <= HEAD
}

/// Looks at files, a few at a time.
#[derive(Debug)]
pub struct Looks(Arc<Semaphore>);

impl Default for Looks {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Ends the reading of a file when nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The first rows as they stand at the beginning of the file, or those that were `kept`, if there
/// are no more: JSON that is written column by column has no row before its last column.
async fn more(
    gateway: &Gateway,
    version: &DatasetVersion,
    sniffed: Sniffed,
    wanted: usize,
    kept: FirstRows,
) -> ApiResult<FirstRows> {
    let place = Arc::clone(&gateway.looks.0).acquire_owned().await;
    let place = place.map_err(|_| Failure::internal("the looking at files has ended"))?;
    let file = spool(gateway, version, &sniffed).await?;
    let stop = StopOnDrop(Arc::default());
    let limits = Limits {
        max_bytes_decompressed: UNPACKED,
        cancel: Some(Arc::clone(&stop.0)),
        ..Limits::default()
    };
    let read = move || {
        // Reading that has begun keeps its place to its end.
        let _place = place;
        tables::first_rows(file.path(), &sniffed, &limits, wanted, MOST_BYTES)
    };
    let read = spawn_blocking(read).await;
    match read.map_err(|error| failure_of_task(&error))? {
        Ok(first) if first.rows.len() > kept.rows.len() => Ok(first),
        // What was kept comes from the whole file; its beginning alone may make no sense.
        Ok(_) => Ok(kept),
        Err(failure) if kept.rows.is_empty() => Err(failure.into()),
        Err(_) => Ok(kept),
    }
}

/// Writes the beginning of the file where a reader of files can read it.
async fn spool(
    gateway: &Gateway,
    version: &DatasetVersion,
    sniffed: &Sniffed,
) -> ApiResult<NamedTempFile> {
    let failed =
        |error: std::io::Error| Failure::internal(format!("a file cannot be spooled: {error}"));
    let artifacts = &gateway.ports.artifacts;
    let mut head = artifacts.get_range(&version.artifact, 0..HEAD).await?;
    if version.bytes > HEAD && has_lines(sniffed) {
        head.truncate(whole_lines(&head));
    }
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
    writer.write_all(&head).await.map_err(failed)?;
    writer.flush().await.map_err(failed)?;
    Ok(file)
}

/// Whether a byte of the file can be told to be the end of a line.
fn has_lines(sniffed: &Sniffed) -> bool {
    let options = &sniffed.options;
    matches!(sniffed.format, FileFormat::Csv | FileFormat::Ndjson)
        && options.compression.is_none()
        && !options.encoding.starts_with("UTF-16")
}

/// How much of the text are whole lines: a row that is cut off shows values that are none.
fn whole_lines(text: &[u8]) -> usize {
    let end = text.iter().rposition(|&byte| byte == b'\n');
    end.map_or(text.len(), |end| end + 1)
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
    use crate::config::GatewayConfig;
    use crate::testing::ports;
    use bytes::Bytes;
    use domain::Timestamp;
    use domain::dataset::FormatOptions;
    use ports::artifacts::put_bytes;
    use prometheus_client::registry::Registry;
    use tokio_util::sync::CancellationToken;

    fn kept(rows: usize) -> FirstRows {
        FirstRows {
            columns: vec!["a".into()],
            rows: vec![vec![None]; rows],
        }
    }

    fn version(format: FileFormat, bytes: u64) -> DatasetVersion {
        DatasetVersion {
            version: 1,
            state: DatasetState::Ready,
            format: Some(format),
            format_options: None,
            file_name: String::new(),
            artifact: "datasets/a/raw".into(),
            bytes,
            sha256: String::new(),
            rows: None,
            columns: None,
            error: None,
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn rows_that_were_kept_answer_if_they_are_enough() {
        assert!(is_enough(&kept(3), 2, Some(9)));
        assert!(is_enough(&kept(3), 3, Some(9)));
        assert!(!is_enough(&kept(3), 4, Some(9)));
        assert!(is_enough(&kept(3), 4, Some(3)), "it is all there is");
        assert!(!is_enough(&kept(3), 4, None));
    }

    #[test]
    fn a_row_that_is_cut_off_is_left_out() {
        assert_eq!(whole_lines(b"a,b\n1,2\n3,45"), 8);
        assert_eq!(whole_lines(b"one line without end"), 20);
    }

    #[test]
    fn a_large_file_that_is_read_from_its_end_is_not_fetched() {
        assert!(has_beginning(&version(FileFormat::Csv, u64::MAX)));
        assert!(has_beginning(&version(FileFormat::Parquet, HEAD)));
        assert!(!has_beginning(&version(FileFormat::Parquet, HEAD + 1)));
    }

    async fn gateway_with(file: &'static str) -> Gateway {
        let ports = ports();
        let key = "datasets/a/raw";
        let artifacts = ports.artifacts.as_ref();
        put_bytes(artifacts, key, Bytes::from_static(file.as_bytes()))
            .await
            .unwrap();
        let config = GatewayConfig::default();
        let stop = CancellationToken::new();
        Gateway::new(ports, config, &mut Registry::default(), stop)
    }

    async fn look(gateway: &Gateway, format: FileFormat, kept: FirstRows) -> ApiResult<FirstRows> {
        let options = FormatOptions {
            delimiter: Some(','),
            quote: Some('"'),
            header: Some(true),
            encoding: "UTF-8".into(),
            decimal_comma: false,
            compression: None,
        };
        let sniffed = Sniffed { format, options };
        more(gateway, &version(format, 9), sniffed, 5, kept).await
    }

    #[tokio::test]
    async fn what_was_kept_answers_where_the_beginning_tells_no_more() {
        let table = gateway_with("a,b\n1,2\n3,4\n").await;
        let rows = async |kept| {
            look(&table, FileFormat::Csv, kept)
                .await
                .unwrap()
                .rows
                .len()
        };
        assert_eq!((rows(kept(1)).await, rows(kept(3)).await), (2, 3));
        // As if the beginning of a file that is written column by column.
        let columns = gateway_with(r#"{"a":[1,2,3],"b":[1,"#).await;
        let first = look(&columns, FileFormat::Json, kept(3)).await.unwrap();
        assert_eq!(first.rows.len(), 3);
        let nothing = look(&columns, FileFormat::Json, kept(0)).await;
        assert!(nothing.is_err());
    }

    #[tokio::test]
    async fn only_a_few_files_are_looked_at_at_once() {
        let gateway = gateway_with("a,b\n1,2\n").await;
        let places = Arc::clone(&gateway.looks.0);
        let all = places.acquire_many(AT_ONCE as u32).await.unwrap();
        let mut waits = Box::pin(look(&gateway, FileFormat::Csv, kept(0)));
        assert!(futures_util::poll!(&mut waits).is_pending());
        drop(all);
        assert_eq!(waits.await.unwrap().rows.len(), 1);
    }

    #[test]
    fn reading_that_nobody_waits_for_is_stopped() {
        let flag = Arc::default();
        drop(StopOnDrop(Arc::clone(&flag)));
        assert!(flag.load(Ordering::Relaxed));
    }
}
