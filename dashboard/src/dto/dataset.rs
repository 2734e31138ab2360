//! Datasets on the wire.

use super::failure::ApiFailure;
use super::{Time, names, shapes};
use domain::Message;
use domain::dataset::{Dataset, DatasetState, DatasetVersion, FileFormat, FormatOptions};
use domain::task::Task;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A dataset in the version that is used: the newest that could be read. Where none could be yet,
/// the newest of all.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dataset)]
pub struct DatasetView {
    /// Its id.
    pub id: Uuid,
    /// Its name, for people.
    pub name: String,
    /// What it is about, for people.
    pub description: String,
    /// Data rows, once known.
    #[schema(required = true)]
    pub rows: Option<u64>,
    /// Columns, once known.
    #[schema(required = true)]
    pub columns: Option<u64>,
    /// Size of the upload.
    pub bytes: u64,
    /// SHA-256 of the upload, lower-case hexadecimal.
    pub sha256: String,
    /// How the file is written, once known.
    #[schema(value_type = Option<names::FileFormat>, required = true)]
    pub format: Option<FileFormat>,
    /// What was detected about the file, once known.
    #[schema(value_type = Option<shapes::FormatOptions>, required = true)]
    pub format_options: Option<FormatOptions>,
    /// Whether it can be used.
    #[schema(value_type = names::DatasetState)]
    pub state: DatasetState,
    /// The version that is used, from 1.
    pub version: u32,
    /// Whose it is.
    pub owner_id: Uuid,
    /// The course it belongs to, if any.
    #[schema(required = true)]
    pub course_id: Option<Uuid>,
    /// When it first was uploaded.
    pub created_at: Time,
    /// Why it could not be read, if so.
    #[schema(required = true)]
    pub error: Option<ApiFailure>,
    /// The newest version, where that is another one: its file is being read, or could not be.
    #[schema(required = true)]
    pub newest: Option<DatasetVersionView>,
}

/// One upload of a dataset.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatasetVersion)]
pub struct DatasetVersionView {
    /// Counts from 1.
    pub version: u32,
    /// The file's name as it was uploaded.
    pub file_name: String,
    /// Data rows, once known.
    #[schema(required = true)]
    pub rows: Option<u64>,
    /// Columns, once known.
    #[schema(required = true)]
    pub columns: Option<u64>,
    /// Size of the upload.
    pub bytes: u64,
    /// SHA-256 of the upload, lower-case hexadecimal.
    pub sha256: String,
    /// How the file is written, once known.
    #[schema(value_type = Option<names::FileFormat>, required = true)]
    pub format: Option<FileFormat>,
    /// Whether it can be used.
    #[schema(value_type = names::DatasetState)]
    pub state: DatasetState,
    /// When it was uploaded.
    pub created_at: Time,
    /// Why it could not be read, if so.
    #[schema(required = true)]
    pub error: Option<ApiFailure>,
}

impl From<DatasetVersion> for DatasetVersionView {
    fn from(version: DatasetVersion) -> Self {
        Self {
            version: version.version,
            file_name: version.file_name,
            rows: version.rows,
            columns: version.columns,
            bytes: version.bytes,
            sha256: version.sha256,
            format: version.format,
            state: version.state,
            created_at: version.created_at.into(),
            error: version.error.as_ref().map(ApiFailure::from),
        }
    }
}

impl From<Dataset> for DatasetView {
    fn from(dataset: Dataset) -> Self {
        let current = dataset.current;
        let newest = Some(dataset.newest).filter(|newest| newest.version != current.version);
        Self {
            id: dataset.id.0,
            name: dataset.name,
            description: dataset.description,
            rows: current.rows,
            columns: current.columns,
            bytes: current.bytes,
            sha256: current.sha256,
            format: current.format,
            format_options: current.format_options,
            state: current.state,
            version: current.version,
            owner_id: dataset.owner.0,
            course_id: dataset.course.map(|id| id.0),
            created_at: dataset.created_at.into(),
            error: current.error.as_ref().map(ApiFailure::from),
            newest: newest.map(DatasetVersionView::from),
        }
    }
}

/// A file with what people call it.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used; the parts are read one by one"
)]
pub struct DatasetUpload {
    /// CSV, TSV, JSON, NDJSON or Parquet, also `.gz` or `.zst`.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// A name; the file's when not given.
    #[schema(required = false)]
    name: Option<String>,
    /// What it is about.
    #[schema(required = false)]
    description: Option<String>,
    /// The course it belongs to.
    #[schema(required = false)]
    course_id: Option<Uuid>,
}

/// A change to what people read. What is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetPatch {
    /// The new name.
    #[serde(default)]
    pub name: Option<String>,
    /// The new description.
    #[serde(default)]
    pub description: Option<String>,
    /// The new course; null takes it out of its course.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub course_id: Option<Option<Uuid>>,
}

/// Tells `null` from nothing at all.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Uuid>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How much of a dataset to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PreviewRange {
    /// Rows to show, 1 to 1 000; 100 when not given.
    pub rows: Option<usize>,
}

/// The first rows of a dataset, as the file writes them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The columns' names.
    pub columns: Vec<String>,
    /// One list of cells a row; null where there is no value.
    pub rows: Vec<Vec<Option<String>>>,
    /// Rows in the whole file, once known.
    #[schema(required = true)]
    pub total_rows: Option<u64>,
}

/// Data that comes with the program.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Demo)]
pub struct DemoView {
    /// Its name in the URL.
    pub name: String,
    /// Its title. The parameters `fr` and `en` hold it in both languages.
    #[schema(value_type = names::Message)]
    pub title: Message,
    /// What it is about, likewise.
    #[schema(value_type = names::Message)]
    pub description: Message,
    /// Data rows.
    pub rows: u64,
    /// Columns.
    pub columns: u64,
    /// The column to predict.
    pub target: String,
    /// The task that goes with it.
    #[schema(value_type = names::Task)]
    pub task: Task,
    /// Columns that are better left out.
    pub exclude_columns: Vec<String>,
    /// Its licence.
    pub licence: String,
    /// Where it comes from.
    pub source: String,
}

/// A wish to upload a large file in parts.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUpload {
    /// The file's name.
    pub file_name: String,
    /// The size of the whole file.
    pub bytes: u64,
    /// A name; the file's when not given.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub description: Option<String>,
    /// The course it belongs to.
    #[serde(default)]
    pub course_id: Option<Uuid>,
}

/// An upload in parts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upload)]
pub struct UploadView {
    /// Its id.
    pub id: Uuid,
    /// The size of the whole file.
    pub bytes: u64,
    /// Bytes that have arrived; the next part begins here.
    pub received: u64,
    /// The largest part that may be sent at once.
    pub part_bytes: u64,
    /// The dataset, once everything has arrived.
    #[schema(required = true)]
    pub dataset_id: Option<Uuid>,
}
