//! From stored bytes to a dataset.

use super::intake::Unclaimed;
use crate::auth::Caller;
use crate::dto::dataset::DatasetView;
use crate::events::woken;
use crate::layers::{Promise, Promised};
use crate::quota::allow_bytes;
use crate::state::Gateway;
use crate::text;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Resource};
use domain::dataset::{Dataset, DatasetState, DatasetVersion};
use domain::job::{JobKind, NewJob, Payload};
use domain::{CourseId, DatasetId, Failure, JobId};
use ports::PortError;
use ports::bus::Notice;
use service_kit::http::ApiResult;
use std::time::{Duration, Instant};

/// The number of a new dataset's version.
pub(super) const FIRST: u32 = 1;
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 10_000;

/// What people call a dataset.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub file_name: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub course: Option<CourseId>,
}

/// The id of a new dataset, and whether it is there already because the same request came before.
pub(super) async fn promised(gateway: &Gateway, promise: &Promise) -> ApiResult<(DatasetId, bool)> {
    match promise.note(gateway, DatasetId::new()).await? {
        Promised::Now(id) => Ok((id, false)),
        Promised::Before(id) => {
            let found = gateway.ports.store.dataset(id).await?;
            Ok((id, found.is_some()))
        }
    }
}

/// Where the bytes of a new upload belong. Each upload has a key of its own, so that one that
/// fails can never take the place of another.
pub(super) fn artifact_key(id: DatasetId) -> String {
    format!("datasets/{id}/{}/raw", JobId::new())
}

/// Stores a new dataset made of the artifact.
///
/// It runs to its end even if the client goes away: otherwise the row could be there and the
/// artifact deleted.
pub(super) async fn create(
    gateway: &Gateway,
    caller: &Caller,
    id: DatasetId,
    words: Words,
    artifact: Unclaimed,
) -> ApiResult<()> {
    caller.may(Action::Create, &Resource::New(words.course))?;
    let of = (caller.user.id, words.course);
    allow_bytes(gateway, caller, of, artifact.written.bytes).await?;
    let (name, description) = checked(&words)?;
    let (gateway, caller) = (gateway.clone(), caller.clone());
    let owner = caller.user.id;
    let work = async move {
        let store = &gateway.ports.store;
        let now = store.now().await?;
        let version = version(&words, &artifact, now);
        let dataset = Dataset {
            id,
            owner,
            course: words.course,
            name,
            description,
            current: version.clone(),
            newest: version,
            created_at: now,
        };
        let job = profile_job(id, FIRST, owner);
        match store.insert_dataset(&dataset, &job).await {
            Err(conflict @ PortError::Conflict { .. }) => {
                match store.dataset_version(id, FIRST).await {
                    // It is here already, by an answer that was lost.
                    Ok(Some(first)) if first.artifact == artifact.key => artifact.claim(),
                    // Another request has completed the same upload; its bytes count.
                    Ok(Some(_)) => {}
                    Ok(None) => return Err(conflict.into()),
                    // Nobody can tell whose bytes count.
                    Err(error) => {
                        artifact.claim();
                        return Err(error.into());
                    }
                }
            }
            answer => artifact.settle(answer)?,
        }
        caller
            .did(&gateway, "create", format!("dataset/{id}"))
            .await;
        Ok(())
    };
    finish(work).await
}

/// Stores a new version of the dataset made of the artifact; its number.
pub(super) async fn extend(
    gateway: &Gateway,
    caller: &Caller,
    dataset: &Dataset,
    words: Words,
    artifact: Unclaimed,
) -> ApiResult<u32> {
    let of = (dataset.owner, dataset.course);
    allow_bytes(gateway, caller, of, artifact.written.bytes).await?;
    let (gateway, caller) = (gateway.clone(), caller.clone());
    // The work is done on behalf of whom the data belong to, also when somebody else uploads.
    let (id, owner) = (dataset.id, dataset.owner);
    let work = async move {
        let store = &gateway.ports.store;
        let version = version(&words, &artifact, store.now().await?);
        // The store numbers versions; it fills the job's number in as well.
        let job = profile_job(id, 0, owner);
        let added = store.add_dataset_version(id, &version, &job).await;
        let number = artifact.settle(added)?;
        caller
            .did(&gateway, "extend", format!("dataset/{id}"))
            .await;
        Ok(number)
    };
    finish(work).await
}

async fn finish<T: Send + 'static>(
    work: impl Future<Output = ApiResult<T>> + Send + 'static,
) -> ApiResult<T> {
    tokio::spawn(work)
        .await
        .map_err(|_| Failure::internal("the storing of a dataset has ended"))?
}

fn version(words: &Words, artifact: &Unclaimed, now: domain::Timestamp) -> DatasetVersion {
    DatasetVersion {
        version: FIRST,
        state: DatasetState::Profiling,
        format: None,
        format_options: None,
        file_name: words.file_name.clone(),
        artifact: artifact.key.clone(),
        bytes: artifact.written.bytes,
        sha256: artifact.written.sha256.clone(),
        rows: None,
        columns: None,
        error: None,
        created_at: now,
    }
}

fn profile_job(dataset: DatasetId, version: u32, owner: domain::UserId) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: None,
        kind: JobKind::Profile,
        pipeline: None,
        owner,
        payload: Payload::Profile { dataset, version },
    }
}

/// Name and description after checking; the name is the file's when none is given.
pub(super) fn checked(words: &Words) -> Result<(String, String), Failure> {
    let given = words
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let name = given.map_or_else(|| base_name(&words.file_name), str::to_owned);
    let description = words
        .description
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_owned();
    for (field, text, longest) in [
        ("name", &name, LONGEST_NAME),
        ("description", &description, LONGEST_DESCRIPTION),
    ] {
        if text.chars().count() > longest {
            let text = format!("The {field} is longer than {longest} characters.");
            return Err(Failure::invalid(format!("dataset.{field}"), text).field(field));
        }
    }
    text::line("name", &name)?;
    text::lines("description", &description)?;
    Ok((name, description))
}

/// `penguins.csv.gz` → `penguins`.
fn base_name(file_name: &str) -> String {
    let mut name = file_name;
    for ending in [
        ".gz", ".zst", ".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl", ".parquet",
    ] {
        let cut = name.len().saturating_sub(ending.len());
        if name
            .get(cut..)
            .is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
        {
            name = &name[..cut];
        }
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    if name.is_empty() {
        "dataset".to_owned()
    } else {
        name
    }
}

/// A file's name for people: without folders and control characters. Never used as a path.
pub(super) fn clean_file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(255).collect()
}

/// The answer to the upload of a version: waits a little until the file was read, so that small
/// files are ready and unreadable ones are refused at once.
pub(super) async fn answer(gateway: &Gateway, id: DatasetId, version: u32) -> ApiResult<Response> {
    let read = settled(gateway, id, version, gateway.config.wait_for_profile).await?;
    if let Some(error) = read.error {
        let error = error.with("dataset_id", id.to_string());
        return Err(error.with("version", version).into());
    }
    let dataset = gateway.ports.store.dataset(id).await?;
    let dataset = dataset.ok_or_else(|| Failure::not_found("dataset", id))?;
    let location = [(header::LOCATION, format!("/api/v1/datasets/{id}"))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(DatasetView::from(dataset)),
    )
        .into_response())
}

/// The version once it was read, or as it is when the time is over.
async fn settled(
    gateway: &Gateway,
    id: DatasetId,
    version: u32,
    patience: Duration,
) -> ApiResult<DatasetVersion> {
    let mut notices = gateway.hub.notices();
    let deadline = Instant::now() + patience;
    loop {
        let found = gateway.ports.store.dataset_version(id, version).await?;
        let found = found.ok_or_else(|| Failure::not_found("dataset", id))?;
        let left = deadline.saturating_duration_since(Instant::now());
        if found.state != DatasetState::Profiling || left.is_zero() {
            return Ok(found);
        }
        let poll = left.min(Duration::from_millis(200));
        woken(&mut notices, |notice| *notice == Notice::Dataset(id), poll).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_is_called_as_its_file() {
        for (file, name) in [
            ("penguins.csv", "penguins"),
            ("Été 2024.CSV.GZ", "Été 2024"),
            ("data.json.zst", "data"),
            ("noending", "noending"),
            (".csv", "dataset"),
            ("", "dataset"),
        ] {
            assert_eq!(base_name(file), name, "{file}");
        }
    }

    #[test]
    fn a_file_name_is_no_path() {
        assert_eq!(clean_file_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_file_name("C:\\data\\a b.csv"), "a b.csv");
        assert_eq!(
            clean_file_name("a\r\nSet-Cookie: x.csv"),
            "aSet-Cookie: x.csv"
        );
    }

    #[test]
    fn long_words_are_refused_with_their_field() {
        let words = Words {
            name: Some("x".repeat(201)),
            ..Words::default()
        };
        assert_eq!(checked(&words).unwrap_err().field.as_deref(), Some("name"));
        let words = Words {
            name: Some("a\0b".into()),
            ..Words::default()
        };
        assert_eq!(checked(&words).unwrap_err().field.as_deref(), Some("name"));
        let words = Words {
            description: Some("x".repeat(10_001)),
            ..Words::default()
        };
        assert_eq!(
            checked(&words).unwrap_err().field.as_deref(),
            Some("description")
        );
    }
}
