//! Writing in parts: memory holds one part, whatever the size of the file.

use super::{Bucket, away};
use crate::artifacts::{broke, hex};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use ports::artifacts::{ByteStream, Written};
use ports::{PortError, Result};
use sha2::{Digest, Sha256};

/// The size of the first parts; S3 takes no smaller ones but the last.
const PART: usize = 8 << 20;
/// S3 takes 10 000 parts, so they double now and then: the largest file is beyond 5 TB.
const DOUBLES_EVERY: i32 = 1_000;

/// A stream, cut into parts.
struct Parts {
    content: ByteStream,
    rest: BytesMut,
    hasher: Sha256,
    bytes: u64,
}

impl Parts {
    /// The next part of this size; a smaller one is the last.
    async fn next(&mut self, wanted: usize) -> std::io::Result<Bytes> {
        while self.rest.len() < wanted {
            let Some(piece) = self.content.next().await else {
                break;
            };
            let piece = piece?;
            self.hasher.update(&piece);
            self.bytes += piece.len() as u64;
            self.rest.extend_from_slice(&piece);
        }
        let part = self.rest.len().min(wanted);
        Ok(self.rest.split_to(part).freeze())
    }

    fn written(self) -> Written {
        Written {
            bytes: self.bytes,
            sha256: hex(&self.hasher.finalize()),
        }
    }
}

pub(super) async fn put(
    bucket: &Bucket,
    place: String,
    key: &str,
    content: ByteStream,
) -> Result<Written> {
    let doing = format!("write {key}");
    let mut parts = Parts {
        content,
        rest: BytesMut::new(),
        hasher: Sha256::new(),
        bytes: 0,
    };
    let first = parts.next(PART).await.map_err(broke(&doing))?;
    if first.len() < PART {
        let put = bucket.client.put_object().bucket(&bucket.name).key(place);
        put.body(first.into()).send().await.map_err(away(doing))?;
        return Ok(parts.written());
    }
    // A writer that goes away while it begins must not leave an upload whose id nobody heard.
    let (client, name) = (bucket.client.clone(), bucket.name.clone());
    let begun = tokio::spawn(Upload::begin(client, name, place, doing.clone()));
    let ended = |error: tokio::task::JoinError| PortError::Unavailable {
        port: "artifacts",
        doing,
        source: error.into(),
    };
    let mut upload = begun.await.map_err(ended)??;
    let done = upload.send(first, &mut parts).await?;
    upload.complete(done).await?;
    Ok(parts.written())
}

/// A file on its way in parts. Its parts go when it does not come to its end, also when its writer
/// is dropped half-way; those of a process that dies the server's own rules remove.
struct Upload {
    client: Client,
    bucket: String,
    place: String,
    id: String,
    doing: String,
    is_complete: bool,
}

impl Upload {
    async fn begin(client: Client, bucket: String, place: String, doing: String) -> Result<Self> {
        let begun = client
            .create_multipart_upload()
            .bucket(&bucket)
            .key(&place)
            .send()
            .await
            .map_err(away(doing.clone()))?;
        Ok(Self {
            id: begun.upload_id().unwrap_or_default().to_owned(),
            client,
            bucket,
            place,
            doing,
            is_complete: false,
        })
    }

    async fn send(&self, first: Bytes, parts: &mut Parts) -> Result<Vec<CompletedPart>> {
        let mut done = Vec::new();
        let (mut part, mut number) = (first, 1);
        loop {
            let size = PART << ((number - 1) / DOUBLES_EVERY).min(9);
            let last = part.len() < size;
            if !part.is_empty() {
                done.push(self.send_one(number, part).await?);
            }
            if last {
                return Ok(done);
            }
            number += 1;
            let size = PART << ((number - 1) / DOUBLES_EVERY).min(9);
            part = parts.next(size).await.map_err(broke(&self.doing))?;
        }
    }

    async fn send_one(&self, number: i32, part: Bytes) -> Result<CompletedPart> {
        let sent = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(&self.place)
            .upload_id(&self.id)
            .part_number(number)
            .body(part.into())
            .send()
            .await
            .map_err(away(&*self.doing))?;
        let done = CompletedPart::builder().part_number(number);
        Ok(done.set_e_tag(sent.e_tag().map(str::to_owned)).build())
    }

    async fn complete(&mut self, done: Vec<CompletedPart>) -> Result<()> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(done));
        self.client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(&self.place)
            .upload_id(&self.id)
            .multipart_upload(parts.build())
            .send()
            .await
            .map_err(away(&*self.doing))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.is_complete {
            return;
        }
        let abort = self.client.abort_multipart_upload();
        let abort = abort.bucket(&self.bucket).key(&self.place);
        let abort = abort.upload_id(&self.id);
        runtime.spawn(async move {
            if let Err(error) = abort.send().await {
                tracing::debug!(%error, "an upload that broke off was left behind");
            }
        });
    }
}
