//! The description of one column.

use super::kind::Reading;
use super::warn;
use crate::raw::RawColumn;
use domain::profile::{ColumnKind, ColumnProfile, TopValue};

const TOP: usize = 20;
/// Characters of a frequent text that are shown.
const SHOWN: usize = 200;
/// Fewer rows say nothing about whether values are each row's own.
const FEW: u64 = 20;

/// Describes a column as `reading` understood it.
pub(super) fn describe(
    name: &str,
    column: &RawColumn,
    reading: &Reading,
    rows: usize,
) -> ColumnProfile {
    let spread = &reading.spread;
    let is_number = matches!(reading.kind, ColumnKind::Numeric | ColumnKind::Datetime);
    let mut levels: Vec<(usize, u64)> = if is_number {
        spread.levels().collect()
    } else {
        let levels = reading.counts.iter().copied().enumerate();
        levels
            .filter(|(level, count)| *count > 0 && !reading.missing[*level])
            .collect()
    };
    let present: u64 = levels.iter().map(|(_, count)| count).sum();
    let unique = levels.len() as u64;
    let by_count = |a: &(usize, u64), b: &(usize, u64)| b.1.cmp(&a.1).then(a.0.cmp(&b.0));
    if levels.len() > TOP {
        levels.select_nth_unstable_by(TOP - 1, by_count);
        levels.truncate(TOP);
    }
    levels.sort_by(by_count);
    let text = |level: usize| u32::try_from(level).map_or("", |code| column.texts.get(code));
    let top = levels.iter().map(|(level, count)| TopValue {
        value: shown(text(*level)),
        count: *count,
    });
    let mut profile = ColumnProfile {
        name: name.to_owned(),
        kind: reading.kind,
        missing: rows as u64 - present,
        unique,
        min: spread.min(),
        max: spread.max(),
        mean: spread.mean(),
        std: spread.std(),
        quantiles: spread.quantiles(),
        top: top.collect(),
        histogram: spread.histogram(),
        parsing: reading.parsing.clone(),
        warnings: Vec::new(),
    };
    profile.warnings = warn::column(&profile, column, reading, rows as u64);
    profile
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// [`ColumnKind::Id`] or [`ColumnKind::Text`] if the values are each row's own or free words.
pub(super) fn id_or_text(name: &str, column: &RawColumn, reading: &Reading) -> Option<ColumnKind> {
    match reading.kind {
        ColumnKind::Numeric => numbered(name, reading),
        ColumnKind::Categorical => words_of_own(name, column, reading),
        _ => None,
    }
}

/// Whole numbers that count the rows, or are called an id. Where most rows share theirs, they are
/// levels: of a shop one can learn something, of a row number one cannot.
fn numbered(name: &str, reading: &Reading) -> Option<ColumnKind> {
    let spread = &reading.spread;
    let (rows, unique) = (spread.rows(), spread.unique());
    let (min, max) = (spread.min()?, spread.max()?);
    if rows < 2 || !spread.all_whole() || reading.unparsed().next().is_some() {
        return None;
    }
    let counts_rows = unique == rows && max - min + 1.0 == unique as f64 && rows >= FEW;
    let named = is_id_name(name);
    if counts_rows || named && (unique == rows || unique * 2 > rows && rows >= FEW) {
        return Some(ColumnKind::Id);
    }
    (named && unique > FEW && unique < rows).then_some(ColumnKind::Categorical)
}

fn words_of_own(name: &str, column: &RawColumn, reading: &Reading) -> Option<ColumnKind> {
    let (mut rows, mut unique, mut characters, mut words) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut spaced, mut coded) = (0_u64, 0_u64);
    for (level, text) in column.levels().enumerate() {
        let count = reading.counts[level];
        if count == 0 || reading.missing[level] {
            continue;
        }
        let parts = text.split_whitespace().count() as u64;
        rows += count;
        unique += 1;
        characters += text.chars().count() as u64;
        words += parts;
        spaced += u64::from(parts > 1);
        coded += u64::from(
            text.bytes()
                .any(|byte| byte.is_ascii_digit() || byte == b'@'),
        );
    }
    if rows < FEW {
        return None;
    }
    let (mean_words, mean_characters) = (words / unique.max(1), characters / unique.max(1));
    let nearly_all_different = unique * 10 >= rows * 9;
    if unique == rows && spaced == 0 || nearly_all_different && coded == unique && spaced == 0 {
        return Some(ColumnKind::Id);
    }
    if is_id_name(name) && spaced == 0 && unique * 2 > rows {
        return Some(ColumnKind::Id);
    }
    let long = mean_words >= 3 && mean_characters >= 16;
    let is_text = long && unique * 10 > rows * 3 && unique > FEW
        || mean_words >= 8 && unique > FEW
        || nearly_all_different && spaced * 2 > unique;
    is_text.then_some(ColumnKind::Text)
}

/// Whether a column of this name is meant to tell rows apart.
pub(super) fn is_id_name(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "id",
        "uid",
        "uuid",
        "guid",
        "key",
        "index",
        "idx",
        "rownames",
        "rowname",
        "row_names",
        "rowid",
        "row_id",
        "no",
        "num",
        "numero",
        "identifier",
        "identifiant",
        "matricule",
        "code_apogee",
        "apogee",
        "cne",
        "massar",
    ];
    let name = name
        .trim()
        .to_lowercase()
        .replace([' ', '-', '.'], "_")
        .replace('é', "e");
    NAMES.contains(&name.as_str())
        || name.starts_with("unnamed")
        || name.ends_with("_id")
        || name.starts_with("id_")
        || name.ends_with("_uuid")
}
