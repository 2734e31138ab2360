//! The services of a site with stages that do nothing, so that only the handing over is left; and
//! one that kills its process, as a bad model or a bad library could.
//!
//! `stand_ins NAME` plays all seven roles on the backends of the usual settings in the environment.
//! A pipeline whose name begins with `deadly` ends the process whenever its training is begun.

use adapters::Urls;
use async_trait::async_trait;
use domain::job::{JobKind, Payload};
use domain::results::{StageResult, Trained};
use domain::{Clock, Failure, Message, SystemClock};
use ports::contract::store::samples;
use ports::store::Write;
use prometheus_client::registry::Registry;
use service_kit::{Handler, Outcome, Role, Runtime, Service, Settings, Step, Weight};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Handles every stage, and the reading of datasets.
struct StandIn;

#[async_trait]
impl Handler for StandIn {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        if let Payload::Profile { dataset, version } = step.job.payload {
            let ready = Box::new(samples::ready());
            return Ok(Outcome::Done {
                result: None,
                writes: vec![Write::Dataset(dataset, version, ready)],
            });
        }
        let deadly = step.pipeline()?.name.starts_with("deadly");
        if deadly && step.job.kind == JobKind::Train {
            std::process::abort();
        }
        let result = StageResult::Train(Trained { models: Vec::new() });
        let code = format!("{}.done", step.job.kind);
        Ok(Outcome::Stage {
            result: Box::new(result),
            message: Message::new(code, "Nothing was done."),
            writes: Vec::new(),
        })
    }
}

/// A setting of the program, from the environment.
fn setting(name: &str) -> String {
    std::env::var(format!("MICROLEARN__{name}")).unwrap_or_default()
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let name = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "stand-ins".into());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let urls = Urls {
        store: setting("STORE__URL"),
        bus: setting("BUS__URL"),
        cache: setting("CACHE__URL"),
        artifacts: setting("ARTIFACTS__URL"),
    };
    let ports = adapters::open(&urls, Arc::clone(&clock)).await?;
    let ports = adapters::wrap::guarded(ports, &clock, &mut Registry::default());
    let stand_in = |kind| (kind, Weight::Light, Arc::new(StandIn) as Arc<dyn Handler>);
    let stages = [
        JobKind::Profile,
        JobKind::Prepare,
        JobKind::Select,
        JobKind::Optimise,
        JobKind::Train,
        JobKind::Evaluate,
        JobKind::Deploy,
    ];
    let services = vec![
        orchestrator::service(),
        Service {
            role: Role::Trainer,
            handlers: stages.into_iter().map(stand_in).collect(),
        },
    ];
    let mut settings = Settings::new(format!("{name}-{}", std::process::id()), 2);
    if let Ok(seconds) = setting("WORK__LEASE_SECONDS").parse() {
        settings.lease = Duration::from_secs(seconds);
    }
    let stop = CancellationToken::new();
    let runtime = Runtime::start(ports, clock, services, settings, stop.clone());
    println!("working as stand-ins");
    tokio::signal::ctrl_c().await?;
    stop.cancel();
    runtime.drained().await;
    Ok(())
}
