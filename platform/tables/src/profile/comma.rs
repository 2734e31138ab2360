//! Whether a column's commas stand before decimals or between thousands.

use crate::raw::{RawTable, Texts};
use ml::values::parse_number;

/// How a file as a whole writes numbers, for columns that do not tell by themselves.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    decimal_comma: Option<bool>,
    semicolons: bool,
}

impl Marks {
    pub(crate) fn of(raw: &RawTable) -> Self {
        Self {
            decimal_comma: raw.decimal_comma,
            semicolons: raw.semicolons,
        }
    }

    /// Whether these texts have decimal commas, and whether the other reading is as likely.
    pub(super) fn read(self, texts: &Texts) -> (bool, bool) {
        let has = |mark| texts.iter().any(|text| has(text, mark));
        match (told(texts), self.decimal_comma) {
            (Some(comma), _) | (None, Some(comma)) => (comma, false),
            (None, None) if !has(b',') => (false, false),
            // Programs separate values by semicolons where the comma is taken: by decimals.
            (None, None) if self.semicolons && !has(b'.') => (true, false),
            (None, None) => (false, true),
        }
    }
}

/// Whether numbers are written `3,14`, by the texts that allow one reading only; else `hint`.
pub(crate) fn decimal_comma(texts: &Texts, hint: bool) -> bool {
    told(texts).unwrap_or(hint)
}

fn has(text: &str, mark: u8) -> bool {
    text.as_bytes().contains(&mark)
}

/// What the texts say that allow one reading only, if there are any and most agree.
fn told(texts: &Texts) -> Option<bool> {
    // Where both readings give one value, the point cannot separate thousands.
    let is_point = |text: &str| {
        has(text, b'.')
            && parse_number(text, false)
                .is_some_and(|value| has(text, b',') || parse_number(text, true) == Some(value))
    };
    if !texts.iter().any(|text| has(text, b',')) {
        return texts.iter().any(is_point).then_some(false);
    }
    let (mut comma, mut point) = (0_usize, 0_usize);
    for text in texts.iter() {
        if !has(text, b',') {
            point += usize::from(is_point(text));
            continue;
        }
        match (parse_number(text, false), parse_number(text, true)) {
            (None, Some(_)) => comma += 1,
            // `1,234,567` and `1,234.5`.
            (Some(_), None) => point += 1,
            (Some(_), Some(_)) => point += usize::from(has(text, b'.')),
            (None, None) => {}
        }
    }
    (comma != point).then_some(comma > point)
}
