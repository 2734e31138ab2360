//! Objects in records become columns `a.b`, by the rule by which a file of JSON is read.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// Objects in objects become columns `a.b` down to here; deeper ones stay one value.
pub const MOST_NESTED: usize = 8;

type Record = Map<String, Value>;

/// The records with their inner objects taken apart and their names trimmed. An object under the
/// name of a column stays: a single value is expected there.
pub(super) fn flat(records: &[Record], is_column: impl Fn(&str) -> bool) -> Cow<'_, [Record]> {
    let is_flat = |(name, value): (&String, &Value)| {
        name.trim().len() == name.len() && (!value.is_object() || is_column(name))
    };
    if records.iter().all(|record| record.iter().all(is_flat)) {
        return Cow::Borrowed(records);
    }
    let flattened = records.iter().map(|record| {
        let mut out = Record::new();
        take_apart(record, "", 0, &is_column, &mut out);
        out
    });
    Cow::Owned(flattened.collect())
}

fn take_apart(
    record: &Record,
    prefix: &str,
    depth: usize,
    is_column: &impl Fn(&str) -> bool,
    out: &mut Record,
) {
    for (key, value) in record {
        let path = format!("{prefix}{key}");
        let name = path.trim();
        match value {
            Value::Object(inner) if depth < MOST_NESTED && !is_column(name) => {
                take_apart(inner, &format!("{path}."), depth + 1, is_column, out);
            }
            value => {
                out.insert(name.to_owned(), value.clone());
            }
        }
    }
}
