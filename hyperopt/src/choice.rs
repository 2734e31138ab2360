//! Which configurations go on to training.

use crate::told::Told;
use domain::results::Configuration;
use domain::study::{Candidate, Params, TrialState};
use domain::task::Metric;

/// Configurations beside the best of each algorithm that may become a part of a mixture.
const MOST_OTHERS: usize = 20;

/// Takes no time whatever the table.
const BASELINE: &str = "baseline";

/// The best score so far, in the metric's own direction.
pub(crate) fn best(told: &[Told], metric: Metric) -> Option<f64> {
    let scores = told.iter().filter_map(|trial| {
        let outcome = trial.outcome.as_ref()?;
        outcome
            .score
            .filter(|_| outcome.state == TrialState::Succeeded)
    });
    scores.min_by(|a, b| metric.loss(*a).total_cmp(&metric.loss(*b)))
}

/// The best configuration of each algorithm, best first, and after them the best others whose folds
/// are kept. A trial that was left early counts only where its algorithm has no better.
pub(crate) fn choose(told: &[Told], metric: Metric) -> (Vec<Configuration>, Vec<Configuration>) {
    let mut all: Vec<(bool, f64, Configuration)> = told
        .iter()
        .filter_map(|trial| {
            let outcome = trial.outcome.as_ref()?;
            let score = outcome.score?;
            let early = outcome.state != TrialState::Succeeded;
            let configuration = Configuration {
                algorithm: trial.task.algorithm.clone(),
                params: trial.task.params.clone(),
                trial: trial.task.number,
                score,
                fold_seconds: outcome.fold_seconds,
                fold_visits: outcome.visits / outcome.fold_scores.len().max(1) as u64,
                kept: outcome.kept.clone(),
            };
            Some((early, metric.loss(score), configuration))
        })
        .collect();
    all.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(a.1.total_cmp(&b.1))
            .then(a.2.algorithm.cmp(&b.2.algorithm))
            .then(a.2.trial.cmp(&b.2.trial))
    });
    let (mut chosen, mut others) = (Vec::<Configuration>::new(), Vec::new());
    for (early, _, configuration) in all {
        let known = chosen
            .iter()
            .any(|known| known.algorithm == configuration.algorithm);
        match known {
            false => chosen.push(configuration),
            true if !early && configuration.kept.is_some() && others.len() < MOST_OTHERS => {
                others.push(configuration)
            }
            true => {}
        }
    }
    (chosen, others)
}

/// The default of the first candidate that may end in time.
pub(crate) fn simplest(candidates: &[Candidate], told: &[Told]) -> Configuration {
    let too_slow = |candidate: &Candidate| told.iter().any(|trial| trial.too_slow(candidate));
    match candidates.iter().find(|candidate| !too_slow(candidate)) {
        Some(candidate) => untried(
            &candidate.algorithm,
            candidate.portfolio.first().cloned().unwrap_or_default(),
        ),
        None => untried(BASELINE, Params::default()),
    }
}

/// A configuration without a score.
fn untried(algorithm: &str, params: Params) -> Configuration {
    Configuration {
        algorithm: algorithm.to_owned(),
        params,
        trial: 0,
        score: 0.0,
        fold_seconds: 0.0,
        fold_visits: 0,
        kept: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{TOO_SLOW, TrialOutcome};
    use domain::Message;
    use domain::job::TrialTask;
    use domain::study::Space;

    fn candidate(algorithm: &str) -> Candidate {
        Candidate {
            algorithm: algorithm.to_owned(),
            selected: true,
            reason: Message::new("select.fits", "It fits."),
            portfolio: Vec::new(),
            space: Space(Vec::new()),
        }
    }

    fn refused(algorithm: &str, code: &str) -> Told {
        let outcome = TrialOutcome::failed(Message::new(code, "It cannot be."));
        Told {
            task: TrialTask {
                number: 1,
                algorithm: algorithm.to_owned(),
                params: Params::default(),
                prune_above: None,
                rival: Vec::new(),
                curve_above: None,
            },
            running: false,
            open: false,
            outcome: Some(outcome),
        }
    }

    #[test]
    fn what_could_not_end_in_a_trial_is_not_trained() {
        let candidates = [candidate("logistic"), candidate("knn")];
        let slow = refused("logistic", TOO_SLOW);
        let late = refused("logistic", "trial.out_of_time");
        let chosen = |told: &[Told]| simplest(&candidates, told).algorithm;
        assert_eq!(chosen(&[late]), "logistic");
        assert_eq!(chosen(&[slow]), "knn");
        let all = [refused("logistic", TOO_SLOW), refused("knn", TOO_SLOW)];
        assert_eq!(chosen(&all), BASELINE);
    }
}
