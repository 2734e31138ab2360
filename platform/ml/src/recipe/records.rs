//! JSON records → table, by the rules of the public contract.
//!
//! `null` is missing, and so is an absent column that had no value in some training row; a column
//! that always had one must be there. A number or a boolean in a column of words is read as text; a
//! text in a numeric column is accepted when it parses. Words for "no value" are those of the
//! training file. Unknown and absent columns and unseen levels are counted. Everything else is
//! refused with row and column.

use super::column::Words;
use super::{Fitted, Recipe, Values, nested};
use crate::table::{Column, MISSING, Table};
use crate::values::is_unknown_word;
use domain::Failure;
use domain::profile::ColumnKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// Things in a request that were let pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordNotes {
    /// Columns that the model does not know, with the records that have them.
    pub unknown_columns: BTreeMap<String, u64>,
    /// Columns with words that training never saw, with the records that have them.
    pub unseen_levels: BTreeMap<String, u64>,
    /// Columns that were taken as missing because records lack them, with those records.
    #[serde(default)]
    pub absent_columns: BTreeMap<String, u64>,
    /// Columns with numbers below the least or above the greatest of the training file, with the
    /// records that have them: of those the model never saw the like.
    #[serde(default)]
    pub out_of_range: BTreeMap<String, u64>,
}

impl RecordNotes {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unknown_columns.is_empty()
            && self.unseen_levels.is_empty()
            && self.absent_columns.is_empty()
            && self.out_of_range.is_empty()
    }
}

/// Names of columns that a refusal lists.
const MOST_NAMED: usize = 20;

impl Recipe {
    /// Reads records into a table with the recipe's columns, in the recipe's order.
    pub fn parse_records(
        &self,
        records: &[Map<String, Value>],
    ) -> Result<(Table, RecordNotes), Failure> {
        let mut notes = RecordNotes::default();
        let known: HashSet<&str> = self.columns().map(|c| c.name.as_str()).collect();
        let records = nested::flat(records, &known);
        self.compare_columns(&records, &known, &mut notes)?;
        let mut table = Table::default();
        for fitted in &self.columns {
            let name = &fitted.schema.name;
            let cells = records.iter().map(|record| record.get(name));
            let column = match &fitted.values {
                Values::Number(_) => {
                    let column = fitted.numbers(cells)?;
                    let outside = fitted.out_of_range(&column);
                    if outside > 0 {
                        notes.out_of_range.insert(name.clone(), outside);
                    }
                    column
                }
                Values::Words(words) => {
                    let (column, unseen) = fitted.words(words, cells)?;
                    if unseen > 0 {
                        notes.unseen_levels.insert(name.clone(), unseen);
                    }
                    column
                }
            };
            table.names.push(name.clone());
            table.columns.push(column);
        }
        Ok((table, notes))
    }

    /// Notes what records have beyond the recipe's columns, and what they lack of them; refuses a
    /// record that lacks what it must have.
    fn compare_columns(
        &self,
        records: &[Map<String, Value>],
        known: &HashSet<&str>,
        notes: &mut RecordNotes,
    ) -> Result<(), Failure> {
        for (row, record) in records.iter().enumerate() {
            // Most records have just the known columns: then there is nothing to look for.
            let found = record.keys().filter(|name| known.contains(name.as_str()));
            let found = found.count();
            if found < record.len() {
                for name in record.keys().filter(|name| !known.contains(name.as_str())) {
                    *notes.unknown_columns.entry(name.clone()).or_insert(0) += 1;
                }
            }
            if found == self.columns.len() {
                continue;
            }
            let absent = self.columns.iter();
            let absent = absent.filter(|column| !record.contains_key(&column.schema.name));
            let (needed, optional): (Vec<&Fitted>, Vec<&Fitted>) =
                absent.partition(|column| found == 0 || column.is_required());
            if !needed.is_empty() {
                return Err(lacking(row, found == 0, &needed));
            }
            for column in optional {
                let name = column.schema.name.clone();
                *notes.absent_columns.entry(name).or_insert(0) += 1;
            }
        }
        Ok(())
    }
}

/// The refusal of a record without columns that it must have.
fn lacking(row: usize, all: bool, columns: &[&Fitted]) -> Failure {
    let row = row + 1;
    let names = columns.iter().map(|column| column.schema.name.as_str());
    let named: Vec<&str> = names.take(MOST_NAMED).collect();
    let list = named.iter().map(|name| format!("`{name}`"));
    let list = list.collect::<Vec<_>>().join(", ");
    let more = if named.len() < columns.len() {
        ", …"
    } else {
        ""
    };
    let (code, what) = if all {
        ("prediction.no_columns", "has no column of the model")
    } else {
        ("prediction.missing_columns", "lacks columns of the model")
    };
    let text = format!(
        "Row {row} {what}: {list}{more}. Send them under these names, with null where a value is \
         not known."
    );
    let first = named.first().copied().unwrap_or_default();
    Failure::invalid(code, text)
        .field(first)
        .with("row", row)
        .with("column", first)
        .with("missing", columns.len())
        .with("columns", named)
}

impl Fitted {
    /// Whether a record must have the column: there was a value in every training row.
    pub(super) fn is_required(&self) -> bool {
        match &self.values {
            Values::Number(number) => !number.missing,
            Values::Words(words) => !words.missing,
        }
    }

    /// Whether a word that is no level stands for "no value". A word for "unknown" is a level where
    /// it is one of two.
    pub(super) fn says_missing(&self, words: &Words, text: &str) -> bool {
        self.schema.says_missing(text) || (words.levels.len() >= 2 && is_unknown_word(text))
    }

    fn numbers<'r>(
        &self,
        cells: impl Iterator<Item = Option<&'r Value>>,
    ) -> Result<Column, Failure> {
        let read = |(row, cell): (usize, Option<&Value>)| {
            let value = match cell {
                None | Some(Value::Null) => Some(f64::NAN),
                Some(Value::Number(number)) => number.as_f64().map(|v| self.schema.present(v)),
                Some(Value::String(text)) => self.schema.number(text),
                Some(Value::Bool(_)) => None,
                Some(nested) => return Err(self.not_a_scalar(row, nested)),
            };
            value.ok_or_else(|| self.not_a_number(row, cell))
        };
        let values: Result<Vec<f64>, Failure> = cells.enumerate().map(read).collect();
        values.map(Column::Numeric)
    }

    /// How many numbers lie outside of what the training file had.
    fn out_of_range(&self, column: &Column) -> u64 {
        let (Column::Numeric(values), Some(min), Some(max)) =
            (column, self.schema.min, self.schema.max)
        else {
            return 0;
        };
        let outside = values.iter().filter(|value| **value < min || **value > max);
        outside.count() as u64
    }

    fn words<'r>(
        &self,
        words: &Words,
        cells: impl Iterator<Item = Option<&'r Value>>,
    ) -> Result<(Column, u64), Failure> {
        let mut codes = Vec::with_capacity(cells.size_hint().0);
        let mut levels: Vec<String> = Vec::new();
        let mut local = std::collections::HashMap::new();
        let mut unseen = 0;
        for (row, cell) in cells.enumerate() {
            let text: Cow<'r, str> = match cell {
                None | Some(Value::Null) => Cow::Borrowed(""),
                Some(Value::String(text)) => Cow::Borrowed(text.trim()),
                Some(Value::Number(number)) => Cow::Owned(number.to_string()),
                Some(Value::Bool(yes)) => self.bool_word(words, *yes),
                // As files of JSON are read: a list is the text that stands for it.
                Some(list @ Value::Array(_)) => Cow::Owned(list.to_string()),
                Some(nested) => return Err(self.not_a_scalar(row, nested)),
            };
            let known = words.levels.find(&text).is_some();
            if !known && self.says_missing(words, &text) {
                codes.push(MISSING);
                continue;
            }
            unseen += u64::from(!known);
            let code = *local.entry(text).or_insert_with_key(|text| {
                levels.push(text.clone().into_owned());
                levels.len() as u32 - 1
            });
            codes.push(code);
        }
        Ok((Column::Words { codes, levels }, unseen))
    }

    /// JSON's `true` in a column of words: the file may have written `True`, `TRUE` or a word of
    /// its own for it.
    fn bool_word<'r>(&self, words: &Words, yes: bool) -> Cow<'r, str> {
        let text = if yes { "true" } else { "false" };
        if let Some(code) = words.levels.find_any_case(text) {
            return Cow::Owned(words.levels.words()[code as usize].clone());
        }
        let two = self.schema.kind == ColumnKind::Boolean && words.levels.len() == 2;
        let Some(true_word) = self.schema.parsing.true_word.as_ref().filter(|_| two) else {
            return Cow::Borrowed(text);
        };
        let mut levels = words.levels.words().iter();
        let level = levels.find(|word| (*word == true_word) == yes);
        level.map_or(Cow::Borrowed(text), |word| Cow::Owned(word.clone()))
    }

    fn not_a_number(&self, row: usize, cell: Option<&Value>) -> Failure {
        let (code, what) = match self.schema.kind {
            ColumnKind::Datetime => ("prediction.not_a_date", "a date"),
            _ => ("prediction.not_a_number", "a number"),
        };
        self.refuse(code, row, cell.unwrap_or(&Value::Null), what)
    }

    fn not_a_scalar(&self, row: usize, cell: &Value) -> Failure {
        let what = "a single value (a number, a text, true, false or null)";
        self.refuse("prediction.not_a_scalar", row, cell, what)
    }

    fn refuse(&self, code: &str, row: usize, cell: &Value, what: &str) -> Failure {
        let mut value = cell.to_string();
        if value.chars().count() > 60 {
            value = value.chars().take(60).chain(['…']).collect();
        }
        let (row, column) = (row + 1, &self.schema.name);
        let text = format!("Row {row}, column `{column}`: {value} is not {what}.");
        Failure::invalid(code, text)
            .field(column.clone())
            .with("row", row)
            .with("column", column.clone())
            .with("value", value)
    }
}
