//! The data-preparer: reads a file for the first time, and makes a table ready to learn from.
//!
//! - `profile` jobs read an upload and store what was found in it, or why it cannot be read.
//! - `prepare` jobs decide the task ([`goal`]), the columns ([`columns`]), the split, and fit the
//!   recipe on the training rows only; out come two Parquet files and the recipe.
//!
//! A guard (an id, a constant) leaves a column out with a warning, and the user's
//! `include_columns` overrules it: nothing is dropped silently. Rows without a target are left
//! out with a count. The pure parts know no store and no files.

pub mod columns;
mod cross;
pub mod goal;
pub mod merge;
mod prepare;
mod profile;
mod source;
mod split;

use domain::job::JobKind;
use service_kit::{Role, Service, Weight};
use std::sync::Arc;

/// The service.
#[must_use]
pub fn service() -> Service {
    Service {
        role: Role::DataPreparer,
        handlers: vec![
            (
                JobKind::Profile,
                Weight::Heavy,
                Arc::new(profile::ProfileDataset),
            ),
            (JobKind::Prepare, Weight::Heavy, Arc::new(prepare::Prepare)),
        ],
    }
}
