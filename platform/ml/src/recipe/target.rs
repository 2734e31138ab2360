//! Table → classes or numbers.

use super::{Recipe, RecipeError};
use crate::features::Target;
use crate::table::{Column, MISSING, Table};

impl Recipe {
    /// The target of these rows. Classes that look like numbers compare by value: `1` = `1.0`.
    pub fn target(&self, table: &Table) -> Result<Target, RecipeError> {
        let name = &self.target;
        let column = table
            .column(name)
            .ok_or_else(|| RecipeError::NoTarget(name.clone()))?;
        if self.task.is_classification() {
            let count = self.classes.len();
            let codes = self.class_codes(column)?;
            Ok(Target::Classes { codes, count })
        } else {
            self.numbers(column).map(Target::Values)
        }
    }

    fn class_codes(&self, column: &Column) -> Result<Vec<u32>, RecipeError> {
        match column {
            Column::Numeric(values) => self.each(values, |value| {
                if value.is_nan() {
                    return Err(None);
                }
                let found = self.classes.find_value(*value);
                found.ok_or_else(|| Some(value.to_string()))
            }),
            Column::Words { codes, levels } => {
                let known: Vec<Option<u32>> =
                    levels.iter().map(|word| self.classes.find(word)).collect();
                self.each(codes, |&code| {
                    if code == MISSING {
                        return Err(None);
                    }
                    let found = known.get(code as usize).copied().flatten();
                    found.ok_or_else(|| levels.get(code as usize).cloned())
                })
            }
        }
    }

    fn numbers(&self, column: &Column) -> Result<Vec<f64>, RecipeError> {
        match column {
            Column::Numeric(values) => self.each(values, |value| number(*value)),
            Column::Words { codes, levels } => {
                let read: Vec<Option<f64>> = levels
                    .iter()
                    .map(|word| crate::values::parse_number(word, false))
                    .collect();
                self.each(codes, |&code| {
                    if code == MISSING {
                        return Err(None);
                    }
                    let value = read.get(code as usize).copied().flatten();
                    number(value.ok_or_else(|| levels.get(code as usize).cloned())?)
                })
            }
        }
    }

    /// Maps every row or says which one could not be: `Err(None)` is a missing value.
    fn each<T, R>(
        &self,
        rows: &[T],
        read: impl Fn(&T) -> Result<R, Option<String>>,
    ) -> Result<Vec<R>, RecipeError> {
        let target = || self.target.clone();
        let wrong = |row: usize, value: Option<String>| match value {
            None => RecipeError::TargetMissing {
                row,
                target: target(),
            },
            Some(value) => RecipeError::TargetValue {
                row,
                target: target(),
                value,
                expected: match self.task.is_classification() {
                    true => "none of the classes",
                    false => "no finite number",
                },
            },
        };
        let read = |(row, value)| read(value).map_err(|value| wrong(row, value));
        rows.iter().enumerate().map(read).collect()
    }
}

fn number(value: f64) -> Result<f64, Option<String>> {
    if value.is_nan() {
        Err(None)
    } else if value.is_infinite() {
        Err(Some(value.to_string()))
    } else {
        Ok(value)
    }
}
