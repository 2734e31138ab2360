//! Callers that go away half-way, many processes, much to write while others read.

use super::{SqlStore, desk, open};
use domain::SystemClock;
use domain::event::{EventKind, NewEvent};
use domain::pipeline::StageName;
use futures_util::future::join_all;
use ports::contract::store::samples;
use ports::store::{Audit, NewPipeline, Outbox, Page, PipelineFilter, Pipelines, Progress, Scope};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_processes_may_start_at_once_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/site.db");
    for _ in 0..2 {
        let opened = (0..8).map(|_| {
            let path = path.clone();
            tokio::spawn(
                async move { SqlStore::open_file(&path, Arc::new(SystemClock::new())).await },
            )
        });
        for store in join_all(opened).await {
            let store = store
                .unwrap()
                .unwrap_or_else(|error| panic!("{}", error.chain()));
            let entry = samples::audit_entry("site");
            store.note(&entry).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_that_goes_away_leaves_all_or_nothing() {
    let (_folder, store) = open().await;
    let desk = desk(&store);
    let dataset = desk.dataset().await;
    let model = desk.pipeline().await;
    let model = desk.look(model).await;
    let mut asked = Vec::new();
    for round in 0..400_u64 {
        let mut pipeline = model.clone();
        pipeline.id = domain::PipelineId::new();
        pipeline.spec.dataset_id = dataset;
        let advance = desk.advance(pipeline.id);
        let new = NewPipeline { pipeline, advance };
        let patience = Duration::from_micros(round * 5);
        drop(tokio::time::timeout(patience, store.insert_pipeline(&new)).await);
        asked.push(new);
    }
    let mut stored = 0;
    for new in &asked {
        let job = ports::store::Jobs::job(&*store, new.advance.id)
            .await
            .unwrap();
        let found = store.pipeline(new.pipeline.id).await.unwrap();
        assert_eq!(found.is_some(), job.is_some(), "both or neither");
        assert!(found.is_none_or(|pipeline| pipeline.stages.len() == 6));
        stored += u64::from(job.is_some());
    }
    assert!(
        stored > 0 && stored < 400,
        "some were cut off, some were not: {stored}"
    );
    let filter = PipelineFilter::all(Scope::Owner(desk.owner));
    let listed = store.pipelines(&filter, &Page::first(1_000)).await.unwrap();
    assert_eq!(listed.items.len() as u64, stored + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_and_the_writer_never_wait_for_each_other_and_the_log_stays_small() {
    let (folder, store) = open().await;
    let desk = desk(&store);
    let (id, job) = desk.running(StageName::Train).await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..6)
        .map(|_| {
            let (store, done) = (store.clone(), done.clone());
            tokio::spawn(async move {
                let mut reads = 0_u32;
                while !done.load(Ordering::SeqCst) {
                    store.events(id, 0, 20).await.unwrap();
                    store.unsent(20).await.unwrap();
                    reads += 1;
                }
                reads
            })
        })
        .collect();
    // About 30 MB, a megabyte at a time.
    let text = "x".repeat(50_000);
    let event = NewEvent::new(EventKind::Log, None, json!({"text": text}));
    for _ in 0..30 {
        let progress = Progress {
            job: job.id,
            attempt: job.attempt,
            pipeline: id,
            stage: None,
            trial: None,
            events: vec![event.clone(); 20],
        };
        assert!(
            ports::store::Jobs::report(&*store, &progress)
                .await
                .unwrap()
        );
    }
    done.store(true, Ordering::SeqCst);
    for reads in join_all(readers).await {
        assert!(reads.unwrap() > 0, "everybody could read");
    }
    let log = folder.path().join("site data %20.db-wal");
    let log = std::fs::metadata(log).unwrap().len();
    assert!(log < 24_000_000, "the log has grown to {log} bytes");
}

#[tokio::test]
async fn a_reading_connection_cannot_write() {
    let (_folder, store) = open().await;
    let write = sqlx::query("DELETE FROM outbox")
        .execute(store.db.readers())
        .await;
    assert!(write.unwrap_err().to_string().contains("readonly"));
}
