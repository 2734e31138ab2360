//! Names under which models answer.

use super::MemoryStore;
use super::list::page;
use super::refusal::{Outcome, Refusal};
use super::rows::{DeployedRow, DeploymentRow};
use super::state::{State, of};
use crate::store::deployments::DOING;
use async_trait::async_trait;
use domain::access::Noun;
use domain::deployment::Deployment;
use domain::{DeploymentId, Timestamp};
use ports::Result;
use ports::bus::Notice;
use ports::store::{DeploymentWrite, Deployments, Page, PageOf, Scope, plain};

impl State {
    /// Stores or extends a deployment.
    pub(super) fn deploy(&mut self, write: &DeploymentWrite, now: Timestamp) -> Outcome<()> {
        let id = match self.named(&write.name) {
            Some((id, known)) if known.owner == write.owner => id,
            Some(_) => {
                let what = format!("the name {:?} belongs to somebody else", write.name);
                return Err(Refusal::Conflict(what));
            }
            None => {
                let row = DeploymentRow {
                    name: write.name.clone(),
                    owner: write.owner,
                    course: write.course,
                    version: 1,
                    created_at: now,
                    updated_at: now,
                };
                self.deployments.insert(write.id, row)?;
                write.id
            }
        };
        let last = self.deployed.range(of::<_, u32>(id)).next_back();
        let version = last.map_or(1, |((_, version), _)| version + 1);
        self.must_have(write.pipeline)?;
        let deployed = DeployedRow(write.version(version, now));
        self.deployed.insert((id, version), deployed)?;
        self.deployments.change(&id, |row| {
            row.version = version;
            row.updated_at = now;
        });
        self.notify(&Notice::Deployments);
        Ok(())
    }

    fn named(&self, name: &str) -> Option<(DeploymentId, &DeploymentRow)> {
        let mut found = self.deployments.find(name.to_owned());
        found.next().map(|(id, row)| (*id, row))
    }

    fn read_deployment(&self, id: DeploymentId, row: &DeploymentRow) -> Deployment {
        let versions = self.deployed.range(of::<_, u32>(id));
        Deployment {
            id,
            name: row.name.clone(),
            owner: row.owner,
            course: row.course,
            version: row.version,
            versions: versions.map(|(_, row)| row.0.clone()).collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }

    fn deployment(&self, name: &str) -> Option<Deployment> {
        let found = self.named(name);
        found.map(|(id, row)| self.read_deployment(id, row))
    }

    /// The deployment that was just changed.
    fn changed(&self, name: &str) -> Outcome<Deployment> {
        let missing = || Refusal::Missing(format!("deployment {name}"));
        self.deployment(name).ok_or_else(missing)
    }

    fn activate(&mut self, name: &str, version: u32, now: Timestamp) -> Outcome<Deployment> {
        let found = self.named(name).map(|(id, _)| id);
        let found = found.filter(|id| self.deployed.has(&(*id, version)));
        let Some(id) = found else {
            let what = format!("version {version} of deployment {name}");
            return Err(Refusal::Missing(what));
        };
        self.deployments.change(&id, |row| {
            row.version = version;
            row.updated_at = now;
        });
        self.notify(&Notice::Deployments);
        self.changed(name)
    }

    fn undeploy(&mut self, name: &str) -> bool {
        let Some(id) = self.named(name).map(|(id, _)| id) else {
            return false;
        };
        let versions = self.deployed.range(of::<_, u32>(id));
        let versions: Vec<(DeploymentId, u32)> = versions.map(|(key, _)| *key).collect();
        self.deployed.remove_all(versions);
        self.deployments.remove(&id);
        self.share_no_longer(Noun::Deployment, &id.to_string());
        self.notify(&Notice::Deployments);
        true
    }
}

#[async_trait]
impl Deployments for MemoryStore {
    async fn deploy(&self, write: &DeploymentWrite) -> Result<Deployment> {
        plain(DOING, [&*write.name])?;
        self.change(DOING, |state, now| {
            state.deploy(write, now)?;
            state.changed(&write.name)
        })
    }

    async fn deployment(&self, name: &str) -> Result<Option<Deployment>> {
        plain("read a deployment", [name])?;
        self.look("read a deployment", |state, _| Ok(state.deployment(name)))
    }

    async fn deployments(&self, scope: &Scope, at: &Page) -> Result<PageOf<Deployment>> {
        plain("list deployments", at.before.as_deref())?;
        self.look("list deployments", |state, _| {
            let seen = state.seen(Noun::Deployment, scope);
            page(
                state.deployments.iter(),
                at,
                |id, row| seen.has(row.owner, row.course, id),
                |id, row| Ok(state.read_deployment(*id, row)),
                |deployment| deployment.id.to_string(),
            )
        })
    }

    async fn activate(&self, name: &str, version: u32) -> Result<Deployment> {
        plain("activate a version", [name])?;
        self.change("activate a version", |state, now| {
            state.activate(name, version, now)
        })
    }

    async fn undeploy(&self, name: &str) -> Result<bool> {
        plain("remove a deployment", [name])?;
        self.change("remove a deployment", |state, _| Ok(state.undeploy(name)))
    }
}
