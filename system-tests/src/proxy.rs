//! A server seen through bad weather.

use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Fair,
    /// Open connections break, new ones are closed at once.
    Cut,
    /// Connections are accepted and nothing passes any more.
    Hangs,
    /// Everything waits so long before it passes.
    Slow(Duration),
    /// Every HTTP request is answered with 500.
    Http500,
}

/// A TCP proxy.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
}

impl Proxy {
    /// A proxy before `target`, `HOST:PORT`; it ends with the value.
    pub async fn before(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let changes = weather.subscribe();
        let target = target.to_owned();
        tokio::spawn(async move {
            let mut gone = changes.clone();
            let accept = async {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(pass(stream, target.clone(), changes.clone()));
                }
            };
            tokio::select! {
                () = accept => {}
                // The sender is dropped with the proxy.
                () = async { while gone.changed().await.is_ok() {} } => {}
            }
        });
        Ok(Self { address, weather })
    }

    /// Changes what becomes of connections, those that are open included.
    pub fn turn(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

/// One connection, until it ends or the weather breaks it.
async fn pass(mut inside: TcpStream, target: String, mut changes: watch::Receiver<Weather>) {
    loop {
        let weather = *changes.borrow_and_update();
        let worked = async {
            match weather {
                Weather::Cut => true,
                Weather::Hangs => std::future::pending().await,
                Weather::Http500 => refuse(&mut inside).await.is_err(),
                Weather::Fair | Weather::Slow(_) => {
                    let through = through(&mut inside, &target, weather).await;
                    drop(through);
                    true
                }
            }
        };
        tokio::select! {
            ended = worked => if ended { return },
            changed = changes.changed() => {
                // What passed so far would be torn apart in the middle.
                if changed.is_err() || weather != Weather::Hangs || *changes.borrow() == Weather::Cut {
                    return;
                }
            }
        }
    }
}

async fn through(inside: &mut TcpStream, target: &str, weather: Weather) -> std::io::Result<()> {
    let mut outside = TcpStream::connect(target).await?;
    let Weather::Slow(wait) = weather else {
        copy_bidirectional(inside, &mut outside).await?;
        return Ok(());
    };
    let (mut from, mut to) = inside.split();
    let (mut back, mut out) = outside.split();
    tokio::try_join!(
        slowly(&mut from, &mut out, wait),
        slowly(&mut back, &mut to, wait)
    )?;
    Ok(())
}

async fn slowly(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    wait: Duration,
) -> std::io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        tokio::time::sleep(wait).await;
        to.write_all(piece.get(..read).unwrap_or_default()).await?;
    }
}

/// Reads what comes and answers 500, until the other side has enough.
async fn refuse(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut piece = vec![0; 16 << 10];
    if stream.read(&mut piece).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let answer =
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer.as_bytes()).await?;
    Err(std::io::ErrorKind::ConnectionAborted.into())
}
