//! Schemas of nouns whose own serde form is the public one. Only the schemas are used; a test
//! holds them against what is really sent.

#![expect(dead_code, reason = "only the schemas are used")]

use super::names;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What was detected about a text file.
#[derive(ToSchema)]
pub struct FormatOptions {
    /// The separator of a delimited file.
    #[schema(value_type = Option<String>, required = false)]
    delimiter: Option<char>,
    /// The quote character of a delimited file.
    #[schema(value_type = Option<String>, required = false)]
    quote: Option<char>,
    /// Whether the first row names the columns.
    #[schema(required = false)]
    header: Option<bool>,
    /// The character encoding, for example `UTF-8`.
    encoding: String,
    /// Whether `3,14` is a number.
    decimal_comma: bool,
    /// `gzip` or `zstd`.
    #[schema(required = false)]
    compression: Option<String>,
}

/// What was found in a dataset.
#[derive(ToSchema)]
pub struct Profile {
    /// Data rows.
    rows: u64,
    /// One description a column, in the file's order.
    columns: Vec<ColumnProfile>,
    /// What a person should know about the table as a whole.
    warnings: Vec<names::Message>,
    /// The column that looks most like a target, if one does.
    suggested_target: Option<String>,
    /// The task that goes with it.
    suggested_task: Option<names::Task>,
}

/// What was found in one column. Numbers stand only where the kind has them.
#[derive(ToSchema)]
pub struct ColumnProfile {
    /// The column's name.
    name: String,
    /// What its values are.
    kind: names::ColumnKind,
    /// Rows without a value.
    missing: u64,
    /// Different values among the rest.
    unique: u64,
    /// Smallest value.
    min: Option<f64>,
    /// Largest value.
    max: Option<f64>,
    /// Mean.
    mean: Option<f64>,
    /// Standard deviation (n − 1).
    std: Option<f64>,
    /// Quantiles.
    quantiles: Option<Quantiles>,
    /// The most frequent values, at most 20.
    top: Vec<TopValue>,
    /// How the numbers are spread.
    histogram: Option<Histogram>,
    /// How the values are written.
    #[schema(value_type = Object)]
    parsing: Value,
    /// What a person should know before training.
    warnings: Vec<names::Message>,
}

/// Quantiles of a numeric column.
#[derive(ToSchema)]
pub struct Quantiles {
    p05: f64,
    p25: f64,
    p50: f64,
    p75: f64,
    p95: f64,
}

/// A frequent value and how often it occurs.
#[derive(ToSchema)]
pub struct TopValue {
    /// The value as the file writes it.
    value: String,
    /// Rows with it.
    count: u64,
}

/// Counts of values between edges.
#[derive(ToSchema)]
pub struct Histogram {
    /// One more than there are counts, ascending.
    edges: Vec<f64>,
    /// How many values lie in each bin.
    counts: Vec<u64>,
}

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

/// The numbers of a pipeline.
#[derive(ToSchema)]
pub struct Evaluation {
    /// What was learned.
    task: names::Task,
    /// The metric that decided.
    metric: names::Metric,
    /// The classes, in the order of probabilities.
    classes: Vec<String>,
    /// The class that counts as positive, for two classes.
    positive_class: Option<String>,
    /// Rows learned from.
    rows_train: u64,
    /// Rows held out.
    rows_test: u64,
    /// The model that is deployed.
    chosen_model_id: Uuid,
    /// The first model against the second: who wins, and whether that is more than noise.
    verdict: Option<names::Message>,
    /// Every model, best first.
    models: Vec<ModelEvaluation>,
}

/// The numbers of one model on the held-out rows.
#[derive(ToSchema)]
pub struct ModelEvaluation {
    /// The model.
    model_id: Uuid,
    /// Its algorithm.
    algorithm: String,
    /// Every metric of the task, by name.
    metrics: BTreeMap<String, Interval>,
    /// For classes.
    confusion: Option<Confusion>,
    /// ROC curves.
    roc: Vec<Curve>,
    /// Precision-recall curves.
    precision_recall: Vec<Curve>,
    /// Mean predicted probability against observed share.
    calibration: Vec<Curve>,
    /// For numbers: predicted values against residuals.
    residuals: Option<Curve>,
    /// Which columns matter.
    importance: Vec<Importance>,
}

/// A score with its 95 % interval.
#[derive(ToSchema)]
pub struct Interval {
    /// The score on the held-out rows.
    value: f64,
    /// Lower end.
    lo: f64,
    /// Upper end.
    hi: f64,
}

/// How often each class was taken for each other.
#[derive(ToSchema)]
pub struct Confusion {
    /// The classes.
    labels: Vec<String>,
    /// `matrix[i][j]`: rows of class `i` predicted as class `j`.
    matrix: Vec<Vec<u64>>,
}

/// A curve for a plot.
#[derive(ToSchema)]
pub struct Curve {
    /// What it shows.
    label: String,
    /// Horizontal values.
    x: Vec<f64>,
    /// Vertical values.
    y: Vec<f64>,
}

/// The weight of a column in a model's predictions.
#[derive(ToSchema)]
pub struct Importance {
    /// The column.
    column: String,
    /// How much the score falls when its values are shuffled.
    mean: f64,
    /// Standard deviation over repeats.
    std: f64,
}

#[cfg(test)]
mod tests {
    use domain::dataset::FormatOptions;
    use domain::evaluation;
    use domain::profile;
    use domain::spec;
    use domain::task::{Metric, Task};
    use domain::{CourseId, DatasetId, Message, ModelId};
    use serde_json::{Value, json};
    use utoipa::PartialSchema;

    /// What is really sent has just the fields that the schema describes.
    fn same_fields<S: PartialSchema>(sent: &impl serde::Serialize) {
        let schema = serde_json::to_value(S::schema()).unwrap();
        let described = schema["properties"].as_object().unwrap();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let sent = serde_json::to_value(sent).unwrap();
        let sent = sent.as_object().unwrap();
        for name in sent.keys() {
            assert!(described.contains_key(name), "{name} is sent and not described");
        }
        for name in described.keys() {
            let needed = required.contains(&Value::from(name.as_str()));
            assert!(sent.contains_key(name) || !needed, "{name} is described and not sent");
        }
        assert!(!described.is_empty());
    }

    #[test]
    fn a_profile_is_what_its_schema_says() {
        let column = profile::ColumnProfile {
            name: "a".into(),
            kind: profile::ColumnKind::Numeric,
            missing: 0,
            unique: 1,
            min: None,
            max: None,
            mean: None,
            std: None,
            quantiles: Some(profile::Quantiles { p05: 0.0, p25: 0.0, p50: 0.0, p75: 0.0, p95: 0.0 }),
            top: vec![profile::TopValue { value: "1".into(), count: 1 }],
            histogram: Some(profile::Histogram { edges: vec![0.0, 1.0], counts: vec![1] }),
            parsing: profile::Parsing::default(),
            warnings: vec![Message::new("a", "A.")],
        };
        same_fields::<super::ColumnProfile>(&column);
        same_fields::<super::Quantiles>(&column.quantiles);
        same_fields::<super::TopValue>(&column.top[0]);
        same_fields::<super::Histogram>(&column.histogram);
        same_fields::<crate::dto::names::Message>(&column.warnings[0]);
        let whole = profile::Profile {
            rows: 1,
            columns: vec![column],
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        };
        same_fields::<super::Profile>(&whole);
        let options: FormatOptions = serde_json::from_value(json!({
            "delimiter": ",", "quote": "\"", "header": true, "encoding": "UTF-8",
            "decimal_comma": false, "compression": "gzip",
        }))
        .unwrap();
        same_fields::<super::FormatOptions>(&options);
    }

    #[test]
    fn a_spec_is_what_its_schema_says() {
        let mut full = spec::PipelineSpec::new(DatasetId::new(), "t");
        full.dataset_version = Some(1);
        full.positive_class = Some("yes".into());
        full.exclude_columns = vec!["a".into()];
        full.include_columns = vec!["b".into()];
        full.sensitive_columns = vec!["c".into()];
        full.candidates = vec!["d".into()];
        full.seed = Some(1);
        full.course_id = Some(CourseId::new());
        full.stop_after = Some(domain::pipeline::StageName::Train);
        full.name = Some("n".into());
        full.budget = spec::BudgetSpec { seconds: Some(1.0), work_units: Some(1) };
        full.split.column = Some("g".into());
        full.split.test_fraction = Some(0.2);
        full.deploy.name = Some("n".into());
        full.deploy.min_score = Some(0.5);
        same_fields::<super::PipelineSpec>(&full);
        same_fields::<super::BudgetSpec>(&full.budget);
        same_fields::<super::SplitSpec>(&full.split);
        same_fields::<super::DeploySpec>(&full.deploy);
    }

    #[test]
    fn an_evaluation_is_what_its_schema_says() {
        let interval = evaluation::Interval { value: 0.5, lo: 0.4, hi: 0.6 };
        let confusion = evaluation::Confusion { labels: vec!["a".into()], matrix: vec![vec![1]] };
        let curve = evaluation::Curve { label: "a".into(), x: vec![0.0], y: vec![0.0] };
        let importance = evaluation::Importance { column: "a".into(), mean: 0.1, std: 0.0 };
        same_fields::<super::Interval>(&interval);
        same_fields::<super::Confusion>(&confusion);
        same_fields::<super::Curve>(&curve);
        same_fields::<super::Importance>(&importance);
        let model = evaluation::ModelEvaluation {
            model_id: ModelId::new(),
            algorithm: "a".into(),
            metrics: [(Metric::RocAuc, interval)].into(),
            confusion: Some(confusion),
            roc: vec![curve.clone()],
            precision_recall: Vec::new(),
            calibration: Vec::new(),
            residuals: Some(curve),
            importance: vec![importance],
        };
        same_fields::<super::ModelEvaluation>(&model);
        let whole = evaluation::Evaluation {
            task: Task::Binary,
            metric: Metric::RocAuc,
            classes: vec!["a".into()],
            positive_class: None,
            rows_train: 1,
            rows_test: 1,
            chosen_model_id: model.model_id,
            verdict: None,
            models: vec![model],
        };
        same_fields::<super::Evaluation>(&whole);
    }
}
