//! Asking for a pipeline.

use super::{check, read};
use crate::auth::Caller;
use crate::dto::pipeline::PipelineView;
use crate::dto::shapes;
use crate::find;
use crate::layers::{Promise, Promised};
use crate::quota::allow_pipeline;
use crate::state::Gateway;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Resource};
use domain::dataset::{Dataset, DatasetState, DatasetVersion};
use domain::job::{JobKind, NewJob, Payload};
use domain::pipeline::{Pipeline, PipelineState, Stage, StageName};
use domain::spec::PipelineSpec;
use domain::{Failure, JobId, PipelineId, UserId};
use ports::store::NewPipeline;
use serde_json::{Map, Value};
use service_kit::http::{ApiResult, Body, Path, refuse_nul};

/// Asks for a pipeline. It may be asked for while its dataset is still being read.
#[utoipa::path(post, path = "/api/v1/pipelines", tag = "pipelines",
    request_body = shapes::PipelineSpec,
    responses(
        (status = 202, description = "The pipeline, queued", body = PipelineView),
        (status = 404, description = "`dataset.not_found`"),
        (status = 409, description = "`deployment.name_taken`"),
    ))]
pub async fn create_pipeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    promise: Promise,
    Body(spec): Body<PipelineSpec>,
) -> ApiResult<Response> {
    create(&gateway, &caller, &promise, spec).await
}

/// Asks for a pipeline like this one, with changes.
///
/// The body holds the fields of the spec that change; null takes a field back to its default. An
/// empty body repeats the pipeline as it was.
#[utoipa::path(post, path = "/api/v1/pipelines/{id}/clone", tag = "pipelines",
    params(("id" = Uuid, Path, description = "The pipeline")),
    request_body(content = Object, description = "Fields of a PipelineSpec", content_type = "application/json"),
    responses((status = 202, description = "The new pipeline, queued", body = PipelineView)))]
pub async fn clone_pipeline(
    State(gateway): State<Gateway>,
    caller: Caller,
    promise: Promise,
    Path(id): Path<String>,
    body: Bytes,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    refuse_nul(&body)?;
    let changes = if body.is_empty() {
        Map::new()
    } else {
        serde_json::from_slice(&body).map_err(|error| {
            let text = format!("The body is no JSON object: {error}.");
            Failure::invalid("http.json_syntax", text)
        })?
    };
    let spec = changed(&pipeline.spec, changes)?;
    let same = spec.dataset_id == pipeline.spec.dataset_id;
    if same
        && gateway
            .ports
            .store
            .dataset(spec.dataset_id)
            .await?
            .is_none()
    {
        return Err(super::act::dataset_deleted().into());
    }
    create(&gateway, &caller, &promise, spec).await
}

/// The spec with some of its fields replaced.
fn changed(spec: &PipelineSpec, changes: Map<String, Value>) -> Result<PipelineSpec, Failure> {
    let unusable = |error: serde_json::Error| {
        Failure::invalid("http.json", format!("The changes cannot be used: {error}."))
    };
    let mut fields = match serde_json::to_value(spec).map_err(unusable)? {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    // The version belongs to the dataset: another dataset begins with its newest one.
    if changes
        .get("dataset_id")
        .is_some_and(|id| Some(id) != fields.get("dataset_id"))
    {
        fields.remove("dataset_version");
    }
    for (name, value) in changes {
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
    serde_json::from_value(Value::Object(fields)).map_err(unusable)
}

async fn create(
    gateway: &Gateway,
    caller: &Caller,
    promise: &Promise,
    mut spec: PipelineSpec,
) -> ApiResult<Response> {
    let target = spec.target.trim();
    if target.len() != spec.target.len() {
        spec.target = target.to_owned();
    }
    check::spec(&spec)?;
    let dataset_id = spec.dataset_id.to_string();
    let dataset = find::dataset(gateway, caller, Action::See, &dataset_id).await?;
    caller.may(Action::Create, &Resource::New(spec.course_id))?;
    allow_pipeline(gateway, caller, spec.course_id).await?;
    let version = version(gateway, &dataset, spec.dataset_version).await?;
    if let Some(error) = &version.error {
        let text = format!("The dataset cannot be used: {error}");
        let failure = Failure::invalid("pipeline.dataset_failed", text).field("dataset_id");
        return Err(failure.with("code", error.message.code.clone()).into());
    }
    if version.state == DatasetState::Ready
        && let Some(profile) = gateway
            .ports
            .store
            .profile(dataset.id, version.version)
            .await?
    {
        check::against(&profile, &spec)?;
    }
    if let Some(name) = &spec.deploy.name
        && let Some(taken) = gateway.ports.store.deployment(name).await?
        && taken.owner != caller.user.id
    {
        return Err(check::name_taken(name).into());
    }
    spec.dataset_version = Some(version.version);
    let store = &gateway.ports.store;
    let id = match promise.note(gateway, PipelineId::new()).await? {
        Promised::Before(id) if store.pipeline(id).await?.is_some() => {
            return accepted(gateway, id).await;
        }
        Promised::Now(id) | Promised::Before(id) => id,
    };
    let now = store.now().await?;
    let pipeline = new_pipeline(id, spec, &dataset, caller.user.id, now);
    let advance = advance_job(&pipeline);
    let inserted = store
        .insert_pipeline(&NewPipeline { pipeline, advance })
        .await;
    if let Err(error) = inserted {
        // The same request, sent twice at one moment, may have made it.
        return match store.pipeline(id).await? {
            Some(_) => accepted(gateway, id).await,
            None => Err(error.into()),
        };
    }
    caller
        .did(gateway, "create", format!("pipeline/{id}"))
        .await;
    accepted(gateway, id).await
}

async fn accepted(gateway: &Gateway, id: PipelineId) -> ApiResult<Response> {
    let view: PipelineView = read::view(gateway, id).await?;
    let location = [(header::LOCATION, format!("/api/v1/pipelines/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(view)).into_response())
}

async fn version(
    gateway: &Gateway,
    dataset: &Dataset,
    wanted: Option<u32>,
) -> ApiResult<DatasetVersion> {
    let Some(number) = wanted else {
        return Ok(dataset.current.clone());
    };
    let found = gateway
        .ports
        .store
        .dataset_version(dataset.id, number)
        .await?;
    Ok(found.ok_or_else(|| {
        let newest = dataset.newest.version;
        let text = format!("The dataset has no version {number}; its newest is {newest}.");
        Failure::invalid("pipeline.dataset_version", text).field("dataset_version")
    })?)
}

fn new_pipeline(
    id: PipelineId,
    spec: PipelineSpec,
    dataset: &Dataset,
    owner: UserId,
    now: domain::Timestamp,
) -> Pipeline {
    let given = spec
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let name = given.map_or_else(
        || format!("{} · {}", dataset.name, spec.target),
        str::to_owned,
    );
    Pipeline {
        id,
        owner,
        name,
        spec,
        state: PipelineState::Queued,
        stages: StageName::ALL
            .iter()
            .map(|name| Stage::pending(*name))
            .collect(),
        best_score: None,
        consumed_us: 0,
        error: None,
        created_at: now,
        started_at: None,
        finished_at: None,
    }
}

/// The job that makes the orchestrator look at the pipeline.
pub(super) fn advance_job(pipeline: &Pipeline) -> NewJob {
    NewJob {
        id: JobId::new(),
        parent: None,
        kind: JobKind::Advance,
        pipeline: Some(pipeline.id),
        owner: pipeline.owner,
        payload: Payload::Pipeline,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DatasetId;
    use serde_json::json;

    fn spec() -> PipelineSpec {
        let mut spec = PipelineSpec::new(DatasetId::new(), "species");
        spec.dataset_version = Some(3);
        spec.seed = Some(7);
        spec
    }

    fn change(changes: Value) -> Result<PipelineSpec, Failure> {
        let Value::Object(changes) = changes else {
            unreachable!()
        };
        changed(&spec(), changes)
    }

    #[test]
    fn a_clone_changes_what_is_said_and_nothing_else() {
        let clone = change(json!({"target": "size", "seed": null})).unwrap();
        assert_eq!((clone.target.as_str(), clone.seed), ("size", None));
        assert_eq!(clone.dataset_version, Some(3));
    }

    #[test]
    fn another_dataset_begins_with_its_newest_version() {
        let other = change(json!({"dataset_id": DatasetId::new()})).unwrap();
        assert_eq!(other.dataset_version, None);
        let named = change(json!({"dataset_id": DatasetId::new(), "dataset_version": 2})).unwrap();
        assert_eq!(named.dataset_version, Some(2));
    }

    #[test]
    fn a_change_that_no_spec_knows_is_refused() {
        assert!(change(json!({"budgets": {}})).is_err());
        assert!(change(json!({"target": null})).is_err());
    }
}
