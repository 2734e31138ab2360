//! Reads JSON: records, rows, columns, and one record a line.
//!
//! Values are taken as raw text, so that a number keeps the digits that the file writes.

mod columns;
mod record;

use crate::builder::Builder;
use crate::refuse;
use crate::source::{self, Text, Watch};
use domain::Failure;
use record::Row;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::BufReader;

/// What all parts of a JSON reading share.
pub(crate) struct Context<'b, 'l> {
    pub(crate) builder: &'b mut Builder<'l>,
    watch: &'b Watch,
    /// The reason for an error, which serde's errors cannot carry.
    failed: Option<Failure>,
    /// A name buffer, so that reading a key allocates nothing.
    key: String,
}

impl Context<'_, '_> {
    /// Keeps `failure` for the end and gives the error that ends the reading.
    fn stop<E: Error>(&mut self, failure: Failure) -> E {
        self.failed = Some(failure);
        E::custom("stopped")
    }

    fn check<E: Error, T>(&mut self, result: Result<T, Failure>) -> Result<T, E> {
        result.map_err(|failure| self.stop(failure))
    }
}

/// Fills `builder` from one document, or from one record after the other.
pub(crate) fn read(
    text: Text,
    watch: &Watch,
    one_record_a_line: bool,
    builder: &mut Builder<'_>,
) -> Result<(), Failure> {
    let mut context = Context {
        builder,
        watch,
        failed: None,
        key: String::new(),
    };
    let reader = BufReader::with_capacity(1 << 16, text);
    let mut json = serde_json::Deserializer::from_reader(reader);
    let result = if one_record_a_line {
        records(&mut json, &mut context)
    } else {
        Top(&mut context)
            .deserialize(&mut json)
            .and_then(|()| json.end())
    };
    if let Err(error) = result {
        let failed = context.failed.take();
        return Err(failed.unwrap_or_else(|| failure(error, context.builder.seen() + 1)));
    }
    if watch.repaired() > 0 {
        let warning = crate::delimited::mixed_encoding(watch.repaired());
        builder.warnings.push(warning);
    }
    if builder.names().is_empty() || builder.seen() == 0 {
        return Err(refuse::empty());
    }
    Ok(())
}

fn records<'de, R: serde_json::de::Read<'de>>(
    json: &mut serde_json::Deserializer<R>,
    context: &mut Context<'_, '_>,
) -> Result<(), serde_json::Error> {
    loop {
        match json.end() {
            Ok(()) => return Ok(()),
            // Something follows: the next record.
            Err(error) if error.is_syntax() => Row::next(context).deserialize(&mut *json)?,
            Err(error) => return Err(error),
        }
    }
}

fn failure(error: serde_json::Error, row: u64) -> Failure {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Io => source::failure(error.into(), row, line as u64),
        serde_json::error::Category::Data => refuse::json_shape(&error.to_string()),
        serde_json::error::Category::Eof => {
            refuse::not_json(&format!("it ends too early, on line {line}"), line, column)
        }
        serde_json::error::Category::Syntax => refuse::not_json(&error.to_string(), line, column),
    }
}

/// The document: an array of rows, or an object of columns.
struct Top<'c, 'b, 'l>(&'c mut Context<'b, 'l>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records or an object of columns")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while rows.next_element_seed(Row::next(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        columns::read(self.0, map)
    }
}

/// The text of a cell from the raw text of its value.
pub(crate) fn cell_text(raw: &str) -> Cow<'_, str> {
    if raw == "null" {
        return Cow::Borrowed("");
    }
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        None => Cow::Borrowed(raw),
        Some(plain) if !plain.contains('\\') => Cow::Borrowed(plain),
        // A lone surrogate is valid JSON and no text: it stays as the file writes it.
        Some(escaped) => {
            let text = serde_json::from_str::<String>(raw);
            // No text may hold a NUL: databases refuse it.
            text.map_or(Cow::Borrowed(escaped), |text| {
                Cow::Owned(text.replace('\0', ""))
            })
        }
    }
}

/// Reads an object's key into a buffer.
struct Key<'k>(&'k mut String);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        self.0.push_str(key);
        Ok(())
    }
}

/// The next raw value of an object or a list.
type Raw = Box<serde_json::value::RawValue>;

/// A value that is skipped.
fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<serde::de::IgnoredAny>().map(drop)
}

/// The names in a raw list of names.
fn names_in(raw: &str) -> Option<Vec<String>> {
    let mut json = serde_json::Deserializer::from_str(raw);
    let raws = Vec::<Raw>::deserialize(&mut json).ok()?;
    Some(
        raws.iter()
            .map(|raw| cell_text(raw.get()).into_owned())
            .collect(),
    )
}
