//! Fitted folds in a file: a trial keeps them for training, so that nothing is fitted twice.

use domain::results::{KEPT_FOLDS, KeptFolds};
use domain::{Failure, Message};
use ml::features::Predictions;
use ml::model::FittedModel;
use serde::{Deserialize, Serialize};
use service_kit::Step;

/// Bytes of one file at most. Larger models are cheap to write only where there is much time, and
/// then there is time to fit them again.
const MOST_BYTES: usize = 256 << 20;

/// Predicted numbers of a fold that are kept for a mixture: 64 MB.
const MOST_NUMBERS: usize = 8_000_000;

/// A fitted fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The fold that it has not seen.
    pub fold: u32,
    /// Its score there, where the metric is defined.
    pub score: Option<f64>,
    /// Seconds that it took.
    pub seconds: f64,
    /// What was fitted.
    pub model: FittedModel,
    /// What it says about the fold's rows, unless that is too much to keep.
    pub predictions: Option<Predictions>,
}

/// What a job that fits folds tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldOutcome {
    /// What was fitted, unless there was no time or the first failed.
    pub kept: Option<KeptFolds>,
    /// Why there is none.
    pub error: Option<Message>,
}

/// Folds on their way into a file, one after the other.
#[derive(Debug)]
pub struct Keeping {
    /// Nothing once they are too large.
    bytes: Option<Vec<u8>>,
    most: usize,
    folds: u32,
}

impl Keeping {
    /// A file of at most 256 MiB, as a trial keeps it.
    #[must_use]
    pub fn small() -> Self {
        Self::of(MOST_BYTES)
    }

    /// A file of any size.
    #[must_use]
    pub fn any() -> Self {
        Self::of(usize::MAX)
    }

    fn of(most: usize) -> Self {
        Self {
            bytes: Some(Vec::new()),
            most,
            folds: 0,
        }
    }

    /// Adds a fold.
    pub fn add(&mut self, mut kept: Kept) -> Result<(), Failure> {
        let numbers = kept.predictions.as_ref().map_or(0, |all| all.values.len());
        if numbers > MOST_NUMBERS {
            kept.predictions = None;
        }
        if let Some(bytes) = self.bytes.take() {
            let bytes = postcard::to_extend(&kept, bytes).map_err(|error| {
                Failure::internal(format!("a fitted fold cannot be written: {error}"))
            })?;
            self.bytes = (bytes.len() <= self.most).then_some(bytes);
        }
        self.folds += 1;
        Ok(())
    }

    /// The stored file; none when it became too large, or nothing was fitted.
    pub async fn put(self, step: &Step) -> Result<Option<KeptFolds>, Failure> {
        let folds = self.folds;
        match self.bytes {
            Some(bytes) if folds > 0 => {
                let (file, _) = step.put(KEPT_FOLDS, bytes.into()).await?;
                Ok(Some(KeptFolds { file, folds }))
            }
            _ => Ok(None),
        }
    }
}

/// The folds of a file.
pub async fn kept(step: &Step, key: &str) -> Result<Vec<Kept>, Failure> {
    let bytes = step.fetch(key).await?;
    let read = step.compute(move || Ok(read(&bytes))).await?;
    read.map_err(|error| {
        Failure::internal(format!("the fitted folds {key} cannot be read: {error}"))
    })
}

fn read(mut bytes: &[u8]) -> postcard::Result<Vec<Kept>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (kept, rest) = postcard::take_from_bytes(bytes)?;
        all.push(kept);
        bytes = rest;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(fold: u32, numbers: usize) -> Kept {
        let model = serde_json::json!({"Baseline": {"answer": [1.0]}});
        Kept {
            fold,
            score: Some(0.5),
            seconds: 0.25,
            model: serde_json::from_value(model).unwrap(),
            predictions: Some(Predictions::zeros(numbers, 1)),
        }
    }

    #[test]
    fn folds_come_back_in_their_order() {
        let mut keeping = Keeping::small();
        let all = [kept(0, 3), kept(1, 2)];
        for kept in all.clone() {
            keeping.add(kept).unwrap();
        }
        assert_eq!(read(&keeping.bytes.unwrap()).unwrap(), all);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let mut keeping = Keeping::of(100);
        keeping.add(kept(0, 2)).unwrap();
        assert!(keeping.bytes.is_some());
        keeping.add(kept(1, 20)).unwrap();
        keeping.add(kept(2, 2)).unwrap();
        assert!(keeping.bytes.is_none());
        let mut keeping = Keeping::any();
        keeping.add(kept(0, MOST_NUMBERS + 1)).unwrap();
        let [kept] = &read(&keeping.bytes.unwrap()).unwrap()[..] else {
            panic!("one fold")
        };
        assert_eq!(kept.predictions, None, "the model alone");
    }
}
