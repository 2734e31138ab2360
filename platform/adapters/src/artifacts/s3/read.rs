//! Reading in streams that survive a connection that breaks.

use super::{Bucket, missing_or_away, size};
use aws_sdk_s3::primitives::ByteStream as Body;
use bytes::Bytes;
use futures_util::stream;
use ports::Result;
use ports::artifacts::ByteStream;
use std::ops::Range;

/// How often a broken connection is taken up again where it broke.
const RESUMES: u32 = 3;

/// More bytes than any file has.
const LONGEST: u64 = 1 << 62;

/// A file on its way, and what is needed to take it up again.
struct Reading {
    bucket: Source,
    body: Body,
    etag: Option<String>,
    read: u64,
    bytes: u64,
    resumes: u32,
}

/// Where the file lies.
struct Source {
    client: aws_sdk_s3::Client,
    bucket: String,
    place: String,
}

pub(super) async fn get(bucket: &Bucket, place: String, key: &str) -> Result<ByteStream> {
    let source = Source {
        client: bucket.client.clone(),
        bucket: bucket.name.clone(),
        place,
    };
    let got = source.request(0, None).send().await;
    let got = got.map_err(missing_or_away(format!("read {key}")))?;
    let reading = Reading {
        etag: got.e_tag().map(str::to_owned),
        bytes: size(got.content_length()),
        body: got.body,
        bucket: source,
        read: 0,
        resumes: 0,
    };
    Ok(Box::pin(stream::try_unfold(reading, Reading::next)))
}

impl Source {
    fn request(
        &self,
        from: u64,
        etag: Option<&str>,
    ) -> aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder {
        let get = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&self.place);
        let get = get.set_if_match(etag.map(str::to_owned));
        if from == 0 {
            get
        } else {
            get.range(format!("bytes={from}-"))
        }
    }
}

impl Reading {
    async fn next(mut self) -> std::io::Result<Option<(Bytes, Self)>> {
        loop {
            let broken = match self.body.next().await {
                Some(Ok(piece)) => {
                    self.read += piece.len() as u64;
                    return Ok(Some((piece, self)));
                }
                None if self.read >= self.bytes => return Ok(None),
                None => std::io::Error::from(std::io::ErrorKind::UnexpectedEof),
                Some(Err(error)) => std::io::Error::other(error),
            };
            if self.resumes == RESUMES || self.etag.is_none() {
                return Err(broken);
            }
            self.resumes += 1;
            // Only the same version of the file goes on where it broke.
            let rest = self.bucket.request(self.read, self.etag.as_deref()).send();
            self.body = rest.await.map_err(|_| broken)?.body;
        }
    }
}

pub(super) async fn get_range(
    bucket: &Bucket,
    place: String,
    key: &str,
    range: Range<u64>,
) -> Result<Bytes> {
    let doing = format!("read {key}");
    // No file is longer, and servers read no larger number.
    let range = range.start..range.end.min(LONGEST);
    if range.is_empty() {
        // Nothing is asked for, but the file must be there.
        let head = bucket.client.head_object().bucket(&bucket.name).key(place);
        let found = head.send().await;
        return found.map(|_| Bytes::new()).map_err(missing_or_away(doing));
    }
    let get = bucket.client.get_object().bucket(&bucket.name).key(place);
    let last = range.end - 1;
    let got = get
        .range(format!("bytes={}-{last}", range.start))
        .send()
        .await;
    let body = match got {
        Ok(got) => got.body,
        // Beyond the end there is nothing.
        Err(error) if super::status(&error) == Some(416) => return Ok(Bytes::new()),
        Err(error) => return Err(missing_or_away(doing)(error)),
    };
    let whole = body.collect().await;
    let whole = whole.map_err(|source| ports::PortError::Unavailable {
        port: "artifacts",
        doing,
        source: Box::new(source),
    })?;
    Ok(whole.into_bytes())
}
