//! The order of the models, by cross-validation alone.

use super::Candidate;
use domain::Message;
use domain::task::Metric;
use ml::ensemble;
use std::cmp::Ordering;

/// Guesses without looking at any column.
const BASELINE: &str = "baseline";

/// Best first; a score that is no number comes last, and equal ones keep their order.
///
/// A mixture stands before all others: there is one unless it has done clearly worse than what one
/// would have chosen without it. Its score says less than theirs for it: its weights never saw the
/// fold that they were scored on, while the others are each the luckiest of many trials.
///
/// Where every model has every fold, this is the order of their mean scores. A fold that a model
/// lacks counts for it as the worst that any model that learns scored there: models are compared on
/// the same folds, and to lack a hard one is no advantage; but nobody is taken for as bad as guessing.
/// A fold that no model has a score for counts for none.
pub(super) fn ranked<'a>(candidates: &[Candidate<'a>], metric: Metric) -> Vec<Candidate<'a>> {
    let worst = worst(candidates, metric);
    let standings = candidates.iter().map(|c| standing(c, &worst, metric));
    let mut order: Vec<(f64, Candidate<'a>)> = standings.zip(candidates.iter().copied()).collect();
    order.sort_by(|(a, _), (b, _)| match (a, b) {
        (a, b) if a.is_nan() || b.is_nan() => a.is_nan().cmp(&b.is_nan()),
        (a, b) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
    });
    let mut order: Vec<Candidate<'a>> = order.into_iter().map(|(_, one)| one).collect();
    order.sort_by_key(|candidate| candidate.algorithm != ensemble::NAME);
    order
}

/// Puts models that take longer for a row than they may behind all others, and says so. Where all do,
/// the quickest comes first; guessing, which takes no time, is no model to be chosen for that.
pub(super) fn quick_first(order: &mut [Candidate<'_>], limit: f64) -> Option<Message> {
    let quick = |candidate: &Candidate<'_>| candidate.row_nanoseconds <= limit;
    let guesses = |candidate: &Candidate<'_>| candidate.algorithm == BASELINE;
    let best = order.first().filter(|best| !quick(best)).copied();
    let limit_ms = limit / 1e6;
    if order.iter().any(|one| quick(one) && !guesses(one)) {
        order.sort_by_key(|candidate| !quick(candidate));
        let best = best?;
        let needed = best.row_nanoseconds / 1e6;
        let text = format!(
            "Models that take longer than {limit_ms} ms a row stand behind the others. The best of them, {}, \
             takes about {needed:.3} ms.",
            ml::registry::called(best.algorithm)
        );
        let message = Message::new("evaluate.slow_behind", text)
            .with("limit_ms", limit_ms)
            .with("needed_ms", needed)
            .with("algorithm", best.algorithm);
        return Some(message);
    }
    order.sort_by(|a, b| {
        let own = |one: &Candidate<'_>| (guesses(one), one.row_nanoseconds);
        let (a, b) = (own(a), own(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let quickest = order.first().filter(|one| !guesses(one))?;
    let needed = quickest.row_nanoseconds / 1e6;
    let text = format!(
        "No model answers within {limit_ms} ms; the quickest, {}, takes about {needed:.3} ms a row.",
        ml::registry::called(quickest.algorithm)
    );
    let message = Message::new("evaluate.none_quick_enough", text)
        .with("limit_ms", limit_ms)
        .with("needed_ms", needed)
        .with("algorithm", quickest.algorithm);
    Some(message)
}

/// The largest loss of any model that learns, fold by fold; where only guessing has a score, that.
fn worst(candidates: &[Candidate<'_>], metric: Metric) -> Vec<Option<f64>> {
    let folds = candidates.iter().map(|c| c.fold_scores.len()).max();
    let largest = |fold: usize, guesses: bool| {
        let asked = candidates
            .iter()
            .filter(|c| (c.algorithm == BASELINE) == guesses);
        asked
            .filter_map(|c| Some(metric.loss((*c.fold_scores.get(fold)?)?)))
            .max_by(f64::total_cmp)
    };
    (0..folds.unwrap_or(0))
        .map(|fold| largest(fold, false).or_else(|| largest(fold, true)))
        .collect()
}

/// A model's mean loss over all folds. One whose folds are not known stands by its mean score.
fn standing(candidate: &Candidate<'_>, worst: &[Option<f64>], metric: Metric) -> f64 {
    if candidate.fold_scores.is_empty() {
        return metric.loss(candidate.cv_score);
    }
    let own = |fold: usize| Some(metric.loss((*candidate.fold_scores.get(fold)?)?));
    let losses: Vec<f64> = worst
        .iter()
        .enumerate()
        .filter_map(|(fold, worst)| own(fold).or(*worst))
        .collect();
    losses.iter().sum::<f64>() / losses.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Predicts;
    use domain::ModelId;
    use ml::features::Predictions;
    use ml::table::Table;

    struct Silent;

    impl Predicts for Silent {
        fn predict(&self, _: &Table) -> Result<Predictions, Message> {
            Err(Message::new("", ""))
        }
    }

    fn order(models: &[(&'static str, &[Option<f64>])], metric: Metric) -> Vec<String> {
        let candidates: Vec<Candidate<'_>> = models
            .iter()
            .map(|(algorithm, fold_scores)| {
                let known: Vec<f64> = fold_scores.iter().copied().flatten().collect();
                Candidate {
                    model_id: ModelId::new(),
                    algorithm,
                    cv_score: known.iter().sum::<f64>() / known.len() as f64,
                    cv_std: 0.0,
                    folds: None,
                    fold_scores,
                    row_nanoseconds: 0.0,
                    predictor: &Silent,
                }
            })
            .collect();
        let order = ranked(&candidates, metric);
        order.iter().map(|c| c.algorithm.to_owned()).collect()
    }

    #[test]
    fn to_lack_a_hard_fold_is_no_advantage() {
        // The second fold is hard for all; `lucky` was never asked about it, and its mean is best.
        let whole = [Some(0.90), Some(0.60), Some(0.90)];
        let lucky = [Some(0.89), None, Some(0.89)];
        assert_eq!(
            order(&[("lucky", &lucky), ("whole", &whole)], Metric::RocAuc),
            ["whole", "lucky"]
        );
    }

    #[test]
    fn a_model_that_is_better_on_the_folds_it_has_may_still_win() {
        let baseline = [Some(2.0), Some(2.0), Some(2.0)];
        let good = [Some(0.5), Some(0.5), None];
        assert_eq!(
            order(&[("baseline", &baseline), ("good", &good)], Metric::LogLoss),
            ["good", "baseline"]
        );
    }

    #[test]
    fn to_lack_a_fold_is_not_to_guess_there() {
        let guesses = [Some(12.5), Some(12.5), Some(12.5)];
        let worse = [Some(6.8), Some(7.0), Some(6.9)];
        let better = [Some(4.5), Some(4.6), None];
        let models = [
            ("baseline", &guesses[..]),
            ("worse", &worse),
            ("better", &better),
        ];
        assert_eq!(
            order(&models, Metric::Rmse),
            ["better", "worse", "baseline"]
        );
    }

    #[test]
    fn slow_models_stand_behind_all_others() {
        let times = |limit: f64| {
            let slow = [
                ("slow", 9e6),
                ("quick", 1e6),
                ("quicker", 5e5),
                (BASELINE, 0.0),
            ];
            let mut order = slow.map(|(algorithm, row_nanoseconds)| Candidate {
                model_id: ModelId::new(),
                algorithm,
                cv_score: 0.5,
                cv_std: 0.0,
                folds: None,
                fold_scores: &[],
                row_nanoseconds,
                predictor: &Silent,
            });
            let warning = quick_first(&mut order, limit);
            (order.map(|candidate| candidate.algorithm), warning)
        };
        assert_eq!(times(1e7).1, None);
        let (order, warning) = times(2e6);
        assert_eq!(order, ["quick", "quicker", BASELINE, "slow"]);
        let text = warning.unwrap().text;
        assert!(text.contains("best of them, slow"), "{text}");
        let (order, warning) = times(1e5);
        assert_eq!(order, ["quicker", "quick", "slow", BASELINE]);
        let text = warning.unwrap().text;
        assert!(
            text.contains("within 0.1 ms; the quickest, quicker"),
            "{text}"
        );
    }

    #[test]
    fn a_mixture_stands_first() {
        let (lucky, mixed) = ([Some(0.80), Some(0.82)], [Some(0.80), Some(0.81)]);
        let order = order(&[("lucky", &lucky), ("ensemble", &mixed)], Metric::RocAuc);
        assert_eq!(order, ["ensemble", "lucky"]);
    }

    #[test]
    fn a_fold_that_nobody_has_counts_for_nobody() {
        let first = [Some(0.8), None];
        let second = [Some(0.7), None];
        assert_eq!(
            order(&[("second", &second), ("first", &first)], Metric::Accuracy),
            ["first", "second"]
        );
    }

    #[test]
    fn without_any_number_a_model_comes_last() {
        let some = [Some(0.1), Some(0.1)];
        let order = order(&[("nothing", &[]), ("some", &some)], Metric::R2);
        assert_eq!(order, ["some", "nothing"]);
    }
}
