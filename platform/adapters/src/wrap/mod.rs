//! What stands around a port: the same trait outside and inside.
//!
//! [`Wrapped`] implements each port over another of the same kind and lets an [`Intercept`] decide
//! what becomes of every call. Which calls may be repeated stands in one table a port: a call that
//! may have been done although its answer was lost is never sent twice.
//!
//! | interceptor | what it does |
//! |---|---|
//! | [`Guard`] | deadline, repetition with jitter, circuit breaker, metrics |
//! | [`Faults`] | planned misfortune, for tests |

mod artifacts;
mod breaker;
mod bus;
mod cache;
mod faults;
mod guard;
mod metrics;
mod store;
#[cfg(test)]
mod tests;

pub use faults::{Fault, Faults};
pub use guard::{Guard, Policy};

use domain::Clock;
use guard::policies;
use metrics::Metrics;
use ports::{CircuitState, Circuits, Ports, Result};
use prometheus_client::registry::Registry;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

/// Decides what becomes of the calls to a port.
pub trait Intercept: Send + Sync + Debug {
    /// A call that must not be sent twice.
    fn once<T: Send>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send;

    /// A call that may be repeated: each time the same comes of it.
    fn again<T: Send, F: Future<Output = Result<T>> + Send>(
        &self,
        operation: &'static str,
        call: impl Fn() -> F + Send + Sync,
    ) -> impl Future<Output = Result<T>> + Send {
        async move { self.once(operation, call()).await }
    }

    /// A call that takes as long as its data takes; `ask` is the question whether the backend
    /// answers, for who needs to know before.
    fn stream<T: Send>(
        &self,
        operation: &'static str,
        ask: impl Future<Output = Result<()>> + Send,
        call: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send {
        drop(ask);
        self.once(operation, call)
    }

    /// The question whether the backend answers.
    fn ping(
        &self,
        call: impl Future<Output = Result<()>> + Send,
    ) -> impl Future<Output = Result<()>> + Send {
        self.once("ping", call)
    }
}

/// A port with an interceptor before it.
#[derive(Debug)]
pub struct Wrapped<P: ?Sized, I> {
    inner: Arc<P>,
    with: I,
}

impl<P: ?Sized, I: Intercept> Wrapped<P, I> {
    /// `inner`, behind `with`.
    pub fn new(inner: Arc<P>, with: I) -> Self {
        Self { inner, with }
    }
}

/// Writes a port's trait for [`Wrapped`]: of each call its name and how it may be made.
macro_rules! wrapped {
    ($trait:ident of $port:ident: $($how:ident $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)*) => {
        #[async_trait::async_trait]
        impl<I: super::Intercept> $trait for super::Wrapped<dyn $port, I> {
            $(
                async fn $name(&self, $($arg: $type),*) -> ports::Result<$out> {
                    super::wrapped!(@$how self $name($($arg),*))
                }
            )*
        }
    };
    (@once $self:ident $name:ident($($arg:ident),*)) => {
        $self.with.once(stringify!($name), $self.inner.$name($($arg),*)).await
    };
    (@again $self:ident $name:ident($($arg:ident),*)) => {
        $self.with.again(stringify!($name), || $self.inner.$name($(Clone::clone(&$arg)),*)).await
    };
    (@stream $self:ident $name:ident($($arg:ident),*)) => {
        $self.with.stream(stringify!($name), $self.inner.ping(), $self.inner.$name($($arg),*)).await
    };
    (@check $self:ident $name:ident()) => { $self.with.ping($self.inner.$name()).await };
}
use wrapped;

/// The four ports, each behind a [`Guard`] whose metrics are in `registry`.
#[must_use]
pub fn guarded(ports: Ports, clock: &Arc<dyn Clock>, registry: &mut Registry) -> Ports {
    let metrics = Metrics::new(registry);
    let (circuits, changed) = (Circuits::default(), ports.changed);
    let guard = |policy: Policy, circuit: &CircuitState| {
        Guard::new(policy, Arc::clone(clock), circuit.clone(), metrics.clone())
    };
    let store = guard(policies::STORE, &circuits.store).telling(Arc::clone(&changed));
    let bus = guard(policies::BUS, &circuits.bus);
    let cache = guard(policies::CACHE, &circuits.cache);
    let artifacts = guard(policies::ARTIFACTS, &circuits.artifacts);
    Ports {
        store: Arc::new(Wrapped::new(ports.store, store)),
        bus: Arc::new(Wrapped::new(ports.bus, bus)),
        cache: Arc::new(Wrapped::new(ports.cache, cache)),
        artifacts: Arc::new(Wrapped::new(ports.artifacts, artifacts)),
        circuits,
        changed,
    }
}
