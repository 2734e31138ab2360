//! Making, moving and removing deployments.

use super::read::view;
use crate::auth::Caller;
use crate::dto::deployment::{DeploymentPatch, DeploymentView, NewDeployment};
use crate::find;
use crate::layers::{Promise, Promised};
use crate::pipelines::name_taken;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::{Action, Resource};
use domain::deployment::{Deployment, bad_name, is_valid_name};
use domain::{DeploymentId, Failure, FailureKind, ModelId};
use ports::PortError;
use ports::store::DeploymentWrite;
use service_kit::http::{ApiError, ApiResult, Body, Path};
use std::time::Duration;

/// How long an answer waits for a version to be loaded here, so that it can be called at once.
const UNTIL_LOADED: Duration = Duration::from_secs(2);

/// Lets a model answer under a name. The owner's own name gets the next version.
#[utoipa::path(post, path = "/api/v1/deployments", tag = "deployments", request_body = NewDeployment,
    responses(
        (status = 201, description = "The deployment", body = DeploymentView),
        (status = 404, description = "`model.not_found`"),
        (status = 409, description = "`deployment.name_taken`"),
    ))]
pub async fn create_deployment(
    State(gateway): State<Gateway>,
    caller: Caller,
    promise: Promise,
    Body(wish): Body<NewDeployment>,
) -> ApiResult<Response> {
    if !is_valid_name(&wish.name) {
        return Err(bad_name(&wish.name).into());
    }
    let model = find::model(
        &gateway,
        &caller,
        Action::Change,
        &wish.model_id.to_string(),
    )
    .await?;
    let course = wish.course_id.or(model.course);
    caller.may(Action::Create, &Resource::New(course))?;
    let store = &gateway.ports.store;
    let found = store.deployment(&wish.name).await?;
    let newest = found.as_ref().map_or(0, newest_version);
    if let Promised::Before(newest) = promise.note(&gateway, newest).await?
        && let Some(made) =
            found.filter(|found| found.owner == caller.user.id && was_made(found, newest, model.id))
    {
        return created(&gateway, &caller, made).await;
    }
    let write = DeploymentWrite {
        id: DeploymentId::new(),
        name: wish.name,
        owner: caller.user.id,
        course,
        model: model.id,
        pipeline: model.pipeline,
        artifact: model.artifact,
        sha256: model.sha256,
    };
    let deployed = store.deploy(&write).await.map_err(|error| match error {
        PortError::Conflict { .. } => ApiError::from(name_taken(&write.name)),
        other => other.into(),
    })?;
    created(&gateway, &caller, deployed).await
}

fn newest_version(deployment: &Deployment) -> u32 {
    let versions = deployment.versions.iter().map(|version| version.version);
    versions.max().unwrap_or(0)
}

/// Whether the model became a version after `newest`: then an earlier try of the same request has
/// deployed it.
fn was_made(deployment: &Deployment, newest: u32, model: ModelId) -> bool {
    let mut later = deployment.versions.iter().filter(|v| v.version > newest);
    later.any(|version| version.model == model)
}

async fn created(gateway: &Gateway, caller: &Caller, deployed: Deployment) -> ApiResult<Response> {
    let location = [(
        header::LOCATION,
        format!("/api/v1/deployments/{}", deployed.name),
    )];
    let answer = changed(gateway, caller, "deploy", deployed).await?;
    Ok((StatusCode::CREATED, location, answer).into_response())
}

/// Makes another version answer.
#[utoipa::path(patch, path = "/api/v1/deployments/{name}", tag = "deployments",
    request_body = DeploymentPatch,
    params(("name" = String, Path, description = "The deployment")),
    responses(
        (status = 200, description = "The deployment", body = DeploymentView),
        (status = 404, description = "`deployment.version_not_found`"),
    ))]
pub async fn change_deployment(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
    Body(patch): Body<DeploymentPatch>,
) -> ApiResult<Json<DeploymentView>> {
    let deployment = find::deployment(&gateway, &caller, Action::Change, &name).await?;
    activate(&gateway, &caller, &deployment, patch.version).await
}

/// Makes the version before the present one answer.
#[utoipa::path(post, path = "/api/v1/deployments/{name}/rollback", tag = "deployments",
    params(("name" = String, Path, description = "The deployment")),
    responses(
        (status = 200, description = "The deployment", body = DeploymentView),
        (status = 409, description = "`deployment.no_earlier_version`"),
    ))]
pub async fn roll_back(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<DeploymentView>> {
    let deployment = find::deployment(&gateway, &caller, Action::Change, &name).await?;
    let earlier = earlier_version(&deployment).ok_or_else(|| {
        let text = "There is no version before this one.";
        Failure::new(FailureKind::Conflict, "deployment.no_earlier_version", text)
    })?;
    activate(&gateway, &caller, &deployment, earlier).await
}

/// The newest version before the one that answers.
fn earlier_version(deployment: &Deployment) -> Option<u32> {
    let versions = deployment.versions.iter().map(|version| version.version);
    versions
        .filter(|version| *version < deployment.version)
        .max()
}

async fn activate(
    gateway: &Gateway,
    caller: &Caller,
    deployment: &Deployment,
    version: u32,
) -> ApiResult<Json<DeploymentView>> {
    let name = &deployment.name;
    let moved = gateway
        .ports
        .store
        .activate(name, version)
        .await
        .map_err(|error| match error {
            PortError::NotFound { .. } => {
                let text = format!("The deployment {name} has no version {version}.");
                let failure =
                    Failure::new(FailureKind::NotFound, "deployment.version_not_found", text);
                ApiError::from(failure.field("version").with("version", version))
            }
            other => other.into(),
        })?;
    changed(gateway, caller, "activate", moved).await
}

/// Loads what has changed and answers it.
async fn changed(
    gateway: &Gateway,
    caller: &Caller,
    action: &str,
    deployment: Deployment,
) -> ApiResult<Json<DeploymentView>> {
    caller
        .did(gateway, action, format!("deployment/{}", deployment.name))
        .await;
    gateway.serving.look();
    gateway
        .serving
        .settled(&deployment.name, deployment.version, UNTIL_LOADED)
        .await;
    Ok(Json(view(gateway, deployment).await?))
}

/// Removes a name. Its models stay.
#[utoipa::path(delete, path = "/api/v1/deployments/{name}", tag = "deployments",
    params(("name" = String, Path, description = "The deployment")),
    responses((status = 204, description = "Removed")))]
pub async fn delete_deployment(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    let deployment = find::deployment(&gateway, &caller, Action::Change, &name).await?;
    if !gateway.ports.store.undeploy(&deployment.name).await? {
        return Err(Failure::not_found("deployment", &name).into());
    }
    gateway.serving.remove(&deployment.name);
    gateway.serving.look();
    caller
        .did(&gateway, "undeploy", format!("deployment/{name}"))
        .await;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::deployment::DeploymentVersion;
    use domain::{PipelineId, Timestamp, UserId};

    #[test]
    fn rolling_back_goes_one_version_at_a_time() {
        let version = |version| DeploymentVersion {
            version,
            model: ModelId::new(),
            pipeline: PipelineId::new(),
            artifact: String::new(),
            sha256: String::new(),
            created_at: Timestamp(0),
        };
        let mut deployment = Deployment {
            id: DeploymentId::new(),
            name: "a".into(),
            owner: UserId::new(),
            course: None,
            version: 3,
            versions: vec![version(1), version(2), version(3), version(4)],
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        assert_eq!(earlier_version(&deployment), Some(2));
        deployment.version = 1;
        assert_eq!(earlier_version(&deployment), None);
        assert_eq!(newest_version(&deployment), 4);
        let fourth = deployment.versions[3].model;
        assert!(was_made(&deployment, 3, fourth));
        assert!(!was_made(&deployment, 4, fourth), "it was there before");
        assert!(!was_made(&deployment, 3, ModelId::new()));
    }
}
