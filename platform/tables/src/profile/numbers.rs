//! Statistics of numbers, from different values and how often each occurs.

use domain::profile::{Histogram, Quantiles};

const BINS: usize = 20;

/// Different values in ascending order, each with its rows and one of the texts that write it.
#[derive(Default)]
pub(crate) struct Spread {
    values: Vec<(f64, u64, usize)>,
    rows: u64,
}

impl Spread {
    /// From the value of each text (NaN for none) and the rows with it.
    pub(super) fn new(values: &[f64], counts: &[u64], missing: &[bool]) -> Self {
        let levels = values.iter().zip(counts).zip(missing).enumerate();
        let mut all: Vec<(f64, u64, usize)> = levels
            .filter(|(_, ((value, rows), missing))| !value.is_nan() && **rows > 0 && !**missing)
            .map(|(level, ((value, rows), _))| (*value + 0.0, *rows, level))
            .collect();
        // Equal values written differently (`1`, `1.0`) are one; the first text stays.
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let rows = all.iter().map(|value| value.1).sum();
        Self { values: all, rows }
    }

    pub(super) fn unique(&self) -> u64 {
        self.values.len() as u64
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// A text of each value and its rows.
    pub(super) fn levels(&self) -> impl Iterator<Item = (usize, u64)> {
        self.values.iter().map(|(_, rows, level)| (*level, *rows))
    }

    pub(super) fn all_whole(&self) -> bool {
        self.values.iter().all(|(value, ..)| value.fract() == 0.0)
    }

    pub(super) fn min(&self) -> Option<f64> {
        self.values.first().map(|value| value.0)
    }

    pub(super) fn max(&self) -> Option<f64> {
        self.values.last().map(|value| value.0)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        let parts = self
            .values
            .iter()
            .map(|(value, rows, _)| value * *rows as f64);
        let mean = parts.sum::<f64>() / self.rows as f64;
        // Nothing rather than an infinity, which JSON cannot hold.
        Some(mean).filter(|mean| mean.is_finite())
    }

    pub(super) fn std(&self) -> Option<f64> {
        let mean = self.mean().filter(|_| self.rows > 1)?;
        let parts = self
            .values
            .iter()
            .map(|(v, rows, _)| (v - mean).powi(2) * *rows as f64);
        let variance = parts.sum::<f64>() / (self.rows - 1) as f64;
        Some(variance.sqrt()).filter(|std| std.is_finite())
    }

    pub(super) fn quantiles(&self) -> Option<Quantiles> {
        let last = self.rows.checked_sub(1)?;
        let mut ends = Vec::with_capacity(self.values.len());
        let mut passed = 0;
        for (_, rows, _) in &self.values {
            passed += rows;
            ends.push(passed);
        }
        let at = |rank: u64| self.values[ends.partition_point(|end| *end <= rank)].0;
        let quantile = |p: f64| {
            let place = p * last as f64;
            let below = place.floor();
            let (low, high) = (at(below as u64), at((below as u64 + 1).min(last)));
            let (part, step) = (place - below, high - low);
            // NumPy's interpolation, which is exact at both ends.
            if part < 0.5 {
                low + step * part
            } else {
                high - step * (1.0 - part)
            }
        };
        let [p05, p25, p50, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile);
        let finite = [p05, p25, p50, p75, p95].iter().all(|q| q.is_finite());
        finite.then_some(Quantiles {
            p05,
            p25,
            p50,
            p75,
            p95,
        })
    }

    pub(super) fn histogram(&self) -> Option<Histogram> {
        let (mut low, mut high) = (self.min()?, self.max()?);
        if low == high {
            // As NumPy: one value lies in the middle of a range of width one.
            (low, high) = (low - 0.5, high + 0.5);
        }
        let width = high - low;
        if !width.is_finite() || width <= 0.0 {
            return None;
        }
        let edge = |bin: usize| low + width * (bin as f64 / BINS as f64);
        let mut edges: Vec<f64> = (0..BINS).map(edge).collect();
        edges.push(high);
        let mut counts = vec![0; BINS];
        for (value, rows, _) in &self.values {
            // Edges decide, not the rounding of a division.
            let bin = edges[1..BINS].partition_point(|edge| edge <= value);
            counts[bin] += rows;
        }
        Some(Histogram { edges, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_numpy() {
        // np.array([1,1,2,10]): mean, std(ddof=1), quantile, histogram(bins=20).
        let spread = Spread::new(
            &[10.0, 1.0, f64::NAN, 2.0, 1.0],
            &[1, 1, 7, 1, 1],
            &[false; 5],
        );
        assert_eq!((spread.unique(), spread.rows()), (3, 4));
        assert_eq!(spread.mean(), Some(3.5));
        assert!((spread.std().unwrap() - 4.358_898_943_540_674).abs() < 1e-12);
        let q = spread.quantiles().unwrap();
        assert_eq!((q.p05, q.p25, q.p50, q.p75), (1.0, 1.0, 1.5, 4.0));
        assert!((q.p95 - 8.8).abs() < 1e-12);
        let histogram = spread.histogram().unwrap();
        assert_eq!((histogram.edges.len(), histogram.counts[0]), (21, 2));
        assert_eq!((histogram.counts[2], histogram.counts[19]), (1, 1));
    }
}
