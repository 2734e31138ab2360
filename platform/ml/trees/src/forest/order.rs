//! An order of a categorical column's levels, found once per tree.
//!
//! Ordering levels by their mean makes the best subset a prefix (Fisher 1958), for more than two
//! classes approximately along the first principal component of the class shares (Coppersmith,
//! Hong & Hosking 1999). Doing it once per tree and not in every node is faster and over-fits
//! rare levels less (Wright & König 2019); doing it on the tree's own rows keeps out-of-bag
//! predictions honest.

use super::criterion::Criterion;

/// Bins by their place in the order; `histogram` has one statistic per bin. The missing bin is a
/// level like any other.
pub(super) fn order<C: Criterion>(
    criterion: &C,
    histogram: &[u64],
    bins: usize,
    smooth: f64,
) -> Vec<u8> {
    let len = criterion.profile_len();
    let mut profiles = vec![vec![0.0; len]; bins];
    let mut rows = vec![0.0; bins];
    let mut mean = vec![0.0; len];
    for (bin, words) in histogram.chunks(criterion.words()).take(bins).enumerate() {
        rows[bin] = criterion.profile(words, &mut profiles[bin]);
        mean.iter_mut()
            .zip(&profiles[bin])
            .for_each(|(mean, part)| *mean += part);
    }
    let total: f64 = rows.iter().sum();
    mean.iter_mut()
        .for_each(|mean| *mean /= total.max(f64::MIN_POSITIVE));
    for (profile, rows) in profiles.iter_mut().zip(&rows) {
        for (value, mean) in profile.iter_mut().zip(&mean) {
            // The smoothed mean's distance from the mean of all.
            *value = (*value - rows * mean) / (rows + smooth).max(f64::MIN_POSITIVE);
        }
    }
    let axis = main_axis(&profiles, &rows);
    let key = |bin: u8| dot(&profiles[usize::from(bin)], &axis);
    let mut order: Vec<u8> = (0..bins).map(|bin| bin as u8).collect();
    order.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
    order
}

/// The first principal component of centred profiles, by power iteration.
fn main_axis(profiles: &[Vec<f64>], rows: &[f64]) -> Vec<f64> {
    const STEPS: usize = 30;
    let len = profiles.first().map_or(1, Vec::len);
    if len == 1 {
        return vec![1.0];
    }
    // The column of largest variance is not orthogonal to the component.
    let variance = |k: usize| -> f64 {
        profiles
            .iter()
            .zip(rows)
            .map(|(profile, rows)| rows * profile[k] * profile[k])
            .sum()
    };
    let variances: Vec<f64> = (0..len).map(variance).collect();
    let largest = (0..len).max_by(|&a, &b| variances[a].total_cmp(&variances[b]));
    let mut axis = vec![0.0; len];
    axis[largest.unwrap_or(0)] = 1.0;
    for _ in 0..STEPS {
        let mut next = vec![0.0; len];
        for (profile, rows) in profiles.iter().zip(rows) {
            let along = rows * dot(profile, &axis);
            next.iter_mut()
                .zip(profile)
                .for_each(|(next, value)| *next += along * value);
        }
        let norm = dot(&next, &next).sqrt();
        if norm <= f64::MIN_POSITIVE {
            break;
        }
        axis = next.into_iter().map(|value| value / norm).collect();
    }
    axis
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
