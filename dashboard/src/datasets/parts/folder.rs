//! An upload as a folder of artifacts.

use crate::auth::Caller;
use crate::datasets::create::Words;
use crate::dto::dataset::{NewUpload, UploadView};
use crate::state::Gateway;
use bytes::Bytes;
use domain::access::{Action, Holding, Noun, Resource};
use domain::{CourseId, DatasetId, Failure, UserId};
use ports::PortError;
use ports::artifacts::{Stored, get_bytes, put_bytes};
use serde::{Deserialize, Serialize};
use service_kit::http::{ApiError, ApiResult};
use uuid::Uuid;

/// What is known of an upload before its parts come.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub owner: UserId,
    /// The dataset that it becomes: fixed from the start, so that completing twice makes one.
    pub dataset: DatasetId,
    pub wish: NewUpload,
    /// Whether the dataset is there. The parts are gone then; the manifest stays until the sweep,
    /// for whoever has not heard the answer to the last part.
    #[serde(default)]
    pub completed: bool,
}

impl Manifest {
    /// Its stored form.
    pub fn to_bytes(&self) -> Result<Bytes, Failure> {
        let bytes = serde_json::to_vec(self).map(Bytes::from);
        bytes.map_err(|error| Failure::internal(format!("a manifest cannot be written: {error}")))
    }
}

/// An upload with its manifest and the parts that have arrived.
#[derive(Debug)]
pub(super) struct Upload {
    pub id: Uuid,
    pub manifest: Manifest,
    pub parts: Vec<Stored>,
}

impl Upload {
    /// The parts that have arrived without a gap. Two clients at the same time may leave others.
    pub fn joined(&self) -> Vec<&Stored> {
        let place = |part: &Stored| {
            let name = part.key.rsplit('/').next();
            name.and_then(|name| name.parse::<u64>().ok())
        };
        let (mut joined, mut end) = (Vec::new(), 0);
        for part in &self.parts {
            if place(part) == Some(end) {
                joined.push(part);
                end += part.bytes;
            }
        }
        joined
    }

    /// The bytes that have arrived without a gap.
    pub fn received(&self) -> u64 {
        if self.manifest.completed {
            return self.manifest.wish.bytes;
        }
        self.joined().iter().map(|part| part.bytes).sum()
    }

    /// Its public form.
    pub fn view(&self, gateway: &Gateway) -> UploadView {
        UploadView {
            id: self.id,
            bytes: self.manifest.wish.bytes,
            received: self.received(),
            part_bytes: gateway.config.limits.part_bytes,
            dataset_id: self.manifest.completed.then_some(self.manifest.dataset.0),
        }
    }
}

pub(super) fn manifest_key(id: Uuid) -> String {
    format!("uploads/{id}/manifest.json")
}

pub(super) fn parts_prefix(id: Uuid) -> String {
    format!("uploads/{id}/parts/")
}

/// Names of parts sort as the places where they begin.
pub(super) fn part_key(id: Uuid, start: u64) -> String {
    format!("{}{start:020}", parts_prefix(id))
}

/// The upload, if it is the caller's.
pub(super) async fn open(gateway: &Gateway, caller: &Caller, id: &str) -> ApiResult<Upload> {
    let none = || ApiError::from(Failure::not_found("upload", id));
    let key: Uuid = id.parse().map_err(|_| none())?;
    let artifacts = gateway.ports.artifacts.as_ref();
    let read = async || match get_bytes(artifacts, &manifest_key(key)).await {
        Ok(bytes) => serde_json::from_slice::<Manifest>(&bytes)
            .map_err(|error| Failure::internal(format!("a manifest is damaged: {error}")).into()),
        Err(PortError::NotFound { .. }) => Err(none()),
        Err(error) => Err(error.into()),
    };
    let mut manifest = read().await?;
    let holding = Holding::of(manifest.owner);
    let upload = holding.thing(Noun::Upload, id, &caller.who());
    caller.may(Action::Change, &Resource::Thing(upload))?;
    let parts = artifacts.list(&parts_prefix(key)).await?;
    if parts.is_empty() && !manifest.completed {
        // The parts may have been let go since the manifest was read.
        manifest = read().await?;
    }
    Ok(Upload {
        id: key,
        manifest,
        parts,
    })
}

/// Notes that the dataset is there, and only then lets the parts go.
pub(super) async fn complete(gateway: &Gateway, upload: Upload) -> ApiResult<()> {
    let manifest = Manifest {
        completed: true,
        ..upload.manifest
    };
    let artifacts = gateway.ports.artifacts.as_ref();
    put_bytes(artifacts, &manifest_key(upload.id), manifest.to_bytes()?).await?;
    gateway.discard(upload.parts.into_iter().map(|part| part.key).collect());
    Ok(())
}

pub(super) fn remove(gateway: &Gateway, upload: &Upload) {
    let parts = upload.parts.iter().map(|part| part.key.clone());
    // The manifest goes last: as long as it is there, the sweep finds what is left.
    gateway.discard(parts.chain([manifest_key(upload.id)]).collect());
}

pub(super) fn words(wish: &NewUpload) -> Words {
    Words {
        file_name: wish.file_name.clone(),
        name: wish.name.clone(),
        description: wish.description.clone(),
        course: wish.course_id.map(CourseId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_is_what_came_without_a_gap() {
        let id = Uuid::now_v7();
        let part = |start, bytes| Stored {
            key: part_key(id, start),
            bytes,
        };
        let wish = NewUpload {
            file_name: "a.csv".into(),
            bytes: 30,
            name: None,
            description: None,
            course_id: None,
        };
        let manifest = Manifest {
            owner: UserId::new(),
            dataset: DatasetId::new(),
            wish,
            completed: false,
        };
        let mut upload = Upload {
            id,
            manifest,
            parts: vec![part(0, 10), part(10, 10)],
        };
        assert_eq!(upload.received(), 20);
        upload.parts = vec![part(0, 10), part(20, 10)];
        assert_eq!(upload.received(), 10);
        upload.parts.clear();
        assert_eq!(upload.received(), 0);
        upload.manifest.completed = true;
        assert_eq!(upload.received(), 30, "its parts are in the dataset");
    }
}
