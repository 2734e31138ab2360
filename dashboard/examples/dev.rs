//! scratch: a gateway with fake workers
use domain::dataset::*; use domain::event::*; use domain::job::*; use domain::pipeline::*; use domain::results::*; use domain::study::*; use domain::task::*; use domain::*;
use ports::store::*; use ports::*;
use ml::table::{Column, Table}; use ml::recipe::*; use ml::features::*; use ml::fit::*; use ml::artefact::*;
use std::sync::Arc; use std::time::Duration; use serde_json::json;

async fn relay(ports: Ports) { loop {
    let rows = ports.store.unsent(100).await.unwrap();
    for row in &rows { if let Some(n) = ports::bus::Notice::from_subject(&row.subject) { ports.bus.publish(&row.id, &n).await.unwrap(); } }
    let ids: Vec<String> = rows.iter().map(|r| r.id.clone()).collect();
    if !ids.is_empty() { ports.store.sent(&ids).await.unwrap(); }
    tokio::time::sleep(Duration::from_millis(20)).await;
}}
fn filter(kind: JobKind) -> ClaimFilter { ClaimFilter { kind, worker: "w".into(), lease: Duration::from_secs(15), suspects: false } }
async fn profiler(ports: Ports) { loop {
    tokio::time::sleep(Duration::from_millis(30)).await;
    let Some(c) = ports.store.claim(&filter(JobKind::Profile)).await.unwrap() else { continue };
    let Payload::Profile { dataset, version } = c.job.payload.clone() else { continue };
    let v = ports.store.dataset_version(dataset, version).await.unwrap().unwrap();
    if v.file_name.contains("slow") { tokio::time::sleep(Duration::from_secs(4)).await; }
    let bytes = ports::artifacts::get_bytes(&*ports.artifacts, &v.artifact).await.unwrap();
    let mut f = tempfile::NamedTempFile::new().unwrap(); std::io::Write::write_all(&mut f, &bytes).unwrap();
    let out = (|| { let s = tables::sniff(f.path(), &v.file_name)?; let raw = tables::read(f.path(), &s, &tables::Limits::default())?; Ok::<_, Failure>((s, tables::profile(&raw))) })();
    let outcome = match out { Ok((s, profile)) => DatasetOutcome::Ready { format: s.format, options: s.options, profile }, Err(failure) => DatasetOutcome::Failed { failure, format: None } };
    ports.store.commit(&Commit { job: c.job.id, attempt: c.job.attempt, end: End::Succeeded(None), writes: vec![Write::Dataset(dataset, version, Box::new(outcome))] }).await.unwrap();
}}
fn model_file() -> ModelFile {
    let n = 200; let x: Vec<f64> = (0..n).map(|i| i as f64).collect();
    let w: Vec<&str> = (0..n).map(|i| if i % 3 == 0 { "a" } else { "b" }).collect();
    let y: Vec<&str> = (0..n).map(|i| if i >= 100 { "yes" } else { "no" }).collect();
    let table = Table::new(vec!["x".into(), "w".into(), "y".into()], vec![Column::Numeric(x), Column::words(w), Column::words(y)]).unwrap();
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let schema = Schema { columns: vec![SchemaColumn::new("x", profile::ColumnKind::Numeric), SchemaColumn::new("w", profile::ColumnKind::Categorical)] };
    let spec = RecipeSpec { schema, target: "y".into(), task: Task::Binary, classes: classes.clone(), seed: 0 };
    let recipe = Recipe::fit(&table, &spec).unwrap();
    let feats = recipe.features(&table, View::Dense);
    let target = Target::Classes { codes: (0..n).map(|i| u32::from(i >= 100)).collect(), count: 2 };
    let mut on = |_| Flow::Continue; let mut ctx = FitContext::new(7, Metric::RocAuc, &mut on);
    let fit = fit("logistic", &FitData::new(&feats, &target), &Params::default(), &mut ctx).unwrap();
    ModelFile { recipe, task: Task::Binary, target: "y".into(), classes, positive: Some(1), members: vec![Member { weight: 1.0, algorithm: "logistic".into(), params: Params::default(), view: View::Dense, folds: vec![fit.model] }], metrics: Default::default(), provenance: Provenance::default() }
}
async fn orchestrator(ports: Ports) { loop {
    tokio::time::sleep(Duration::from_millis(30)).await;
    let Some(c) = ports.store.claim(&filter(JobKind::Advance)).await.unwrap() else { continue };
    let p = c.pipeline.clone().unwrap();
    if p.state.is_final() { continue }
    if p.name.contains("hold") { let _ = ports.store.commit(&Commit { job: c.job.id, attempt: c.job.attempt, end: End::Succeeded(None), writes: vec![] }).await; continue }
    let id = p.id;
    for i in 0..8u32 {
        let r = ports.store.report(&Progress { job: c.job.id, attempt: c.job.attempt, pipeline: id, stage: None, trial: None,
            events: vec![NewEvent::new(EventKind::Trial, Some(StageName::Optimise), json!({"number": i, "algorithm":"logistic","state":"succeeded","score": 0.5})), NewEvent::log(Some(StageName::Optimise), Message::new("x.y", format!("line {i}")))] }).await;
        eprintln!("report {r:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let file = model_file().to_bytes();
    let mid = ModelId::new();
    let key = format!("pipelines/{id}/jobs/x/model");
    let w = ports::artifacts::put_bytes(&*ports.artifacts, &key, file.into()).await.unwrap();
    let model = model::Model { id: mid, pipeline: id, owner: p.owner, course: None, number: 0, algorithm: "logistic".into(), params: Params::default(), task: Task::Binary, target: "y".into(), metric: Metric::RocAuc, cv_score: 0.9, cv_std: 0.01, test_score: Some(0.9), test_ci: Some((0.8, 1.0)), fit_seconds: 0.1, predict_us_per_row: Some(1.0), bytes: w.bytes, sha256: w.sha256.clone(), artifact: key.clone(), rank: Some(1), chosen: true, created_at: Timestamp(0) };
    let name = p.spec.deploy.name.clone().unwrap_or("demo".into());
    let d = DeploymentWrite { id: DeploymentId::new(), name: name.clone(), owner: p.owner, course: None, model: mid, pipeline: id, artifact: key, sha256: w.sha256 };
    let r = ports.store.commit(&Commit { job: c.job.id, attempt: c.job.attempt, end: End::Succeeded(None), writes: vec![
        Write::Model(Box::new(model)), Write::Deploy(d),
        Write::Event(id, NewEvent::new(EventKind::Pipeline, None, json!({"state":"succeeded"})).saying(Message::new("pipeline.done", "Done."))),
        Write::Pipeline(id, PipelineState::Succeeded, None)] }).await;
    eprintln!("commit {r:?}");
}}
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_env_filter("info,dashboard=debug").init();
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&dir).unwrap();
    let ports = adapters::open(&adapters::Urls::embedded(&dir), Arc::new(SystemClock::new())).await.unwrap();
    println!("{:?}", dashboard::ensure_admin(&ports, Some("correct horse".into())).await.unwrap());
    if ports.store.count_users().await.unwrap() == 1 {
        let mut u = ports.store.user_by_name("admin").await.unwrap().unwrap(); u.id = UserId::new(); u.username = "ada".into(); u.roles = vec![user::Role::Student];
        ports.store.insert_user(&u).await.unwrap();
    }
    tokio::spawn(relay(ports.clone())); tokio::spawn(profiler(ports.clone())); tokio::spawn(orchestrator(ports.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let s2 = stop.clone(); tokio::spawn(async move { tokio::signal::ctrl_c().await.unwrap(); s2.cancel(); });
    let mut config = dashboard::GatewayConfig::default(); config.spool = dir.join("spool"); config.limits.upload_bytes = 50 << 20; config.upload_idle = Duration::from_secs(3);
    println!("serving"); println!("{:?}", dashboard::serve(listener, ports, config, stop).await);
}
