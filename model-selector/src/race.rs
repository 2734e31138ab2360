//! A race on growing subsamples: who is far behind and does not catch up is not tried on all rows.

use domain::study::Candidate;
use domain::task::Metric;
use domain::{Deadline, Failure, Message};
use folds::{Allowance, FoldFit, Folds, mean, std};
use ml::features::Predictions;
use ml::fit::{FitError, Flow, StopReason};
use ml::registry::algorithm;
use service_kit::{Reporter, Step};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// Parts of the judged rows, on each of which everyone is compared: they say what chance does.
const PARTS: usize = 10;
/// Standard errors by which who is out must be behind the mark.
const CLEARLY: f64 = 2.0;

/// How everyone did on so many rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Lap {
    /// Rows that were learned from.
    pub rows: usize,
    /// What each algorithm reached that came to the end.
    pub runs: Vec<Run>,
}

/// What an algorithm reached in a lap.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The algorithm's name in the registry.
    pub algorithm: String,
    /// Its loss on all rows that it was judged by.
    pub loss: f64,
    /// The same on each part of them, where it is defined.
    pub parts: Vec<Option<f64>>,
}

impl Lap {
    fn of(&self, algorithm: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.algorithm == algorithm)
    }

    fn best(&self) -> Option<&Run> {
        self.runs.iter().min_by(|a, b| a.loss.total_cmp(&b.loss))
    }
}

/// What a race has come to, told while it is run.
#[derive(Clone, Debug, Default)]
pub struct Standings {
    /// The laps that were run to their end.
    pub laps: Vec<Lap>,
    /// Who is running.
    pub running: Option<String>,
    /// The work units that all of it took.
    pub units: f64,
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
    /// For whoever does not wait for its end.
    pub standings: Arc<Mutex<Standings>>,
}

impl Race {
    /// Runs laps as long as they fit into what is left.
    pub fn run(&self, candidates: &[Candidate]) -> Result<(), Failure> {
        let mut runners: Vec<&Candidate> = candidates.iter().filter(|c| c.selected).collect();
        let all = self.folds.target.len();
        let mut took = Duration::ZERO;
        for rows in laps_of(all) {
            let left = self.units.map(|allowed| allowed - self.standings().units);
            if !self.can_afford(rows, &runners, took * LONGER as u32, left) {
                break;
            }
            let begun = self.allowance.clock.now();
            let drawn = self.folds.drawn(rows);
            let mut runs = Vec::new();
            for runner in &runners {
                self.standings().running = Some(runner.algorithm.clone());
                let fitted = self.fit(runner, rows, &drawn);
                self.standings().running = None;
                match fitted {
                    Some(Err(FitError::Cancelled)) => return Err(Step::stopped_failure()),
                    Some(Ok(fit)) => {
                        self.standings().units += as_units(fit.fit.visits);
                        runs.extend(self.judged(runner, &fit));
                    }
                    Some(Err(_)) | None => {}
                }
            }
            if self.is_over() {
                // Who was not reached has not lost.
                break;
            }
            took = self.allowance.clock.now().since(begun);
            let lap = Lap { rows, runs };
            runners.retain(|runner| lap.of(&runner.algorithm).is_some());
            self.tell(&lap);
            let mut standings = self.standings();
            standings.laps.push(lap);
            runners.retain(|runner| !has_lost(&standings.laps, &runner.algorithm, all));
        }
        Ok(())
    }

    fn standings(&self) -> MutexGuard<'_, Standings> {
        self.standings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What a fit reached, if it came to its end and its score is defined.
    fn judged(&self, runner: &Candidate, fit: &FoldFit) -> Option<Run> {
        let (score, folds) = (fit.score?, &self.folds);
        if fit.fit.stopped == Some(StopReason::Deadline) {
            return None;
        }
        let part = |part: usize| {
            let places = (part..fit.rows.len()).step_by(PARTS);
            let rows: Vec<u32> = places.clone().map(|place| fit.rows[place]).collect();
            let said = Predictions {
                outputs: fit.predictions.outputs,
                values: places
                    .flat_map(|place| fit.predictions.row(place).iter().copied())
                    .collect(),
            };
            let truth = folds.target.take(&rows);
            let score = ml::metrics::score(folds.metric, &truth, &said, folds.positive).ok()?;
            score.is_finite().then(|| folds.metric.loss(score))
        };
        Some(Run {
            algorithm: runner.algorithm.clone(),
            loss: folds.metric.loss(score),
            parts: (0..PARTS).map(part).collect(),
        })
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

    fn tell(&self, lap: &Lap) {
        let Some(best) = lap.best() else { return };
        let (metric, rows, count) = (self.folds.metric, lap.rows, lap.runs.len());
        let (name, score) = (best.algorithm.as_str(), metric.loss(best.loss));
        let title = ml::registry::title(name).unwrap_or(name);
        let text = format!(
            "A race of {count} on {rows} rows, by {metric}: {title} is first with {score:.4}."
        );
        let message = Message::new("select.lap", text)
            .with("count", count)
            .with("rows", rows)
            .with("metric", metric.as_str())
            .with("algorithm", name)
            .with("score", score);
        self.reporter.log(message);
    }
}

/// Rows of each lap: no more than a third of all.
fn laps_of(all: usize) -> impl Iterator<Item = usize> {
    let next = |rows: &usize| Some(rows * LONGER);
    std::iter::successors(Some(FIRST_LAP), next).take_while(move |rows| rows * LONGER <= all)
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn as_units(visits: u64) -> f64 {
    visits as f64 / 1e6
}

/// What an algorithm gained over guessing, as a share of what the best gained.
fn gain(lap: &Lap, algorithm: &str) -> Option<f64> {
    let guess = lap.of(BASELINE)?.loss;
    let most = guess - lap.best()?.loss;
    (most > 0.0).then_some((guess - lap.of(algorithm)?.loss) / most)
}

/// Whether an algorithm is behind the mark on the parts of the judged rows by more than chance: where
/// the signal is weak, the best is only the luckiest, and nobody is behind it.
fn is_surely_behind(lap: &Lap, algorithm: &str) -> bool {
    let behind = || {
        let (guess, best, own) = (lap.of(BASELINE)?, lap.best()?, lap.of(algorithm)?);
        let parts = guess.parts.iter().zip(&best.parts).zip(&own.parts);
        let gaps = parts.map(|((guess, best), own)| {
            let (guess, best, own) = ((*guess)?, (*best)?, (*own)?);
            Some(own - (guess - FAR_BEHIND * (guess - best)))
        });
        let gaps: Vec<f64> = gaps.collect::<Option<_>>()?;
        let (mean, std) = (mean(&gaps)?, std(&gaps)?);
        #[expect(clippy::cast_precision_loss, reason = "few parts")]
        let error = std / (gaps.len() as f64).sqrt();
        Some(mean > CLEARLY * error)
    };
    behind().unwrap_or(false)
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
    in_the_end.is_some_and(|gain| gain < FAR_BEHIND) && is_surely_behind(last, algorithm)
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
    let title =
        |name: &str| ml::registry::title(name).map_or_else(|| name.to_owned(), String::from);
    let own = lap.of(name).map_or(f64::NAN, |run| run.loss);
    let first = lap.best();
    let (best, least) = first.map_or(("", f64::NAN), |run| (run.algorithm.as_str(), run.loss));
    // A loss of a loss is the score again.
    let (score, best_score) = (metric.loss(own), metric.loss(least));
    let rows = lap.rows;
    let text = format!(
        "{}: far behind in a race on {rows} rows ({metric} {score:.4}; {} has {best_score:.4}), and \
         more rows hardly bring it nearer.",
        title(name),
        title(best),
    );
    Message::new("select.lost", text)
        .with("algorithm", name)
        .with("title", title(name))
        .with("rows", rows)
        .with("metric", metric.as_str())
        .with("score", score)
        .with("first", best)
        .with("best_score", best_score)
}

/// Takes out who went on long after the end of the race: a trial would, too.
pub(crate) fn give_up(candidates: &mut [Candidate], name: &str) {
    let slow = candidates.iter_mut().filter(|c| c.algorithm == name);
    for candidate in slow {
        let title = ml::registry::title(name).unwrap_or(name);
        let text = format!("{title}: it went on long after the end of the race and was given up.");
        candidate.selected = false;
        candidate.reason = Message::new("select.given_up", text)
            .with("algorithm", name)
            .with("title", title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::study::Space;

    /// A lap on whose parts chance moves everyone a little, each in another way.
    fn noisy(rows: usize, losses: &[(&str, f64)], noise: f64) -> Lap {
        let run = |(place, (name, loss)): (usize, &(&str, f64))| Run {
            algorithm: (*name).to_owned(),
            loss: *loss,
            parts: (0..PARTS)
                .map(|part| Some(loss + noise * ((7 * part + 3 * place) % 10) as f64 / 10.0))
                .collect(),
        };
        Lap {
            rows,
            runs: losses.iter().enumerate().map(run).collect(),
        }
    }

    fn lap(rows: usize, losses: &[(&str, f64)]) -> Lap {
        noisy(rows, losses, 0.01)
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
                .contains("rmse 9.0000; Gradient boosting has 4.0000")
        );
    }

    #[test]
    fn where_chance_is_larger_than_what_anyone_gains_nobody_loses() {
        let near = [("baseline", -0.5), ("mlp", -0.52), ("knn", -0.51)];
        let (_, lost) = order(&[1_500, 4_500].map(|rows| noisy(rows, &near, 0.2)));
        assert!(lost.is_empty(), "{lost:?}");
        let (_, lost) = order(&[1_500, 4_500].map(|rows| noisy(rows, &near, 0.0)));
        assert_eq!(lost, ["knn"], "without chance it has");
        let mut unknown = [1_500, 4_500].map(|rows| noisy(rows, &near, 0.0));
        unknown[1].runs[2].parts[4] = None;
        let (_, lost) = order(&unknown);
        assert!(lost.is_empty(), "not defined on all parts");
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
