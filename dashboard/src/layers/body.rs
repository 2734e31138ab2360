//! Bodies that are read here and not by a handler: whole, or for nothing. Both are bounded in
//! bytes and in time, for the layer that gives up late answers stands further in.

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::timeout;

/// Why a body could not be read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is larger than a limit allows.
    TooLarge,
    /// It broke off, or took too long.
    CutShort,
}

/// The whole body, of `most` bytes, if it comes `within` this time.
pub(crate) async fn whole(body: Body, most: usize, within: Duration) -> Result<Bytes, Unread> {
    let read = async {
        let (mut pieces, mut whole) = (body.into_data_stream(), BytesMut::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Unread::CutShort)?;
            if whole.len() + piece.len() > most {
                return Err(Unread::TooLarge);
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    };
    timeout(within, read).await.unwrap_or(Err(Unread::CutShort))
}

/// Reads what the client is sending anyway, for many do not look at an answer before: at most so
/// many bytes, and only as long as it does not stand still.
pub(crate) async fn drain(body: Body, most: u64, idle: Duration) {
    let (mut pieces, mut bytes) = (body.into_data_stream(), 0);
    while let Ok(Some(Ok(piece))) = timeout(idle, pieces.next()).await {
        bytes += piece.len() as u64;
        if bytes > most {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::io::Error;

    /// A body of these pieces that then stands still.
    fn stalled(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, Error>(*piece)).collect();
        Body::from_stream(stream::iter(pieces).chain(stream::pending()))
    }

    #[tokio::test]
    async fn a_body_is_read_whole_or_not_at_all() {
        let minute = Duration::from_secs(60);
        assert_eq!(whole("four".into(), 4, minute).await.unwrap(), "four");
        assert_eq!(
            whole("five!".into(), 4, minute).await,
            Err(Unread::TooLarge)
        );
        let broken = stream::iter([Ok("a"), Err(Error::other("gone"))]);
        let broken = whole(Body::from_stream(broken), 4, minute).await;
        assert_eq!(broken, Err(Unread::CutShort));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let minute = Duration::from_secs(60);
        let read = whole(stalled(&["a"]), 4, minute).await;
        assert_eq!(read, Err(Unread::CutShort));
        drain(stalled(&["a", "b"]), 100, minute).await;
        // The limit ends this one long before the stream stands still.
        let endless = stream::repeat_with(|| Ok::<_, Error>("piece"));
        drain(Body::from_stream(endless), 100, minute).await;
    }
}
