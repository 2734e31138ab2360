//! Files.

use crate::Result;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use std::fmt::Debug;
use std::ops::Range;
use std::time::Duration;

/// The file that names the site whose artifacts these are; see [`crate::store::Site`].
pub const SITE_MARK: &str = "site-id";
/// The file that lies beside the others as long as a copy of a whole site into them is unfinished.
pub const COPY_MARK: &str = "copy-unfinished";

/// A file on its way in or out, in pieces.
pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

/// What is known of a stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Its size.
    pub bytes: u64,
}

/// Some of the files of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The files.
    pub files: Vec<Stored>,
    /// Where the next piece begins, if there is one.
    pub next: Option<String>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, lower-case hexadecimal.
    pub sha256: String,
}

/// Files under keys:
///
/// | key | what |
/// |---|---|
/// | `datasets/<dataset>/<upload>/raw` | a file as it came, one for each version |
/// | `uploads/<upload>/manifest.json`, `uploads/<upload>/parts/<first byte>` | what has arrived of a file that comes in parts |
/// | `pipelines/<pipeline>/<job>/<attempt>/<name>` | what an attempt at a pipeline's job wrote |
/// | `jobs/<job>/<attempt>/<name>` | the same of a job without a pipeline, as `profile` |
///
/// - A key is made of parts separated by `/`; a part is `[A-Za-z0-9._=-]+` and neither `.` nor
///   `..`. Other keys are refused, on every adapter alike.
/// - A write is atomic: readers see the whole file or none, also when the writer dies.
/// - After a write returned, every process sees it.
/// - Writing again replaces; [`Artifacts::put_once`] refuses instead, with one winner among many.
/// - Deleting what is not there is no error.
#[async_trait]
pub trait Artifacts: Send + Sync + Debug {
    /// Stores a file from a stream; memory use does not grow with its size.
    async fn put(&self, key: &str, content: ByteStream) -> Result<Written>;

    /// Stores a file unless the key is taken: `Conflict` then.
    async fn put_once(&self, key: &str, content: Bytes) -> Result<Written>;

    /// The file as a stream; `NotFound` if there is none.
    async fn get(&self, key: &str) -> Result<ByteStream>;

    /// A part of the file, cut at its end.
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes>;

    /// What is known of the file; `NotFound` if there is none.
    async fn head(&self, key: &str) -> Result<Stored>;

    /// Every file whose key begins with `prefix`, in the order of keys.
    async fn list(&self, prefix: &str) -> Result<Vec<Stored>>;

    /// The same a piece at a time, in any order, so that memory does not grow with their number.
    /// `from` is what the piece before said is next. A file that is there all along is in one piece.
    async fn list_piece(&self, prefix: &str, from: Option<&str>) -> Result<Piece> {
        // Enough where all is in memory.
        let whole = from.is_none();
        let files = if whole {
            self.list(prefix).await?
        } else {
            Vec::new()
        };
        Ok(Piece { files, next: None })
    }

    /// Removes the file.
    async fn delete(&self, key: &str) -> Result<()>;

    /// A link under which anybody may fetch the file for as long as it `holds`, without asking this
    /// program; browsers save it under the name that `disposition` (RFC 6266) gives. Nothing where
    /// files cannot be reached from outside.
    async fn link(&self, key: &str, disposition: &str, holds: Duration) -> Result<Option<String>> {
        let _ = (key, disposition, holds);
        Ok(None)
    }

    /// Whether the backend answers.
    async fn ping(&self) -> Result<()>;
}

/// Stores bytes that are in memory already.
pub async fn put_bytes(artifacts: &dyn Artifacts, key: &str, content: Bytes) -> Result<Written> {
    let stream = futures_util::stream::once(async move { Ok(content) });
    artifacts.put(key, Box::pin(stream)).await
}

/// The whole file in memory: for what is known to be small (recipes, models, plots).
pub async fn get_bytes(artifacts: &dyn Artifacts, key: &str) -> Result<Bytes> {
    use futures_util::StreamExt;
    let mut stream = artifacts.get(key).await?;
    let mut whole = bytes::BytesMut::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|source| crate::PortError::Unavailable {
            port: "artifacts",
            doing: format!("read {key}"),
            source: Box::new(source),
        })?;
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Whether `key` may name a file; see [`Artifacts`].
#[must_use]
pub fn is_valid_key(key: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'=' | b'-');
    key.len() <= 900
        && key
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && part.bytes().all(good))
}

#[cfg(test)]
mod tests {
    use super::is_valid_key;

    #[test]
    fn a_key_can_never_leave_its_folder() {
        assert!(is_valid_key("datasets/0192/raw.csv"));
        for bad in [
            "",
            "/etc/passwd",
            "a//b",
            "a/../b",
            ".",
            "a/",
            "a\\b",
            "a b",
            "é",
            "a\0b",
        ] {
            assert!(!is_valid_key(bad), "{bad:?}");
        }
    }
}
