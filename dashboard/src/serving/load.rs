//! Keeping the table in step with the store.

use super::model::Loaded;
use super::table::{Slot, Trouble};
use crate::events::woken;
use crate::state::Gateway;
use domain::access::{Holding, Noun};
use domain::deployment::{Deployment, DeploymentVersion};
use domain::{Failure, FailureKind};
use ports::artifacts::get_bytes;
use ports::bus::Notice;
use ports::store::{Page, Scope};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

/// How often the store is asked although no notice came.
const POLL: Duration = Duration::from_secs(3);
/// Deployments that are read at once.
const BATCH: u32 = 200;
/// An artefact that takes longer than this is tried again later.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest wait before a version that cannot be loaded is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Keeps every deployment loaded until the shutdown.
pub async fn keep_loaded(gateway: Gateway) {
    let mut notices = gateway.hub.notices();
    loop {
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = step(&gateway) => {}
        }
        let notice = woken(&mut notices, |notice| *notice == Notice::Deployments, POLL);
        tokio::select! {
            () = gateway.shutdown.cancelled() => return,
            () = gateway.serving.asked() => {}
            () = notice => {}
        }
    }
}

/// Looks at the store once and loads what has changed. A store that is away changes nothing.
async fn step(gateway: &Gateway) {
    let held = match list(gateway).await {
        Ok(held) => held,
        Err(error) => {
            tracing::warn!(
                error = error.chain(),
                "deployments cannot be read; what is loaded stays"
            );
            return;
        }
    };
    let names = held.iter().map(|(deployment, _)| deployment.name.as_str());
    let wanted: HashSet<&str> = names.collect();
    for name in gateway.serving.names() {
        if !wanted.contains(name.as_str()) {
            gateway.serving.remove(&name);
        }
    }
    for (deployment, holding) in &held {
        if let Some(version) = deployment.active() {
            keep(gateway, deployment, holding, version).await;
        }
    }
    gateway.serving.is_in_step();
}

/// Every deployment, and who may call it.
async fn list(gateway: &Gateway) -> ports::Result<Vec<(Deployment, Arc<Holding>)>> {
    let store = &gateway.ports.store;
    let mut all = Vec::new();
    let mut page = Page::first(BATCH);
    loop {
        let found = store.deployments(&Scope::All, &page).await?;
        let ids = found
            .items
            .iter()
            .map(|deployment| deployment.id.to_string());
        let ids: Vec<String> = ids.collect();
        let shares = store.shares(Noun::Deployment, &ids).await?;
        for (deployment, id) in found.items.into_iter().zip(ids) {
            let shares = shares.iter().filter(|share| share.thing == id);
            let holding = Holding {
                owner: deployment.owner,
                course: deployment.course,
                shares: shares.map(|share| (share.with, share.level)).collect(),
            };
            all.push((deployment, Arc::new(holding)));
        }
        match found.next {
            Some(next) => page.before = Some(next),
            None => return Ok(all),
        }
    }
}

/// Makes sure that this version answers. Until it can, the one before goes on.
async fn keep(
    gateway: &Gateway,
    deployment: &Deployment,
    holding: &Arc<Holding>,
    version: &DeploymentVersion,
) {
    let name = &deployment.name;
    let before = gateway.serving.slot(name);
    let slot = |loaded, trouble| Slot {
        holding: Arc::clone(holding),
        wanted: version.version,
        loaded,
        trouble,
    };
    let loaded = before.as_ref().and_then(|slot| slot.loaded.clone());
    if loaded
        .as_ref()
        .is_some_and(|l| l.version == version.version && l.sha256 == version.sha256)
    {
        if before.is_some_and(|slot| slot.holding != *holding) {
            gateway.serving.put(name, slot(loaded, None));
        }
        return;
    }
    // A name that was removed and given again may be another owner's: its old model must not answer.
    let loaded = loaded.filter(|_| {
        before
            .as_ref()
            .is_some_and(|slot| slot.holding.owner == deployment.owner)
    });
    let trouble = before.as_ref().and_then(|slot| slot.trouble.clone());
    let trouble = trouble.filter(|_| before.as_ref().is_some_and(|s| s.wanted == version.version));
    if trouble
        .as_ref()
        .is_some_and(|trouble| Instant::now() < trouble.again)
    {
        return;
    }
    if let Some(same) = gateway.serving.same_model(&version.sha256) {
        let loaded = Arc::new(same.as_version(version.version));
        return gateway.serving.put(name, slot(Some(loaded), None));
    }
    gateway
        .serving
        .put(name, slot(loaded.clone(), trouble.clone()));
    match load(gateway, version).await {
        Ok(new) => {
            tracing::info!(
                deployment = name,
                version = version.version,
                "a model is loaded"
            );
            gateway.serving.put(name, slot(Some(Arc::new(new)), None));
        }
        Err(failure) => {
            tracing::warn!(deployment = name, version = version.version, %failure, "a model cannot be loaded");
            let times = trouble.map_or(0, |trouble| trouble.times) + 1;
            let again = Instant::now() + wait_after(times);
            gateway.serving.put(
                name,
                slot(
                    loaded,
                    Some(Trouble {
                        failure,
                        times,
                        again,
                    }),
                ),
            );
        }
    }
}

fn wait_after(times: u32) -> Duration {
    Duration::from_secs(1_u64 << times.min(10)).min(LONGEST_WAIT)
}

async fn load(gateway: &Gateway, version: &DeploymentVersion) -> Result<Loaded, Failure> {
    let artifacts = gateway.ports.artifacts.as_ref();
    let bytes = tokio::time::timeout(PATIENCE, get_bytes(artifacts, &version.artifact)).await;
    let bytes = bytes.map_err(|_| {
        let text = "The model cannot be fetched: the artifacts do not answer.";
        Failure::new(FailureKind::Unavailable, "artifacts.unavailable", text)
    })??;
    let (number, sha256) = (version.version, version.sha256.clone());
    let read = spawn_blocking(move || Loaded::read(number, &sha256, &bytes)).await;
    read.map_err(|error| Failure::internal(format!("the loading of a model has ended: {error}")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_model_is_tried_ever_more_seldom() {
        assert_eq!(wait_after(1), Duration::from_secs(2));
        assert_eq!(wait_after(3), Duration::from_secs(8));
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
    }
}
