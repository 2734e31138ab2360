//! What a reader of the numbers should be careful about, found in the numbers themselves.

use crate::evaluate::Judged;
use crate::language::Language;
use domain::Message;
use domain::evaluation::{Confusion, Evaluation, Interval};
use domain::model::FoldCount;
use domain::task::Metric;
use std::collections::BTreeMap;

/// Below this many held-out rows, intervals are wide.
const FEW_ROWS: u64 = 200;
/// Below this many rows of a class, what is said of the class is a guess.
const FEW_OF_CLASS: u64 = 20;
/// From this share on, always naming the largest class looks good.
const IMBALANCE: f64 = 0.8;

/// Below this many held-out groups, it matters which they are.
const FEW_GROUPS: u64 = 20;
/// Folds whose root mean squared errors differ by more than this share of their mean: those of ten rows
/// with errors as usual differ by a fifth.
const UNEVEN: f64 = 0.4;
/// Class names that a sentence holds at most.
const MOST_NAMES: usize = 10;

/// Cautions about the chosen model's numbers, most important first.
#[must_use]
pub fn cautions(judged: &Judged) -> Vec<Message> {
    let evaluation = &judged.evaluation;
    let Some(model) = judged.chosen() else {
        return Vec::new();
    };
    let deciding = model.metrics.get(&evaluation.metric);
    let confusion = model.confusion.as_ref();
    let found = [
        deciding.and_then(|score| too_good(evaluation.metric, score)),
        no_better_than_luck(&model.metrics, evaluation.metric),
        deciding.and_then(|score| below_cross_validation(judged, score)),
        heavy_tail(judged),
        missing_folds(judged),
        few_groups(judged),
        confusion.and_then(never_predicted),
        confusion.and_then(imbalance),
        confusion.and_then(rare_classes),
        small_test(evaluation),
    ];
    found.into_iter().flatten().collect()
}

fn small_test(evaluation: &Evaluation) -> Option<Message> {
    let rows = evaluation.rows_test;
    (rows < FEW_ROWS).then(|| {
        let text = format!(
            "There are only {rows} held-out rows: with other rows the scores might be quite \
             different. Look at the intervals more than at the values."
        );
        Message::new("caution.small_test", text).with("rows", rows)
    })
}

/// Rows of a group are alike: what counts is how many groups there are.
fn few_groups(judged: &Judged) -> Option<Message> {
    let groups = judged.groups.filter(|groups| *groups < FEW_GROUPS)?;
    let text = match groups {
        1 => "All held-out rows are of one group, so nothing can be said of how much the scores \
              would differ with other groups: there are no intervals. Hold out more groups."
            .to_owned(),
        _ => format!(
            "The held-out rows are of only {groups} groups: with other groups the scores might be \
             quite different."
        ),
    };
    let code = match groups {
        1 => "caution.one_group",
        _ => "caution.few_groups",
    };
    Some(Message::new(code, text).with("groups", groups))
}

/// Where a few rows make most of the squared error, neither one score nor a resampled interval shows
/// what others like them would do.
fn heavy_tail(judged: &Judged) -> Option<Message> {
    let metric = judged.evaluation.metric;
    let chosen = judged.scores.iter().find(|scored| scored.chosen)?;
    let uneven = match metric {
        Metric::Rmse => UNEVEN,
        // What differs by so much differs by twice as much once it is squared.
        Metric::Mse => 2.0 * UNEVEN,
        _ => return None,
    };
    (chosen.cv_std > uneven * chosen.cv_score).then(|| {
        let words = Language::English;
        let (cv, std) = (chosen.cv_score, chosen.cv_std);
        let text = format!(
            "The error differs a lot from one part of the rows to the other ({} in \
             cross-validation), as where a few very large values make most of it. The score on \
             the held-out rows then depends on how many of them are there, and its interval may be \
             far too narrow. Look at the median error or, where no value is negative, predict the \
             logarithm of the target.",
            words.spread(cv, std)
        );
        Message::new("caution.heavy_tail", text)
            .with("cv", cv)
            .with("std", std)
    })
}

/// Classes that the model never names although rows are of them.
fn never_predicted(confusion: &Confusion) -> Option<Message> {
    let named = |class: usize| confusion.matrix.iter().any(|row| row.get(class) > Some(&0));
    let never: Vec<String> = row_counts(confusion)
        .enumerate()
        .filter(|(class, (_, rows))| *rows > 0 && !named(*class))
        .map(|(_, (label, _))| label.clone())
        .collect();
    let never = some(never);
    (!never.is_empty()).then(|| {
        let text = format!(
            "The model never predicts: {}. It misses every held-out row of these classes; look at \
             their probabilities instead, or choose balanced accuracy or F1 as the metric.",
            never.join(", ")
        );
        Message::new("caution.never_predicted", text).with("classes", never)
    })
}

fn missing_folds(judged: &Judged) -> Option<Message> {
    let short = judged.scores.iter().filter(|scored| {
        let folds = scored.folds;
        folds.is_some_and(FoldCount::is_short)
    });
    let algorithms: Vec<&str> = short.map(|scored| scored.algorithm.as_str()).collect();
    (!algorithms.is_empty()).then(|| {
        let names = algorithms
            .iter()
            .map(|name| Language::English.algorithm(name));
        let text = format!(
            "Some models lack folds, because there was no time for them or because they failed: \
             {}. Their cross-validation score is the mean of the folds that they have; in the \
             ranking a missing fold counts as the worst that any model that learns scored there.",
            names.collect::<Vec<_>>().join(", ")
        );
        Message::new("caution.missing_folds", text).with("algorithms", algorithms)
    })
}

fn row_counts(confusion: &Confusion) -> impl Iterator<Item = (&String, u64)> {
    let totals = confusion.matrix.iter().map(|row| row.iter().sum());
    confusion.labels.iter().zip(totals)
}

fn rare_classes(confusion: &Confusion) -> Option<Message> {
    let rare: Vec<String> = row_counts(confusion)
        .filter(|(_, rows)| *rows < FEW_OF_CLASS)
        .map(|(label, _)| label.clone())
        .collect();
    let rare = some(rare);
    (!rare.is_empty()).then(|| {
        let text = format!(
            "There are few held-out rows of: {}. How good the model is for these classes is \
             uncertain.",
            rare.join(", ")
        );
        Message::new("caution.rare_class", text).with("classes", rare)
    })
}

/// The first names of many, and that there are more.
fn some(mut names: Vec<String>) -> Vec<String> {
    let all = names.len();
    if all > MOST_NAMES {
        names.truncate(MOST_NAMES);
        names.push(format!("… ({all})"));
    }
    names
}

fn imbalance(confusion: &Confusion) -> Option<Message> {
    let total: u64 = row_counts(confusion).map(|(_, rows)| rows).sum();
    let (label, rows) = row_counts(confusion).max_by_key(|(_, rows)| *rows)?;
    let share = rows as f64 / total.max(1) as f64;
    (share >= IMBALANCE && rows < total).then(|| {
        let text = format!(
            "{} of the held-out rows are of the class \"{label}\": always answering that would \
             already have this accuracy. Look at balanced accuracy and recall instead.",
            Language::English.percent(share, 0)
        );
        Message::new("caution.imbalance", text)
            .with("share", share)
            .with("class", label.as_str())
    })
}

/// A score that real data hardly allows; mostly a column that knows the answer.
fn too_good(metric: Metric, score: &Interval) -> Option<Message> {
    let suspicious = match metric {
        Metric::RocAuc | Metric::AveragePrecision => score.value > 0.998,
        Metric::R2 | Metric::Accuracy | Metric::BalancedAccuracy | Metric::F1 | Metric::Mcc => {
            score.value > 0.995
        }
        Metric::LogLoss | Metric::Brier => score.value < 0.005,
        _ => false,
    };
    suspicious.then(|| {
        let text = "The result is almost perfect. Check that no column holds the answer, or is \
                    known only after what is to be predicted.";
        Message::new("caution.too_good", text)
    })
}

/// By the metric that decides if it says by itself what luck would give, else by one that does.
fn no_better_than_luck(metrics: &BTreeMap<Metric, Interval>, deciding: Metric) -> Option<Message> {
    // What predicts a median well may explain no variance: R² speaks for squared errors alone.
    let squared = matches!(deciding, Metric::Rmse | Metric::Mse);
    let telling = [deciding, Metric::RocAuc, Metric::R2, Metric::Mcc];
    let (score, luck) = telling.into_iter().find_map(|metric| {
        let luck = match metric {
            Metric::RocAuc => 0.5,
            Metric::R2 if squared || metric == deciding => 0.0,
            Metric::Mcc => 0.0,
            _ => return None,
        };
        Some((metrics.get(&metric)?, luck))
    })?;
    (score.lo <= luck).then(|| {
        let text = "The model does not do clearly better than luck: the columns say little about \
                    the target, or there are too few rows.";
        Message::new("caution.no_better_than_chance", text)
    })
}

fn below_cross_validation(judged: &Judged, score: &Interval) -> Option<Message> {
    let metric = judged.evaluation.metric;
    let chosen = judged.scores.iter().find(|scored| scored.chosen)?;
    let has_interval = score.lo < score.hi;
    // The better end of the interval is still worse than cross-validation promised.
    let best = metric.loss(score.lo).min(metric.loss(score.hi));
    (has_interval && best > metric.loss(chosen.cv_score)).then(|| {
        let text = format!(
            "The score on the held-out rows is worse than that of the cross-validation ({}): the \
             held-out rows may differ from the others.",
            Language::English.number(chosen.cv_score)
        );
        Message::new("caution.test_below_cv", text).with("cv", chosen.cv_score)
    })
}
