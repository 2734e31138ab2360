//! What is to be learned, and what "good" means.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Gives an enum of unit variants its one text form, used in JSON, SQL, URLs and messages alike.
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The text form.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::task::UnknownName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::task::UnknownName {
                        what: stringify!($name),
                        given: text.to_owned(),
                        known: &[$($text),+],
                    }),
                }
            }
        }
    };
}

/// A name that none of the known ones equals.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is no {what}; known are {}", .known.join(", "))]
pub struct UnknownName {
    /// What was looked for.
    pub what: &'static str,
    /// What was given.
    pub given: String,
    /// What would have been right.
    pub known: &'static [&'static str],
}

text_enum!(
    /// What kind of target is learned.
    Task {
        /// Two classes.
        Binary = "binary",
        /// Three classes or more.
        Multiclass = "multiclass",
        /// A number.
        Regression = "regression",
    }
);

impl Task {
    /// Whether the target is a class.
    #[must_use]
    pub fn is_classification(self) -> bool {
        self != Self::Regression
    }

    /// The metric that decides unless the user names another.
    #[must_use]
    pub fn default_metric(self) -> Metric {
        match self {
            Self::Binary => Metric::RocAuc,
            Self::Multiclass => Metric::LogLoss,
            Self::Regression => Metric::Rmse,
        }
    }
}

text_enum!(
    /// A measure of how good predictions are; names and definitions are scikit-learn's.
    Metric {
        /// Area under the ROC curve; for several classes the macro average of one against the rest.
        RocAuc = "roc_auc",
        /// Area under the precision-recall curve (average precision).
        AveragePrecision = "average_precision",
        /// Negative mean log likelihood.
        LogLoss = "log_loss",
        /// Share of right answers.
        Accuracy = "accuracy",
        /// Mean of the recall of each class.
        BalancedAccuracy = "balanced_accuracy",
        /// Harmonic mean of precision and recall; for several classes the macro average.
        F1 = "f1",
        /// Share of the predicted positives that are positive; macro average for several classes.
        Precision = "precision",
        /// Share of the positives that are found; macro average for several classes.
        Recall = "recall",
        /// Matthews' correlation coefficient.
        Mcc = "mcc",
        /// Mean squared error of the positive class's probability.
        Brier = "brier",
        /// Root of the mean squared error.
        Rmse = "rmse",
        /// Mean squared error.
        Mse = "mse",
        /// Mean absolute error.
        Mae = "mae",
        /// Median absolute error.
        MedianAe = "median_ae",
        /// Share of the variance explained.
        R2 = "r2",
        /// Mean absolute percentage error.
        Mape = "mape",
        /// Root of the mean squared logarithmic error.
        Rmsle = "rmsle",
    }
);

impl Metric {
    /// Whether a larger value is better.
    #[must_use]
    pub fn greater_is_better(self) -> bool {
        !matches!(
            self,
            Self::LogLoss
                | Self::Brier
                | Self::Rmse
                | Self::Mse
                | Self::Mae
                | Self::MedianAe
                | Self::Mape
                | Self::Rmsle
        )
    }

    /// The tasks it can measure.
    #[must_use]
    pub fn measures(self, task: Task) -> bool {
        match self {
            Self::AveragePrecision | Self::Brier => task == Task::Binary,
            Self::RocAuc
            | Self::LogLoss
            | Self::Accuracy
            | Self::BalancedAccuracy
            | Self::F1
            | Self::Precision
            | Self::Recall
            | Self::Mcc => task.is_classification(),
            _ => task == Task::Regression,
        }
    }

    /// `value` turned so that smaller is always better.
    #[must_use]
    pub fn loss(self, value: f64) -> f64 {
        if self.greater_is_better() {
            -value
        } else {
            value
        }
    }
}

/// Either a choice left to the program, or one made by the user. Written `"auto"` or the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Choice<T> {
    /// The program decides from the data.
    #[default]
    Auto,
    /// The user has decided.
    Fixed(T),
}

impl<T: Copy> Choice<T> {
    /// The user's choice, else `default`.
    pub fn unwrap_or(self, default: T) -> T {
        match self {
            Self::Auto => default,
            Self::Fixed(value) => value,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(value) => value.fmt(f),
        }
    }
}

impl<T: FromStr> FromStr for Choice<T> {
    type Err = T::Err;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" {
            Ok(Self::Auto)
        } else {
            text.parse().map(Self::Fixed)
        }
    }
}

impl<T: fmt::Display> Serialize for Choice<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Choice<T>
where
    T::Err: fmt::Display,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_written_as_one_word() {
        let auto: Choice<Task> = serde_json::from_str("\"auto\"").unwrap();
        assert_eq!(auto, Choice::Auto);
        let fixed: Choice<Metric> = serde_json::from_str("\"rmse\"").unwrap();
        assert_eq!(serde_json::to_string(&fixed).unwrap(), "\"rmse\"");
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = "guess".parse::<Task>().unwrap_err().to_string();
        assert!(error.contains("binary, multiclass, regression"), "{error}");
    }

    #[test]
    fn every_task_has_a_default_metric_that_measures_it() {
        for task in Task::ALL {
            assert!(task.default_metric().measures(*task));
        }
    }
}
