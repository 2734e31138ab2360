//! One row: an object of values by name, or a list of values in order.

use super::{Context, Key, Raw, cell_text};
use crate::refuse;
use ml::recipe::MOST_NESTED;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Reads one row into the builder and ends it.
pub(super) struct Row<'c, 'b, 'l> {
    context: &'c mut Context<'b, 'l>,
}

impl<'c, 'b, 'l> Row<'c, 'b, 'l> {
    pub(super) fn next(context: &'c mut Context<'b, 'l>) -> Self {
        Self { context }
    }

    fn end<E: Error>(self) -> Result<(), E> {
        self.context.watch.mark();
        let ended = self.context.builder.end_row();
        self.context.check(ended)
    }
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self.context.builder.seen() + 1;
        write!(f, "a record as row {row}")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        fields(self.context, map, "", 0)?;
        self.end()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let context = &mut *self.context;
        let row = context.builder.seen();
        let known = context.builder.names().len();
        let mut found = 0;
        while let Some(value) = values.next_element::<Raw>()? {
            if row == 0 && found >= known {
                let added = context
                    .builder
                    .find(&format!("column_{}", found + 1), found);
                context.check(added)?;
            }
            if found < context.builder.names().len() {
                let put = context.builder.put(found, &cell_text(value.get()));
                context.check(put)?;
            }
            found += 1;
        }
        let expected = context.builder.names().len();
        if found != expected {
            let line = 0;
            let mut failure = refuse::ragged_row(row + 1, line, found, expected);
            failure.message.params.remove("line");
            failure.message.text = failure.message.text.replace(" (line 0)", "");
            return Err(context.stop(failure));
        }
        self.end()
    }
}

/// Reads the fields of an object into the present row.
fn fields<'de, A: MapAccess<'de>>(
    context: &mut Context<'_, '_>,
    mut map: A,
    prefix: &str,
    depth: usize,
) -> Result<(), A::Error> {
    let mut key = std::mem::take(&mut context.key);
    let mut guess = 0;
    loop {
        key.clear();
        key.push_str(prefix);
        if map.next_key_seed(Key(&mut key))?.is_none() {
            break;
        }
        let value: Raw = map.next_value()?;
        let raw = value.get();
        if raw.starts_with('{') && depth < MOST_NESTED {
            let mut json = serde_json::Deserializer::from_str(raw);
            let inner = Nested {
                context,
                prefix: format!("{key}."),
                depth: depth + 1,
            };
            inner.deserialize(&mut json).map_err(A::Error::custom)?;
            continue;
        }
        let column = context.builder.find(key.trim(), guess);
        let column = context.check(column)?;
        guess = column + 1;
        let put = context.builder.put(column, &cell_text(raw));
        context.check(put)?;
    }
    context.key = key;
    Ok(())
}

/// An object inside a record.
struct Nested<'c, 'b, 'l> {
    context: &'c mut Context<'b, 'l>,
    prefix: String,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Nested<'_, '_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_, '_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        fields(self.context, map, &self.prefix, self.depth)
    }
}
