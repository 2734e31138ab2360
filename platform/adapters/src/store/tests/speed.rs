//! How fast it is. `cargo nextest run --release -p adapters --run-ignored only --no-capture`

use super::{desk, open};
use domain::job::JobKind;
use ports::store::{Page, PipelineFilter, Pipelines, Scope};
use std::time::Instant;

/// Claims and commits jobs until none is left; how many a second.
async fn drain(desk: &ports::contract::store::Desk, jobs: usize, workers: usize) -> f64 {
    desk.store_many(JobKind::Batch, desk.owner, jobs).await;
    let begun = Instant::now();
    let work = (0..workers).map(|_| {
        let desk = desk.clone();
        tokio::spawn(async move {
            while let Some(claim) = desk.claim(JobKind::Batch).await {
                desk.finish(&claim.job, Vec::new()).await;
            }
        })
    });
    for worker in futures_util::future::join_all(work).await {
        worker.unwrap();
    }
    jobs as f64 / begun.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures"]
async fn claims_and_commits() {
    let (_folder, store) = open().await;
    let desk = desk(&store);
    for (jobs, workers) in [(2_000, 1), (2_000, 8), (10_000, 8)] {
        let speed = drain(&desk, jobs, workers).await;
        println!("{jobs} queued, {workers} workers: {speed:.0} claims and commits a second");
    }
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert!(desk.claim(JobKind::Batch).await.is_none());
    }
    println!(
        "{:?} for a look that finds nothing",
        begun.elapsed() / 1_000
    );
    let dataset = desk.dataset().await;
    let begun = Instant::now();
    for _ in 0..1_000 {
        desk.insert_on(dataset).await;
    }
    println!("{:?} to store a pipeline", begun.elapsed() / 1_000);
    let (begun, filter) = (
        Instant::now(),
        PipelineFilter::all(Scope::Owner(desk.owner)),
    );
    for _ in 0..100 {
        store.pipelines(&filter, &Page::first(20)).await.unwrap();
    }
    println!(
        "{:?} for a page of 20 pipelines of 1000",
        begun.elapsed() / 100
    );
}
