//! What is learned: the target column, the task, the metric and the classes.

use domain::Failure;
use domain::profile::{ColumnKind, ColumnProfile, Profile};
use domain::spec::PipelineSpec;
use domain::task::{Choice, Metric, Task};
use ml::table::Column;
use std::cmp::Ordering;

/// Rows with a target below which nothing can be learned and tested.
const FEWEST_ROWS: usize = 10;
/// Classes above which a target is no class any more.
const MOST_CLASSES: usize = 1_000;

/// What is learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// What kind of target it is.
    pub task: Task,
    /// The measure that decides.
    pub metric: Metric,
}

/// The target's column, or a failure that lists what the file has.
pub fn target<'a>(spec: &PipelineSpec, profile: &'a Profile) -> Result<&'a ColumnProfile, Failure> {
    if let Some(column) = profile.column(&spec.target) {
        return Ok(column);
    }
    let names: Vec<&str> = profile
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let shown = names
        .iter()
        .take(20)
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>();
    let more = if names.len() > shown.len() {
        ", …"
    } else {
        ""
    };
    let text = format!(
        "The file has no column {:?}. Its columns are {}{more}.",
        spec.target,
        shown.join(", ")
    );
    Err(Failure::invalid("prepare.target_missing", text)
        .field("target")
        .with("column", spec.target.as_str())
        .with("columns", names))
}

/// The task and the metric that are meant.
pub fn goal(spec: &PipelineSpec, target: &ColumnProfile) -> Result<Goal, Failure> {
    let task = spec.task.unwrap_or(target.task());
    let metric = spec.metric.unwrap_or(task.default_metric());
    if !metric.measures(task) {
        let text = format!(
            "The metric {metric} does not measure a {task} task. Leave the metric on auto or \
             choose one for {task}."
        );
        return Err(Failure::invalid("prepare.metric", text)
            .field("metric")
            .with("metric", metric.as_str())
            .with("task", task.as_str()));
    }
    // Not whether it has a mean: numbers near the largest possible have none.
    if task == Task::Regression && target.kind != ColumnKind::Numeric {
        let what = match target.kind {
            ColumnKind::Datetime => "dates",
            ColumnKind::Id => "ids",
            _ => "words",
        };
        let text = format!(
            "The target {:?} holds {what}, so a number cannot be predicted. Choose task auto or \
             multiclass.",
            target.name
        );
        return Err(Failure::invalid("prepare.target_not_numeric", text)
            .field("task")
            .with("column", target.name.as_str()));
    }
    Ok(Goal { task, metric })
}

/// Refuses classes that nothing could be learned about: a value of each row's own, and numbers that
/// are no two classes. Each refusal says what to choose instead.
pub fn learnable(profile: &Profile, target: &ColumnProfile, task: Task) -> Result<(), Failure> {
    if !task.is_classification() {
        return Ok(());
    }
    let (name, values) = (&target.name, target.unique);
    let is_number = target.kind == ColumnKind::Numeric;
    let refuse = |code: &str, field: &str, text: String| {
        Failure::invalid(code, text)
            .field(field)
            .with("column", name.as_str())
            .with("values", values)
    };
    if is_number && task == Task::Binary && values > 2 {
        let text = format!(
            "The target {name:?} holds numbers, {values} different ones, and not two classes. \
             Choose task regression to predict the number, or a column with two values."
        );
        return Err(refuse("prepare.numbers_not_binary", "task", text));
    }
    let present = profile.rows.saturating_sub(target.missing);
    if values < present || present < FEWEST_ROWS as u64 {
        return Ok(());
    }
    if is_number {
        let text = format!(
            "The target {name:?} holds a different number in each of the {values} rows: these are \
             no classes. Choose task regression to predict the number."
        );
        return Err(refuse("prepare.numbers_not_classes", "task", text));
    }
    let other = profile.suggested_target.as_ref();
    Err(match other.filter(|other| *other != name) {
        Some(other) => {
            let text = format!(
                "The target {name:?} has a different value in each of the {values} rows: it names \
                 them, and cannot be predicted. Choose a column whose values repeat, for example \
                 {other:?}."
            );
            refuse("prepare.target_names_rows_try", "target", text).with("other", other.as_str())
        }
        None => {
            let text = format!(
                "The target {name:?} has a different value in each of the {values} rows: it names \
                 them, and cannot be predicted. Choose a column whose values repeat."
            );
            refuse("prepare.target_names_rows", "target", text)
        }
    })
}

/// The classes in the order of their codes: numbers by value, words by letter.
pub fn classes(name: &str, target: &Column, task: Task) -> Result<Vec<String>, Failure> {
    let Column::Words { codes, levels } = target else {
        return Ok(Vec::new());
    };
    let mut seen = vec![false; levels.len()];
    for code in codes {
        if let Some(seen) = seen.get_mut(*code as usize) {
            *seen = true;
        }
    }
    let present = levels.iter().zip(seen).filter(|(_, seen)| *seen);
    let mut classes: Vec<String> = present.map(|(level, _)| level.clone()).collect();
    classes.sort_by(|a, b| by_value(a, b));
    let count = classes.len();
    let refuse = |code: &str, text: String| {
        Err(Failure::invalid(code, text)
            .field("target")
            .with("column", name)
            .with("classes", count))
    };
    match (task, count) {
        (_, 0 | 1) => refuse(
            "prepare.one_class",
            format!("The target {name:?} has {count} class; at least two are needed to learn."),
        ),
        (Task::Binary, 3..) => refuse(
            "prepare.not_binary",
            format!("The target {name:?} has {count} classes, not two. Choose task multiclass."),
        ),
        (_, many) if many > MOST_CLASSES => refuse(
            "prepare.too_many_classes",
            format!(
                "The target {name:?} has {many} classes; at most {MOST_CLASSES} can be learned. \
                 Is it an id or a text? If it is a number, choose task regression."
            ),
        ),
        _ => Ok(classes),
    }
}

/// The class that counts as positive: the one asked for, else the rarer one.
pub fn positive(
    wanted: Option<&str>,
    classes: &[String],
    target: &Column,
    task: Task,
) -> Result<Option<usize>, Failure> {
    if task != Task::Binary {
        return Ok(None);
    }
    if let Some(wanted) = wanted {
        let same = |class: &String| class == wanted || by_value(class, wanted) == Ordering::Equal;
        return match classes.iter().position(same) {
            Some(place) => Ok(Some(place)),
            None => {
                let text = format!(
                    "{wanted:?} is no class of the target; it has {}.",
                    classes.join(" and ")
                );
                Err(Failure::invalid("prepare.positive_class", text)
                    .field("positive_class")
                    .with("class", wanted)
                    .with("classes", classes.to_vec()))
            }
        };
    }
    let Column::Words { codes, levels } = target else {
        return Ok(Some(1));
    };
    let count = |class: &str| {
        codes
            .iter()
            .filter(|code| levels.get(**code as usize).is_some_and(|l| l == class))
            .count()
    };
    let counts: Vec<usize> = classes.iter().map(|class| count(class)).collect();
    // Of equals, the second: `1`, `yes` and `true` stand there.
    Ok(Some(usize::from(counts.get(1) <= counts.first())))
}

/// Rows that have a target, and how many have none.
pub fn rows_with_target(name: &str, target: &Column) -> Result<(Vec<u32>, usize), Failure> {
    let has = |row: usize| match target {
        Column::Numeric(values) => values[row].is_finite(),
        Column::Words { codes, .. } => codes[row] != u32::MAX,
    };
    let all = target.len();
    let rows: Vec<u32> = (0..all)
        .filter(|row| has(*row))
        .filter_map(|row| u32::try_from(row).ok())
        .collect();
    if rows.is_empty() {
        let text = format!("The target {name:?} has no value in any row. Choose another column.");
        return Err(Failure::invalid("prepare.target_empty", text)
            .field("target")
            .with("column", name));
    }
    enough_rows(name, rows.len())?;
    let missing = all - rows.len();
    Ok((rows, missing))
}

/// Refuses a target with a value in so few rows that nothing can be learned and tested.
pub(crate) fn enough_rows(name: &str, rows: usize) -> Result<(), Failure> {
    if rows >= FEWEST_ROWS {
        return Ok(());
    }
    let known = match rows {
        1 => "Only one row has a value".to_owned(),
        rows => format!("Only {rows} rows have a value"),
    };
    let text = format!(
        "{known} in {name:?}; at least {FEWEST_ROWS} are needed to learn and \
         to test. Upload a file with more rows, or choose another target."
    );
    Err(Failure::invalid("prepare.too_few_rows", text)
        .field("target")
        .with("column", name)
        .with("rows", rows)
        .with("needed", FEWEST_ROWS))
}

fn by_value(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y),
        _ => a.cmp(b),
    }
}

/// Whether the user left the choice of the task open.
#[must_use]
pub fn is_automatic(spec: &PipelineSpec) -> bool {
    spec.task == Choice::Auto
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stand_by_value_and_the_rarer_one_is_positive() {
        let column = Column::words(["10", "9", "9", "9"]);
        let classes = classes("t", &column, Task::Binary).unwrap();
        assert_eq!(classes, ["9", "10"]);
        assert_eq!(
            positive(None, &classes, &column, Task::Binary).unwrap(),
            Some(1)
        );
        assert_eq!(
            positive(Some("9.0"), &classes, &column, Task::Binary).unwrap(),
            Some(0)
        );
        assert!(positive(Some("8"), &classes, &column, Task::Binary).is_err());
    }

    #[test]
    fn numbers_are_told_by_their_kind_not_by_their_mean() {
        let mut spec = PipelineSpec::new(domain::DatasetId::new(), "y");
        spec.task = Choice::Fixed(Task::Regression);
        let column = |kind| crate::columns::tests::column("y", kind, 40);
        assert_eq!(
            goal(&spec, &column(ColumnKind::Numeric)).unwrap().task,
            Task::Regression
        );
        for kind in [ColumnKind::Categorical, ColumnKind::Datetime] {
            let failure = goal(&spec, &column(kind)).unwrap_err();
            assert_eq!(failure.message.code, "prepare.target_not_numeric");
        }
    }

    #[test]
    fn classes_of_which_nothing_can_be_learned_are_told_with_what_to_choose() {
        use crate::columns::tests::column;
        let code = |kind, unique, task| {
            let target = ColumnProfile {
                missing: 2,
                ..column("y", kind, unique)
            };
            let profile = Profile {
                rows: 40,
                columns: vec![target.clone()],
                warnings: Vec::new(),
                suggested_target: Some("y".to_owned()),
                suggested_task: None,
            };
            let refused = learnable(&profile, &target, task).map_err(|failure| {
                assert!(failure.message.text.contains("Choose"), "{failure}");
                failure.message.code
            });
            refused.err().unwrap_or_default()
        };
        for kind in [ColumnKind::Id, ColumnKind::Text, ColumnKind::Categorical] {
            let told = code(kind, 38, Task::Multiclass);
            assert_eq!(told, "prepare.target_names_rows", "{kind}");
            assert_eq!(code(kind, 37, Task::Multiclass), "");
        }
        let number = |unique, task| code(ColumnKind::Numeric, unique, task);
        assert_eq!(number(30, Task::Binary), "prepare.numbers_not_binary");
        assert_eq!(number(38, Task::Multiclass), "prepare.numbers_not_classes");
        assert_eq!(number(38, Task::Regression), "");
        assert_eq!(number(2, Task::Binary), "");
    }

    #[test]
    fn of_equal_classes_the_second_is_positive() {
        let column = Column::words(["no", "yes"]);
        let classes = classes("t", &column, Task::Binary).unwrap();
        assert_eq!(
            positive(None, &classes, &column, Task::Binary).unwrap(),
            Some(1)
        );
    }

    #[test]
    fn what_cannot_be_learned_is_refused_with_words() {
        let one = Column::words(["a", "a"]);
        let code = |result: Result<Vec<String>, Failure>| result.unwrap_err().message.code;
        assert_eq!(
            code(classes("t", &one, Task::Multiclass)),
            "prepare.one_class"
        );
        let three = Column::words(["a", "b", "c"]);
        assert_eq!(
            code(classes("t", &three, Task::Binary)),
            "prepare.not_binary"
        );
        let empty = Column::Numeric(vec![f64::NAN; 20]);
        let failure = rows_with_target("t", &empty).unwrap_err();
        assert_eq!(failure.message.code, "prepare.target_empty");
        let few = Column::Numeric(vec![1.0; 3]);
        let failure = rows_with_target("t", &few).unwrap_err();
        assert_eq!(failure.message.code, "prepare.too_few_rows");
    }
}
