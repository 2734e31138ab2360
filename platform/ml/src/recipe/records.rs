//! JSON records → table, by the rules of the public contract.
//!
//! `null` and an absent column are missing. A number or a boolean in a column of words is read as
//! text; a text in a numeric column is accepted when it parses. Unknown columns and unseen levels
//! are counted. Everything else is refused with row and column.

use super::column::Words;
use super::{Fitted, Recipe, Values};
use crate::table::{Column, MISSING, Table};
use domain::Failure;
use domain::profile::ColumnKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Things in a request that were let pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordNotes {
    /// Columns that the model does not know, with the records that have them.
    pub unknown_columns: BTreeMap<String, u64>,
    /// Columns with words that training never saw, with the records that have them.
    pub unseen_levels: BTreeMap<String, u64>,
}

impl Recipe {
    /// Reads records into a table with the recipe's columns, in the recipe's order.
    pub fn parse_records(
        &self,
        records: &[Map<String, Value>],
    ) -> Result<(Table, RecordNotes), Failure> {
        let mut notes = RecordNotes::default();
        self.note_unknown(records, &mut notes);
        let mut table = Table::default();
        for fitted in &self.columns {
            let name = &fitted.schema.name;
            let cells = records.iter().map(|record| record.get(name));
            let column = match &fitted.values {
                Values::Number(_) => fitted.numbers(cells)?,
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

    fn note_unknown(&self, records: &[Map<String, Value>], notes: &mut RecordNotes) {
        for record in records {
            // Most records have just the known columns: then there is nothing to look for.
            let known = self.columns.iter();
            let known = known
                .filter(|c| record.contains_key(&c.schema.name))
                .count();
            if known == record.len() {
                continue;
            }
            let is_known = |name: &str| self.columns.iter().any(|c| c.schema.name == name);
            for name in record.keys().filter(|name| !is_known(name)) {
                *notes.unknown_columns.entry(name.clone()).or_insert(0) += 1;
            }
        }
    }
}

impl Fitted {
    fn numbers<'r>(
        &self,
        cells: impl Iterator<Item = Option<&'r Value>>,
    ) -> Result<Column, Failure> {
        let read = |(row, cell): (usize, Option<&Value>)| {
            let value = match cell {
                None | Some(Value::Null) => Some(f64::NAN),
                Some(Value::Number(number)) => number.as_f64(),
                Some(Value::String(text)) => self.schema.number(text),
                Some(Value::Bool(_)) => None,
                Some(nested) => return Err(self.not_a_scalar(row, nested)),
            };
            value.ok_or_else(|| self.not_a_number(row, cell))
        };
        let values: Result<Vec<f64>, Failure> = cells.enumerate().map(read).collect();
        values.map(Column::Numeric)
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
                Some(nested) => return Err(self.not_a_scalar(row, nested)),
            };
            let known = words.levels.find(&text).is_some();
            if !known && self.schema.says_missing(&text) {
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
