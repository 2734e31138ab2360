//! Numbers that stand for "no value": `-999` and its kin.

/// The texts whose number is a sentinel, if the column has one: a lowest value of nines, far
/// below all others.
pub(super) fn find(values: &[f64], counts: &[u64]) -> Vec<usize> {
    let present = || {
        let pairs = values.iter().zip(counts);
        pairs.filter(|(v, rows)| !v.is_nan() && **rows > 0)
    };
    let lowest = present().map(|(v, _)| *v).fold(f64::INFINITY, f64::min);
    let nines = [-99.0, -999.0, -9_999.0, -99_999.0, -999_999.0, -9_999_999.0];
    if !nines.contains(&lowest) {
        return Vec::new();
    }
    let rows: u64 = present()
        .filter(|(v, _)| **v == lowest)
        .map(|(_, rows)| rows)
        .sum();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (value, _) in present().filter(|(v, _)| **v > lowest) {
        low = low.min(*value);
        high = high.max(*value);
    }
    // Alone in the column it is a value like any other.
    if low > high {
        return Vec::new();
    }
    let far_below = low - lowest > high - low && rows >= 2;
    let only_negative = low >= 0.0;
    let is_sentinel = if lowest == -99.0 {
        // A hundred is no distance among large numbers.
        only_negative && far_below && rows >= 3
    } else {
        only_negative || far_below
    };
    let levels = values.iter().enumerate();
    levels
        .filter(|(_, value)| is_sentinel && **value == lowest)
        .map(|(level, _)| level)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_sentinel_lies_far_below_all_else() {
        let once = vec![1; 4];
        assert_eq!(find(&[1.0, -999.0, 3.0, 2.0], &once), [1]);
        assert_eq!(find(&[-20.5, -9999.0, 30.0, 2.0], &[1, 5, 1, 1]), [1]);
        // Real values: others are as low, or it is all there is, or it is not far.
        assert!(find(&[-1200.0, -999.0, 3.0, 2.0], &once).is_empty());
        assert!(find(&[-999.0, -998.0, 1000.0, 2.0], &once).is_empty());
        assert!(find(&[-999.0], &[9]).is_empty());
        assert!(find(&[-99.0, 0.0, 5000.0, 2.0], &[9, 1, 1, 1]).is_empty());
        assert!(find(&[f64::NAN, 1.0], &[1, 1]).is_empty());
    }
}
