//! The loops of a process, one turn at a time: for simulations, in which chance decides whose turn
//! it is.

use super::worker::{Handles, claim_and_work, filter};
use super::{Settings, Shared, reconciler, relay, suspects, sweeper};
use crate::Service;
use domain::job::JobKind;
use domain::{Clock, PipelineId};
use ports::store::{Leases, Repairs};
use ports::{Ports, Result};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// One process whose loops stand still: what [`Runtime`](super::Runtime) does again and again, this
/// does when told to. No turn needs a runtime of tokio; every wait is one on [`Settings::timer`].
#[derive(Clone)]
pub struct Turns {
    shared: Arc<Shared>,
    handled: Vec<Handles>,
}

impl Turns {
    /// The turns of a process that plays `services`.
    #[must_use]
    pub fn new(
        ports: Ports,
        clock: Arc<dyn Clock>,
        services: Vec<Service>,
        settings: Settings,
    ) -> Self {
        let handlers = services.into_iter().flat_map(|service| service.handlers);
        let handled = handlers.map(|(kind, weight, handler)| Handles {
            kind,
            weight,
            handler,
        });
        Self {
            handled: handled.collect(),
            shared: Shared::new(ports, clock, settings, CancellationToken::new()),
        }
    }

    /// One claim, and its attempt to the end; whether there was one.
    pub async fn work(&self, kind: JobKind) -> bool {
        let Some(handles) = self.handled.iter().find(|handles| handles.kind == kind) else {
            return false;
        };
        let filter = filter(&self.shared, kind, false);
        claim_and_work(&self.shared, handles, &filter, None).await
    }

    /// Every suspect that can be claimed, each alone.
    pub async fn suspects(&self) {
        suspects::round(&self.shared, &self.handled).await;
    }

    /// One batch of the outbox; how many messages it held.
    pub async fn relay(&self) -> Result<usize> {
        relay::relay(&self.shared).await
    }

    /// One look of a reconciler that has seen the store answer for long enough. When that is, the
    /// protocol must not depend on.
    pub async fn reconcile(&self) -> Result<Repairs> {
        self.shared.ports.store.reconcile(Leases::Expire).await
    }

    /// One look of this process's own reconciler, which spares leases until it has seen enough.
    pub async fn look(&self) -> Result<Repairs> {
        reconciler::look(&self.shared).await
    }

    /// One sweep; how many files it removed.
    pub async fn sweep(&self) -> Result<u64> {
        sweeper::sweep(&self.shared).await
    }

    /// A notice about a pipeline has come: its steps give their sign of life early.
    pub fn told(&self, pipeline: PipelineId) {
        self.shared.notices.tell(pipeline);
    }
}
