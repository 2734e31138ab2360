//! Predictions on the wire.

use super::names;
use ml::artefact::Predicted;
use ml::recipe::RecordNotes;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The answer to one request; written straight from the model's own answers.
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    predictions: Vec<Label<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<Vec<Shares<'a>>>,
    model_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a RecordNotes>,
}

impl<'a> Answer<'a> {
    /// The answers of version `model_version`, whose `classes` are empty for numbers.
    #[must_use]
    pub fn new(
        classes: &'a [String],
        predicted: &'a [Predicted],
        notes: &'a RecordNotes,
        model_version: u32,
    ) -> Self {
        let shares = |predicted: &'a Predicted| match predicted {
            Predicted::Class { probabilities, .. } => Shares {
                classes,
                probabilities,
            },
            Predicted::Value(_) => Shares {
                classes,
                probabilities: &[],
            },
        };
        Self {
            predictions: predicted.iter().map(Label).collect(),
            probabilities: (!classes.is_empty()).then(|| predicted.iter().map(shares).collect()),
            model_version,
            notes: (!notes.is_empty()).then_some(notes),
        }
    }
}

/// What was predicted for one record.
#[derive(Debug)]
struct Label<'a>(&'a Predicted);

impl Serialize for Label<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Predicted::Class { label, .. } => serializer.serialize_str(label),
            Predicted::Value(value) => serializer.serialize_f64(*value),
        }
    }
}

/// The probability of each class.
#[derive(Debug)]
struct Shares<'a> {
    classes: &'a [String],
    probabilities: &'a [f64],
}

impl Serialize for Shares<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.classes.len()))?;
        for (class, probability) in self.classes.iter().zip(self.probabilities) {
            map.serialize_entry(class, probability)?;
        }
        map.end()
    }
}

/// Predictions for the records of a request, in their order.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used; the answer is written by `Answer`"
)]
pub struct PredictionAnswer {
    /// A class label (text) or a number for each record.
    predictions: Vec<names::Label>,
    /// For classes: the probability of every class, for each record.
    #[schema(required = false)]
    probabilities: Option<Vec<BTreeMap<String, f64>>>,
    /// The version that answered.
    model_version: u32,
    /// What was let pass.
    #[schema(required = false)]
    notes: Option<PredictionNotes>,
}

/// Things in a request that were let pass.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "only its schema is used; the values are ml's RecordNotes"
)]
pub struct PredictionNotes {
    /// Columns that the model does not know, with the records that have them.
    unknown_columns: BTreeMap<String, u64>,
    /// Columns with values that training never saw, with the records that have them.
    unseen_levels: BTreeMap<String, u64>,
    /// Columns that were taken as missing because records lack them, with those records.
    absent_columns: BTreeMap<String, u64>,
    /// Columns with numbers below the least or above the greatest of the training file, with the
    /// records that have them.
    out_of_range: BTreeMap<String, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn classes_come_with_their_probabilities() {
        let classes = ["no".to_owned(), "yes".to_owned()];
        let predicted = [Predicted::Class {
            index: 1,
            label: "yes".into(),
            probabilities: vec![0.25, 0.75],
        }];
        let mut notes = RecordNotes::default();
        let answer = Answer::new(&classes, &predicted, &notes, 3);
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({
                "predictions": ["yes"],
                "probabilities": [{"no": 0.25, "yes": 0.75}],
                "model_version": 3,
            })
        );
        notes.unknown_columns.insert("x".into(), 2);
        let answer = serde_json::to_value(Answer::new(&classes, &predicted, &notes, 3)).unwrap();
        assert_eq!(
            answer["notes"],
            json!({"unknown_columns": {"x": 2}, "unseen_levels": {}, "absent_columns": {},
                   "out_of_range": {}})
        );
    }

    #[test]
    fn numbers_stand_alone() {
        let notes = RecordNotes::default();
        let answer = Answer::new(&[], &[Predicted::Value(1.5)], &notes, 1);
        let json = serde_json::to_value(answer).unwrap();
        assert_eq!(json, json!({"predictions": [1.5], "model_version": 1}));
    }
}
