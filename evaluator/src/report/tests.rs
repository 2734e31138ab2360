//! What a report promises.

use super::*;
use crate::evaluate::Scored;
use domain::evaluation::{Confusion, Curve, Evaluation, Importance, Interval, ModelEvaluation};
use domain::model::FoldCount;
use domain::profile::{ColumnKind, ColumnProfile, Parsing, Profile};
use domain::task::{Metric, Task};
use domain::{Message, ModelId};
use std::collections::BTreeMap;

const EVIL: &str = "<script>alert(\"1\")</script>";

fn prepared() -> Prepared {
    let column = ColumnProfile {
        name: EVIL.to_owned(),
        kind: ColumnKind::Categorical,
        missing: 3,
        unique: 4,
        min: None,
        max: None,
        mean: None,
        std: None,
        quantiles: None,
        top: Vec::new(),
        histogram: None,
        parsing: Parsing::default(),
        warnings: vec![Message::new("profile.odd", format!("odd {EVIL}"))],
    };
    Prepared {
        task: Task::Binary,
        metric: Metric::RocAuc,
        classes: vec!["no".to_owned(), EVIL.to_owned()],
        positive: Some(1),
        profile: Profile {
            rows: 1000,
            columns: vec![column],
            warnings: Vec::new(),
            suggested_target: None,
            suggested_task: None,
        },
        recipe: String::new(),
        train: String::new(),
        test: String::new(),
        rows_train: 800,
        rows_test: 150,
        features: vec![EVIL.to_owned()],
        folds: 5,
        dataset_sha256: "abc".to_owned(),
        split: Some(Message::new("prepare.split_random", "20 % by chance").with("share", 0.2)),
        warnings: Vec::new(),
    }
}

fn judged() -> Judged {
    let mut judged = measured();
    judged.evaluation.cautions = crate::cautions(&judged);
    judged
}

fn measured() -> Judged {
    let id = ModelId::new();
    let interval = |value: f64| Interval {
        value,
        lo: value - 0.02,
        hi: value + 0.02,
    };
    let curve = Curve {
        label: EVIL.to_owned(),
        x: vec![0.0, 0.4, 1.0],
        y: vec![0.0, 0.7, 1.0],
    };
    let model = ModelEvaluation {
        model_id: id,
        algorithm: EVIL.to_owned(),
        metrics: BTreeMap::from([
            (Metric::RocAuc, interval(0.9)),
            (Metric::Accuracy, interval(0.87)),
            (Metric::Recall, interval(0.5)),
            (Metric::Precision, interval(0.75)),
        ]),
        confusion: Some(Confusion {
            labels: vec!["no".to_owned(), EVIL.to_owned()],
            matrix: vec![vec![120, 12], vec![8, 10]],
        }),
        roc: vec![curve.clone()],
        precision_recall: vec![curve.clone()],
        calibration: vec![curve.clone()],
        residuals: Some(curve),
        importance: vec![Importance {
            column: EVIL.to_owned(),
            mean: 0.1,
            std: 0.02,
        }],
    };
    let scored = Scored {
        model_id: id,
        algorithm: EVIL.to_owned(),
        rank: 1,
        chosen: true,
        cv_score: 0.95,
        cv_std: 0.01,
        folds: Some(FoldCount { done: 2, of: 5 }),
        test_score: Some(0.9),
        test_ci: Some((0.88, 0.92)),
        predict_us_per_row: Some(3.2),
    };
    Judged {
        evaluation: Evaluation {
            task: Task::Binary,
            metric: Metric::RocAuc,
            classes: vec!["no".to_owned(), EVIL.to_owned()],
            positive_class: Some(EVIL.to_owned()),
            rows_train: 800,
            rows_test: 150,
            chosen_model_id: id,
            verdict: Some(
                Message::new("evaluate.within_noise", format!("{EVIL} and b"))
                    .with("first", EVIL)
                    .with("second", "b")
                    .with("difference", 0.004)
                    .with("lo", -0.01)
                    .with("hi", 0.02)
                    .with("metric", "roc_auc"),
            ),
            cautions: Vec::new(),
            models: vec![model],
        },
        scores: vec![scored],
        warnings: vec![Message::new("evaluate.odd", EVIL)],
        groups: None,
    }
}

fn report(language: Language) -> String {
    let (prepared, judged) = (prepared(), judged());
    let plots = crate::plots::all(&judged, language);
    let story = Story {
        name: EVIL,
        target: EVIL,
        prepared: &prepared,
        judged: &judged,
        plots: &plots,
        seed: 42,
        repeats: true,
        version: "0.1.0",
    };
    let card = crate::model_card::markdown(&story, language);
    assert!(!card.contains("<script"), "{card}");
    assert!(card.contains("| "), "{card}");
    html(&story, language)
}

#[test]
fn nothing_from_the_data_is_markup_and_nothing_comes_from_elsewhere() {
    for language in [Language::French, Language::English] {
        let html = report(language);
        let lower = html.to_lowercase();
        assert!(!lower.contains("<script"));
        assert!(lower.contains("&lt;script&gt;"));
        for outside in ["src=", "href=", "@import", "url("] {
            assert!(!lower.contains(outside), "{outside}");
        }
        let links = lower.matches("http").count();
        let namespaces = lower
            .matches("xmlns=\"http://www.w3.org/2000/svg\"")
            .count();
        assert_eq!(links, namespaces);
    }
}

#[test]
fn a_report_speaks_its_language() {
    let french = report(Language::French);
    assert!(french.contains("<html lang=\"fr\">"));
    for text in [
        "En bref",
        "se valent",
        "Sur 100 lignes nouvelles, environ 87",
        "À surveiller",
        "(2 / 5 plis)",
        "un pli manquant compte comme",
        "tirées au hasard",
    ] {
        assert!(french.contains(text), "{text}");
    }
    let english = report(Language::English);
    assert!(english.contains("<html lang=\"en\">"));
    for text in [
        "In short",
        "Of 100 new rows, about 87",
        "finds 50",
        "What to be careful about",
        "(2 / 5 folds)",
    ] {
        assert!(english.contains(text), "{text}");
    }
}

#[test]
fn cautions_are_found_in_the_numbers() {
    let codes: Vec<String> = crate::cautions(&judged())
        .into_iter()
        .map(|m| m.code)
        .collect();
    let expected = [
        "caution.test_below_cv",
        "caution.missing_folds",
        "caution.imbalance",
        "caution.rare_class",
        "caution.small_test",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn few_groups_uneven_errors_and_silent_classes_are_pointed_out() {
    let found = |change: &dyn Fn(&mut Judged)| -> Vec<String> {
        let mut judged = measured();
        change(&mut judged);
        crate::cautions(&judged)
            .into_iter()
            .map(|m| m.code)
            .collect()
    };
    let has = |codes: Vec<String>, code: &str| codes.iter().any(|found| found == code);
    assert!(has(found(&|j| j.groups = Some(7)), "caution.few_groups"));
    assert!(has(found(&|j| j.groups = Some(1)), "caution.one_group"));
    assert!(!has(found(&|j| j.groups = Some(40)), "caution.few_groups"));
    let uneven = |metric: Metric, std: f64| {
        found(&|j| {
            j.evaluation.metric = metric;
            j.scores[0].cv_std = std;
        })
    };
    assert!(has(uneven(Metric::Rmse, 0.6), "caution.heavy_tail"));
    assert!(!has(uneven(Metric::Rmse, 0.1), "caution.heavy_tail"));
    assert!(!has(uneven(Metric::RocAuc, 0.6), "caution.heavy_tail"));
    assert!(!has(uneven(Metric::Mse, 0.6), "caution.heavy_tail"));
    assert!(has(uneven(Metric::Mse, 0.9), "caution.heavy_tail"));
    let silent = found(&|j| {
        let confusion = j.evaluation.models[0].confusion.as_mut().unwrap();
        confusion.matrix = vec![vec![132, 0], vec![18, 0]];
    });
    assert!(has(silent, "caution.never_predicted"));
}

#[test]
fn luck_is_seen_by_any_metric_that_knows_it() {
    let found = |deciding: Metric, told: Metric, lo: f64| {
        let mut judged = measured();
        judged.evaluation.metric = deciding;
        let value = lo + 0.1;
        let hi = lo + 0.2;
        judged.evaluation.models[0].metrics = BTreeMap::from([(told, Interval { value, lo, hi })]);
        let mut codes = crate::cautions(&judged).into_iter();
        codes.any(|m| m.code == "caution.no_better_than_chance")
    };
    assert!(found(Metric::LogLoss, Metric::RocAuc, 0.45));
    assert!(!found(Metric::LogLoss, Metric::RocAuc, 0.55));
    assert!(found(Metric::Rmse, Metric::R2, -0.02));
    assert!(!found(Metric::Rmse, Metric::Mae, -0.02));
    assert!(
        !found(Metric::Mae, Metric::R2, -0.02),
        "a median explains no variance"
    );
}

#[test]
fn equal_numbers_give_equal_bytes() {
    let (prepared, judged) = (prepared(), judged());
    let once = || {
        let plots = crate::plots::all(&judged, Language::French);
        let story = Story {
            name: "n",
            target: "t",
            prepared: &prepared,
            judged: &judged,
            plots: &plots,
            seed: 1,
            repeats: true,
            version: "v",
        };
        html(&story, Language::French)
    };
    assert_eq!(once(), once());
}

#[test]
fn every_plot_says_its_title_in_both_languages() {
    for plot in crate::plots::all(&judged(), Language::French) {
        assert_eq!(plot.title.code, format!("plot.{}", plot.name));
        assert_ne!(Language::French.say(&plot.title), plot.title.text);
        assert!(
            plot.svg.contains("&lt;script&gt;")
                || plot.name == "predicted_actual"
                || plot.name == "residuals"
        );
    }
}
