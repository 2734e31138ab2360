//! The only way from an id in a request to a thing of the store: through the policy.

use crate::auth::Caller;
use crate::state::Gateway;
use domain::access::{Action, Grantee, Holding, Level, Noun, Resource, Share, may};
use domain::course::Course;
use domain::dataset::Dataset;
use domain::deployment::Deployment;
use domain::model::Model;
use domain::pipeline::Pipeline;
use domain::user::User;
use domain::{CourseId, DatasetId, Failure, ModelId, PipelineId, UserId};
use service_kit::http::ApiResult;
use std::str::FromStr;

/// The dataset, if the caller may do this with it.
pub async fn dataset(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Dataset> {
    let key: DatasetId = parse(Noun::Dataset, id)?;
    let found = gateway.ports.store.dataset(key).await?;
    let held = |dataset: &Dataset| Held {
        owner: dataset.owner,
        course: dataset.course,
        shared_as: (Noun::Dataset, dataset.id.to_string()),
    };
    allowed(gateway, caller, action, (Noun::Dataset, id), found, held).await
}

/// The pipeline, if the caller may do this with it.
pub async fn pipeline(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Pipeline> {
    let key: PipelineId = parse(Noun::Pipeline, id)?;
    let found = gateway.ports.store.pipeline(key).await?;
    let held = |pipeline: &Pipeline| Held {
        owner: pipeline.owner,
        course: pipeline.spec.course_id,
        shared_as: (Noun::Pipeline, pipeline.id.to_string()),
    };
    allowed(gateway, caller, action, (Noun::Pipeline, id), found, held).await
}

/// The model, if the caller may do this with it. It is shared with its pipeline.
pub async fn model(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Model> {
    let key: ModelId = parse(Noun::Model, id)?;
    let found = gateway.ports.store.model(key).await?;
    let held = |model: &Model| Held {
        owner: model.owner,
        course: model.course,
        shared_as: (Noun::Pipeline, model.pipeline.to_string()),
    };
    allowed(gateway, caller, action, (Noun::Model, id), found, held).await
}

/// The deployment, if the caller may do this with it.
pub async fn deployment(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    name: &str,
) -> ApiResult<Deployment> {
    let found = gateway.ports.store.deployment(name).await?;
    let held = |deployment: &Deployment| Held {
        owner: deployment.owner,
        course: deployment.course,
        shared_as: (Noun::Deployment, deployment.id.to_string()),
    };
    let asked = (Noun::Deployment, name);
    allowed(gateway, caller, action, asked, found, held).await
}

/// The course, if the caller may do this with it.
pub async fn course(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    id: &str,
) -> ApiResult<Course> {
    let none = || Failure::not_found("course", id);
    let key: CourseId = id.parse().map_err(|_| none())?;
    caller.may(action, &Resource::Course(key))?;
    Ok(gateway.ports.store.course(key).await?.ok_or_else(none)?)
}

/// Somebody with an account, by their user name.
pub async fn person(gateway: &Gateway, username: &str) -> ApiResult<User> {
    let found = gateway.ports.store.user_by_name(username.trim()).await?;
    let found = found.filter(|user| !user.disabled);
    Ok(found.ok_or_else(|| Failure::not_found("user", username))?)
}

/// Whose something is, and under which name it is shared.
struct Held {
    owner: UserId,
    course: Option<CourseId>,
    shared_as: (Noun, String),
}

fn parse<T: FromStr>(noun: Noun, id: &str) -> Result<T, Failure> {
    id.parse()
        .map_err(|_| Failure::not_found(noun.as_str(), id))
}

/// What is not there and what may not be seen are answered alike.
async fn allowed<T>(
    gateway: &Gateway,
    caller: &Caller,
    action: Action,
    (noun, id): (Noun, &str),
    found: Option<T>,
    held: impl Fn(&T) -> Held,
) -> ApiResult<T> {
    // Whoever asks for what is not there may be looking for what is not theirs.
    let found = found.ok_or_else(|| caller.missed(action, noun.as_str(), id))?;
    let Held {
        owner,
        course,
        shared_as: (shared_noun, shared_id),
    } = held(&found);
    let mut holding = Holding {
        course,
        ..Holding::of(owner)
    };
    let thing = |holding: &Holding| Resource::Thing(holding.thing(noun, id, &caller.who()));
    // With whom it is shared matters only to whom it does not belong.
    if may(&caller.who(), action, &thing(&holding)).is_err() {
        let shares = gateway
            .ports
            .store
            .shares(shared_noun, &[shared_id])
            .await?;
        holding.shares = levels(&shares);
    }
    caller.may(action, &thing(&holding))?;
    Ok(found)
}

/// With whom and how far.
pub fn levels(shares: &[Share]) -> Vec<(Grantee, Level)> {
    shares
        .iter()
        .map(|share| (share.with, share.level))
        .collect()
}
