//! `health`: whether a running process is ready, for probes that can only run a program.

use crate::cli::HealthOf;
use anyhow::{Context, bail};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the process may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than any answer of the route.
const MOST: u64 = 64 << 10;

/// Asks `/readyz`, prints what it says, and fails unless it is 200.
pub async fn health(args: &HealthOf) -> anyhow::Result<()> {
    let address = args.address;
    let asked = timeout(PATIENCE, ask(address)).await;
    let answer = asked.with_context(|| format!("{address} does not answer"))?;
    let answer = answer.with_context(|| format!("{address} cannot be asked"))?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    println!("{}", body.trim());
    if head.split(' ').nth(1) != Some("200") {
        bail!("{address} is not ready");
    }
    Ok(())
}

async fn ask(address: std::net::SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.0\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
