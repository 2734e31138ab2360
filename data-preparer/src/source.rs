//! An upload on the local disk, where readers can seek.

use domain::Failure;
use domain::dataset::{DatasetVersion, FirstRows};
use futures_util::StreamExt;
use ports::PortError;
use service_kit::Step;
use std::io::Write;
use tables::{Limits, RawTable, Sniffed};
use tempfile::NamedTempFile;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Read {
    pub sniffed: Sniffed,
    pub table: RawTable,
    /// The first rows of the file, for eyes.
    pub first: FirstRows,
}

/// Rows that are kept for eyes, and the bytes that they may take in all.
const KEPT: (usize, usize) = (100, 1 << 20);

/// Fetches an upload piece by piece, then reads it on a blocking thread.
pub(crate) async fn read(step: &Step, version: &DatasetVersion) -> Result<Read, Failure> {
    let file = fetch(step, &version.artifact).await?;
    let name = version.file_name.clone();
    let limits = limits(step);
    step.compute(move || {
        let sniffed = tables::sniff(file.path(), &name)?;
        let table = tables::read(file.path(), &sniffed, &limits)?;
        let is_whole = table.rows() as u64 == table.rows_in_file();
        // A sample's first rows are not the file's.
        let first = match is_whole {
            true => table.first_rows(KEPT.0, KEPT.1),
            false => tables::first_rows(file.path(), &sniffed, &limits, KEPT.0, KEPT.1)?,
        };
        Ok(Read {
            sniffed,
            table,
            first,
        })
    })
    .await
}

/// The limits of every file, and a stop when the step is asked to.
pub(crate) fn limits(step: &Step) -> Limits {
    Limits {
        max_memory_bytes: step.table_bytes(),
        cancel: Some(step.cancel.shared()),
        ..Limits::default()
    }
}

async fn fetch(step: &Step, key: &str) -> Result<NamedTempFile, Failure> {
    let mut stream = step.ports.artifacts.get(key).await?;
    let mut file = NamedTempFile::new().map_err(|error| no_room(&error))?;
    while let Some(piece) = stream.next().await {
        if step.cancel.is_cancelled() {
            return Err(Step::stopped_failure());
        }
        let piece = piece.map_err(|source| PortError::Unavailable {
            port: "artifacts",
            doing: format!("read {key}"),
            source: Box::new(source),
        })?;
        // Pieces are small and go to the page cache; a thread hop each would cost more.
        file.write_all(&piece).map_err(|error| no_room(&error))?;
    }
    file.flush().map_err(|error| no_room(&error))?;
    Ok(file)
}

fn no_room(error: &std::io::Error) -> Failure {
    let text = format!("The temporary folder cannot be written: {error}. Free space, then retry.");
    Failure::new(
        domain::FailureKind::Unavailable,
        "prepare.temporary_folder",
        text,
    )
}
