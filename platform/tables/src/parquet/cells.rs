//! The cells of Arrow arrays as text.

use super::refused;
use crate::raw::Texts;
use domain::Failure;
use polars_arrow::array::{
    Array, BinaryViewArray, BooleanArray, DictionaryArray, PrimitiveArray, StructArray,
    Utf8ViewArray, get_display,
};
use polars_arrow::datatypes::{ArrowDataType as Type, Field, TimeUnit};
use polars_arrow::types::NativeType;
use std::fmt::Write;

/// Cells of one column as text, one entry a row; empty is missing.
#[derive(Default)]
pub(super) struct Cells(Texts);

impl Cells {
    pub(super) fn get(&self, row: usize) -> &str {
        match u32::try_from(row) {
            Ok(row) => self.0.get(row),
            Err(_) => "",
        }
    }

    fn push(&mut self, text: &str) -> Result<(), Failure> {
        let added = if text.contains('\0') {
            self.0.add(&text.replace('\0', ""))
        } else {
            self.0.add(text)
        };
        added
            .map(drop)
            .ok_or_else(|| refused("one part of a column is too large"))
    }
}

/// The names of the columns that `field` becomes: records become `a.b`.
pub(super) fn names(field: &Field, prefix: &str, out: &mut Vec<String>) {
    let name = format!("{prefix}{}", field.name);
    match field.dtype() {
        Type::Struct(inner) => {
            let prefix = format!("{name}.");
            inner.iter().for_each(|field| names(field, &prefix, out));
        }
        _ => out.push(name),
    }
}

/// Appends an array to the columns that its field becomes (none yet: they are made); false if
/// their texts take more than `room` bytes, which shrinks by what they take.
pub(super) fn read(
    array: &dyn Array,
    field: &Field,
    out: &mut Vec<Cells>,
    room: &mut u64,
) -> Result<bool, Failure> {
    let mut wanted = Vec::new();
    names(field, "", &mut wanted);
    out.resize_with(wanted.len(), Cells::default);
    let hidden = vec![false; array.len()];
    append(array, &hidden, &mut out.iter_mut(), room)
}

/// `hidden` rows are missing because the record around them is.
fn append(
    array: &dyn Array,
    hidden: &[bool],
    out: &mut std::slice::IterMut<'_, Cells>,
    room: &mut u64,
) -> Result<bool, Failure> {
    if let Some(records) = array.as_any().downcast_ref::<StructArray>() {
        let is_hidden = |row: usize| hidden[row] || records.is_null(row);
        let hidden: Vec<bool> = (0..records.len()).map(is_hidden).collect();
        for values in records.values() {
            if !append(values.as_ref(), &hidden, out, room)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let Some(cells) = out.next() else {
        return Err(refused("a record has more fields than its schema"));
    };
    let mut write = writer(array);
    let mut text = String::new();
    for (row, hidden) in hidden.iter().enumerate() {
        text.clear();
        if !hidden && !array.is_null(row) {
            write(&mut text, row);
        }
        // The text and the place where it ends.
        match room.checked_sub(text.len() as u64 + 4) {
            Some(left) => *room = left,
            None => return Ok(false),
        }
        cells.push(&text)?;
    }
    Ok(true)
}

type Writer<'a> = Box<dyn FnMut(&mut String, usize) + 'a>;

/// Writes the value of one row at the end of a string.
fn writer(array: &dyn Array) -> Writer<'_> {
    let any = array.as_any();
    // Writing into a string cannot fail.
    macro_rules! primitive {
        ($type:ty, $form:literal) => {
            values::<$type>(array, |out, value| {
                let _ = write!(out, $form, value);
            })
        };
    }
    match array.dtype() {
        Type::Boolean => match any.downcast_ref::<BooleanArray>() {
            Some(array) => Box::new(|out, row| {
                let _ = write!(out, "{}", array.value(row));
            }),
            None => display(array),
        },
        Type::Int8 => primitive!(i8, "{}"),
        Type::Int16 => primitive!(i16, "{}"),
        Type::Int32 => primitive!(i32, "{}"),
        Type::Int64 => primitive!(i64, "{}"),
        Type::UInt8 => primitive!(u8, "{}"),
        Type::UInt16 => primitive!(u16, "{}"),
        Type::UInt32 => primitive!(u32, "{}"),
        Type::UInt64 => primitive!(u64, "{}"),
        Type::Float32 => values::<f32>(array, |out, v| float(out, f64::from(v), &v)),
        Type::Float64 => values::<f64>(array, |out, v| float(out, v, &v)),
        Type::Date32 => values::<i32>(array, |out, days| day(out, i64::from(days))),
        Type::Date64 => values::<i64>(array, |out, ms| moment(out, ms, 1000, false)),
        Type::Timestamp(unit, zone) => {
            let (a_second, zoned) = (per_second(*unit), zone.is_some());
            values::<i64>(array, move |out, ticks| moment(out, ticks, a_second, zoned))
        }
        Type::Time32(unit) => {
            let a_second = per_second(*unit);
            values::<i32>(array, move |out, ticks| {
                time(out, i64::from(ticks), a_second)
            })
        }
        Type::Time64(unit) => {
            let a_second = per_second(*unit);
            values::<i64>(array, move |out, ticks| time(out, ticks, a_second))
        }
        Type::Decimal(_, scale) | Type::Decimal32(_, scale) | Type::Decimal64(_, scale) => {
            let scale = *scale;
            values::<i128>(array, move |out, value| decimal(out, value, scale))
        }
        Type::Utf8View => match any.downcast_ref::<Utf8ViewArray>() {
            Some(array) => Box::new(|out, row| out.push_str(array.value(row))),
            None => display(array),
        },
        Type::BinaryView => match any.downcast_ref::<BinaryViewArray>() {
            Some(array) => {
                Box::new(|out, row| out.push_str(&String::from_utf8_lossy(array.value(row))))
            }
            None => display(array),
        },
        Type::Dictionary(..) => dictionary(array),
        // Lists, maps and the rest stay text in one cell.
        _ => display(array),
    }
}

fn display(array: &dyn Array) -> Writer<'_> {
    let show = get_display(array, "");
    Box::new(move |out, row| {
        let _ = show(out, row);
    })
}

fn values<'a, T: NativeType>(
    array: &'a dyn Array,
    mut write: impl FnMut(&mut String, T) + 'a,
) -> Writer<'a> {
    match array.as_any().downcast_ref::<PrimitiveArray<T>>() {
        Some(array) => Box::new(move |out, row| write(out, array.value(row))),
        None => display(array),
    }
}

fn dictionary(array: &dyn Array) -> Writer<'_> {
    macro_rules! keys {
        ($($key:ty),+) => {$(
            if let Some(array) = array.as_any().downcast_ref::<DictionaryArray<$key>>() {
                let inner = array.values().as_ref();
                let mut write = writer(inner);
                return Box::new(move |out, row| {
                    let key = array.key_value(row);
                    if key < inner.len() && !inner.is_null(key) {
                        write(out, key);
                    }
                });
            }
        )+};
    }
    keys!(u8, u16, u32, u64, i8, i16, i32, i64);
    display(array)
}

/// NaN is how pandas writes "no value", and `.0` how it writes whole numbers beside one; other
/// numbers keep their shortest exact form.
fn float(out: &mut String, value: f64, exact: &dyn std::fmt::Debug) {
    let _ = if value.is_nan() {
        Ok(())
    } else if value.fract() == 0.0 && value.abs() < 1e15 {
        write!(out, "{value:.0}")
    } else {
        write!(out, "{exact:?}")
    };
}

fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// The ISO form of a day, counted from 1970-01-01 (H. Hinnant, `civil_from_days`).
fn day(out: &mut String, days: i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let doe = shifted.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let day = doy - (153 * mp + 2) / 5 + 1;
    let _ = write!(out, "{year:04}-{month:02}-{day:02}");
}

fn moment(out: &mut String, ticks: i64, a_second: i64, zoned: bool) {
    let a_day = a_second * 86_400;
    day(out, ticks.div_euclid(a_day));
    let rest = ticks.rem_euclid(a_day);
    if rest > 0 || zoned {
        out.push('T');
        time(out, rest, a_second);
    }
    if zoned {
        out.push('Z');
    }
}

fn time(out: &mut String, ticks: i64, a_second: i64) {
    let seconds = ticks.div_euclid(a_second);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let _ = write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    let fraction = ticks.rem_euclid(a_second);
    if fraction > 0 {
        let digits = a_second.ilog10() as usize;
        let text = format!("{fraction:0digits$}");
        let _ = write!(out, ".{}", text.trim_end_matches('0'));
    }
}

fn decimal(out: &mut String, value: i128, scale: usize) {
    if value < 0 {
        out.push('-');
    }
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    out.push_str(whole);
    if scale > 0 {
        out.push('.');
        out.push_str(fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_moments_and_decimals_are_written_as_people_do() {
        let text = |write: &dyn Fn(&mut String)| {
            let mut out = String::new();
            write(&mut out);
            out
        };
        assert_eq!(text(&|out| day(out, 19_787)), "2024-03-05");
        assert_eq!(text(&|out| day(out, -1)), "1969-12-31");
        assert_eq!(
            text(&|out| moment(out, 86_400_250, 1000, true)),
            "1970-01-02T00:00:00.25Z"
        );
        assert_eq!(
            text(&|out| moment(out, -1, 1, false)),
            "1969-12-31T23:59:59"
        );
        assert_eq!(text(&|out| decimal(out, -5, 2)), "-0.05");
        assert_eq!(text(&|out| decimal(out, 12_345, 0)), "12345");
    }
}
