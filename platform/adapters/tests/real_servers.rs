//! The contracts on real servers, and what happens when those go away and come back.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use adapters::artifacts::Bucket;
use adapters::bus::NatsBus;
use adapters::cache::RedisCache;
use adapters::store::SqlStore;
use domain::SystemClock;
use domain::job::JobKind;
use futures_util::future::join_all;
use ports::artifacts::{Artifacts, get_bytes, put_bytes};
use ports::bus::{Bus, Notice, Watched};
use ports::contract::store::samples::audit_entry;
use ports::{Cache, Store, contract};
use std::sync::Arc;
use std::time::Duration;
use system_tests::Servers;
use tokio::time::{sleep, timeout};

/// Longest wait for a server that comes back.
const SOON: Duration = Duration::from_secs(30);

/// Tries until it works.
async fn in_time<T, E>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let tried = async {
        loop {
            match attempt().await {
                Ok(done) => return done,
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    };
    timeout(SOON, tried).await.expect("the server is back")
}

async fn postgres(servers: &Servers) -> Arc<dyn Store> {
    let clock = Arc::new(SystemClock::new());
    let store = SqlStore::open_server(servers.url("store"), clock).await;
    Arc::new(store.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_the_contract() {
    let servers = Servers::of("postgres").unwrap();
    contract::store::all(postgres(&servers).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_processes_may_start_on_one_database() {
    let servers = Servers::of("postgres").unwrap();
    let stores = join_all((0..8).map(|_| postgres(&servers))).await;
    for store in stores {
        store.ping().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_restarts_is_waited_out() {
    let servers = Servers::of("postgres").unwrap();
    let store = postgres(&servers).await;
    store.count_users().await.unwrap();
    servers.act("stop", "postgres").unwrap();
    let back = async {
        sleep(Duration::from_millis(500)).await;
        servers.act("start", "postgres").unwrap();
    };
    tokio::join!(back, in_time(async || store.count_users().await));
    in_time(async || store.note(&audit_entry("after")).await).await;
}

/// Callers go away at any moment: their connection must not stay in a transaction, in which what
/// others do on it later would not be committed.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_leaves_no_transaction_behind() {
    let servers = Servers::of("postgres").unwrap();
    let store = postgres(&servers).await;
    sqlx::any::install_default_drivers();
    let asking = sqlx::AnyPool::connect(servers.url("store")).await.unwrap();
    store.note(&audit_entry("stayed")).await.unwrap();
    let gone = audit_entry("gone");
    let (mut waited, mut stayed) = (0, 0);
    while stayed < 20 {
        tokio::select! {
            biased;
            _ = store.note(&gone) => stayed += 1,
            () = turns(waited) => {}
        }
        // What had begun is rolled back at once; what nobody knows of would stay.
        let mut looks = 0;
        while transactions_left_open(&asking).await > 0 {
            looks += 1;
            assert!(looks < 100, "the caller went away after {waited} turns");
            sleep(Duration::from_millis(10)).await;
        }
        waited += 1 + waited / 50;
    }
}

async fn transactions_left_open(server: &sqlx::AnyPool) -> i64 {
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    sqlx::query_scalar(open).fetch_one(server).await.unwrap()
}

/// Lets others have their turn so many times: finer than any timer.
async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_keeps_the_contract() {
    let servers = Servers::of("nats").unwrap();
    let bus = NatsBus::connect(servers.url("bus")).await.unwrap();
    contract::bus::all(&bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_after_a_site_can_read_what_was_given_up() {
    let servers = Servers::of("nats").unwrap();
    let bus = NatsBus::connect(servers.url("bus")).await.unwrap();
    let failure = domain::Failure::internal("it fell over");
    let letter = ports::bus::DeadLetter::new(domain::JobId::new(), JobKind::Fold, 2, &failure);
    let dead = Notice::Dead(Box::new(letter.clone()));
    bus.publish("1", &dead).await.unwrap();
    let client = async_nats::connect(servers.url("bus")).await.unwrap();
    let stream = async_nats::jetstream::new(client)
        .get_stream("ML_DLQ")
        .await
        .unwrap();
    let message = stream
        .get_last_raw_message_by_subject("ml.dlq.fold")
        .await
        .unwrap();
    let read: ports::bus::DeadLetter = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(read, letter);
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_bounded_also_those_of_an_older_program() {
    use async_nats::jetstream::stream::Config;
    let servers = Servers::of("nats").unwrap();
    let client = async_nats::connect(servers.url("bus")).await.unwrap();
    let context = async_nats::jetstream::new(client);
    let old = Config {
        name: "ML_EVENTS".to_owned(),
        subjects: vec![
            "ml.evt.*".to_owned(),
            "ml.dataset.*".to_owned(),
            "ml.deployments".to_owned(),
        ],
        ..Config::default()
    };
    context.create_stream(old).await.unwrap();
    let bus = NatsBus::connect(servers.url("bus")).await.unwrap();
    for name in ["ML_JOBS", "ML_EVENTS", "ML_DLQ"] {
        let mut stream = context.get_stream(name).await.unwrap();
        let bytes = stream.info().await.unwrap().config.max_bytes;
        assert!(bytes > 0, "{name} may fill the server");
    }
    for number in 0..50 {
        bus.publish(&number.to_string(), &Notice::Deployments)
            .await
            .unwrap();
    }
    let mut events = context.get_stream("ML_EVENTS").await.unwrap();
    let kept = events.info().await.unwrap().state.messages;
    assert!((1..50).contains(&kept), "{kept} notices of one thing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_lost_everything_goes_on() {
    let servers = Servers::of("nats").unwrap();
    let bus = NatsBus::connect(servers.url("bus")).await.unwrap();
    let kind = JobKind::Trial;
    let mut queue = bus.work(kind).await.unwrap();
    let mut watch = bus.watch().await.unwrap();
    servers.act("stop", "nats").unwrap();
    bus.publish("lost", &Notice::Deployments).await.unwrap_err();
    servers.act("wipe", "nats").unwrap();
    servers.act("start", "nats").unwrap();
    in_time(async || bus.publish("again", &Notice::Work(kind)).await).await;
    let delivery = in_time(async || {
        match timeout(Duration::from_secs(12), queue.next()).await {
            Ok(Ok(delivery)) => Ok(delivery),
            // As a worker does: a queue that failed is opened again.
            _ => {
                queue = bus.work(kind).await.map_err(drop)?;
                Err(())
            }
        }
    })
    .await;
    delivery.ack().await.unwrap();
    // What was published while it was away may still come; then who watched looks at everything.
    let missed = async { while watch.next().await.unwrap() != Watched::Lagged {} };
    timeout(SOON, missed).await.unwrap();
    in_time(async || bus.publish("after", &Notice::Deployments).await).await;
    let told =
        async { while watch.next().await.unwrap() != Watched::Notice(Notice::Deployments) {} };
    timeout(SOON, told).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_the_contract_and_comes_back_empty() {
    let servers = Servers::of("redis").unwrap();
    let cache = RedisCache::connect(servers.url("cache")).await.unwrap();
    contract::cache::all(&cache).await;
    let day = Duration::from_secs(86_400);
    cache.set("k", "v".into(), day).await.unwrap();
    servers.act("stop", "redis").unwrap();
    cache.get("k").await.unwrap_err();
    servers.act("wipe", "redis").unwrap();
    servers.act("start", "redis").unwrap();
    assert_eq!(in_time(async || cache.get("k").await).await, None);
    assert_eq!(in_time(async || cache.add("n", 2, day).await).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_link_fetches_the_file_without_asking_the_program() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let servers = Servers::of("s3").unwrap();
    let url = servers.url("artifacts");
    let endpoint = url.split_once("endpoint=").unwrap().1;
    let endpoint = endpoint.split('&').next().unwrap();
    let plain = Bucket::open(url).await.unwrap();
    let asked = plain.link("a/b", "attachment", Duration::from_secs(60));
    assert_eq!(
        asked.await.unwrap(),
        None,
        "links are given away only where that was asked for"
    );
    let bucket = Bucket::open(&format!("{url}&links={endpoint}"))
        .await
        .unwrap();
    put_bytes(&bucket, "a/b", "what it holds".into())
        .await
        .unwrap();
    let name = "attachment; filename=\"b.txt\"";
    let link = bucket
        .link("a/b", name, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let (host, path) = link
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let get = async |path: &str| {
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = get(path).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("what it holds"),
        "{answer}"
    );
    assert!(
        answer.to_lowercase().contains("filename=\"b.txt\""),
        "{answer}"
    );
    let forged = get(&path.replace("a/b", "a/c")).await;
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_keeps_the_contract_and_comes_back() {
    let servers = Servers::of("s3").unwrap();
    let bucket = Bucket::open(servers.url("artifacts")).await.unwrap();
    contract::artifacts::all(&bucket).await;
    put_bytes(&bucket, "a/b", "kept".into()).await.unwrap();
    servers.act("restart", "s3").unwrap();
    let kept = in_time(async || get_bytes(&bucket, "a/b").await).await;
    assert_eq!(kept, "kept");
    let again = Bucket::open(servers.url("artifacts")).await.unwrap();
    again.ping().await.unwrap();
}
