//! What is promised of uploaded files.

use super::samples::{
    all_of_it, dataset, failure, first_rows, profile, profile_job, ready, version,
};
use super::{CROWD, Desk, refused, together};
use crate::Store;
use crate::store::{DatasetOutcome, End, Scope, Write};
use domain::dataset::{DatasetChange, DatasetState, DatasetVersion, FileFormat};
use domain::job::{JobKind, JobState, Payload};
use domain::{CourseId, DatasetId, FailureKind};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every check.
pub async fn all(store: &Arc<dyn Store>) {
    is_stored_with_the_job_that_profiles_it(store).await;
    settles_as_ready(store).await;
    settles_as_failed(store).await;
    settling_wakes_the_pipelines_that_wait(store).await;
    versions_count_from_one(store).await;
    is_used_in_its_newest_version_that_could_be_read(store).await;
    can_be_described(store).await;
    is_described_by_many_at_once(store).await;
    is_deleted_only_when_nobody_needs_it(store).await;
    a_pipeline_and_a_delete_never_both_win(store).await;
}

/// A dataset and its profile job are stored together, or neither is.
pub async fn is_stored_with_the_job_that_profiles_it(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let new = dataset(desk.owner);
    let job = profile_job(desk.owner, new.id, 1);
    assert_eq!(store.dataset(new.id).await.unwrap(), None);
    store.insert_dataset(&new, &job).await.unwrap();
    assert_eq!(store.dataset(new.id).await.unwrap(), Some(new.clone()));
    assert_eq!(store.profile(new.id, 1).await.unwrap(), None, "not yet");
    assert_eq!(store.first_rows(new.id, 1).await.unwrap(), None, "nor this");
    let stored = desk.job(job.id).await;
    assert_eq!(
        (stored.state, &stored.payload),
        (JobState::Queued, &job.payload)
    );
    let another = profile_job(desk.owner, new.id, 1);
    let again = store.insert_dataset(&new, &another).await;
    refused(
        again,
        FailureKind::Conflict,
        "a second dataset with the same id",
    );
    assert_eq!(
        store.job(another.id).await.unwrap(),
        None,
        "nothing of it is stored"
    );
    let claim = desk.must_claim(JobKind::Profile).await;
    assert_eq!((claim.job.id, claim.pipeline), (job.id, None));
    desk.finish(&claim.job, Vec::new()).await;
}

/// A dataset that was read tells its format, its size and its profile.
pub async fn settles_as_ready(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (new, job) = desk.new_dataset().await;
    desk.finish(&job, vec![Write::Dataset(new.id, 1, Box::new(ready()))])
        .await;
    let read = store.dataset(new.id).await.unwrap().unwrap().current;
    let DatasetOutcome::Ready {
        format, options, ..
    } = ready()
    else {
        return;
    };
    let expected = DatasetVersion {
        state: DatasetState::Ready,
        format: Some(format),
        format_options: Some(options),
        rows: Some(3),
        columns: Some(0),
        ..new.current
    };
    assert_eq!(read, expected);
    assert_eq!(
        store.dataset_version(new.id, 1).await.unwrap(),
        Some(expected)
    );
    assert_eq!(store.profile(new.id, 1).await.unwrap(), Some(profile()));
    let first = store.first_rows(new.id, 1).await.unwrap();
    assert_eq!(first, Some(first_rows()));
}

/// A dataset that cannot be read says why.
pub async fn settles_as_failed(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (new, job) = desk.new_dataset().await;
    let failure = failure(FailureKind::InvalidInput);
    let outcome = DatasetOutcome::Failed {
        failure: failure.clone(),
        format: Some(FileFormat::Json),
    };
    let writes = vec![Write::Dataset(new.id, 1, Box::new(outcome))];
    desk.commit(&job, End::Failed(failure.clone(), None), writes)
        .await;
    let read = store.dataset(new.id).await.unwrap().unwrap().current;
    assert_eq!(
        (read.state, read.error),
        (DatasetState::Failed, Some(failure))
    );
    assert_eq!(read.format, Some(FileFormat::Json), "that much was found");
    assert_eq!(store.profile(new.id, 1).await.unwrap(), None);
}

/// Every queued pipeline on a version that settles gets a job that looks at it; others do not.
pub async fn settling_wakes_the_pipelines_that_wait(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (new, profile) = desk.new_dataset().await;
    let mut waiting = BTreeSet::new();
    for _ in 0..2 {
        waiting.insert(desk.insert_on(new.id).await);
        let early = desk.must_claim(JobKind::Advance).await;
        desk.finish(&early.job, Vec::new()).await;
    }
    let cancelled = desk.insert_on(new.id).await;
    let early = desk.must_claim(JobKind::Advance).await;
    desk.finish(&early.job, Vec::new()).await;
    desk.cancel(cancelled).await;
    assert!(desk.claim(JobKind::Advance).await.is_none(), "all wait");
    desk.finish(&profile, vec![Write::Dataset(new.id, 1, Box::new(ready()))])
        .await;
    let mut woken = BTreeSet::new();
    while let Some(claim) = desk.claim(JobKind::Advance).await {
        woken.insert(claim.job.pipeline.unwrap());
        desk.finish(&claim.job, Vec::new()).await;
    }
    assert_eq!(woken, waiting);
}

/// Every new version gets the next number and a profile job that names it, also when many come
/// at once; older versions stay.
pub async fn versions_count_from_one(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let id = desk.dataset().await;
    let numbers = together(CROWD, |_| {
        let desk = desk.clone();
        async move {
            let job = profile_job(desk.owner, id, 0);
            let added = desk
                .store
                .add_dataset_version(id, &version("next.csv"), &job)
                .await;
            let number = added.unwrap();
            let payload = desk.job(job.id).await.payload;
            let expected = Payload::Profile {
                dataset: id,
                version: number,
            };
            assert_eq!(
                payload, expected,
                "the job names the version that was stored"
            );
            number
        }
    });
    let numbers: BTreeSet<u32> = numbers.await.into_iter().collect();
    let last = u32::try_from(CROWD).unwrap() + 1;
    assert_eq!(numbers, (2..=last).collect());
    let read = store.dataset(id).await.unwrap().unwrap();
    assert_eq!(
        (read.newest.version, read.newest.state),
        (last, DatasetState::Profiling)
    );
    assert_eq!(read.current.version, 1, "what was read goes on being used");
    let first = store.dataset_version(id, 1).await.unwrap().unwrap();
    assert_eq!((first.version, first.state), (1, DatasetState::Ready));
    assert_eq!(store.dataset_version(id, last + 1).await.unwrap(), None);
    let job = profile_job(desk.owner, id, 0);
    let none = store
        .add_dataset_version(DatasetId::new(), &version("x"), &job)
        .await;
    refused(none, FailureKind::NotFound, "a version of no dataset");
    assert_eq!(
        store.job(job.id).await.unwrap(),
        None,
        "nothing of it is stored"
    );
    while let Some(claim) = desk.claim(JobKind::Profile).await {
        desk.finish(&claim.job, Vec::new()).await;
    }
}

/// A dataset is used in its newest version that could be read; a file that cannot be takes nothing
/// from it, and is told beside it.
pub async fn is_used_in_its_newest_version_that_could_be_read(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let (new, job) = desk.new_dataset().await;
    let refused = || DatasetOutcome::Failed {
        failure: failure(FailureKind::InvalidInput),
        format: None,
    };
    // None could be read yet: the newest stands for all.
    let writes = vec![Write::Dataset(new.id, 1, Box::new(refused()))];
    desk.finish(&job, writes).await;
    desk.next_version(new.id, None).await;
    assert_eq!(desk.versions_of(new.id).await, (2, 2));
    desk.settle_next(new.id, 2, ready()).await;
    assert_eq!(desk.versions_of(new.id).await, (2, 2));
    desk.next_version(new.id, None).await;
    assert_eq!(desk.versions_of(new.id).await, (2, 3), "while it is read");
    desk.settle_next(new.id, 3, refused()).await;
    let read = store.dataset(new.id).await.unwrap().unwrap();
    assert_eq!((read.current.version, read.newest.version), (2, 3));
    assert_eq!(read.newest.error, Some(failure(FailureKind::InvalidInput)));
    let listed = store
        .datasets(&Scope::Owner(desk.owner), &all_of_it())
        .await;
    assert_eq!(listed.unwrap().items, [read], "lists tell the same");
    desk.next_version(new.id, Some(ready())).await;
    assert_eq!(desk.versions_of(new.id).await, (4, 4));
    let numbers = async |before, limit| {
        let found = store.dataset_versions(new.id, before, limit).await.unwrap();
        found.iter().map(|v| v.version).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None, 3).await, [4, 3, 2]);
    assert_eq!(numbers(Some(2), 3).await, [1]);
    let third = store.dataset_version(new.id, 3).await.unwrap().unwrap();
    let found = store.dataset_versions(new.id, Some(4), 1).await.unwrap();
    assert_eq!(found, [third]);
}

impl Desk {
    /// The numbers of the version that is used and of the newest.
    async fn versions_of(&self, id: DatasetId) -> (u32, u32) {
        let read = self.store.dataset(id).await.unwrap().unwrap();
        (read.current.version, read.newest.version)
    }

    /// Adds a version; what came of reading it, if it was read.
    async fn next_version(&self, id: DatasetId, outcome: Option<DatasetOutcome>) {
        let job = profile_job(self.owner, id, 0);
        let new = version("next.csv");
        let added = self.store.add_dataset_version(id, &new, &job).await;
        let number = added.unwrap();
        if let Some(outcome) = outcome {
            self.settle_next(id, number, outcome).await;
        }
    }

    async fn settle_next(&self, id: DatasetId, number: u32, outcome: DatasetOutcome) {
        let claim = self.must_claim(JobKind::Profile).await;
        let writes = vec![Write::Dataset(id, number, Box::new(outcome))];
        self.finish(&claim.job, writes).await;
    }
}

/// What people read can be changed; nothing else changes with it.
pub async fn can_be_described(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let id = desk.dataset().await;
    let before = store.dataset(id).await.unwrap().unwrap();
    let course = Some(CourseId::new());
    let change = DatasetChange {
        name: Some("new 'name'".to_owned()),
        description: Some(String::new()),
        course: Some(course),
    };
    let done = store.describe_dataset(id, &change).await.unwrap();
    assert!(done, "there is such a dataset");
    let after = store.dataset(id).await.unwrap().unwrap();
    assert_eq!(
        (after.name.as_str(), after.description.as_str()),
        ("new 'name'", "")
    );
    assert_eq!((after.course, &after.current), (course, &before.current));
    let out = DatasetChange {
        course: Some(None),
        ..DatasetChange::default()
    };
    store.describe_dataset(id, &out).await.unwrap();
    let after = store.dataset(id).await.unwrap().unwrap();
    assert_eq!((after.name.as_str(), after.course), ("new 'name'", None));
    assert!(store.describe_dataset(id, &renamed("n")).await.unwrap());
    let nothing = store.describe_dataset(id, &DatasetChange::default()).await;
    assert!(nothing.unwrap(), "no change is one of a dataset that is");
    let none = store
        .describe_dataset(DatasetId::new(), &renamed("n"))
        .await;
    assert!(!none.unwrap(), "there is no such dataset");
}

/// Changes of different things at the same moment do not undo one another.
pub async fn is_described_by_many_at_once(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let course = CourseId::new();
    for _ in 0..8 {
        let id = desk.dataset().await;
        let changes = [
            renamed("by one"),
            DatasetChange {
                description: Some("by another".to_owned()),
                ..DatasetChange::default()
            },
            DatasetChange {
                course: Some(Some(course)),
                ..DatasetChange::default()
            },
        ];
        let all = together(changes.len(), |n| {
            let (store, change) = (Arc::clone(store), changes[n].clone());
            async move { store.describe_dataset(id, &change).await.unwrap() }
        });
        assert_eq!(all.await, [true; 3]);
        let after = store.dataset(id).await.unwrap().unwrap();
        assert_eq!(
            (after.name.as_str(), after.description.as_str()),
            ("by one", "by another")
        );
        assert_eq!(after.course, Some(course));
    }
}

fn renamed(name: &str) -> DatasetChange {
    DatasetChange {
        name: Some(name.to_owned()),
        ..DatasetChange::default()
    }
}

/// A dataset stays while a pipeline that is not finished needs it; then it is out of sight, and
/// its artifacts are named once.
pub async fn is_deleted_only_when_nobody_needs_it(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    let pipeline = desk.pipeline().await;
    let id = desk.look(pipeline).await.spec.dataset_id;
    let artifact = store.dataset(id).await.unwrap().unwrap().current.artifact;
    refused(
        store.delete_dataset(id).await,
        FailureKind::Conflict,
        "deleting what is needed",
    );
    assert!(store.dataset(id).await.unwrap().is_some());
    desk.cancel(pipeline).await;
    let deletes = together(CROWD, |_| {
        let store = Arc::clone(store);
        async move { store.delete_dataset(id).await }
    });
    let (won, lost): (Vec<_>, Vec<_>) = deletes.await.into_iter().partition(Result::is_ok);
    let named: Vec<_> = won.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        named,
        [[artifact]],
        "one delete wins and names what is left over"
    );
    for again in lost {
        refused(again, FailureKind::NotFound, "deleting what is gone");
    }
    assert_eq!(store.dataset(id).await.unwrap(), None);
    let listed = store
        .datasets(&Scope::Owner(desk.owner), &all_of_it())
        .await
        .unwrap();
    assert_eq!(listed.items, [], "it is out of sight");
    assert!(!store.describe_dataset(id, &renamed("n")).await.unwrap());
    let job = profile_job(desk.owner, id, 0);
    let version = store.add_dataset_version(id, &version("x"), &job).await;
    refused(
        version,
        FailureKind::NotFound,
        "a version of a deleted dataset",
    );
    assert!(
        store.pipeline(pipeline).await.unwrap().is_some(),
        "its runs stay"
    );
}

/// When a pipeline begins while its dataset is deleted, one of the two is refused.
pub async fn a_pipeline_and_a_delete_never_both_win(store: &Arc<dyn Store>) {
    let desk = Desk::new(store);
    for round in 0..8 {
        let id = desk.dataset().await;
        let outcomes = together(2, |n| {
            let desk = desk.clone();
            async move {
                if n == round % 2 {
                    return desk.store.delete_dataset(id).await.is_ok();
                }
                let pipeline = super::samples::pipeline(desk.owner, id);
                let advance = desk.advance(pipeline.id);
                let new = crate::store::NewPipeline { pipeline, advance };
                desk.store.insert_pipeline(&new).await.is_ok()
            }
        });
        let outcomes = outcomes.await;
        assert_ne!(
            outcomes[0], outcomes[1],
            "one of the two wins in round {round}"
        );
    }
    while let Some(claim) = desk.claim(JobKind::Advance).await {
        desk.finish(&claim.job, Vec::new()).await;
    }
}
