//! A program that calls the API.

use anyhow::{Context, Result, bail};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long any pipeline of a test may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// What speaks HTTP in tests.
#[must_use]
pub fn http(redirects: Policy) -> reqwest::Client {
    // Which library does the arithmetic of TLS must be said once in each process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(redirects).build();
    client.unwrap_or_default()
}

/// A signed-in client.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Signs in for a bearer token.
    pub async fn sign_in(base: &str, username: &str, password: &str) -> Result<Self> {
        let http = crate::http();
        let body = json!({"username": username, "password": password});
        let answer = http
            .post(format!("{base}/api/v1/auth/login"))
            .json(&body)
            .send()
            .await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        let token = answer["access_token"]
            .as_str()
            .context("no token")?
            .to_owned();
        Ok(Self {
            http,
            base: base.to_owned(),
            token,
        })
    }

    /// A caller who has a token already.
    #[must_use]
    pub fn bearer(base: &str, token: &str) -> Self {
        Self {
            http: crate::http(),
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    /// The same caller at another address (after a restart).
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// A caller with this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// A request to `path`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token)
    }

    /// Status and JSON of a request.
    pub async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, Value)> {
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((status, value))
    }

    /// JSON of a `GET` that must succeed.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let (status, value) = self.send(self.request(Method::GET, path)).await?;
        if !status.is_success() {
            bail!("GET {path} answered {status}: {value}");
        }
        Ok(value)
    }

    /// The bytes of a `GET` that must succeed.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>> {
        let answer = self.request(Method::GET, path).send().await?;
        Ok(answer.error_for_status()?.bytes().await?.to_vec())
    }

    /// Status and JSON of a `POST`.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Uploads bytes under a file name.
    pub async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<(StatusCode, Value)> {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        let form = Form::new().part("file", part);
        self.send(
            self.request(Method::POST, "/api/v1/datasets")
                .multipart(form),
        )
        .await
    }

    /// Uploads a file; the dataset once it was read.
    pub async fn dataset(&self, path: &Path) -> Result<Value> {
        let name = path
            .file_name()
            .context("no name")?
            .to_string_lossy()
            .into_owned();
        let (status, dataset) = self.upload(&name, std::fs::read(path)?).await?;
        if status != StatusCode::CREATED {
            bail!("uploading {name} answered {status}: {dataset}");
        }
        self.read_dataset(dataset["id"].as_str().context("no id")?)
            .await
    }

    /// The dataset once it was read.
    pub async fn read_dataset(&self, id: &str) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let dataset = self.get(&format!("/api/v1/datasets/{id}")).await?;
            if dataset["state"] != "profiling" {
                return Ok(dataset);
            }
            if begun.elapsed() > PATIENCE {
                bail!("the dataset is still being read: {dataset}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Starts a pipeline; its id.
    pub async fn start(&self, spec: &Value) -> Result<String> {
        let (status, pipeline) = self.post("/api/v1/pipelines", spec).await?;
        if status != StatusCode::ACCEPTED {
            bail!("starting answered {status}: {pipeline}");
        }
        Ok(pipeline["id"].as_str().context("no id")?.to_owned())
    }

    /// The pipeline once it has ended.
    pub async fn finished(&self, id: &str) -> Result<Value> {
        self.until(id, |pipeline| {
            matches!(
                pipeline["state"].as_str(),
                Some("succeeded" | "failed" | "cancelled")
            )
        })
        .await
    }

    /// The pipeline once `reached` holds.
    pub async fn until(&self, id: &str, reached: impl Fn(&Value) -> bool) -> Result<Value> {
        let begun = Instant::now();
        loop {
            let pipeline = self.get(&format!("/api/v1/pipelines/{id}")).await?;
            if reached(&pipeline) {
                return Ok(pipeline);
            }
            if begun.elapsed() > PATIENCE {
                bail!("the pipeline did not get there in time: {pipeline}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
