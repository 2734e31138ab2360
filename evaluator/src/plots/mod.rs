//! The numbers of an evaluation as pictures.
//!
//! Every plot is a function from numbers to one SVG text: the same numbers give the same bytes.
//! The pictures name fonts and carry none, adapt to a dark page by themselves, and are told apart
//! by people with any kind of colour vision. A plot has no heading inside: its title is a
//! [`Message`] that whoever shows the plot says in the reader's language; what must be inside
//! (axes, legends) is in the [`Language`] that the caller asks for.

mod axes;
mod calibration;
pub(crate) mod canvas;
mod confusion;
mod curves;
mod importance;
mod leaderboard;
mod precision_recall;
mod predicted_actual;
mod residuals;
mod roc;
mod scatter;
mod style;

pub use calibration::calibration;
pub use confusion::confusion;
pub use importance::importance;
pub use leaderboard::{Entry, leaderboard};
pub use precision_recall::precision_recall;
pub use predicted_actual::predicted_actual;
pub use residuals::residuals;
pub use roc::roc;

use crate::evaluate::Judged;
use crate::language::{Language, Text};
use domain::Message;

/// A drawn plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Its name in the URL, for example `precision_recall`.
    pub name: &'static str,
    /// Its title, with the code `plot.<name>`.
    pub title: Message,
    /// The picture.
    pub svg: String,
    /// How to read it.
    pub(crate) reading: Text,
}

impl Drawn {
    /// How to read the plot, in a sentence or two.
    #[must_use]
    pub fn how_to_read(&self, language: Language) -> &'static str {
        language.text(self.reading)
    }
}

/// Every plot that the evaluation has numbers for: the comparison of all models, then those of
/// the chosen one.
#[must_use]
pub fn all(judged: &Judged, language: Language) -> Vec<Drawn> {
    let evaluation = &judged.evaluation;
    let metric = evaluation.metric;
    let entries: Vec<Entry<'_>> = judged.scores.iter().map(Entry::of).collect();
    let mut plots = vec![(
        "leaderboard",
        "Comparison of the models",
        leaderboard(&entries, metric, language),
        Text::ReadLeaderboard,
    )];
    if let Some(model) = judged.chosen() {
        let of_confusion = model.confusion.as_ref();
        let of_residuals = model.residuals.as_ref();
        plots.extend([
            (
                "confusion",
                "Confusion matrix",
                of_confusion.and_then(|matrix| confusion(matrix, language)),
                Text::ReadConfusion,
            ),
            ("roc", "ROC curve", roc(model, language), Text::ReadRoc),
            (
                "precision_recall",
                "Precision and recall",
                precision_recall(model, language),
                Text::ReadPrecisionRecall,
            ),
            (
                "calibration",
                "Reliability of the probabilities",
                calibration(&model.calibration, language),
                Text::ReadCalibration,
            ),
            (
                "predicted_actual",
                "Predicted and actual values",
                of_residuals.and_then(|curve| predicted_actual(curve, language)),
                Text::ReadPredictedActual,
            ),
            (
                "residuals",
                "Residuals by predicted value",
                of_residuals.and_then(|curve| residuals(curve, language)),
                Text::ReadResiduals,
            ),
            (
                "importance",
                "Importance of the columns",
                importance(&model.importance, metric, language),
                Text::ReadImportance,
            ),
        ]);
    }
    let drawn = plots.into_iter().filter_map(|(name, title, svg, reading)| {
        Some(Drawn {
            name,
            title: Message::new(format!("plot.{name}"), title),
            svg: svg?,
            reading,
        })
    });
    drawn.collect()
}

/// What a screen reader says in place of a plot.
fn description(code: &str, language: Language) -> String {
    language.say(&Message::new(
        format!("plot.{code}"),
        code.replace('_', " "),
    ))
}
