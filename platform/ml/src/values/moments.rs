//! Days and moments from text.

/// Seconds since 1970 of trimmed `text`, or nothing.
pub(super) fn parse(text: &str, order: &str) -> Option<f64> {
    // The longest moment with a zone and nanoseconds has 35 characters; words leave early.
    if !(6..=40).contains(&text.len()) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut scan = Scan(text.as_bytes());
    let days = scan.date(order)?;
    let seconds = scan.time()?;
    scan.0
        .is_empty()
        .then_some(days as f64 * 86_400.0 + seconds)
}

/// What is left to read.
struct Scan<'a>(&'a [u8]);

impl Scan<'_> {
    fn peek(&self) -> u8 {
        self.0.first().copied().unwrap_or(0)
    }

    fn eat(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let byte = *self.0.first().filter(|byte| wanted(**byte))?;
        self.0 = &self.0[1..];
        Some(byte)
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let count = self.0.iter().take_while(|byte| wanted(**byte)).count();
        self.0 = &self.0[count..];
        count
    }

    /// The next digits as a number, and how many they are.
    fn number(&mut self) -> Option<(i64, usize)> {
        let before = self.0;
        let count = self.skip(|byte| byte.is_ascii_digit());
        if !(1..=9).contains(&count) {
            return None;
        }
        let value = before[..count]
            .iter()
            .fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
        Some((value, count))
    }

    fn short(&mut self) -> Option<i64> {
        self.number().filter(|n| n.1 <= 2).map(|n| n.0)
    }

    /// A year of four digits, or of two around 1969/2068 as POSIX has it.
    fn year(&mut self) -> Option<i64> {
        match self.number()? {
            (year, 4) => Some(year),
            (year, 2) => Some(if year < 69 { 2000 + year } else { 1900 + year }),
            _ => None,
        }
    }

    /// The month that the next letters name.
    fn month(&mut self) -> Option<i64> {
        let before = self.0;
        let letters = self.skip(|byte| byte.is_ascii_alphabetic() || byte >= 0x80);
        let word = std::str::from_utf8(&before[..letters]).ok()?.to_lowercase();
        self.skip(|byte| byte == b'.');
        month_named(&word)
    }

    /// Days since 1970.
    fn date(&mut self, order: &str) -> Option<i64> {
        let letter = |byte: u8| byte.is_ascii_alphabetic() || byte >= 0x80;
        if letter(self.peek()) {
            let month = self.month()?;
            self.skip(|byte| byte == b' ' || byte == b'-');
            let day = self.short()?;
            self.eat(|byte| byte == b',' || byte == b' ' || byte == b'-')?;
            self.skip(|byte| byte == b' ');
            return days(self.year()?, month, day);
        }
        let (first, digits) = self.number()?;
        if digits == 8 && order == "ymd" {
            return days(first / 10_000, first / 100 % 100, first % 100);
        }
        let separator = self.eat(|byte| b"/-. ".contains(&byte))?;
        let lettered = letter(self.peek());
        if separator == b' ' && !lettered {
            return None;
        }
        let second = if lettered {
            self.month()?
        } else {
            self.short()?
        };
        if digits == 4 {
            // `2024-03` is ISO for the month, which begins on its first day.
            if self.0.is_empty() && separator == b'-' && !lettered {
                return days(first, second, 1);
            }
            self.eat(|byte| byte == separator)?;
            return days(first, second, self.short()?);
        }
        self.eat(|byte| byte == separator || lettered && byte == b' ')?;
        let year = self.year()?;
        match order {
            _ if digits > 2 => None,
            _ if lettered => days(year, second, first),
            "dmy" => days(year, second, first),
            "mdy" => days(year, first, second),
            _ => None,
        }
    }

    /// Seconds since midnight UTC; zero if nothing follows the date.
    fn time(&mut self) -> Option<f64> {
        if self.0.is_empty() {
            return Some(0.0);
        }
        if self.eat(|byte| byte == b'T' || byte == b't').is_none() {
            self.eat(|byte| byte == b',');
            if self.skip(|byte| byte == b' ') == 0 {
                return None;
            }
        }
        let (mut hour, digits) = self.number()?;
        let (minute, second) = match digits {
            1 | 2 => {
                self.eat(|byte| byte == b':' || byte == b'h')?;
                let minute = self.short()?;
                let more = self.eat(|byte| byte == b':').is_some();
                (minute, if more { self.short()? } else { 0 })
            }
            4 | 6 => {
                let (clock, second) = if digits == 6 {
                    (hour / 100, hour % 100)
                } else {
                    (hour, 0)
                };
                hour = clock / 100;
                (clock % 100, second)
            }
            _ => return None,
        };
        let fraction = self.fraction()?;
        self.skip(|byte| byte == b' ');
        let next = self.0.get(1).map(u8::to_ascii_lowercase);
        if let (half @ (b'a' | b'p'), Some(b'm')) = (self.peek().to_ascii_lowercase(), next) {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if half == b'p' { 12 } else { 0 };
            self.0 = &self.0[2..];
            self.skip(|byte| byte == b' ');
        }
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let zone = self.zone()?;
        Some((hour * 3600 + minute * 60 + second - zone) as f64 + fraction)
    }

    fn fraction(&mut self) -> Option<f64> {
        if self.eat(|byte| byte == b'.' || byte == b',').is_none() {
            return Some(0.0);
        }
        let (value, digits) = self.number()?;
        Some(value as f64 / 10_f64.powi(i32::try_from(digits).ok()?))
    }

    /// Seconds east of Greenwich.
    fn zone(&mut self) -> Option<i64> {
        for name in [&b"utc"[..], b"gmt", b"z"] {
            let given = self.0.get(..name.len()).unwrap_or_default();
            if given.eq_ignore_ascii_case(name) {
                self.0 = &self.0[name.len()..];
                return Some(0);
            }
        }
        let Some(sign) = self.eat(|byte| byte == b'+' || byte == b'-') else {
            return Some(0);
        };
        let (hours, minutes) = match self.number()? {
            (hours, 2) if self.eat(|byte| byte == b':').is_some() => (hours, self.short()?),
            (hours, 2) => (hours, 0),
            (both, 4) => (both / 100, both % 100),
            _ => return None,
        };
        let seconds = hours * 3600 + minutes * 60;
        (hours < 24 && minutes < 60).then_some(if sign == b'-' { -seconds } else { seconds })
    }
}

/// English and French months, told apart by as many letters as that needs.
fn month_named(word: &str) -> Option<i64> {
    const NAMES: [(&str, &str); 12] = [
        ("january", "janvier"),
        ("february", "février"),
        ("march", "mars"),
        ("april", "avril"),
        ("may", "mai"),
        ("june", "juin"),
        ("july", "juillet"),
        ("august", "août"),
        ("september", "septembre"),
        ("october", "octobre"),
        ("november", "novembre"),
        ("december", "décembre"),
    ];
    // Three characters, except that `jui` could be June or July in French.
    if word.chars().count() < 3 || word == "jui" {
        return None;
    }
    let plain = word.replace('é', "e").replace('û', "u");
    let named = |name: &str| name.replace('é', "e").replace('û', "u").starts_with(&plain);
    let index = NAMES.iter().position(|(en, fr)| named(en) || named(fr))?;
    i64::try_from(index).ok().map(|index| index + 1)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, unless there is no such day
/// (H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=last).contains(&day) || !(1..=9999).contains(&year) {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use crate::values::parse_datetime;

    /// Text, order, seconds after 2024-03-05, whose own seconds are those of GNU date.
    const READ: &str = "2024-03-05|ymd|0\n2024/3/5|dmy|0\n20240305|ymd|0\n05/03/2024|dmy|0
5.3.2024|dmy|0\n03-05-24|mdy|0\n5 mars 2024|dmy|0\n05-Mar-2024|mdy|0\nMarch 5, 2024|ymd|0
2024-03-05T10:11:12Z|ymd|36672\n2024-03-05 10:11|ymd|36660\n20240305T101112Z|ymd|36672
2024-03-05T10:11:12.250+01:00|ymd|33072.25\n03/05/2024 1:05 PM|mdy|47100
05/03/2024 12:00 am|dmy|0\n05/03/2024 10h30|dmy|37800\n2024-03-05 00:00:00-0530|ymd|19800
2024-03|ymd|-345600\n01/01/69|dmy|-1741132800\n29/02/2000|dmy|-757814400\n5 août 2024|dmy|13219200";
    const REFUSED: &str = "30/02/2024|dmy\n29/02/1900|dmy\n13/13/2024|dmy\n2024-00-01|ymd
2024-01-01T25:00|ymd\n05/03/2024|ymd\n1/2-2024|dmy\n12:30:00|dmy\n2007|ymd\nmonday|dmy
2024-01-01x|ymd\nA-1-2024|dmy\n0000-01-01|ymd\n1 2 2024|dmy\n123/1/2024|dmy\n2013-14|ymd
5 jui 2024|dmy\n3.14159|dmy";

    #[test]
    fn moments_in_many_clothes() {
        for case in READ.lines() {
            let parts: Vec<_> = case.split('|').collect();
            let after: f64 = parts[2].parse().unwrap();
            let expected = Some(1_709_596_800.0 + after);
            assert_eq!(parse_datetime(parts[0], parts[1]), expected, "{case}");
        }
        for case in REFUSED.lines() {
            let (text, order) = case.split_once('|').unwrap();
            assert_eq!(parse_datetime(text, order), None, "{case}");
        }
    }

    #[test]
    fn every_day_follows_the_day_before_it() {
        let mut expected = parse_datetime("1583-01-01", "ymd").unwrap();
        for year in 1583..2400 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let iso = format!("{year:04}-{month:02}-{day:02}");
                    let Some(seconds) = parse_datetime(&iso, "ymd") else {
                        assert!(day > 28, "{iso}");
                        continue;
                    };
                    assert_eq!(seconds, expected, "{iso}");
                    let eu = format!("{day}/{month}/{year}");
                    assert_eq!(parse_datetime(&eu, "dmy"), Some(expected), "{eu}");
                    expected += 86_400.0;
                }
            }
        }
    }
}
