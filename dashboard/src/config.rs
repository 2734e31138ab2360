//! What can be set about a gateway.

use crate::auth::Oidc;
use crate::tls::Tls;
use domain::quota::Quota;
use std::path::PathBuf;
use std::time::Duration;

/// What can be set about a gateway; [`Default`] is right for one machine and one class room.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The program's version, shown at sign-in.
    pub version: String,
    /// The commit that it was built from, for the metrics.
    pub commit: String,
    /// What this process is to the others.
    pub part: Part,
    /// Where gateways reach this process if it serves predictions: `HOST:PORT`. Nothing: found out.
    pub announce: Option<String>,
    /// The certificate, where the site answers over HTTPS itself.
    pub tls: Option<Tls>,
    /// The school's identity provider, by which people sign in; nothing where they sign in here.
    pub oidc: Option<Oidc>,
    /// Whether the site is reached over HTTPS: the session cookie is `Secure` and `__Host-` then.
    pub cookie_secure: bool,
    /// Whether a proxy of ours stands in front, so that its `X-Forwarded-For` can be believed.
    pub trust_forwarded: bool,
    /// Other origins whose pages may call the API, for example `https://notebooks.example.org`.
    pub cors_origins: Vec<String>,
    /// How long a sign-in holds.
    pub session_lifetime: Duration,
    /// How long a sign-in holds while it is not used.
    pub session_idle: Duration,
    /// The longest life of a personal token.
    pub token_lifetime: Duration,
    /// How long an answer may be in the making; streams and uploads excepted.
    pub request_timeout: Duration,
    /// How long an upload may stand still before it is given up.
    pub upload_idle: Duration,
    /// How long the answer to an upload waits for the file to be read.
    pub wait_for_profile: Duration,
    /// How often the store is asked although no wake-up came.
    pub poll: Duration,
    /// A folder for files that must lie on a disk for a moment.
    pub spool: PathBuf,
    /// Sizes and rates that nobody may exceed.
    pub limits: Limits,
}

/// What a process that answers HTTP is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It answers everything.
    Alone,
    /// It hands predictions to the processes that serve them, if there are any.
    Gateway,
    /// It answers predictions, and makes itself known to the gateways.
    Serving,
}

/// Sizes and rates that nobody may exceed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections that are open at once; more of them wait.
    pub connections: usize,
    /// Bytes of one upload.
    pub upload_bytes: u64,
    /// Bytes of one part of a resumable upload.
    pub part_bytes: u64,
    /// Bytes of a JSON body.
    pub body_bytes: usize,
    /// Bytes of a prediction request.
    pub prediction_bytes: usize,
    /// Records of a prediction request.
    pub prediction_rows: usize,
    /// Requests for predictions that one user may make in a minute.
    pub predictions_per_minute: u32,
    /// Requests that change something that one user may make in a minute.
    pub changes_per_minute: u32,
    /// What a user may use who was granted nothing else.
    pub user: Quota,
    /// What a course may.
    pub course: Quota,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Many systems give a process 1 024 file handles, and stores and files need some.
            connections: 768,
            upload_bytes: 10 << 30,
            part_bytes: 64 << 20,
            body_bytes: 1 << 20,
            prediction_bytes: 16 << 20,
            prediction_rows: 50_000,
            predictions_per_minute: 60_000,
            changes_per_minute: 600,
            user: Quota::default(),
            course: Quota::default(),
        }
    }
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: "unknown".to_owned(),
            part: Part::Alone,
            announce: None,
            tls: None,
            oidc: None,
            cookie_secure: false,
            trust_forwarded: false,
            cors_origins: Vec::new(),
            session_lifetime: Duration::from_secs(12 * 3600),
            session_idle: Duration::from_secs(4 * 3600),
            token_lifetime: Duration::from_secs(366 * 24 * 3600),
            request_timeout: Duration::from_secs(60),
            upload_idle: Duration::from_secs(60),
            wait_for_profile: Duration::from_secs(2),
            poll: Duration::from_secs(1),
            spool: std::env::temp_dir(),
            limits: Limits::default(),
        }
    }
}
