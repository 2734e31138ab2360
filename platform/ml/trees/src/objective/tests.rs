//! Derivatives against differences of the losses, and starts against their minimum.

use super::*;
use crate::{BinnedMatrix, BinningParams, Column, Features, Threads};

const ALL: [Objective; 7] = [
    Objective::Binary,
    Objective::Multiclass { classes: 3 },
    Objective::Squared,
    Objective::Absolute,
    Objective::Quantile { alpha: 0.2 },
    Objective::Poisson,
    Objective::Tweedie { power: 1.4 },
];

fn with_data(target: &[f64], test: impl Fn(&Dataset)) {
    let x = vec![0.0; target.len()];
    let table = Features::new(vec![Column::numeric(&x)]).unwrap();
    let single = Threads::single();
    let matrix = BinnedMatrix::fit(&table, &BinningParams::default(), &single).unwrap();
    test(&Dataset::new(&matrix, target).unwrap());
}

#[test]
fn gradients_are_the_derivatives_of_the_loss() {
    for objective in ALL {
        for (y, s) in [(1.0, 0.3), (0.0, -1.2), (1.0, 2.0)] {
            let k = objective.n_outputs();
            let scores: Scores = (0..k).map(|k| vec![s + 0.1 * k as f64]).collect();
            with_data(&[y], |data| {
                let mut norm = Vec::new();
                objective.normalizers(1, &scores, &mut norm);
                let mut grads = Gradients::default();
                assert!(objective.gradients(1, 0, data, &scores, &norm, &mut grads));
                let shifted = |by: f64| {
                    let mut scores = scores.clone();
                    scores[0][0] += by;
                    objective.loss(1, data, &scores)
                };
                let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
                // LightGBM's squared loss has gradient s − y: half of the derivative.
                let scale = if objective == Objective::Squared {
                    0.5
                } else {
                    1.0
                };
                let found = grads.real[0].0;
                assert!(
                    (found - scale * slope).abs() < 1e-6,
                    "{objective:?} {found} {slope}"
                );
            });
        }
    }
}

#[test]
fn the_start_is_the_best_constant() {
    with_data(&[0.0, 1.0, 1.0, 2.0, 0.0, 1.0, 1.0], |data| {
        for objective in ALL {
            if objective == Objective::Binary {
                continue;
            }
            let init = objective.init(data);
            let loss = |by: f64| {
                let scores = init.iter().enumerate();
                let scores: Scores = scores
                    .map(|(k, s)| vec![if k == 0 { s + by } else { *s }; 7])
                    .collect();
                objective.loss(1, data, &scores)
            };
            assert!(
                loss(0.0) <= loss(0.01) && loss(0.0) <= loss(-0.01),
                "{objective:?}"
            );
        }
    });
}

#[test]
fn impossible_targets_are_named() {
    with_data(&[0.0, 0.5], |data| {
        let error = Objective::Binary.check(data).unwrap_err().to_string();
        assert_eq!(
            error,
            "target 0.5 in row 1 is not possible: it must be 0 or 1"
        );
        assert!(Objective::Multiclass { classes: 2 }.check(data).is_err());
        assert!(Objective::Poisson.check(data).is_ok());
    });
    with_data(&[-1.0], |data| {
        assert!(Objective::Tweedie { power: 1.5 }.check(data).is_err())
    });
}
