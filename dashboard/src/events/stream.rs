//! Server-sent events of one pipeline, with resume.

use super::hub::woken;
use super::open::OpenStream;
use crate::auth::Caller;
use crate::dto::event::EventView;
use crate::find;
use crate::state::Gateway;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::PipelineId;
use domain::access::Action;
use domain::event::Event;
use futures_util::stream;
use ports::bus::Notice;
use service_kit::http::{ApiResult, Path};
use std::convert::Infallible;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Rows that are read at once.
const BATCH: u32 = 500;
/// A line without meaning keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a browser comes back after a break.
const RETRY: Duration = Duration::from_secs(1);
/// How often a long stream makes sure that its reader is still signed in.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What happens to a pipeline, as server-sent events.
///
/// The id of an event is its number and its name is its kind. A client that comes back with
/// `Last-Event-ID` gets what it missed; one that has seen the last event of a finished pipeline
/// gets 204, by which browsers stop coming back. The stream ends after the pipeline's last event.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/events", tag = "events",
    params(
        ("id" = Uuid, Path, description = "The pipeline"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The number of the last event seen"),
    ),
    responses(
        (status = 200, description = "The stream; `data` is a PipelineEvent", body = EventView,
            content_type = "text/event-stream"),
        (status = 204, description = "The pipeline has ended and everything was told"),
        (status = 429, description = "`events.too_many`: the caller holds `details.limit` streams open"),
    ))]
pub async fn pipeline_events(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let pipeline = find::pipeline(&gateway, &caller, Action::See, &id).await?;
    let seen = last_event_id(&headers);
    let after = seen.unwrap_or(0);
    if seen.is_some() && pipeline.state.is_final() {
        let more = gateway.ports.store.events(pipeline.id, after, 1).await?;
        if more.is_empty() {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    let open = OpenStream::new(&gateway, caller.user.id)?;
    let (sender, receiver) = mpsc::channel(64);
    let telling = tell(gateway.clone(), caller, pipeline.id, after, sender);
    gateway.spawn(async move {
        telling.await;
        drop(open);
    });
    let events = stream::unfold(receiver, async |mut receiver| {
        let event: Sent = receiver.recv().await?;
        Some((Ok::<_, Infallible>(event), receiver))
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // Proxies of the nginx family would hold the events back to make larger packets.
    Ok((
        [("x-accel-buffering", "no"), ("cache-control", "no-cache")],
        sse,
    )
        .into_response())
}

/// The number of the last event that the client saw, if it names one.
fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    headers
        .get("last-event-id")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// Tells every event behind `after` until the pipeline has ended, the client has gone, or the
/// gateway shuts down.
async fn tell(
    gateway: Gateway,
    caller: Caller,
    id: PipelineId,
    mut after: u64,
    sender: mpsc::Sender<Sent>,
) {
    let mut notices = gateway.hub.notices();
    let mut looked = Instant::now();
    let greeting = Sent::default().retry(RETRY).comment("events of a pipeline");
    if sender.send(greeting).await.is_err() {
        return;
    }
    loop {
        match step(&gateway, id, &mut after, &sender).await {
            Ok(Next::End) => return,
            Ok(Next::More) => continue,
            Ok(Next::Wait) => {}
            // The store comes back or the client goes; a poll is soon enough for both.
            Err(error) => tracing::debug!(error = error.chain(), "events cannot be read"),
        }
        let wake = woken(
            &mut notices,
            |notice| *notice == Notice::Pipeline(id),
            gateway.config.poll,
        );
        tokio::select! {
            () = wake => {}
            () = sender.closed() => return,
            () = gateway.shutdown.cancelled() => return,
        }
        if looked.elapsed() > LOOK_AGAIN {
            looked = Instant::now();
            if !still_sees(&gateway, &caller, id).await {
                return;
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Everything was told and nothing more will come.
    End,
    /// There may be more rows already.
    More,
    /// Everything was told for now.
    Wait,
}

async fn step(
    gateway: &Gateway,
    id: PipelineId,
    after: &mut u64,
    sender: &mpsc::Sender<Sent>,
) -> ports::Result<Next> {
    // The state is read before the events: if it is final, the events hold the last one.
    let pipeline = gateway.ports.store.pipeline(id).await?;
    let over = pipeline.is_none_or(|pipeline| pipeline.state.is_final());
    let events = gateway.ports.store.events(id, *after, BATCH).await?;
    let next = next(over, events.len());
    for event in events {
        *after = event.seq;
        if sender.send(sent(event)).await.is_err() {
            return Ok(Next::End);
        }
    }
    Ok(next)
}

fn next(over: bool, read: usize) -> Next {
    match (over, read == BATCH as usize) {
        (_, true) => Next::More,
        (true, false) => Next::End,
        (false, false) => Next::Wait,
    }
}

/// The event as the stream writes it.
fn sent(event: Event) -> Sent {
    let sent = Sent::default()
        .id(event.seq.to_string())
        .event(event.what.kind.as_str());
    // JSON never holds a raw newline, which is all that a data line cannot carry.
    let json = serde_json::to_string(&EventView::from(event)).unwrap_or_default();
    sent.data(json)
}

/// The caller as they are known now, unless the token with which a stream was opened has ended. A
/// store that is away does not end streams.
pub(super) async fn still_known(gateway: &Gateway, caller: &Caller) -> Option<Caller> {
    match gateway.ports.store.token(&caller.token.hash).await {
        Ok(found) => found.map(|found| caller.known_as(found)),
        Err(_) => Some(caller.clone()),
    }
}

/// Whether they may still see the pipeline: it may be shared with them no longer.
async fn still_sees(gateway: &Gateway, caller: &Caller, id: PipelineId) -> bool {
    let Some(caller) = still_known(gateway, caller).await else {
        return false;
    };
    let found = find::pipeline(gateway, &caller, Action::See, &id.to_string()).await;
    match found {
        Ok(_) => true,
        Err(error) => error.status().is_server_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_client_resumes_where_it_says() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("last-event-id", HeaderValue::from_static(text));
            last_event_id(&headers)
        };
        assert_eq!(of("17"), Some(17));
        assert_eq!(of(" 17 "), Some(17));
        for nonsense in ["", "-1", "x", "99999999999999999999999"] {
            assert_eq!(of(nonsense), None, "{nonsense:?}");
        }
        assert_eq!(last_event_id(&HeaderMap::new()), None);
    }

    #[test]
    fn a_stream_ends_only_when_all_is_told() {
        assert_eq!(next(false, 0), Next::Wait);
        assert_eq!(next(false, 3), Next::Wait);
        assert_eq!(next(true, 3), Next::End);
        assert_eq!(next(true, BATCH as usize), Next::More);
        assert_eq!(next(false, BATCH as usize), Next::More);
    }
}
