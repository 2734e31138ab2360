//! What a person should know before training. Each warning is one fact and one line of advice;
//! nothing is dropped because of it until a person, or the preparation they asked for, says so.

use super::column::is_id_name;
use super::kind::Reading;
use crate::raw::RawColumn;
use crate::raw::RawTable;
use domain::Message;
use domain::profile::{ColumnKind, ColumnProfile};
use std::collections::{HashMap, HashSet};

/// Tables with more rows are not searched for repeated ones: it takes eight bytes a row.
const MAX_COMPARED: usize = 20_000_000;

fn message(code: &str, column: &str, text: String) -> Message {
    Message::new(code, text).with("column", column)
}

/// The warnings about one column.
pub(super) fn column(
    profile: &ColumnProfile,
    column: &RawColumn,
    reading: &Reading,
    rows: u64,
) -> Vec<Message> {
    let name = profile.name.as_str();
    let mut warnings = Vec::new();
    if profile.unique == 0 {
        let text = format!("`{name}` has no value in any row. Leave it out.");
        warnings.push(message("profile.empty", name, text));
        return warnings;
    }
    if profile.unique == 1 && profile.missing == 0 {
        let text =
            format!("`{name}` has the same value in every row. It teaches nothing: leave it out.");
        warnings.push(message("profile.constant", name, text));
    }
    warnings.extend(id(profile, rows));
    if profile.missing * 2 > rows {
        let percent = profile.missing * 100 / rows.max(1);
        let text = format!(
            "`{name}` has no value in {percent} % of the rows. Keep it only if a missing value means something."
        );
        let warning = message("profile.high_missing", name, text);
        warnings.push(
            warning
                .with("percent", percent)
                .with("missing", profile.missing),
        );
    }
    warnings.extend(taken_for_missing(name, column, reading));
    warnings.extend(unparsed(name, column, reading));
    if reading.ambiguous_dates {
        let text = format!(
            "The dates in `{name}` could be day-first or month-first; they are read day-first. \
             Write them as 2024-12-31 if that is wrong."
        );
        warnings.push(message("profile.ambiguous_dates", name, text));
    }
    if reading.ambiguous_numbers && profile.kind == ColumnKind::Numeric {
        let example = column.levels().find(|text| text.contains(','));
        let example = example.unwrap_or_default();
        let text = format!(
            "The commas in `{name}`, as in `{example}`, could separate thousands or decimals; they \
             are read as thousands. Write decimals with a point (3.142) if that is wrong, or \
             thousands without a comma if it is right."
        );
        warnings.push(message("profile.ambiguous_numbers", name, text).with("example", example));
    }
    if profile.kind == ColumnKind::Text && profile.is_all_different(rows) {
        let text = format!(
            "`{name}` has a different text in every row, and texts are learned from as a whole: it \
             teaches nothing. Leave it out."
        );
        warnings.push(message("profile.all_different", name, text));
    }
    if profile.kind == ColumnKind::Categorical {
        warnings.extend(levels(profile, column, reading, rows));
    }
    warnings
}

/// Values of each row's own, and ids that several rows share.
fn id(profile: &ColumnProfile, rows: u64) -> Option<Message> {
    let name = profile.name.as_str();
    let present = rows - profile.missing;
    let is_id = profile.kind == ColumnKind::Id;
    let is_word = is_id || profile.kind == ColumnKind::Categorical;
    if is_word && profile.unique < present && profile.unique > 20 && is_id_name(name) {
        let text = format!(
            "Several rows share one `{name}`. Split by it, so that the same one is not both \
             learned from and tested on."
        );
        return Some(message("profile.group", name, text).with("unique", profile.unique));
    }
    let text = format!(
        "`{name}` names each row and says nothing about others. Leave it out of the features."
    );
    is_id.then(|| message("profile.id", name, text))
}

/// Words and numbers that were taken for "no value" although a person could mean them.
fn taken_for_missing(name: &str, column: &RawColumn, reading: &Reading) -> Option<Message> {
    let is_plain = |text: &str| ml::values::is_missing_word(text) && text != "-" && text != "--";
    let levels = column.levels().enumerate();
    let taken: Vec<(usize, &str)> = levels
        .filter(|(level, text)| {
            reading.missing[*level] && reading.counts[*level] > 0 && !is_plain(text)
        })
        .collect();
    if taken.is_empty() {
        return None;
    }
    let rows: u64 = taken.iter().map(|(level, _)| reading.counts[*level]).sum();
    let words: Vec<&str> = taken.iter().map(|(_, text)| *text).take(10).collect();
    let text = format!(
        "In `{name}`, {} is taken for a missing value ({rows} rows). Write it differently if it is a value.",
        words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let warning = message("profile.missing_words", name, text);
    Some(warning.with("words", words).with("rows", rows))
}

/// Texts that are no value of the column's kind and become missing.
fn unparsed(name: &str, column: &RawColumn, reading: &Reading) -> Option<Message> {
    let (mut rows, mut example) = (0, None);
    for (level, count) in reading.unparsed() {
        rows += count;
        example.get_or_insert(level);
    }
    let example = column.texts.get(example?);
    let what = match reading.kind {
        ColumnKind::Datetime => "a date",
        _ => "a number",
    };
    let text = format!(
        "In `{name}`, {rows} rows hold something that is not {what}, such as `{}`; it becomes a \
         missing value. Correct it in the file if it matters.",
        example.chars().take(50).collect::<String>()
    );
    let warning = message("profile.unparsed", name, text);
    Some(warning.with("rows", rows).with("example", example))
}

/// Too many levels, and levels that differ in case only.
fn levels(
    profile: &ColumnProfile,
    column: &RawColumn,
    reading: &Reading,
    rows: u64,
) -> Vec<Message> {
    let name = profile.name.as_str();
    let mut warnings = Vec::new();
    let present = rows - profile.missing;
    if profile.unique > 100 && profile.unique * 2 > present {
        let text = format!(
            "`{name}` has {} different values in {present} rows. Most are too rare to learn from: \
             group them, or leave the column out.",
            profile.unique
        );
        warnings
            .push(message("profile.high_cardinality", name, text).with("unique", profile.unique));
    }
    if profile.unique <= 1000 {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (level, text) in column.levels().enumerate() {
            if reading.missing[level] || reading.counts[level] == 0 {
                continue;
            }
            let Some(other) = seen.insert(text.to_lowercase(), text) else {
                continue;
            };
            let text_en = format!(
                "`{name}` holds both `{other}` and `{text}`, which count as two values. Write them alike if they are one."
            );
            let warning = message("profile.similar_levels", name, text_en);
            warnings.push(warning.with("one", other).with("other", text));
            break;
        }
    }
    warnings
}

/// The warnings about the table as a whole.
pub(super) fn table(raw: &RawTable, columns: &[ColumnProfile]) -> Vec<Message> {
    let mut warnings = Vec::new();
    if raw.rows < 50 {
        let text = format!(
            "The table has {} rows: scores will be uncertain. Add rows if you can.",
            raw.rows
        );
        warnings.push(Message::new("profile.few_rows", text).with("rows", raw.rows));
    }
    if raw.width() > raw.rows {
        let text = format!(
            "The table has more columns ({}) than rows ({}). Leave out those that cannot matter.",
            raw.width(),
            raw.rows
        );
        let warning = Message::new("profile.wide", text).with("columns", raw.width());
        warnings.push(warning.with("rows", raw.rows));
    }
    let repeated = repeated_rows(raw, columns);
    if repeated > 0 {
        let text = format!(
            "{repeated} rows repeat an earlier row in every column but ids. Remove them unless they are real repetitions."
        );
        warnings.push(Message::new("profile.duplicate_rows", text).with("rows", repeated));
    }
    warnings
}

/// Rows that equal an earlier one in everything but ids, told by a hash of 64 bits.
fn repeated_rows(raw: &RawTable, columns: &[ColumnProfile]) -> usize {
    let counted: Vec<&RawColumn> = (raw.columns.iter().zip(columns))
        .filter(|(_, profile)| {
            profile.kind != ColumnKind::Id || profile.unique + profile.missing < raw.rows as u64
        })
        .map(|(column, _)| column)
        .collect();
    // A column of different values settles it.
    let settled = counted.iter().any(|column| {
        column.texts.len() == raw.rows && column.codes.iter().all(|code| *code != u32::MAX)
    });
    if counted.is_empty() || settled || raw.rows > MAX_COMPARED {
        return 0;
    }
    let mut hashes = vec![0x9e37_79b9_7f4a_7c15_u64; raw.rows];
    for column in counted {
        for (hash, &code) in hashes.iter_mut().zip(&column.codes) {
            let mixed = (*hash ^ u64::from(code)).wrapping_mul(0x9fb2_1c65_1e98_df25);
            *hash = mixed ^ (mixed >> 32);
        }
    }
    let different: HashSet<u64> = hashes.iter().copied().collect();
    hashes.len() - different.len()
}
