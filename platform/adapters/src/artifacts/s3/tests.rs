//! What the contract cannot see: how often a request is sent, and what is left on the server.

use super::Bucket;
use bytes::Bytes;
use domain::FailureKind;
use futures_util::StreamExt;
use ports::Artifacts;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use system_tests::Servers;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers every `PUT` with 503, and everything else with 200; how many it has heard.
async fn weak_server() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let puts = Arc::new(AtomicU32::new(0));
    let heard = Arc::clone(&puts);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 16 << 10];
            let length = stream.read(&mut request).await.unwrap();
            let is_put = request[..length].starts_with(b"PUT");
            heard.fetch_add(u32::from(is_put), Ordering::SeqCst);
            let status = if is_put { "503 Slow Down" } else { "200 OK" };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (
        format!("s3://id:secret@lake?endpoint=http://{address}"),
        puts,
    )
}

#[tokio::test]
async fn what_is_put_once_is_sent_once() {
    let (url, puts) = weak_server().await;
    let bucket = Bucket::open(&url).await.unwrap();
    let error = bucket.put_once("a", "x".into()).await.unwrap_err();
    assert_eq!(error.kind(), FailureKind::Unavailable, "{}", error.chain());
    assert_eq!(puts.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_dropped_leaves_no_parts() {
    let servers = Servers::of("s3").unwrap();
    let bucket = Bucket::open(servers.url("artifacts")).await.unwrap();
    let begun = async || {
        let list = bucket.client.list_multipart_uploads().bucket(&bucket.name);
        list.send().await.unwrap().uploads().len()
    };
    let large = futures_util::stream::iter([Ok(Bytes::from(vec![0; 20 << 20]))]);
    let stuck = large.chain(futures_util::stream::pending());
    let put = bucket.put("large", Box::pin(stuck));
    let seen = async {
        while begun().await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // The write is dropped when its parts are on the server.
    tokio::select! {
        _ = put => panic!("a stream without end is never stored"),
        () = seen => {}
    }
    let gone = async {
        while begun().await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(20), gone).await;
    gone.expect("the parts are removed");
}
