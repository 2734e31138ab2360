//! Uploaded files.

use super::MemoryStore;
use super::kept::Kept;
use super::list::page;
use super::refusal::{Outcome, Refusal};
use super::rows::{DatasetRow, PipelineMark, PipelineRow, VersionRow};
use super::state::{State, of};
use crate::store::datasets::settled;
use crate::store::recover::advance;
use async_trait::async_trait;
use domain::access::Noun;
use domain::dataset::{Dataset, DatasetChange, DatasetState, DatasetVersion, FirstRows};
use domain::job::{NewJob, Payload};
use domain::pipeline::PipelineState;
use domain::profile::Profile;
use domain::{DatasetId, PipelineId, Timestamp, UserId};
use ports::Result;
use ports::bus::Notice;
use ports::store::{DatasetOutcome, Datasets, Page, PageOf, Scope, plain};

impl State {
    fn insert_dataset(&mut self, new: &Dataset, profile: &NewJob, now: Timestamp) -> Outcome<()> {
        let row = DatasetRow {
            owner: new.owner,
            course: new.course,
            name: new.name.clone(),
            description: new.description.clone(),
            version: new.current.version,
            deleted: false,
            created_at: new.created_at,
        };
        self.datasets.insert(new.id, row)?;
        self.insert_version(new.id, new.current.clone())?;
        self.insert_job(profile, 0, now)
    }

    fn insert_version(&mut self, id: DatasetId, version: DatasetVersion) -> Outcome<()> {
        let key = (id, version.version);
        let row = VersionRow {
            version,
            profile: None,
            first: None,
        };
        self.versions.insert(key, row)
    }

    fn add_version(
        &mut self,
        id: DatasetId,
        version: &DatasetVersion,
        profile: &NewJob,
        now: Timestamp,
    ) -> Outcome<u32> {
        let Some(row) = self.undeleted(id) else {
            return Err(Refusal::Missing(format!("dataset {id}")));
        };
        let number = row.version + 1;
        self.datasets.change(&id, |row| row.version = number);
        let version = DatasetVersion {
            version: number,
            ..version.clone()
        };
        self.insert_version(id, version)?;
        let payload = Payload::Profile {
            dataset: id,
            version: number,
        };
        let profile = NewJob {
            payload,
            ..profile.clone()
        };
        self.insert_job(&profile, 0, now)?;
        Ok(number)
    }

    /// The dataset, unless it is out of sight.
    pub(super) fn undeleted(&self, id: DatasetId) -> Option<&DatasetRow> {
        self.datasets.get(&id).filter(|row| !row.deleted)
    }

    fn read_dataset(&self, id: DatasetId, row: &DatasetRow) -> Outcome<Dataset> {
        let newest = self.versions.get(&(id, row.version));
        let newest = &newest.ok_or(Refusal::NoRow)?.version;
        let mut versions = self.versions.range(of::<_, u32>(id)).rev();
        let used = versions.find(|(_, row)| row.version.state == DatasetState::Ready);
        Ok(Dataset {
            id,
            owner: row.owner,
            course: row.course,
            name: row.name.clone(),
            description: row.description.clone(),
            current: used.map_or(newest, |(_, row)| &row.version).clone(),
            newest: newest.clone(),
            created_at: row.created_at,
        })
    }

    fn dataset(&self, id: DatasetId) -> Outcome<Option<Dataset>> {
        let row = self.undeleted(id);
        row.map(|row| self.read_dataset(id, row)).transpose()
    }

    fn datasets(&self, scope: &Scope, at: &Page) -> Outcome<PageOf<Dataset>> {
        let seen = self.seen(Noun::Dataset, scope);
        page(
            self.datasets.iter(),
            at,
            |id, row| !row.deleted && seen.has(row.owner, row.course, id),
            |id, row| self.read_dataset(*id, row),
            |dataset| dataset.id.to_string(),
        )
    }

    fn profile(&self, id: DatasetId, version: u32) -> Outcome<Option<Profile>> {
        let row = self.versions.get(&(id, version));
        let profile = row.and_then(|row| row.profile.as_ref());
        profile.map(|profile| profile.read().cloned()).transpose()
    }

    fn delete_dataset(&mut self, id: DatasetId) -> Outcome<Vec<String>> {
        if self.undeleted(id).is_none() {
            return Err(Refusal::Missing(format!("dataset {id}")));
        }
        let on = PipelineMark::On(id);
        if self.pipelines.find(on).any(|(_, row)| row.is_open()) {
            let what = "a pipeline that is not finished needs it";
            return Err(Refusal::Conflict(what.to_owned()));
        }
        self.datasets.change(&id, |row| row.deleted = true);
        self.share_no_longer(Noun::Dataset, &id.to_string());
        let versions = self.versions.range(of::<_, u32>(id));
        Ok(versions
            .map(|(_, row)| row.version.artifact.clone())
            .collect())
    }

    /// Stores what came of reading a dataset, and lets the orchestrator look at the pipelines that
    /// wait for it.
    pub(super) fn settle(
        &mut self,
        id: DatasetId,
        number: u32,
        outcome: &DatasetOutcome,
        now: Timestamp,
    ) -> Outcome<()> {
        let key = (id, number);
        let row = self.versions.get(&key).ok_or(Refusal::NoRow)?;
        let (version, found) = settled(row.version.clone(), outcome);
        let row = VersionRow {
            version,
            profile: found.map(|(profile, _)| Kept::new(profile)).transpose()?,
            first: found.map(|(_, first)| first.clone()),
        };
        self.versions.put(key, row);
        self.notify(&Notice::Dataset(id));
        let waits =
            |row: &PipelineRow| row.dataset_version == number && row.state == PipelineState::Queued;
        let on = self.pipelines.find(PipelineMark::On(id));
        let waiting: Vec<(PipelineId, UserId)> = on
            .filter(|(_, row)| waits(row))
            .map(|(pipeline, row)| (*pipeline, row.owner))
            .collect();
        for (pipeline, owner) in waiting {
            self.insert_job(&advance(pipeline, owner), 0, now)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Datasets for MemoryStore {
    async fn insert_dataset(&self, dataset: &Dataset, profile: &NewJob) -> Result<()> {
        plain("store a dataset", [&*dataset.name, &*dataset.description])?;
        self.change("store a dataset", |state, now| {
            state.insert_dataset(dataset, profile, now)
        })
    }

    async fn add_dataset_version(
        &self,
        dataset: DatasetId,
        version: &DatasetVersion,
        profile: &NewJob,
    ) -> Result<u32> {
        self.change("store a version of a dataset", |state, now| {
            state.add_version(dataset, version, profile, now)
        })
    }

    async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset>> {
        self.look("read a dataset", |state, _| state.dataset(id))
    }

    async fn dataset_version(&self, id: DatasetId, version: u32) -> Result<Option<DatasetVersion>> {
        self.look("read a version of a dataset", |state, _| {
            let row = state.versions.get(&(id, version));
            Ok(row.map(|row| row.version.clone()))
        })
    }

    async fn dataset_versions(
        &self,
        id: DatasetId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<DatasetVersion>> {
        self.look("list the versions of a dataset", |state, _| {
            let versions = state.versions.range(of::<_, u32>(id)).rev();
            let versions = versions.map(|(_, row)| row.version.clone());
            let below = versions.filter(|v| before.is_none_or(|before| v.version < before));
            Ok(below.take(limit as usize).collect())
        })
    }

    async fn datasets(&self, scope: &Scope, page: &Page) -> Result<PageOf<Dataset>> {
        plain("list datasets", page.before.as_deref())?;
        self.look("list datasets", |state, _| state.datasets(scope, page))
    }

    async fn profile(&self, id: DatasetId, version: u32) -> Result<Option<Profile>> {
        self.look("read a profile", |state, _| state.profile(id, version))
    }

    async fn first_rows(&self, id: DatasetId, version: u32) -> Result<Option<FirstRows>> {
        self.look("read the first rows of a dataset", |state, _| {
            let row = state.versions.get(&(id, version));
            Ok(row.and_then(|row| row.first.clone()))
        })
    }

    async fn describe_dataset(&self, id: DatasetId, change: &DatasetChange) -> Result<bool> {
        let texts = [&change.name, &change.description];
        plain(
            "describe a dataset",
            texts.into_iter().filter_map(|text| text.as_deref()),
        )?;
        self.change("describe a dataset", |state, _| {
            let describe = |row: &mut DatasetRow| {
                if let Some(name) = &change.name {
                    row.name.clone_from(name);
                }
                if let Some(description) = &change.description {
                    row.description.clone_from(description);
                }
                if let Some(course) = change.course {
                    row.course = course;
                }
            };
            Ok(state.datasets.change_if(&id, |row| !row.deleted, describe))
        })
    }

    async fn delete_dataset(&self, id: DatasetId) -> Result<Vec<String>> {
        self.change("delete a dataset", |state, _| state.delete_dataset(id))
    }
}
