//! Running a gateway on a listener.

use crate::config::Part;
use crate::error::GatewayError;
use crate::listen::listen;
use crate::router::router;
use crate::serving::{announce, reachable};
use crate::state::Gateway;
use service_kit::http::Health;
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
    if gateway.config.part == Part::Serving {
        let found = || {
            listener
                .local_addr()
                .map(|address| reachable(address).to_string())
        };
        let address = gateway.config.announce.clone().map_or_else(found, Ok);
        let address = address.map_err(|_| GatewayError::Ended("finding its own address"))?;
        gateway.spawn(announce(gateway.clone(), address));
    }
    let connections = gateway.config.limits.connections;
    let stop = gateway.shutdown.clone();
    let server = listen(
        listener,
        router(&gateway, health),
        connections,
        // Behind a proxy, and between our own processes, all have one address.
        !gateway.config.trust_forwarded && gateway.config.part != Part::Serving,
        gateway.config.tls.clone(),
        stop,
    );
    let overdue = async {
        gateway.shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        () = server => {}
        () = overdue => tracing::warn!("requests were cut off at the end of the drain"),
    }
    gateway.shutdown.cancel();
    let ended = tokio::time::timeout(DRAIN, gateway.ended()).await;
    ended.map_err(|_| GatewayError::Ended("waiting for background work"))
}
