//! scikit-learn judges the sums, and fits without the row judge what a row says without itself.

use super::*;
use crate::fit::Flow;
use domain::task::Metric;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    asked: Vec<Vec<f64>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    kernel: String,
    alpha: f64,
    gamma: f64,
    answers: Vec<f64>,
    residuals: Vec<f64>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../tests/vectors/kernel_ridge.json")).unwrap()
}

fn params(case: &Case) -> Params {
    Params::default()
        .with("kernel", ParamValue::Text(case.kernel.clone()))
        .with("alpha", ParamValue::Float(case.alpha))
        .with("gamma", ParamValue::Float(case.gamma))
}

fn fitted(x: &Features, y: &Target, params: &Params, dense_cells: usize) -> FittedModel {
    let mut on_round = |_| Flow::Continue;
    let mut context = FitContext::new(1, Metric::Rmse, &mut on_round);
    context.dense_cells = dense_cells;
    fit(&FitData::new(x, y), params, &mut context)
        .unwrap()
        .model
}

#[test]
fn sums_are_scikit_learns() {
    let vectors = vectors();
    let (x, asked) = (
        Features::numeric(vectors.x),
        Features::numeric(vectors.asked),
    );
    let y = Target::Values(vectors.y);
    for case in &vectors.cases {
        let found = fitted(&x, &y, &params(case), 1_000_000).predict(&asked);
        for (found, expected) in found.values.iter().zip(&case.answers) {
            // Distances have 32 bits.
            let near = (found - expected).abs() < 2e-5;
            assert!(near, "{}: {found} instead of {expected}", case.kernel);
        }
    }
}

#[test]
fn what_a_row_says_without_itself_is_what_a_fit_without_it_says() {
    let vectors = vectors();
    let x = Features::numeric(vectors.x);
    let rows: Vec<u32> = (0..x.rows() as u32).collect();
    let mean = moments(&vectors.y).0;
    let target: Vec<f64> = vectors.y.iter().map(|y| y - mean).collect();
    for case in &vectors.cases {
        let kernel = match case.kernel.as_str() {
            "rbf" => Kernel::Rbf(case.gamma),
            _ => Kernel::Laplacian(case.gamma),
        };
        let points = Points::of(&values(&x, &rows), rows.len());
        let solver = Solver::new(kernel, &points, case.alpha).unwrap();
        let coefficients = solver.coefficients(std::slice::from_ref(&target));
        let residuals = coefficients.iter().zip(solver.inverse_diagonal());
        for ((coefficient, diagonal), expected) in residuals.zip(&case.residuals) {
            let found = coefficient / diagonal;
            let near = (found - expected).abs() < 2e-5;
            assert!(near, "{}: {found} instead of {expected}", case.kernel);
        }
    }
}

#[test]
fn rows_that_are_equal_are_one_point_and_answered_as_if_they_were_several() {
    let vectors = vectors();
    let x = Features::numeric(vectors.x);
    // Every row twice, a little above and a little below, is as each row once with half the penalty.
    let twice: Vec<u32> = (0..2 * x.rows() as u32).map(|row| row / 2).collect();
    let shaken = vectors.y.iter().flat_map(|y| [y - 0.25, y + 0.25]);
    let shaken = Target::Values(shaken.collect());
    let asked = Features::numeric(vectors.asked);
    let params = |alpha: f64| Params::default().with("alpha", ParamValue::Float(alpha));
    let both = fitted(&x.take(&twice), &shaken, &params(0.2), 1_000_000);
    let once = fitted(&x, &Target::Values(vectors.y), &params(0.1), 1_000_000);
    let (found, expected) = (both.predict(&asked).values, once.predict(&asked).values);
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{found} instead of {expected}"
        );
    }
    let FittedModel::Kernel(both) = both else {
        panic!("{both:?}");
    };
    assert_eq!(both.points.len(), 3 * x.rows());
}

/// Two rings that no line parts: classes by the distance from the middle.
fn rings(rows: usize, seed: u64) -> (Features, Target) {
    let mut random = crate::random::Random::new(seed, 0);
    let mut codes = Vec::new();
    let mut columns = vec![Vec::new(), Vec::new()];
    for _ in 0..rows {
        let (a, b) = (random.normal(), random.normal());
        // One row in ten is of the wrong class, so that nothing can be sure of more than nine tenths.
        let wrong = random.unit() < 0.1;
        codes.push(u32::from((a * a + b * b > 1.4) != wrong));
        columns[0].push(a);
        columns[1].push(b);
    }
    (
        Features::numeric(columns),
        Target::Classes { codes, count: 2 },
    )
}

#[test]
fn probabilities_are_no_surer_than_the_classes_are() {
    let ((x, y), (asked, truth)) = (rings(600, 1), rings(4_000, 2));
    // A narrow kernel that learns every row by heart.
    let params = Params::default()
        .with("gamma", ParamValue::Float(5.0))
        .with("alpha", ParamValue::Float(0.01));
    let found = fitted(&x, &y, &params, 1_000_000).predict(&asked);
    let Target::Classes { codes, .. } = &truth else {
        unreachable!("rings are classes");
    };
    let said = found.classes();
    let right = said.iter().zip(codes).filter(|(a, b)| a == b).count() as f64 / 4_000.0;
    assert!(right > 0.75, "{right}");
    let sure = |row: usize| found.row(row).iter().copied().fold(0.0, f64::max);
    let said = (0..4_000).map(sure).sum::<f64>() / 4_000.0;
    let honest = said < right + 0.01 && said > right - 0.1;
    assert!(honest, "{said} said, {right} right");
}

#[test]
fn little_memory_takes_fewer_rows() {
    let (x, y) = rings(500, 3);
    let rows = |cells: usize| match fitted(&x, &y, &Params::default(), cells) {
        FittedModel::Kernel(model) => model.points.len() / 2,
        other => panic!("{other:?}"),
    };
    assert_eq!(rows(1_000_000), 500);
    assert_eq!(rows(3 * 200 * 200), 200);
}
