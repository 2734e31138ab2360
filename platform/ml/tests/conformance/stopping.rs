//! Cancellation, deadlines, and whoever watches.

use crate::common::{check_answers, features, metric, target};
use crate::every;
use domain::{Deadline, ManualClock, Timestamp};
use ml::fit::{CancelFlag, FitContext, FitData, FitError, Flow, StopReason, fit};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn cancelling_ends_a_fit_with_nothing() {
    every(|label, form, task| {
        let x = features(100, form.view);
        let y = target(&x, task);
        let flag = CancelFlag::new();
        let in_round = flag.clone();
        let mut on_round = move |_| {
            in_round.cancel();
            Flow::Continue
        };
        let mut context = FitContext::new(1, metric(&y), &mut on_round);
        context.cancel = flag.clone();
        let mut run = || fit(form.name, &FitData::new(&x, &y), &form.params, &mut context);
        if form.interruptible {
            assert!(matches!(run(), Err(FitError::Cancelled)), "{label}");
        }
        flag.cancel();
        assert!(matches!(run(), Err(FitError::Cancelled)), "{label}");
    });
}

#[test]
fn a_deadline_ends_a_fit_with_what_there_is() {
    every(|label, form, task| {
        let x = features(100, form.view);
        let y = target(&x, task);
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let in_round = clock.clone();
        let mut rounds = 0;
        let mut on_round = move |_| {
            rounds += 1;
            if rounds == 3 {
                in_round.advance(Duration::from_secs(10));
            }
            assert!(rounds <= 3, "a round after the deadline");
            Flow::Continue
        };
        let mut context = FitContext::new(1, metric(&y), &mut on_round);
        context.deadline = Some(Deadline::new(clock.clone(), Timestamp(5_000_000)));
        let data = FitData::new(&x, &y);
        let mut run = || fit(form.name, &data, &form.params, &mut context);
        if form.interruptible {
            let fit = run().unwrap();
            assert_eq!(
                (fit.rounds, fit.stopped),
                (3, Some(StopReason::Deadline)),
                "{label}"
            );
            check_answers(label, &fit.model.predict(&x), &y);
        } else {
            clock.advance(Duration::from_secs(10));
        }
        assert!(matches!(run(), Err(FitError::NoTime)), "{label}");
    });
}

#[test]
fn whoever_watches_may_end_a_fit() {
    every(|label, form, task| {
        let x = features(100, form.view);
        let y = target(&x, task);
        let mut seen = Vec::new();
        let mut on_round = |round| {
            seen.push(round);
            if seen.len() < 2 {
                Flow::Continue
            } else {
                Flow::Stop
            }
        };
        let mut context = FitContext::new(1, metric(&y), &mut on_round);
        let fit = fit(form.name, &FitData::new(&x, &y), &form.params, &mut context);
        let fit = fit.unwrap();
        if form.interruptible {
            assert_eq!(
                (fit.rounds, fit.stopped),
                (2, Some(StopReason::Asked)),
                "{label}"
            );
            let rounds: Vec<u32> = seen.iter().map(|round| round.round).collect();
            assert_eq!(rounds, [1, 2], "{label}");
            assert!(seen[0].of > 2, "{label}");
        }
    });
}
