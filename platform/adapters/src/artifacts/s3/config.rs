//! What the URL says.

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;
use url::Url;

/// How long the server may take to be reached, and to begin its answer.
const CONNECT: Duration = Duration::from_secs(3);
const SILENT: Duration = Duration::from_secs(15);
const TRIES: u32 = 4;

pub(super) struct Config {
    pub bucket: String,
    pub prefix: String,
    region: String,
    endpoint: Option<String>,
    /// Where browsers reach the server, if they may.
    links: Option<String>,
    key: Option<(String, String)>,
}

impl Config {
    /// Reads the URL; an error says what is wrong with it, without its secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("the URL cannot be read: {error}"))?;
        let bucket = url.host_str().unwrap_or_default().to_owned();
        if bucket.is_empty() {
            return Err("the URL names no bucket; write s3://BUCKET?endpoint=URL".to_owned());
        }
        let path = url.path().trim_matches('/');
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let (mut endpoint, mut links, mut region) = (None, None, "us-east-1".to_owned());
        for (name, value) in url.query_pairs() {
            match &*name {
                "endpoint" => endpoint = Some(value.into_owned()),
                "links" => links = Some(value.into_owned()),
                "region" => region = value.into_owned(),
                other => return Err(format!("the URL has an unknown part {other:?}")),
            }
        }
        let key = match (url.username(), url.password()) {
            ("", _) => from_environment(),
            (name, Some(secret)) => Some((decoded(name), decoded(secret))),
            (_, None) => return Err("the URL has a key without a secret".to_owned()),
        };
        Ok(Self {
            bucket,
            prefix,
            region,
            endpoint,
            links,
            key,
        })
    }

    /// What speaks to the server.
    pub fn client(&self) -> Client {
        self.client_at(self.endpoint.as_deref())
    }

    /// What signs links to the server, if links may be given away.
    pub fn signer(&self) -> Option<Client> {
        let links = self.links.as_deref()?;
        Some(self.client_at(Some(links)))
    }

    fn client_at(&self, endpoint: Option<&str>) -> Client {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENT)
            .build();
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(self.region.clone()))
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            // Names of buckets as paths work everywhere, names as hosts need a name server.
            .force_path_style(true)
            // Not every server knows the newer checksums; the files carry their own.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        if let Some((key, secret)) = &self.key {
            let credentials = Credentials::new(key, secret, None, None, "microlearn");
            config = config.credentials_provider(credentials);
        }
        Client::from_conf(config.build())
    }
}

fn from_environment() -> Option<(String, String)> {
    let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    Some((read("AWS_ACCESS_KEY_ID")?, read("AWS_SECRET_ACCESS_KEY")?))
}

/// A part of a URL without its `%40` and the like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_everything() {
        let url = "s3://id:se%2Fcret@lake/site/one?endpoint=http://127.0.0.1:9000&region=eu\
                   &links=https://files.example.org";
        let config = Config::parse(url).unwrap();
        assert_eq!((&*config.bucket, &*config.prefix), ("lake", "site/one/"));
        assert_eq!(config.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
        assert_eq!(config.key, Some(("id".into(), "se/cret".into())));
        assert_eq!(config.region, "eu");
        assert_eq!(config.links.as_deref(), Some("https://files.example.org"));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for bad in [
            "s3://",
            "s3:///x",
            "s3://id@lake",
            "s3://id:hunter2@lake?colour=red",
        ] {
            let told = Config::parse(bad).err().unwrap();
            assert!(!told.contains("hunter2"), "{bad}: {told}");
        }
    }
}
