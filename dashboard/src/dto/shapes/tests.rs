//! What is really sent has just the fields that the schemas describe.

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
        assert!(
            described.contains_key(name),
            "{name} is sent and not described"
        );
    }
    for name in described.keys() {
        let needed = required.contains(&Value::from(name.as_str()));
        assert!(
            sent.contains_key(name) || !needed,
            "{name} is described and not sent"
        );
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
        quantiles: Some(profile::Quantiles {
            p05: 0.0,
            p25: 0.0,
            p50: 0.0,
            p75: 0.0,
            p95: 0.0,
        }),
        top: vec![profile::TopValue {
            value: "1".into(),
            count: 1,
        }],
        histogram: Some(profile::Histogram {
            edges: vec![0.0, 1.0],
            counts: vec![1],
        }),
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
    full.budget = spec::BudgetSpec {
        seconds: Some(1.0),
        work_units: Some(1),
    };
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
    let interval = evaluation::Interval {
        value: 0.5,
        lo: 0.4,
        hi: 0.6,
    };
    let confusion = evaluation::Confusion {
        labels: vec!["a".into()],
        matrix: vec![vec![1]],
    };
    let curve = evaluation::Curve {
        label: "a".into(),
        x: vec![0.0],
        y: vec![0.0],
    };
    let importance = evaluation::Importance {
        column: "a".into(),
        mean: 0.1,
        std: 0.0,
    };
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
        cautions: vec![Message::new("a.b", "c")],
        models: vec![model],
    };
    same_fields::<super::Evaluation>(&whole);
}
