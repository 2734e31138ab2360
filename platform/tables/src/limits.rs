//! What is too much.

use crate::refuse;
use domain::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What to do when a table does not fit in [`Limits::max_memory_bytes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Refuse the file: for predictions, where every row must be answered.
    Refuse,
    /// Go on with a uniform sample of the rows, the same one for the same file: for learning.
    Sample,
}

/// Bounds that keep one file from taking the machine; what goes beyond is refused with words.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes after decompression.
    pub max_bytes_decompressed: u64,
    /// Data rows in the file.
    pub max_rows: u64,
    /// Columns, nested fields counted one by one.
    pub max_columns: usize,
    /// Bytes of one cell.
    pub max_cell_bytes: usize,
    /// Bytes of one row of a delimited file, or of one record of a JSON file.
    pub max_line_bytes: usize,
    /// Bytes that the table may take in memory.
    pub max_memory_bytes: u64,
    /// What to do beyond `max_memory_bytes`.
    pub when_full: WhenFull,
    /// Once true, work ends with `job.stopped`.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Limits {
    /// Fails once the work was asked to stop.
    pub(crate) fn go_on(&self) -> Result<(), Failure> {
        let is_set = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        if self.cancel.as_ref().is_some_and(is_set) {
            return Err(refuse::stopped());
        }
        Ok(())
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes_decompressed: 16 << 30,
            max_rows: 500_000_000,
            max_columns: 10_000,
            max_cell_bytes: 1 << 20,
            max_line_bytes: 8 << 20,
            max_memory_bytes: 1 << 30,
            when_full: WhenFull::Sample,
            cancel: None,
        }
    }
}
