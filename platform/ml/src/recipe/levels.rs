//! The levels of a categorical column or of a target, and how a word finds its level.

use std::collections::HashMap;

/// Words in a fixed order, found by text and, where they look like numbers, by value.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    words: Vec<String>,
    by_text: HashMap<String, u32>,
    by_value: HashMap<u64, u32>,
}

impl Levels {
    pub fn new(words: Vec<String>) -> Self {
        let mut by_text = HashMap::with_capacity(words.len());
        let mut by_value = HashMap::new();
        for (code, word) in (0u32..).zip(&words) {
            by_text.entry(word.clone()).or_insert(code);
            if let Some(value) = value_of(word) {
                by_value.entry(key(value)).or_insert(code);
            }
        }
        Self {
            words,
            by_text,
            by_value,
        }
    }

    pub fn words(&self) -> &[String] {
        &self.words
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// The level that is written like this or, failing that, has the same value (`1` = `1.0`).
    pub fn find(&self, word: &str) -> Option<u32> {
        if let Some(code) = self.by_text.get(word) {
            return Some(*code);
        }
        if self.by_value.is_empty() {
            return None;
        }
        self.find_value(value_of(word)?)
    }

    /// The level with this value.
    pub fn find_value(&self, value: f64) -> Option<u32> {
        self.by_value.get(&key(value)).copied()
    }

    /// The level that differs at most in the case of its letters, if there is exactly one.
    pub fn find_any_case(&self, word: &str) -> Option<u32> {
        let mut same = (0u32..)
            .zip(&self.words)
            .filter(|(_, level)| level.eq_ignore_ascii_case(word));
        let first = same.next()?.0;
        same.next().is_none().then_some(first)
    }
}

/// The value of a word that looks like a plain number; `nan`, `inf` and the like are words.
fn value_of(word: &str) -> Option<f64> {
    let first = *word.as_bytes().first()?;
    let plain = first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.');
    let value: f64 = plain.then(|| word.parse().ok()).flatten()?;
    value.is_finite().then_some(value)
}

/// Equal values have equal keys; the two zeros are one value.
fn key(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_and_words_by_letters() {
        let levels = Levels::new(vec!["1".into(), "0".into(), "no".into(), "01".into()]);
        assert_eq!(levels.find("1.0"), Some(0));
        assert_eq!(levels.find("01"), Some(3));
        assert_eq!(levels.find("-0.0"), Some(1));
        assert_eq!(levels.find("No"), None);
        assert_eq!(levels.find_any_case("No"), Some(2));
        assert_eq!(levels.find("nan"), None);
        assert_eq!(levels.find(""), None);
    }
}
