//! Learning a recipe from training rows.

use super::column::{Number, Words};
use super::levels::Levels;
use super::{Fitted, Recipe, RecipeError, RecipeSpec, SchemaColumn, Values};
use crate::table::{Column, Table};
use std::borrow::Cow;

impl Recipe {
    /// Learns from these rows alone. A column that the table lacks counts as missing everywhere.
    pub fn fit(train: &Table, spec: &RecipeSpec) -> Result<Self, RecipeError> {
        let (target, classes) = (spec.target.clone(), spec.classes.clone());
        if train.rows() == 0 {
            return Err(RecipeError::NoRows);
        }
        if spec.schema.columns.is_empty() {
            return Err(RecipeError::NoColumns);
        }
        if spec.schema.column(&target).is_some() {
            return Err(RecipeError::TargetIsFeature(target));
        }
        if spec.task.is_classification() && classes.len() < 2 {
            let found = classes.len();
            return Err(RecipeError::Classes { target, found });
        }
        let columns = spec.schema.columns.iter().map(|schema| Fitted {
            schema: schema.clone(),
            values: fit_column(train.column(&schema.name), schema, train.rows()),
        });
        Ok(Self {
            target,
            task: spec.task,
            classes: Levels::new(classes),
            seed: spec.seed,
            rows: train.rows() as u64,
            columns: columns.collect(),
        })
    }
}

fn fit_column(column: Option<&Column>, schema: &SchemaColumn, rows: usize) -> Values {
    if schema.is_numeric() {
        return Values::Number(Number::fit(&numbers(column, schema, rows).0));
    }
    let counts = match column {
        None => Vec::new(),
        Some(Column::Words { codes, levels }) => {
            let mut counts = vec![0; levels.len()];
            for code in codes {
                if let Some(count) = counts.get_mut(*code as usize) {
                    *count += 1;
                }
            }
            let words = levels.iter().cloned().zip(counts);
            words.filter(|(_, count)| *count > 0).collect()
        }
        Some(Column::Numeric(values)) => {
            let mut counts = std::collections::BTreeMap::new();
            for value in values.iter().filter(|value| !value.is_nan()) {
                *counts.entry(value.to_string()).or_insert(0) += 1;
            }
            counts.into_iter().collect()
        }
    };
    Values::Words(Words::fit(counts, rows))
}

/// The values of a numeric column, and how many of its words could not be read; all NaN if the
/// table lacks the column.
pub(super) fn numbers<'t>(
    column: Option<&'t Column>,
    schema: &SchemaColumn,
    rows: usize,
) -> (Cow<'t, [f64]>, u64) {
    match column {
        None => (vec![f64::NAN; rows].into(), 0),
        Some(Column::Numeric(values)) => (values.into(), 0),
        // Another reader may have typed the column otherwise: read its words once each.
        Some(Column::Words { codes, levels }) => {
            let read: Vec<Option<f64>> = levels.iter().map(|w| schema.number(w)).collect();
            let mut unread = 0;
            let values = codes.iter().map(|code| match read.get(*code as usize) {
                None => f64::NAN,
                Some(value) => value.unwrap_or_else(|| {
                    unread += 1;
                    f64::NAN
                }),
            });
            (values.collect::<Vec<_>>().into(), unread)
        }
    }
}
