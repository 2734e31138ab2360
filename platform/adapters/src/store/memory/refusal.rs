//! Why something was not done, and how it is told: in the words of the store on SQL.

use crate::store::commit::missing;
use ports::PortError;

/// What came of a step of a change.
pub(super) type Outcome<T> = std::result::Result<T, Refusal>;

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is such a row already.
    Taken,
    /// It refers to a row that is not there.
    Dangling,
    /// The row that it is about is not there.
    NoRow,
    /// Something with a name is not there.
    Missing(String),
    /// Something is in the way.
    Conflict(String),
    /// It cannot be written as JSON.
    Unwritable(String),
    /// What was written cannot be read.
    Unreadable(String),
    /// It has been told.
    Told(PortError),
}

impl Refusal {
    /// The refusal as the port tells it. `doing` says what was attempted.
    pub(super) fn told(self, doing: &str) -> PortError {
        let conflict = |what: String| PortError::Conflict {
            doing: doing.to_owned(),
            what,
        };
        match self {
            Self::Taken => conflict("it exists already".to_owned()),
            Self::Dangling => conflict("it refers to something missing".to_owned()),
            Self::Conflict(what) => conflict(what),
            Self::NoRow => missing(doing, "such row".to_owned()),
            Self::Missing(what) => missing(doing, what),
            Self::Unwritable(why) => PortError::Refused {
                port: "store",
                doing: doing.to_owned(),
                source: why.into(),
            },
            Self::Unreadable(why) => PortError::Corrupt {
                doing: doing.to_owned(),
                source: why.into(),
            },
            Self::Told(error) => error,
        }
    }

    /// The refusal of a part that says itself what was attempted.
    pub(super) fn attempting(self, doing: &str) -> Self {
        Self::Told(self.told(doing))
    }
}
