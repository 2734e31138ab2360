//! Deployments on the wire.

use super::failure::ApiFailure;
use super::{Time, names};
use domain::task::Task;
use domain::{CourseId, ModelId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A name under which a version of a model answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Deployment)]
pub struct DeploymentView {
    /// Its name in the URL, unique on the site.
    pub name: String,
    /// The version that answers.
    pub version: u32,
    /// The model that answers.
    #[schema(required = true)]
    pub model_id: Option<Uuid>,
    /// The pipeline that made it.
    #[schema(required = true)]
    pub pipeline_id: Option<Uuid>,
    /// What it predicts.
    #[schema(value_type = Option<names::Task>, required = true)]
    pub task: Option<Task>,
    /// The column it predicts.
    #[schema(required = true)]
    pub target: Option<String>,
    /// Whether this process can answer: `loading`, `ready` or `failed`.
    pub state: &'static str,
    /// Why the version cannot be loaded, if so.
    #[schema(required = true)]
    pub error: Option<ApiFailure>,
    /// Whose it is.
    pub owner_id: Uuid,
    /// The course it belongs to, if any.
    #[schema(required = true)]
    pub course_id: Option<Uuid>,
    /// When it was made.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Where it is called.
    pub url: String,
    /// Every version, oldest first.
    pub versions: Vec<VersionView>,
}

/// One version of a deployment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeploymentVersion)]
pub struct VersionView {
    /// Counts from 1.
    pub version: u32,
    /// The model that answers.
    pub model_id: Uuid,
    /// The pipeline that made it.
    pub pipeline_id: Uuid,
    /// When it was deployed.
    pub created_at: Time,
}

/// A wish to let a model answer under a name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeployment {
    /// The model.
    #[schema(value_type = Uuid)]
    pub model_id: ModelId,
    /// The name, a DNS label. The same owner's gets the next version.
    pub name: String,
    /// The course it belongs to.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub course_id: Option<CourseId>,
}

/// A change of a deployment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeploymentPatch {
    /// The version that shall answer.
    pub version: u32,
}

/// What a deployment wants to be asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DeploymentSchema)]
pub struct SchemaView {
    /// The column it predicts.
    pub target: String,
    /// What it predicts.
    #[schema(value_type = names::Task)]
    pub task: Task,
    /// The classes, in the order of probabilities; null for numbers.
    #[schema(required = true)]
    pub classes: Option<Vec<String>>,
    /// The columns of a record. Others are ignored.
    pub columns: Vec<SchemaColumnView>,
}

/// One column of a record.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = SchemaColumn)]
pub struct SchemaColumnView {
    /// Its name.
    pub name: String,
    /// What its values are.
    #[schema(value_type = names::ColumnKind)]
    pub kind: domain::profile::ColumnKind,
    /// Whether a record must have it; `null` says that its value is not known.
    pub required: bool,
    /// The values that training saw, where they are few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
    /// Smallest value that training saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest value that training saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// A typical value.
    #[schema(value_type = names::Scalar)]
    pub example: Value,
}

/// How a deployment is called and answers, as this process saw it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeploymentMetrics {
    /// Its name.
    pub name: String,
    /// Since when this process counts.
    pub since: Time,
    /// Requests.
    pub requests: u64,
    /// Requests that were refused or failed.
    pub errors: u64,
    /// Records that were predicted.
    pub rows: u64,
    /// Requests a second, over the last minute.
    pub rate_per_second: f64,
    /// Milliseconds that the last 1 024 answers took.
    #[schema(required = true)]
    pub latency_ms: Option<Latency>,
}

/// Quantiles of a time, in milliseconds.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// 95 %.
    pub p95: f64,
    /// 99 %.
    pub p99: f64,
}
