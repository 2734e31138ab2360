//! What defines a port: one plain async function per guarantee.
//!
//! Each takes the port as a trait object and panics with words when the guarantee does not hold.
//! An adapter's tests call [`artifacts::all`], [`bus::all`], [`cache::all`] and [`store::all`].
//! The checks use keys, ids and owners of their own, so the backend need not be empty; but nobody
//! else may work with it meanwhile: a queue is shared by all who claim from it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a contract check is a test"
)]

pub mod artifacts;
pub mod bus;
pub mod cache;
pub mod store;

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Barrier;

/// How many callers try at once where one must win.
const CROWD: usize = 16;

/// Runs `count` tasks that begin at the same moment; what each answered.
async fn together<T, F>(count: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let running: Vec<_> = (0..count)
        .map(|number| {
            let (start, task) = (Arc::clone(&start), task(number));
            tokio::spawn(async move {
                start.wait().await;
                task.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(count);
    for task in running {
        answers.push(task.await.expect("a caller panicked"));
    }
    answers
}

/// Checks that `result` is a refusal of this kind.
#[track_caller]
fn refused<T: Debug>(result: crate::Result<T>, kind: domain::FailureKind, what: &str) {
    match result {
        Ok(value) => panic!("{what} must be refused as {kind:?}, but it gave {value:?}"),
        Err(error) => assert_eq!(error.kind(), kind, "{what}: {}", error.chain()),
    }
}
