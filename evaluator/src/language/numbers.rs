//! How numbers are written.

use super::Language;

const NO_NUMBER: &str = "–";
const MINUS: char = '\u{2212}';
/// A space that is narrow and does not break a line.
const NARROW: char = '\u{202f}';

impl Language {
    /// A measured number with as many digits as a reader can use.
    pub(crate) fn number(self, value: f64) -> String {
        let size = value.abs();
        if !value.is_finite() {
            NO_NUMBER.to_owned()
        } else if size >= 1e9 || (size < 5e-4 && size > 0.0) {
            self.scientific(value)
        } else {
            self.fixed(value, decimals(size))
        }
    }

    /// A score and how far it spreads, with the same decimals.
    pub(crate) fn spread(self, value: f64, std: f64) -> String {
        let size = value.abs();
        let std = if size < 1e9 && (size >= 5e-4 || size == 0.0) {
            self.fixed(std, decimals(size))
        } else {
            self.number(std)
        };
        format!("{} ± {std}", self.number(value))
    }

    /// A number with exactly that many decimals.
    pub(crate) fn fixed(self, value: f64, decimals: usize) -> String {
        if !value.is_finite() {
            return NO_NUMBER.to_owned();
        }
        let text = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut out = String::new();
        if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
            out.push(MINUS);
        }
        for (place, digit) in whole.chars().enumerate() {
            let left = whole.len() - place;
            if place > 0 && left.is_multiple_of(3) && whole.len() > 4 {
                out.push(self.of(NARROW, ','));
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(self.of(',', '.'));
            out.push_str(fraction);
        }
        out
    }

    fn scientific(self, value: f64) -> String {
        let text = format!("{value:.1e}").replace('-', &MINUS.to_string());
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{}e{power}", mantissa.replace('.', self.of(",", ".")))
    }

    /// A whole number.
    pub(crate) fn count(self, value: u64) -> String {
        self.fixed(value as f64, 0)
    }

    /// A share as a percentage.
    pub(crate) fn percent(self, share: f64, decimals: usize) -> String {
        let number = self.fixed(share * 100.0, decimals);
        match self {
            Self::French => format!("{number}{NARROW}%"),
            Self::English => format!("{number}%"),
        }
    }

    /// A number beside an axis whose numbers lie `step` apart.
    pub(crate) fn tick(self, value: f64, step: f64) -> String {
        let step = step.abs();
        if !step.is_finite() || step == 0.0 || value.abs() >= 1e7 || step < 1e-5 {
            return if value == 0.0 {
                "0".to_owned()
            } else {
                self.scientific(value)
            };
        }
        let decimals = (-step.log10() - 1e-9).ceil().max(0.0);
        self.fixed(value, decimals as usize)
    }
}

/// Decimals that a reader can use of a number of this size.
fn decimals(size: f64) -> usize {
    match size {
        s if s >= 1000.0 => 0,
        s if s >= 100.0 => 1,
        s if s >= 10.0 => 2,
        s if s >= 0.1 || s == 0.0 => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_readers_write_them() {
        let both = |value| {
            (
                Language::French.number(value),
                Language::English.number(value),
            )
        };
        for (value, french, english) in [
            (0.91234, "0,912", "0.912"),
            (-0.00004, "\u{2212}4,0e\u{2212}5", "\u{2212}4.0e\u{2212}5"),
            (0.0123, "0,0123", "0.0123"),
            (12_345.6, "12\u{202f}346", "12,346"),
            (1234.0, "1234", "1234"),
            (0.0, "0,000", "0.000"),
            (f64::NAN, "–", "–"),
        ] {
            assert_eq!(both(value), (french.to_owned(), english.to_owned()));
        }
        assert_eq!(Language::French.fixed(-0.0001, 2), "0,00");
        assert_eq!(Language::English.spread(0.9123, 0.01), "0.912 ± 0.010");
        assert_eq!(Language::French.percent(0.123, 0), "12\u{202f}%");
    }

    #[test]
    fn ticks_have_the_decimals_of_their_step() {
        let tick = |value, step| Language::English.tick(value, step);
        assert_eq!(tick(0.2, 0.2), "0.2");
        assert_eq!(tick(0.25, 0.05), "0.25");
        assert_eq!(tick(1998.0, 1.0), "1998");
        assert_eq!(tick(20_000.0, 5000.0), "20,000");
        assert_eq!(tick(3e9, 1e9), "3.0e9");
    }
}
