//! Looking at deployments.

use crate::auth::Caller;
use crate::dto::deployment::{DeploymentMetrics, DeploymentView, SchemaView, VersionView};
use crate::dto::failure::ApiFailure;
use crate::dto::{Page, Paging};
use crate::find;
use crate::policy;
use crate::state::Gateway;
use axum::Json;
use axum::extract::State;
use domain::access::Action;
use domain::deployment::Deployment;
use service_kit::http::{ApiResult, Path, Query};

/// Deployments that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/deployments", tag = "deployments", params(Paging),
    responses((status = 200, description = "One page", body = Page<DeploymentView>)))]
pub async fn list_deployments(
    State(gateway): State<Gateway>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Page<DeploymentView>>> {
    let scope = policy::scope(&caller);
    let page = gateway
        .ports
        .store
        .deployments(&scope, &paging.page()?)
        .await?;
    let mut items = Vec::with_capacity(page.items.len());
    for deployment in page.items {
        items.push(view(&gateway, deployment).await?);
    }
    Ok(Json(Page {
        items,
        next_cursor: page.next,
    }))
}

/// A deployment with its versions.
#[utoipa::path(get, path = "/api/v1/deployments/{name}", tag = "deployments",
    params(("name" = String, Path, description = "The deployment")),
    responses((status = 200, description = "The deployment", body = DeploymentView)))]
pub async fn show_deployment(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<DeploymentView>> {
    let deployment = find::deployment(&gateway, &caller, Action::See, &name).await?;
    Ok(Json(view(&gateway, deployment).await?))
}

/// The deployment in its public form.
pub(super) async fn view(gateway: &Gateway, deployment: Deployment) -> ApiResult<DeploymentView> {
    let slot = gateway.serving.slot(&deployment.name);
    let loaded = slot
        .as_ref()
        .and_then(|slot| slot.answering(deployment.version));
    let error = slot
        .as_ref()
        .and_then(|slot| slot.error_of(deployment.version));
    let state = match (&loaded, &error) {
        (Some(_), _) => "ready",
        (None, Some(_)) => "failed",
        (None, None) => "loading",
    };
    let active = deployment.active();
    let (model_id, pipeline_id) = (
        active.map(|version| version.model),
        active.map(|version| version.pipeline),
    );
    // A model that is loaded knows what it is; of others the store must be asked.
    let known = loaded.map(|loaded| (loaded.task(), loaded.target().to_owned()));
    let (task, target) = match (known, model_id) {
        (Some((task, target)), _) => (Some(task), Some(target)),
        (None, Some(id)) => {
            let model = gateway.ports.store.model(id).await?;
            model.map(|model| (model.task, model.target)).unzip()
        }
        (None, None) => (None, None),
    };
    Ok(DeploymentView {
        url: format!("/predictions/{}", deployment.name),
        version: deployment.version,
        model_id: model_id.map(|id| id.0),
        pipeline_id: pipeline_id.map(|id| id.0),
        task,
        target,
        state,
        error: error.as_ref().map(ApiFailure::from),
        owner_id: deployment.owner.0,
        course_id: deployment.course.map(|id| id.0),
        created_at: deployment.created_at.into(),
        updated_at: deployment.updated_at.into(),
        versions: deployment.versions.iter().map(VersionView::from).collect(),
        name: deployment.name,
    })
}

impl From<&domain::deployment::DeploymentVersion> for VersionView {
    fn from(version: &domain::deployment::DeploymentVersion) -> Self {
        Self {
            version: version.version,
            model_id: version.model.0,
            pipeline_id: version.pipeline.0,
            created_at: version.created_at.into(),
        }
    }
}

/// What a deployment wants to be asked: its columns, with typical values.
#[utoipa::path(get, path = "/api/v1/deployments/{name}/schema", tag = "deployments",
    params(("name" = String, Path, description = "The deployment")),
    responses(
        (status = 200, description = "The schema", body = SchemaView),
        (status = 503, description = "`deployment.loading`: try again in a moment"),
    ))]
pub async fn deployment_schema(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<SchemaView>> {
    // The levels of a column are somebody's data: whoever else calls is told by the owner how.
    find::deployment(&gateway, &caller, Action::See, &name).await?;
    let slot = crate::serving::ready(&gateway, &name).await?;
    Ok(Json(slot.loaded()?.schema()))
}

/// How a deployment is called and answers, as this process saw it.
#[utoipa::path(get, path = "/api/v1/deployments/{name}/metrics", tag = "deployments",
    params(("name" = String, Path, description = "The deployment")),
    responses((status = 200, description = "The numbers of this process", body = DeploymentMetrics)))]
pub async fn deployment_metrics(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<DeploymentMetrics>> {
    let deployment = find::deployment(&gateway, &caller, Action::See, &name).await?;
    let stats = gateway.serving.stats(&deployment.name, gateway.now());
    Ok(Json(stats.view(deployment.name, gateway.now())))
}
