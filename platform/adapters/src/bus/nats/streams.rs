//! The streams, made where they are missing.

use super::away;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::context::CreateStreamErrorKind;
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
const MIB: i64 = 1 << 20;
/// What the streams hold at most, so that they never fill what the server has for all: a million
/// messages of work, and together less than half of a small server's gigabyte, as it sets bounds
/// aside.
const WORK_BYTES: i64 = 256 * MIB;
const EVENT_BYTES: i64 = 128 * MIB;
const DEAD_BYTES: i64 = 64 * MIB;
/// Notices kept of one pipeline: each only says that there is something to look at.
const LAST_EVENTS: i64 = 8;

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
            // Like the number: whoever cannot be woken finds the work in the store.
            max_bytes: WORK_BYTES,
            ..base.clone()
        },
        Config {
            name: "ML_EVENTS".to_owned(),
            subjects: subjects(&WATCHED),
            max_age: 7 * DAY,
            discard: DiscardPolicy::Old,
            max_messages_per_subject: LAST_EVENTS,
            max_bytes: EVENT_BYTES,
            ..base.clone()
        },
        Config {
            name: "ML_DLQ".to_owned(),
            subjects: subjects(&["ml.dlq.*"]),
            max_age: 30 * DAY,
            discard: DiscardPolicy::Old,
            max_bytes: DEAD_BYTES,
            ..base
        },
    ]
}

/// Whether a stream that is there is bounded, by us or more tightly by whoever looks after the server.
fn is_bounded(found: &Config, ours: &Config) -> bool {
    let within = |found: i64, ours: i64| ours <= 0 || (1..=ours).contains(&found);
    within(found.max_bytes, ours.max_bytes)
        && within(found.max_messages, ours.max_messages)
        && within(
            found.max_messages_per_subject,
            ours.max_messages_per_subject,
        )
}

/// The stream that is there, within our bounds; all else of it stays.
fn bounded(found: &Config, ours: &Config) -> Config {
    let tighter = |found: i64, ours: i64| match (found, ours) {
        (found, ours) if ours <= 0 => found,
        (found, ours) if found <= 0 => ours,
        (found, ours) => found.min(ours),
    };
    Config {
        max_bytes: tighter(found.max_bytes, ours.max_bytes),
        max_messages: tighter(found.max_messages, ours.max_messages),
        max_messages_per_subject: tighter(
            found.max_messages_per_subject,
            ours.max_messages_per_subject,
        ),
        ..found.clone()
    }
}

/// Makes the streams and the consumers that are missing, and bounds what is there: whoever scales workers by the length of a
/// queue needs its consumer before the first worker comes.
pub(super) async fn ensure(context: &Context) -> Result<()> {
    let doing = "make the streams of the bus";
    for config in configs() {
        let name = config.name.clone();
        let mut stream = match context.get_or_create_stream(config.clone()).await {
            // A server with less place than our bounds would reserve gives what it has.
            Err(error) if matches!(error.kind(), CreateStreamErrorKind::JetStream(_)) => {
                let unbounded = Config {
                    max_bytes: -1,
                    ..config.clone()
                };
                context.get_or_create_stream(unbounded).await
            }
            made => made,
        }
        .map_err(away(doing))?;
        let found = stream.info().await.map_err(away(doing))?;
        if is_bounded(&found.config, &config) {
            continue;
        }
        // One of an older program, which had no bounds. It works as it is, if the server has no
        // place for what the bounds would reserve.
        if let Err(error) = context.update_stream(bounded(&found.config, &config)).await {
            tracing::warn!(%error, name, "a stream of the bus could not be given its bounds");
        }
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
