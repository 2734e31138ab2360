//! Thresholds of a numeric column.

/// At most `max_bin - 1` ascending thresholds between the distinct values of a column.
///
/// With more distinct values than bins, zero has a bin of its own, often meaning "none", and the two
/// sides share the rest by their rows. There, values that fill a bin alone get one, and the others are
/// spread evenly over what remains. Both are LightGBM's rules (`FindBinWithZeroAsOneBin`,
/// `GreedyFindBin`), so that one seed of chance less lies between its trees and ours.
pub(super) fn thresholds(values: &[f64], sample: Option<&[u32]>, max_bin: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = match sample {
        Some(rows) => rows.iter().map(|&row| values[row as usize]).collect(),
        None => values.to_vec(),
    };
    sorted.retain(|value| !value.is_nan());
    sorted.sort_unstable_by(f64::total_cmp);
    let distinct = run_lengths(&sorted);
    match distinct.len() <= max_bin {
        true => cut(&distinct, max_bin),
        false => around_zero(&distinct, max_bin),
    }
}

/// Thresholds of more distinct values than bins.
fn around_zero(distinct: &[(f64, usize)], max_bin: usize) -> Vec<f64> {
    let rows = |part: &[(f64, usize)]| part.iter().map(|d| d.1).sum::<usize>();
    let (left, rest) = distinct.split_at(distinct.partition_point(|d| d.0 < 0.0));
    let (zero, right) = rest.split_at(rest.partition_point(|d| d.0 == 0.0));
    let share = rows(left) as f64 / (rows(left) + rows(right)) as f64;
    let left_bins = match left.is_empty() {
        true => 0,
        false => ((share * (max_bin - 1) as f64) as usize).max(1),
    };
    let mut out = cut(left, left_bins);
    let right_bins = match left.is_empty() {
        true => max_bin - 1,
        false => max_bin - 1 - (out.len() + 1),
    };
    let right = if right_bins > 0 { right } else { &[] };
    for pair in [left, zero, right]
        .iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .windows(2)
    {
        if let ([.., (low, _)], [(high, _), ..]) = (pair[0], pair[1]) {
            out.push(between(*low, *high));
        }
    }
    out.extend(cut(right, right_bins));
    out
}

/// Thresholds between values of one sign.
fn cut(distinct: &[(f64, usize)], bins: usize) -> Vec<f64> {
    if distinct.len() > bins {
        return greedy(distinct, bins);
    }
    let pairs = distinct.windows(2);
    pairs.map(|pair| between(pair[0].0, pair[1].0)).collect()
}

fn run_lengths(sorted: &[f64]) -> Vec<(f64, usize)> {
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for &value in sorted {
        match runs.last_mut() {
            // `==` joins -0.0 with 0.0, as every later comparison does.
            Some((last, count)) if *last == value => *count += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs
}

fn greedy(distinct: &[(f64, usize)], max_bin: usize) -> Vec<f64> {
    let total: usize = distinct.iter().map(|d| d.1).sum();
    let fair = total as f64 / max_bin as f64;
    let big = |index: usize| distinct[index].1 as f64 >= fair;
    let big_rows: usize = distinct
        .iter()
        .map(|d| d.1)
        .filter(|&c| c as f64 >= fair)
        .sum();
    let mut small_rows = total - big_rows;
    let mut small_bins = max_bin.saturating_sub((0..distinct.len()).filter(|&i| big(i)).count());
    let mut target = small_rows as f64 / small_bins.max(1) as f64;
    let mut out = Vec::with_capacity(max_bin);
    let mut filled = 0;
    for index in 0..distinct.len() - 1 {
        let (value, count) = distinct[index];
        filled += count;
        if !big(index) {
            small_rows -= count;
        }
        let full = big(index)
            || filled as f64 >= target
            || (big(index + 1) && filled as f64 >= (target * 0.5).max(1.0));
        if !full {
            continue;
        }
        if out.len() + 1 >= max_bin {
            break;
        }
        out.push(between(value, distinct[index + 1].0));
        filled = 0;
        if !big(index) {
            small_bins = small_bins.saturating_sub(1);
            target = small_rows as f64 / small_bins.max(1) as f64;
        }
    }
    out
}

/// A threshold `t` with `low <= t < high`: the midpoint where it exists, else `low` itself
/// (neighbouring floats, subnormals, infinities).
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if low <= middle && middle < high {
        middle
    } else {
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midpoints_between_few_distinct_values() {
        let column = [3.0, 1.0, f64::NAN, 1.0, 2.0];
        assert_eq!(thresholds(&column, None, 255), [1.5, 2.5]);
        assert!(thresholds(&[f64::NAN; 4], None, 255).is_empty());
        assert!(thresholds(&[7.0; 4], None, 255).is_empty());
    }

    #[test]
    fn extremes_are_ordered() {
        let tiny = f64::from_bits(1);
        let column = [
            f64::NEG_INFINITY,
            -1e300,
            -0.0,
            0.0,
            tiny,
            1e300,
            f64::MAX,
            f64::INFINITY,
        ];
        let cuts = thresholds(&column, None, 255);
        assert_eq!(cuts.len(), 6);
        let bin = |v: f64| cuts.partition_point(|&t| t < v);
        let bins: Vec<_> = column.iter().map(|&v| bin(v)).collect();
        assert_eq!(bins, [0, 1, 2, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn zero_stands_alone_and_both_sides_share_the_rest() {
        let mut column: Vec<f64> = (1..=3000).map(f64::from).collect();
        column.extend((1..=1000).map(|value| -f64::from(value)));
        column.extend([0.0; 50]);
        let cuts = thresholds(&column, None, 101);
        assert_eq!(cuts.len(), 100);
        assert_eq!(cuts.iter().filter(|&&cut| cut < 0.0).count(), 25);
        assert!(cuts.contains(&-0.5) && cuts.contains(&0.5), "{cuts:?}");
        // Without zeros, and with too few bins for both sides.
        let both: Vec<f64> = (1..=50)
            .flat_map(|v| [f64::from(v), -f64::from(v)])
            .collect();
        assert_eq!(thresholds(&both, None, 11).len(), 9);
        assert!(thresholds(&both, None, 2).len() <= 1);
        let above: Vec<f64> = (1..=500).map(f64::from).collect();
        assert_eq!(thresholds(&above, None, 101).len(), 99);
    }

    #[test]
    fn many_values_fill_bins_evenly_and_a_frequent_value_stands_alone() {
        let mut column: Vec<f64> = (1..=10_000).map(f64::from).collect();
        column.extend([5000.5; 5000]);
        let cuts = thresholds(&column, None, 100);
        assert!(cuts.len() <= 99 && cuts.len() > 60, "{}", cuts.len());
        let mut rows = vec![0usize; cuts.len() + 1];
        for v in &column {
            rows[cuts.partition_point(|t| t < v)] += 1;
        }
        let alone = rows.remove(cuts.partition_point(|&t| t < 5000.5));
        assert!((5000..5060).contains(&alone), "{alone}");
        assert!(rows.iter().all(|&r| (40..250).contains(&r)), "{rows:?}");
    }
}
