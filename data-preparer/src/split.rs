//! Which rows are held out.

use domain::Failure;
use domain::spec::{PipelineSpec, SplitKind};
use domain::task::Choice;
use ml::features::Target;
use ml::split::{groups, holdout, holdout_groups, holdout_time};
use ml::table::{Column, Table};

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
    let kind = match (spec.split.kind, target) {
        (Choice::Fixed(kind), _) => kind,
        (Choice::Auto, Target::Classes { .. }) => SplitKind::Stratified,
        (Choice::Auto, Target::Values(_)) => SplitKind::Random,
    };
    let halves = match kind {
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
