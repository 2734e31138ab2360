//! Classes that are one value in several spellings: `1` and `1.0`.

use domain::profile::{ColumnKind, ColumnProfile};
use ml::table::Column;
use ml::values::parse_number;
use std::collections::HashMap;

/// Gives the levels of `column` that are equal by value one code, under their most frequent
/// spelling. The profile counts them once, and a trained model compares them by value.
pub fn merge_equal(column: &mut Column, profile: &ColumnProfile) {
    let Column::Words { codes, levels } = column else {
        return;
    };
    let mut rows = vec![0_u64; levels.len()];
    for code in codes.iter() {
        if let Some(rows) = rows.get_mut(*code as usize) {
            *rows += 1;
        }
    }
    let mut by_value: HashMap<u64, usize> = HashMap::new();
    let mut merged: Vec<(String, u64)> = Vec::with_capacity(levels.len());
    let mut new_codes = Vec::with_capacity(levels.len());
    for (level, rows) in levels.drain(..).zip(rows) {
        let next = merged.len();
        let place = match value(&level, profile) {
            Some(value) => *by_value.entry(value.to_bits()).or_insert(next),
            None => next,
        };
        new_codes.push(u32::try_from(place).unwrap_or(u32::MAX));
        match merged.get_mut(place) {
            Some((spelling, most)) if rows > *most => (*spelling, *most) = (level, rows),
            Some(_) => {}
            None => merged.push((level, rows)),
        }
    }
    for code in codes.iter_mut() {
        if let Some(new) = new_codes.get(*code as usize) {
            *code = *new;
        }
    }
    levels.extend(merged.into_iter().map(|(spelling, _)| spelling));
}

/// The value of a level: as the profile reads the column's numbers, else as a model reads classes,
/// where `inf` and the like are words.
fn value(level: &str, profile: &ColumnProfile) -> Option<f64> {
    let value = if profile.kind == ColumnKind::Numeric {
        parse_number(level, profile.parsing.decimal_comma)
    } else {
        let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.');
        level.starts_with(is_plain).then(|| level.parse().ok())?
    };
    // The two zeros are one value.
    value
        .filter(|value: &f64| value.is_finite())
        .map(|value| value + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::tests::column as profile;

    fn merged(words: &[&str], kind: ColumnKind, decimal_comma: bool) -> Column {
        let mut column = Column::words(words);
        let mut profile = profile("y", kind, 2);
        profile.parsing.decimal_comma = decimal_comma;
        merge_equal(&mut column, &profile);
        column
    }

    #[test]
    fn equal_values_are_one_level_under_the_most_frequent_spelling() {
        let Column::Words { codes, levels } = merged(
            &["1", "1.0", "0", "1.0", "", "-0"],
            ColumnKind::Numeric,
            false,
        ) else {
            panic!()
        };
        assert_eq!(levels, ["1.0", "0"]);
        assert_eq!(codes, [0, 0, 1, 0, u32::MAX, 1]);
        let Column::Words { levels, .. } =
            merged(&["1,0", "1", "0 %", "0"], ColumnKind::Numeric, true)
        else {
            panic!()
        };
        assert_eq!(levels, ["1,0", "0 %"]);
    }

    #[test]
    fn words_stay_as_they_are() {
        let words = ["inf", "infinity", "a", "A", "1 %", "1"];
        let column = merged(&words, ColumnKind::Categorical, false);
        assert_eq!(column, Column::words(words));
    }
}
