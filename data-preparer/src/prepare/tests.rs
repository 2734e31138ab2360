//! From the text of a file to what is stored.

use super::*;
use domain::DatasetId;
use domain::dataset::FirstRows;
use domain::spec::SplitKind;
use domain::task::{Choice, Task};
use ml::split::groups;
use std::collections::HashSet;
use std::io::Write;

fn read(text: &str) -> Read {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let sniffed = tables::sniff(file.path(), "a.csv").unwrap();
    let table = tables::read(file.path(), &sniffed, &tables::Limits::default()).unwrap();
    Read {
        sniffed,
        table,
        first: FirstRows::default(),
    }
}

/// A file of 60 rows with the column `y` to predict.
fn file(y: &[&str]) -> String {
    let rows = (0..60).map(|row| format!("{}.5,{},{}\n", row % 17, row % 7, y[row % y.len()]));
    format!("a,b,y\n{}", rows.collect::<String>())
}

fn made(text: &str, spec: &PipelineSpec, cancel: &CancelFlag) -> Result<Made, Failure> {
    let read = read(text);
    let profile = tables::profile(&read.table);
    make(spec, profile, read, String::new(), cancel)
}

fn spec() -> PipelineSpec {
    PipelineSpec::new(DatasetId::new(), "y")
}

#[test]
fn classes_of_one_value_are_one_class() {
    let text = file(&["1", "1.0", "0", "1.0", "0"]);
    let made = made(&text, &spec(), &CancelFlag::default()).unwrap();
    assert_eq!(made.prepared.task, Task::Binary);
    assert_eq!(made.prepared.classes, ["0", "1.0"]);
    // Of 60 rows 24 are 0: the rarer class.
    assert_eq!(made.prepared.positive, Some(0));
    let (mut rows, mut zeros) = (0, 0);
    let recipe: Recipe = serde_json::from_slice(&made.recipe).unwrap();
    for bytes in [&made.train, &made.test] {
        let table = tables::read_parquet(bytes).unwrap();
        let Some(Column::Words { levels, .. }) = table.column("y") else {
            panic!("classes are words")
        };
        assert_eq!(levels, &["1.0", "0"]);
        let ml::features::Target::Classes { codes, .. } = recipe.target(&table).unwrap() else {
            panic!("classes are codes")
        };
        rows += codes.len();
        zeros += codes.iter().filter(|code| **code == 0).count();
    }
    assert_eq!((rows, zeros), (60, 24));
    assert_eq!(made.prepared.rows_train + made.prepared.rows_test, 60);
}

#[test]
fn numbers_whose_sum_overflows_are_numbers() {
    let huge: Vec<String> = (1..=20)
        .map(|n| format!("{}e307", 9.0 + f64::from(n) / 10.0))
        .collect();
    let huge: Vec<&str> = huge.iter().map(String::as_str).collect();
    let text = file(&huge);
    let profile = tables::profile(&read(&text).table);
    let column = profile.column("y").unwrap();
    assert_eq!((column.kind, column.mean), (ColumnKind::Numeric, None));
    let mut spec = spec();
    spec.task = Choice::Fixed(Task::Regression);
    assert_eq!(goal(&spec, column).unwrap().task, Task::Regression);
}

#[test]
fn a_split_by_the_target_is_refused() {
    let mut spec = spec();
    spec.split.column = Some("y".to_owned());
    let failure = made(&file(&["u", "v"]), &spec, &CancelFlag::default())
        .err()
        .unwrap();
    assert_eq!(failure.message.code, "prepare.split_by_target");
    assert_eq!(failure.field.as_deref(), Some("split.column"));
}

#[test]
fn a_stop_ends_the_making_as_it_ends_other_steps() {
    let cancel = CancelFlag::default();
    cancel.cancel();
    let failure = made(&file(&["u", "v"]), &spec(), &cancel).err();
    assert_eq!(failure, Some(Step::stopped_failure()));
    // Reading knows no steps and must say the same.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(format!("a,b\n{}", "1,2\n".repeat(2_000)).as_bytes())
        .unwrap();
    let sniffed = tables::sniff(file.path(), "a.csv").unwrap();
    let limits = tables::Limits {
        cancel: Some(cancel.shared()),
        ..tables::Limits::default()
    };
    let failure = tables::read(file.path(), &sniffed, &limits).err();
    assert_eq!(failure, Some(Step::stopped_failure()));
}

/// Sixty rows of four groups, whose class is told by the number of the row.
fn grouped(class: fn(u32) -> u32) -> (String, PipelineSpec) {
    let rows = (0..60).map(|row| format!("{}.5,g{},{}\n", row % 17, row % 4, class(row)));
    let mut spec = spec();
    spec.split.kind = Choice::Fixed(SplitKind::Group);
    spec.split.column = Some("group".into());
    (format!("a,group,y\n{}", rows.collect::<String>()), spec)
}

#[test]
fn groups_on_which_nothing_can_be_judged_are_refused() {
    let (text, spec) = grouped(|row| row % 2);
    let refused = made(&text, &spec, &CancelFlag::default()).err().unwrap();
    assert_eq!(refused.message.code, "prepare.groups_of_one_class");
    assert_eq!(refused.message.params["column"], "group");
}

#[test]
fn groups_stay_together_in_the_folds_and_are_no_fewer_than_they() {
    let (text, spec) = grouped(|row| row / 4 % 2);
    let made = made(&text, &spec, &CancelFlag::default()).unwrap();
    // One of four groups is held out.
    assert_eq!(made.prepared.rows_test, 15);
    assert_eq!(made.prepared.folds, 3);
    let recipe: Recipe = serde_json::from_slice(&made.recipe).unwrap();
    let table = tables::read_parquet(&made.train).unwrap();
    let target = recipe.target(&table).unwrap();
    let column = table.column("group");
    let fold_of = ml::split::folds_by(spec.split.kind, column, &target, 3, 0);
    let group_of = groups(column.unwrap());
    let pairs: HashSet<_> = group_of.iter().zip(&fold_of).collect();
    assert_eq!(pairs.len(), 3);
}
