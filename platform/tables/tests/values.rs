//! Laws of `ml::values`, which this crate reads all cells with.

use ml::values::{is_missing_word, parse_datetime, parse_number, true_word};
use proptest::prelude::*;

fn grouped(digits: &str, separator: char) -> String {
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, ..ProptestConfig::default() })]

    #[test]
    fn a_number_is_the_same_in_all_its_clothes(
        whole in 0_u64..1_000_000_000_000,
        cents in 0_u32..100,
        negative: bool,
        separator in prop::sample::select(vec![' ', '\u{a0}', '\u{202f}', '\'']),
        unit in prop::sample::select(vec!["", " €", "€", " MAD", " dh", " %", "$"]),
    ) {
        let sign = if negative { "-" } else { "" };
        let expected: f64 = format!("{sign}{whole}.{cents:02}").parse().unwrap();
        let groups = |separator| grouped(&whole.to_string(), separator);
        for (text, decimal_comma) in [
            (format!("{sign}{}.{cents:02}{unit}", groups(separator)), false),
            (format!("{sign}{}.{cents:02}{unit}", groups(',')), false),
            (format!("{sign}{},{cents:02}{unit}", groups(separator)), true),
            (format!("{sign}{},{cents:02}{unit}", groups('.')), true),
            (format!(" {sign}€{whole}.{cents:02} "), false),
        ] {
            prop_assert_eq!(parse_number(&text, decimal_comma), Some(expected), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic_or_gives_an_infinity(text in "\\PC{0,30}|[0-9.,eE+\\-/: TZ€%'()]{0,30}") {
        for decimal_comma in [false, true] {
            prop_assert!(parse_number(&text, decimal_comma).is_none_or(f64::is_finite));
        }
        for order in ["ymd", "dmy", "mdy", ""] {
            prop_assert!(parse_datetime(&text, order).is_none_or(f64::is_finite));
        }
        if is_missing_word(&text) {
            prop_assert_eq!(parse_number(&text, false), None);
        }
        prop_assert_eq!(true_word(&text, &text), None);
    }

    #[test]
    fn a_moment_is_the_same_in_every_order(seconds in -30_000_000_000_i64..100_000_000_000) {
        let days = seconds.div_euclid(86_400);
        let clock = seconds.rem_euclid(86_400);
        let (h, m, s) = (clock / 3600, clock / 60 % 60, clock % 60);
        let (y, mo, d) = civil(days);
        prop_assume!((1..=9999).contains(&y));
        for (text, order) in [
            (format!("{y:04}-{mo:02}-{d:02}T{h:02}:{m:02}:{s:02}Z"), "ymd"),
            (format!("{y:04}/{mo}/{d} {h}:{m:02}:{s:02}"), "mdy"),
            (format!("{d:02}.{mo:02}.{y:04} {h:02}:{m:02}:{s:02}"), "dmy"),
            (format!("{mo}/{d}/{y:04}, {h:02}:{m:02}:{s:02} GMT"), "mdy"),
        ] {
            prop_assert_eq!(parse_datetime(&text, order), Some(seconds as f64), "{}", text);
        }
    }
}

/// Year, month and day by counting, the slow way that needs no formula.
fn civil(mut days: i64) -> (i64, i64, i64) {
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += if leap(year) { 366 } else { 365 };
    }
    while days >= if leap(year) { 366 } else { 365 } {
        days -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}
