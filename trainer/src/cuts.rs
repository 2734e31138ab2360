//! What several cuts of the rows into folds say together.

use folds::{Kept, mean};
use ml::features::Predictions;

/// Predicted numbers that are in memory together, at most.
const MOST_NUMBERS: usize = 40_000_000;

/// How many models' predictions, of so many numbers each, fit into so many cells at once; none where
/// that is one.
pub(crate) fn most_mixed(numbers: usize, cells: usize) -> usize {
    match cells.min(MOST_NUMBERS) / numbers.max(1) {
        0 | 1 => 0,
        several => several,
    }
}

/// What the folds say about all rows, on average over the cuts, into `whole`; nothing where that is
/// not known of each row.
pub(crate) fn mean_by_row(
    mut whole: Predictions,
    all: &[Kept],
    rows_of: impl Fn(u32) -> Vec<u32>,
) -> Result<Option<Predictions>, String> {
    let outputs = whole.outputs;
    let mut told = vec![0_u32; whole.rows()];
    for kept in all {
        let Some(part) = &kept.predictions else {
            return Ok(None);
        };
        let rows = rows_of(kept.fold);
        if part.outputs != outputs || part.rows() != rows.len() {
            let text = format!("the predictions of fold {} are of other rows", kept.fold);
            return Err(text);
        }
        for (place, row) in rows.into_iter().enumerate() {
            let row = row as usize;
            told[row] += 1;
            // A mean of large numbers is a number where their sum is none.
            let times = f64::from(told[row]);
            let means = &mut whole.values[row * outputs..][..outputs];
            means
                .iter_mut()
                .zip(part.row(place))
                .for_each(|(mean, value)| *mean += value / times - *mean / times);
        }
    }
    Ok(told.iter().all(|times| *times > 0).then_some(whole))
}

/// The score of each fold, on average over the cuts of the rows: of many trials the best on one cut is
/// also the luckiest there, and other cuts take that back.
pub(crate) fn fold_scores(all: &[Kept], folds: u32) -> Vec<Option<f64>> {
    let of = |fold| {
        let own = all.iter().filter(|kept| kept.fold % folds.max(1) == fold);
        mean(&own.filter_map(|kept| kept.score).collect::<Vec<f64>>())
    };
    (0..folds).map(of).collect()
}

/// How many of these folds answer together within a limit, the first cut in any case and others whole.
pub(crate) fn quick_enough(all: &[Kept], folds: u32, limit_ms: Option<f64>) -> usize {
    let Some(limit) = limit_ms.map(|limit| limit * 1e6) else {
        return all.len();
    };
    let end_of = |cut: u32| all.partition_point(|kept| kept.fold < (cut + 1) * folds.max(1));
    let cuts = all.last().map_or(0, |last| last.fold / folds.max(1));
    let fits = |cut: &u32| row_nanoseconds(&all[..end_of(*cut)]) <= limit;
    let last = (1..=cuts).take_while(fits).last();
    end_of(last.unwrap_or(0))
}

/// About how long these folds take together to answer one row.
pub(crate) fn row_nanoseconds(all: &[Kept]) -> f64 {
    all.iter().map(|kept| kept.model.row_nanoseconds()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model of one number for two rows, the first or the last of four.
    fn told(fold: u32, says: [f64; 2]) -> Kept {
        Kept {
            fold,
            score: None,
            seconds: 1.0,
            model: serde_json::from_value(serde_json::json!({"Baseline": {"answer": [1.0]}}))
                .unwrap(),
            predictions: Some(Predictions {
                outputs: 1,
                values: says.to_vec(),
            }),
        }
    }

    fn mean_of(all: &[Kept]) -> Result<Option<Vec<f64>>, String> {
        let rows_of = |fold| match fold {
            0 | 3 => vec![0, 1],
            1 => vec![3, 2],
            _ => vec![2, 3],
        };
        let whole = mean_by_row(Predictions::zeros(4, 1), all, rows_of)?;
        Ok(whole.map(|whole| whole.values))
    }

    #[test]
    fn what_is_said_of_a_row_is_the_mean_over_the_cuts() {
        let one = [told(0, [1.0, 2.0]), told(1, [3.0, 4.0])];
        assert_eq!(mean_of(&one), Ok(Some(vec![1.0, 2.0, 4.0, 3.0])));
        let [first, second] = one;
        let two = [first, second, told(2, [5.0, 7.0]), told(3, [2.0, 2.0])];
        assert_eq!(mean_of(&two), Ok(Some(vec![1.5, 2.0, 4.5, 5.0])));
        assert_eq!(mean_of(&two[..1]), Ok(None), "two rows are of no fold");
        let without = Kept {
            predictions: None,
            ..told(1, [0.0; 2])
        };
        assert_eq!(mean_of(&[told(0, [1.0, 2.0]), without]), Ok(None));
    }

    #[test]
    fn the_mean_of_numbers_whose_sum_is_none_is_a_number() {
        let all = [
            told(0, [f64::MAX, f64::MIN]),
            told(1, [0.0; 2]),
            told(3, [f64::MAX, f64::MAX]),
        ];
        assert_eq!(mean_of(&all), Ok(Some(vec![f64::MAX, 0.0, 0.0, 0.0])));
    }

    #[test]
    fn predictions_of_other_rows_are_refused() {
        let mut short = told(0, [1.0, 2.0]);
        short.predictions.as_mut().unwrap().values.pop();
        let error = mean_of(&[short]).unwrap_err();
        assert!(error.contains("fold 0"), "{error}");
    }

    #[test]
    fn models_are_mixed_as_far_as_memory_goes() {
        assert_eq!(most_mixed(100, 1_000), 10);
        assert_eq!(most_mixed(600, 1_000), 0, "one alone is no mixture");
        assert_eq!(most_mixed(0, 1_000), 1_000);
        assert_eq!(most_mixed(1_000_000, usize::MAX), 40);
    }

    #[test]
    fn scores_are_the_mean_over_cuts_where_there_are_any() {
        let kept = |fold, score| Kept {
            fold,
            score,
            seconds: 1.0,
            model: serde_json::from_value(serde_json::json!({"Baseline": {"answer": [1.0]}}))
                .unwrap(),
            predictions: None,
        };
        let first = [kept(0, Some(0.5)), kept(2, None)];
        assert_eq!(fold_scores(&first, 3), [Some(0.5), None, None]);
        let several = [
            kept(0, Some(0.5)),
            kept(1, Some(0.25)),
            kept(2, Some(1.0)),
            kept(3, Some(1.0)),
            kept(4, None),
        ];
        let expected = [Some(0.75), Some(0.25), Some(1.0)];
        assert_eq!(fold_scores(&several, 3), expected);
    }

    #[test]
    fn other_cuts_are_left_out_where_they_would_take_too_long() {
        let linear = serde_json::json!({"link": "Identity", "intercepts": [0.0],
                                        "coefficients": vec![1.0; 1_000]});
        let kept = |fold| Kept {
            fold,
            score: None,
            seconds: 1.0,
            model: serde_json::from_value(serde_json::json!({"Linear": linear})).unwrap(),
            predictions: None,
        };
        let all: Vec<Kept> = (0..8).map(kept).collect();
        let one = all[0].model.row_nanoseconds() / 1e6;
        assert_eq!(quick_enough(&all, 3, None), 8);
        assert_eq!(quick_enough(&all, 3, Some(8.0 * one)), 8);
        assert_eq!(quick_enough(&all, 3, Some(7.0 * one)), 6);
        assert_eq!(
            quick_enough(&all, 3, Some(0.5 * one)),
            3,
            "the first cut stays"
        );
        assert_eq!(quick_enough(&[], 3, Some(1.0)), 0);
    }
}
