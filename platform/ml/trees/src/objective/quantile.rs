//! Weighted quantiles, for losses whose leaves hold one.

/// The smallest value below which at least `alpha` of the weight lies; half-way to the next one
/// where a value ends exactly there, so that the median of two is their middle and doubled
/// weights are doubled rows. Zero for no weight.
pub(crate) fn weighted_quantile(pairs: &mut [(f64, f64)], alpha: f64) -> f64 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total: f64 = pairs.iter().map(|pair| pair.1).sum();
    let target = alpha * total;
    let mut sum = 0.0;
    let mut at_target = None;
    for &(value, weight) in pairs.iter().filter(|pair| pair.1 > 0.0) {
        if let Some(low) = at_target {
            return (low + value) / 2.0;
        }
        sum += weight;
        if (sum - target).abs() <= 1e-12 * total {
            at_target = Some(value);
        } else if sum > target {
            return value;
        }
    }
    at_target.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        let of = |values: &[f64]| {
            let mut pairs: Vec<_> = values.iter().map(|&v| (v, 1.0)).collect();
            weighted_quantile(&mut pairs, 0.5)
        };
        assert_eq!(of(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(of(&[]), 0.0);
        assert_eq!(weighted_quantile(&mut [(1.0, 1.0), (2.0, 3.0)], 0.5), 2.0);
        assert_eq!(weighted_quantile(&mut [(1.0, 1.0), (9.0, 0.0)], 0.9), 1.0);
    }
}
