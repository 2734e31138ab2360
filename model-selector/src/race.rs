//! A race on growing subsamples: who is far behind and does not catch up is not tried on all rows.

use domain::study::Candidate;
use domain::task::Metric;
use domain::{Deadline, Failure, Message};
use folds::{Allowance, FoldFit, Folds};
use ml::fit::{FitError, Flow, StopReason};
use ml::registry::algorithm;
use service_kit::{Reporter, Step};
use std::sync::Arc;
use std::time::Duration;

/// Rows to learn from below which there is no race: whole trials are quick enough.
pub const FEWEST_ROWS: u64 = 10_000;
/// Rows of the first lap, and how many times longer each next one is.
const FIRST_LAP: usize = 1_500;
const LONGER: usize = 3;
/// Share of the budget that a race may take, and of that, what one fit may.
pub const SHARE: f64 = 0.04;
const FIT_SHARE: f64 = 0.25;
/// Whoever gains less than this share of what the best gains over guessing is far behind.
const FAR_BEHIND: f64 = 0.7;
/// Guesses without looking at any column.
const BASELINE: &str = "baseline";

/// How everyone did on so many rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Lap {
    /// Rows that were learned from.
    pub rows: usize,
    /// The loss of each algorithm that came to the end.
    pub losses: Vec<(String, f64)>,
}

/// What a race takes place with.
#[derive(Debug)]
pub(crate) struct Race {
    pub folds: Arc<Folds>,
    /// Its deadline is the end of the race.
    pub allowance: Allowance,
    /// Work units that it may take, where they count.
    pub units: Option<f64>,
    pub reporter: Reporter,
}

impl Race {
    /// The laps that were run to their end, and the work units that all of it took.
    pub fn run(&self, candidates: &[Candidate]) -> Result<(Vec<Lap>, f64), Failure> {
        let (mut laps, mut units) = (Vec::new(), 0.0);
        let mut runners: Vec<&Candidate> = candidates.iter().filter(|c| c.selected).collect();
        let all = self.folds.target.len();
        let mut took = Duration::ZERO;
        for rows in laps_of(all) {
            let left = self.units.map(|allowed| allowed - units);
            if !self.can_afford(rows, &runners, took * LONGER as u32, left) {
                break;
            }
            let begun = self.allowance.clock.now();
            let drawn = self.folds.drawn(rows);
            let mut losses = Vec::new();
            for runner in &runners {
                let fit = match self.fit(runner, rows, &drawn) {
                    Some(Err(FitError::Cancelled)) => return Err(Step::stopped_failure()),
                    Some(Ok(fit)) => fit,
                    Some(Err(_)) | None => continue,
                };
                units += as_units(fit.fit.visits);
                if let (Some(score), true) = (fit.score, came_to_an_end(&fit)) {
                    losses.push((runner.algorithm.clone(), self.folds.metric.loss(score)));
                }
            }
            if self.is_over() {
                // Who was not reached has not lost.
                break;
            }
            took = self.allowance.clock.now().since(begun);
            runners.retain(|runner| losses.iter().any(|(name, _)| *name == runner.algorithm));
            laps.push(Lap { rows, losses });
            self.tell(&laps);
            runners.retain(|runner| !has_lost(&laps, &runner.algorithm, all));
        }
        Ok((laps, units))
    }

    fn is_over(&self) -> bool {
        self.allowance
            .deadline
            .as_ref()
            .is_some_and(Deadline::passed)
    }

    /// Whether a lap fits into what is left: of work units by everyone's formula, of time by how long
    /// the last one took.
    fn can_afford(
        &self,
        rows: usize,
        runners: &[&Candidate],
        seconds: Duration,
        units: Option<f64>,
    ) -> bool {
        let cost = |runner: &&Candidate| Some(as_units(self.cost(runner, rows)?.0));
        let deadline = self.allowance.deadline.as_ref();
        let in_time = deadline.is_none_or(|deadline| seconds < deadline.left());
        in_time && units.is_none_or(|left| runners.iter().filter_map(cost).sum::<f64>() <= left)
    }

    /// Visits of a fit, and its seconds on a slow machine where it cannot be interrupted.
    fn cost(&self, runner: &Candidate, rows: usize) -> Option<(u64, Option<f64>)> {
        let known = algorithm(&runner.algorithm)?;
        let (columns, outputs) = (self.folds.columns(known.view), self.folds.target.outputs());
        let params = runner.portfolio.first().cloned().unwrap_or_default();
        let visits = known.visits(rows, columns, outputs, &params);
        let seconds = known.uninterrupted_seconds(rows, columns, outputs, &params);
        Some((visits, seconds))
    }

    /// One fit; none where it could not be ended in time.
    fn fit(
        &self,
        runner: &Candidate,
        rows: usize,
        drawn: &(Vec<u32>, Vec<u32>),
    ) -> Option<Result<FoldFit, FitError>> {
        let mut allowance = self.allowance.clone();
        if let Some(deadline) = &mut allowance.deadline {
            *deadline = deadline.fraction(FIT_SHARE);
            let (_, seconds) = self.cost(runner, rows)?;
            if seconds.is_some_and(|seconds| seconds > deadline.left().as_secs_f64()) {
                return None;
            }
        }
        let params = runner.portfolio.first().cloned().unwrap_or_default();
        Some(self.folds.fit_rows(
            &runner.algorithm,
            &params,
            drawn.clone(),
            self.folds.seed(),
            &allowance,
            &mut |_| Flow::Continue,
        ))
    }

    fn tell(&self, laps: &[Lap]) {
        let Some(lap) = laps.last() else { return };
        let metric = self.folds.metric;
        let mut order: Vec<&(String, f64)> = lap.losses.iter().collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let places = order
            .iter()
            .map(|(name, loss)| format!("{name} {:.4}", metric.loss(*loss)));
        let places = places.collect::<Vec<_>>().join(", ");
        let rows = lap.rows;
        let text = format!("A race on {rows} rows, by {metric}: {places}.");
        let message = Message::new("select.lap", text)
            .with("rows", rows)
            .with("metric", metric.as_str())
            .with("places", places);
        self.reporter.log(message);
    }
}

/// Rows of each lap: no more than a third of all.
fn laps_of(all: usize) -> impl Iterator<Item = usize> {
    let next = |rows: &usize| Some(rows * LONGER);
    std::iter::successors(Some(FIRST_LAP), next).take_while(move |rows| rows * LONGER <= all)
}

fn came_to_an_end(fit: &FoldFit) -> bool {
    fit.fit.stopped != Some(StopReason::Deadline)
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn as_units(visits: u64) -> f64 {
    visits as f64 / 1e6
}

/// What an algorithm gained over guessing, as a share of what the best gained.
fn gain(lap: &Lap, algorithm: &str) -> Option<f64> {
    let of = |name: &str| lap.losses.iter().find(|(known, _)| known == name);
    let guess = of(BASELINE)?.1;
    let best = lap.losses.iter().map(|(_, loss)| *loss);
    let most = guess - best.fold(f64::INFINITY, f64::min);
    (most > 0.0).then_some((guess - of(algorithm)?.1) / most)
}

/// What an algorithm gained in the last lap, and how much more than in the one before.
fn pace(laps: &[Lap], algorithm: &str) -> Option<(f64, f64)> {
    let [.., before, last] = laps else {
        return Some((gain(laps.last()?, algorithm)?, 0.0));
    };
    let now = gain(last, algorithm)?;
    Some((now, now - gain(before, algorithm)?))
}

/// Whether it is far behind, and would still be if it caught up with each lap as it did with the last.
fn has_lost(laps: &[Lap], algorithm: &str, all: usize) -> bool {
    let (Some(last), true) = (laps.last(), laps.len() > 1 && algorithm != BASELINE) else {
        return false;
    };
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let left = (all as f64 / last.rows as f64).log(LONGER as f64).max(0.0);
    let in_the_end = pace(laps, algorithm).map(|(now, pace)| now + pace.max(0.0) * left);
    in_the_end.is_some_and(|gain| gain < FAR_BEHIND)
}

/// Takes those out who have lost, with the reason, and puts the others in the order in which they
/// should do with more rows; who never came to an end stays behind them.
pub fn judge(
    mut candidates: Vec<Candidate>,
    laps: &[Lap],
    all: usize,
    metric: Metric,
) -> Vec<Candidate> {
    for candidate in candidates.iter_mut().filter(|c| c.selected) {
        let name = candidate.algorithm.clone();
        // Once out, it takes no part in later laps.
        let lost = (1..=laps.len()).find(|&count| has_lost(&laps[..count], &name, all));
        if let Some(lap) = lost.and_then(|count| laps.get(count - 1)) {
            candidate.selected = false;
            candidate.reason = lost_message(&name, lap, metric);
        }
    }
    let place = |candidate: &Candidate| {
        let (name, selected) = (candidate.algorithm.as_str(), candidate.selected);
        let hopes = pace(laps, name).map_or(f64::NEG_INFINITY, |(now, pace)| now + pace);
        (!selected, name != BASELINE, hopes)
    };
    candidates.sort_by(|a, b| {
        let (a, b) = (place(a), place(b));
        (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2))
    });
    candidates
}

fn lost_message(name: &str, lap: &Lap, metric: Metric) -> Message {
    let title = ml::registry::title(name).unwrap_or(name);
    let loss = |name: &str| lap.losses.iter().find(|(known, _)| known == name);
    let own = loss(name).map_or(f64::NAN, |(_, loss)| *loss);
    let first = lap.losses.iter().min_by(|a, b| a.1.total_cmp(&b.1));
    let (best, least) = first.map_or(("", f64::NAN), |(name, loss)| (name.as_str(), *loss));
    // A loss of a loss is the score again.
    let (score, best_score) = (metric.loss(own), metric.loss(least));
    let rows = lap.rows;
    let text = format!(
        "{title}: far behind in a race on {rows} rows ({metric} {score:.4}; {best} has \
         {best_score:.4}), and more rows hardly bring it nearer."
    );
    Message::new("select.lost", text)
        .with("algorithm", name)
        .with("title", title)
        .with("rows", rows)
        .with("metric", metric.as_str())
        .with("score", score)
        .with("best", best)
        .with("best_score", best_score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::study::Space;

    fn lap(rows: usize, losses: &[(&str, f64)]) -> Lap {
        let losses = losses
            .iter()
            .map(|(name, loss)| ((*name).to_owned(), *loss));
        Lap {
            rows,
            losses: losses.collect(),
        }
    }

    fn candidates() -> Vec<Candidate> {
        let names = ["baseline", "gradient_boosting", "logistic", "knn", "mlp"];
        let candidate = |name: &str| Candidate {
            algorithm: name.to_owned(),
            selected: true,
            reason: Message::new("select.fits", "It fits."),
            portfolio: Vec::new(),
            space: Space::default(),
        };
        names.map(candidate).to_vec()
    }

    fn order(laps: &[Lap]) -> (Vec<String>, Vec<String>) {
        let judged = judge(candidates(), laps, 40_000, Metric::RocAuc);
        let (tried, lost): (Vec<_>, Vec<_>) = judged.into_iter().partition(|c| c.selected);
        let names = |all: Vec<Candidate>| all.into_iter().map(|c| c.algorithm).collect();
        (names(tried), names(lost))
    }

    #[test]
    fn who_is_far_behind_twice_and_does_not_catch_up_is_out() {
        let first = lap(
            1_500,
            &[
                ("baseline", -0.5),
                ("gradient_boosting", -0.85),
                ("logistic", -0.88),
                ("knn", -0.7),
            ],
        );
        let (tried, lost) = order(std::slice::from_ref(&first));
        assert!(lost.is_empty(), "one lap says little");
        assert_eq!(
            tried,
            ["baseline", "logistic", "gradient_boosting", "knn", "mlp"]
        );
        let second = lap(
            4_500,
            &[
                ("baseline", -0.5),
                ("gradient_boosting", -0.9),
                ("logistic", -0.88),
                ("knn", -0.71),
            ],
        );
        let (tried, lost) = order(&[first.clone(), second]);
        // Nobody knows of the network, which did not come to an end.
        assert_eq!(tried, ["baseline", "gradient_boosting", "logistic", "mlp"]);
        assert_eq!(lost, ["knn"]);
        let catches_up = lap(
            4_500,
            &[
                ("baseline", -0.5),
                ("gradient_boosting", -0.9),
                ("logistic", -0.88),
                ("knn", -0.77),
            ],
        );
        let (tried, _) = order(&[first, catches_up]);
        assert!(tried.contains(&"knn".to_owned()), "{tried:?}");
    }

    #[test]
    fn why_it_is_out_is_said_with_its_score() {
        let laps = [1_500, 4_500].map(|rows| {
            lap(
                rows,
                &[("baseline", 10.0), ("gradient_boosting", 4.0), ("knn", 9.0)],
            )
        });
        let judged = judge(candidates(), &laps, 40_000, Metric::Rmse);
        let knn = judged.iter().find(|c| c.algorithm == "knn").unwrap();
        assert!(!knn.selected);
        assert_eq!(knn.reason.code, "select.lost");
        assert!(
            knn.reason
                .text
                .contains("rmse 9.0000; gradient_boosting has 4.0000")
        );
    }

    #[test]
    fn where_guessing_is_best_nobody_loses() {
        let laps =
            [1_500, 4_500].map(|rows| lap(rows, &[("baseline", 1.0), ("knn", 1.5), ("mlp", 1.2)]));
        let (tried, lost) = order(&laps);
        assert!(lost.is_empty() && tried.len() == 5);
    }

    #[test]
    fn laps_grow_and_stay_within_a_third() {
        let laps = |all| laps_of(all).collect::<Vec<_>>();
        assert_eq!(laps(40_000), [1_500, 4_500]);
        assert_eq!(laps(41_000), [1_500, 4_500, 13_500]);
        assert!(laps(4_000).is_empty());
    }
}
