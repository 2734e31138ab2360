//! Sums over numbers of any size.

/// The middle value, or the mean of the two middle ones; `None` without values.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if odd {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Halved first: the sum of two huge numbers may be infinite.
    Some(lower / 2.0 + upper / 2.0)
}

/// Mean and standard deviation (n) of the finite values. Both are finite whatever the values;
/// a spread that is only rounding counts as zero.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let finite = || values.iter().copied().filter(|v| v.is_finite());
    let largest = finite().map(f64::abs).fold(0.0, f64::max);
    let count = finite().count() as f64;
    if largest == 0.0 || count == 0.0 {
        return (0.0, 0.0);
    }
    // Squares of numbers near the ends of the range overflow or vanish: scale by a power of two,
    // which is exact, so that ordinary numbers are not touched at all.
    let ordinary = (1e-100..1e100).contains(&largest);
    let unit = if ordinary { 1.0 } else { power_of_two(largest) };
    let mean = finite().map(|v| v / unit).sum::<f64>() / count;
    let square = finite().map(|v| (v / unit - mean).powi(2)).sum::<f64>() / count;
    let std = square.sqrt();
    if std <= largest / unit * 1e-13 {
        return (mean * unit, 0.0);
    }
    (mean * unit, std * unit)
}

/// The power of two at or just below a positive number; subnormal numbers give the smallest
/// normal one.
pub(crate) fn power_of_two(value: f64) -> f64 {
    const EXPONENT: u64 = 0x7FF << 52;
    f64::from_bits(value.max(f64::MIN_POSITIVE).to_bits() & EXPONENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_ordinary_and_of_extreme_numbers() {
        assert_eq!(moments(&[1.0, 3.0]), (2.0, 1.0));
        let (mean, std) = moments(&[1e300, -1e300]);
        assert_eq!((mean, std), (0.0, 1e300));
        let tiny = 4e-310;
        let (mean, std) = moments(&[0.0, tiny]);
        assert!(mean > 0.0 && std > 0.0 && std.is_finite());
        assert_eq!(moments(&[0.1; 7]).1, 0.0);
        assert_eq!(moments(&[f64::INFINITY, 5.0]), (5.0, 0.0));
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![1.7e308, 1.7e308]), Some(1.7e308));
        assert_eq!(median(vec![]), None);
    }
}
