//! What can go wrong at a port.

use domain::{Failure, FailureKind};

/// The cause below a port's error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Result of a call to a port.
pub type Result<T, E = PortError> = std::result::Result<T, E>;

/// What can go wrong at a port. `doing` says what was attempted, as the end of "could not …".
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The backend does not answer, or not now. Trying again may help.
    #[error("could not {doing}: {port} is not available")]
    Unavailable {
        /// `store`, `bus`, `cache` or `artifacts`.
        port: &'static str,
        /// What was attempted.
        doing: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// There is no such thing.
    #[error("could not {doing}: there is no {what}")]
    NotFound {
        /// What was attempted.
        doing: String,
        /// What is missing.
        what: String,
    },
    /// A rule of the port forbids it: a name is taken, a state has moved on.
    #[error("could not {doing}: {what}")]
    Conflict {
        /// What was attempted.
        doing: String,
        /// What is in the way.
        what: String,
    },
    /// What was given can never be kept: text with a NUL character.
    #[error("could not {doing}: {what}")]
    Invalid {
        /// What was attempted.
        doing: String,
        /// What is wrong with it.
        what: String,
    },
    /// The caller's own stream broke off. The backend is not to blame; trying again may help.
    #[error("could not {doing}: what was sent broke off")]
    Interrupted {
        /// What was attempted.
        doing: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The backend answers, and refuses what this program made.
    #[error("could not {doing}: the {port} refused it")]
    Refused {
        /// `store`, `bus`, `cache` or `artifacts`.
        port: &'static str,
        /// What was attempted.
        doing: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// What was read makes no sense: damage, or a newer program wrote it.
    #[error("could not {doing}: what is stored cannot be read")]
    Corrupt {
        /// What was attempted.
        doing: String,
        /// Why.
        #[source]
        source: Cause,
    },
}

impl PortError {
    /// The kind that decides about status and retry.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Unavailable { .. } | Self::Interrupted { .. } => FailureKind::Unavailable,
            Self::Invalid { .. } => FailureKind::InvalidInput,
            Self::NotFound { .. } => FailureKind::NotFound,
            Self::Conflict { .. } => FailureKind::Conflict,
            Self::Refused { .. } | Self::Corrupt { .. } => FailureKind::Internal,
        }
    }

    /// The error with its causes, for a log line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        text
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        let code = match &error {
            PortError::Unavailable { port, .. } => format!("{port}.unavailable"),
            PortError::NotFound { .. } => "not_found".to_owned(),
            PortError::Conflict { .. } => "conflict".to_owned(),
            PortError::Invalid { .. } => "invalid".to_owned(),
            PortError::Interrupted { .. } => "interrupted".to_owned(),
            PortError::Refused { port, .. } => format!("{port}.refused"),
            PortError::Corrupt { .. } => "corrupt".to_owned(),
        };
        Failure::new(error.kind(), code, error.to_string())
    }
}
