//! What to try next, as a pure function of what is known.

use crate::space::draw;
use crate::tpe::{Seen, suggest};
use domain::study::{Candidate, Params};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Fully scored trials before any trial is pruned.
const PRUNE_AFTER: usize = 6;
/// Fully scored trials of an algorithm before any is compared with the best of them.
const RIVAL_AFTER: usize = 3;
/// Every so many searched configurations, one is drawn blindly, lest the estimator never leaves
/// a corner.
const BLIND_EVERY: usize = 8;
/// Tries to draw a configuration that was not tried before.
const FRESH_TRIES: usize = 12;

/// How a past trial stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// Asked for, not answered yet.
    Open,
    /// Scored on every fold: its mean loss.
    Scored(f64),
    /// Left early: the loss on the folds that were fitted.
    Pruned(f64),
    /// No score at all.
    Failed,
}

/// A past trial; trials stand in the order of their numbers, which count from 0.
#[derive(Clone, Debug)]
pub struct Past {
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// The configuration.
    pub params: Params,
    /// How it stands.
    pub standing: Standing,
    /// The losses on its folds, as far as they are known.
    pub fold_losses: Vec<f64>,
    /// Where the curve of its first fit ended, in the algorithm's own measure.
    pub curve_end: Option<f64>,
}

/// What to try next.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// The configuration.
    pub params: Params,
    /// Leave the trial after its first fold when the loss there is above this.
    pub prune_above: Option<f64>,
    /// Leave it once its losses are higher than these, fold by fold, by more than chance.
    pub rival: Vec<f64>,
    /// Leave its first fit once its curve cannot end below this.
    pub curve_above: Option<f64>,
}

/// Chance that depends on the seed and the trial's number alone.
#[must_use]
pub fn rng(seed: u64, number: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    rng
}

/// The next trial, or nothing when everything was tried.
///
/// First the head of every portfolio, so that each algorithm is judged once and none is pruned.
/// Then algorithms by rank of their best loss: the best gets most trials, none is forgotten.
#[must_use]
pub fn ask(candidates: &[Candidate], past: &[Past], seed: u64) -> Option<Ask> {
    let past = &levelled(past);
    let mut rng = rng(seed, past.len() as u64);
    let tried = |candidate: &Candidate| {
        past.iter()
            .filter(|trial| trial.algorithm == candidate.algorithm)
            .count()
    };
    if let Some(first) = candidates.iter().find(|candidate| tried(candidate) == 0) {
        let params = first.portfolio.first().cloned().unwrap_or_default();
        return Some(Ask {
            algorithm: first.algorithm.clone(),
            params,
            prune_above: None,
            rival: Vec::new(),
            curve_above: None,
        });
    }
    let mut ranked: Vec<&Candidate> = candidates.iter().collect();
    ranked.sort_by(|a, b| best(past, a).total_cmp(&best(past, b)));
    while !ranked.is_empty() {
        let place = pick(ranked.len(), &mut rng);
        let candidate = ranked.remove(place);
        if let Some(params) = configure(candidate, past, &mut rng) {
            return Some(Ask {
                algorithm: candidate.algorithm.clone(),
                params,
                prune_above: threshold(past),
                rival: rival(past, candidate),
                curve_above: curve_end(past, candidate),
            });
        }
    }
    None
}

/// The trials as if all had been scored on every fold. Some folds are easier than others, so what a
/// pruned trial lost on its own is compared with what whole trials lost on the same ones.
fn levelled(past: &[Past]) -> Vec<Past> {
    let whole = || {
        let scored = past.iter().filter_map(|trial| match trial.standing {
            Standing::Scored(loss) => Some((loss, &trial.fold_losses)),
            _ => None,
        });
        scored.filter(|(loss, _)| loss.is_finite())
    };
    let level = |trial: &Past| {
        let (Standing::Pruned(loss), folds) = (trial.standing, trial.fold_losses.len()) else {
            return trial.standing;
        };
        let harder: Vec<f64> = whole()
            .filter(|(_, losses)| folds > 0 && losses.len() > folds)
            .filter_map(|(loss, losses)| Some(loss - folds::mean(&losses[..folds])?))
            .collect();
        Standing::Pruned(loss + folds::mean(&harder).unwrap_or(0.0))
    };
    let trial = |trial: &Past| Past {
        standing: level(trial),
        ..trial.clone()
    };
    past.iter().map(trial).collect()
}

/// The best loss of an algorithm; infinite before it has one.
fn best(past: &[Past], candidate: &Candidate) -> f64 {
    let own = past
        .iter()
        .filter(|trial| trial.algorithm == candidate.algorithm);
    own.filter_map(|trial| match trial.standing {
        Standing::Scored(loss) | Standing::Pruned(loss) => Some(loss),
        _ => None,
    })
    .fold(f64::INFINITY, f64::min)
}

/// A place among `count` ranks: from each, the next is reached with a chance of one in three.
fn pick(count: usize, rng: &mut impl RngExt) -> usize {
    let mut place = 0;
    while place + 1 < count && rng.random::<f64>() < 1.0 / 3.0 {
        place += 1;
    }
    place
}

/// The next configuration of an algorithm that was not tried before.
fn configure(candidate: &Candidate, past: &[Past], rng: &mut impl RngExt) -> Option<Params> {
    let own: Vec<&Past> = past
        .iter()
        .filter(|trial| trial.algorithm == candidate.algorithm)
        .collect();
    let is_new = |params: &Params| own.iter().all(|trial| trial.params != *params);
    if let Some(next) = candidate.portfolio.iter().find(|params| is_new(params)) {
        return Some(next.clone());
    }
    if candidate.space.0.is_empty() {
        return None;
    }
    let worst = own
        .iter()
        .filter_map(|trial| loss(trial))
        .fold(f64::NEG_INFINITY, f64::max);
    let seen: Vec<Seen<'_>> = own
        .iter()
        .map(|trial| Seen {
            params: &trial.params,
            loss: loss(trial).unwrap_or(worst),
        })
        .collect();
    (0..FRESH_TRIES)
        .map(|_| {
            if own.len() % BLIND_EVERY == BLIND_EVERY - 1 {
                draw(&candidate.space, rng)
            } else {
                suggest(&candidate.space, &seen, rng)
            }
        })
        .find(is_new)
}

fn loss(trial: &Past) -> Option<f64> {
    match trial.standing {
        Standing::Scored(loss) | Standing::Pruned(loss) => Some(loss),
        Standing::Open => None,
        Standing::Failed => Some(f64::INFINITY),
    }
}

/// The median loss on the first fold among fully scored trials (the median rule of Golovin et al.
/// 2017, "Google Vizier"), once there are enough of them.
fn threshold(past: &[Past]) -> Option<f64> {
    let scored = past
        .iter()
        .filter(|trial| matches!(trial.standing, Standing::Scored(_)));
    let mut losses: Vec<f64> = scored
        .filter_map(|trial| trial.fold_losses.first().copied())
        .collect();
    (losses.len() >= PRUNE_AFTER).then(|| median(&mut losses))
}

/// The median of where the curves of an algorithm's trials ended, once some were whole. Those that were
/// left count as well: they would have ended somewhere above, and without them the goal would come
/// ever nearer to the best, and nothing but the best be left for a mixture.
fn curve_end(past: &[Past], candidate: &Candidate) -> Option<f64> {
    let own = || past.iter().filter(|t| t.algorithm == candidate.algorithm);
    let whole = own().filter(|trial| matches!(trial.standing, Standing::Scored(_)));
    if whole.count() < RIVAL_AFTER {
        return None;
    }
    let mut ends: Vec<f64> = own().filter_map(|trial| trial.curve_end).collect();
    (!ends.is_empty()).then(|| median(&mut ends))
}

/// The upper median of some numbers.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The folds of an algorithm's best trial, once it has several to choose from: a mixture of models
/// wants more than one of a kind.
fn rival(past: &[Past], candidate: &Candidate) -> Vec<f64> {
    let own = past
        .iter()
        .filter(|trial| trial.algorithm == candidate.algorithm);
    let scored: Vec<(f64, &Past)> = own
        .filter_map(|trial| match trial.standing {
            Standing::Scored(loss) => Some((loss, trial)),
            _ => None,
        })
        .collect();
    if scored.len() < RIVAL_AFTER {
        return Vec::new();
    }
    let best = scored.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(Vec::new(), |(_, trial)| trial.fold_losses.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Message;
    use domain::study::{Dimension, Distribution, ParamValue, Space};

    fn candidate(name: &str) -> Candidate {
        let x = |x: f64| Params::default().with("x", ParamValue::Float(x));
        Candidate {
            algorithm: name.into(),
            selected: true,
            reason: Message::new("x", "x"),
            portfolio: vec![x(0.5), x(0.25)],
            space: Space(vec![Dimension {
                name: "x".into(),
                distribution: Distribution::Float {
                    low: 0.0,
                    high: 1.0,
                    log: false,
                },
                only_if: None,
            }]),
        }
    }

    fn run(candidates: &[Candidate], trials: usize, seed: u64) -> Vec<Past> {
        let mut past: Vec<Past> = Vec::new();
        for _ in 0..trials {
            let ask = ask(candidates, &past, seed).unwrap();
            let offset = if ask.algorithm == "good" { 0.0 } else { 1.0 };
            let loss = (ask.params.float("x").unwrap() - 0.8).abs() + offset;
            let pruned = ask.prune_above.is_some_and(|limit| loss > limit);
            let standing = if pruned {
                Standing::Pruned(loss)
            } else {
                Standing::Scored(loss)
            };
            let (algorithm, params) = (ask.algorithm, ask.params);
            past.push(Past {
                algorithm,
                params,
                standing,
                fold_losses: vec![loss],
                curve_end: Some(loss),
            });
        }
        past
    }

    #[test]
    fn every_algorithm_is_judged_before_any_is_searched() {
        let past = run(&[candidate("bad"), candidate("good")], 2, 1);
        assert_eq!(
            (past[0].algorithm.as_str(), past[1].algorithm.as_str()),
            ("bad", "good")
        );
        assert_eq!(past[0].params.float("x"), Some(0.5));
    }

    #[test]
    fn the_best_of_several_is_what_others_of_its_kind_must_not_lose_to() {
        let mut past = run(&[candidate("bad"), candidate("good")], 2, 1);
        let asked = ask(&[candidate("good")], &past, 1).unwrap();
        assert!(asked.rival.is_empty(), "one is not enough");
        for loss in [0.4, 0.2] {
            past.push(Past {
                standing: Standing::Scored(loss),
                fold_losses: vec![loss - 0.1, loss + 0.1],
                ..past[1].clone()
            });
        }
        let asked = ask(&[candidate("good")], &past, 1).unwrap();
        assert_eq!(asked.rival, [0.1, 0.30000000000000004]);
        let asked = ask(&[candidate("bad")], &past, 1).unwrap();
        assert!(asked.rival.is_empty(), "each kind for itself");
    }

    #[test]
    fn the_middle_of_several_curves_is_what_others_of_their_kind_must_reach() {
        let scored = |loss| Past {
            algorithm: "good".into(),
            params: Params::default(),
            standing: Standing::Scored(loss),
            fold_losses: vec![loss],
            curve_end: Some(10.0 * loss),
        };
        let candidates = [candidate("good")];
        let asked = |past: &[Past]| ask(&candidates, past, 1).unwrap().curve_above;
        assert_eq!(asked(&[scored(0.1), scored(0.3)]), None);
        assert_eq!(asked(&[0.1, 0.3, 0.2].map(scored)), Some(2.0));
        let mut pruned = scored(0.4);
        pruned.standing = Standing::Pruned(0.4);
        let past = [scored(0.1), scored(0.3), pruned.clone()];
        assert_eq!(asked(&past), None, "too few whole ones");
        let past = [scored(0.1), scored(0.2), scored(0.3), pruned];
        assert_eq!(asked(&past), Some(3.0), "those that were left count");
    }

    #[test]
    fn the_better_algorithm_gets_most_trials_and_the_optimum_is_found() {
        let past = run(&[candidate("bad"), candidate("good")], 80, 1);
        let good = past
            .iter()
            .filter(|trial| trial.algorithm == "good")
            .count();
        assert!((45..78).contains(&good), "{good}");
        let best = past.iter().filter_map(loss).fold(f64::INFINITY, f64::min);
        assert!(best < 0.02, "{best}");
        assert!(
            past.iter()
                .any(|trial| matches!(trial.standing, Standing::Pruned(_)))
        );
    }

    #[test]
    fn what_was_left_after_an_easy_fold_is_no_better_for_it() {
        let trial = |standing, fold_losses: &[f64]| Past {
            algorithm: "good".into(),
            params: Params::default(),
            standing,
            fold_losses: fold_losses.to_vec(),
            curve_end: None,
        };
        let past = [
            trial(Standing::Scored(1.0), &[0.8, 1.0, 1.2]),
            trial(Standing::Scored(1.1), &[0.9, 1.1, 1.3]),
            trial(Standing::Pruned(0.95), &[0.95]),
            trial(Standing::Pruned(1.1), &[1.0, 1.2]),
            trial(Standing::Open, &[]),
        ];
        let found: Vec<f64> = levelled(&past).iter().filter_map(loss).collect();
        let expected = [1.0, 1.1, 1.15, 1.2];
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-9,
                "{found} instead of {expected}"
            );
        }
        // Before any is whole there is nothing to compare with.
        assert_eq!(loss(&levelled(&past[2..3])[0]), Some(0.95));
    }

    #[test]
    fn asks_keep_away_from_trials_that_are_open() {
        let candidates = [candidate("good")];
        let scored = run(&candidates, 30, 3);
        let open = |place: u32| Past {
            algorithm: "good".into(),
            params: Params::default().with("x", ParamValue::Float(0.8 + 0.001 * f64::from(place))),
            standing: Standing::Open,
            fold_losses: Vec::new(),
            curve_end: None,
        };
        let mut with_open = scored.clone();
        with_open.extend((0..8).map(open));
        // Neither number of trials is one at which chance alone decides.
        let distance = |past: &[Past]| {
            let asked = (0..40).map(|seed| ask(&candidates, past, seed).unwrap().params);
            asked
                .map(|params| (params.float("x").unwrap() - 0.8).abs())
                .sum::<f64>()
                / 40.0
        };
        let (near, away) = (distance(&scored), distance(&with_open));
        assert!(away > 1.1 * near, "{near} {away}");
    }

    #[test]
    fn the_same_history_gives_the_same_study() {
        let candidates = [candidate("bad"), candidate("good")];
        let params = |past: Vec<Past>| past.into_iter().map(|p| p.params).collect::<Vec<_>>();
        assert_eq!(
            params(run(&candidates, 40, 7)),
            params(run(&candidates, 40, 7))
        );
        assert_ne!(
            params(run(&candidates, 40, 7)),
            params(run(&candidates, 40, 8))
        );
    }

    #[test]
    fn without_a_space_it_ends_when_the_portfolio_is_tried() {
        let mut only = candidate("only");
        only.space = Space::default();
        let past = run(std::slice::from_ref(&only), 2, 1);
        assert_eq!(ask(&[only], &past, 1), None);
    }
}
