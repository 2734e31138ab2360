//! Which columns go in, and how their cells are written.

use super::forms;
use crate::values::{is_missing_word, is_unknown_word, parse_datetime, parse_number};
use domain::profile::{ColumnKind, ColumnProfile, Parsing, Profile};
use serde::{Deserialize, Serialize};

/// The columns that a recipe learns from, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// One description a column.
    pub columns: Vec<SchemaColumn>,
}

/// One column of a [`Schema`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaColumn {
    /// Its name in files and in requests.
    pub name: String,
    /// What its values are.
    #[serde(with = "forms::text")]
    pub kind: ColumnKind,
    /// How its cells are written.
    #[serde(with = "forms::parsing")]
    pub parsing: Parsing,
    /// Smallest value seen; for forms and hints, never a limit.
    #[serde(with = "forms::exact_option")]
    pub min: Option<f64>,
    /// Largest value seen.
    #[serde(with = "forms::exact_option")]
    pub max: Option<f64>,
    /// A typical value, for a form to begin with.
    pub example: Option<Example>,
}

/// A typical value of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Example {
    /// A number.
    Number(#[serde(with = "forms::exact")] f64),
    /// A word, a day or a moment as the file writes it.
    Text(String),
}

impl Example {
    /// The value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Number(value) => (*value).into(),
            Self::Text(text) => text.clone().into(),
        }
    }
}

impl Schema {
    /// The columns of `profile` that are among `features`, in the profile's order.
    #[must_use]
    pub fn from_profile(profile: &Profile, features: &[String]) -> Self {
        let chosen = |column: &&ColumnProfile| features.contains(&column.name);
        Self {
            columns: profile
                .columns
                .iter()
                .filter(chosen)
                .map(SchemaColumn::from_profile)
                .collect(),
        }
    }

    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&SchemaColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl SchemaColumn {
    /// A column without anything known but its kind.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            name: name.into(),
            kind,
            parsing: Parsing::default(),
            min: None,
            max: None,
            example: None,
        }
    }

    fn from_profile(profile: &ColumnProfile) -> Self {
        let word = profile.top.first().map(|t| Example::Text(t.value.clone()));
        let example = match profile.kind {
            ColumnKind::Numeric => profile.quantiles.map(|q| Example::Number(q.p50)),
            _ => None,
        };
        Self {
            name: profile.name.clone(),
            kind: profile.kind,
            parsing: profile.parsing.clone(),
            min: profile.min,
            max: profile.max,
            example: example.or(word),
        }
    }

    /// Whether the values are stored as numbers.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        matches!(self.kind, ColumnKind::Numeric | ColumnKind::Datetime)
    }

    /// Reads one cell of a numeric or datetime column: NaN where it stands for "no value", `None`
    /// where it says something else. What the column's own files would write is tried first,
    /// then the plain form.
    #[must_use]
    pub fn number(&self, cell: &str) -> Option<f64> {
        let cell = cell.trim();
        if self.says_missing(cell) {
            return Some(f64::NAN);
        }
        if self.kind == ColumnKind::Datetime {
            let order = self.parsing.date_order.as_deref().unwrap_or("ymd");
            let own = parse_datetime(cell, order);
            return own.or_else(|| parse_datetime(cell, "ymd"));
        }
        let comma = self.parsing.decimal_comma;
        let own = parse_number(cell, comma);
        let value = own.or_else(|| comma.then(|| parse_number(cell, false)).flatten())?;
        Some(self.present(value))
    }

    /// The value, or NaN where the column's numbers write "no value" like this (`-999`).
    #[must_use]
    pub fn present(&self, value: f64) -> f64 {
        let comma = self.parsing.decimal_comma;
        let mut words = self.parsing.missing_words.iter();
        if words.any(|word| parse_number(word, comma) == Some(value)) {
            return f64::NAN;
        }
        value
    }

    /// Whether a cell stands for "no value" in this column: by the rules that decided so when its
    /// file was read, of which a column of words has one more that depends on its levels.
    #[must_use]
    pub fn says_missing(&self, cell: &str) -> bool {
        let mut listed = self.parsing.missing_words.iter();
        if is_missing_word(cell) || listed.any(|word| word == cell) {
            return true;
        }
        let mut listed = self.parsing.missing_words.iter();
        self.is_numeric()
            && (is_unknown_word(cell)
                || listed.any(|word| word.eq_ignore_ascii_case(cell))
                || (self.kind == ColumnKind::Numeric && cell.eq_ignore_ascii_case("none")))
    }
}
