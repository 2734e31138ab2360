//! Adapters of the artifacts.

mod folder;
mod s3;

pub use folder::Folder;
pub use s3::Bucket;

use ports::PortError;

/// How the breaking off of a caller's stream is told: it says nothing about the backend.
fn broke(doing: &str) -> impl FnOnce(std::io::Error) -> PortError {
    move |source| PortError::Interrupted {
        doing: doing.to_owned(),
        source: Box::new(source),
    }
}

/// Bytes in lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
