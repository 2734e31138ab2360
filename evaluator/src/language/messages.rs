//! Messages in French: a template a code. English is what each message carries itself.

use super::Language;
use super::french::{FRENCH, PARTS};
use domain::Message;
use domain::task::Metric;
use serde_json::Value;

impl Language {
    /// The message in this language. One whose code has no French template, or that lacks what the
    /// template mentions, stays English.
    pub(crate) fn say(self, message: &Message) -> String {
        let template = FRENCH.iter().find(|(code, _)| *code == message.code);
        let french = template.and_then(|(_, template)| self.fill(template, message));
        match (self, french) {
            (Self::French, Some(text)) => text,
            _ => message.text.clone(),
        }
    }

    /// Puts the message's parameters where the template has `{name}`.
    fn fill(self, template: &str, message: &Message) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            out.push_str(before);
            out.push_str(&self.value(name, message.params.get(name)?));
            rest = after;
        }
        Some(out + rest)
    }

    fn value(self, name: &str, value: &Value) -> String {
        match value {
            Value::String(text) => match name {
                "metric" => text
                    .parse::<Metric>()
                    .map_or_else(|_| text.clone(), |metric| self.metric_within(metric)),
                "first" | "second" | "algorithm" | "algorithms" => self.algorithm(text),
                "parts" => {
                    let part = PARTS.iter().find(|(code, _)| code == text);
                    part.map_or(text.as_str(), |(_, french)| *french).to_owned()
                }
                _ => text.clone(),
            },
            Value::Number(number) => match (number.as_u64(), number.as_f64()) {
                (Some(whole), _) => self.count(whole),
                (None, Some(value)) if name == "share" => self.percent(value, 0),
                (None, Some(value)) => self.number(value),
                _ => number.to_string(),
            },
            Value::Object(_) => match serde_json::from_value(value.clone()) {
                Ok(reason) => clause(&self.say(&reason)),
                Err(_) => value.to_string(),
            },
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(name, item)).collect();
                items.join(", ")
            }
            other => other.to_string(),
        }
    }
}

/// A sentence as a part of another one: without capital and full stop.
fn clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_and_an_unknown_code_stays_english() {
        let message = Message::new("caution.small_test", "Only 12 rows.").with("rows", 12);
        assert!(Language::French.say(&message).contains("que 12 lignes"));
        assert_eq!(Language::English.say(&message), "Only 12 rows.");
        let incomplete = Message::new("caution.small_test", "Only a few rows.");
        assert_eq!(Language::French.say(&incomplete), "Only a few rows.");
        let unknown = Message::new("else.where", "Said elsewhere.");
        assert_eq!(Language::French.say(&unknown), "Said elsewhere.");
    }

    #[test]
    fn a_reason_is_said_in_the_language_of_its_sentence() {
        let reason = Message::new("evaluate.no_numbers", "some of its answers are no numbers");
        let message = Message::new("evaluate.model_failed", "")
            .with("algorithm", "knn")
            .because(&reason);
        let said = Language::French.say(&message);
        assert!(
            said.ends_with("lignes de test : certaines de ses réponses ne sont pas des nombres."),
            "{said}"
        );
    }

    #[test]
    fn braces_in_parameters_are_not_filled_again() {
        let message = Message::new("evaluate.model_failed", "")
            .with("algorithm", "{reason}")
            .with("reason", "{algorithm}");
        assert!(Language::French.say(&message).ends_with("{algorithm}."));
    }
}
