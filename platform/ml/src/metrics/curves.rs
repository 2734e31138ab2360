//! Curves for plots, point by point as scikit-learn gives them.

use super::ranked::Ranking;
use super::{MetricError, check};
use crate::features::{Predictions, Target};
use domain::task::Metric;

/// True against false positives for every threshold, falling.
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    /// Share of the negatives that are taken for positive.
    pub fpr: Vec<f64>,
    /// Share of the positives that are found.
    pub tpr: Vec<f64>,
    /// Scores from which on a row counts as positive; the first is infinite.
    pub thresholds: Vec<f64>,
}

/// Precision against recall for every threshold, rising; ends at recall 0 and precision 1.
#[derive(Clone, Debug, PartialEq)]
pub struct PrecisionRecallCurve {
    /// Share of the predicted positives that are positive; one entry more than thresholds.
    pub precision: Vec<f64>,
    /// Share of the positives that are found.
    pub recall: Vec<f64>,
    /// Scores from which on a row counts as positive.
    pub thresholds: Vec<f64>,
}

/// What was promised against what happened, bin by bin; empty bins are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Mean predicted probability.
    pub predicted: Vec<f64>,
    /// Share of the rows that have the class.
    pub observed: Vec<f64>,
    /// Rows in the bin.
    pub counts: Vec<u64>,
}

/// How the bins of a [`Calibration`] are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bins {
    /// Equally wide.
    Uniform,
    /// Equally full.
    Quantile,
}

/// The ROC curve of one class against the rest. Points on a straight line between their
/// neighbours are left out, so the curve stays short.
pub fn roc_curve(
    target: &Target,
    predictions: &Predictions,
    class: usize,
) -> Result<RocCurve, MetricError> {
    let steps = Steps::new(Metric::RocAuc, target, predictions, class)?;
    let (positives, negatives) = steps.last();
    if positives == 0.0 || negatives == 0.0 {
        let metric = Metric::RocAuc;
        return Err(MetricError::OneClass { metric });
    }
    let last = steps.points.len() - 1;
    let bends = |place: &usize| {
        if *place == 0 || *place == last {
            return true;
        }
        let [a, b, c] = [place - 1, *place, place + 1].map(|i| steps.points[i]);
        a.1 + c.1 != 2.0 * b.1 || a.2 + c.2 != 2.0 * b.2
    };
    let kept = (0..=last).filter(bends).map(|i| steps.points[i]);
    let all: Vec<_> = std::iter::once((f64::INFINITY, 0.0, 0.0))
        .chain(kept)
        .collect();
    Ok(RocCurve {
        fpr: all.iter().map(|p| p.2 / negatives).collect(),
        tpr: all.iter().map(|p| p.1 / positives).collect(),
        thresholds: all.iter().map(|p| p.0).collect(),
    })
}

/// The precision-recall curve of one class against the rest.
pub fn precision_recall_curve(
    target: &Target,
    predictions: &Predictions,
    class: usize,
) -> Result<PrecisionRecallCurve, MetricError> {
    let steps = Steps::new(Metric::AveragePrecision, target, predictions, class)?;
    let (positives, _) = steps.last();
    if positives == 0.0 {
        let metric = Metric::AveragePrecision;
        return Err(MetricError::OneClass { metric });
    }
    let rising = || steps.points.iter().rev();
    let precision = rising().map(|p| p.1 / (p.1 + p.2));
    let recall = rising().map(|p| p.1 / positives);
    Ok(PrecisionRecallCurve {
        precision: precision.chain([1.0]).collect(),
        recall: recall.chain([0.0]).collect(),
        thresholds: rising().map(|p| p.0).collect(),
    })
}

/// The reliability of one class's probability.
pub fn calibration_curve(
    target: &Target,
    predictions: &Predictions,
    class: usize,
    bins: usize,
    strategy: Bins,
) -> Result<Calibration, MetricError> {
    let codes = codes_of(Metric::Brier, target, predictions, class)?;
    let scores = predictions.output(class);
    let bins = bins.max(1);
    let edges = inner_edges(&scores, bins, strategy);
    let mut sums = vec![(0.0, 0.0, 0u64); bins];
    for (score, code) in scores.iter().zip(codes) {
        let sum = &mut sums[edges.partition_point(|edge| edge < score)];
        sum.0 += score;
        sum.1 += f64::from(u8::from(*code as usize == class));
        sum.2 += 1;
    }
    sums.retain(|sum| sum.2 > 0);
    Ok(Calibration {
        predicted: sums.iter().map(|s| s.0 / s.2 as f64).collect(),
        observed: sums.iter().map(|s| s.1 / s.2 as f64).collect(),
        counts: sums.iter().map(|s| s.2).collect(),
    })
}

fn inner_edges(scores: &[f64], bins: usize, strategy: Bins) -> Vec<f64> {
    let share = |edge: usize| edge as f64 / bins as f64;
    match strategy {
        Bins::Uniform => (1..bins).map(share).collect(),
        Bins::Quantile => {
            let mut sorted = scores.to_vec();
            sorted.sort_by(f64::total_cmp);
            (1..bins)
                .map(|edge| quantile(&sorted, share(edge)))
                .collect()
        }
    }
}

/// The quantile of sorted values by linear interpolation, as NumPy's default.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let lower = sorted[below];
    match sorted.get(below + 1) {
        Some(upper) => lower + (upper - lower) * part,
        None => lower,
    }
}

/// For every different score, falling: the score, positives and negatives from there on.
struct Steps {
    points: Vec<(f64, f64, f64)>,
}

impl Steps {
    fn new(
        metric: Metric,
        target: &Target,
        predictions: &Predictions,
        class: usize,
    ) -> Result<Self, MetricError> {
        let codes = codes_of(metric, target, predictions, class)?;
        let scores = predictions.output(class);
        let once = vec![1; codes.len()];
        let mut points = Vec::new();
        Ranking::new(codes, &scores, class).steps(&once, |row, positive, negative| {
            points.push((scores[row as usize], positive as f64, negative as f64));
        });
        Ok(Self { points })
    }

    fn last(&self) -> (f64, f64) {
        self.points.last().map_or((0.0, 0.0), |p| (p.1, p.2))
    }
}

fn codes_of<'t>(
    metric: Metric,
    target: &'t Target,
    predictions: &Predictions,
    class: usize,
) -> Result<&'t [u32], MetricError> {
    check(target, predictions)?;
    match target {
        Target::Classes { codes, count } if class < *count => Ok(codes),
        Target::Classes { count, .. } => Err(MetricError::Class {
            class,
            classes: *count,
        }),
        Target::Values(_) => Err(MetricError::Task {
            metric,
            measured: "numbers",
        }),
    }
}
