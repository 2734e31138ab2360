//! What can keep a gateway from running.

use domain::Failure;
use ports::PortError;

/// What can keep a gateway from running.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A backend did not do what was asked.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Something given cannot be used.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// A part of the program ended before its work was done.
    #[error("{0} has ended")]
    Ended(&'static str),
}
