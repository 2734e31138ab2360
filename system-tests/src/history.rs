//! What must be true of every pipeline, whatever happened to the processes that ran it.

use crate::Client;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;

/// The stages, and how what each says once when it has succeeded begins.
const DONE: [(&str, &str); 6] = [
    ("prepare", "prepare.done"),
    ("select", "select.done"),
    ("optimise", "optimise.done"),
    ("train", "train.done"),
    ("evaluate", "evaluate.done"),
    ("deploy", "deploy."),
];

/// Checks a pipeline that must have succeeded: nothing lost, nothing doubled, time never runs back.
pub async fn check(client: &Client, id: &str) -> Result<()> {
    let pipeline = client.get(&format!("/api/v1/pipelines/{id}")).await?;
    ensure!(pipeline["state"] == "succeeded", "{id} ended as {pipeline}");
    for stage in list(&pipeline["stages"]) {
        ensure!(stage["state"] == "succeeded", "{id}: {stage}");
    }
    told_once(client, id)
        .await
        .with_context(|| format!("the log of {id}"))?;
    trials(client, id)
        .await
        .with_context(|| format!("the trials of {id}"))?;
    models(client, id)
        .await
        .with_context(|| format!("the models of {id}"))?;
    timeline(client, id)
        .await
        .with_context(|| format!("the timeline of {id}"))
}

/// Each stage says once that it is done; the numbers of the lines have no gap and do not repeat.
async fn told_once(client: &Client, id: &str) -> Result<()> {
    let lines = log(client, id).await?;
    for (stage, beginning) in DONE {
        let done = lines.iter().filter(|line| {
            let code = line["message"]["code"].as_str().unwrap_or_default();
            line["stage"] == stage && code.starts_with(beginning)
        });
        let count = done.count();
        ensure!(count == 1, "{stage} says {count} times that it is done");
    }
    let times: Vec<String> = lines
        .iter()
        .filter_map(|line| moment(&line["at"]))
        .collect();
    ensure!(times.is_sorted(), "time runs back: {times:?}");
    Ok(())
}

/// The whole log, page by page.
async fn log(client: &Client, id: &str) -> Result<Vec<Value>> {
    let mut lines = Vec::new();
    let mut path = format!("/api/v1/pipelines/{id}/logs");
    loop {
        let page = client.get(&path).await?;
        lines.extend_from_slice(list(&page["items"]));
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("/api/v1/pipelines/{id}/logs?cursor={next}"),
            None => return Ok(lines),
        }
    }
}

/// Numbers from 0 without gaps; each has ended.
async fn trials(client: &Client, id: &str) -> Result<()> {
    let trials = client
        .get(&format!("/api/v1/pipelines/{id}/trials"))
        .await?;
    for (place, trial) in list(&trials["items"]).iter().enumerate() {
        ensure!(trial["number"] == place, "number {place} is {trial}");
        let open = trial["state"] == "running" || trial["state"] == "queued";
        ensure!(!open, "still open: {trial}");
    }
    Ok(())
}

/// No algorithm twice on the leaderboard, and every model's file is there.
async fn models(client: &Client, id: &str) -> Result<()> {
    let board = client
        .get(&format!("/api/v1/pipelines/{id}/leaderboard"))
        .await?;
    let rows = list(&board);
    ensure!(!rows.is_empty(), "there is none");
    let names: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row["algorithm"].as_str())
        .collect();
    ensure!(names.len() == rows.len(), "one stands twice: {board}");
    for row in rows {
        let model = row["model_id"].as_str().context("no id")?;
        let path = format!("/api/v1/models/{model}/export");
        let bytes = client.download(&path).await.with_context(|| path.clone())?;
        ensure!(!bytes.is_empty(), "{path} is empty");
    }
    Ok(())
}

/// Every bar has ended, after it began.
async fn timeline(client: &Client, id: &str) -> Result<()> {
    let timeline = client
        .get(&format!("/api/v1/pipelines/{id}/timeline"))
        .await?;
    for bar in list(&timeline["items"]) {
        match (moment(&bar["start"]), moment(&bar["end"])) {
            (Some(start), Some(end)) if start <= end => {}
            _ => bail!("a bar that makes no sense: {bar}"),
        }
    }
    Ok(())
}

/// A time that sorts as text: RFC 3339 leaves out zeros at the end of the fraction.
fn moment(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim_end_matches('Z');
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    Some(format!("{seconds}.{fraction:0<9}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
