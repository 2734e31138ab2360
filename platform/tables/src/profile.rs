//! What was found in a table: each column typed with evidence, described, and warned about.

mod column;
pub(crate) mod kind;
mod numbers;
mod relations;
mod sentinel;
mod target;
mod warn;

use crate::raw::RawTable;
use domain::profile::{ColumnProfile, Profile};
use kind::Reading;
use rayon::prelude::*;

/// Describes every column and the table as a whole.
///
/// The same rows give the same profile, whichever format they were read from. Of a sample it
/// describes the sample; [`RawTable::rows_in_file`] tells the rest.
#[must_use]
pub fn profile(raw: &RawTable) -> Profile {
    let readings: Vec<Reading> = (raw.names.par_iter().zip(&raw.columns))
        .map(|(name, column)| kind::read(name, column, raw.decimal_comma.unwrap_or(false)))
        .collect();
    let columns = raw.names.par_iter().zip(&raw.columns).zip(&readings);
    let mut columns: Vec<ColumnProfile> = columns
        .map(|((name, column), reading)| column::describe(name, column, reading, raw.rows))
        .collect();
    relations::warn(raw, &readings, &mut columns);
    let suggested = target::suggest(&columns, raw.rows as u64);
    let mut warnings = raw.warnings.clone();
    warnings.extend(warn::table(raw, &columns));
    Profile {
        rows: raw.rows as u64,
        suggested_target: suggested.map(|column| column.name.clone()),
        suggested_task: suggested.map(ColumnProfile::task),
        columns,
        warnings,
    }
}
