//! What defines a bus.

use crate::bus::{Bus, Notice, Watch, Watched, WorkQueue};
use domain::job::JobKind;
use domain::{DatasetId, JobId, PipelineId};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for what must come, a new try after a lost consumer included.
const SOON: Duration = Duration::from_secs(40);
/// How long to watch that nothing comes.
const QUIET: Duration = Duration::from_millis(100);

/// Every check.
pub async fn all(bus: &dyn Bus) {
    a_message_goes_to_one_consumer(bus).await;
    what_is_not_acknowledged_comes_again(bus).await;
    a_wait_that_is_given_up_loses_nothing(bus).await;
    kinds_of_work_do_not_mix(bus).await;
    everybody_watching_gets_a_notice(bus).await;
    work_is_no_notice(bus).await;
    bus.ping().await.expect("a bus that works answers");
}

async fn publish(bus: &dyn Bus, notice: &Notice) {
    bus.publish(&JobId::new().to_string(), notice)
        .await
        .unwrap();
}

/// The queue of a kind, without what others left in it.
async fn empty_queue(bus: &dyn Bus, kind: JobKind) -> Box<dyn WorkQueue> {
    let mut queue = bus.work(kind).await.unwrap();
    while let Ok(left) = timeout(QUIET, queue.next()).await {
        left.unwrap().ack().await.unwrap();
    }
    queue
}

/// Takes and acknowledges messages until none comes for a moment; how many came.
async fn take_all(queue: &mut dyn WorkQueue, first: Duration) -> usize {
    let (mut taken, mut patience) = (0, first);
    while let Ok(delivery) = timeout(patience, queue.next()).await {
        delivery.unwrap().ack().await.unwrap();
        (taken, patience) = (taken + 1, QUIET);
    }
    taken
}

/// Among several consumers of a kind, each message reaches exactly one.
pub async fn a_message_goes_to_one_consumer(bus: &dyn Bus) {
    const MESSAGES: usize = 40;
    let mut queues = vec![empty_queue(bus, JobKind::Trial).await];
    for _ in 0..3 {
        queues.push(bus.work(JobKind::Trial).await.unwrap());
    }
    for _ in 0..MESSAGES {
        publish(bus, &Notice::Work(JobKind::Trial)).await;
    }
    let taken = AtomicUsize::new(0);
    let consume = queues.iter_mut().map(|queue| async {
        // Each looks on until all are taken and then none came for a moment.
        loop {
            match timeout(QUIET, queue.next()).await {
                Ok(delivery) => {
                    delivery.unwrap().ack().await.unwrap();
                    taken.fetch_add(1, Ordering::SeqCst);
                }
                Err(_) if taken.load(Ordering::SeqCst) >= MESSAGES => break,
                Err(_) => {}
            }
        }
    });
    let all = timeout(SOON, join_all(consume)).await;
    let taken = taken.load(Ordering::SeqCst);
    all.unwrap_or_else(|_| panic!("only {taken} of {MESSAGES} messages came"));
    assert_eq!(taken, MESSAGES, "each message comes once");
}

/// A message whose consumer goes away is given to another; an acknowledged one is not.
pub async fn what_is_not_acknowledged_comes_again(bus: &dyn Bus) {
    let mut queue = empty_queue(bus, JobKind::Fold).await;
    publish(bus, &Notice::Work(JobKind::Fold)).await;
    let taken = timeout(SOON, queue.next())
        .await
        .expect("it was published")
        .unwrap();
    taken.in_progress().await.unwrap();
    drop(taken);
    drop(queue);
    let mut other = bus.work(JobKind::Fold).await.unwrap();
    let again = timeout(SOON, other.next())
        .await
        .expect("it was dropped without ack")
        .unwrap();
    let third = timeout(QUIET, other.next()).await;
    assert!(third.is_err(), "nobody else is woken while it is worked on");
    again.in_progress().await.unwrap();
    again.ack().await.unwrap();
    let fourth = timeout(QUIET, other.next()).await;
    assert!(fourth.is_err(), "what was acknowledged does not come again");
}

/// Waiting is cancel-safe: a consumer that stopped waiting takes no message with it.
pub async fn a_wait_that_is_given_up_loses_nothing(bus: &dyn Bus) {
    let mut queue = empty_queue(bus, JobKind::Batch).await;
    for _ in 0..5 {
        let early = timeout(Duration::from_millis(2), queue.next()).await;
        assert!(early.is_err(), "nothing was published");
    }
    let mut gone = bus.work(JobKind::Batch).await.unwrap();
    assert!(
        timeout(Duration::from_millis(2), gone.next())
            .await
            .is_err()
    );
    drop(gone);
    publish(bus, &Notice::Work(JobKind::Batch)).await;
    assert_eq!(
        take_all(queue.as_mut(), SOON).await,
        1,
        "it was published once"
    );
}

/// A message of one kind never reaches the queue of another.
pub async fn kinds_of_work_do_not_mix(bus: &dyn Bus) {
    let mut train = empty_queue(bus, JobKind::Train).await;
    let mut select = empty_queue(bus, JobKind::Select).await;
    publish(bus, &Notice::Work(JobKind::Select)).await;
    assert!(
        timeout(QUIET, train.next()).await.is_err(),
        "it is not for train"
    );
    assert_eq!(take_all(select.as_mut(), SOON).await, 1, "it is for select");
}

/// The next notice that `mine` accepts; others' notices are passed over.
async fn told(watch: &mut dyn Watch, mine: &[Notice]) -> Notice {
    let wait = async {
        loop {
            match watch.next().await.unwrap() {
                Watched::Notice(notice) if mine.contains(&notice) => return notice,
                Watched::Notice(_) => {}
                Watched::Lagged => panic!("a handful of notices is no reason to lag"),
            }
        }
    };
    timeout(SOON, wait).await.expect("it was published")
}

/// Everybody who watches gets what is published from then on, and nothing from before.
pub async fn everybody_watching_gets_a_notice(bus: &dyn Bus) {
    let before = Notice::Pipeline(PipelineId::new());
    publish(bus, &before).await;
    let mut watchers = [bus.watch().await.unwrap(), bus.watch().await.unwrap()];
    let sent = [
        Notice::Pipeline(PipelineId::new()),
        Notice::Dataset(DatasetId::new()),
        Notice::Deployments,
    ];
    for notice in &sent {
        publish(bus, notice).await;
    }
    let mut known = sent.to_vec();
    known.push(before);
    for watch in &mut watchers {
        let mut got = Vec::new();
        for _ in &sent {
            got.push(told(watch.as_mut(), &known).await);
        }
        for notice in &sent {
            assert!(got.contains(notice), "{notice:?} is missing in {got:?}");
        }
    }
}

/// Work is for its queue alone, and notices never count as work.
pub async fn work_is_no_notice(bus: &dyn Bus) {
    let mut queue = empty_queue(bus, JobKind::Evaluate).await;
    let mut watch = bus.watch().await.unwrap();
    let (work, end) = (
        Notice::Work(JobKind::Evaluate),
        Notice::Pipeline(PipelineId::new()),
    );
    publish(bus, &work).await;
    publish(bus, &end).await;
    let first = told(watch.as_mut(), &[work, end.clone()]).await;
    assert_eq!(first, end, "watchers are not told of work");
    assert_eq!(
        take_all(queue.as_mut(), SOON).await,
        1,
        "only the work is in the queue"
    );
}
