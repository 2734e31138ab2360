//! A job that is given up tells those who wait for it, whoever handles it.

use adapters::Urls;
use async_trait::async_trait;
use domain::dataset::DatasetState;
use domain::job::JobKind;
use domain::{Failure, SystemClock, UserId};
use ports::contract::store::samples;
use service_kit::{Handler, Outcome, Role, Service, Settings, Step, Turns, Weight};
use std::sync::Arc;

/// A handler whose result is refused looks the same.
struct Refuses;

#[async_trait]
impl Handler for Refuses {
    async fn step(&self, _: &Step) -> Result<Outcome, Failure> {
        Err(Failure::invalid("test.refused", "It cannot be stored."))
    }
}

#[tokio::test]
async fn a_dataset_whose_reading_is_given_up_is_not_read_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::new());
    let urls = Urls::embedded(folder.path());
    let ports = adapters::open(&urls, clock.clone()).await.unwrap();
    let dataset = samples::dataset(UserId::new());
    let profile = samples::profile_job(dataset.owner, dataset.id, 1);
    let store = Arc::clone(&ports.store);
    store.insert_dataset(&dataset, &profile).await.unwrap();
    let service = Service {
        role: Role::DataPreparer,
        handlers: vec![(JobKind::Profile, Weight::Light, Arc::new(Refuses))],
    };
    let turns = Turns::new(ports, clock, vec![service], Settings::new("test", 1));
    assert!(turns.work(JobKind::Profile).await);
    let version = store.dataset_version(dataset.id, 1).await.unwrap().unwrap();
    assert_eq!(version.state, DatasetState::Failed);
    assert_eq!(version.error.unwrap().message.code, "test.refused");
}
