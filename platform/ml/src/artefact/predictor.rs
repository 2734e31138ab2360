//! Answers of a stored model.

use super::{Member, ModelFile};
use crate::features::{Features, Predictions, argmax};
use crate::model::FittedModel;
use crate::recipe::{RecordNotes, View};
use crate::stack::Stack;
use crate::table::Table;
use domain::Failure;
use domain::profile::ColumnKind;
use serde::Serialize;
use serde_json::{Map, Value};

/// Cells (rows × columns) of features that are made at once: tens of megabytes.
const MOST_CELLS: usize = 4_000_000;
/// Rows that are never taken apart.
const FEW_ROWS: usize = 1_000;

/// A model ready to answer.
#[derive(Clone, Debug)]
pub struct Predictor {
    file: ModelFile,
}

/// The answer for one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicted {
    /// A class.
    Class {
        /// Its place among [`Predictor::classes`].
        index: usize,
        /// Its label.
        label: String,
        /// The probability of every class, in their order.
        probabilities: Vec<f64>,
    },
    /// A number.
    Value(f64),
}

/// A column that a caller may send, for a form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// The column.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Whether training never saw it missing: a record must have it, if only as `null`.
    pub required: bool,
    /// Known words, most frequent first; empty for numbers.
    pub levels: Vec<String>,
    /// Smallest value seen.
    pub min: Option<f64>,
    /// Largest value seen.
    pub max: Option<f64>,
    /// A typical value.
    pub example: Value,
}

impl Predictor {
    /// Takes a model that was read or has been validated.
    #[must_use]
    pub fn new(file: ModelFile) -> Self {
        Self { file }
    }

    /// The model.
    #[must_use]
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// The classes in the order of probabilities; empty for regression.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.file.classes
    }

    /// The columns that it wants.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let recipe = &self.file.recipe;
        let field = |column: &crate::recipe::SchemaColumn| Field {
            name: column.name.clone(),
            kind: column.kind,
            required: recipe.always_present(&column.name),
            levels: recipe.levels(&column.name).to_vec(),
            min: column.min,
            max: column.max,
            example: column.example.as_ref().map_or(Value::Null, |e| e.to_json()),
        };
        recipe.columns().map(field).collect()
    }

    /// The answers for these rows: the weighted mean over members of the mean over their folds, or what
    /// a stack makes of them.
    /// Features are made for some rows at a time, so that memory grows with the answers alone.
    #[must_use]
    pub fn predict_table(&self, table: &Table) -> Predictions {
        let rows = table.rows();
        if rows <= FEW_ROWS {
            return self.predict_part(table);
        }
        let folds = self
            .file
            .stack
            .as_ref()
            .map_or(0, |stack| stack.folds as usize);
        let said = folds * self.file.members.len() * self.file.classes.len().max(1);
        let columns = self.file.recipe.dense_columns().max(said);
        let step = (MOST_CELLS / columns.max(1)).max(FEW_ROWS);
        let mut all = Predictions::zeros(rows, self.file.classes.len().max(1));
        let parts = all.values.chunks_mut(step * all.outputs);
        for (first, out) in (0..rows).step_by(step).zip(parts) {
            let part: Vec<u32> = (first..rows.min(first + step))
                .map(|row| row as u32)
                .collect();
            out.copy_from_slice(&self.predict_part(&table.take(&part)).values);
        }
        all
    }

    fn predict_part(&self, table: &Table) -> Predictions {
        match &self.file.stack {
            Some(stack) => self.stacked(stack, table),
            None => self.mixed(table),
        }
    }

    /// The weighted mean of what the members say.
    fn mixed(&self, table: &Table) -> Predictions {
        let weights: f64 = self.file.members.iter().map(|member| member.weight).sum();
        let mut mean = self.nothing(table);
        self.each_member(table, |member, features| {
            let share = member.weight / weights / member.folds.len() as f64;
            for model in &member.folds {
                mean.add(&model.predict(features), share);
            }
        });
        mean
    }

    /// What a stack makes of what one fold's fits say, on average over the folds. A mean of all fits is
    /// less sure than each of them, and would not be what the stack learned from.
    fn stacked(&self, stack: &Stack, table: &Table) -> Predictions {
        let weights: Vec<f64> = self.file.members.iter().map(|m| m.weight).collect();
        let views = [View::Trees, View::Dense].map(|view| self.features(table, view));
        let folds = stack.folds as usize;
        let mut mean = self.nothing(table);
        for fold in 0..folds {
            let members = self.file.members.iter().map(|member| {
                let mut said = self.nothing(table);
                let features = match member.view {
                    View::Trees => &views[0],
                    View::Dense => &views[1],
                };
                let Some(features) = features else {
                    return said;
                };
                // Who has fewer fits says the same more than once.
                let fits = member.folds.iter().skip(fold % member.folds.len());
                let fits: Vec<&FittedModel> = fits.step_by(folds).collect();
                for model in &fits {
                    said.add(&model.predict(features), 1.0 / fits.len() as f64);
                }
                said
            });
            let said: Vec<Predictions> = members.collect();
            mean.add(&stack.predict(&said, &weights), 1.0 / folds as f64);
        }
        mean
    }

    /// Calls `ask` with each member and the features that it wants.
    fn each_member(&self, table: &Table, mut ask: impl FnMut(&Member, &Features)) {
        for view in [View::Trees, View::Dense] {
            let members = self.file.members.iter();
            if let Some(features) = self.features(table, view) {
                let own = members.filter(|member| member.view == view);
                own.for_each(|member| ask(member, &features));
            }
        }
    }

    /// The features of a view, if any member wants them.
    fn features(&self, table: &Table, view: View) -> Option<Features> {
        let wanted = self.file.members.iter().any(|member| member.view == view);
        wanted.then(|| self.file.recipe.features(table, view))
    }

    fn nothing(&self, table: &Table) -> Predictions {
        Predictions::zeros(table.rows(), self.file.classes.len().max(1))
    }

    /// The answers for these records.
    pub fn predict_records(
        &self,
        records: &[Map<String, Value>],
    ) -> Result<(Vec<Predicted>, RecordNotes), Failure> {
        let (table, notes) = self.file.recipe.parse_records(records)?;
        let predictions = self.predict_table(&table);
        let answers = (0..predictions.rows()).map(|row| self.answer(predictions.row(row)));
        Ok((answers.collect(), notes))
    }

    /// Names the answer of one row of [`Predictor::predict_table`].
    #[must_use]
    pub fn answer(&self, row: &[f64]) -> Predicted {
        let index = argmax(row) as usize;
        match self.file.classes.get(index) {
            None => Predicted::Value(row[index]),
            Some(label) => Predicted::Class {
                index,
                label: label.clone(),
                probabilities: row.to_vec(),
            },
        }
    }
}
