//! Texts for people that a program can translate.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A stable `code`, the values in it, and the same said in English.
///
/// A client that knows the code says it in its own language with `params`; any other shows `text`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Dotted and stable, for example `dataset.ragged_row`.
    pub code: String,
    /// The values that the text mentions, by name.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// What happened, where, and what to do, in English.
    pub text: String,
}

impl Message {
    /// A message without parameters.
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            params: Map::new(),
            text: text.into(),
        }
    }

    /// Adds one parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
