//! What a user asks of a pipeline.

use crate::pipeline::StageName;
use crate::task::{Choice, Metric, Task};
use crate::{CourseId, DatasetId, Failure, text_enum};
use serde::{Deserialize, Serialize};

/// The longest budget that may be asked for: a week.
pub const MAX_SECONDS: f64 = 7.0 * 24.0 * 3600.0;
/// The budget when none is asked for.
pub const DEFAULT_SECONDS: f64 = 60.0;

/// How much a pipeline may spend: time, or a count of work that is the same on every machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetSpec {
    /// Wall-clock seconds from the claim of `prepare` to the end of `deploy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Units of 10⁶ row × column visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_units: Option<u64>,
}

/// A budget after checking: one of the two, never both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Wall-clock seconds.
    Seconds(f64),
    /// Units of 10⁶ row × column visits.
    WorkUnits(u64),
}

impl BudgetSpec {
    /// The one budget that is meant.
    pub fn parse(self) -> Result<Budget, Failure> {
        let refuse = |text: String| {
            Failure::invalid("pipeline.budget", text)
                .field("budget")
                .with("max_seconds", MAX_SECONDS)
        };
        match (self.seconds, self.work_units) {
            (None, None) => Ok(Budget::Seconds(DEFAULT_SECONDS)),
            (Some(_), Some(_)) => Err(refuse(
                "Give a budget in seconds or in work_units, not both.".into(),
            )),
            (Some(seconds), None) if (1.0..=MAX_SECONDS).contains(&seconds) => {
                Ok(Budget::Seconds(seconds))
            }
            (Some(seconds), None) => Err(refuse(format!(
                "A budget of {seconds} seconds is not possible: give between 1 and {MAX_SECONDS}."
            ))),
            (None, Some(0)) => Err(refuse("A budget of 0 work units is not possible.".into())),
            (None, Some(units)) => Ok(Budget::WorkUnits(units)),
        }
    }
}

text_enum!(
    /// How rows are held out for the test.
    SplitKind {
        /// By chance, keeping the shares of the classes.
        Stratified = "stratified",
        /// By chance.
        Random = "random",
        /// Whole groups go to one side.
        Group = "group",
        /// The last rows in time are the test.
        Time = "time",
    }
);

/// How rows are held out for the test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitSpec {
    /// Which way; `auto` is stratified for classes, else random.
    #[serde(default)]
    pub kind: Choice<SplitKind>,
    /// The column that holds the group or the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Share of the rows held out, between 0.05 and 0.5; 0.2 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_fraction: Option<f64>,
}

impl SplitSpec {
    /// The share of rows held out.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        self.test_fraction.unwrap_or(0.2)
    }
}

text_enum!(
    /// Whether the best model is deployed at the end.
    DeployMode {
        /// Always.
        Auto = "auto",
        /// Never; a person deploys.
        Manual = "manual",
        /// Only when its held-out score reaches `min_score`.
        Threshold = "threshold",
    }
);

/// What happens to the best model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeploySpec {
    /// Whether it is deployed.
    #[serde(default = "deploy_auto")]
    pub mode: DeployMode,
    /// The endpoint's name: `[a-z0-9]([a-z0-9-]*[a-z0-9])?`, at most 63 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The score to reach in mode `threshold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f64>,
}

fn deploy_auto() -> DeployMode {
    DeployMode::Auto
}

impl Default for DeploySpec {
    fn default() -> Self {
        Self {
            mode: DeployMode::Auto,
            name: None,
            min_score: None,
        }
    }
}

/// What a user asks of a pipeline; the body of `POST /api/v1/pipelines`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineSpec {
    /// The table to learn from.
    pub dataset_id: DatasetId,
    /// Which upload of it; the newest when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_version: Option<u32>,
    /// The column to predict.
    pub target: String,
    /// What kind of target it is.
    #[serde(default)]
    pub task: Choice<Task>,
    /// The measure that decides.
    #[serde(default)]
    pub metric: Choice<Metric>,
    /// The class that counts as positive; the rarer one when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<String>,
    /// How much may be spent.
    #[serde(default)]
    pub budget: BudgetSpec,
    /// How rows are held out.
    #[serde(default)]
    pub split: SplitSpec,
    /// Columns not to learn from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_columns: Vec<String>,
    /// Columns to learn from although a guard would leave them out (ids, near copies).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include_columns: Vec<String>,
    /// Columns by which fairness is measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive_columns: Vec<String>,
    /// Algorithms to try, by name; all that fit when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// Milliseconds that the answer for one row may take, about; slower models are not chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predict_limit_ms: Option<f64>,
    /// Start of all chance; 0 when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The course it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course_id: Option<CourseId>,
    /// The last stage to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_after: Option<StageName>,
    /// What happens to the best model.
    #[serde(default)]
    pub deploy: DeploySpec,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl PipelineSpec {
    /// The last stage that was asked for.
    #[must_use]
    pub fn last_stage(&self) -> StageName {
        self.stop_after.unwrap_or(StageName::Deploy)
    }

    /// A spec with nothing but the two things that must be said.
    #[must_use]
    pub fn new(dataset_id: DatasetId, target: impl Into<String>) -> Self {
        Self {
            dataset_id,
            dataset_version: None,
            target: target.into(),
            task: Choice::Auto,
            metric: Choice::Auto,
            positive_class: None,
            budget: BudgetSpec::default(),
            split: SplitSpec::default(),
            exclude_columns: Vec::new(),
            include_columns: Vec::new(),
            sensitive_columns: Vec::new(),
            candidates: Vec::new(),
            predict_limit_ms: None,
            seed: None,
            course_id: None,
            stop_after: None,
            deploy: DeploySpec::default(),
            name: None,
        }
    }

    /// Checks what can be checked without the data.
    pub fn validate(&self) -> Result<(), Failure> {
        self.budget.parse()?;
        if self.target.trim().is_empty() {
            return Err(
                Failure::invalid("pipeline.target", "Name the column to predict.").field("target"),
            );
        }
        if self.exclude_columns.contains(&self.target) {
            let text = format!("The target {:?} cannot be excluded too.", self.target);
            return Err(Failure::invalid("pipeline.target_excluded", text).field("exclude_columns"));
        }
        if let (Choice::Fixed(task), Choice::Fixed(metric)) = (self.task, self.metric)
            && !metric.measures(task)
        {
            let text = format!("The metric {metric} does not measure a {task} task.");
            return Err(Failure::invalid("pipeline.metric", text).field("metric"));
        }
        if let Some(limit) = self.predict_limit_ms
            && !(limit > 0.0 && limit.is_finite())
        {
            let text = format!("predict_limit_ms is {limit}; give milliseconds above zero.");
            let refusal = Failure::invalid("pipeline.predict_limit", text);
            return Err(refusal.field("predict_limit_ms"));
        }
        self.validate_split()?;
        self.validate_deploy()
    }

    fn validate_split(&self) -> Result<(), Failure> {
        let fraction = self.split.fraction();
        if !(0.05..=0.5).contains(&fraction) {
            let text = format!("test_fraction is {fraction}; give between 0.05 and 0.5.");
            return Err(Failure::invalid("pipeline.test_fraction", text).field("split"));
        }
        let needs_column = matches!(
            self.split.kind,
            Choice::Fixed(SplitKind::Group | SplitKind::Time)
        );
        if needs_column && self.split.column.is_none() {
            let text = format!("A {} split needs the column to split by.", self.split.kind);
            return Err(Failure::invalid("pipeline.split_column", text).field("split"));
        }
        Ok(())
    }

    fn validate_deploy(&self) -> Result<(), Failure> {
        if self.deploy.mode == DeployMode::Threshold && self.deploy.min_score.is_none() {
            let text = "Deploying by threshold needs min_score.";
            return Err(Failure::invalid("pipeline.min_score", text).field("deploy"));
        }
        match &self.deploy.name {
            Some(name) if !crate::deployment::is_valid_name(name) => {
                Err(crate::deployment::bad_name(name).field("deploy"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> PipelineSpec {
        PipelineSpec::new(DatasetId::new(), "species")
    }

    #[test]
    fn the_smallest_body_is_enough() {
        let id = DatasetId::new();
        let body = format!(r#"{{"dataset_id":"{id}","target":"species"}}"#);
        let parsed: PipelineSpec = serde_json::from_str(&body).unwrap();
        assert_eq!(parsed, PipelineSpec::new(id, "species"));
        assert_eq!(parsed.budget.parse().unwrap(), Budget::Seconds(60.0));
        parsed.validate().unwrap();
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_field() {
        let mut both = spec();
        both.budget = BudgetSpec {
            seconds: Some(5.0),
            work_units: Some(3),
        };
        let mut clash = spec();
        clash.task = Choice::Fixed(Task::Regression);
        clash.metric = Choice::Fixed(Metric::RocAuc);
        let mut group = spec();
        group.split.kind = Choice::Fixed(SplitKind::Group);
        let mut name = spec();
        name.deploy.name = Some("../up".into());
        let mut nan = spec();
        nan.budget.seconds = Some(f64::NAN);
        for (bad, field) in [
            (both, "budget"),
            (clash, "metric"),
            (group, "split"),
            (name, "deploy"),
            (nan, "budget"),
        ] {
            assert_eq!(bad.validate().unwrap_err().field.as_deref(), Some(field));
        }
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let id = DatasetId::new();
        let body = format!(r#"{{"dataset_id":"{id}","target":"species","budgets":{{}}}}"#);
        assert!(serde_json::from_str::<PipelineSpec>(&body).is_err());
    }
}
