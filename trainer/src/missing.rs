//! What a person should know about folds that are missing.

use crate::train::Told;
use domain::Message;
use std::collections::BTreeSet;

/// A warning for each model that lacks folds, with how many and why the first of them is missing.
pub(crate) fn warnings(told: &[Told], folds: u32) -> Vec<Message> {
    let models: BTreeSet<u32> = told.iter().map(|fold| fold.task.model).collect();
    let warning = |model| warning(told, model, folds);
    models.into_iter().filter_map(warning).collect()
}

fn warning(told: &[Told], model: u32, folds: u32) -> Option<Message> {
    // Folds of other cuts are more than was promised.
    let own = |fold: &&Told| fold.task.model == model && fold.task.fold < folds;
    let own = told.iter().filter(own);
    let missing: Vec<&Told> = own.filter(|fold| !fold.is_fitted()).collect();
    let algorithm = missing.first()?.task.algorithm.as_str();
    let count = missing.len();
    let mut text = format!(
        "{count} of {folds} folds of {} were not fitted",
        ml::registry::called(algorithm)
    );
    let reason = missing.iter().find_map(|fold| fold.reason());
    if let Some(reason) = reason {
        text += &format!(": {reason}");
    }
    let message = Message::new(
        "train.folds_failed",
        text.trim_end_matches('.').to_owned() + ".",
    )
    .with("count", count)
    .with("of", folds)
    .with("algorithm", algorithm);
    Some(match reason {
        Some(reason) => message.because(reason),
        None => message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::job::FoldTask;
    use domain::results::KeptFolds;
    use domain::study::Params;
    use folds::FoldOutcome;

    fn told(model: u32, fold: u32, error: Option<Message>) -> Told {
        let file = "key".to_owned();
        let fitted = error.is_none().then_some(KeptFolds { file, folds: 1 });
        Told {
            task: FoldTask {
                model,
                fold,
                folds: 1,
                whole: false,
                algorithm: format!("algorithm {model}"),
                params: Params::default(),
            },
            open: false,
            outcome: Some(FoldOutcome {
                kept: fitted,
                error,
            }),
            failure: None,
        }
    }

    #[test]
    fn a_model_that_lacks_folds_is_warned_of_once() {
        let no_time = || Some(Message::new("fit.no_time", "the time was up"));
        let mut all = vec![told(0, 0, None), told(0, 1, None)];
        all.extend([
            told(1, 0, None),
            told(1, 1, no_time()),
            told(1, 2, no_time()),
        ]);
        let [warning] = &warnings(&all, 3)[..] else {
            panic!("one warning")
        };
        assert_eq!(
            warning.text,
            "2 of 3 folds of algorithm 1 were not fitted: the time was up."
        );
        assert_eq!(warning.params["reason"]["code"], "fit.no_time");
    }

    #[test]
    fn a_fold_whose_process_died_says_why_its_job_was_given_up() {
        let mut died = told(0, 0, None);
        died.outcome = None;
        died.failure = Some(Message::new("job.crashed", "It crashed."));
        let warning = warnings(&[died], 1).remove(0);
        assert_eq!(warning.params["reason"]["code"], "job.crashed");
        assert!(warning.text.ends_with(": It crashed."), "{warning}");
    }
}
