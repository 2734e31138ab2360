//! How much to ask for, and when to stop asking.

use domain::Timestamp;
use domain::spec::Budget;
use ml::registry::SLOW_MACHINE;
use std::time::Duration;

/// Trials asked together in work-unit mode.
pub(crate) const BATCH: usize = 8;
/// Trials in all; what a person can look through.
pub(crate) const MAX_TRIALS: usize = 200;
/// Trials without any gain after which more are not worth the wait, once half of the seconds are spent.
const PATIENCE: usize = 60;
const WAIT_SHARE: f64 = 0.5;
/// Share of the seconds after which no trial goes on. What a trial keeps needs no training; the rest
/// is for writing models, weighing, evaluating and deploying them.
const SECONDS_SHARE: f64 = 0.8;
/// Share of the seconds that one trial may take: a slow algorithm must not starve the others.
const TRIAL_SHARE: f64 = 1.0 / 6.0;
/// Share of the seconds kept for evaluation and deployment.
const AFTER_SHARE: f64 = 0.15;
/// Estimates of training time are off by this much.
const CAUTION: f64 = 1.3;

/// What a step of the study knows about its budget.
#[derive(Clone, Debug)]
pub(crate) struct Situation {
    pub budget: Budget,
    /// When the budget in seconds ends.
    pub ends: Option<Timestamp>,
    pub now: Timestamp,
    /// Trials asked for so far.
    pub asked: usize,
    pub open: usize,
    pub running: usize,
    /// Work units of all trials so far, and of selecting algorithms.
    pub units: f64,
    /// Seconds that training the best of each algorithm would take one worker, where its trial has not
    /// kept its folds.
    pub training_seconds: f64,
    /// Work units that it would take.
    pub training_units: f64,
    /// Trials since the last gain.
    pub stale: usize,
    /// Whether there is a score at all.
    pub scored: bool,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Ask for so many more.
    Ask(usize),
    /// Ask for none, and wait for those that are open.
    Wait,
    /// The study is over.
    Stop,
}

/// Work units that are left for trials; without end where seconds count.
#[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
pub(crate) fn units_left(s: &Situation) -> f64 {
    match s.budget {
        Budget::WorkUnits(units) => units as f64 - s.training_units - s.units,
        Budget::Seconds(_) => f64::INFINITY,
    }
}

/// Which of a batch of trials may begin, by what each would take: in their order, each that still
/// fits into what is left. What is too dear is passed over, so that it leaves the others their
/// chance. Of the first batch the cheapest begins in any case: there must be something to train.
pub(crate) fn affordable(prices: &[f64], mut left: f64, is_first: bool) -> Vec<usize> {
    let mut chosen = Vec::new();
    for (place, &price) in prices.iter().enumerate() {
        if price <= left {
            left -= price;
            chosen.push(place);
        }
    }
    if chosen.is_empty() && is_first {
        let cheapest = prices.iter().enumerate();
        let cheapest = cheapest.min_by(|(_, a), (_, b)| a.total_cmp(b));
        chosen.extend(cheapest.map(|(place, _)| place));
    }
    chosen
}

/// Seconds before the end of the budget at which trials must end.
pub(crate) fn seconds_kept(total: f64) -> f64 {
    total * (1.0 - SECONDS_SHARE)
}

/// When all trials must end, for there to be time to train.
pub(crate) fn trials_end(budget_ends: Timestamp, total: f64) -> Timestamp {
    budget_ends.before(Duration::from_secs_f64(seconds_kept(total)))
}

/// When a trial that was ready at `ready` must end: its own share of the budget is spent, or it is
/// time to train.
pub(crate) fn trial_ends(ready: Timestamp, budget_ends: Timestamp, total: f64) -> Timestamp {
    share_ends(ready, budget_ends, total, 1.0)
}

/// When a fit that cannot be interrupted has ended on a slow machine, too, if [`may_begin`] let it.
pub(crate) fn slow_ends(ready: Timestamp, budget_ends: Timestamp, total: f64) -> Timestamp {
    share_ends(ready, budget_ends, total, SLOW_MACHINE)
}

fn share_ends(ready: Timestamp, budget_ends: Timestamp, total: f64, times: f64) -> Timestamp {
    let own = ready.after(Duration::from_secs_f64(total * TRIAL_SHARE * times));
    own.min(trials_end(budget_ends, total))
}

/// Whether a fit that cannot be interrupted should begin, in seconds: `most` is what it takes on a slow
/// machine, `longest` what a fold of the same trial took, `own` what is left for the trial, and `all`
/// what is left for all trials. What was measured is believed; a guess must not break the budget on a
/// slow machine, nor the trial's own share on a usual one.
pub(crate) fn may_begin(most: f64, longest: Option<f64>, own: f64, all: f64) -> bool {
    match longest {
        Some(took) => took * CAUTION <= own,
        None => most <= all && most / SLOW_MACHINE <= own,
    }
}

pub(crate) fn plan(s: &Situation) -> Plan {
    let stale = s.scored && s.stale >= PATIENCE && !is_early(s);
    let enough = s.asked >= MAX_TRIALS || stale;
    let (over, want) = match s.budget {
        Budget::WorkUnits(_) => {
            let over = units_left(s) <= 0.0;
            (over, if s.open == 0 { BATCH } else { 0 })
        }
        // Two wait for whoever is free next; the number grows with the workers that turn up.
        Budget::Seconds(total) => (
            out_of_time(s, total),
            (s.running + 2).saturating_sub(s.open),
        ),
    };
    let over = (over && s.asked > 0) || enough;
    match (over, s.open) {
        (true, 0) => Plan::Stop,
        (true, _) => Plan::Wait,
        (false, _) if want == 0 => Plan::Wait,
        (false, _) => Plan::Ask(want.min(MAX_TRIALS - s.asked)),
    }
}

fn is_early(s: &Situation) -> bool {
    match (s.budget, s.ends) {
        (Budget::Seconds(total), Some(ends)) => {
            ends.since(s.now).as_secs_f64() > total * (1.0 - WAIT_SHARE)
        }
        _ => false,
    }
}

fn out_of_time(s: &Situation, total: f64) -> bool {
    let Some(ends) = s.ends else { return false };
    let left = ends.since(s.now).as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "few workers")]
    let workers = s.running.max(1) as f64;
    let training = s.training_seconds * CAUTION / workers;
    left <= seconds_kept(total) || left <= training + total * AFTER_SHARE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(budget: Budget) -> Situation {
        let now = Timestamp(0);
        Situation {
            budget,
            ends: Some(now.after(Duration::from_secs(60))),
            now,
            asked: 0,
            open: 0,
            running: 0,
            units: 0.0,
            training_seconds: 0.0,
            training_units: 0.0,
            stale: 0,
            scored: false,
        }
    }

    #[test]
    fn work_units_are_asked_in_whole_batches() {
        let mut s = situation(Budget::WorkUnits(100));
        assert_eq!(plan(&s), Plan::Ask(BATCH));
        s = Situation {
            asked: 8,
            open: 1,
            ..s
        };
        assert_eq!(plan(&s), Plan::Wait);
        s = Situation {
            open: 0,
            units: 99.0,
            ..s
        };
        assert_eq!(plan(&s), Plan::Ask(BATCH));
        s = Situation { units: 100.0, ..s };
        assert_eq!(plan(&s), Plan::Stop);
    }

    #[test]
    fn seconds_keep_all_workers_busy_and_leave_time_to_train() {
        let mut s = situation(Budget::Seconds(60.0));
        assert_eq!(plan(&s), Plan::Ask(2));
        s = Situation {
            asked: 9,
            open: 4,
            running: 4,
            ..s
        };
        assert_eq!(plan(&s), Plan::Ask(2));
        s = Situation {
            training_seconds: 200.0,
            ..s
        };
        assert_eq!(
            plan(&s),
            Plan::Wait,
            "training would take {} s",
            200.0 / 4.0
        );
        s = Situation { open: 0, ..s };
        assert_eq!(plan(&s), Plan::Stop);
    }

    #[test]
    fn without_any_gain_it_is_over_in_the_second_half() {
        let mut s = Situation {
            asked: 100,
            scored: true,
            stale: PATIENCE,
            ..situation(Budget::Seconds(60.0))
        };
        assert_eq!(plan(&s), Plan::Ask(2));
        s.now = s.now.after(Duration::from_secs(31));
        assert_eq!(plan(&s), Plan::Stop);
        s.budget = Budget::WorkUnits(1_000_000);
        s.now = Timestamp(0);
        assert_eq!(plan(&s), Plan::Stop, "work units are not waited for");
        s.budget = Budget::Seconds(60.0);
        s.asked = MAX_TRIALS;
        assert_eq!(plan(&s), Plan::Stop);
    }

    #[test]
    fn trials_leave_what_training_needs() {
        let s = Situation {
            asked: 8,
            units: 30.0,
            training_units: 70.0,
            ..situation(Budget::WorkUnits(100))
        };
        assert_eq!(plan(&s), Plan::Stop);
        let s = Situation {
            training_units: 50.0,
            ..s
        };
        assert!((units_left(&s) - 20.0).abs() < 1e-9);
        assert_eq!(plan(&s), Plan::Ask(BATCH));
    }

    #[test]
    fn a_batch_stays_within_what_is_left() {
        let three = [1.0, 2.0, 3.0];
        assert_eq!(affordable(&three, 10.0, true), [0, 1, 2]);
        assert_eq!(affordable(&three, 3.5, true), [0, 1]);
        let dear = [5.0, 1.0, 1.0];
        let waits = affordable(&dear, 3.5, false);
        assert_eq!(waits, [1, 2], "the dear one waits");
        assert_eq!(affordable(&dear, 0.5, false), [] as [usize; 0]);
        let first = affordable(&dear, 0.5, true);
        assert_eq!(first, [1], "something begins");
        assert_eq!(affordable(&dear, f64::INFINITY, false), [0, 1, 2]);
    }

    #[test]
    fn no_trial_takes_all_the_time_of_the_others() {
        let at = |seconds| Timestamp(0).after(Duration::from_secs(seconds));
        assert_eq!(trial_ends(at(0), at(60), 60.0), at(10));
        let late = trial_ends(at(40), at(60), 60.0);
        assert_eq!(late, at(48), "time for the rest");
        assert_eq!(slow_ends(at(2), at(60), 60.0), at(42));
        assert_eq!(slow_ends(at(20), at(60), 60.0), at(48));
    }

    #[test]
    fn a_fit_without_an_end_begins_where_it_has_time() {
        assert!(may_begin(3.0, None, 1.0, 5.0), "likely in its own second");
        assert!(!may_begin(8.0, None, 1.0, 9.0), "hardly in its own second");
        assert!(!may_begin(3.0, None, 1.0, 2.0), "late on a slow machine");
        assert!(may_begin(3.0, Some(0.5), 1.0, 1.0), "it was quicker");
        assert!(!may_begin(3.0, Some(0.9), 1.0, 1.0), "it was no quicker");
    }

    #[test]
    fn even_a_spent_budget_gets_one_trial() {
        let mut s = situation(Budget::Seconds(60.0));
        s.now = s.now.after(Duration::from_secs(100));
        assert_eq!(plan(&s), Plan::Ask(2));
    }
}
