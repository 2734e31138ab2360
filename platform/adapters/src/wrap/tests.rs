//! The contracts hold behind the wrappers, and the wrappers do what they promise.

use super::faults::{Fault, Faults};
use super::guard::{Guard, Policy};
use super::metrics::Metrics;
use super::{Wrapped, guarded};
use crate::{Urls, open};
use bytes::Bytes;
use domain::{Clock, FailureKind, SystemClock};
use futures_util::StreamExt;
use ports::{Artifacts, Circuit, CircuitState, PortError, Ports, Store, contract};
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

async fn embedded(folder: &tempfile::TempDir) -> Ports {
    open(&Urls::embedded(folder.path()), clock()).await.unwrap()
}

fn page(registry: &Registry) -> String {
    let mut page = String::new();
    text::encode(&mut page, registry).unwrap();
    page
}

async fn all_contracts(ports: &Ports) {
    contract::store::all(Arc::clone(&ports.store)).await;
    contract::bus::all(ports.bus.as_ref()).await;
    contract::cache::all(ports.cache.as_ref()).await;
    contract::artifacts::all(ports.artifacts.as_ref()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_contract_holds_behind_a_guard() {
    let folder = tempfile::tempdir().unwrap();
    let mut registry = Registry::default();
    let ports = guarded(embedded(&folder).await, &clock(), &mut registry);
    all_contracts(&ports).await;
    let page = page(&registry);
    for port in ["store", "bus", "cache", "artifacts"] {
        let calls = format!(
            "microlearn_port_calls_total{{port=\"{port}\",operation=\"ping\",outcome=\"ok\"}}"
        );
        assert!(page.contains(&calls), "{calls} in {page}");
        assert!(
            page.contains(&format!("circuit_open{{port=\"{port}\"}} 0")),
            "{page}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_contract_holds_behind_faults_that_do_nothing_but_delay() {
    let folder = tempfile::tempdir().unwrap();
    let inner = embedded(&folder).await;
    let late = |port| {
        Faults::new(port, |number, _| match number % 7 {
            0 => Fault::Late(Duration::from_millis(1)),
            _ => Fault::None,
        })
    };
    let ports = Ports {
        store: Arc::new(Wrapped::new(inner.store, late("store"))),
        bus: Arc::new(Wrapped::new(inner.bus, late("bus"))),
        cache: Arc::new(Wrapped::new(inner.cache, late("cache"))),
        artifacts: Arc::new(Wrapped::new(inner.artifacts, late("artifacts"))),
        circuits: inner.circuits,
        changed: inner.changed,
    };
    all_contracts(&ports).await;
}

/// A store that fails as planned, behind a guard with this patience; the faults count the calls.
async fn weak_store(
    folder: &tempfile::TempDir,
    patience: Duration,
    plan: impl Fn(u64, &'static str) -> Fault + Send + Sync + 'static,
) -> (Arc<dyn Store>, Faults, CircuitState, Registry) {
    let mut registry = Registry::default();
    let circuit = CircuitState::default();
    let policy = Policy {
        port: "store",
        deadline: Duration::from_millis(50),
        patience,
        first_wait: Duration::from_millis(1),
    };
    let guard = Guard::new(
        policy,
        clock(),
        circuit.clone(),
        Metrics::new(&mut registry),
    );
    let faults = Faults::new("store", plan);
    let weak: Arc<dyn Store> = Arc::new(Wrapped::new(embedded(folder).await.store, faults.clone()));
    (
        Arc::new(Wrapped::new(weak, guard)),
        faults,
        circuit,
        registry,
    )
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_read_is_repeated_until_the_store_answers() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |number, _: &str| if number < 3 { Fault::Lost } else { Fault::None };
    let (store, faults, _, registry) = weak_store(&folder, LONG, plan).await;
    assert_eq!(store.count_users().await.unwrap(), 0);
    assert_eq!(faults.calls(), 4);
    assert!(page(&registry).contains("microlearn_port_repeated_total{port=\"store\"} 3"));
}

#[tokio::test]
async fn what_may_have_been_done_is_never_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (store, faults, ..) = weak_store(&folder, LONG, |_, _| Fault::Unanswered).await;
    let refused = store.undeploy("x").await.unwrap_err();
    assert_eq!(refused.kind(), FailureKind::Unavailable);
    assert_eq!(faults.calls(), 1);
}

#[tokio::test]
async fn patience_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (store, faults, ..) = weak_store(&folder, Duration::ZERO, |_, _| Fault::Lost).await;
    assert!(store.count_users().await.is_err());
    assert_eq!(faults.calls(), 1);
}

#[tokio::test]
async fn a_call_that_hangs_ends_at_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let (store, ..) = weak_store(&folder, Duration::ZERO, |_, _| Fault::Hangs).await;
    let error = store.count_users().await.unwrap_err();
    assert!(
        error.chain().contains("no answer within 50ms"),
        "{}",
        error.chain()
    );
}

#[tokio::test]
async fn an_open_circuit_spares_the_backend_and_closes_when_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |number, _: &str| if number < 5 { Fault::Lost } else { Fault::None };
    let (store, faults, circuit, registry) = weak_store(&folder, Duration::ZERO, plan).await;
    for _ in 0..20 {
        if circuit.get() == Circuit::Open {
            break;
        }
        assert!(store.count_users().await.is_err());
    }
    assert_eq!((circuit.get(), faults.calls()), (Circuit::Open, 5));
    assert!(page(&registry).contains("circuit_open{port=\"store\"} 1"));
    // Refused at once, unless the machine was so slow that the rest is over.
    let calls = faults.calls();
    if store.count_users().await.is_err() {
        assert_eq!(faults.calls(), calls);
    }
    store.ping().await.unwrap();
    assert_eq!(circuit.get(), Circuit::Closed);
    assert_eq!(store.count_users().await.unwrap(), 0);
    assert!(page(&registry).contains("circuit_open{port=\"store\"} 0"));
}

#[tokio::test]
async fn a_cache_that_is_away_costs_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Faults::new("cache", |_, _| Fault::Lost);
    let inner = embedded(&folder).await;
    let weak = Ports {
        cache: Arc::new(Wrapped::new(inner.cache, faults.clone())),
        ..inner
    };
    let cache = guarded(weak, &clock(), &mut Registry::default()).cache;
    assert!(cache.get("x").await.is_err());
    assert_eq!(faults.calls(), 1, "a read could be repeated, and is not");
    let set = cache.set("x", Bytes::from_static(b"1"), LONG).await;
    assert_eq!(set.unwrap_err().kind(), FailureKind::Unavailable);
    assert_eq!(faults.calls(), 2);
}

/// Artifacts behind a guard and, behind that, planned faults.
async fn weak_artifacts(
    folder: &tempfile::TempDir,
    plan: impl Fn(u64, &'static str) -> Fault + Send + Sync + 'static,
) -> (Arc<dyn Artifacts>, Faults, CircuitState) {
    let circuit = CircuitState::default();
    let policy = Policy {
        port: "artifacts",
        deadline: Duration::from_millis(50),
        patience: Duration::ZERO,
        first_wait: Duration::from_millis(1),
    };
    let metrics = Metrics::new(&mut Registry::default());
    let guard = Guard::new(policy, clock(), circuit.clone(), metrics);
    let faults = Faults::new("artifacts", plan);
    let inner = embedded(folder).await.artifacts;
    let weak: Arc<dyn Artifacts> = Arc::new(Wrapped::new(inner, faults.clone()));
    (Arc::new(Wrapped::new(weak, guard)), faults, circuit)
}

#[tokio::test]
async fn uploads_that_break_off_do_not_open_the_circuit() {
    let folder = tempfile::tempdir().unwrap();
    let (artifacts, _, circuit) = weak_artifacts(&folder, |_, _| Fault::None).await;
    for _ in 0..20 {
        let cut = std::io::Error::other("the browser was closed");
        let stream = futures_util::stream::iter([Ok("half".into()), Err(cut)]);
        let error = artifacts.put("a", Box::pin(stream)).await.unwrap_err();
        assert!(matches!(error, PortError::Interrupted { .. }), "{error}");
        assert_eq!(error.kind(), FailureKind::Unavailable);
    }
    assert_eq!(circuit.get(), Circuit::Closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_drips_keeps_nobody_from_a_backend_that_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |number, _: &str| if number < 5 { Fault::Lost } else { Fault::None };
    let (artifacts, faults, circuit) = weak_artifacts(&folder, plan).await;
    while circuit.get() != Circuit::Open {
        artifacts.head("a").await.unwrap_err();
    }
    // Longer than the circuit rests: whoever comes first is the one call that goes through.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (first, rest) = (Ok(Bytes::from("drip")), futures_util::stream::pending());
    let stream = futures_util::stream::iter([first]).chain(rest);
    let upload = tokio::spawn({
        let artifacts = Arc::clone(&artifacts);
        async move { artifacts.put("b", Box::pin(stream)).await.map(drop) }
    });
    // The fifth call asks whether the backend answers, the sixth is the upload.
    let begun = async {
        while faults.calls() < 7 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, begun).await.unwrap();
    assert_eq!(circuit.get(), Circuit::Closed);
    let missing = artifacts.head("a").await.unwrap_err();
    assert_eq!(missing.kind(), FailureKind::NotFound);
    upload.abort();
}
