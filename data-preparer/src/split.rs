//! Which rows are held out.

use domain::profile::{ColumnKind, Profile};
use domain::spec::{PipelineSpec, SplitKind};
use domain::task::Choice;
use domain::{Failure, Message};
use ml::features::Target;
use ml::split::{groups, holdout, holdout_groups, holdout_time};
use ml::table::{Column, Table};
use std::collections::HashSet;

/// Refuses the target as the split's column: a time of the test would be its answer, and a group
/// of one class would stand on one side only.
pub(crate) fn check(spec: &PipelineSpec) -> Result<(), Failure> {
    if spec.split.column.as_ref() != Some(&spec.target) {
        return Ok(());
    }
    let text = format!(
        "The rows cannot be split by {:?}: it is the column to predict. Choose another column, or \
         none.",
        spec.target
    );
    Err(Failure::invalid("prepare.split_by_target", text)
        .field("split.column")
        .with("column", spec.target.as_str()))
}

/// Rows to learn from and rows held out, both ascending.
pub(crate) fn split(
    spec: &PipelineSpec,
    table: &Table,
    target: &Target,
) -> Result<(Vec<u32>, Vec<u32>), Failure> {
    let (fraction, seed) = (spec.split.fraction(), spec.seed.unwrap_or(0));
    let rows = table.rows();
    let halves = match kind(spec, target) {
        SplitKind::Stratified => holdout(Some(target), rows, fraction, seed),
        SplitKind::Random => holdout(None, rows, fraction, seed),
        SplitKind::Group => holdout_groups(&groups(column(spec, table)?), target, fraction, seed),
        SplitKind::Time => holdout_time(&times(spec, table)?, fraction),
    };
    if halves.0.is_empty() || halves.1.is_empty() {
        let text = "The split leaves one side without rows. Change test_fraction or the column.";
        return Err(Failure::invalid("prepare.empty_split", text).field("split"));
    }
    Ok(halves)
}

fn kind(spec: &PipelineSpec, target: &Target) -> SplitKind {
    match (spec.split.kind, target) {
        (Choice::Fixed(kind), _) => kind,
        (Choice::Auto, Target::Classes { .. }) => SplitKind::Stratified,
        (Choice::Auto, Target::Values(_)) => SplitKind::Random,
    }
}

/// How the `test` rows were held out, for a person.
pub(crate) fn told(
    spec: &PipelineSpec,
    profile: &Profile,
    table: &Table,
    target: &Target,
    test: &[u32],
) -> Message {
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
    let share = test.len() as f64 / table.rows().max(1) as f64;
    let percent = (share * 100.0).round();
    let name = spec.split.column.as_deref().unwrap_or_default();
    let held = column(spec, table).map(|column| column.take(test));
    match (kind(spec, target), held) {
        (SplitKind::Group, Ok(held)) => {
            let count = |column: &Column| groups(column).into_iter().collect::<HashSet<_>>().len();
            let all = column(spec, table).map_or(0, count);
            let held = count(&held);
            let text = format!("whole groups of {name:?}: {held} of {all}");
            Message::new("prepare.split_group", text)
                .with("column", name)
                .with("held", held)
                .with("groups", all)
        }
        (SplitKind::Time, Ok(Column::Numeric(times))) => {
            let from = times.into_iter().fold(f64::INFINITY, f64::min);
            let from = moment(spec, profile, from);
            let text = format!("the latest by {name:?}, from {from} on");
            Message::new("prepare.split_time", text)
                .with("column", name)
                .with("from", from)
        }
        (SplitKind::Stratified, _) => {
            let text = format!("{percent}% of the rows by chance, every class in its share");
            Message::new("prepare.split_stratified", text).with("share", share)
        }
        _ => {
            let text = format!("{percent}% of the rows by chance");
            Message::new("prepare.split_random", text).with("share", share)
        }
    }
}

fn column<'a>(spec: &PipelineSpec, table: &'a Table) -> Result<&'a Column, Failure> {
    let name = spec.split.column.as_deref().unwrap_or_default();
    table.column(name).ok_or_else(|| {
        let text = format!("The split column {name:?} is no column of the file.");
        Failure::invalid("prepare.split_column", text)
            .field("split")
            .with("column", name)
    })
}

fn times(spec: &PipelineSpec, table: &Table) -> Result<Vec<f64>, Failure> {
    match column(spec, table)? {
        Column::Numeric(values) => Ok(values.clone()),
        Column::Words { .. } => {
            let text = "The time column holds words; a split by time needs dates or numbers.";
            Err(Failure::invalid("prepare.split_column", text).field("split"))
        }
    }
}

/// A value of the time column as a person writes it.
fn moment(spec: &PipelineSpec, profile: &Profile, value: f64) -> String {
    let name = spec.split.column.as_deref().unwrap_or_default();
    let is_date = profile
        .column(name)
        .is_some_and(|column| column.kind == ColumnKind::Datetime);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and is refused then"
    )]
    let moment = jiff::Timestamp::from_second(value as i64);
    match moment {
        Ok(moment) if is_date => moment
            .to_string()
            .trim_end_matches("T00:00:00Z")
            .replace('T', " ")
            .trim_end_matches('Z')
            .to_owned(),
        _ => value.to_string(),
    }
}
