//! An object of columns, in the ways that programs write one.
//!
//! `{"a":[1,2]}` · pandas' `{"a":{"0":1,"1":2}}` · pandas' split form
//! `{"columns":["a"],"data":[[1],[2]]}` · pandas' index form `{"0":{"a":1},"1":{"a":2}}` · records
//! in a wrapper, `{"data":[{"a":1}]}` · one bare record, `{"a":1}`.

use super::{Context, Key, Raw, Row, cell_text, names_in, skip};
use crate::builder::unique_names;
use crate::refuse;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashMap;
use std::fmt;

/// Reads the object whose entries `map` gives.
pub(super) fn read<'de, A: MapAccess<'de>>(
    context: &mut Context<'_, '_>,
    mut map: A,
) -> Result<(), A::Error> {
    let mut columns = Columns {
        context,
        labels: HashMap::new(),
        rows_found: false,
        names: None,
        longest: 0,
    };
    loop {
        let mut key = String::new();
        if map.next_key_seed(Key(&mut key))?.is_none() {
            break;
        }
        match key.as_str() {
            "columns" if columns.rows_found => {
                let names: Raw = map.next_value()?;
                columns.names = names_in(names.get());
            }
            // Beside rows, everything else is description: `index`, `schema`, …
            _ if columns.rows_found && columns.names.is_some() => skip(&mut map)?,
            _ => {
                let column = columns.context.builder.find(key.trim(), usize::MAX);
                let column = columns.context.check(column)?;
                let entry = Entry {
                    columns: &mut columns,
                    key: &key,
                    column,
                };
                map.next_value_seed(entry)?;
            }
        }
    }
    columns.finish()
}

struct Columns<'c, 'b, 'l> {
    context: &'c mut Context<'b, 'l>,
    /// Row labels of columns that are objects themselves.
    labels: HashMap<String, usize>,
    /// An entry held whole rows: it is the table, and the others describe it.
    rows_found: bool,
    names: Option<Vec<String>>,
    longest: usize,
}

impl Columns<'_, '_, '_> {
    fn put<E: Error>(&mut self, column: usize, row: usize, raw: &str) -> Result<(), E> {
        let put = self.context.builder.put_at(column, row, &cell_text(raw));
        self.context.check(put)?;
        self.longest = self.longest.max(row + 1);
        self.context.watch.mark();
        let reached = self.context.builder.reach(self.longest);
        self.context.check(reached)
    }

    /// Forgets the columns read so far: an entry turned out to hold rows.
    fn begin_rows(&mut self) {
        let builder = &mut self.context.builder;
        let column = builder.names().iter().position(|name| name == "columns");
        self.names = column.map(|column| {
            let names = (0..self.longest).map_while(|row| builder.cell(column, row));
            names.map(str::to_owned).collect()
        });
        builder.reset();
        self.rows_found = true;
    }

    fn finish<E: Error>(self) -> Result<(), E> {
        let builder = &mut self.context.builder;
        if self.rows_found {
            let Some(names) = self.names else {
                return Ok(());
            };
            let expected = builder.names().len();
            if names.len() != expected && expected > 0 {
                let reason = format!("{} names for rows of {expected} values", names.len());
                return Err(self.context.stop(refuse::json_shape(&reason)));
            }
            // Rows that are lists carry made-up names until now; records have their own.
            if (1..)
                .zip(builder.names())
                .all(|(n, name): (usize, _)| *name == format!("column_{n}"))
            {
                let mut warnings = Vec::new();
                let names = unique_names(names.iter().map(String::as_str), &mut warnings);
                builder.warnings.append(&mut warnings);
                let named = builder.set_names(names);
                self.context.check(named)?;
            }
            return Ok(());
        }
        if !self.labels.is_empty() {
            // Labelled values may leave any row out.
            return Ok(());
        }
        let uneven = builder
            .lengths()
            .find(|(_, length)| *length != self.longest);
        let Some((name, length)) = uneven else {
            return Ok(());
        };
        let reason = format!(
            "the column `{name}` has {length} values, another has {}",
            self.longest
        );
        Err(self.context.stop(refuse::json_shape(&reason)))
    }
}

/// The value of one entry of the object.
struct Entry<'e, 'c, 'b, 'l> {
    columns: &'e mut Columns<'c, 'b, 'l>,
    key: &'e str,
    column: usize,
}

impl<'de> DeserializeSeed<'de> for Entry<'_, '_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of values in `{}`", self.key)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let wrapper = ["data", "records", "rows", "items", "results", "values"];
        let may_hold_rows = wrapper.contains(&self.key.to_lowercase().as_str());
        let mut row = 0;
        while let Some(value) = values.next_element::<Raw>()? {
            let raw = value.get();
            if row == 0 && may_hold_rows && raw.starts_with(['{', '[']) {
                self.columns.begin_rows();
            }
            if self.columns.rows_found {
                let mut json = serde_json::Deserializer::from_str(raw);
                Row::next(self.columns.context)
                    .deserialize(&mut json)
                    .map_err(A::Error::custom)?;
            } else {
                self.columns.put(self.column, row, raw)?;
            }
            row += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let is_number = |text: &str| text.parse::<u64>().is_ok();
        let mut label = String::new();
        let mut first = true;
        loop {
            label.clear();
            if map.next_key_seed(Key(&mut label))?.is_none() {
                return Ok(());
            }
            // A number on the outside and a word inside: the entry is a row, not a column.
            if first && is_number(self.key) && !is_number(&label) {
                let reason = "its entries are rows by number; use a list of records instead";
                return Err(self.columns.context.stop(refuse::json_shape(reason)));
            }
            first = false;
            let value: Raw = map.next_value()?;
            let next = self.columns.labels.len();
            let row = match self.columns.labels.get(&label) {
                Some(&row) => row,
                None => {
                    self.columns.labels.insert(label.clone(), next);
                    next
                }
            };
            self.columns.put(self.column, row, value.get())?;
        }
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let raw = serde_json::to_string(value).map_err(E::custom)?;
        self.columns.put(self.column, 0, &raw)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.columns.put(self.column, 0, &value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.columns.put(self.column, 0, &value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.columns.put(self.column, 0, &value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.columns.put(self.column, 0, &format!("{value:?}"))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.columns.put(self.column, 0, "null")
    }
}
