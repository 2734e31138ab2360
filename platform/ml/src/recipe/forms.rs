//! Serde forms that read back exactly, in JSON and in postcard alike.
//!
//! `serde_json` may be one unit in the last place off when it reads a decimal number, and knows
//! neither NaN nor infinity, so fitted numbers are words in JSON. `postcard` writes no field
//! names and cannot leave fields out, and enums of `domain` may gain variants in any place, so
//! those are stored as their text.

use domain::profile::Parsing;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt::Display;
use std::str::FromStr;

/// A number that JSON keeps exactly.
pub(crate) mod exact {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        Exact(*value).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Exact::deserialize(deserializer).map(|exact| exact.0)
    }
}

/// The same for a number that may be absent.
pub(crate) mod exact_option {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<f64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Exact).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<f64>, D::Error> {
        let exact = Option::<Exact>::deserialize(deserializer)?;
        Ok(exact.map(|exact| exact.0))
    }
}

struct Exact(f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map(Self).map_err(D::Error::custom)
        } else {
            f64::deserialize(deserializer).map(Self)
        }
    }
}

/// An enum of `domain` by its text.
pub(crate) mod text {
    use super::*;

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// [`Parsing`] with every field written.
pub(crate) mod parsing {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Form {
        decimal_comma: bool,
        missing_words: Vec<String>,
        true_word: Option<String>,
        date_order: Option<String>,
    }

    pub(crate) fn serialize<S: Serializer>(
        value: &Parsing,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let Parsing {
            decimal_comma,
            missing_words,
            true_word,
            date_order,
        } = value.clone();
        let form = Form {
            decimal_comma,
            missing_words,
            true_word,
            date_order,
        };
        form.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Parsing, D::Error> {
        let form = Form::deserialize(deserializer)?;
        Ok(Parsing {
            decimal_comma: form.decimal_comma,
            missing_words: form.missing_words,
            true_word: form.true_word,
            date_order: form.date_order,
        })
    }
}
