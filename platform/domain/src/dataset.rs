//! Uploaded files.

use crate::{CourseId, DatasetId, Failure, Timestamp, UserId, text_enum};
use serde::{Deserialize, Serialize};

text_enum!(
    /// Whether a dataset can be used.
    DatasetState {
        /// It is being read for the first time.
        Profiling = "profiling",
        /// It was read and can be trained on.
        Ready = "ready",
        /// It could not be read; its error says why.
        Failed = "failed",
    }
);

text_enum!(
    /// How a file is written.
    FileFormat {
        /// Values separated by a comma, a semicolon, a bar, …
        Csv = "csv",
        /// Values separated by tabs.
        Tsv = "tsv",
        /// A JSON array of records, or an object of columns.
        Json = "json",
        /// One JSON record a line.
        Ndjson = "ndjson",
        /// Apache Parquet.
        Parquet = "parquet",
    }
);

/// What was detected about a text file; shown to the user, and used to read it the same way again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormatOptions {
    /// The separator of a delimited file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The quote character of a delimited file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<char>,
    /// Whether the first row names the columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Name of the character encoding in the WHATWG standard, for example `UTF-8` or `windows-1252`.
    pub encoding: String,
    /// Whether `3,14` is a number.
    pub decimal_comma: bool,
    /// `gzip`, `zstd`, or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
}

/// One upload of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetVersion {
    /// Counts from 1.
    pub version: u32,
    /// Whether it can be used.
    pub state: DatasetState,
    /// How the file is written, once known.
    pub format: Option<FileFormat>,
    /// What was detected about the file, once known.
    pub format_options: Option<FormatOptions>,
    /// The file's name as uploaded, for people; never used as a path.
    pub file_name: String,
    /// Where the bytes lie among the artifacts.
    pub artifact: String,
    /// Size of the upload.
    pub bytes: u64,
    /// Hash of the upload, lower-case hexadecimal.
    pub sha256: String,
    /// Data rows, once known.
    pub rows: Option<u64>,
    /// Columns, once known.
    pub columns: Option<u64>,
    /// Why it failed, if it did.
    pub error: Option<Failure>,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

/// The first rows of a file, for eyes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstRows {
    /// The columns' names.
    pub columns: Vec<String>,
    /// One list of cells a row, as the file writes them; `None` where there is no value, and cut
    /// where they are long.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A change to what people read about a dataset: what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetChange {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new course; `Some(None)` takes the dataset out of its course.
    pub course: Option<Option<CourseId>>,
}

/// A dataset with the version that is used, and its newest one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its id.
    pub id: DatasetId,
    /// Whose it is.
    pub owner: UserId,
    /// The course it belongs to, if any.
    pub course: Option<CourseId>,
    /// Its name, for people.
    pub name: String,
    /// What it is about, for people.
    pub description: String,
    /// The version that is used: the newest that could be read. Where none could be yet, the
    /// newest of all.
    pub current: DatasetVersion,
    /// The newest version. A file that is still being read, or cannot be, takes nothing from the
    /// one before it.
    pub newest: DatasetVersion,
    /// When it first was uploaded.
    pub created_at: Timestamp,
}
