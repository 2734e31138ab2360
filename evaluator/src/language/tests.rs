//! Reports say what the pages say, and all of it in both languages.

use super::Language;
use super::french::FRENCH;
use domain::task::Metric;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of the web app's texts.
fn texts(language: Language, file: &str) -> Value {
    let folder = "dashboard/web/src/shared/i18n/locales";
    let path = root().join(folder).join(language.code()).join(file);
    serde_json::from_str(&read(&path)).unwrap()
}

#[test]
fn metrics_are_called_as_on_the_pages() {
    for language in Language::ALL {
        let texts = texts(language, "pipelines.json");
        for metric in Metric::ALL {
            assert_eq!(language.metric(*metric), texts["metric"][metric.as_str()]);
        }
    }
}

#[test]
fn algorithms_are_called_as_on_the_pages() {
    for language in Language::ALL {
        let texts = texts(language, "common.json");
        for algorithm in ml::registry::algorithms() {
            let name = language.algorithm(algorithm.name);
            assert_eq!(name, texts["algorithm"][algorithm.name]);
        }
    }
}

/// Crates whose messages a report repeats.
const TELLERS: [&str; 3] = ["platform/tables/src", "data-preparer/src", "evaluator/src"];
/// What codes of messages begin with.
const NOUNS: [&str; 6] = [
    "caution.",
    "evaluate.",
    "plot.",
    "prepare.",
    "profile.",
    "table.",
];
/// What tells progress, or ends a stage so that there is no report.
const NEVER_IN_A_REPORT: [&str; 28] = [
    "evaluate.cancelled",
    "evaluate.done",
    "evaluate.done_without_choice",
    "evaluate.done_without_interval",
    "evaluate.done_without_test",
    "evaluate.measuring",
    "evaluate.no_models",
    "evaluate.nothing_predicts",
    "prepare.groups_of_one_class",
    "prepare.done",
    "prepare.empty_split",
    "prepare.metric",
    "prepare.no_columns",
    "prepare.not_binary",
    "prepare.one_class",
    "prepare.positive_class",
    "prepare.reading",
    "prepare.split_by_target",
    "prepare.split_column",
    "prepare.splitting",
    "prepare.target_empty",
    "prepare.target_missing",
    "prepare.target_not_numeric",
    "prepare.temporary_folder",
    "prepare.too_few_rows",
    "prepare.too_many_classes",
    "prepare.unknown_column",
    "table.unwritten",
];

/// The codes in a source, without those of the tests at its end.
fn codes(source: &str) -> Vec<&str> {
    let sent = source.split("#[cfg(test)]\nmod tests {").next();
    let sent = sent.unwrap_or_default();
    let of = |noun: &str| {
        let begun = format!("\"{noun}");
        let found = sent
            .match_indices(&begun)
            .map(|(place, _)| &sent[place + 1..]);
        let codes = found.filter_map(|rest| rest.split('"').next());
        codes
            .filter(|code| code.len() > noun.len())
            .filter(|code| {
                code.bytes()
                    .all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
            })
            .collect::<Vec<_>>()
    };
    NOUNS.iter().flat_map(|noun| of(noun)).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && !path.ends_with("tests.rs")
        {
            found.push(path);
        }
    }
}

#[test]
fn whatever_a_report_may_have_to_say_it_can_say_in_french() {
    let mut files = Vec::new();
    for teller in TELLERS {
        sources(&root().join(teller), &mut files);
    }
    let read: Vec<String> = files.iter().map(|path| read(path)).collect();
    let told: BTreeSet<&str> = read.iter().flat_map(|source| codes(source)).collect();
    assert!(told.contains("profile.ambiguous_numbers") && told.contains("evaluate.wins"));
    let french = |code: &str| FRENCH.iter().any(|(known, _)| *known == code);
    let missing: Vec<&str> = told
        .into_iter()
        .filter(|code| !french(code) && !NEVER_IN_A_REPORT.contains(code))
        .collect();
    assert!(missing.is_empty(), "without a French template: {missing:?}");
}
