//! Texts for people that a program can translate.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
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

    /// Adds the parameter `reason`: a message of its own, so that it too can be said in any
    /// language. The text of this one should mention the text of that one.
    #[must_use]
    pub fn because(self, reason: &Self) -> Self {
        let Self { code, params, text } = reason;
        self.with(
            "reason",
            json!({"code": code, "params": params, "text": text}),
        )
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_message_that_can_be_read_back() {
        let reason = Message::new("fit.params", "no such k").with("param", "k");
        let message = Message::new("trial.failed", "Failed: no such k.").because(&reason);
        let back: Message = serde_json::from_value(message.params["reason"].clone()).unwrap();
        assert_eq!(back, reason);
    }
}
