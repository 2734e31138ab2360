//! A file in one multipart request.

use super::create::{
    FIRST, Words, answer, artifact_key, clean_file_name, create, extend, promised,
};
use super::intake::{Bounds, Pieces, Unclaimed, broken_off, store, too_large};
use crate::auth::Caller;
use crate::dto::dataset::{DatasetUpload, DatasetView};
use crate::find;
use crate::layers::{Promise, Promised};
use crate::state::Gateway;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use domain::access::{Action, Resource};
use domain::{DatasetId, Failure};
use service_kit::http::{ApiError, ApiResult, Path};

/// Room for the words and the form's own lines beside the file.
const BESIDE: u64 = 64 << 10;
/// The newest versions among which one is looked for that a request has made before.
const VERSIONS: u32 = 200;
/// The longest word of a form.
const LONGEST_FIELD: usize = 32 << 10;

/// Uploads a dataset.
///
/// The file goes to storage as it arrives. The answer waits shortly until the file was read: it
/// then says `ready`, `profiling` when reading takes longer, or why the file cannot be used.
#[utoipa::path(post, path = "/api/v1/datasets", tag = "datasets",
    request_body(content = DatasetUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The dataset", body = DatasetView),
        (status = 413, description = "`upload.too_large`"),
        (status = 422, description = "The file cannot be used; `details.dataset_id` names what was stored"),
    ))]
pub async fn upload_dataset(
    State(gateway): State<Gateway>,
    caller: Caller,
    promise: Promise,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> ApiResult<Response> {
    // In which course it shall be is in the form, which comes later.
    caller.may(Action::Create, &Resource::New(None))?;
    let (id, is_there) = promised(&gateway, &promise).await?;
    if is_there {
        // Many clients do not look at an answer before they have sent everything.
        if let Ok(form) = form {
            drain(&gateway, form).await;
        }
        return answer(&gateway, id, FIRST).await;
    }
    let (words, file) = receive(&gateway, id, &headers, form).await?;
    create(&gateway, &caller, id, words, file).await?;
    answer(&gateway, id, FIRST).await
}

/// Uploads a new version of a dataset. Pipelines that were asked for earlier keep theirs.
///
/// Until the file was read, and if it cannot be, the dataset is used as it was before; `newest` of
/// the dataset tells of the file.
#[utoipa::path(post, path = "/api/v1/datasets/{id}/versions", tag = "datasets",
    params(("id" = Uuid, Path, description = "The dataset")),
    request_body(content = DatasetUpload, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The dataset with its new version", body = DatasetView),
        (status = 413, description = "`upload.too_large`"),
        (status = 422, description = "The file cannot be used; the dataset is used as before"),
    ))]
pub async fn upload_version(
    State(gateway): State<Gateway>,
    caller: Caller,
    promise: Promise,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> ApiResult<Response> {
    let dataset = find::dataset(&gateway, &caller, Action::Change, &id).await?;
    let promised = promise.note(&gateway, dataset.newest.version).await?;
    let (words, file) = receive(&gateway, dataset.id, &headers, form).await?;
    let version = match made_before(&gateway, dataset.id, promised, &file).await? {
        Some(version) => version,
        None => extend(&gateway, &caller, &dataset, words, file).await?,
    };
    answer(&gateway, dataset.id, version).await
}

/// The version that the same request has made before, if it has: one of this file, newer than the
/// newest that it found then.
async fn made_before(
    gateway: &Gateway,
    id: DatasetId,
    promised: Promised<u32>,
    file: &Unclaimed,
) -> ApiResult<Option<u32>> {
    let Promised::Before(newest) = promised else {
        return Ok(None);
    };
    let store = &gateway.ports.store;
    let versions = store.dataset_versions(id, None, VERSIONS).await?;
    let same = versions
        .iter()
        .find(|version| version.version > newest && version.sha256 == file.written.sha256);
    Ok(same.map(|version| version.version))
}

/// Reads the form to its end. Only then is the file known to be whole.
async fn receive(
    gateway: &Gateway,
    id: DatasetId,
    headers: &HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> ApiResult<(Words, Unclaimed)> {
    let mut form = form.map_err(|rejection| {
        let text = format!(
            "Send the file as multipart/form-data: {}.",
            rejection.body_text()
        );
        let failure = Failure::invalid("http.content_type", text);
        ApiError::with_status(failure, StatusCode::UNSUPPORTED_MEDIA_TYPE)
    })?;
    let bounds = Bounds {
        bytes: gateway.config.limits.upload_bytes,
        exact: false,
        idle: gateway.config.upload_idle,
    };
    // What announces itself as too large is refused before it is sent.
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced: Option<u64> = announced.and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes| bytes > bounds.bytes.saturating_add(BESIDE)) {
        return Err(too_large(bounds.bytes).into());
    }
    let (mut words, mut file) = (Words::default(), None);
    while let Some(field) = next_field(&mut form, bounds).await? {
        match field.name() {
            Some("file") if file.is_some() => {
                let text = "Send one file a dataset.";
                return Err(Failure::invalid("upload.two_files", text)
                    .field("file")
                    .into());
            }
            Some("file") => {
                words.file_name = clean_file_name(field.file_name().unwrap_or_default());
                let stored =
                    store(gateway, artifact_key(id), &mut FilePieces(field), bounds).await?;
                file = Some(stored);
            }
            Some("name") => words.name = Some(word(field, "name", bounds).await?),
            Some("description") => {
                words.description = Some(word(field, "description", bounds).await?)
            }
            Some("course_id") => {
                let text = word(field, "course_id", bounds).await?;
                words.course = course(&text)?;
            }
            // Browsers and programs add fields of their own; skipping them harms nobody.
            _ => drop(word(field, "form", bounds).await?),
        }
    }
    super::create::checked(&words)?;
    let missing = || {
        let text = "Send the data in the form's field `file`.";
        Failure::invalid("upload.no_file", text).field("file")
    };
    Ok((words, file.ok_or_else(missing)?))
}

/// Reads a form to its end for nothing, as far as an upload may go.
async fn drain(gateway: &Gateway, mut form: Multipart) {
    let idle = gateway.config.upload_idle;
    let mut left = gateway.config.limits.upload_bytes;
    while let Ok(Ok(Some(mut field))) = tokio::time::timeout(idle, form.next_field()).await {
        while let Ok(Ok(Some(piece))) = tokio::time::timeout(idle, field.chunk()).await {
            match left.checked_sub(piece.len() as u64) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }
}

async fn next_field<'f>(form: &'f mut Multipart, bounds: Bounds) -> ApiResult<Option<Field<'f>>> {
    let next = tokio::time::timeout(bounds.idle, form.next_field()).await;
    Ok(next
        .map_err(|_| broken_off())?
        .map_err(|error| broken(&error))?)
}

struct FilePieces<'f>(Field<'f>);

impl Pieces for FilePieces<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        self.0.chunk().await.map_err(|error| broken(&error).into())
    }
}

/// A short text of the form.
async fn word(mut field: Field<'_>, name: &str, bounds: Bounds) -> ApiResult<String> {
    let mut bytes = Vec::new();
    loop {
        let next = tokio::time::timeout(bounds.idle, field.chunk()).await;
        let Some(piece) = next
            .map_err(|_| broken_off())?
            .map_err(|error| broken(&error))?
        else {
            break;
        };
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_FIELD {
            let text = format!("The field {name} is longer than {LONGEST_FIELD} bytes.");
            return Err(Failure::invalid("upload.field", text).field(name).into());
        }
    }
    let not_text = |_| {
        let text = format!("The field {name} is not UTF-8 text.");
        Failure::invalid("upload.field", text).field(name)
    };
    Ok(String::from_utf8(bytes).map_err(not_text)?)
}

/// An empty field is none.
fn course(text: &str) -> Result<Option<domain::CourseId>, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Failure::invalid("dataset.course", "The course_id is no id.").field("course_id")
    })
}

/// A form that cannot be read on: it broke off, or was no form.
fn broken(error: &MultipartError) -> Failure {
    tracing::debug!(error = error.body_text(), "an upload could not be read");
    broken_off()
}
