//! The settings: `default.toml`, parsed into types.

use adapters::Urls;
use anyhow::Context;
use dashboard::{Hidden, Oidc, OidcConfig, Tls};
use domain::quota::Quota;
use serde::{Deserialize, Serialize};
use service_kit::config;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The commented defaults, compiled in.
pub const DEFAULT: &str = include_str!("../default.toml");

/// All settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub http: Http,
    pub data: Data,
    pub store: Backend,
    pub bus: Backend,
    pub cache: Backend,
    pub artifacts: Backend,
    pub start: Start,
    pub work: Work,
    pub limits: Limits,
    pub quota: Quotas,
    pub session: Session,
    pub oidc: OidcSettings,
    pub log: Log,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub listen: SocketAddr,
    pub metrics_listen: String,
    pub announce: String,
    pub https: bool,
    pub tls_certificate: String,
    pub tls_key: String,
    pub behind_proxy: bool,
    pub cors_origins: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub dir: PathBuf,
}

/// One port's URL. A password in it is never shown.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backend {
    pub url: String,
}

impl Backend {
    fn shown(&self) -> String {
        adapters::redacted(&self.url)
    }
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Serialize for Backend {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut table = serializer.serialize_struct("Backend", 1)?;
        table.serialize_field("url", &self.shown())?;
        table.end()
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    pub wait_seconds: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    pub compute_slots: usize,
    pub threads: usize,
    pub memory_bytes: u64,
    pub lease_seconds: u64,
    pub sweep_seconds: u64,
    pub drain_seconds: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub upload_bytes: u64,
    pub prediction_rows: usize,
}

/// What nobody says is without limit.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    pub user: Quota,
    pub course: Quota,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub hours: u64,
    pub idle_hours: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub client_secret_file: PathBuf,
    pub audience: String,
    pub parties: Vec<String>,
    pub public_url: String,
    pub course_groups: String,
    pub grantable: Vec<domain::user::Role>,
    pub recheck_seconds: u64,
}

/// A text that is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    fn shown(&self) -> &'static str {
        match self.0.is_empty() {
            true => "",
            false => "…",
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Settings {
    /// The settings in force.
    pub fn load(file: Option<&Path>) -> Result<Self, config::ConfigError> {
        // The admin's first password has a variable of its own and is no setting.
        config::load(DEFAULT, file, std::env::vars())
    }

    /// The certificate and its key, if the site answers over HTTPS itself.
    pub fn tls(&self) -> anyhow::Result<Option<Tls>> {
        let (certificate, key) = (&self.http.tls_certificate, &self.http.tls_key);
        match (certificate.is_empty(), key.is_empty()) {
            (true, true) => Ok(None),
            (false, false) => {
                let tls = Tls::from_files(Path::new(certificate), Path::new(key));
                Ok(Some(tls.map_err(crate::wrong_use)?))
            }
            _ => Err(crate::wrong_use(
                "http.tls_certificate and http.tls_key go together; give both or none",
            )),
        }
    }

    /// The identity provider, if people sign in there.
    pub fn oidc(&self) -> anyhow::Result<Option<Oidc>> {
        let oidc = &self.oidc;
        if oidc.issuer.is_empty() {
            return Ok(None);
        }
        let file = &oidc.client_secret_file;
        let secret = match file.as_os_str().is_empty() {
            true => oidc.client_secret.0.clone(),
            false => {
                let shown = file.display();
                let read = std::fs::read_to_string(file);
                let read = read.with_context(|| format!("oidc.client_secret_file: {shown}"))?;
                read.trim().to_owned()
            }
        };
        let config = OidcConfig {
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone(),
            client_secret: Hidden::new(secret),
            audience: oidc.audience.clone(),
            parties: oidc.parties.clone(),
            public_url: oidc.public_url.clone(),
            course_groups: oidc.course_groups.clone(),
            grantable: oidc.grantable.clone(),
            recheck: Duration::from_secs(oidc.recheck_seconds.max(1)),
        };
        Oidc::new(config).map(Some).map_err(crate::wrong_use)
    }

    /// The four URLs, with the empty ones filled in from the data folder.
    pub fn urls(&self) -> Urls {
        let embedded = Urls::embedded(&self.data.dir);
        let or = |backend: &Backend, default: String| {
            if backend.url.is_empty() {
                default
            } else {
                backend.url.clone()
            }
        };
        Urls {
            store: or(&self.store, embedded.store),
            bus: or(&self.bus, embedded.bus),
            cache: or(&self.cache, embedded.cache),
            artifacts: or(&self.artifacts, embedded.artifacts),
        }
    }

    /// Where machines ask for health and metrics, if anywhere.
    pub fn metrics_listen(&self) -> anyhow::Result<Option<SocketAddr>> {
        let text = &self.http.metrics_listen;
        if text.is_empty() {
            return Ok(None);
        }
        let address = text.parse().with_context(|| {
            format!("http.metrics_listen is {text:?}; write an address like 127.0.0.1:9090")
        })?;
        Ok(Some(address))
    }

    /// How a process called `worker` works.
    pub fn runtime(&self, worker: String) -> service_kit::Settings {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let slots = if self.work.compute_slots == 0 {
            cores
        } else {
            self.work.compute_slots
        };
        let mut settings = service_kit::Settings::new(worker, slots);
        settings.threads = self.work.threads.max(1);
        settings.lease = Duration::from_secs(self.work.lease_seconds.max(3));
        settings.sweep = Duration::from_secs(self.work.sweep_seconds.max(1));
        settings.drain = Duration::from_secs(self.work.drain_seconds);
        settings.within_memory(match self.work.memory_bytes {
            0 => memory() / 2,
            bytes => bytes,
        })
    }

    /// Starts writing logs.
    pub fn start_logs(&self) {
        let format = match self.log.format {
            LogFormat::Text => service_kit::telemetry::Format::Text,
            LogFormat::Json => service_kit::telemetry::Format::Json,
        };
        service_kit::telemetry::start(&self.log.filter, format);
    }
}

/// Bytes of memory that the machine has, or this process's control group where that has less.
fn memory() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let all = system.total_memory();
    let group = sysinfo::get_current_pid().ok().and_then(|own| {
        system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[own]), true);
        Some(system.process(own)?.cgroup_limits()?.total_memory)
    });
    group
        .filter(|bytes| *bytes > 0)
        .map_or(all, |bytes| bytes.min(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_whole() {
        let settings: Settings = config::load(DEFAULT, None, []).unwrap();
        assert!(settings.urls().store.starts_with("sqlite:"));
        assert_eq!(settings.metrics_listen().unwrap(), None);
    }

    #[test]
    fn the_provider_is_asked_for_by_its_issuer() {
        let load = |pairs: &[(&str, &str)]| -> Settings {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (format!("MICROLEARN__OIDC__{name}"), (*value).to_owned()));
            config::load(DEFAULT, None, pairs).unwrap()
        };
        assert!(load(&[]).oidc().unwrap().is_none());
        let issuer = ("ISSUER", "https://sso.example.org/realms/ent");
        let lacks = load(&[issuer]).oidc().unwrap_err().to_string();
        assert!(lacks.contains("oidc.client_secret"), "{lacks}");
        let whole = load(&[
            issuer,
            ("CLIENT_SECRET", "hunter2"),
            ("PUBLIC_URL", "https://learn.example.org"),
        ]);
        assert!(whole.oidc().unwrap().unwrap().is_https());
        let shown = format!("{whole:?} {}", serde_json::to_string(&whole).unwrap());
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://ml:hunter2@db/site",
            "postgres://db/site?user=ml&password=hunter2",
        ] {
            let backend = Backend { url: url.into() };
            assert!(!format!("{backend:?}").contains("hunter2"));
            assert!(!serde_json::to_string(&backend).unwrap().contains("hunter2"));
        }
    }
}
