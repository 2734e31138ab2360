//! Why a fit gives nothing.

use domain::{Failure, FailureKind, Message};

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The cancel flag was set.
    #[error("the fit was cancelled")]
    Cancelled,
    /// The deadline passed before anything usable was there.
    #[error("the time was up before there was a model")]
    NoTime,
    /// The registry has no such algorithm.
    #[error("there is no algorithm `{name}`; known are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A parameter is unknown or out of its range.
    #[error("{algorithm} cannot use its parameter {name}: {reason}")]
    Params {
        /// The algorithm.
        algorithm: &'static str,
        /// The parameter.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The data cannot be learned from.
    #[error("these rows cannot be learned from: {reason}")]
    Data {
        /// What is wrong with them.
        reason: String,
    },
    /// The library behind the algorithm gave up.
    #[error("{algorithm} failed in its library: {reason}")]
    Library {
        /// The algorithm.
        algorithm: &'static str,
        /// What the library said.
        reason: String,
    },
}

impl FitError {
    pub(crate) fn unknown(name: &str) -> Self {
        let names: Vec<&str> = crate::registry::algorithms()
            .iter()
            .map(|a| a.name)
            .collect();
        Self::Unknown {
            name: name.to_owned(),
            known: names.join(", "),
        }
    }

    pub(crate) fn library(algorithm: &'static str, reason: impl std::fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Library { algorithm, reason }
    }

    pub(crate) fn unless(holds: bool, reason: impl FnOnce() -> String) -> Result<(), Self> {
        if holds {
            return Ok(());
        }
        Err(Self::Data { reason: reason() })
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Cancelled => FailureKind::Conflict,
            Self::NoTime => FailureKind::BudgetExhausted,
            Self::Unknown { .. } | Self::Params { .. } | Self::Data { .. } => {
                FailureKind::InvalidInput
            }
            Self::Library { .. } => FailureKind::Internal,
        }
    }

    /// The same as a message.
    #[must_use]
    pub fn message(&self) -> Message {
        let code = match self {
            Self::Cancelled => "fit.cancelled",
            Self::NoTime => "fit.no_time",
            Self::Unknown { .. } => "fit.unknown_algorithm",
            Self::Params { .. } => "fit.params",
            Self::Data { .. } => "fit.data",
            Self::Library { .. } => "fit.library",
        };
        let message = Message::new(code, self.to_string());
        match self {
            Self::Params { name, .. } => message.with("param", name.clone()),
            Self::Unknown { name, .. } => message.with("algorithm", name.clone()),
            Self::Data { reason } | Self::Library { reason, .. } => {
                message.with("detail", reason.clone())
            }
            _ => message,
        }
    }

    /// The same as a failure.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let field = match self {
            Self::Params { name, .. } => Some(name.clone()),
            _ => None,
        };
        Failure {
            kind: self.kind(),
            field,
            message: self.message(),
        }
    }
}

impl From<FitError> for Failure {
    fn from(error: FitError) -> Self {
        error.failure()
    }
}
