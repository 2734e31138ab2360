//! Why something did not work, in a form that can be stored, sent, translated and acted on.

use crate::Message;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What sort of failure it is; decides the HTTP status and whether a job is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// What was sent cannot be used; the sender can mend it.
    InvalidInput,
    /// The caller is not known.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing, or not for this caller.
    NotFound,
    /// It clashes with what is there.
    Conflict,
    /// It is larger than a limit allows.
    TooLarge,
    /// It came too often.
    RateLimited,
    /// A backend or a resource is missing for now; trying again may help.
    Unavailable,
    /// The budget ended before any result.
    BudgetExhausted,
    /// The program is at fault.
    Internal,
}

impl FailureKind {
    /// The HTTP status that tells this kind.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidInput => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::BudgetExhausted | Self::Internal => 500,
        }
    }

    /// Whether the same job may succeed when run again without any change.
    #[must_use]
    pub fn worth_retrying(self) -> bool {
        matches!(self, Self::Unavailable | Self::RateLimited | Self::Internal)
    }
}

/// A failure with words for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort it is.
    pub kind: FailureKind,
    /// The field of the request that is at fault, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What happened, where, and what to do.
    #[serde(flatten)]
    pub message: Message,
}

impl Failure {
    /// A failure of `kind`.
    pub fn new(kind: FailureKind, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind,
            field: None,
            message: Message::new(code, text),
        }
    }

    /// Something sent cannot be used.
    pub fn invalid(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(FailureKind::InvalidInput, code, text)
    }

    /// There is no `noun` with this id or name for this caller.
    #[must_use]
    pub fn not_found(noun: &str, id: impl fmt::Display) -> Self {
        let text = format!("There is no {noun} {id} that you may see. Check the id.");
        Self::new(FailureKind::NotFound, format!("{noun}.not_found"), text)
            .with("id", id.to_string())
    }

    /// The program is at fault; `text` is for whoever mends it.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, "internal", text)
    }

    /// Names the field at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds one parameter to the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.message = self.message.with(name, value);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message.text)
    }
}

impl std::error::Error for Failure {}
