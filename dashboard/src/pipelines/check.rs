//! What can be said against a spec before anything runs. What the data alone can tell is checked
//! here when they were read already, and by `prepare` otherwise.

use domain::profile::Profile;
use domain::spec::PipelineSpec;
use domain::task::{Choice, Task};
use domain::{Failure, FailureKind};

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// Checks the spec by itself.
pub(super) fn spec(spec: &PipelineSpec) -> Result<(), Failure> {
    spec.validate()?;
    if spec
        .name
        .as_deref()
        .is_some_and(|name| name.chars().count() > LONGEST_NAME)
    {
        let text = format!("The name is longer than {LONGEST_NAME} characters.");
        return Err(Failure::invalid("pipeline.name", text).field("name"));
    }
    crate::text::line("name", spec.name.as_deref().unwrap_or_default().trim())?;
    let unknown = spec
        .candidates
        .iter()
        .find(|name| ml::registry::algorithm(name).is_none());
    if let Some(unknown) = unknown {
        let known: Vec<&str> = ml::registry::algorithms().iter().map(|a| a.name).collect();
        let text = format!(
            "There is no algorithm `{unknown}`; known are {}.",
            known.join(", ")
        );
        return Err(Failure::invalid("pipeline.unknown_algorithm", text)
            .field("candidates")
            .with("algorithm", unknown.clone())
            .with("known", known));
    }
    Ok(())
}

/// Checks the spec against what was found in the data.
pub(super) fn against(profile: &Profile, spec: &PipelineSpec) -> Result<(), Failure> {
    let mentioned = [
        ("target", std::slice::from_ref(&spec.target)),
        ("exclude_columns", &spec.exclude_columns),
        ("include_columns", &spec.include_columns),
        ("sensitive_columns", &spec.sensitive_columns),
        ("split", spec.split.column.as_slice()),
    ];
    for (field, names) in mentioned {
        if let Some(unknown) = names.iter().find(|name| profile.column(name).is_none()) {
            return Err(unknown_column(profile, field, unknown));
        }
    }
    let target = profile.column(&spec.target);
    if let (Choice::Auto, Choice::Fixed(metric), Some(column)) = (spec.task, spec.metric, target)
        && !metric.measures(column.task())
    {
        let task = column.task();
        let text = format!(
            "`{}` makes this a {task} task, which {metric} does not measure.",
            spec.target
        );
        return Err(Failure::invalid("pipeline.metric", text)
            .field("metric")
            .with("metric", metric.as_str())
            .with("task", task.as_str()));
    }
    spec.suits(profile)?;
    if let Some(column) = target {
        candidates(spec, spec.task.unwrap_or(column.task()))?;
    }
    let learned = profile.columns.iter().filter(|column| {
        column.name != spec.target && !spec.exclude_columns.contains(&column.name)
    });
    if learned.count() == 0 {
        let text = "No column is left to learn from. Exclude fewer columns, or upload a file with \
                    more.";
        return Err(Failure::invalid("pipeline.no_columns", text).field("exclude_columns"));
    }
    Ok(())
}

/// Refuses algorithms that do not learn such a target.
fn candidates(spec: &PipelineSpec, task: Task) -> Result<(), Failure> {
    let learns = |name: &str| {
        let known = ml::registry::algorithm(name);
        known.is_some_and(|known| known.tasks.contains(&task))
    };
    let Some(wrong) = spec.candidates.iter().find(|name| !learns(name)) else {
        return Ok(());
    };
    let all = ml::registry::algorithms().iter();
    let known: Vec<&str> = all.map(|a| a.name).filter(|name| learns(name)).collect();
    let text = format!(
        "{wrong:?} is no algorithm for a {task} task; choose among {}.",
        known.join(", ")
    );
    Err(Failure::invalid("select.unknown_algorithm", text)
        .field("candidates")
        .with("algorithm", wrong.as_str())
        .with("known", known))
}

fn unknown_column(profile: &Profile, field: &'static str, name: &str) -> Failure {
    let columns: Vec<&str> = profile
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let shown = columns
        .iter()
        .take(20)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let more = if columns.len() > 20 { ", …" } else { "" };
    let text = format!(
        "The dataset has no column `{name}`. It has {shown}{more}; \
         choose one of them."
    );
    Failure::invalid("pipeline.unknown_column", text)
        .field(field)
        .with("column", name)
        .with("columns", columns)
}

/// The refusal of an endpoint's name that belongs to somebody else.
pub(crate) fn name_taken(name: &str) -> Failure {
    let text = format!("The name {name} belongs to somebody else's deployment. Choose another.");
    Failure::new(FailureKind::Conflict, "deployment.name_taken", text)
        .field("name")
        .with("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DatasetId;
    use domain::profile::{ColumnKind, ColumnProfile, Parsing};
    use domain::task::Metric;

    fn profile() -> Profile {
        let column = |name: &str, kind, unique| ColumnProfile {
            name: name.into(),
            kind,
            missing: 0,
            unique,
            min: None,
            max: None,
            mean: None,
            std: None,
            quantiles: None,
            top: Vec::new(),
            histogram: None,
            parsing: Parsing::default(),
            warnings: Vec::new(),
        };
        Profile {
            rows: 10,
            columns: vec![
                column("size", ColumnKind::Numeric, 10),
                column("species", ColumnKind::Categorical, 3),
            ],
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        }
    }

    fn wish() -> PipelineSpec {
        PipelineSpec::new(DatasetId::new(), "species")
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_its_field() {
        assert!(against(&profile(), &wish()).is_ok());
        let mut target = wish();
        target.target = "Species".into();
        let mut exclude = wish();
        exclude.exclude_columns = vec!["x".into()];
        let mut split = wish();
        split.split.column = Some("when".into());
        for (bad, field) in [
            (target, "target"),
            (exclude, "exclude_columns"),
            (split, "split"),
        ] {
            let failure = against(&profile(), &bad).unwrap_err();
            assert_eq!(failure.field.as_deref(), Some(field));
            assert_eq!(failure.message.code, "pipeline.unknown_column");
        }
    }

    #[test]
    fn a_metric_must_measure_what_the_data_ask_for() {
        let mut bad = wish();
        bad.metric = Choice::Fixed(Metric::Rmse);
        assert_eq!(
            against(&profile(), &bad).unwrap_err().field.as_deref(),
            Some("metric")
        );
    }

    #[test]
    fn something_must_be_left_to_learn_from() {
        let mut bad = wish();
        bad.exclude_columns = vec!["size".into()];
        let failure = against(&profile(), &bad).unwrap_err();
        assert_eq!(failure.message.code, "pipeline.no_columns");
    }

    #[test]
    fn an_unknown_algorithm_is_told_with_the_known_ones() {
        let mut bad = wish();
        bad.candidates = vec!["magic".into()];
        let failure = spec(&bad).unwrap_err();
        assert!(
            failure.message.params["known"]
                .as_array()
                .is_some_and(|known| !known.is_empty())
        );
    }
}
