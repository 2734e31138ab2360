//! From rows to the domain's nouns.

use super::db::RowExt;
use domain::course::Membership;
use domain::dataset::{Dataset, DatasetVersion};
use domain::deployment::{Deployment, DeploymentVersion};
use domain::job::Job;
use domain::pipeline::{Pipeline, Stage};
use domain::user::{Origin, ProviderSession, Sealed, Token, User};
use sqlx::any::AnyRow;
use sqlx::{Result, Row};
use std::time::Duration;

/// Columns of a pipeline with its stages, for `FROM pipelines p JOIN stages s`.
pub(super) const PIPELINE_COLUMNS: &str = "p.id, p.owner_id, p.name, p.state, p.spec, p.error, \
     p.best_score, p.consumed_us, p.active_since, p.created_at, p.started_at, p.finished_at, \
     s.name AS stage_name, s.state AS stage_state, s.attempt AS stage_attempt, \
     s.queued_at AS stage_queued_at, s.started_at AS stage_started_at, \
     s.finished_at AS stage_finished_at, s.progress AS stage_progress, \
     s.message AS stage_message, s.error AS stage_error";

/// The columns of [`PIPELINE_COLUMNS`] that are the pipeline's own.
pub(super) const PIPELINE_OWN_COLUMNS: &str = "p.id, p.owner_id, p.name, p.state, p.spec, p.error, \
     p.best_score, p.consumed_us, p.active_since, p.created_at, p.started_at, p.finished_at";

/// Rows of [`PIPELINE_COLUMNS`], stages of one pipeline next to each other and in order.
pub(super) fn pipelines(rows: &[AnyRow], now: domain::Timestamp) -> Result<Vec<Pipeline>> {
    let mut pipelines: Vec<Pipeline> = Vec::new();
    for row in rows {
        let id = row.parse("id")?;
        if pipelines.last().is_none_or(|last| last.id != id) {
            pipelines.push(pipeline(row, now)?);
        }
        if let Some(last) = pipelines.last_mut() {
            last.stages.push(stage(row)?);
        }
    }
    Ok(pipelines)
}

fn pipeline(row: &AnyRow, now: domain::Timestamp) -> Result<Pipeline> {
    // While jobs run, the time since the first of them began counts too.
    let active = row
        .maybe_time("active_since")?
        .map_or(0, |since| now.0 - since.0);
    Ok(Pipeline {
        id: row.parse("id")?,
        owner: row.parse("owner_id")?,
        name: row.text("name")?,
        spec: row.json("spec")?,
        state: row.parse("state")?,
        stages: Vec::with_capacity(6),
        best_score: row.try_get("best_score")?,
        consumed_us: row.int("consumed_us")? + active.max(0),
        error: row.maybe_json("error")?,
        created_at: row.time("created_at")?,
        started_at: row.maybe_time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
    })
}

fn stage(row: &AnyRow) -> Result<Stage> {
    Ok(Stage {
        name: row.parse("stage_name")?,
        state: row.parse("stage_state")?,
        attempt: row.count("stage_attempt")?,
        queued_at: row.maybe_time("stage_queued_at")?,
        started_at: row.maybe_time("stage_started_at")?,
        finished_at: row.maybe_time("stage_finished_at")?,
        progress: row.try_get("stage_progress")?,
        message: row.maybe_json("stage_message")?,
        error: row.maybe_json("stage_error")?,
    })
}

/// Columns of a job.
pub(super) const JOB_COLUMNS: &str = "id, parent_id, kind, pipeline_id, owner_id, state, attempt, \
     failures, crashes, suspect, payload, memo, result, error, created_at, started_at, finished_at";

pub(super) fn job(row: &AnyRow) -> Result<Job> {
    Ok(Job {
        id: row.parse("id")?,
        parent: row.maybe_parse("parent_id")?,
        kind: row.parse("kind")?,
        pipeline: row.maybe_parse("pipeline_id")?,
        owner: row.parse("owner_id")?,
        payload: row.json("payload")?,
        state: row.parse("state")?,
        attempt: row.count("attempt")?,
        failures: row.count("failures")?,
        crashes: row.count("crashes")?,
        suspect: row.int("suspect")? != 0,
        memo: row.maybe_json("memo")?,
        result: row.maybe_json("result")?,
        error: row.maybe_json("error")?,
        created_at: row.time("created_at")?,
        started_at: row.maybe_time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
    })
}

/// Datasets that are not deleted, each with two of its versions: the newest, and the one that is
/// used, which is the newest that could be read.
pub(super) const DATASETS: &str = "SELECT d.id, d.owner_id, d.course_id, d.name, d.description, \
     d.created_at, v.body, n.body AS newest FROM datasets d \
     JOIN dataset_versions n ON n.dataset_id = d.id AND n.version = d.version \
     JOIN dataset_versions v ON v.dataset_id = d.id AND v.version = COALESCE(\
       (SELECT MAX(r.version) FROM dataset_versions r \
        WHERE r.dataset_id = d.id AND r.state = 'ready'), d.version) \
     WHERE d.deleted = 0";

pub(super) fn dataset(row: &AnyRow) -> Result<Dataset> {
    Ok(Dataset {
        id: row.parse("id")?,
        owner: row.parse("owner_id")?,
        course: row.maybe_parse("course_id")?,
        name: row.text("name")?,
        description: row.text("description")?,
        current: version(row)?,
        newest: row.json("newest")?,
        created_at: row.time("created_at")?,
    })
}

pub(super) fn version(row: &AnyRow) -> Result<DatasetVersion> {
    row.json("body")
}

/// Columns of a deployment with its versions, for `FROM deployments d JOIN deployment_versions v`.
pub(super) const DEPLOYMENT_COLUMNS: &str = "d.id, d.name, d.owner_id, d.course_id, \
     d.version AS active, d.created_at, d.updated_at, v.version, v.model_id, v.pipeline_id, \
     v.artifact, v.sha256, v.created_at AS deployed_at";

/// Rows of [`DEPLOYMENT_COLUMNS`], versions of one deployment next to each other and in order.
pub(super) fn deployments(rows: &[AnyRow]) -> Result<Vec<Deployment>> {
    let mut deployments: Vec<Deployment> = Vec::new();
    for row in rows {
        let id = row.parse("id")?;
        if deployments.last().is_none_or(|last| last.id != id) {
            deployments.push(Deployment {
                id,
                name: row.text("name")?,
                owner: row.parse("owner_id")?,
                course: row.maybe_parse("course_id")?,
                version: row.count("active")?,
                versions: Vec::new(),
                created_at: row.time("created_at")?,
                updated_at: row.time("updated_at")?,
            });
        }
        if let Some(last) = deployments.last_mut() {
            last.versions.push(DeploymentVersion {
                version: row.count("version")?,
                model: row.parse("model_id")?,
                pipeline: row.parse("pipeline_id")?,
                artifact: row.text("artifact")?,
                sha256: row.text("sha256")?,
                created_at: row.time("deployed_at")?,
            });
        }
    }
    Ok(deployments)
}

pub(super) fn user(row: &AnyRow, body: &str, password: &str) -> Result<User> {
    let mut user: User = row.json(body)?;
    user.password_hash = row.maybe_text(password)?;
    Ok(user)
}

pub(super) fn token(row: &AnyRow) -> Result<Token> {
    let scopes = row.text("scopes")?;
    let address = row.maybe_text("address")?;
    let agent = row.maybe_text("agent")?;
    let idle = row.maybe_time("idle_us")?;
    Ok(Token {
        id: row.parse("id")?,
        hash: row.text("hash")?,
        user: row.parse("user_id")?,
        kind: row.parse("kind")?,
        name: row.text("name")?,
        // What a newer program meant by other scopes, this one does not allow.
        scopes: scopes
            .split(' ')
            .filter_map(|scope| scope.parse().ok())
            .collect(),
        deployment: row.maybe_text("deployment")?,
        origin: address
            .zip(agent)
            .map(|(address, agent)| Origin { address, agent }),
        created_at: row.time("created_at")?,
        used_at: row.time("used_at")?,
        expires_at: row.time("expires_at")?,
        idle: idle.map(|idle| Duration::from_micros(idle.0.unsigned_abs())),
        provider: provider(row)?,
    })
}

fn provider(row: &AnyRow) -> Result<Option<ProviderSession>> {
    let Some(checked_at) = row.maybe_time("checked_at")? else {
        return Ok(None);
    };
    Ok(Some(ProviderSession {
        sid: row.maybe_text("sid")?,
        sealed: row.maybe_text("sealed")?.map(Sealed),
        checked_at,
    }))
}

/// Columns `course_id` and `role`.
pub(super) fn membership(row: &AnyRow) -> Result<Membership> {
    Ok(Membership {
        course: row.parse("course_id")?,
        role: row.parse("role")?,
    })
}
