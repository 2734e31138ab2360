//! The streams, made where they are missing.

use super::away;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use domain::job::JobKind;
use ports::Result;
use std::time::Duration;

/// The stream of work.
pub(super) const JOBS: &str = "ML_JOBS";
/// Subjects that watchers hear.
pub(super) const WATCHED: [&str; 3] = ["ml.evt.*", "ml.dataset.*", "ml.deployments"];

const DAY: Duration = Duration::from_secs(24 * 3600);
/// The same message twice within this time is one message.
const TWICE_WITHIN: Duration = Duration::from_secs(120);
/// A message that nobody speaks of for this long is given to another.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Messages of work that wait at most; more say nothing new, as the store knows all work.
const MOST_WORK: i64 = 1_000_000;

fn configs() -> [Config; 3] {
    let subjects = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let base = Config {
        storage: StorageType::File,
        duplicate_window: TWICE_WITHIN,
        ..Config::default()
    };
    [
        Config {
            name: JOBS.to_owned(),
            subjects: subjects(&["ml.job.*"]),
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_messages: MOST_WORK,
            ..base.clone()
        },
        Config {
            name: "ML_EVENTS".to_owned(),
            subjects: subjects(&WATCHED),
            max_age: 7 * DAY,
            ..base.clone()
        },
        Config {
            name: "ML_DLQ".to_owned(),
            subjects: subjects(&["ml.dlq.*"]),
            max_age: 30 * DAY,
            ..base
        },
    ]
}

/// Makes the streams and the consumers that are missing: whoever scales workers by the length of a
/// queue needs its consumer before the first worker comes.
pub(super) async fn ensure(context: &Context) -> Result<()> {
    let doing = "make the streams of the bus";
    for config in configs() {
        let made = context.get_or_create_stream(config).await;
        made.map_err(away(doing))?;
    }
    let jobs = context.get_stream(JOBS).await.map_err(away(doing))?;
    for kind in JobKind::ALL {
        consumer(&jobs, *kind).await?;
    }
    Ok(())
}

/// The consumer of a kind, which all its workers share; made if it is missing.
pub(super) async fn consumer(jobs: &Stream, kind: JobKind) -> Result<Consumer<pull::Config>> {
    let name = format!("ml_job_{kind}");
    let config = pull::Config {
        durable_name: Some(name.clone()),
        filter_subject: format!("ml.job.{kind}"),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        // Failures are counted in the store.
        max_deliver: -1,
        ..pull::Config::default()
    };
    let consumer = jobs.get_or_create_consumer(&name, config).await;
    consumer.map_err(away("make the consumers of the bus"))
}
