//! How fast a store is: `cargo run --release -p adapters --example store_speed -- [URL]`, with the
//! URL of any store that holds nothing of value; without one, SQLite in a temporary folder.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement stops at the first surprise"
)]

use domain::SystemClock;
use domain::job::JobKind;
use ports::contract::store::Desk;
use ports::store::{Page, PipelineFilter, Scope};
use std::sync::Arc;
use std::time::Instant;

/// Claims and commits jobs until none is left; how many a second.
async fn drain(desk: &Desk, jobs: usize, workers: usize) -> f64 {
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

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut urls = adapters::Urls::embedded(folder.path());
    if let Some(url) = std::env::args().nth(1) {
        urls.store = url;
    }
    let ports = adapters::open(&urls, Arc::new(SystemClock::new())).await;
    let store = ports.unwrap().store;
    let desk = Desk::new(&store);
    for (jobs, workers) in [(2_000, 1), (2_000, 8), (10_000, 8)] {
        let speed = drain(&desk, jobs, workers).await;
        println!("{jobs} queued, {workers} workers: {speed:.0} claims and commits a second");
    }
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert!(desk.claim(JobKind::Batch).await.is_none());
    }
    let look = begun.elapsed() / 1_000;
    println!("{look:?} for a look that finds nothing");
    let dataset = desk.dataset().await;
    let begun = Instant::now();
    for _ in 0..1_000 {
        desk.insert_on(dataset).await;
    }
    println!("{:?} to store a pipeline", begun.elapsed() / 1_000);
    let filter = PipelineFilter::all(Scope::Owner(desk.owner));
    let begun = Instant::now();
    for _ in 0..100 {
        store.pipelines(&filter, &Page::first(20)).await.unwrap();
    }
    let page = begun.elapsed() / 100;
    println!("{page:?} for a page of 20 pipelines of 1000");
}
