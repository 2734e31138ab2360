//! What an evaluation promises.

use super::*;
use domain::{Deadline, ManualClock, Timestamp};
use ml::fit::CancelFlag;
use ml::table::Column;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// A model made of a function of a row's numbers.
struct Formula<F>(F);

impl<F: Fn(&[f64]) -> Vec<f64> + Sync> Predicts for Formula<F> {
    fn predict(&self, table: &Table) -> Result<Predictions, Message> {
        let row = |row: usize| -> Vec<f64> {
            let columns = table.columns.iter().map(|column| match column {
                Column::Numeric(values) => values[row],
                Column::Words { codes, .. } => f64::from(codes[row]),
            });
            (self.0)(&columns.collect::<Vec<_>>())
        };
        let rows: Vec<Vec<f64>> = (0..table.rows()).map(row).collect();
        Ok(Predictions {
            outputs: rows.first().map_or(1, Vec::len),
            values: rows.concat(),
        })
    }
}

/// A model that cannot predict.
struct Broken;

impl Predicts for Broken {
    fn predict(&self, _: &Table) -> Result<Predictions, Message> {
        Err(Message::new("test.tree", "a tree is missing"))
    }
}

fn candidate<'a>(algorithm: &'a str, cv_score: f64, predictor: &'a dyn Predicts) -> Candidate<'a> {
    Candidate {
        model_id: ModelId::new(),
        algorithm,
        cv_score,
        cv_std: 0.01,
        folds: None,
        fold_scores: &[],
        row_nanoseconds: 0.0,
        predictor,
    }
}

fn table(columns: &[(&str, Vec<f64>)]) -> Table {
    let names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let values = columns.iter().map(|(_, v)| Column::Numeric(v.clone()));
    Table::new(names, values.collect()).unwrap()
}

fn classes(codes: Vec<u32>, count: usize) -> Target {
    Target::Classes { codes, count }
}

struct Setting {
    table: Table,
    target: Target,
    features: Vec<String>,
    classes: Vec<String>,
    task: Task,
    metric: Metric,
}

impl Setting {
    fn new(table: Table, target: Target, metric: Metric) -> Self {
        let count = match &target {
            Target::Classes { count, .. } => *count,
            Target::Values(_) => 0,
        };
        Self {
            features: table.names.clone(),
            table,
            target,
            classes: (0..count).map(|class| format!("class {class}")).collect(),
            task: match count {
                0 => Task::Regression,
                2 => Task::Binary,
                _ => Task::Multiclass,
            },
            metric,
        }
    }

    fn run(&self, candidates: &[Candidate<'_>]) -> Result<Judged, EvaluateError> {
        self.run_within(candidates, &Limits::default())
    }

    fn run_within(
        &self,
        candidates: &[Candidate<'_>],
        limits: &Limits,
    ) -> Result<Judged, EvaluateError> {
        let held_out = HeldOut {
            table: &self.table,
            target: &self.target,
            features: &self.features,
            units: &ml::metrics::Units::new(self.target.len(), None),
        };
        let question = Question {
            task: self.task,
            metric: self.metric,
            classes: &self.classes,
            positive: None,
            rows_train: 800,
            row_limit: None,
            seed: 7,
        };
        evaluate(candidates, held_out, &question, limits)
    }
}

/// Two hundred rows whose class follows `signal`, with a tenth of them turned round.
fn two_classes() -> Setting {
    let mut chance = crate::chance::Chance::new(1, &[]);
    let mut unit = || (chance.bits() >> 11) as f64 / (1u64 << 53) as f64;
    let signal: Vec<f64> = (0..200).map(|_| unit()).collect();
    let noise: Vec<f64> = (0..200).map(|_| unit()).collect();
    let codes = signal
        .iter()
        .map(|s| u32::from((*s > 0.5) != (unit() < 0.1)));
    let codes = codes.collect();
    let table = table(&[("noise", noise), ("signal", signal)]);
    Setting::new(table, classes(codes, 2), Metric::RocAuc)
}

fn probability(p: f64) -> Vec<f64> {
    vec![1.0 - p, p]
}

#[test]
fn numbers_are_those_of_scikit_learn() {
    // roc_auc_score, average_precision_score, … of y = [0,0,1,1], p = [.1,.4,.35,.8].
    let scores = table(&[("p", vec![0.1, 0.4, 0.35, 0.8])]);
    let setting = Setting::new(scores, classes(vec![0, 0, 1, 1], 2), Metric::RocAuc);
    let model = Formula(|row: &[f64]| probability(row[0]));
    let judged = setting.run(&[candidate("m", 0.8, &model)]).unwrap();
    let metrics = &judged.chosen().unwrap().metrics;
    for (metric, expected) in [
        (Metric::RocAuc, 0.75),
        (Metric::AveragePrecision, 0.833_333_333_333_333_3),
        (Metric::Accuracy, 0.75),
        (Metric::Recall, 0.5),
        (Metric::Precision, 1.0),
        (Metric::Brier, 0.158_125),
        (Metric::LogLoss, 0.472_287_953_809_176_15),
    ] {
        let found = metrics[&metric];
        assert!(
            (found.value - expected).abs() < 1e-12,
            "{metric}: {found:?}"
        );
        assert!(found.lo <= found.value && found.value <= found.hi);
    }
    let chosen = judged.chosen().unwrap();
    assert_eq!(chosen.confusion.as_ref().unwrap().matrix, [[2, 0], [1, 1]]);
    assert_eq!((chosen.roc.len(), &*chosen.roc[0].label), (1, "class 1"));
    assert_eq!(judged.evaluation.positive_class.as_deref(), Some("class 1"));
    assert_eq!(judged.evaluation.verdict, None);
    assert_eq!(judged.warnings, []);
}

#[test]
fn the_choice_is_by_cross_validation_and_never_by_the_held_out_rows() {
    let setting = two_classes();
    let good = Formula(|row: &[f64]| probability(row[1]));
    let bad = Formula(|row: &[f64]| probability(row[0]));
    let candidates = [candidate("good", 0.80, &good), candidate("bad", 0.81, &bad)];
    let judged = setting.run(&candidates).unwrap();
    assert_eq!(judged.evaluation.chosen_model_id, candidates[1].model_id);
    let [first, second] = &judged.scores[..] else {
        panic!("two models")
    };
    assert_eq!(
        (first.rank, first.chosen, &*first.algorithm),
        (1, true, "bad")
    );
    assert_eq!((second.rank, second.chosen), (2, false));
    assert!(first.test_score < second.test_score);
    assert_eq!(judged.evaluation.verdict.unwrap().code, "evaluate.loses");
}

#[test]
fn smaller_is_better_where_the_metric_says_so() {
    let mut setting = two_classes();
    setting.metric = Metric::LogLoss;
    let good = Formula(|row: &[f64]| probability(if row[1] > 0.5 { 0.9 } else { 0.1 }));
    let bad = Formula(|_: &[f64]| probability(0.5));
    let candidates = [candidate("bad", 0.69, &bad), candidate("good", 0.3, &good)];
    let judged = setting.run(&candidates).unwrap();
    assert_eq!(judged.evaluation.chosen_model_id, candidates[1].model_id);
    let verdict = judged.evaluation.verdict.unwrap();
    assert_eq!(verdict.code, "evaluate.wins");
    assert_eq!(verdict.params["first"], "good");
    assert_eq!(verdict.params["second"], "bad");
    assert_eq!(verdict.params["metric"], "log_loss");
    assert!(verdict.params["difference"].as_f64().unwrap() > 0.2);
}

#[test]
fn a_difference_within_noise_is_called_one() {
    let setting = two_classes();
    let one = Formula(|row: &[f64]| probability(row[1]));
    let other = Formula(|row: &[f64]| probability(0.97 * row[1] + 0.03 * row[0]));
    let candidates = [
        candidate("one", 0.9, &one),
        candidate("other", 0.89, &other),
    ];
    let verdict = setting
        .run(&candidates)
        .unwrap()
        .evaluation
        .verdict
        .unwrap();
    assert_eq!(verdict.code, "evaluate.within_noise", "{verdict}");
}

#[test]
fn only_the_column_that_is_used_matters() {
    let mut setting = two_classes();
    setting.features.push("not in the table".to_owned());
    let model = Formula(|row: &[f64]| probability(row[1]));
    let judged = setting.run(&[candidate("m", 0.9, &model)]).unwrap();
    let importance = &judged.chosen().unwrap().importance;
    assert_eq!(importance.len(), 2);
    assert_eq!(importance[0].column, "signal");
    assert!(importance[0].mean > 0.2 && importance[0].std > 0.0);
    assert_eq!((importance[1].mean, importance[1].std), (0.0, 0.0));
}

#[test]
fn numbers_have_residuals_and_importance_in_their_own_direction() {
    let x: Vec<f64> = (0..3000).map(f64::from).collect();
    let y = x.iter().map(|x| 2.0 * x + 1.0).collect();
    let setting = Setting::new(table(&[("x", x)]), Target::Values(y), Metric::Rmse);
    let model = Formula(|row: &[f64]| vec![2.0 * row[0]]);
    let judged = setting.run(&[candidate("m", 1.0, &model)]).unwrap();
    let chosen = judged.chosen().unwrap();
    assert_eq!(judged.scores[0].test_score, Some(1.0));
    let residuals = chosen.residuals.as_ref().unwrap();
    assert_eq!(residuals.x.len(), 2000);
    assert!(residuals.y.iter().all(|residual| *residual == 1.0));
    assert!(chosen.importance[0].mean > 1000.0);
    assert!(chosen.confusion.is_none() && chosen.roc.is_empty());
    assert!(judged.scores[0].predict_us_per_row.unwrap() > 0.0);
}

#[test]
fn a_model_that_cannot_predict_is_named_and_passed_over() {
    let setting = two_classes();
    let good = Formula(|row: &[f64]| probability(row[1]));
    let wide = Formula(|_: &[f64]| vec![0.2, 0.3, 0.5]);
    let nan = Formula(|_: &[f64]| vec![f64::NAN, 0.5]);
    let candidates = [
        candidate("broken", 0.99, &Broken),
        candidate("wide", 0.98, &wide),
        candidate("nan", 0.97, &nan),
        candidate("good", 0.9, &good),
    ];
    let judged = setting.run(&candidates).unwrap();
    assert_eq!(judged.evaluation.chosen_model_id, candidates[3].model_id);
    let first = &judged.evaluation.models[0];
    assert_eq!(first.model_id, candidates[3].model_id);
    let failed = judged
        .warnings
        .iter()
        .filter(|w| w.code == "evaluate.model_failed");
    assert_eq!(failed.count(), 3);
    let ranks: Vec<u32> = judged.scores.iter().map(|s| s.rank).collect();
    assert_eq!(ranks, [1, 2, 3, 4]);
    let nothing = setting.run(&candidates[..3]).unwrap_err();
    assert!(nothing.to_string().contains("a tree is missing"));
    assert_eq!(setting.run(&[]), Err(EvaluateError::NoModels));
}

#[test]
fn when_time_is_short_the_chosen_models_score_still_comes_out() {
    let setting = two_classes();
    let model = Formula(|row: &[f64]| probability(row[1]));
    let candidates = [candidate("a", 0.9, &model), candidate("b", 0.8, &model)];
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let limits = Limits {
        deadline: Some(Deadline::new(clock.clone(), Timestamp(1))),
        cancel: CancelFlag::new(),
    };
    clock.advance(Duration::from_secs(1));
    let judged = setting.run_within(&candidates, &limits).unwrap();
    assert_eq!(judged.evaluation.chosen_model_id, candidates[0].model_id);
    assert!(judged.scores[0].test_score.is_some());
    assert_eq!(judged.scores[1].test_score, None);
    assert_eq!(judged.evaluation.models.len(), 2);
    let [warning] = &judged.warnings[..] else {
        panic!("one warning: {:?}", judged.warnings)
    };
    assert_eq!(warning.code, "evaluate.parts_skipped");
    let parts = serde_json::json!([
        "other_models",
        "other_metrics",
        "curves",
        "intervals",
        "verdict",
        "importance"
    ]);
    assert_eq!(warning.params["parts"], parts);
}

#[test]
fn with_time_enough_a_deadline_changes_nothing() {
    let setting = two_classes();
    let model = Formula(|row: &[f64]| probability(row[1]));
    let candidates = [candidate("a", 0.9, &model), candidate("b", 0.8, &model)];
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let limits = Limits {
        deadline: Some(Deadline::new(clock, Timestamp(3_600_000_000))),
        cancel: CancelFlag::new(),
    };
    let within = setting.run_within(&candidates, &limits).unwrap();
    let without = setting.run(&candidates).unwrap();
    assert_eq!(within.evaluation, without.evaluation);
    assert_eq!(within.warnings, []);
}

#[test]
fn a_cancelled_evaluation_has_no_result() {
    let model = Formula(|row: &[f64]| probability(row[1]));
    let limits = Limits::default();
    limits.cancel.cancel();
    let result = two_classes().run_within(&[candidate("a", 0.9, &model)], &limits);
    assert_eq!(result, Err(EvaluateError::Cancelled));
}

#[test]
fn any_number_of_threads_gives_the_same_numbers() {
    let setting = two_classes();
    let one = Formula(|row: &[f64]| probability(row[1]));
    let other = Formula(|row: &[f64]| probability(0.8 * row[1] + 0.2 * row[0]));
    let candidates = [
        candidate("one", 0.9, &one),
        candidate("other", 0.89, &other),
    ];
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let judged = pool.unwrap().install(|| setting.run(&candidates));
        judged.unwrap().evaluation
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn held_out_rows_that_say_nothing_are_no_error() {
    let model = Formula(|_: &[f64]| probability(0.3));
    let candidates = [candidate("a", 0.9, &model), candidate("b", 0.8, &model)];
    let one_class = Setting::new(
        table(&[("x", vec![1.0, 2.0, 3.0])]),
        classes(vec![1, 1, 1], 2),
        Metric::RocAuc,
    );
    let judged = one_class.run(&candidates).unwrap();
    assert_eq!(judged.warnings[0].code, "evaluate.metric_undefined");
    assert_eq!(judged.scores[0].test_score, None);
    assert!(
        judged
            .chosen()
            .unwrap()
            .metrics
            .contains_key(&Metric::Accuracy)
    );
    let empty = Setting::new(table(&[("x", vec![])]), classes(vec![], 2), Metric::RocAuc);
    let broad = Formula(|_: &[f64]| probability(0.3));
    let result = empty.run(&[candidate("a", 0.9, &broad)]);
    // An empty answer cannot say how many outputs it has; either way nothing panics.
    assert!(result.is_err() || result.unwrap().warnings[0].code == "evaluate.no_rows");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Constant answers, one class, one row, huge and tiny numbers: an evaluation comes out, and
    /// so do its plots.
    #[test]
    fn odd_answers_never_panic(
        rows in prop::collection::vec((0u32..3, -1e12f64..1e12, 0usize..4), 1..30),
        task in 0usize..3,
        metric in 0usize..17,
        constant in any::<bool>(),
        cv in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), -1.0..1.0f64],
    ) {
        let x: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let task = Task::ALL[task];
        let target = match task {
            Task::Binary => classes(rows.iter().map(|row| row.0 % 2).collect(), 2),
            Task::Multiclass => classes(rows.iter().map(|row| row.0).collect(), 3),
            Task::Regression => Target::Values(rows.iter().map(|row| row.2 as f64 - 1.5).collect()),
        };
        let outputs = target.outputs();
        let answer = move |row: &[f64]| -> Vec<f64> {
            let value = if constant { 0.25 } else { row[0] };
            match outputs {
                1 => vec![value],
                2 => probability(value.sin().abs()),
                _ => vec![value.sin().abs() / 2.0, value.cos().abs() / 2.0, 0.1],
            }
        };
        let model = Formula(answer);
        let flat = Formula(move |_: &[f64]| vec![1.0 / outputs as f64; outputs]);
        let metric = Some(Metric::ALL[metric]).filter(|m| m.measures(task));
        let metric = metric.unwrap_or(task.default_metric());
        let setting = Setting::new(table(&[("x", x)]), target, metric);
        let candidates = [candidate("a", cv, &model), candidate("b", 0.5, &flat)];
        let judged = setting.run(&candidates).unwrap();
        prop_assert_eq!(judged.evaluation.models.len(), 2);
        for model in &judged.evaluation.models {
            for score in model.metrics.values() {
                prop_assert!(score.lo <= score.value && score.value <= score.hi);
            }
        }
        for language in [crate::Language::French, crate::Language::English] {
            for plot in crate::plots::all(&judged, language) {
                prop_assert!(!plot.svg.contains("NaN") && plot.svg.ends_with("</svg>\n"));
            }
        }
        let _ = crate::cautions(&judged);
    }
}
