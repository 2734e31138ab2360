//! Leaving a fit in its middle: successive doubling of its rounds, as successive halving has it
//! (Jamieson & Talwalkar 2016), with the fit's own pace instead of a rank among others.
//!
//! Configurations that learn slowly are behind at any fixed round and may win in the end, so ranks at
//! a rung would favour the hasty ones. Here a fit is left only when it cannot come up even if every
//! doubling of its rounds that is still to come gained as much as the last one did.

use ml::fit::{Flow, Round};

/// How a fit comes along.
#[derive(Clone, Debug, Default)]
pub(crate) struct Curve {
    /// What its end should be below.
    goal: Option<f64>,
    best: Option<f64>,
    /// The best at rounds 1, 2, 4, 8 and so on.
    rungs: Vec<f64>,
}

impl Curve {
    /// A curve that should end below `goal`, if there is one.
    pub fn towards(goal: Option<f64>) -> Self {
        Self {
            goal,
            ..Self::default()
        }
    }

    /// The least loss so far.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// Takes a round, and says whether there is any use in going on.
    pub fn follow(&mut self, round: Round) -> Flow {
        let Some(loss) = round.valid.filter(|loss| loss.is_finite()) else {
            return Flow::Continue;
        };
        let best = self.best.map_or(loss, |best| best.min(loss));
        self.best = Some(best);
        if !round.round.is_power_of_two() {
            return Flow::Continue;
        }
        self.rungs.push(best);
        let ([.., first, second, third], Some(goal)) = (&self.rungs[..], self.goal) else {
            return Flow::Continue;
        };
        let (before, now) = (first - second, second - third);
        let doublings = (f64::from(round.of.max(round.round)) / f64::from(round.round)).log2();
        // While doublings gain more and more, nothing can be said about the next one.
        match now <= before && best - now * doublings > goal {
            true => Flow::Stop,
            false => Flow::Continue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The round at which a curve is left; 0 if it goes to its end.
    fn left_at(goal: Option<f64>, rounds: u32, loss: impl Fn(f64) -> f64) -> u32 {
        let mut curve = Curve::towards(goal);
        let stops = |round: &u32| {
            let round = Round {
                round: *round,
                of: rounds,
                train: None,
                valid: Some(loss(f64::from(*round))),
            };
            curve.follow(round) == Flow::Stop
        };
        (1..=rounds).find(stops).unwrap_or(0)
    }

    #[test]
    fn who_comes_to_rest_too_high_is_left_early() {
        // Half of what is missing is gained every five rounds.
        let quick = |t: f64| 0.5 + 0.5 * (-t / 7.0).exp();
        let at = left_at(Some(0.4), 1_000, quick);
        assert!((16..=64).contains(&at), "{at}");
        assert_eq!(left_at(Some(0.55), 1_000, quick), 0, "it gets there");
        assert_eq!(left_at(None, 1_000, quick), 0, "nothing to compare with");
    }

    #[test]
    fn who_is_slow_is_not_taken_for_bad() {
        // At round 64 it has gained a tenth of the way to an end that is better than the goal.
        let slow = |t: f64| 1.0 - 0.7 * (1.0 - (-t / 400.0).exp());
        assert_eq!(left_at(Some(0.4), 2_000, slow), 0);
    }

    #[test]
    fn odd_numbers_say_nothing() {
        let mut curve = Curve::towards(Some(0.1));
        for (round, valid) in [(1, None), (2, Some(f64::NAN)), (4, Some(f64::INFINITY))] {
            let (of, train) = (8, None);
            let round = Round {
                round,
                of,
                train,
                valid,
            };
            assert_eq!(curve.follow(round), Flow::Continue);
        }
        assert_eq!(curve.best(), None);
    }
}
