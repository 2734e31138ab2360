//! `/healthz`, `/readyz` and `/metrics`.

use super::method_not_allowed;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::job::JobKind;
use domain::pipeline::PipelineState;
use ports::{Circuit, PortError, Ports};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A backend that takes longer than this counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// The three health routes of a process, for any number of listeners.
///
/// - `/healthz`: 200 while the process lives.
/// - `/readyz`: each backend by name; 503 unless all answer.
/// - `/metrics`: everything in the registry, with the queues and pipelines of the site.
#[derive(Clone, Debug)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ports: Ports,
    registry: Registry,
    work: Work,
}

/// What the store knows of the work on the whole site; every process tells the same numbers.
#[derive(Debug, Default)]
struct Work {
    jobs: Family<JobLabels, Gauge>,
    pipelines: Family<PipelineLabels, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct JobLabels {
    kind: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PipelineLabels {
    state: &'static str,
}

impl Health {
    /// Health of a process that has registered its own metrics with `registry`.
    #[must_use]
    pub fn new(ports: Ports, mut registry: Registry) -> Self {
        let work = Work::default();
        let jobs = "Jobs that wait (queued) or are computed (running), by kind";
        registry.register("microlearn_jobs", jobs, work.jobs.clone());
        let pipelines = "Pipelines by state";
        registry.register("microlearn_pipelines", pipelines, work.pipelines.clone());
        Self(Arc::new(Inner {
            ports,
            registry,
            work,
        }))
    }

    /// The routes, for any number of listeners.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/healthz", get(async || Json(json!({ "alive": true }))))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .method_not_allowed_fallback(method_not_allowed)
            .with_state(self.clone())
    }
}

async fn ready(State(Health(health)): State<Health>) -> Response {
    let ports = &health.ports;
    let (store, bus, cache, artifacts) = tokio::join!(
        look("store", ports.store.ping()),
        look("bus", ports.bus.ping()),
        look("cache", ports.cache.ping()),
        look("artifacts", ports.artifacts.ping()),
    );
    let circuits = &ports.circuits;
    let all = [
        ("store", store, &circuits.store),
        ("bus", bus, &circuits.bus),
        ("cache", cache, &circuits.cache),
        ("artifacts", artifacts, &circuits.artifacts),
    ];
    let ready = all.iter().all(|(_, answer, _)| answer.is_ok());
    let backends: Map<String, Value> = all
        .into_iter()
        .map(|(name, answer, circuit)| (name.to_owned(), told(name, &answer, circuit.get())))
        .collect();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "ready": ready, "backends": backends })),
    )
        .into_response()
}

/// How fast a backend answers, or how it fails to.
async fn look(
    name: &'static str,
    ping: impl Future<Output = Result<(), PortError>>,
) -> Result<Duration, Trouble> {
    let begun = Instant::now();
    let (trouble, chain) = match tokio::time::timeout(PATIENCE, ping).await {
        Ok(Ok(())) => return Ok(begun.elapsed()),
        Ok(Err(error)) => (Trouble::Refuses, error.chain()),
        Err(_) => (Trouble::Silent, format!("no answer within {PATIENCE:?}")),
    };
    tracing::warn!(backend = name, trouble = chain, "a backend is away");
    Err(trouble)
}

/// How a backend is away.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Refuses,
    Silent,
}

/// What is told of a backend. The cause itself is for the log: an error's chain may name hosts and
/// users, and this route asks nobody who they are.
fn told(name: &str, answer: &Result<Duration, Trouble>, circuit: Circuit) -> Value {
    match answer {
        Ok(took) => json!({
            "ok": true,
            "milliseconds": took.as_micros() as f64 / 1e3,
            "circuit": circuit.as_str(),
        }),
        Err(trouble) => {
            let how = match trouble {
                Trouble::Refuses => "cannot be reached or refuses".to_owned(),
                Trouble::Silent => format!("does not answer within {} s", PATIENCE.as_secs()),
            };
            json!({
                "ok": false,
                "circuit": circuit.as_str(),
                "problem": format!("The {name} {how}. {}", meanwhile(name)),
            })
        }
    }
}

/// What goes on without a backend, and where to look.
fn meanwhile(name: &str) -> &'static str {
    match name {
        "store" => {
            "Loaded models go on predicting; everything else waits for it. The cause is in the log \
             of this process; `microlearn doctor` asks again."
        }
        "bus" => {
            "Work goes on more slowly: the store is polled instead. The cause is in the log of \
             this process; `microlearn doctor` asks again."
        }
        "cache" => {
            "Work goes on; limits on requests are not shared between processes. The cause is in \
             the log of this process; `microlearn doctor` asks again."
        }
        _ => {
            "Loaded models go on predicting; files can be neither read nor written. The cause is \
             in the log of this process; `microlearn doctor` asks again."
        }
    }
}

async fn metrics(State(Health(health)): State<Health>) -> Response {
    // A store that is away must not hide the numbers of the process itself.
    if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, health.refresh()).await {
        tracing::debug!(error = error.chain(), "the work could not be counted");
    }
    let mut page = String::new();
    match text::encode(&mut page, &health.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], page).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Inner {
    async fn refresh(&self) -> Result<(), PortError> {
        let depths = self.ports.store.queue_depths().await?;
        for kind in JobKind::ALL {
            let depth = depths.iter().find(|depth| depth.kind == *kind);
            let (queued, running) = depth.map_or((0, 0), |d| (d.queued, d.running));
            for (state, count) in [("queued", queued), ("running", running)] {
                let labels = JobLabels {
                    kind: kind.as_str(),
                    state,
                };
                self.work.jobs.get_or_create(&labels).set(signed(count));
            }
        }
        let counts = self.ports.store.pipeline_counts().await?;
        for state in PipelineState::ALL {
            let count = counts
                .iter()
                .find(|(s, _)| s == state)
                .map_or(0, |(_, count)| *count);
            let labels = PipelineLabels {
                state: state.as_str(),
            };
            self.work
                .pipelines
                .get_or_create(&labels)
                .set(signed(count));
        }
        Ok(())
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
