//! From texts to values, as a profile or a model's schema says.

use crate::profile::{comma, kind};
use crate::raw::{MISSING, RawColumn, RawTable};
use domain::profile::{ColumnKind, Parsing, Profile};
use domain::{Failure, Message};
use ml::table::{Column, Table};
use std::collections::HashSet;

/// The columns called `columns`, typed as `profile` says. Texts that are no value of their
/// column's kind become missing; the profile counts them (`profile.unparsed`).
#[must_use]
pub fn typed(raw: &RawTable, profile: &Profile, columns: &[String]) -> Table {
    let kinds: Vec<_> = columns
        .iter()
        .map(|name| match profile.column(name) {
            Some(column) => (name.clone(), column.kind, column.parsing.clone()),
            None => (name.clone(), ColumnKind::Categorical, Parsing::default()),
        })
        .collect();
    typed_by(raw, &kinds)
}

/// The columns of a schema, in its order, from any file: columns that the file lacks are missing
/// in every row, others of the file are ignored. A name that occurs twice counts once.
#[must_use]
pub fn typed_by(raw: &RawTable, kinds: &[(String, ColumnKind, Parsing)]) -> Table {
    let mut table = Table::default();
    let mut seen = HashSet::new();
    for (name, kind, parsing) in kinds {
        if seen.insert(name) {
            table.names.push(name.clone());
            table.columns.push(one(raw, name, *kind, parsing));
        }
    }
    table
}

fn is_numeric(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Numeric | ColumnKind::Datetime)
}

fn one(raw: &RawTable, name: &str, kind: ColumnKind, parsing: &Parsing) -> Column {
    let Some(column) = raw.column(name) else {
        return if is_numeric(kind) {
            Column::Numeric(vec![f64::NAN; raw.rows])
        } else {
            Column::words(std::iter::repeat_n("", raw.rows))
        };
    };
    if !is_numeric(kind) {
        return words(column, parsing);
    }
    let values = values(raw, column, kind, parsing);
    let value = |code: &u32| values.get(*code as usize).copied().unwrap_or(f64::NAN);
    Column::Numeric(column.codes.iter().map(value).collect())
}

/// The value of each text of a column of numbers or moments; NaN where it has none.
fn values(raw: &RawTable, column: &RawColumn, kind: ColumnKind, parsing: &Parsing) -> Vec<f64> {
    let mut values = match kind {
        ColumnKind::Datetime => {
            let order = parsing.date_order.as_deref().unwrap_or("ymd");
            kind::moments(&column.texts, order)
        }
        // A file may write its decimals otherwise than the one that was learned from.
        _ => {
            let hint = raw.decimal_comma.unwrap_or(parsing.decimal_comma);
            let decimal_comma = comma::decimal_comma(&column.texts, hint);
            kind::numbers(&column.texts, decimal_comma)
        }
    };
    if !parsing.missing_words.is_empty() {
        // `-999.0` says what `-999` does.
        let number = |word: &String| ml::values::parse_number(word, parsing.decimal_comma);
        let words = parsing
            .missing_words
            .iter()
            .filter(|_| kind == ColumnKind::Numeric);
        let nothing: Vec<f64> = words.filter_map(number).collect();
        for (value, text) in values.iter_mut().zip(column.levels()) {
            if parsing.missing_words.iter().any(|word| word == text) || nothing.contains(value) {
                *value = f64::NAN;
            }
        }
    }
    values
}

fn words(column: &RawColumn, parsing: &Parsing) -> Column {
    let mut levels = Vec::new();
    let mut new_codes = vec![MISSING; column.texts.len()];
    let mut used = vec![false; column.texts.len()];
    for &code in &column.codes {
        if let Some(used) = used.get_mut(code as usize) {
            *used = true;
        }
    }
    for ((code, text), used) in new_codes.iter_mut().zip(column.levels()).zip(used) {
        if used && !parsing.missing_words.iter().any(|word| word == text) {
            *code = u32::try_from(levels.len()).unwrap_or(MISSING);
            levels.push(text.to_owned());
        }
    }
    let code = |code: &u32| new_codes.get(*code as usize).copied().unwrap_or(MISSING);
    let codes = column.codes.iter().map(code).collect();
    Column::Words { codes, levels }
}

/// What [`typed_by`] has to turn into missing values because it is no number and no date: one
/// message a column, `table.unparsed` with `column`, `rows`, `row` and `value` of the first.
#[must_use]
pub fn unparsed(raw: &RawTable, kinds: &[(String, ColumnKind, Parsing)]) -> Vec<Message> {
    let numeric = kinds.iter().filter(|(_, kind, _)| is_numeric(*kind));
    numeric
        .filter_map(|(name, kind, parsing)| {
            let column = raw.column(name)?;
            let values = values(raw, column, *kind, parsing);
            let is_odd: Vec<bool> = (values.iter().zip(column.levels()))
                .map(|(value, text)| value.is_nan() && !stands_for_nothing(text, parsing))
                .collect();
            let odd = |code: &u32| is_odd.get(*code as usize).copied().unwrap_or(false);
            let row = column.codes.iter().position(odd)?;
            let rows = column.codes.iter().filter(|code| odd(code)).count();
            let value = column.get(row).unwrap_or_default();
            let what = match kind {
                ColumnKind::Datetime => "a date",
                _ => "a number",
            };
            let text = format!(
                "Row {}, column `{name}`: `{value}` is not {what}. Correct it, or leave the cell \
                 empty if there is no value.",
                row + 1
            );
            let message = Message::new("table.unparsed", text).with("column", name.as_str());
            Some(
                message
                    .with("rows", rows)
                    .with("row", row + 1)
                    .with("value", value),
            )
        })
        .collect()
}

fn stands_for_nothing(text: &str, parsing: &Parsing) -> bool {
    ml::values::is_missing_word(text) || parsing.missing_words.iter().any(|word| word == text)
}

/// As [`typed_by`], but a word where the schema has a number is refused, with its row and column.
///
/// # Errors
/// `table.unparsed` for the first column that has one.
pub fn typed_strictly(
    raw: &RawTable,
    kinds: &[(String, ColumnKind, Parsing)],
) -> Result<Table, Failure> {
    match unparsed(raw, kinds).into_iter().next() {
        None => Ok(typed_by(raw, kinds)),
        Some(message) => Err(Failure {
            kind: domain::FailureKind::InvalidInput,
            field: message
                .params
                .get("column")
                .and_then(|c| c.as_str())
                .map(str::to_owned),
            message,
        }),
    }
}
