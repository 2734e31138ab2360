//! Planned misfortune: what a test does to the calls of a port.

use super::Intercept;
use ports::{PortError, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it goes through.
    None,
    /// It never reaches the backend.
    Lost,
    /// It is done, and the answer is lost.
    Unanswered,
    /// It takes so much longer.
    Late(Duration),
    /// It never returns.
    Hangs,
}

/// Decides by the number of the call, from 0, and its operation.
pub type Plan = Arc<dyn Fn(u64, &'static str) -> Fault + Send + Sync>;

/// Planned misfortune of one port.
#[derive(Clone)]
pub struct Faults {
    port: &'static str,
    calls: Arc<AtomicU64>,
    plan: Plan,
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Faults")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Faults {
    /// What `plan` says becomes of each call to `port`.
    pub fn new(
        port: &'static str,
        plan: impl Fn(u64, &'static str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self {
            port,
            calls: Arc::default(),
            plan: Arc::new(plan),
        }
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Intercept for Faults {
    async fn once<T: Send>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let away = || PortError::Unavailable {
            port: self.port,
            doing: format!("do `{operation}`"),
            source: "a planned fault".into(),
        };
        match (self.plan)(number, operation) {
            Fault::None => call.await,
            Fault::Lost => Err(away()),
            Fault::Unanswered => {
                drop(call.await);
                Err(away())
            }
            Fault::Late(by) => {
                tokio::time::sleep(by).await;
                call.await
            }
            Fault::Hangs => std::future::pending().await,
        }
    }
}
