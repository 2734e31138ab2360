//! What the calls to the ports cost.

use ports::{PortError, Result};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The metrics of all ports of a process.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    calls: Family<CallLabels, Counter>,
    seconds: Family<PortLabels, Histogram>,
    repeated: Family<PortLabels, Counter>,
    open: Family<PortLabels, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PortLabels {
    port: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    port: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

impl Metrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let metrics = Self {
            calls: Family::default(),
            // From 0.1 ms to about 26 s.
            seconds: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(1e-4, 4.0, 10))
            }),
            repeated: Family::default(),
            open: Family::default(),
        };
        registry.register(
            "microlearn_port_calls",
            "Calls to the backends by operation and outcome: ok, refused, interrupted, unavailable",
            metrics.calls.clone(),
        );
        registry.register(
            "microlearn_port_seconds",
            "How long the calls to a backend took",
            metrics.seconds.clone(),
        );
        registry.register(
            "microlearn_port_repeated",
            "Calls that were sent again because the backend did not answer",
            metrics.repeated.clone(),
        );
        registry.register(
            "microlearn_port_circuit_open",
            "1 while calls to the backend are refused at once because it does not answer",
            metrics.open.clone(),
        );
        metrics
    }

    pub(super) fn called<T>(
        &self,
        port: &'static str,
        operation: &'static str,
        outcome: &Result<T>,
        took: Duration,
    ) {
        let outcome = match outcome {
            Ok(_) => "ok",
            Err(PortError::Unavailable { .. }) => "unavailable",
            Err(PortError::Interrupted { .. }) => "interrupted",
            Err(_) => "refused",
        };
        let labels = CallLabels {
            port,
            operation,
            outcome,
        };
        self.calls.get_or_create(&labels).inc();
        let seconds = self.seconds.get_or_create(&PortLabels { port });
        seconds.observe(took.as_secs_f64());
    }

    pub(super) fn repeated(&self, port: &'static str) {
        self.repeated.get_or_create(&PortLabels { port }).inc();
    }

    pub(super) fn circuit(&self, port: &'static str, open: bool) {
        self.open
            .get_or_create(&PortLabels { port })
            .set(i64::from(open));
    }
}
