//! Columns that say the same as another one.

use super::kind::Reading;
use crate::raw::{MISSING, RawColumn, RawTable};
use domain::Message;
use domain::profile::{ColumnKind, ColumnProfile};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows, evenly spaced, that correlations are computed on.
const SAMPLED: usize = 1000;
/// More numeric columns than this are not compared pair by pair.
const MAX_COLUMNS: usize = 300;
/// Correlations beyond this make one of two columns superfluous.
const NEARLY_ONE: f64 = 0.999;

/// Warns about each column that says (nearly) the same as an earlier one.
pub(super) fn warn(raw: &RawTable, readings: &[Reading], columns: &mut [ColumnProfile]) {
    let mut same_as: Vec<Option<usize>> = renamed(raw, columns);
    for (column, other) in correlated(raw, readings, columns) {
        same_as[column].get_or_insert(other);
    }
    for (column, other) in same_as.iter().enumerate() {
        let Some(other) = other.map(|other| columns[other].name.clone()) else {
            continue;
        };
        let name = columns[column].name.clone();
        let text = format!("`{name}` says nearly the same as `{other}`. Keep one of them.");
        let warning = Message::new("profile.near_duplicate", text);
        let warning = warning.with("column", name).with("other", other);
        columns[column].warnings.push(warning);
    }
}

/// For each column an earlier one whose values correspond to its own one by one (`education` and
/// `education_num`). Since texts are numbered by first appearance, their codes then are equal.
fn renamed(raw: &RawTable, profiles: &[ColumnProfile]) -> Vec<Option<usize>> {
    let mut first: HashMap<u64, usize> = HashMap::new();
    let mut same_as = vec![None; profiles.len()];
    for (index, (column, profile)) in raw.columns.iter().zip(profiles).enumerate() {
        if profile.unique < 2 || profile.kind == ColumnKind::Id {
            continue;
        }
        // Columns that differ in nearly every row correspond to any other of their sort.
        let by_codes = column.texts.len() * 2 <= raw.rows;
        let mut hasher = DefaultHasher::new();
        column.codes.hash(&mut hasher);
        if !by_codes {
            column.texts.hash(&mut hasher);
        }
        let earlier = *first.entry(hasher.finish()).or_insert(index);
        let equal = |other: &RawColumn| {
            other.codes == column.codes && (by_codes || other.texts == column.texts)
        };
        if earlier != index && equal(&raw.columns[earlier]) {
            same_as[index] = Some(earlier);
        }
    }
    same_as
}

/// Pairs of numeric columns, the later one first, that are nearly a line.
fn correlated(
    raw: &RawTable,
    readings: &[Reading],
    profiles: &[ColumnProfile],
) -> Vec<(usize, usize)> {
    let numeric: Vec<usize> = (0..profiles.len())
        .filter(|&c| profiles[c].kind == ColumnKind::Numeric && profiles[c].unique > 2)
        .collect();
    if numeric.len() > MAX_COLUMNS || raw.rows < 10 {
        return Vec::new();
    }
    let step = raw.rows.div_ceil(SAMPLED);
    let rows: Vec<usize> = (0..raw.rows).step_by(step).collect();
    let standardised: Vec<Vec<f64>> = numeric
        .iter()
        .map(|&c| standardised(&raw.columns[c], &readings[c], &rows))
        .collect();
    let mut pairs = Vec::new();
    for (b, later) in standardised.iter().enumerate() {
        // Different gaps tell two columns apart whatever their values.
        let found = standardised[..b].iter().position(|earlier| {
            let dot: f64 = earlier.iter().zip(later).map(|(x, y)| x * y).sum();
            dot.abs() > NEARLY_ONE
        });
        if let Some(a) = found {
            pairs.push((numeric[b], numeric[a]));
        }
    }
    pairs
}

/// The sampled values with mean 0 and length 1; missing ones lie in the middle.
fn standardised(column: &RawColumn, reading: &Reading, rows: &[usize]) -> Vec<f64> {
    let value = |row: &usize| match column.codes[*row] {
        MISSING => f64::NAN,
        code if reading.missing[code as usize] => f64::NAN,
        code => reading.values[code as usize],
    };
    let mut values: Vec<f64> = rows.iter().map(value).collect();
    let present = || values.iter().filter(|value| !value.is_nan());
    let mean = present().sum::<f64>() / present().count() as f64;
    for value in &mut values {
        *value = if value.is_nan() { 0.0 } else { *value - mean };
    }
    let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
    // A column that happens to be constant on the sample correlates with nothing.
    let scale = if length > 0.0 && length.is_finite() {
        1.0 / length
    } else {
        0.0
    };
    values.iter_mut().for_each(|value| *value *= scale);
    values
}
