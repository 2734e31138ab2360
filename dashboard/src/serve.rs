//! Running a gateway on a listener.

use crate::error::GatewayError;
use crate::router::router;
use crate::state::Gateway;
use axum::serve::ListenerExt;
use service_kit::http::Health;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// Requests that are still being answered this long after the shutdown are cut off.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves a gateway until its shutdown, then lets the requests that it has come to their end.
pub async fn serve(
    listener: TcpListener,
    gateway: Gateway,
    health: &Health,
) -> Result<(), GatewayError> {
    gateway.start();
    let app = router(&gateway, health).into_make_service_with_connect_info::<SocketAddr>();
    // A small answer must not wait for more to fill its packet.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let stop = gateway.shutdown.clone();
    let server = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
    let overdue = async {
        gateway.shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = overdue => tracing::warn!("requests were cut off at the end of the drain"),
    }
    gateway.shutdown.cancel();
    let ended = tokio::time::timeout(DRAIN, gateway.ended()).await;
    ended.map_err(|_| GatewayError::Ended("waiting for background work"))
}
