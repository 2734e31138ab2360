//! Whether the best model is deployed.

use domain::Message;
use domain::spec::{DeployMode, DeploySpec};
use domain::task::Metric;

/// Whether the best model is deployed, and why.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is.
    Deploy(Message),
    /// It is not.
    Keep(Message),
}

/// The verdict where nothing better than guessing was found.
#[must_use]
pub fn only_baseline() -> Verdict {
    Verdict::Keep(Message::new(
        "deploy.only_baseline",
        "No model is better than guessing, so none was deployed. Give the pipeline more time, or \
         other columns.",
    ))
}

/// Decides by the policy and the held-out score.
#[must_use]
pub fn decide(policy: &DeploySpec, metric: Metric, score: Option<f64>) -> Verdict {
    match (policy.mode, policy.min_score, score) {
        (DeployMode::Auto, ..) => {
            Verdict::Deploy(Message::new("deploy.auto", "The best model was deployed."))
        }
        (DeployMode::Manual, ..) => Verdict::Keep(Message::new(
            "deploy.manual",
            "The best model waits for a person to deploy it.",
        )),
        (DeployMode::Threshold, Some(wanted), Some(score)) => {
            let reached = metric.loss(score) <= metric.loss(wanted);
            let relation = if reached { "reaches" } else { "misses" };
            let text = format!("The {metric} of {score:.4} {relation} the threshold {wanted}.");
            let message = Message::new(format!("deploy.threshold_{relation}"), text)
                .with("metric", metric.as_str())
                .with("score", score)
                .with("threshold", wanted);
            if reached {
                Verdict::Deploy(message)
            } else {
                Verdict::Keep(message)
            }
        }
        (DeployMode::Threshold, ..) => Verdict::Keep(Message::new(
            "deploy.no_score",
            "The best model has no held-out score to compare with the threshold.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threshold(wanted: f64) -> DeploySpec {
        DeploySpec {
            mode: DeployMode::Threshold,
            name: None,
            min_score: Some(wanted),
        }
    }

    #[test]
    fn a_threshold_respects_the_metrics_direction() {
        let deployed = |policy: &DeploySpec, metric, score| {
            matches!(decide(policy, metric, score), Verdict::Deploy(_))
        };
        assert!(deployed(&threshold(0.9), Metric::RocAuc, Some(0.9)));
        assert!(!deployed(&threshold(0.9), Metric::RocAuc, Some(0.89)));
        assert!(deployed(&threshold(3.0), Metric::Rmse, Some(2.5)));
        assert!(!deployed(&threshold(3.0), Metric::Rmse, Some(3.5)));
        assert!(!deployed(&threshold(3.0), Metric::Rmse, None));
        assert!(deployed(&DeploySpec::default(), Metric::Rmse, None));
    }
}
