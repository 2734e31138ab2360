//! The contract, and that what is refused leaves no trace.

use super::MemoryStore;
use super::kept::Kept;
use super::refusal::{Outcome, Refusal};
use super::rows::VersionRow;
use super::table::{Journal, Row, Table};
use crate::store::tests::faults::Fault;
use domain::dataset::DatasetState;
use domain::job::{JobKind, JobState};
use domain::pipeline::StageName;
use domain::{ManualClock, SystemClock, Timestamp};
use ports::Store;
use ports::contract::store::Desk;
use ports::store::{Commit, End, Jobs, Write};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn keeps_the_contract() {
    let store = MemoryStore::new(Arc::new(SystemClock::new()));
    ports::contract::store::all(Arc::new(store)).await;
}

#[tokio::test]
async fn keeps_the_contract_on_one_thread() {
    let store = MemoryStore::new(Arc::new(SystemClock::new()));
    ports::contract::store::all(Arc::new(store)).await;
}

/// A store whose time stands still, and a desk at it.
fn stand_still() -> (Arc<MemoryStore>, Desk) {
    let clock = ManualClock::at(Timestamp(1_000_000_000));
    let store = Arc::new(MemoryStore::new(Arc::new(clock)));
    let desk = Desk::new(&(store.clone() as Arc<dyn Store>));
    (store, desk)
}

impl MemoryStore {
    /// Plays a fault as the store on SQL does.
    pub(in crate::store) fn play(&self, fault: Fault) {
        let mut state = self.lock();
        let jobs: Vec<_> = state
            .jobs
            .iter()
            .map(|(id, job)| (*id, job.clone()))
            .collect();
        match fault {
            Fault::ForgottenParent => {
                for (id, _) in jobs.iter().filter(|(_, job)| job.kind == JobKind::Fold) {
                    state.jobs.change(id, |job| job.state = JobState::Succeeded);
                }
            }
            Fault::ForgottenPipeline => {
                let versions: Vec<_> = state.versions.iter().map(|(key, _)| *key).collect();
                for key in versions {
                    let settle = |row: &mut VersionRow| row.version.state = DatasetState::Ready;
                    state.versions.change(&key, settle);
                }
            }
            Fault::NewerTrial => {
                let mut trials = jobs
                    .iter()
                    .filter(|(_, job)| (job.state, job.kind) == (JobState::Queued, JobKind::Trial));
                let (id, _) = trials.next().unwrap();
                state.jobs.change(id, |job| {
                    job.payload = Kept::unreadable("`of a newer program` is not known");
                });
            }
            Fault::NewerJob => {
                let mut running = jobs
                    .iter()
                    .filter(|(_, job)| job.state == JobState::Running);
                let (id, _) = running.next().unwrap();
                state.jobs.change(id, |job| {
                    (job.alone, job.crashes) = (true, 4);
                    job.payload = Kept::unreadable("`of a newer program` is not known");
                });
            }
        }
        let kept: Outcome<()> = state.transaction(|_| Ok(()));
        kept.unwrap();
    }

    /// All that is stored, indexes included.
    fn all(&self) -> String {
        let state = self.lock();
        format!("{state:?}")
    }
}

/// Whatever came before the write that is refused, of the pipeline's end or of anything else, is
/// taken back to the last row.
#[tokio::test]
async fn what_is_refused_leaves_no_trace() {
    let (store, desk) = stand_still();
    let (id, job) = desk.running(StageName::Train).await;
    let child = desk.job_of(id, JobKind::Fold);
    let ends = [
        End::Succeeded(None),
        End::Released,
        End::Waiting {
            children: vec![child.clone(), child],
            wake_at: 0,
            memo: serde_json::json!(1),
        },
    ];
    let twice = Write::Job(desk.job_of(id, JobKind::Batch));
    let over = Write::Pipeline(id, domain::pipeline::PipelineState::Succeeded, None);
    for end in ends {
        let before = store.all();
        let commit = Commit {
            job: job.id,
            attempt: job.attempt,
            end,
            writes: vec![over.clone(), twice.clone(), twice.clone()],
        };
        let refusal = store.commit(&commit).await.unwrap_err();
        assert_eq!(refusal.kind(), domain::FailureKind::Conflict);
        assert!(store.all() == before, "something was left behind");
    }
}

#[tokio::test]
async fn a_panic_half_way_leaves_no_trace() {
    let (store, desk) = stand_still();
    let (id, _) = desk.running(StageName::Train).await;
    let before = store.all();
    let other = store.clone();
    let panicked = std::thread::spawn(move || {
        let _ = other.change("panic", |state, now| -> Outcome<()> {
            state.move_pipeline(id, domain::pipeline::PipelineState::Failed, None, None, now)?;
            panic!("on purpose")
        });
    });
    assert!(panicked.join().is_err());
    assert!(store.all() == before, "something was left behind");
    assert!(!store.state.is_poisoned());
}

impl Row for u8 {
    /// Whether it is odd.
    type Mark = bool;

    fn marks(&self) -> Vec<bool> {
        vec![self % 2 == 1]
    }
}

fn odd(table: &Table<char, u8>) -> String {
    table.find(true).map(|(key, _)| *key).collect()
}

#[test]
fn rows_are_found_by_what_they_are() {
    let mut table = Table::default();
    for (key, row) in [('c', 3), ('a', 1), ('b', 2)] {
        table.insert(key, row).unwrap();
    }
    assert!(matches!(table.insert('a', 9), Err(Refusal::Taken)));
    assert_eq!((odd(&table).as_str(), table.count(true)), ("ac", 2));
    assert_eq!(table.change(&'a', |row| std::mem::replace(row, 4)), Some(1));
    assert!(table.change_if(&'b', |row| *row == 2, |row| *row = 5));
    assert!(!table.change_if(&'b', |row| *row == 2, |row| *row = 6));
    assert_eq!((odd(&table).as_str(), table.count(false)), ("bc", 1));
    assert!(table.remove(&'c') && !table.remove(&'c'));
    assert_eq!((odd(&table).as_str(), table.len()), ("b", 2));
}

#[test]
fn rows_are_put_back_as_they_were() {
    let mut table = Table::default();
    for (key, row) in [('a', 1), ('b', 2)] {
        table.put(key, row);
    }
    table.keep();
    let before = format!("{table:?}");
    table.put('a', 2);
    table.put('a', 3);
    table.remove(&'a');
    table.put('c', 5);
    table.change(&'b', |row| *row = 7);
    assert_eq!(odd(&table), "bc");
    table.undo();
    assert_eq!(format!("{table:?}"), before);
    table.undo();
    assert_eq!(format!("{table:?}"), before, "there is nothing more");
}
