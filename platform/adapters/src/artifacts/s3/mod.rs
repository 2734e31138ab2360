//! Files in a bucket of any S3-compatible server: SeaweedFS, MinIO, Ceph, AWS.

mod config;
mod read;
#[cfg(test)]
mod tests;
mod write;

use super::hex;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use aws_sdk_s3::operation::create_bucket::CreateBucketError;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::Object;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use config::Config;
use ports::artifacts::{Artifacts, ByteStream, Piece, Stored, Written, is_valid_key};
use ports::{PortError, Result};
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::time::Duration;

/// Files in a bucket.
#[derive(Debug)]
pub struct Bucket {
    client: Client,
    /// What signs links, if they may be given away.
    signer: Option<Client>,
    name: String,
    /// Before every key; empty, or ends with `/`.
    prefix: String,
}

impl Bucket {
    /// Opens `s3://[KEY:SECRET@]BUCKET[/PREFIX][?endpoint=URL&region=NAME&links=URL]`, and makes the
    /// bucket if it is missing. `links` is where browsers reach the server: large files are then
    /// fetched there by signed links, and not through this program. Without a key in the URL, `AWS_ACCESS_KEY_ID` and
    /// `AWS_SECRET_ACCESS_KEY` hold it.
    pub async fn open(url: &str) -> Result<Self> {
        let bucket = Self::of(url)?;
        bucket.ensure().await?;
        Ok(bucket)
    }

    /// Opens a bucket that is there, and changes nothing in it.
    pub async fn look_at(url: &str) -> Result<Self> {
        let bucket = Self::of(url)?;
        let head = bucket.client.head_bucket().bucket(&bucket.name);
        let doing = "look at the bucket".to_owned();
        head.send().await.map_err(missing_or_away(doing))?;
        Ok(bucket)
    }

    fn of(url: &str) -> Result<Self> {
        let config = Config::parse(url).map_err(|what| PortError::Conflict {
            doing: "open the artifacts".to_owned(),
            what,
        })?;
        Ok(Self {
            client: config.client(),
            signer: config.signer(),
            name: config.bucket,
            prefix: config.prefix,
        })
    }

    /// Makes the bucket unless it is there.
    async fn ensure(&self) -> Result<()> {
        let head = self.client.head_bucket().bucket(&self.name).send().await;
        match head {
            Ok(_) => return Ok(()),
            Err(error) if status(&error) == Some(404) => {}
            Err(error) => return Err(away("open the bucket")(error)),
        }
        let made = self.client.create_bucket().bucket(&self.name).send().await;
        match made {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error))
                if matches!(
                    error.err(),
                    CreateBucketError::BucketAlreadyOwnedByYou(_)
                        | CreateBucketError::BucketAlreadyExists(_)
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(away("make the bucket")(error)),
        }
    }

    /// What a list says of a file. Others may keep things in the bucket that no key of ours can name.
    fn ours(&self, object: &Object) -> Option<Stored> {
        let key = object.key()?.strip_prefix(&self.prefix)?;
        is_valid_key(key).then(|| Stored {
            key: key.to_owned(),
            bytes: size(object.size()),
        })
    }

    /// The key within the bucket.
    fn place(&self, key: &str, doing: &str) -> Result<String> {
        if is_valid_key(key) {
            return Ok(format!("{}{key}", self.prefix));
        }
        Err(PortError::Conflict {
            doing: doing.to_owned(),
            what: format!("{key:?} is no valid key"),
        })
    }
}

#[async_trait]
impl Artifacts for Bucket {
    async fn put(&self, key: &str, content: ByteStream) -> Result<Written> {
        let place = self.place(key, &format!("write {key}"))?;
        write::put(self, place, key, content).await
    }

    async fn put_once(&self, key: &str, content: Bytes) -> Result<Written> {
        let doing = format!("write {key}");
        let place = self.place(key, &doing)?;
        let written = Written {
            bytes: content.len() as u64,
            sha256: hex(&Sha256::digest(&content)),
        };
        let put = self.client.put_object().bucket(&self.name).key(place);
        let put = put.if_none_match("*").body(content.into());
        // Sent once: if its answer is lost, a second one would be refused because of the first, and
        // the winner would be told that it has lost.
        let once = aws_sdk_s3::Config::builder().retry_config(RetryConfig::disabled());
        match put.customize().config_override(once).send().await {
            Ok(_) => Ok(written),
            // 409: another who writes the same key at this moment.
            Err(error) if matches!(status(&error), Some(409 | 412)) => Err(PortError::Conflict {
                doing,
                what: "the key is taken".to_owned(),
            }),
            Err(error) => Err(away(doing)(error)),
        }
    }

    async fn get(&self, key: &str) -> Result<ByteStream> {
        let place = self.place(key, &format!("read {key}"))?;
        read::get(self, place, key).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let place = self.place(key, &format!("read {key}"))?;
        read::get_range(self, place, key, range).await
    }

    async fn head(&self, key: &str) -> Result<Stored> {
        let doing = format!("look at {key}");
        let place = self.place(key, &doing)?;
        let head = self.client.head_object().bucket(&self.name).key(place);
        match head.send().await {
            Ok(found) => Ok(Stored {
                key: key.to_owned(),
                bytes: size(found.content_length()),
            }),
            Err(SdkError::ServiceError(error))
                if matches!(error.err(), HeadObjectError::NotFound(_)) =>
            {
                Err(no_file(doing))
            }
            Err(error) => Err(missing_or_away(doing)(error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Stored>> {
        let doing = format!("list {prefix}");
        let whole = prefix.strip_suffix('/').unwrap_or(prefix);
        if !whole.is_empty() {
            self.place(whole, &doing)?;
        }
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(format!("{}{prefix}", self.prefix))
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for object in page.map_err(away(doing.clone()))?.contents() {
                found.extend(self.ours(object));
            }
        }
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    async fn list_piece(&self, prefix: &str, from: Option<&str>) -> Result<Piece> {
        let doing = format!("list a piece of {prefix}");
        let list = self.client.list_objects_v2().bucket(&self.name);
        let list = list.prefix(format!("{}{prefix}", self.prefix));
        let page = list.set_continuation_token(from.map(str::to_owned)).send();
        let page = page.await.map_err(away(doing))?;
        let files = page
            .contents()
            .iter()
            .filter_map(|object| self.ours(object));
        Ok(Piece {
            files: files.collect(),
            next: page.next_continuation_token().map(str::to_owned),
        })
    }

    async fn delete(&self, key: &str) -> Result<()> {
        let doing = format!("delete {key}");
        let place = self.place(key, &doing)?;
        let delete = self.client.delete_object().bucket(&self.name).key(place);
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error) if status(&error) == Some(404) => Ok(()),
            Err(error) => Err(away(doing)(error)),
        }
    }

    async fn link(&self, key: &str, disposition: &str, holds: Duration) -> Result<Option<String>> {
        let Some(signer) = &self.signer else {
            return Ok(None);
        };
        let doing = format!("sign a link to {key}");
        let place = self.place(key, &doing)?;
        let sign = async {
            let holds = PresigningConfig::expires_in(holds)?;
            let get = signer.get_object().bucket(&self.name).key(place);
            let get = get.response_content_disposition(disposition);
            let signed = get.presigned(holds).await?;
            Ok::<_, ports::error::Cause>(signed.uri().to_owned())
        };
        let signed = sign.await;
        signed.map(Some).map_err(|source| PortError::Unavailable {
            port: "artifacts",
            doing,
            source,
        })
    }

    async fn ping(&self) -> Result<()> {
        let head = self.client.head_bucket().bucket(&self.name).send().await;
        head.map(drop).map_err(away("ask the artifacts"))
    }
}

fn size(bytes: Option<i64>) -> u64 {
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .unwrap_or(0)
}

/// The HTTP status of a refusal.
fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

fn no_file(doing: String) -> PortError {
    PortError::NotFound {
        doing,
        what: "such file".to_owned(),
    }
}

/// How an error of the server or of the connection is told.
fn away<E>(doing: impl Into<String>) -> impl FnOnce(SdkError<E>) -> PortError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let doing = doing.into();
    move |error| PortError::Unavailable {
        port: "artifacts",
        doing,
        // The error with its causes: by itself it says no more than `service error`.
        source: format!("{}", DisplayErrorContext(&error)).into(),
    }
}

/// The same where the file may be missing.
fn missing_or_away<E>(doing: String) -> impl FnOnce(SdkError<E>) -> PortError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| match status(&error) {
        Some(404) => no_file(doing),
        _ => away(doing)(error),
    }
}
