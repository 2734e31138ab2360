//! Monotone constraints where values are missing.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod common;

use common::*;
use trees::*;

const ROWS: usize = 1500;

/// Yes or no from a wave in `a` that also depends on `b`, and on one of three levels. A fifth of
/// `a` and of `b` is missing; where `a` is, the share of yes is `missing`.
fn wave(missing: f64) -> Table {
    let mut dice = Dice::new(41);
    let mut columns = vec![Vec::new(); 3];
    let mut y = Vec::new();
    for _ in 0..ROWS {
        let (mut a, mut b, level) = (dice.uniform(), dice.uniform(), dice.below(3));
        let score = 3.0 * (a * 9.0).sin() * (b + 0.3) + level as f64 - 1.0;
        let mut chance = 1.0 / (1.0 + (-score).exp());
        if dice.uniform() < 0.2 {
            (a, chance) = (f64::NAN, missing);
        }
        if dice.uniform() < 0.2 {
            b = f64::NAN;
        }
        let row = [a, b, level as f64];
        columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
        y.push(f64::from(dice.uniform() < chance));
    }
    Table {
        levels: vec![0, 0, 3],
        ..Table::numeric(columns, y)
    }
}

fn params(sign: i8) -> BoostParams {
    let mut params = BoostParams::new(Objective::Binary);
    params.tree.min_child_samples = 5;
    params.tree.monotone_constraints = vec![sign, 0, 0];
    params
}

fn at(model: &TreeEnsemble, row: [f64; 3]) -> f64 {
    let mut p = [0.0];
    model.predict_row(&row, &mut p).unwrap();
    p[0]
}

/// The largest step against the sign along `a`, whatever the other columns hold.
fn worst_step(model: &TreeEnsemble, sign: f64) -> f64 {
    let mut worst = 0f64;
    let grid = |steps: i32| (0..=steps).map(move |step| f64::from(step) / f64::from(steps));
    // A level never seen is missing.
    for level in 0..4 {
        for b in grid(40).chain([f64::NAN]) {
            let along: Vec<f64> = grid(200)
                .map(|a| at(model, [a, b, f64::from(level)]))
                .collect();
            let steps = along.windows(2).map(|pair| sign * (pair[0] - pair[1]));
            worst = steps.fold(worst, f64::max);
        }
    }
    worst
}

#[test]
fn probabilities_are_monotone_though_values_are_missing() {
    for missing in [0.05, 0.5, 0.95] {
        let table = wave(missing);
        for sign in [1, -1] {
            let model = table.boost(&params(sign), 1, 1);
            assert!(worst_step(&model, f64::from(sign)) <= 1e-12);
            // It is no constant: it uses the constrained column, among others.
            let importance = model.importance();
            assert!(importance.iter().all(|column| column.splits > 20));
            let spread = at(&model, [1.0, 0.5, 1.0]) - at(&model, [0.0, 0.5, 1.0]);
            assert!(
                spread * f64::from(sign) > 0.02,
                "{missing} {sign}: {spread}"
            );
        }
        // The grid sees what a constraint forbids.
        let free = table.boost(&params(0), 1, 1);
        assert!(worst_step(&free, 1.0) > 0.3 && worst_step(&free, -1.0) > 0.3);
    }
}

#[test]
fn missing_rows_keep_their_own_share() {
    for missing in [0.05, 0.5, 0.95] {
        let table = wave(missing);
        let without = |row: &usize| table.columns[0][*row].is_nan();
        let (gaps, rest): (Vec<usize>, Vec<usize>) = (0..ROWS).partition(without);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        for sign in [1, -1] {
            let model = table.boost(&params(sign), 1, 1);
            for rows in [&gaps, &rest] {
                let part = table.select(rows);
                let (p, y) = (mean(&part.predict(&model)), mean(&part.y));
                println!("{missing} {sign} {}: {p} {y}", rows.len());
                assert!((p - y).abs() < 0.05, "{missing} {sign}: {p} {y}");
            }
        }
    }
}

#[test]
fn levels_have_no_direction() {
    let mut params = params(1);
    params.tree.monotone_constraints = vec![0, 0, 1];
    let table = wave(0.5);
    let matrix = table.matrix();
    let (threads, mut control) = (Threads::single(), ());
    let context = FitContext::new(1, &threads, &mut control);
    let error = boost(&table.data(&matrix), None, &params, context).unwrap_err();
    assert!(error.to_string().contains("no order"), "{error}");
}
