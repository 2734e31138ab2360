//! Objects in records become columns `a.b`, by the rule by which a file of JSON is read.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashSet;

/// Objects in objects become columns `a.b` down to here; deeper ones stay one value.
pub const MOST_NESTED: usize = 8;
/// Unknown names inside objects that are told of a request, at most.
const MOST_UNKNOWN: usize = 1_000;

type Record = Map<String, Value>;

/// The records with their inner objects taken apart and their names trimmed. An object under the
/// name of a column stays: a single value is expected there. So does one in which no column is:
/// whatever is sent, what comes out is no larger.
pub(super) fn flat<'r>(records: &'r [Record], known: &HashSet<&str>) -> Cow<'r, [Record]> {
    let is_flat = |(name, value): (&String, &Value)| {
        name.trim().len() == name.len() && (!value.is_object() || known.contains(name.as_str()))
    };
    if records.iter().all(|record| record.iter().all(is_flat)) {
        return Cow::Borrowed(records);
    }
    let dots = known
        .iter()
        .flat_map(|name| name.match_indices('.').map(|(dot, _)| &name[..dot]));
    let mut apart = Apart {
        known,
        objects: dots.collect(),
        unknown: 0,
    };
    let flattened = records.iter().map(|record| {
        let mut out = Record::new();
        apart.take(record, "", 0, &mut out);
        out
    });
    Cow::Owned(flattened.collect())
}

struct Apart<'k> {
    known: &'k HashSet<&'k str>,
    /// What stands before a dot in the name of a column.
    objects: HashSet<&'k str>,
    unknown: usize,
}

impl Apart<'_> {
    fn take(&mut self, record: &Record, prefix: &str, depth: usize, out: &mut Record) {
        for (key, value) in record {
            let path = Cow::Borrowed(key.as_str());
            let path = if prefix.is_empty() {
                path
            } else {
                format!("{prefix}{key}").into()
            };
            let name = path.trim();
            let is_known = self.known.contains(name);
            match value {
                Value::Object(inner)
                    if depth < MOST_NESTED
                        && !is_known
                        && self.objects.contains(path.trim_start()) =>
                {
                    self.take(inner, &format!("{path}."), depth + 1, out);
                }
                _ if !is_known && depth > 0 && self.unknown == MOST_UNKNOWN => {}
                value => {
                    self.unknown += usize::from(!is_known && depth > 0);
                    out.insert(name.to_owned(), value.clone());
                }
            }
        }
    }
}
