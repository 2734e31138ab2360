//! WebSocket: everything that the caller may see, as it happens.

use super::hub::News;
use super::open::OpenStream;
use super::stream::still_known;
use crate::auth::Caller;
use crate::dto::event::EventView;
use crate::listen::Place;
use crate::state::Gateway;
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::access::{Action, Holding, Noun, Resource, may};
use domain::{Failure, FailureKind};
use service_kit::http::{ApiError, ApiResult};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Clients have nothing to say here.
const LARGEST_MESSAGE: usize = 4096;
/// A ping keeps proxies from closing a quiet socket and finds clients that have gone.
const PING: Duration = Duration::from_secs(20);
/// A client that has not answered for this long is gone.
const GONE: Duration = Duration::from_secs(60);

/// Closes a socket of a page that is one too many.
const TOO_MANY: u16 = 4429;

/// Live news of all pipelines and datasets that the caller may see, over a WebSocket.
///
/// Each message is a PipelineEvent, or `{"kind":"dataset","dataset_id","state"}`. Only what
/// happens after the opening is told. A client that was too slow is closed with 1013 and asks for
/// the present state when it comes back. A page of a browser that is one too many is let in and closed
/// with 4429, as browsers hide the status of a refusal.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    responses(
        (status = 101, description = "The socket; each message is a PipelineEvent", body = EventView),
        (status = 403, description = "`http.origin`: a page of another origin"),
        (status = 429, description = "`events.too_many`: the caller holds `details.limit` streams open"),
    ))]
pub async fn all_events(
    State(gateway): State<Gateway>,
    caller: Caller,
    headers: HeaderMap,
    place: Option<Extension<Place>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    if !same_origin(&headers, &gateway.config.cors_origins) {
        let text = "Pages of other origins may not listen here.";
        return Err(Failure::new(FailureKind::Forbidden, "http.origin", text).into());
    }
    let upgrade = upgrade.map_err(|rejection| {
        let text = format!("This route is a WebSocket: {}.", rejection.body_text());
        let failure = Failure::invalid("http.websocket", text);
        ApiError::with_status(failure, StatusCode::UPGRADE_REQUIRED)
    })?;
    let upgrade = upgrade
        .max_message_size(LARGEST_MESSAGE)
        .max_frame_size(LARGEST_MESSAGE);
    let open = match OpenStream::new(&gateway, caller.user.id) {
        Ok(open) => open,
        // A browser does not show a page why a socket was refused; why it was closed, it does.
        Err(_) if headers.contains_key(header::ORIGIN) => {
            return Ok(upgrade.on_upgrade(|socket| close(socket, TOO_MANY, "too many are open")));
        }
        Err(failure) => return Err(failure.into()),
    };
    // Listening begins before the answer, so that nothing falls between the two.
    let news = gateway.hub.news.subscribe();
    Ok(upgrade.on_upgrade(async move |socket| {
        talk(gateway, caller, socket, news).await;
        drop((open, place));
    }))
}

/// A browser always says which page opens a socket, and sends the cookie along from any page; so
/// the page must be ours or allowed. Programs say nothing.
fn same_origin(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if allowed
        .iter()
        .any(|other| other.trim_end_matches('/') == origin)
    {
        return true;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    origin
        .split_once("://")
        .is_some_and(|(_, authority)| Some(authority) == host)
}

async fn talk(
    gateway: Gateway,
    mut caller: Caller,
    mut socket: WebSocket,
    mut news: Receiver<News>,
) {
    let mut ping = tokio::time::interval(PING);
    let mut heard = Instant::now();
    loop {
        let alive = tokio::select! {
            () = gateway.shutdown.cancelled() => return close(socket, 1001, "shutting down").await,
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {
                    heard = Instant::now();
                    true
                }
            },
            told = news.recv() => match told {
                Ok(News::Tell { holding, json }) if may_see(&caller, &holding) => {
                    socket.send(Message::text(&*json)).await.is_ok()
                }
                Ok(News::Tell { .. }) => true,
                Ok(News::Gap) | Err(RecvError::Lagged(_)) => {
                    return close(socket, 1013, "some news were missed: ask anew").await;
                }
                Err(RecvError::Closed) => return,
            },
            _ = ping.tick() => {
                match still_known(&gateway, &caller).await {
                    // They may belong to other courses by now.
                    Some(known) => caller = known,
                    None => return close(socket, 1008, "signed out").await,
                }
                heard.elapsed() < GONE && socket.send(Message::Ping(bytes::Bytes::new())).await.is_ok()
            }
        };
        if !alive {
            return;
        }
    }
}

/// Whether the news are for the caller; they are of pipelines and datasets, which are seen alike.
fn may_see(caller: &Caller, holding: &Holding) -> bool {
    let who = caller.who();
    let thing = holding.thing(Noun::Pipeline, "", &who);
    may(&who, Action::See, &Resource::Thing(thing)).is_ok()
}

async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    // The client may be gone already.
    drop(socket.send(Message::Close(Some(frame))).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_our_own_and_allowed_pages_may_listen() {
        let allowed = ["https://notebooks.example.org".to_owned()];
        let ask = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::HOST,
                HeaderValue::from_static("ml.example.org:8080"),
            );
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            same_origin(&headers, &allowed)
        };
        assert!(ask(None));
        assert!(ask(Some("http://ml.example.org:8080")));
        assert!(ask(Some("https://notebooks.example.org")));
        for other in ["http://evil.example", "http://ml.example.org", "null", ""] {
            assert!(!ask(Some(other)), "{other}");
        }
    }
}
