//! The only way from an id in a request to a thing of the store: through the policy.

use crate::auth::Caller;
use crate::policy::{self, Action, Resource};
use crate::state::Gateway;
use domain::dataset::Dataset;
use domain::deployment::Deployment;
use domain::model::Model;
use domain::pipeline::Pipeline;
use domain::{DatasetId, Failure, ModelId, PipelineId, UserId};
use service_kit::http::ApiResult;
use std::str::FromStr;

/// The dataset, if the caller may do this with it.
pub async fn dataset(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Dataset> {
    let key: DatasetId = parse("dataset", id)?;
    let found = gateway.ports.store.dataset(key).await?;
    allowed(caller, action, "dataset", id, found, |dataset| {
        dataset.owner
    })
}

/// The pipeline, if the caller may do this with it.
pub async fn pipeline(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Pipeline> {
    let key: PipelineId = parse("pipeline", id)?;
    let found = gateway.ports.store.pipeline(key).await?;
    allowed(caller, action, "pipeline", id, found, |pipeline| {
        pipeline.owner
    })
}

/// The model, if the caller may do this with it.
pub async fn model(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Model> {
    let key: ModelId = parse("model", id)?;
    let found = gateway.ports.store.model(key).await?;
    allowed(caller, action, "model", id, found, |model| model.owner)
}

/// The deployment, if the caller may do this with it.
pub async fn deployment(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    name: &str,
) -> ApiResult<Deployment> {
    let found = gateway.ports.store.deployment(name).await?;
    allowed(caller, action, "deployment", name, found, |deployment| {
        deployment.owner
    })
}

/// What is no id names nothing.
fn parse<T: FromStr>(noun: &str, id: &str) -> Result<T, Failure> {
    id.parse().map_err(|_| Failure::not_found(noun, id))
}

fn allowed<T>(
    caller: &Caller,
    action: Action,
    noun: &'static str,
    id: &str,
    found: Option<T>,
    owner: impl Fn(&T) -> UserId,
) -> ApiResult<T> {
    let thing = found.ok_or_else(|| Failure::not_found(noun, id))?;
    policy::may(
        &caller.user,
        action,
        &Resource {
            noun,
            id,
            owner: owner(&thing),
        },
    )?;
    Ok(thing)
}
