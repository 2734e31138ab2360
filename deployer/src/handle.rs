//! Loading, deciding, storing.

use crate::decide::{Verdict, decide, only_baseline};
use crate::refit;
use async_trait::async_trait;
use domain::deployment::name_from;
use domain::model::Model;
use domain::results::{Deployed, StageResult};
use domain::spec::DeployMode;
use domain::{DeploymentId, Failure, FailureKind, UserId};
use ports::store::{DeploymentWrite, Store, Write};
use serde_json::json;
use service_kit::{Handler, Outcome, Step};

/// Names to try when the one made from the pipeline's name is somebody else's.
const NAME_TRIES: u32 = 100;

/// The model that guesses without looking.
const BASELINE: &str = "baseline";

/// Handles `deploy` jobs.
#[derive(Debug)]
pub(crate) struct Deploy;

#[async_trait]
impl Handler for Deploy {
    async fn step(&self, step: &Step) -> Result<Outcome, Failure> {
        let pipeline = step.pipeline()?;
        let store = step.ports.store.as_ref();
        let models = store.leaderboard(pipeline.id).await?;
        let best = models
            .iter()
            .find(|model| model.chosen)
            .or_else(|| models.first());
        let best = best.ok_or_else(|| Failure::internal("there is no model to deploy"))?;
        let told = store.children(step.job.id).await?;
        if told.is_empty() {
            let children = refit::jobs(step, best).await?;
            if !children.is_empty() {
                return Ok(Outcome::Wait {
                    children,
                    wake_at: 0,
                    memo: json!({}),
                    writes: Vec::new(),
                });
            }
        }
        let refitted = refit::bound(step, best, told).await?;
        let best = refitted.as_ref().unwrap_or(best);
        let policy = &pipeline.spec.deploy;
        // Who asked for nothing else gets it.
        let wanted = pipeline.spec.candidates.iter().all(|name| name == BASELINE);
        let asked_for = wanted && !pipeline.spec.candidates.is_empty();
        let verdict =
            if best.algorithm == BASELINE && !asked_for && policy.mode != DeployMode::Manual {
                only_baseline()
            } else {
                decide(policy, best.metric, best.test_score)
            };
        let (deployment, reason, mut writes) = match verdict {
            Verdict::Keep(reason) => (None, reason, Vec::new()),
            Verdict::Deploy(reason) => {
                let (name, version) = match &policy.name {
                    Some(name) => (name.clone(), wanted_version(store, name, best.owner).await?),
                    None => free_name(store, &name_from(&pipeline.name), best.owner).await?,
                };
                let write = Write::Deploy(write(best, &name));
                let reason = reason.with("name", name.as_str()).with("version", version);
                (Some((name, version)), reason, vec![write])
            }
        };
        writes.extend(refitted.clone().map(|model| Write::Model(Box::new(model))));
        let result = StageResult::Deploy(Deployed {
            deployment,
            reason: reason.clone(),
        });
        Ok(Outcome::Stage {
            result: Box::new(result),
            message: reason,
            writes,
        })
    }
}

fn write(model: &Model, name: &str) -> DeploymentWrite {
    DeploymentWrite {
        id: DeploymentId::new(),
        name: name.to_owned(),
        owner: model.owner,
        course: model.course,
        model: model.id,
        pipeline: model.pipeline,
        artifact: model.artifact.clone(),
        sha256: model.sha256.clone(),
    }
}

/// The next version under a name that the user asked for.
async fn wanted_version(store: &dyn Store, name: &str, owner: UserId) -> Result<u32, Failure> {
    next_version(store, name, owner).await?.ok_or_else(|| {
        let text = format!(
            "The deployment name {name:?} belongs to somebody else. The models are \
             kept: deploy one of them under another name."
        );
        Failure::new(FailureKind::Conflict, "deployment.name_taken", text)
            .field("deploy.name")
            .with("name", name)
    })
}

/// A name made from the pipeline's, numbered until it is free or the owner's own.
async fn free_name(store: &dyn Store, base: &str, owner: UserId) -> Result<(String, u32), Failure> {
    for number in 1..=NAME_TRIES {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!("-{number}")
        };
        let stem: String = base.chars().take(63 - suffix.len()).collect();
        let name = format!("{}{suffix}", stem.trim_end_matches('-'));
        if let Some(version) = next_version(store, &name, owner).await? {
            return Ok((name, version));
        }
    }
    let text = format!("No free deployment name could be made from {base:?}; give one.");
    Err(
        Failure::new(FailureKind::Conflict, "deployment.no_free_name", text)
            .field("deploy.name")
            .with("name", base),
    )
}

/// The version that the owner's next deployment under `name` gets; nothing if it is another's.
async fn next_version(
    store: &dyn Store,
    name: &str,
    owner: UserId,
) -> Result<Option<u32>, Failure> {
    Ok(match store.deployment(name).await? {
        None => Some(1),
        Some(known) if known.owner == owner => Some(
            known
                .versions
                .iter()
                .map(|version| version.version)
                .max()
                .unwrap_or(0)
                + 1,
        ),
        Some(_) => None,
    })
}
