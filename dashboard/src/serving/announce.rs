//! How a serving process makes itself known, and how a gateway learns of it.

use crate::state::Gateway;
use ports::store::Replica;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;
use uuid::Uuid;

/// How often a serving process gives a sign of life.
const EVERY: Duration = Duration::from_millis(1_500);
/// How long a sign of life holds.
const HOLDS: Duration = Duration::from_secs(6);
/// How often a gateway asks who serves.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Announces this process at `address` until the shutdown, once its models are loaded; then
/// withdraws it.
pub async fn announce(gateway: Gateway, address: String) {
    let replica = Replica {
        id: Uuid::now_v7().to_string(),
        address,
    };
    let store = gateway.ports.store.as_ref();
    gateway.serving.in_step().await;
    tracing::info!(address = replica.address, "ready to serve predictions");
    loop {
        if let Err(error) = store.announce(&replica, HOLDS).await {
            tracing::warn!(error = error.chain(), "no sign of life could be given");
        }
        tokio::select! {
            () = gateway.shutdown.cancelled() => break,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    if let Err(error) = store.withdraw(&replica.id).await {
        tracing::debug!(error = error.chain(), "the replica is forgotten by itself");
    }
}

/// Keeps the table of replicas in step with the store until the shutdown. While the store is away
/// the replicas that are known stay.
pub async fn keep_replicas(gateway: Gateway) {
    loop {
        match gateway.ports.store.replicas().await {
            Ok(replicas) => gateway.replicas.update(&replicas),
            Err(error) => tracing::debug!(error = error.chain(), "who serves is not known"),
        }
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Where others reach a process that listens on `listen`: where that names no machine, the address
/// of the interface that leads outside.
#[must_use]
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    SocketAddr::new(outward().unwrap_or(listen.ip()), listen.port())
}

/// The address from which this machine would speak to others. Nothing is sent: connecting a
/// datagram socket only chooses the way. The address asked for is reserved for documentation
/// (RFC 5737).
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_names_a_machine_is_announced_as_it_is() {
        let address: SocketAddr = "127.0.0.1:9000".parse().unwrap();
        assert_eq!(reachable(address), address);
        let any: SocketAddr = "0.0.0.0:9000".parse().unwrap();
        assert_eq!(reachable(any).port(), 9000);
    }
}
