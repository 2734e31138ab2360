//! A stream of bytes on its way into the artifacts.

use crate::state::Gateway;
use bytes::Bytes;
use domain::{Failure, FailureKind};
use futures_util::stream;
use ports::artifacts::Written;
use ports::{Artifacts, PortError};
use service_kit::http::{ApiError, ApiResult};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Where the pieces come from.
pub(super) trait Pieces {
    /// The next piece, nothing at the end, an error where it broke off.
    async fn next(&mut self) -> Result<Option<Bytes>, ApiError>;
}

/// Bounds of one intake.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Most bytes.
    pub bytes: u64,
    /// Whether it must be just so many.
    pub exact: bool,
    /// Longest standstill.
    pub idle: Duration,
}

/// An artifact that nothing refers to yet: deleted again unless somebody claims it, also when the
/// client goes away in the middle and the request is dropped.
#[derive(Debug)]
pub(super) struct Unclaimed {
    gateway: Gateway,
    /// Where it lies.
    pub key: String,
    /// What was written.
    pub written: Written,
    claimed: bool,
}

impl Unclaimed {
    /// Says that the store refers to the artifact from now on.
    pub fn claim(mut self) {
        self.claimed = true;
    }

    /// Claims the artifact unless the store's answer says that nothing refers to it. An answer that
    /// was lost may have been a yes; a file that belongs to nothing is swept a day later.
    pub fn settle<T>(self, answer: ports::Result<T>) -> ports::Result<T> {
        if matches!(answer, Ok(_) | Err(PortError::Unavailable { .. })) {
            self.claim();
        }
        answer
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if !self.claimed {
            self.gateway.discard(vec![std::mem::take(&mut self.key)]);
        }
    }
}

/// Stores what comes, piece by piece; nothing stays when it breaks off or grows too large.
pub(super) async fn store(
    gateway: &Gateway,
    key: String,
    pieces: &mut impl Pieces,
    bounds: Bounds,
) -> ApiResult<Unclaimed> {
    let artifacts = Arc::clone(&gateway.ports.artifacts);
    // Writes are atomic: of one that fails nothing is there, and deleting the key to make sure
    // could hit what somebody else stored under it meanwhile.
    let written = pour(artifacts.as_ref(), &key, pieces, bounds).await?;
    Ok(Unclaimed {
        gateway: gateway.clone(),
        key,
        written,
        claimed: false,
    })
}

/// Feeds the pieces to the artifacts while they are written: the two run side by side, with a few
/// pieces between them.
async fn pour(
    artifacts: &dyn Artifacts,
    key: &str,
    pieces: &mut impl Pieces,
    bounds: Bounds,
) -> ApiResult<Written> {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(8);
    let content = stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    });
    let feed = async move {
        match feed(pieces, bounds, &sender).await {
            Ok(()) => Ok(()),
            Err(error) => {
                // An error in the stream makes the write fail, whatever came before it.
                let broken = io::Error::new(io::ErrorKind::UnexpectedEof, "the upload broke off");
                drop(sender.send(Err(broken)).await);
                Err(error)
            }
        }
    };
    let (fed, written) = tokio::join!(feed, artifacts.put(key, Box::pin(content)));
    fed?;
    Ok(written?)
}

async fn feed(
    pieces: &mut impl Pieces,
    bounds: Bounds,
    sender: &mpsc::Sender<io::Result<Bytes>>,
) -> ApiResult<()> {
    let mut bytes = 0;
    loop {
        let next = tokio::time::timeout(bounds.idle, pieces.next()).await;
        let Some(piece) = next.map_err(|_| stood_still(bounds.idle))?? else {
            let whole = !bounds.exact || bytes == bounds.bytes;
            return if whole {
                Ok(())
            } else {
                Err(broken_off().into())
            };
        };
        bytes += piece.len() as u64;
        if bytes > bounds.bytes {
            return Err(too_large(bounds.bytes).into());
        }
        if sender.send(Ok(piece)).await.is_err() {
            // The writer gave up and says why itself.
            return Ok(());
        }
    }
}

/// The refusal of a file beyond the limit.
pub(super) fn too_large(limit: u64) -> Failure {
    let text = format!(
        "The file is larger than {limit} bytes, which is the most that is taken. \
         Upload fewer rows or columns, or compress it with gzip."
    );
    Failure::new(FailureKind::TooLarge, "upload.too_large", text)
        .field("file")
        .with("max_bytes", limit)
}

/// The refusal of a file that broke off.
pub(super) fn broken_off() -> Failure {
    let text = "The file did not arrive whole. Send it again.";
    Failure::invalid("upload.truncated", text).field("file")
}

fn stood_still(idle: Duration) -> Failure {
    let seconds = idle.as_secs();
    let text = format!("Nothing arrived for {seconds} seconds. Send the file again.");
    Failure::invalid("upload.idle", text)
        .field("file")
        .with("seconds", seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MemoryArtifacts;
    use std::collections::VecDeque;

    struct Script(VecDeque<Result<Bytes, ApiError>>);

    impl Pieces for Script {
        async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
            match self.0.pop_front() {
                None => Ok(None),
                Some(Ok(piece)) if piece.is_empty() => std::future::pending().await,
                Some(piece) => piece.map(Some),
            }
        }
    }

    async fn pour_pieces(
        pieces: Vec<Result<&'static str, ApiError>>,
    ) -> (MemoryArtifacts, ApiResult<Written>) {
        let artifacts = MemoryArtifacts::default();
        let pieces = pieces
            .into_iter()
            .map(|piece| piece.map(Bytes::from))
            .collect();
        let bounds = Bounds {
            bytes: 10,
            exact: false,
            idle: Duration::from_millis(20),
        };
        let written = pour(&artifacts, "datasets/a/raw", &mut Script(pieces), bounds).await;
        (artifacts, written)
    }

    #[tokio::test]
    async fn a_whole_file_is_stored_and_hashed() {
        let (artifacts, written) = pour_pieces(vec![Ok("hello "), Ok("you")]).await;
        let written = written.unwrap();
        assert_eq!(written.bytes, 9);
        assert_eq!(written.sha256, crate::auth::secret::hash("hello you"));
        assert_eq!(artifacts.keys(), ["datasets/a/raw"]);
    }

    #[tokio::test]
    async fn of_a_file_that_is_not_whole_nothing_stays() {
        let truncated = vec![Ok("hello"), Err(ApiError::from(broken_off()))];
        let too_large = vec![Ok("hello "), Ok("there, you")];
        let idle = vec![Ok("hello"), Ok("")];
        for (pieces, code) in [
            (truncated, "upload.truncated"),
            (too_large, "upload.too_large"),
            (idle, "upload.idle"),
        ] {
            let (artifacts, written) = pour_pieces(pieces).await;
            assert_eq!(written.unwrap_err().failure().message.code, code);
            assert!(artifacts.keys().is_empty(), "{code}");
        }
    }
}
