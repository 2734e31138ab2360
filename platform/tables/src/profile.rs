//! What was found in a table: each column typed with evidence, described, and warned about.

mod column;
pub(crate) mod comma;
pub(crate) mod kind;
mod numbers;
mod relations;
mod sentinel;
mod target;
mod warn;

use crate::limits::Limits;
use crate::raw::RawTable;
use domain::Failure;
use domain::profile::{ColumnProfile, Profile};
use kind::Reading;
use rayon::prelude::*;
use std::convert::Infallible;

/// Describes every column and the table as a whole.
///
/// The same rows give the same profile, whichever format they were read from. Of a sample it
/// describes the sample; [`RawTable::rows_in_file`] tells the rest.
#[must_use]
pub fn profile(raw: &RawTable) -> Profile {
    let Ok(profile) = describe(raw, || Ok::<(), Infallible>(()));
    profile
}

/// As [`profile`], until [`Limits::cancel`] is set; the other limits play no part.
///
/// # Errors
/// `job.stopped` when it was.
pub fn profile_within(raw: &RawTable, limits: &Limits) -> Result<Profile, Failure> {
    describe(raw, || limits.go_on())
}

/// Looks before each column whether to go on.
fn describe<E: Send>(
    raw: &RawTable,
    go_on: impl Fn() -> Result<(), E> + Sync,
) -> Result<Profile, E> {
    let marks = comma::Marks::of(raw);
    let readings = (raw.names.par_iter().zip(&raw.columns))
        .map(|(name, column)| go_on().map(|()| kind::read(name, column, marks)))
        .collect::<Result<Vec<Reading>, E>>()?;
    let columns = raw.names.par_iter().zip(&raw.columns).zip(&readings);
    let mut columns = columns
        .map(|((name, column), reading)| {
            go_on().map(|()| column::describe(name, column, reading, raw.rows))
        })
        .collect::<Result<Vec<ColumnProfile>, E>>()?;
    go_on()?;
    relations::warn(raw, &readings, &mut columns);
    let suggested = target::suggest(&columns, raw.rows as u64);
    let mut warnings = raw.warnings.clone();
    warnings.extend(warn::table(raw, &columns));
    Ok(Profile {
        rows: raw.rows as u64,
        suggested_target: suggested.map(|column| column.name.clone()),
        suggested_task: suggested.map(ColumnProfile::task),
        columns,
        warnings,
    })
}
