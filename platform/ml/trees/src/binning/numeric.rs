//! Thresholds of a numeric column.

/// At most `max_bin - 1` ascending thresholds between the distinct values of a column.
///
/// With more distinct values than bins, values that fill a bin alone get one, and the rest is
/// spread evenly over what remains (the greedy rule of LightGBM's `GreedyFindBin`).
pub(super) fn thresholds(values: &[f64], sample: Option<&[u32]>, max_bin: usize) -> Vec<f64> {
    let mut sorted: Vec<f64> = match sample {
        Some(rows) => rows.iter().map(|&row| values[row as usize]).collect(),
        None => values.to_vec(),
    };
    sorted.retain(|value| !value.is_nan());
    sorted.sort_unstable_by(f64::total_cmp);
    let distinct = run_lengths(&sorted);
    if distinct.len() <= max_bin {
        return distinct
            .windows(2)
            .map(|pair| between(pair[0].0, pair[1].0))
            .collect();
    }
    greedy(&distinct, sorted.len(), max_bin)
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

fn greedy(distinct: &[(f64, usize)], total: usize, max_bin: usize) -> Vec<f64> {
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
    let mut out = Vec::with_capacity(max_bin - 1);
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
        out.push(between(value, distinct[index + 1].0));
        if out.len() == max_bin - 1 {
            break;
        }
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
    fn many_values_fill_bins_evenly_and_a_frequent_value_stands_alone() {
        let mut column: Vec<f64> = (0..10_000).map(f64::from).collect();
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
