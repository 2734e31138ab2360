//! What a user asks of a pipeline.

#![expect(dead_code, reason = "only the schemas are used")]

use crate::dto::names;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a user asks of a pipeline.
#[derive(ToSchema)]
pub struct PipelineSpec {
    /// The table to learn from.
    dataset_id: Uuid,
    /// Which upload of it; the newest when not given.
    #[schema(required = false)]
    dataset_version: Option<u32>,
    /// The column to predict.
    target: String,
    /// What kind of target it is; `auto` when not given.
    #[schema(required = false)]
    task: names::TaskChoice,
    /// The measure that decides; `auto` when not given.
    #[schema(required = false)]
    metric: names::MetricChoice,
    /// The class that counts as positive; the rarer one when not given.
    #[schema(required = false)]
    positive_class: Option<String>,
    /// How much may be spent; 60 seconds when not given.
    #[schema(required = false)]
    budget: BudgetSpec,
    /// How rows are held out.
    #[schema(required = false)]
    split: SplitSpec,
    /// Columns not to learn from.
    #[schema(required = false)]
    exclude_columns: Vec<String>,
    /// Columns to learn from although a guard would leave them out.
    #[schema(required = false)]
    include_columns: Vec<String>,
    /// Columns by which fairness is measured.
    #[schema(required = false)]
    sensitive_columns: Vec<String>,
    /// Algorithms to try, by name; all that fit when empty.
    #[schema(required = false)]
    candidates: Vec<String>,
    /// Milliseconds that the answer for one row may take, about; slower models are not chosen.
    #[schema(required = false)]
    predict_limit_ms: Option<f64>,
    /// Start of all chance; 0 when not given.
    #[schema(required = false)]
    seed: Option<u64>,
    /// The course it belongs to.
    #[schema(required = false)]
    course_id: Option<Uuid>,
    /// The last stage to run.
    #[schema(required = false)]
    stop_after: Option<names::StageName>,
    /// What happens to the best model.
    #[schema(required = false)]
    deploy: DeploySpec,
    /// A name for people.
    #[schema(required = false)]
    name: Option<String>,
}

/// How much a pipeline may spend: one of the two.
#[derive(ToSchema)]
pub struct BudgetSpec {
    /// Wall-clock seconds, 1 to 604 800.
    #[schema(required = false)]
    seconds: Option<f64>,
    /// Units of 10⁶ row × column visits: the same result on every machine.
    #[schema(required = false)]
    work_units: Option<u64>,
}

/// How rows are held out for the test.
#[derive(ToSchema)]
pub struct SplitSpec {
    /// Which way; `auto` is stratified for classes, else random.
    #[schema(required = false)]
    kind: names::SplitKind,
    /// The column that holds the group or the time.
    #[schema(required = false)]
    column: Option<String>,
    /// Share of the rows held out, 0.05 to 0.5; 0.2 when not given.
    #[schema(required = false)]
    test_fraction: Option<f64>,
}

/// What happens to the best model.
#[derive(ToSchema)]
pub struct DeploySpec {
    /// Whether it is deployed; `auto` when not given.
    #[schema(required = false)]
    mode: names::DeployMode,
    /// The endpoint's name, a DNS label.
    #[schema(required = false)]
    name: Option<String>,
    /// The score to reach in mode `threshold`.
    #[schema(required = false)]
    min_score: Option<f64>,
}
