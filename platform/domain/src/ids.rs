//! One type per id, so that a pipeline's id cannot be handed where a model's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id; later ids sort after earlier ones (UUID version 7).
            #[must_use]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

id!(
    /// One institution's store, with the artifacts that belong to it.
    SiteId,
    /// A person, or a program with an account of its own.
    UserId,
    /// A course, to which datasets, pipelines, models and deployments may belong.
    CourseId,
    /// An uploaded file with all its versions.
    DatasetId,
    /// One run from dataset to endpoint.
    PipelineId,
    /// One claimable unit of work.
    JobId,
    /// One stored, trained model.
    ModelId,
    /// One name under which models answer.
    DeploymentId,
    /// A wish that somebody be given more to do, which another must approve.
    RoleRequestId,
    /// One bearer token or browser session.
    TokenId,
    /// One bar of a pipeline's timeline.
    SpanId,
);
