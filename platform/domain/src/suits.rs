//! What can be said against a spec once the columns of its file are known.

use crate::profile::{ColumnKind, ColumnProfile, Profile, TopValue};
use crate::spec::{PipelineSpec, SplitKind};
use crate::task::{Choice, Task};
use crate::{Failure, Message};

impl PipelineSpec {
    /// Refuses what these columns do not allow, with what to choose instead. Columns that the file
    /// does not have are not its business.
    pub fn suits(&self, profile: &Profile) -> Result<(), Failure> {
        if let Some(target) = profile.column(&self.target) {
            self.no_dates_as_classes(target)?;
            self.positive_class_is_there(target)?;
        }
        let split = self.split.column.as_deref();
        match split.and_then(|name| profile.column(name)) {
            Some(column) => self.split_has_an_order(column),
            None => Ok(()),
        }
    }

    fn no_dates_as_classes(&self, target: &ColumnProfile) -> Result<(), Failure> {
        let guessed = self.task == Choice::Auto && target.kind == ColumnKind::Datetime;
        if !guessed || target.unique <= 2 {
            return Ok(());
        }
        let text = format!(
            "The target {:?} holds {} different dates. A date cannot be predicted: choose a column \
             of numbers, for example the days until then. If each date is a class of its own, \
             choose task multiclass.",
            target.name, target.unique
        );
        Err(Failure::invalid("pipeline.target_is_a_date", text)
            .field("target")
            .with("column", target.name.as_str())
            .with("values", target.unique))
    }

    /// Only where the target has two values, and both are known in full.
    fn positive_class_is_there(&self, target: &ColumnProfile) -> Result<(), Failure> {
        let Some(wanted) = &self.positive_class else {
            return Ok(());
        };
        let task = self.task.unwrap_or(target.task());
        let in_full = |top: &TopValue| !top.value.ends_with('…');
        let known = target.unique == 2 && target.top.len() == 2 && target.top.iter().all(in_full);
        let same = |value: &str| {
            let numbers = value.parse::<f64>().ok().zip(wanted.parse::<f64>().ok());
            value == wanted || numbers.is_some_and(|(a, b)| a == b)
        };
        if task != Task::Binary || !known || target.top.iter().any(|top| same(&top.value)) {
            return Ok(());
        }
        let classes: Vec<&str> = target.top.iter().map(|top| top.value.as_str()).collect();
        let text = format!(
            "{wanted:?} is no class of the target; it has {}.",
            classes.join(" and ")
        );
        Err(Failure::invalid("prepare.positive_class", text)
            .field("positive_class")
            .with("class", wanted.as_str())
            .with("classes", classes))
    }

    fn split_has_an_order(&self, column: &ColumnProfile) -> Result<(), Failure> {
        let by_time = self.split.kind == Choice::Fixed(SplitKind::Time);
        if !by_time
            || matches!(
                column.kind,
                ColumnKind::Numeric | ColumnKind::Datetime | ColumnKind::Id
            )
        {
            return Ok(());
        }
        let text = format!(
            "The column {:?} holds neither dates nor numbers; a split by time needs one that does.",
            column.name
        );
        Err(Failure::invalid("prepare.split_column", text)
            .field("split")
            .with("column", column.name.as_str()))
    }

    /// What somebody may not have thought of when they left the choice of the split to the program.
    #[must_use]
    pub fn hints(&self, profile: &Profile) -> Vec<Message> {
        if self.split.kind != Choice::Auto {
            return Vec::new();
        }
        let learned = || {
            profile.columns.iter().filter(|column| {
                column.name != self.target && !self.exclude_columns.contains(&column.name)
            })
        };
        let date =
            learned().find(|column| column.kind == ColumnKind::Datetime && column.unique > 2);
        let date = date.map(|date| {
            let text = format!(
                "The rows have a date, {:?}, and are held out by chance. If the model is to predict \
                 later rows from earlier ones, split by time with this column: the score is more \
                 honest then.",
                date.name
            );
            Message::new("prepare.hint_time", text).with("column", date.name.as_str())
        });
        let group = learned().find(|column| names_groups(column, profile.rows));
        let group = group.map(|group| {
            let text = format!(
                "Several rows share a value of {:?} ({} values in {} rows), and are held out one by \
                 one. If they belong together, as rows of one person do, split by group with this \
                 column: the score is more honest then.",
                group.name, group.unique, profile.rows
            );
            Message::new("prepare.hint_group", text)
                .with("column", group.name.as_str())
                .with("values", group.unique)
                .with("rows", profile.rows)
        });
        date.into_iter().chain(group).collect()
    }
}

/// Whether the column looks like the name of something that has a few rows each.
fn names_groups(column: &ColumnProfile, rows: u64) -> bool {
    const FEWEST: u64 = 20;
    let present = rows.saturating_sub(column.missing);
    let words = matches!(
        column.kind,
        ColumnKind::Id | ColumnKind::Text | ColumnKind::Categorical
    );
    words && column.unique >= FEWEST && (2..=FEWEST).contains(&(present / column.unique.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DatasetId;
    use crate::profile::Parsing;

    fn column(name: &str, kind: ColumnKind, unique: u64) -> ColumnProfile {
        let top = (0..unique.min(20)).map(|value| TopValue {
            value: format!("{value}"),
            count: 1,
        });
        ColumnProfile {
            name: name.into(),
            kind,
            missing: 0,
            unique,
            min: None,
            max: None,
            mean: None,
            std: None,
            quantiles: None,
            top: top.collect(),
            histogram: None,
            parsing: Parsing::default(),
            warnings: Vec::new(),
        }
    }

    fn profile() -> Profile {
        Profile {
            rows: 200,
            columns: vec![
                column("day", ColumnKind::Datetime, 60),
                column("student", ColumnKind::Text, 40),
                column("city", ColumnKind::Categorical, 5),
                column("passed", ColumnKind::Categorical, 2),
                column("empty", ColumnKind::Categorical, 0),
            ],
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        }
    }

    fn refused(change: impl FnOnce(&mut PipelineSpec)) -> Option<String> {
        let mut spec = PipelineSpec::new(DatasetId::new(), "passed");
        change(&mut spec);
        spec.suits(&profile()).err().map(|error| error.message.code)
    }

    #[test]
    fn what_the_columns_do_not_allow_is_refused_before_anything_runs() {
        assert_eq!(refused(|_| {}), None);
        let dates = refused(|spec| spec.target = "day".into());
        assert_eq!(dates.as_deref(), Some("pipeline.target_is_a_date"));
        let classes = refused(|spec| {
            spec.target = "day".into();
            spec.task = Choice::Fixed(Task::Multiclass);
        });
        assert_eq!(classes, None, "who says so may have them as classes");
        assert_eq!(
            refused(|spec| spec.positive_class = Some("1.0".into())),
            None
        );
        let class = refused(|spec| spec.positive_class = Some("yes".into()));
        assert_eq!(class.as_deref(), Some("prepare.positive_class"));
        for target in ["city", "day", "empty"] {
            let other = refused(|spec| {
                spec.target = target.into();
                spec.task = Choice::Fixed(Task::Binary);
                spec.positive_class = Some("yes".into());
            });
            assert_eq!(other, None, "{target} is refused for what is wrong with it");
        }
        let by = |name: &str| {
            refused(|spec| {
                spec.split.kind = Choice::Fixed(SplitKind::Time);
                spec.split.column = Some(name.into());
            })
        };
        assert_eq!(by("city").as_deref(), Some("prepare.split_column"));
        assert_eq!(by("day"), None);
    }

    #[test]
    fn rows_that_belong_together_are_pointed_out() {
        let mut spec = PipelineSpec::new(DatasetId::new(), "passed");
        let codes = |spec: &PipelineSpec| -> Vec<String> {
            let hints = spec.hints(&profile()).into_iter();
            hints.map(|hint| hint.code).collect()
        };
        assert_eq!(codes(&spec), ["prepare.hint_time", "prepare.hint_group"]);
        spec.exclude_columns = vec!["day".into()];
        assert_eq!(codes(&spec), ["prepare.hint_group"]);
        for chosen in [SplitKind::Group, SplitKind::Random] {
            spec.split.kind = Choice::Fixed(chosen);
            assert!(codes(&spec).is_empty(), "whoever chose has thought of it");
        }
    }
}
