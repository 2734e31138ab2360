//! A loaded model.

use super::pace::Pace;
use crate::auth::secret;
use crate::dto::deployment::{SchemaColumnView, SchemaView};
use crate::dto::prediction::Answer;
use domain::task::Task;
use domain::{Failure, FailureKind};
use ml::artefact::{Field, ModelFile, Predictor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Instant;

/// A form with more choices than this is no form.
const MOST_LEVELS: usize = 200;

/// Bytes of one answer, about: it lies whole in memory, here and in a gateway before this process.
const LARGEST_ANSWER: usize = 32 << 20;
/// Bytes that a probability takes beside its class, and a number by itself.
const NUMBER: usize = 24;

/// A version of a deployment that can answer.
#[derive(Debug)]
pub struct Loaded {
    /// The version.
    pub version: u32,
    /// Hash of its artefact.
    pub sha256: String,
    predictor: Arc<Predictor>,
    pub(super) pace: Pace,
}

impl Loaded {
    /// Reads an artefact, after making sure that it is the one that was deployed. Slow.
    pub fn read(version: u32, sha256: &str, bytes: &[u8]) -> Result<Self, Failure> {
        if secret::hex(&Sha256::digest(bytes)) != sha256 {
            return Err(unreadable("its hash is not the one that was deployed"));
        }
        let file = ModelFile::from_bytes(bytes).map_err(|error| unreadable(&error.to_string()))?;
        let predictor = Arc::new(Predictor::new(file));
        // What the trees prepare at their first prediction is prepared here, not while a caller waits.
        drop(predictor.predict_records(&[Map::new()]));
        Ok(Self {
            version,
            sha256: sha256.to_owned(),
            predictor,
            pace: Pace::default(),
        })
    }

    /// A model that no deployment names: version 1.
    #[must_use]
    pub fn of(predictor: Predictor) -> Self {
        Self {
            version: 1,
            sha256: String::new(),
            predictor: Arc::new(predictor),
            pace: Pace::default(),
        }
    }

    /// The same model as another version.
    #[must_use]
    pub fn as_version(&self, version: u32) -> Self {
        Self {
            version,
            sha256: self.sha256.clone(),
            predictor: Arc::clone(&self.predictor),
            pace: Pace::default(),
        }
    }

    /// What it predicts.
    #[must_use]
    pub fn task(&self) -> Task {
        self.predictor.file().task
    }

    /// The column it predicts.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.predictor.file().target
    }

    /// What it wants to be asked.
    #[must_use]
    pub fn schema(&self) -> SchemaView {
        let classes = self.predictor.classes();
        SchemaView {
            target: self.target().to_owned(),
            task: self.task(),
            classes: (!classes.is_empty()).then(|| classes.to_vec()),
            columns: self.predictor.fields().into_iter().map(column).collect(),
        }
    }

    /// Records that may be asked for at once. Every record is told every class, so of many classes
    /// there may be fewer.
    #[must_use]
    pub fn most_records(&self) -> usize {
        most_records(self.predictor.classes())
    }

    /// The answer to these records, as JSON.
    pub fn answer(&self, records: &[Map<String, Value>]) -> Result<Vec<u8>, Failure> {
        let begun = Instant::now();
        let (predicted, notes) = self.predictor.predict_records(records)?;
        let answer = Answer::new(self.predictor.classes(), &predicted, &notes, self.version);
        let json = serde_json::to_vec(&answer)
            .map_err(|error| Failure::internal(format!("an answer cannot be written: {error}")))?;
        self.pace.note(records.len(), begun.elapsed());
        Ok(json)
    }
}

fn most_records(classes: &[String]) -> usize {
    let of_classes = classes.iter().map(|class| class.len() + NUMBER);
    let label = classes.iter().map(String::len).max().unwrap_or(0);
    let record = of_classes.sum::<usize>() + label + NUMBER;
    (LARGEST_ANSWER / record).max(1)
}

fn column(field: Field) -> SchemaColumnView {
    let few = !field.levels.is_empty() && field.levels.len() <= MOST_LEVELS;
    SchemaColumnView {
        name: field.name,
        kind: field.kind,
        required: field.required,
        levels: few.then_some(field.levels),
        min: field.min,
        max: field.max,
        example: field.example,
    }
}

fn unreadable(why: &str) -> Failure {
    let text = format!("The model cannot be loaded: {why}. Deploy it again.");
    Failure::new(FailureKind::Unavailable, "deployment.unreadable", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_classes_fewer_records_are_told() {
        let classes = |count: usize, length: usize| vec!["x".repeat(length); count];
        assert!(most_records(&[]) > 1_000_000, "numbers are short");
        assert!(most_records(&classes(2, 5)) > 300_000);
        let many = most_records(&classes(1_000, 8));
        assert!((700..1_300).contains(&many), "{many}");
        assert!(
            most_records(&classes(1_000, 500)) < 100,
            "long labels count"
        );
        assert_eq!(
            most_records(&classes(50_000, 1_000)),
            1,
            "one is always answered"
        );
    }
}
