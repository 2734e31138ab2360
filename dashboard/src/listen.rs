//! Answering HTTP on a listener, with bounds on what strangers can hold open.
//!
//! `axum::serve` waits for ever for the headers of a request and takes any number of connections,
//! so a few machines that send one byte a minute would take a site down. This loop gives a client
//! a short time for its headers, which is also how long a connection may lie idle, and lets the
//! connections over its limit wait in the kernel's queue until another one closes.

use crate::tls::Tls;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take to send the headers of a request.
const HEADERS: Duration = Duration::from_secs(10);
/// The pause after a connection could not be accepted, for example for want of file handles.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers with `router` until `stop`, then lets the requests that have come come to their end.
///
/// Over TLS, if there is a certificate. At most `connections` are open at once, and of one address
/// half as many if `by_address`: nobody keeps all others out. A class room may have one address. Handlers find the peer in [`ConnectInfo`], and the
/// [`Place`] that the connection takes.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    connections: usize,
    by_address: bool,
    tls: Option<Tls>,
    stop: CancellationToken,
) {
    let bounds = Bounds {
        connections,
        of_address: match by_address {
            true => connections.div_ceil(2),
            false => connections,
        },
        headers: HEADERS,
    };
    run(listener, router, bounds, tls, stop).await;
}

/// The place of a connection. A socket outlives the HTTP that it began with, and keeps its place.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    _held: Arc<(OwnedSemaphorePermit, OfAddress)>,
}

/// How many connections each address has open.
type Addresses = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// One connection of an address.
#[derive(Debug)]
struct OfAddress {
    address: IpAddr,
    all: Addresses,
}

impl OfAddress {
    /// Nothing if the address has `most` already.
    fn take(all: &Addresses, address: IpAddr, most: usize) -> Option<Self> {
        let mut open = all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Self {
            address,
            all: Arc::clone(all),
        })
    }
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let mut open = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// What strangers can hold open.
#[derive(Clone, Copy)]
struct Bounds {
    connections: usize,
    /// Of them, those of one address.
    of_address: usize,
    headers: Duration,
}

async fn run(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    tls: Option<Tls>,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let addresses = Addresses::default();
    let open = TaskTracker::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((accepted(&listener).await, place))
        };
        tokio::select! {
            () = stop.cancelled() => break,
            next = next => {
                let Some(((stream, peer), permit)) = next else { break };
                let Some(own) = OfAddress::take(&addresses, peer.ip(), bounds.of_address) else {
                    continue;
                };
                let (router, stop) = (router.clone(), stop.clone());
                let place = Place {
                    _held: Arc::new((permit, own)),
                };
                let tls = tls.clone();
                open.spawn(async move {
                    // A small answer must not wait for more to fill its packet.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection keeps its delay");
                    }
                    let headers = bounds.headers;
                    match tls {
                        None => talk(stream, peer, place, router, headers, stop).await,
                        Some(tls) => match tls.accept(stream, headers).await {
                            Ok(stream) => talk(stream, peer, place, router, headers, stop).await,
                            Err(error) => tracing::debug!(%error, %peer, "no handshake"),
                        },
                    }
                });
            }
        }
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// The next connection. What goes wrong with one must not keep the others out.
async fn accepted(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if of_one_client(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn of_one_client(kind: ErrorKind) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        kind,
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Answers the requests of one connection.
async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: SocketAddr,
    place: Place,
    router: Router,
    headers: Duration,
    stop: CancellationToken,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(place.clone());
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(headers)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection broke off");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Extension;
    use axum::routing::get;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    async fn begin(
        router: Router,
        connections: usize,
        headers: Duration,
    ) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let bounds = Bounds {
            connections,
            of_address: connections,
            headers,
        };
        let task = tokio::spawn(run(listener, router, bounds, None, stop.clone()));
        (address, stop, task)
    }

    async fn answer(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn connections_over_the_limit_wait_for_others_to_close() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let handler = {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            get(
                move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
                    most.fetch_max(now.fetch_add(1, Relaxed) + 1, Relaxed);
                    for _ in 0..100 {
                        tokio::task::yield_now().await;
                    }
                    now.fetch_sub(1, Relaxed);
                    peer.to_string()
                },
            )
        };
        let (address, stop, task) = begin(Router::new().route("/", handler), 2, HEADERS).await;
        let ask = async || {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(ASK).await.unwrap();
            let own = stream.local_addr().unwrap().to_string();
            let text = answer(stream).await;
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            assert!(text.ends_with(&own), "{text}");
        };
        join_all((0..16).map(|_| ask())).await;
        assert!(most.load(Relaxed) <= 2, "{most:?} were open at once");
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_socket_keeps_its_place_after_the_http_has_ended() {
        let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
        let handler = {
            let kept = Arc::clone(&kept);
            get(async move |Extension(place): Extension<Place>| {
                kept.lock().unwrap().push(place);
            })
        };
        let (address, ..) = begin(Router::new().route("/", handler), 1, HEADERS).await;
        let ask = async || {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(ASK).await.unwrap();
            answer(stream).await
        };
        ask().await;
        let mut second = std::pin::pin!(ask());
        for _ in 0..100 {
            assert!(futures_util::poll!(&mut second).is_pending());
            tokio::task::yield_now().await;
        }
        kept.lock().unwrap().clear();
        assert!(second.await.starts_with("HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn a_request_that_has_come_is_answered_after_the_stop() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
            get(move || async move {
                begun.notify_one();
                go_on.notified().await;
                "done"
            })
        };
        let (address, stop, task) = begin(Router::new().route("/", handler), 8, HEADERS).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        begun.notified().await;
        stop.cancel();
        go_on.notify_one();
        assert!(answer(stream).await.ends_with("done"));
        task.await.unwrap();
    }

    #[test]
    fn an_address_has_so_many_connections_and_gives_them_back() {
        let all = Addresses::default();
        let [one, other] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        let held: Vec<_> = (0..3).map(|_| OfAddress::take(&all, one, 2)).collect();
        assert_eq!(held.iter().flatten().count(), 2);
        assert!(OfAddress::take(&all, other, 2).is_some());
        drop(held);
        assert!(
            all.lock().unwrap().is_empty(),
            "nothing is left of who has gone"
        );
        assert!(OfAddress::take(&all, one, 2).is_some());
    }

    #[tokio::test]
    async fn whoever_is_slow_with_the_headers_is_hung_up_on() {
        let short = Duration::from_millis(20);
        let (address, _stop, _task) = begin(Router::new(), 8, short).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut rest = Vec::new();
        // The client keeps its side open, so only the server can end this.
        drop(stream.read_to_end(&mut rest).await);
        assert_eq!(rest, b"");
    }

    #[tokio::test]
    async fn a_site_with_a_certificate_speaks_https_and_nothing_else() {
        use tokio_rustls::TlsConnector;
        use tokio_rustls::rustls::pki_types::ServerName;
        use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let tls = Tls::from_files(&cert, &key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let bounds = Bounds {
            connections: 8,
            of_address: 8,
            headers: HEADERS,
        };
        let router = Router::new().route("/", get(async || "done"));
        tokio::spawn(run(listener, router, bounds, Some(tls), stop.clone()));

        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(client));
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        stream.write_all(ASK).await.unwrap();
        let mut text = Vec::new();
        drop(stream.read_to_end(&mut text).await);
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.starts_with("HTTP/1.1 200") && text.ends_with("done"),
            "{text}"
        );

        let mut plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(ASK).await.unwrap();
        let mut rest = Vec::new();
        drop(plain.read_to_end(&mut rest).await);
        assert!(!rest.starts_with(b"HTTP"), "{rest:?}");
        stop.cancel();
    }

    #[test]
    fn a_certificate_that_cannot_be_used_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = (
            folder.path().join("cert.pem"),
            folder.path().join("key.pem"),
        );
        let told = || Tls::from_files(&cert, &key).unwrap_err().to_string();
        assert!(told().contains("cert.pem"), "{}", told());
        std::fs::write(&cert, "nothing").unwrap();
        assert!(told().contains("no certificate"), "{}", told());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&cert, made.cert.pem()).unwrap();
        assert!(told().contains("key.pem"), "{}", told());
        let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&key, other.signing_key.serialize_pem()).unwrap();
        assert!(told().contains("cannot be used"), "{}", told());
    }
}
