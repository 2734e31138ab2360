//! Whatever dies, hangs or forgets: no pipeline is lost, and nothing is done twice.
//!
//! Every test prints its seed; `MICROLEARN_SEED` replays it. `MICROLEARN_PIPELINES`,
//! `MICROLEARN_KILLS` and `MICROLEARN_AWAY_SECONDS` make the longest of them longer.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use anyhow::Result;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use system_tests::{
    Chance, Client, EACH_ALONE, Proxy, STAND_INS, Servers, Stack, Weather, datasets, history,
};
use tokio::time::sleep;

/// A lease of a few seconds, so that what a dead process left behind is taken up soon, and a look
/// for files that nothing needs every other second.
const SHORT_LEASE: [(&str, &str); 2] = [
    ("MICROLEARN__WORK__LEASE_SECONDS", "4"),
    ("MICROLEARN__WORK__SWEEP_SECONDS", "2"),
];

fn number(name: &str, usual: usize) -> usize {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A stack that works, somebody who is signed in, and a dataset to learn from.
async fn ready(starting: impl Future<Output = Result<Stack>>) -> (Stack, Client, Value) {
    let stack = starting.await.unwrap();
    let client = stack.admin().await.unwrap();
    let dataset = client.dataset(&datasets().join("penguins.csv")).await;
    (stack, client, dataset.unwrap())
}

/// A pipeline of a second or two.
fn small(dataset: &Value, seed: usize) -> Value {
    json!({"dataset_id": dataset["id"], "target": "species", "seed": seed,
           "budget": {"work_units": 30}, "deploy": {"mode": "manual"},
           "candidates": ["baseline", "logistic", "random_forest"]})
}

async fn several(client: &Client, dataset: &Value, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for seed in 0..count {
        ids.push(client.start(&small(dataset, seed)).await.unwrap());
    }
    ids
}

async fn all_went_well(client: &Client, ids: &[String]) {
    for id in ids {
        client.finished(id).await.unwrap();
        history::check(client, id).await.unwrap();
    }
}

/// Waits until every file of a job is of the attempt that was committed.
async fn no_orphans(stack: &Stack) {
    let clock = Arc::new(domain::SystemClock::new());
    let store = adapters::open::store(stack.servers.url("store"), clock)
        .await
        .unwrap();
    let artifacts = adapters::open::artifacts(stack.servers.url("artifacts"))
        .await
        .unwrap();
    let begun = Instant::now();
    loop {
        let mut orphans = Vec::new();
        for file in artifacts.list("pipelines/").await.unwrap() {
            let parts: Vec<&str> = file.key.split('/').collect();
            let job = store.job(parts[2].parse().unwrap()).await.unwrap();
            let attempt: u32 = parts[3].parse().unwrap();
            let is_result = |job: &domain::job::Job| {
                job.state == domain::job::JobState::Succeeded && job.attempt == attempt
            };
            if !job.as_ref().is_some_and(is_result) {
                orphans.push(file.key);
            }
        }
        if orphans.is_empty() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{orphans:?}");
        sleep(Duration::from_millis(500)).await;
    }
}

/// Where a URL points to: `HOST:PORT`.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.split(['/', '?', '&'])
        .next()
        .unwrap_or(rest)
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn services_that_are_killed_at_random_moments_lose_nothing() {
    let mut chance = Chance::of_environment();
    // Two of those whose work is shared, and two that decide.
    let roles = [&EACH_ALONE[..], &["hyperopt", "trainer", "orchestrator"]].concat();
    let servers = Servers::start().unwrap();
    let (mut stack, client, dataset) = ready(Stack::on(servers, &SHORT_LEASE, &roles)).await;
    let ids = several(&client, &dataset, number("MICROLEARN_PIPELINES", 20)).await;
    let victims: Vec<usize> = (1..stack.count()).collect();
    for _ in 0..number("MICROLEARN_KILLS", 50) {
        let victim = *chance.one_of(&victims).unwrap();
        sleep(chance.millis(0, 800)).await;
        stack.kill(victim).await.unwrap();
        sleep(chance.millis(0, 300)).await;
        stack.revive(victim).await.unwrap();
    }
    all_went_well(&client, &ids).await;
    no_orphans(&stack).await;
    // Whatever was swept, nothing of it was needed.
    all_went_well(&client, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stood_still_past_its_lease_can_commit_nothing() {
    let roles = [&EACH_ALONE[..], &["trainer"]].concat();
    let servers = Servers::start().unwrap();
    let (stack, client, dataset) = ready(Stack::on(servers, &SHORT_LEASE, &roles)).await;
    let ids = several(&client, &dataset, 3).await;
    for trainer in stack.playing("trainer") {
        stack.signal(trainer, "STOP").await.unwrap();
        sleep(Duration::from_secs(8)).await;
        stack.signal(trainer, "CONT").await.unwrap();
    }
    all_went_well(&client, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_stop_or_forget_cost_time_and_nothing_else() {
    let (stack, client, dataset) = ready(Stack::start(&EACH_ALONE)).await;
    let mut ids = Vec::new();
    let harms = [
        ("wipe", "nats"),
        ("wipe", "redis"),
        ("restart", "postgres"),
        ("restart", "nats"),
        ("restart", "s3"),
        ("restart", "redis"),
    ];
    for (harm, server) in harms {
        ids.extend(several(&client, &dataset, 1).await);
        sleep(Duration::from_millis(700)).await;
        stack.servers.act(harm, server).unwrap();
    }
    all_went_well(&client, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_while_the_bus_is_away() {
    let (stack, client, dataset) = ready(Stack::start(&EACH_ALONE)).await;
    stack.servers.act("stop", "nats").unwrap();
    let gone = Instant::now();
    let away = several(&client, &dataset, 1).await;
    all_went_well(&client, &away).await;
    let seconds = number("MICROLEARN_AWAY_SECONDS", 5);
    sleep(Duration::from_secs(seconds as u64).saturating_sub(gone.elapsed())).await;
    for number in 0..stack.count() {
        let said = readiness(&stack, &client, number).await;
        assert_eq!(said["backends"]["bus"]["ok"], false, "{said}");
        assert_eq!(said["backends"]["store"]["ok"], true, "{said}");
    }
    stack.servers.act("start", "nats").unwrap();
    for number in 0..stack.count() {
        let begun = Instant::now();
        while readiness(&stack, &client, number).await["ready"] != true {
            let roles = stack.roles(number);
            assert!(begun.elapsed() < Duration::from_secs(60), "{roles}");
            sleep(Duration::from_millis(100)).await;
        }
    }
    let back = several(&client, &dataset, 1).await;
    all_went_well(&client, &back).await;
}

/// What a process says of its backends.
async fn readiness(stack: &Stack, client: &Client, number: usize) -> Value {
    let process = client.at(stack.health(number).unwrap());
    let request = process.request(reqwest::Method::GET, "/readyz");
    process.send(request).await.unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_breaks_hangs_and_crawls_is_waited_out() {
    let servers = Servers::start().unwrap();
    let mut proxies = Vec::new();
    let mut environment = SHORT_LEASE.to_vec();
    let mut urls = Vec::new();
    for (port, name) in [
        ("store", "MICROLEARN__STORE__URL"),
        ("bus", "MICROLEARN__BUS__URL"),
        ("cache", "MICROLEARN__CACHE__URL"),
        ("artifacts", "MICROLEARN__ARTIFACTS__URL"),
    ] {
        let url = servers.url(port).to_owned();
        // The address of an S3 server is a part of its URL's query.
        let there = match url.split_once("endpoint=") {
            Some((_, endpoint)) => host(&endpoint.replace("%3A", ":").replace("%2F", "/")),
            None => host(&url),
        };
        let proxy = Proxy::before(&there).await.unwrap();
        let through = proxy.address.to_string();
        let through = url
            .replace(&there, &through)
            .replace(&there.replace(':', "%3A"), &through.replace(':', "%3A"));
        assert_ne!(through, url, "{port} does not go through its proxy");
        urls.push((name, through));
        proxies.push(proxy);
    }
    environment.extend(urls.iter().map(|(name, url)| (*name, url.as_str())));
    let (_stack, client, dataset) = ready(Stack::on(servers, &environment, &EACH_ALONE)).await;
    let [store, bus, cache, artifacts] = &proxies[..] else {
        panic!("four proxies")
    };
    let mut ids = Vec::new();
    let storms = [
        (artifacts, Weather::Http500),
        (artifacts, Weather::Hangs),
        (store, Weather::Cut),
        (bus, Weather::Cut),
        (bus, Weather::Hangs),
        (cache, Weather::Hangs),
        (store, Weather::Slow(Duration::from_millis(20))),
    ];
    for (proxy, weather) in storms {
        ids.extend(several(&client, &dataset, 1).await);
        sleep(Duration::from_millis(500)).await;
        proxy.turn(weather);
        sleep(Duration::from_secs(4)).await;
        proxy.turn(Weather::Fair);
    }
    all_went_well(&client, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_makes_no_sense_harms_nobody() {
    use tokio::io::AsyncWriteExt;
    let (stack, client, dataset) = ready(Stack::start(&EACH_ALONE)).await;
    // The protocol of NATS is text.
    let mut bus = tokio::net::TcpStream::connect(host(stack.servers.url("bus")))
        .await
        .unwrap();
    bus.write_all(b"CONNECT {\"verbose\":false}\r\n")
        .await
        .unwrap();
    for subject in [
        "ml.job.trial",
        "ml.job.nonsense",
        "ml.evt.nobody",
        "ml.dataset.x",
        "ml.deployments",
    ] {
        for poison in ["", "{", "\u{0}\u{1}", &"x".repeat(60_000)] {
            let line = format!("PUB {subject} {}\r\n{poison}\r\n", poison.len());
            bus.write_all(line.as_bytes()).await.unwrap();
        }
    }
    bus.flush().await.unwrap();
    let ids = several(&client, &dataset, 2).await;
    all_went_well(&client, &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_process_is_given_up_and_the_rest_goes_on() {
    let servers = Servers::start().unwrap();
    let roles = ["dashboard", "data-preparer", STAND_INS, STAND_INS];
    let (mut stack, client, dataset) = ready(Stack::on(servers, &SHORT_LEASE, &roles)).await;
    let mut deadly = small(&dataset, 0);
    deadly["name"] = json!("deadly");
    let deadly = client.start(&deadly).await.unwrap();
    let others = several(&client, &dataset, 8).await;
    let begun = Instant::now();
    let mut deaths = 0;
    let ended = loop {
        for stand_ins in stack.playing(STAND_INS) {
            if !stack.lives(stand_ins) {
                deaths += 1;
                stack.revive(stand_ins).await.unwrap();
            }
        }
        let pipeline = client
            .get(&format!("/api/v1/pipelines/{deadly}"))
            .await
            .unwrap();
        if pipeline["state"] != "queued" && pipeline["state"] != "running" {
            break pipeline;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(200),
            "{deaths} deaths: {pipeline}"
        );
        sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(ended["state"], "failed", "{ended}");
    let reason = ended["error"]["message"].as_str().unwrap_or_default();
    assert!(
        reason.contains("crash") || reason.contains("process"),
        "{ended}"
    );
    assert!((2..=12).contains(&deaths), "{deaths}");
    for id in &others {
        let other = client.finished(id).await.unwrap();
        assert_eq!(other["state"], "succeeded", "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_waits_for_its_service() {
    let without: Vec<&str> = EACH_ALONE
        .into_iter()
        .filter(|role| *role != "evaluator")
        .collect();
    let (mut stack, client, dataset) = ready(Stack::start(&without)).await;
    let id = several(&client, &dataset, 1).await.remove(0);
    let waits = |pipeline: &Value| pipeline["stages"][4]["state"] == "queued";
    client.until(&id, waits).await.unwrap();
    sleep(Duration::from_secs(2)).await;
    let still = client
        .get(&format!("/api/v1/pipelines/{id}"))
        .await
        .unwrap();
    assert!(waits(&still), "{still}");
    stack.add("evaluator").await.unwrap();
    all_went_well(&client, &[id]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_its_servers_predicts_and_waits_out_a_restart() {
    let workers = EACH_ALONE[2..].join(",");
    let (stack, client, dataset) = ready(Stack::start(&["dashboard", &workers])).await;
    let mut spec = small(&dataset, 1);
    spec["deploy"] = json!({"mode": "auto", "name": "penguins"});
    let id = client.start(&spec).await.unwrap();
    client.finished(&id).await.unwrap();
    let (status, first) = client
        .post("/predictions/penguins", &record())
        .await
        .unwrap();
    assert!(status.is_success(), "{first}");
    for server in ["postgres", "nats", "redis", "s3"] {
        stack.servers.act("stop", server).unwrap();
    }
    for _ in 0..20 {
        let (status, answer) = client
            .post("/predictions/penguins", &record())
            .await
            .unwrap();
        assert!(status.is_success(), "{status}: {answer}");
        assert_eq!(answer["predictions"], first["predictions"]);
        sleep(Duration::from_millis(100)).await;
    }
    let path = format!("/api/v1/pipelines/{id}");
    let back = async {
        sleep(Duration::from_secs(2)).await;
        for server in ["postgres", "nats", "redis", "s3"] {
            stack.servers.act("start", server).unwrap();
        }
    };
    let ((), seen) = tokio::join!(back, client.get(&path));
    assert_eq!(seen.unwrap()["state"], "succeeded");
    let next = several(&client, &dataset, 1).await;
    all_went_well(&client, &next).await;
}

/// A row of the penguins.
fn record() -> Value {
    json!({"bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181,
           "body_mass_g": 3750, "island": "Torgersen", "sex": "male", "year": 2007})
}

#[tokio::test(flavor = "multi_thread")]
async fn predictions_go_on_while_serving_processes_die() {
    let roles = [&EACH_ALONE[..], &["serving"]].concat();
    let (mut stack, client, dataset) = ready(Stack::start(&roles)).await;
    let mut spec = small(&dataset, 1);
    spec["deploy"] = json!({"mode": "auto", "name": "penguins"});
    let id = client.start(&spec).await.unwrap();
    client.finished(&id).await.unwrap();
    let record = record();
    let (status, first) = client.post("/predictions/penguins", &record).await.unwrap();
    assert!(status.is_success(), "{first}");
    let (stop, mut told) = tokio::sync::watch::channel(false);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (client, record, first, stop) = (
                client.clone(),
                record.clone(),
                first.clone(),
                stop.subscribe(),
            );
            tokio::spawn(async move {
                let mut answers = 0_u32;
                while !*stop.borrow() {
                    let (status, answer) =
                        client.post("/predictions/penguins", &record).await.unwrap();
                    assert!(status.is_success(), "{status}: {answer}");
                    assert_eq!(answer["predictions"], first["predictions"]);
                    answers += 1;
                    sleep(Duration::from_millis(5)).await;
                }
                answers
            })
        })
        .collect();
    for round in 0..6 {
        let serving = stack.playing("serving");
        let victim = serving[round % serving.len()];
        sleep(Duration::from_secs(1)).await;
        stack.kill(victim).await.unwrap();
        sleep(Duration::from_millis(700)).await;
        stack.revive(victim).await.unwrap();
    }
    stop.send_replace(true);
    told.changed().await.unwrap();
    for caller in callers {
        let answers = caller.await.unwrap();
        assert!(answers > 100, "{answers}");
    }
}
