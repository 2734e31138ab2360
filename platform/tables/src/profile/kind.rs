//! What a column's values are, decided by all of its different texts.

use super::comma::Marks;
use super::numbers::Spread;
use super::sentinel;
use crate::raw::{MISSING, RawColumn, Texts};
use domain::profile::{ColumnKind, Parsing};
use ml::values::{
    boolean_word, is_missing_word, is_unknown_word, parse_datetime, parse_number, true_word,
};
use std::collections::HashSet;

/// How a column was understood.
pub(crate) struct Reading {
    pub(crate) kind: ColumnKind,
    pub(crate) parsing: Parsing,
    /// Rows with each text.
    pub(crate) counts: Vec<u64>,
    /// Which texts stand for "no value".
    pub(crate) missing: Vec<bool>,
    /// For numbers and moments, the value of each text; NaN where it has none.
    pub(crate) values: Vec<f64>,
    /// The numbers, in order.
    pub(crate) spread: Spread,
    /// Both day-first and month-first would do.
    pub(crate) ambiguous_dates: bool,
    /// The comma could separate decimals as well as thousands.
    pub(crate) ambiguous_numbers: bool,
}

impl Reading {
    /// Rows whose text is a value but not one of this kind.
    pub(crate) fn unparsed(&self) -> impl Iterator<Item = (u32, u64)> {
        let odd = |level: &usize| !self.missing[*level] && self.counts[*level] > 0;
        let values = self.values.iter().enumerate();
        values
            .filter(move |(level, value)| value.is_nan() && odd(level))
            .filter_map(|(level, _)| Some((u32::try_from(level).ok()?, self.counts[level])))
    }
}

/// The texts of a column while its kind is being decided.
struct Evidence<'a> {
    texts: &'a Texts,
    counts: &'a [u64],
    missing: &'a [bool],
}

impl Evidence<'_> {
    /// Numbers and texts that are neither missing nor unknown, with their rows.
    fn values(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        (self.texts.iter().enumerate())
            .map(|(level, text)| (level, text, self.counts[level]))
            .filter(|(level, text, rows)| {
                *rows > 0 && !self.missing[*level] && !is_unknown_word(text)
            })
    }
}

/// Decides what `column` is; `marks` tells how the file as a whole writes numbers.
pub(crate) fn read(name: &str, column: &RawColumn, marks: Marks) -> Reading {
    let texts = &column.texts;
    let mut counts = vec![0_u64; texts.len()];
    for &code in column.codes.iter().filter(|code| **code != MISSING) {
        counts[code as usize] += 1;
    }
    let missing = missing_words(texts);
    let evidence = Evidence {
        texts,
        counts: &counts,
        missing: &missing,
    };
    let (mut reading, words) = numeric(&evidence, marks)
        .or_else(|| datetime(&evidence))
        .unwrap_or_else(|| words(&evidence));
    reading.counts = counts;
    reading.missing = missing;
    for word in words {
        reading.missing[word] = true;
    }
    let listed = texts
        .iter()
        .enumerate()
        .filter(|(level, _)| reading.missing[*level]);
    reading.parsing.missing_words = listed.map(|(_, text)| text.to_owned()).collect();
    reading.spread = Spread::new(&reading.values, &reading.counts, &reading.missing);
    if let Some(kind) = super::column::id_or_text(name, column, &reading) {
        reading.kind = kind;
        reading.values.clear();
        reading.spread = Spread::default();
    }
    reading
}

/// The texts that always mean "no value", except a minus sign beside a plus sign: classes.
fn missing_words(texts: &Texts) -> Vec<bool> {
    let has_plus = texts.iter().any(|text| text == "+");
    let missing = |text: &str| is_missing_word(text) && !(has_plus && text == "-");
    texts.iter().map(missing).collect()
}

fn reading(kind: ColumnKind, parsing: Parsing, values: Vec<f64>) -> Reading {
    Reading {
        kind,
        parsing,
        counts: Vec::new(),
        missing: Vec::new(),
        values,
        spread: Spread::default(),
        ambiguous_dates: false,
        ambiguous_numbers: false,
    }
}

/// The value of each text, NaN where it is no number.
pub(crate) fn numbers(texts: &Texts, decimal_comma: bool) -> Vec<f64> {
    let value = |text| parse_number(text, decimal_comma).unwrap_or(f64::NAN);
    texts.iter().map(value).collect()
}

/// The value of each text, NaN where it is no moment.
pub(crate) fn moments(texts: &Texts, order: &str) -> Vec<f64> {
    let value = |text| parse_datetime(text, order).unwrap_or(f64::NAN);
    texts.iter().map(value).collect()
}

/// Numbers, and which other texts stand for "no value" among them.
fn numeric(evidence: &Evidence<'_>, marks: Marks) -> Option<(Reading, Vec<usize>)> {
    // Most columns of words are told by their first few texts, without parsing the rest.
    let mut first = evidence.values().take(64);
    first.find(|(_, text, _)| {
        parse_number(text, false).is_some() || parse_number(text, true).is_some()
    })?;
    let (decimal_comma, ambiguous) = marks.read(evidence.texts);
    let values = numbers(evidence.texts, decimal_comma);
    let (mut rows, mut levels, mut odd_rows, mut odd) = (0, 0, 0, Vec::new());
    for (level, text, count) in evidence.values() {
        if !values[level].is_nan() {
            rows += count;
            levels += 1;
        } else if !text.eq_ignore_ascii_case("none") {
            odd_rows += count;
            odd.push((level, text));
        }
    }
    if levels == 0 || are_codes(evidence) {
        return None;
    }
    let is_word = |text: &str| text.chars().all(char::is_alphabetic);
    let total = rows + odd_rows;
    // One or two words among many numbers (`absent` among grades) say that there is none.
    let words = levels >= 10
        && odd.len() <= 3
        && odd_rows * 5 <= total
        && odd.iter().all(|(_, text)| is_word(text));
    let slips = levels >= 3 && odd_rows <= (total / 100).max(u64::from(total >= 20));
    if !words && !slips && odd_rows > 0 {
        return None;
    }
    let mut stand_for_nothing: Vec<usize> = if words {
        odd.iter().map(|(level, _)| *level).collect()
    } else {
        Vec::new()
    };
    let unknown = |(level, text): &(usize, &str)| {
        values[*level].is_nan() && (is_unknown_word(text) || text.eq_ignore_ascii_case("none"))
    };
    let levels = evidence.texts.iter().enumerate();
    stand_for_nothing.extend(levels.filter(unknown).map(|(level, _)| level));
    stand_for_nothing.extend(sentinel::find(&values, evidence.counts));
    let parsing = Parsing {
        decimal_comma,
        ..Parsing::default()
    };
    let mut reading = reading(ColumnKind::Numeric, parsing, values);
    reading.ambiguous_numbers = ambiguous;
    Some((reading, stand_for_nothing))
}

/// Digits with leading zeros, all equally long (`00742`): codes, not quantities.
fn are_codes(evidence: &Evidence<'_>) -> bool {
    let mut length = None;
    let mut zeros = false;
    for (_, text, _) in evidence.values() {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        zeros |= text.len() > 1 && text.starts_with('0');
        if *length.get_or_insert(text.len()) != text.len() {
            return false;
        }
    }
    zeros
}

/// Days and moments, in the order that reads most of them.
fn datetime(evidence: &Evidence<'_>) -> Option<(Reading, Vec<usize>)> {
    let reads = |order: &str| {
        evidence
            .values()
            .take(32)
            .any(|(_, t, _)| parse_datetime(t, order).is_some())
    };
    let total: u64 = evidence.values().map(|(.., rows)| rows).sum();
    let mut best: Option<(u64, &str, Vec<f64>)> = None;
    let mut rows_by_order = [0; 3];
    for (place, order) in ["ymd", "dmy", "mdy"].into_iter().enumerate() {
        if !reads(order) {
            continue;
        }
        let values = moments(evidence.texts, order);
        let parsed = evidence
            .values()
            .filter(|(level, ..)| !values[*level].is_nan());
        let rows: u64 = parsed.map(|(.., rows)| rows).sum();
        rows_by_order[place] = rows;
        if best.as_ref().is_none_or(|(most, ..)| rows > *most) {
            best = Some((rows, order, values));
        }
    }
    let (rows, order, values) = best.filter(|(rows, ..)| *rows > 0)?;
    if (total - rows) * 20 > total {
        return None;
    }
    let unknown = |(_, text): &(usize, &str)| is_unknown_word(text);
    let levels = evidence.texts.iter().enumerate();
    let stand_for_nothing = levels.filter(unknown).map(|(level, _)| level).collect();
    let parsing = Parsing {
        date_order: Some(order.to_owned()),
        ..Parsing::default()
    };
    let mut reading = reading(ColumnKind::Datetime, parsing, values);
    let [ymd, dmy, mdy] = rows_by_order;
    reading.ambiguous_dates = dmy == mdy && dmy > ymd;
    Some((reading, stand_for_nothing))
}

/// Words: yes and no, or levels.
fn words(evidence: &Evidence<'_>) -> (Reading, Vec<usize>) {
    let different = evidence.values().count();
    let unknown =
        |(level, text): &(usize, &str)| !evidence.missing[*level] && is_unknown_word(text);
    let levels = evidence.texts.iter().enumerate();
    // With a single other level, "unknown" is what tells the rows apart.
    let stand_for_nothing: Vec<usize> = if different >= 2 {
        levels.filter(unknown).map(|(level, _)| level).collect()
    } else {
        Vec::new()
    };
    let mut parsing = Parsing::default();
    let mut kind = ColumnKind::Categorical;
    if different <= 6
        && evidence
            .values()
            .all(|(_, text, _)| boolean_word(text).is_some())
    {
        let lower: HashSet<String> = evidence
            .values()
            .map(|(_, t, _)| t.to_lowercase())
            .collect();
        let said = |wanted| {
            evidence
                .values()
                .find(|(_, t, _)| boolean_word(t) == Some(wanted))
        };
        if let (2, Some((_, yes, _)), Some((_, no, _))) = (lower.len(), said(true), said(false))
            && true_word(yes, no).is_some()
        {
            kind = ColumnKind::Boolean;
            parsing.true_word = Some(yes.to_owned());
        }
    }
    (reading(kind, parsing, Vec::new()), stand_for_nothing)
}
