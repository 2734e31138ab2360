//! Numbers about the gateway itself, for `/metrics`.

use crate::config::GatewayConfig;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Numbers about the gateway itself.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    predictions: Family<PredictionLabels, Counter>,
    rows: Family<DeploymentLabels, Counter>,
    prediction_seconds: Family<DeploymentLabels, Histogram, fn() -> Histogram>,
    /// Open streams of events.
    pub(crate) streams: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PredictionLabels {
    deployment: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DeploymentLabels {
    deployment: String,
}

/// From half a millisecond to half a minute.
fn request_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 17))
}

/// From ten microseconds to half a second.
fn prediction_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.00001, 2.0, 16))
}

impl Metrics {
    /// Registers everything.
    pub(crate) fn new(registry: &mut Registry, config: &GatewayConfig) -> Self {
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(request_buckets),
            predictions: Family::default(),
            rows: Family::default(),
            prediction_seconds: Family::new_with_constructor(prediction_buckets),
            streams: Gauge::default(),
        };
        let build = [
            ("version", config.version.clone()),
            ("commit", config.commit.clone()),
        ];
        registry.register("microlearn_build", "What runs", Info::new(build.to_vec()));
        let help = "Answers, by route and status";
        registry.register("microlearn_http_requests", help, metrics.requests.clone());
        let help = "Seconds until the head of the answer, by route";
        registry.register(
            "microlearn_http_request_seconds",
            help,
            metrics.seconds.clone(),
        );
        let help = "Prediction requests, by deployment and outcome";
        registry.register("microlearn_predictions", help, metrics.predictions.clone());
        let help = "Records predicted, by deployment";
        registry.register("microlearn_prediction_rows", help, metrics.rows.clone());
        let help = "Seconds of one prediction request, by deployment";
        registry.register(
            "microlearn_prediction_seconds",
            help,
            metrics.prediction_seconds.clone(),
        );
        let help = "Open streams of events";
        registry.register("microlearn_event_streams", help, metrics.streams.clone());
        metrics
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        let labels = RequestLabels {
            method,
            route: route.clone(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { method, route };
        self.seconds
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }

    /// Counts a request for predictions to a deployment that exists.
    pub(crate) fn predicted(&self, deployment: &str, rows: Option<usize>, took: Duration) {
        let outcome = if rows.is_some() { "ok" } else { "error" };
        let labels = PredictionLabels {
            deployment: deployment.to_owned(),
            outcome,
        };
        self.predictions.get_or_create(&labels).inc();
        let labels = DeploymentLabels {
            deployment: deployment.to_owned(),
        };
        self.rows
            .get_or_create(&labels)
            .inc_by(rows.unwrap_or(0) as u64);
        self.prediction_seconds
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }
}
