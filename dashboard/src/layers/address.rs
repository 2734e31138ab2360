//! From where a request comes.

use crate::state::Gateway;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address of the client; for limits and logs, never for trust.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Gateway> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Infallible> {
        Ok(Self(address(gateway, &parts.extensions, &parts.headers)))
    }
}

/// The address from which a request comes.
pub(crate) fn address_of(gateway: &Gateway, request: &Request) -> IpAddr {
    address(gateway, request.extensions(), request.headers())
}

fn address(gateway: &Gateway, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    client(peer, headers, gateway.config.trust_forwarded)
}

/// Our own proxy appends the address that it saw; whatever stands before it is the client's word.
fn client(peer: IpAddr, headers: &HeaderMap, trust_forwarded: bool) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded
        .filter(|_| trust_forwarded)
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    last.unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_client_cannot_choose_its_address() {
        let peer = IpAddr::from([192, 0, 2, 1]);
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            HeaderValue::from_static("1.1.1.1, 203.0.113.9"),
        );
        assert_eq!(client(peer, &headers, false), peer);
        assert_eq!(client(peer, &headers, true), IpAddr::from([203, 0, 113, 9]));
        headers.insert("x-forwarded-for", HeaderValue::from_static("nonsense"));
        assert_eq!(client(peer, &headers, true), peer);
    }
}
