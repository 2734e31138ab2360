//! Whether the first record names the columns.

use csv::StringRecord;
use ml::values::{boolean_word, is_missing_word, parse_datetime, parse_number};
use std::collections::HashSet;

/// Every column votes: a word above numbers is a name, a number above numbers is none, nor is a
/// word that returns below. Without any vote the first record is the header, as nearly always.
pub(super) fn is_first(records: &[StringRecord], decimal_comma: bool) -> bool {
    let Some((first, rest)) = records.split_first() else {
        return true;
    };
    let is_value = |cell: &str| {
        let cell = cell.trim();
        parse_number(cell, decimal_comma).is_some()
            || ["ymd", "dmy", "mdy"]
                .iter()
                .any(|o| parse_datetime(cell, o).is_some())
    };
    if rest.is_empty() {
        // A lone record of values is data; a lone record of words is a header without rows.
        return !first.iter().all(is_value);
    }
    if counts_columns(first) {
        return true;
    }
    let mut votes = 0_i64;
    for (column, name) in first.iter().enumerate() {
        let cells = || {
            let cells = rest.iter().filter_map(move |record| record.get(column));
            cells.map(str::trim).filter(|cell| !is_missing_word(cell))
        };
        let (mut all, mut values) = (0, 0);
        for cell in cells() {
            all += 1;
            values += usize::from(is_value(cell));
        }
        if all == 0 {
            continue;
        }
        let name = name.trim();
        if values * 10 >= all * 9 {
            votes += match (is_value(name), name.is_empty()) {
                (_, true) => 0,
                // Years as names above numbers: `2019,2020,2021` may be a header.
                (true, _) => -2,
                (false, _) => 2,
            };
        } else if cells().any(|cell| cell == name) {
            let different: HashSet<&str> = cells().collect();
            // In a column of few words, a first one that returns is one of them.
            votes -= i64::from(different.len() * 2 <= all || boolean_word(name).is_some());
        }
    }
    votes >= 0
}

/// Whether the numbers among the names count the columns, as programs name them: `0,1,2,target`.
fn counts_columns(first: &StringRecord) -> bool {
    let numbers = first.iter().zip(0_u64..);
    let numbers =
        numbers.filter_map(|(name, place)| Some((name.trim().parse::<u64>().ok()?, place)));
    let numbers: Vec<(u64, u64)> = numbers.collect();
    let from = |start: u64| numbers.iter().all(|(name, place)| *name == place + start);
    numbers.len() >= 3 && (from(0) || from(1))
}
