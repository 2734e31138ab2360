//! Numbers from text.

/// Units that may stand before or after a number; compared without regard to ASCII case.
const UNITS: [&str; 18] = [
    "€", "$", "£", "¥", "₹", "US$", "MAD", "DHS", "DH", "EUR", "USD", "GBP", "CHF", "CAD", "TND",
    "DZD", "د.م.", "درهم",
];

/// The number that `text` writes, or nothing.
///
/// Understands signs (`-`, `−`, accounting parentheses), exponents, thousands separated by spaces
/// of any width, apostrophes or the mark that is not the decimal one, a unit of money on either
/// side, and `%` (which is dropped: `5 %` is 5). `decimal_comma` tells whether `3,14` is a number;
/// a group of three digits after the other mark is always thousands: with it `1.234` is 1234.
/// The words `inf` and `nan` are no numbers, nor is anything beyond the range of `f64`.
///
/// ```
/// use ml::values::parse_number;
/// assert_eq!(parse_number("3.14", false), Some(3.14));
/// assert_eq!(parse_number("1 234,50 €", true), Some(1234.5));
/// assert_eq!(parse_number("nan", false), None);
/// ```
#[must_use]
pub fn parse_number(text: &str, decimal_comma: bool) -> Option<f64> {
    let text = text.trim();
    // Nearly every cell is plain, and the standard parser is the fastest judge of those.
    if (!decimal_comma || !text.as_bytes().contains(&b'.'))
        && let Some(value) = plain(text)
    {
        return Some(value);
    }
    dressed(text, decimal_comma)
}

fn plain(text: &str) -> Option<f64> {
    let known = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E');
    if !text.as_bytes().iter().all(known) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A number with a unit, with separated thousands or with a decimal comma.
fn dressed(text: &str, decimal_comma: bool) -> Option<f64> {
    let (text, in_parentheses) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    // Words are the common case in a column of words: leave before any work is done on them.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (text, outer) = strip_sign(text);
    let (text, before) = strip_unit(text, true);
    let (text, inner) = if outer.is_none() {
        strip_sign(text)
    } else {
        (text, None)
    };
    let (text, _) = if before {
        (text, false)
    } else {
        strip_unit(text, false)
    };
    let negative = match (in_parentheses, outer.or(inner)) {
        (true, None) => true,
        (true, Some(_)) => return None,
        (false, sign) => sign == Some('-'),
    };
    let plain_form = undress(text, decimal_comma)?;
    let value = plain(&plain_form)?;
    Some(if negative { -value } else { value })
}

fn strip_sign(text: &str) -> (&str, Option<char>) {
    match text.chars().next() {
        Some('+') => (text[1..].trim_start(), Some('+')),
        Some(sign @ ('-' | '−')) => (text[sign.len_utf8()..].trim_start(), Some('-')),
        _ => (text, None),
    }
}

fn strip_unit(text: &str, before: bool) -> (&str, bool) {
    if let Some(rest) = text.strip_suffix('%').filter(|_| !before) {
        return (rest.trim_end(), true);
    }
    for unit in UNITS {
        let cut = if before {
            text.split_at_checked(unit.len())
        } else {
            text.len()
                .checked_sub(unit.len())
                .and_then(|at| text.split_at_checked(at))
                .map(|(rest, tail)| (tail, rest))
        };
        if let Some((_, rest)) = cut.filter(|(part, _)| part.eq_ignore_ascii_case(unit)) {
            return (rest.trim(), true);
        }
    }
    (text, false)
}

/// Rewrites an unsigned number in the one form that [`plain`] reads.
fn undress(text: &str, decimal_comma: bool) -> Option<String> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (point, other) = if decimal_comma {
        (',', '.')
    } else {
        ('.', ',')
    };
    let (whole, fraction) = mantissa.split_once(point).unwrap_or((mantissa, ""));
    let digits = match ungroup(whole, other) {
        Some(digits) => digits,
        // A lone full stop that cannot separate thousands can only be a decimal point.
        None if decimal_comma && fraction.is_empty() => return plain_unsigned(text),
        None => return None,
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(fraction) || digits.len() + fraction.len() == 0 {
        return None;
    }
    let mut form = digits;
    form.push('.');
    form.push_str(fraction);
    if let Some(exponent) = exponent {
        form.push('e');
        form.push_str(exponent);
    }
    Some(form)
}

fn plain_unsigned(text: &str) -> Option<String> {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then(|| text.to_owned())
}

/// The digits of `whole` without its thousands separators; nothing if the groups are not of three.
fn ungroup(whole: &str, mark: char) -> Option<String> {
    let Some(separator) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return Some(whole.to_owned());
    };
    let known = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '’', mark];
    if !known.contains(&separator) || whole.starts_with('0') {
        return None;
    }
    let mut groups = whole.split(separator);
    let first = groups
        .next()
        .filter(|first| (1..=3).contains(&first.len()))?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One cell a line, `=`, its value.
    const POINT: &str = "0=0\n-1.5=-1.5\n +2 =2\n1e3=1000\n.5=0.5\n5.=5\n1,234=1234
1,234,567.8=1234567.8\n1 234=1234\n12'345=12345\n1\u{a0}234=1234\n1\u{202f}234.5=1234.5
$5=5\n-$5=-5\n$-5=-5\n5 MAD=5\n120 dh=120\n12 %=12\n(1,234)=-1234\n−3=-3\n1,234e2=123400";
    const COMMA: &str = "3,14=3.14\n1.234,5=1234.5\n1.234=1234\n3.14=3.14\n7=7\n1 234,50 €=1234.5
-0,5=-0.5\n1,5e3=1500\n,5=0.5\n12,5%=12.5";
    const NONE: &str = "\n-\n.\n,\ninf\n-inf\nInfinity\nnan\nNaN\ne\n1e\n1e999\n0x10\n3,14\n1,23\n0,123
1 23\n06 12 34 56 78\n1.2.3\n12-3\n2024-01-02\n(-5)\nA11\nMAD\n%\n5%%\n1,234,56\n$\n1e5e5\n+-5\n--5\n١";

    #[test]
    fn numbers_in_many_clothes() {
        for (cases, decimal_comma) in [(POINT, false), (COMMA, true)] {
            for (text, value) in cases.lines().map(|case| case.split_once('=').unwrap()) {
                let value = value.parse().ok();
                assert_eq!(parse_number(text, decimal_comma), value, "{text}");
            }
        }
        for text in NONE.lines() {
            assert_eq!(parse_number(text, false), None, "{text}");
        }
    }

    #[test]
    fn every_number_reads_back_from_its_own_text() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                assert_eq!(parse_number(&format!("{value:?}"), false), Some(value));
                let comma = format!("{value:?}").replace('.', ",");
                assert_eq!(parse_number(&comma, true), Some(value), "{comma}");
            }
        }
    }
}
