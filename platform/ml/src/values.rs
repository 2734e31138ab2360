//! How text becomes a value: numbers, moments, words for "no value", words for yes and no.
//!
//! One set of rules serves profiling, preparing and predicting, so that a cell means the same
//! wherever it is read. Nothing here looks at more than one cell; what a *column* is, and hence
//! which of these rules holds for it, is decided by its profile ([`domain::profile::Parsing`]).

mod moments;
mod numbers;

pub use numbers::parse_number;

/// Seconds since 1970-01-01 UTC of the day or moment that `text` writes, or nothing.
///
/// `order` is `ymd`, `dmy` or `mdy`. A year of four digits in front is read in every order, and so
/// is a month in English or French letters. Days and months may have one digit, years two (69 to
/// 99 are the 1900s); separators are `/`, `-`, `.`. A time may follow, with a fraction, `am`/`pm`
/// and a zone; without a zone it is UTC. Impossible days (30 February) are nothing.
///
/// ```
/// use ml::values::parse_datetime;
/// assert_eq!(parse_datetime("02/01/1970", "dmy"), Some(86_400.0));
/// assert_eq!(parse_datetime("1970-01-01T01:00:00+01:00", "dmy"), Some(0.0));
/// assert_eq!(parse_datetime("30/02/2024", "dmy"), None);
/// ```
#[must_use]
pub fn parse_datetime(text: &str, order: &str) -> Option<f64> {
    moments::parse(text.trim(), order)
}

/// Whether `text` always stands for "no value": the empty cell, `?`, `NA`, `N/A`, `NaN`, `null`,
/// `-`, `--`, `.`, `\N` and their kin, without regard to case.
///
/// `unknown` and `none` are not among them: they may be levels of their own. A column's profile
/// lists the words that do count in it, and also when one of these does not (`-` beside `+`).
#[must_use]
pub fn is_missing_word(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "?", "na", "n/a", "nan", "null", "-", "--", ".", "\\n", "#n/a", "#na", "<na>", "n.a.",
        "-nan", "#null!", "nil",
    ];
    let text = text.trim();
    // Numbers are the common case, and none of the words begins with a digit.
    if text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    text.is_empty() || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether `text` says that a value is not known, in English, French or Arabic (`unknown`,
/// `inconnu`, `غير معروف`, …): missing in a column of anything, unless a person says otherwise.
#[must_use]
pub fn is_unknown_word(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "unknown",
        "unk",
        "missing",
        "not available",
        "not known",
        "undefined",
        "inconnu",
        "inconnue",
        "non renseigné",
        "non renseignée",
        "manquant",
        "n/d",
        "n.d.",
        "غير معروف",
        "غير متوفر",
    ];
    let text = text.trim();
    if text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Words for yes and no, pair by pair; compared without regard to ASCII case.
const YES_NO: [(&str, &str); 10] = [
    ("yes", "no"),
    ("true", "false"),
    ("oui", "non"),
    ("vrai", "faux"),
    ("نعم", "لا"),
    ("صحيح", "خطأ"),
    ("y", "n"),
    ("o", "n"),
    ("t", "f"),
    ("on", "off"),
];

/// What `text` says if it is a word for yes or for no, in English, French or Arabic.
#[must_use]
pub fn boolean_word(text: &str) -> Option<bool> {
    let text = text.trim();
    YES_NO.iter().find_map(|(yes, no)| {
        let is = |word: &&str| text.eq_ignore_ascii_case(word);
        is(yes).then_some(true).or(is(no).then_some(false))
    })
}

/// Which of two words means yes, if they are the yes and the no of one pair.
///
/// ```
/// use ml::values::true_word;
/// assert_eq!(true_word("Non", "Oui"), Some("Oui"));
/// assert_eq!(true_word("yes", "faux"), None);
/// ```
#[must_use]
pub fn true_word<'a>(one: &'a str, other: &'a str) -> Option<&'a str> {
    let is_pair = |a: &str, b: &str| {
        YES_NO.iter().any(|(yes, no)| {
            a.trim().eq_ignore_ascii_case(yes) && b.trim().eq_ignore_ascii_case(no)
        })
    };
    if is_pair(one, other) {
        Some(one)
    } else {
        is_pair(other, one).then_some(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_yes_and_no() {
        for word in [
            "", " ", "?", "NA", "n/a", "NaN", "NULL", "-", "--", "\\N", ".",
        ] {
            assert!(is_missing_word(word), "{word}");
        }
        for word in ["none", "unknown", "0", "Na+", "no"] {
            assert!(!is_missing_word(word), "{word}");
        }
        assert!(
            is_unknown_word("Unknown") && is_unknown_word("inconnu") && !is_unknown_word("none")
        );
        assert_eq!(boolean_word("VRAI"), Some(true));
        assert_eq!(boolean_word("لا"), Some(false));
        assert_eq!(boolean_word("n"), Some(false));
        assert_eq!(boolean_word("1"), None);
        assert_eq!(true_word("f", "t"), Some("t"));
        assert_eq!(true_word("o", "y"), None);
    }
}
