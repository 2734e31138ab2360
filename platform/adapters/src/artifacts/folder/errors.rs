//! How a file system's errors are told.

use ports::PortError;
use std::io::ErrorKind;

/// What a look at a file may find.
pub(super) fn failed(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> PortError {
    let doing = doing.into();
    move |source| match source.kind() {
        // Below a file there is none, nor under a name that no file can have.
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => {
            no_file(doing)
        }
        ErrorKind::AlreadyExists => PortError::Conflict {
            doing,
            what: "the key is taken".to_owned(),
        },
        _ => unavailable(doing, source),
    }
}

/// The same for a write, which needs nothing to be there but may find something in its way.
pub(super) fn not_written(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> PortError {
    let doing = doing.into();
    move |source| match source.kind() {
        ErrorKind::AlreadyExists => failed(doing)(source),
        ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::DirectoryNotEmpty => {
            PortError::Conflict {
                doing,
                what: "a file cannot be a folder as well".to_owned(),
            }
        }
        ErrorKind::InvalidFilename => PortError::Conflict {
            doing,
            what: "a part of the key is too long for a file's name here".to_owned(),
        },
        _ => unavailable(doing, source),
    }
}

pub(super) fn no_file(doing: String) -> PortError {
    PortError::NotFound {
        doing,
        what: "such file".to_owned(),
    }
}

fn unavailable(doing: String, source: std::io::Error) -> PortError {
    PortError::Unavailable {
        port: "artifacts",
        doing,
        source: Box::new(source),
    }
}
