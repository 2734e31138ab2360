//! Separator, quote and decimal mark of a delimited text, by consistency.

use super::header;
use crate::delimited::{Records, is_separator_line};
use csv::StringRecord;
use domain::dataset::FormatOptions;
use ml::values::parse_number;

/// Records that are looked at.
const RECORDS: usize = 200;

/// In order of preference. A colon also stands in times, so it comes last and needs more reason.
const DELIMITERS: [char; 5] = [',', ';', '\t', '|', ':'];

/// What the beginning of a text, ending with a whole line, is written like.
pub(super) fn find(sample: &str, encoding: &str) -> FormatOptions {
    let quote = quote(sample);
    let mut best: Option<(Score, FormatOptions, Vec<StringRecord>)> = None;
    for delimiter in DELIMITERS {
        let mut options = FormatOptions {
            delimiter: Some(delimiter),
            quote: Some(quote),
            header: Some(true),
            encoding: encoding.to_owned(),
            decimal_comma: false,
            compression: None,
        };
        let mut records = records(sample, &options);
        // Excel's first line says it outright.
        let start = sample.trim_start_matches(['"', '\'', '\r', '\n']);
        let told = start
            .strip_prefix("sep=")
            .is_some_and(|rest| rest.starts_with(delimiter));
        if records.first().is_some_and(is_separator_line) {
            records.remove(0);
        }
        options.decimal_comma = delimiter != ',' && writes_decimal_commas(&records);
        let score = if told {
            Score(2.0, 0.0, 0)
        } else {
            score(delimiter, &records, options.decimal_comma)
        };
        if best
            .as_ref()
            .is_none_or(|(so_far, ..)| score.better_than(so_far))
        {
            best = Some((score, options, records));
        }
    }
    let Some((_, mut options, records)) = best else {
        return FormatOptions {
            delimiter: Some(','),
            quote: Some(quote),
            header: Some(true),
            encoding: encoding.to_owned(),
            decimal_comma: false,
            compression: None,
        };
    };
    options.header = Some(header::is_first(&records, options.decimal_comma));
    options
}

/// Share of records as wide as the first, share of cells that look like one value, width.
#[derive(Clone, Copy, Debug)]
struct Score(f64, f64, usize);

impl Score {
    fn better_than(&self, other: &Self) -> bool {
        // One odd row must not turn the decision, so that the row can be named in the error.
        let (a, b) = ((self.0 * 10.0).round(), (other.0 * 10.0).round());
        (a, self.1, self.2) > (b, other.1, other.2)
    }
}

fn score(delimiter: char, records: &[StringRecord], decimal_comma: bool) -> Score {
    let width = records.first().map_or(0, StringRecord::len);
    if width < 2 {
        // No such separator in the first line: everything else is better, except by accident.
        return Score(0.3, 0.0, 0);
    }
    let is_like_first = |record: &&StringRecord| {
        let last_is_empty = record.iter().next_back().is_some_and(str::is_empty);
        record.len() == width || record.len() == width + 1 && last_is_empty
    };
    let alike = records.iter().filter(is_like_first).count();
    let mut cells = 0;
    let mut clean = 0;
    for cell in records.iter().skip(1).flatten() {
        let others = DELIMITERS.iter().filter(|other| **other != delimiter);
        let mixed = others.into_iter().any(|other| cell.contains(*other));
        cells += 1;
        clean += usize::from(!mixed || parse_number(cell, decimal_comma).is_some());
    }
    let share = alike as f64 / records.len() as f64;
    let share = if delimiter == ':' { share - 0.3 } else { share };
    let clean = clean as f64 / f64::max(f64::from(cells), 1.0);
    Score(share, (clean * 20.0).round(), width)
}

fn records(sample: &str, options: &FormatOptions) -> Vec<StringRecord> {
    let mut reader = Records::new(sample.as_bytes(), options);
    let mut records = Vec::new();
    while records.len() < RECORDS && matches!(reader.next(), Ok(true)) {
        records.push(reader.record.clone());
    }
    records
}

/// `'` if values are wrapped in it and none in `"`, else `"`.
fn quote(sample: &str) -> char {
    let is_edge = |byte: Option<&u8>| byte.is_none_or(|byte| b",;\t|:\r\n".contains(byte));
    let bytes = sample.as_bytes();
    let wrapped = |quote: u8| {
        let (mut opened, mut closed) = (0_usize, 0_usize);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == quote {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                opened += usize::from(is_edge(before));
                closed += usize::from(is_edge(bytes.get(at + 1)));
            }
        }
        if opened == closed { opened } else { 0 }
    };
    if wrapped(b'\'') >= 2 && wrapped(b'"') == 0 {
        '\''
    } else {
        '"'
    }
}

/// Whether numbers are written `3,14`: some can be read in no other way, and none as `3.14`.
fn writes_decimal_commas(records: &[StringRecord]) -> bool {
    let (mut comma, mut point) = (0_usize, 0_usize);
    for cell in records.iter().skip(1).flatten() {
        let cell = cell.trim();
        if cell.contains(',') && parse_number(cell, false).is_none() {
            comma += usize::from(parse_number(cell, true).is_some());
        } else if cell.contains('.') && parse_number(cell, false).is_some() {
            point += 1;
        }
    }
    comma > point
}
