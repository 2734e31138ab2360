//! Settings: a commented default file compiled in, then a file, then the environment.

use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Environment variables with this prefix are settings: `MICROLEARN__SECTION__KEY`.
pub const PREFIX: &str = "MICROLEARN__";

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML.
    #[error("{origin} is not valid: {source}")]
    Syntax {
        /// Which one.
        origin: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// It is TOML, and says something that cannot be meant.
    #[error("the configuration cannot be used: {0}")]
    Meaning(Box<toml::de::Error>),
    /// An environment variable names no setting.
    #[error("{PREFIX}{0} names no setting: write {PREFIX}SECTION__KEY")]
    Variable(String),
}

/// Merges the three sources, later ones winning, and parses them into `T`.
pub fn load<T: DeserializeOwned>(
    default: &str,
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut merged = parse(default, "default.toml")?;
    if let Some(path) = file {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        merge(&mut merged, parse(&text, &path.display().to_string())?);
    }
    for (name, value) in environment {
        if let Some(path) = name.strip_prefix(PREFIX) {
            let parts: Vec<String> = path.split("__").map(str::to_lowercase).collect();
            set(&mut merged, &parts, &value).ok_or_else(|| ConfigError::Variable(path.into()))?;
        }
    }
    T::deserialize(Value::Table(merged)).map_err(|error| ConfigError::Meaning(Box::new(error)))
}

fn parse(text: &str, origin: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|source| ConfigError::Syntax {
        origin: origin.to_owned(),
        source: Box::new(source),
    })
}

fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}

/// Sets one value. What reads as a TOML value is one; everything else is text, so that URLs and
/// sizes need no quotes in a shell.
fn set(table: &mut Table, path: &[String], text: &str) -> Option<()> {
    let (key, rest) = path.split_first().filter(|(key, _)| !key.is_empty())?;
    if rest.is_empty() {
        let known_text = matches!(table.get(key), Some(Value::String(_)));
        let parsed = format!("value = {text}").parse::<Table>().ok();
        let value = parsed
            .and_then(|mut parsed| parsed.remove("value"))
            .filter(|value| !known_text || value.is_str())
            .unwrap_or_else(|| Value::String(text.to_owned()));
        table.insert(key.clone(), value);
        return Some(());
    }
    let inner = table
        .entry(key.clone())
        .or_insert_with(|| Value::Table(Table::new()));
    set(inner.as_table_mut()?, rest, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        store: Url,
        size: u32,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Url {
        url: String,
    }

    const DEFAULT: &str = "size = 1\n[store]\nurl = \"sqlite:a\"\n";

    fn env(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn the_environment_wins_and_needs_no_quotes() {
        let loaded: Sample = load(
            DEFAULT,
            None,
            env("MICROLEARN__STORE__URL", "postgres://a@b/c"),
        )
        .unwrap();
        assert_eq!(loaded.store.url, "postgres://a@b/c");
        let loaded: Sample = load(DEFAULT, None, env("MICROLEARN__SIZE", "7")).unwrap();
        assert_eq!(loaded.size, 7);
        let loaded: Sample = load(DEFAULT, None, env("MICROLEARN__STORE__URL", "12")).unwrap();
        assert_eq!(loaded.store.url, "12");
    }

    #[test]
    fn a_misspelt_setting_is_refused_by_name() {
        let error = load::<Sample>(DEFAULT, None, env("MICROLEARN__STORE__ULR", "x")).unwrap_err();
        assert!(error.to_string().contains("ulr"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Path::new("/no/such/file.toml");
        let error = load::<Sample>(DEFAULT, Some(missing), []).unwrap_err();
        assert!(error.to_string().contains("/no/such/file.toml"), "{error}");
    }
}
