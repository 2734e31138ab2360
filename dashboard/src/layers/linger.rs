//! A refusal must reach clients that are still sending.
//!
//! Most clients send their whole request before they look at the answer; when the connection is
//! closed on them in the middle, they report a broken pipe and never see why they were refused.
//! So what a handler leaves unread is read out beside the answer, within bounds.

use crate::state::Gateway;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Most bytes that are read for nothing.
const BYTES: usize = 64 << 20;
/// Longest time that is spent on it.
const TIME: Duration = Duration::from_secs(10);

/// The layer.
pub async fn linger(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let request = request.map(|body| {
        Body::from_stream(Lingering {
            rest: Some(body.into_data_stream()),
            gateway,
        })
    });
    next.run(request).await
}

/// A body whose rest is read out when nobody wants it any more.
struct Lingering {
    /// Nothing once the end was seen.
    rest: Option<BodyDataStream>,
    gateway: Gateway,
}

impl Stream for Lingering {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let next = rest.poll_next_unpin(context);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.rest = None;
        }
        next
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take() {
            self.gateway
                .spawn(tokio::time::timeout(TIME, read_out(rest)));
        }
    }
}

async fn read_out(mut rest: BodyDataStream) {
    let mut bytes = 0;
    while let Some(Ok(piece)) = rest.next().await {
        bytes += piece.len();
        if bytes > BYTES {
            return;
        }
    }
}
