//! An identity provider of a test: the certified `oidc-provider`, shaped like a Keycloak realm.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// A realm that ends with the test.
#[derive(Debug)]
pub struct Realm {
    _process: Child,
    /// It ends when this is closed.
    _alive: ChildStdin,
    http: reqwest::Client,
    /// Where it answers.
    pub url: String,
}

impl Realm {
    /// A realm that knows the site at this URL.
    pub async fn start(site: &str) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc");
        if !folder.join("node_modules").exists() {
            bail!("the test's identity provider is not installed; run `make test-provider`");
        }
        let mut process = Command::new("node")
            .arg(folder.join("provider.mjs"))
            .arg(json!({"site": site}).to_string())
            .env("NODE_NO_WARNINGS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("node")?;
        let alive = process.stdin.take().context("no standard input")?;
        let output = process.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(url) = line.strip_prefix("listening on ") {
                    return Ok(url.to_owned());
                }
            }
            bail!("the provider ended before it was ready")
        };
        let url = tokio::time::timeout(Duration::from_secs(60), ready).await??;
        // Its further output is read, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            _process: process,
            _alive: alive,
            http: crate::http(),
            url,
        })
    }

    /// The realm's own name.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("{}/realms/ent", self.url)
    }

    /// The settings of the site that people reach at `site`.
    #[must_use]
    pub fn settings(&self, site: &str) -> Vec<(String, String)> {
        let settings = [
            ("ISSUER", self.issuer()),
            ("CLIENT_ID", "microlearn".to_owned()),
            ("CLIENT_SECRET", "a-secret-of-the-client".to_owned()),
            ("AUDIENCE", "microlearn-api".to_owned()),
            ("PARTIES", r#"["lab"]"#.to_owned()),
            ("PUBLIC_URL", site.to_owned()),
            ("COURSE_GROUPS", "/cours".to_owned()),
            ("RECHECK_SECONDS", "1".to_owned()),
        ];
        let named = settings.into_iter();
        named
            .map(|(name, value)| (format!("MICROLEARN__OIDC__{name}"), value))
            .collect()
    }

    /// Asks the test's own door of the realm: `sign`, `person`, `away`, `turn`, `people`, `public`.
    pub async fn ask(&self, door: &str, asked: &Value) -> Result<Value> {
        let url = format!("{}/test/{door}", self.url);
        let answer = self.http.post(url).body(asked.to_string()).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// A token with these claims and whatever else of the header, signed by the realm's key.
    pub async fn signed(&self, header: Value, claims: Value) -> Result<String> {
        let asked = json!({"header": header, "claims": claims});
        let token = self.ask("sign", &asked).await?;
        Ok(token["token"].as_str().context("no token")?.to_owned())
    }

    /// An access token that a client's service account is given.
    pub async fn of_client(&self, id: &str, secret: &str) -> Result<String> {
        let url = format!("{}/protocol/openid-connect/token", self.issuer());
        let request = self.http.post(url).basic_auth(id, Some(secret));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        Ok(answer["access_token"]
            .as_str()
            .context("no token")?
            .to_owned())
    }
}
